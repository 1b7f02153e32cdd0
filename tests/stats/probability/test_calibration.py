"""Proper scores, intercept and slope. Numbers of rms and glm stand in 07-calibration-decision and 06c."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn import metrics

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.probability.calibration import (
    brier_score,
    log_loss,
    observed_expected_ratio,
    scaled_brier_score,
    spiegelhalter_test,
)
from ecg_eval.stats.probability.calibration_regression import calibration_regression, validate_probabilities
from ecg_eval.stats.probability.logistic_fit import fit_logistic

RNG = np.random.default_rng(0)
P = expit(RNG.normal(-0.5, 1.2, size=300))
TRUTH = (RNG.random(300) < expit(0.3 + 0.7 * logit(P))).astype(int)
TWICE = {"truth": np.tile(TRUTH, 2), "probability": np.tile(P, 2), "cluster": np.tile(np.arange(300), 2)}


def test_scores_equal_scikit_learn() -> None:
    assert brier_score(truth=TRUTH, probability=P).value == pytest.approx(metrics.brier_score_loss(TRUTH, P))
    assert log_loss(truth=TRUTH, probability=P).value == pytest.approx(metrics.log_loss(TRUTH, P))


@pytest.mark.parametrize("score", [brier_score, log_loss])
def test_observed_spread_is_the_standard_error_of_the_mean_and_larger_is_not_smaller(score: object) -> None:
    loss = (P - TRUTH) ** 2 if score is brier_score else -np.log(np.where(TRUTH, P, 1 - P))
    observed, larger = (score(truth=TRUTH, probability=P, spread=s) for s in ("observed", "larger"))
    assert observed.standard_error == pytest.approx(loss.std(ddof=1) / np.sqrt(300))
    assert larger.standard_error >= observed.standard_error
    assert observed.low < observed.value < observed.high


def test_a_rare_finding_that_did_not_come_up_keeps_its_spread() -> None:
    p = np.full(40, 0.05)
    got = brier_score(truth=np.zeros(40), probability=p)
    assert got.standard_error == pytest.approx(np.sqrt(0.05 * 0.95 * 0.9**2 / 40))
    assert brier_score(truth=np.zeros(40), probability=p, spread="observed").low is None


@pytest.mark.parametrize("score", [brier_score, log_loss, scaled_brier_score, observed_expected_ratio])
def test_repeated_patients_count_once(score: object) -> None:
    plain, doubled = score(truth=TRUTH, probability=P), score(**TWICE)
    assert doubled.value == pytest.approx(plain.value)
    assert doubled.standard_error == pytest.approx(plain.standard_error, rel=1e-6)
    assert doubled.n_clusters == 300


def test_edges_of_scores() -> None:
    for score in (brier_score, log_loss):
        assert not is_defined(score(truth=[], probability=[]))
        assert "one case" in score(truth=[1], probability=[0.5]).reason
        assert score(truth=[1, 0], probability=[1, 0]).low is None
    infinite = log_loss(truth=[1, 0, 1], probability=[0, 0.5, 0.5])
    assert not is_defined(infinite)
    assert "infinite" in infinite.reason
    assert log_loss(truth=[1, 0, 1], probability=[1, 0, 0.5]).value == pytest.approx(np.log(2) / 3)
    with pytest.raises(ArgumentError):
        brier_score(truth=TRUTH, probability=P, spread="none")
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        brier_score(truth=[0, 1], probability=[0.5, 50])


def test_scaled_brier() -> None:
    prevalence = TRUTH.mean()
    got = scaled_brier_score(truth=TRUTH, probability=P)
    brier = brier_score(truth=TRUTH, probability=P).value
    assert got.value == pytest.approx(1 - brier / (prevalence * (1 - prevalence)))
    assert scaled_brier_score(truth=TRUTH, probability=np.full(300, prevalence)).value == pytest.approx(0)
    assert not is_defined(scaled_brier_score(truth=[1, 1], probability=[0.5, 0.5]))
    assert "variance" in scaled_brier_score(truth=[1, 0], probability=[0.5, 0.5], cluster=[1, 1]).reason


def test_scaled_brier_error_agrees_with_the_bootstrap() -> None:
    rows = np.random.default_rng(1).integers(0, 300, size=(1500, 300))
    y, p = TRUTH[rows], P[rows]
    scaled = 1 - ((p - y) ** 2).mean(axis=1) / (y.mean(axis=1) * (1 - y.mean(axis=1)))
    assert scaled_brier_score(truth=TRUTH, probability=P).standard_error == pytest.approx(scaled.std(), rel=0.1)


def test_observed_over_expected() -> None:
    got = observed_expected_ratio(truth=TRUTH, probability=P)
    assert got.value == pytest.approx(TRUTH.sum() / P.sum())
    assert got.low < got.value < got.high
    assert not is_defined(observed_expected_ratio(truth=[0, 0], probability=[0, 0]))
    assert observed_expected_ratio(truth=[0, 0], probability=[0.1, 0.2]).reason.startswith("no case has")
    assert "one case" in observed_expected_ratio(truth=[1], probability=[0.2]).reason


def test_spiegelhalter_by_hand() -> None:
    # (1 - 0.2)(1 - 0.4) + (0 - 0.9)(1 - 1.8) over sqrt(0.6^2 0.16 + 0.8^2 0.09)
    got = spiegelhalter_test(truth=[1, 0], probability=[0.2, 0.9])
    assert got.statistic == pytest.approx((0.8 * 0.6 + 0.9 * 0.8) / np.sqrt(0.36 * 0.16 + 0.64 * 0.09))
    assert not is_defined(spiegelhalter_test(truth=[1, 0], probability=[0.5, 0.5]))


def test_regression_equals_statsmodels() -> None:
    x = logit(P)
    peer = sm.GLM(TRUTH, sm.add_constant(x), family=sm.families.Binomial()).fit()
    shift = sm.GLM(TRUTH, np.ones(300), family=sm.families.Binomial(), offset=x).fit()
    got = calibration_regression(truth=TRUTH, probability=P)
    assert (got.intercept.value, got.slope.value) == pytest.approx(tuple(peer.params), abs=1e-7)
    assert (got.intercept.standard_error, got.slope.standard_error) == pytest.approx(tuple(peer.bse), rel=1e-4)
    assert got.in_the_large.value == pytest.approx(shift.params[0], abs=1e-7)
    assert got.slope.low == pytest.approx(peer.conf_int()[1][0], rel=1e-4)
    as_glm = calibration_regression(truth=TRUTH, probability=P, information="glm")
    assert as_glm.slope.standard_error == pytest.approx(got.slope.standard_error, rel=1e-3)
    assert as_glm.slope.value == got.slope.value


def test_robust_errors_equal_statsmodels() -> None:
    group = np.arange(300) // 3
    peer = sm.GLM(TRUTH, sm.add_constant(logit(P)), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": group, "use_correction": False}
    )
    got = calibration_regression(truth=TRUTH, probability=P, cluster=group)
    assert got.slope.standard_error == pytest.approx(peer.bse[1] * np.sqrt(100 / 99), rel=1e-6)
    assert "robust" in got.slope.method


@pytest.mark.parametrize(
    ("truth", "p"),
    [
        ([1, 1, 1], [0.2, 0.5, 0.6]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]),
    ],
    ids=["one class", "separated", "constant"],
)
def test_no_finite_slope_is_undefined(truth: list, p: list) -> None:
    got = calibration_regression(truth=truth, probability=p)
    assert not is_defined(got.slope)
    checked = validate_probabilities(truth=truth, probability=p)
    assert not is_defined(checked.quality_q)
    assert not is_defined(checked.nagelkerke_r2)


def test_almost_separated_classes_still_have_a_slope() -> None:
    x = np.r_[np.linspace(-3, -0.5, 30), 0.6, np.linspace(0.5, 3, 30), -0.6]
    y = np.r_[np.zeros(31), np.ones(31)]
    assert calibration_regression(truth=y, probability=expit(x)).slope.value > 1


def test_a_step_that_overshoots_is_halved() -> None:
    # far offsets: the first full Newton step leaves the range where the likelihood is quadratic
    outcome = np.array([True, False, False, False])
    fit = fit_logistic(np.ones((4, 1)), outcome, offset=np.array([30.0, -30.0, 30.0, -30.0]))
    assert fit is None or np.isfinite(fit.coefficients).all()


def test_predictions_of_0_and_1_are_left_out_of_the_regression_only() -> None:
    got = validate_probabilities(truth=np.r_[TRUTH, 1, 0], probability=np.r_[P, 1, 0])
    assert got.regression.slope.n == 300
    assert got.brier.n == 302


def test_validated_quantities_hang_together() -> None:
    got = validate_probabilities(truth=TRUTH, probability=P)
    assert got.somers_dxy.value == pytest.approx(2 * got.c_index.value - 1)
    assert got.somers_dxy.low == pytest.approx(2 * got.c_index.low - 1)
    assert got.quality_q.value == pytest.approx(got.discrimination_d.value - got.unreliability_u.value)
    assert got.error_mean.value <= got.error_90.value <= got.error_max.value
    binned = validate_probabilities(truth=TRUTH, probability=P, rank_bins=2)
    assert binned.c_index.value < got.c_index.value
    for bad in ({"rank_bins": 0},):
        with pytest.raises(ArgumentError):
            validate_probabilities(truth=TRUTH, probability=P, **bad)
    with pytest.raises(ArgumentError):
        calibration_regression(truth=TRUTH, probability=P, information="glm", cluster=np.arange(300))


def test_no_case_and_perfect_predictions() -> None:
    empty = validate_probabilities(truth=[], probability=[])
    assert not is_defined(empty.error_mean)
    assert not is_defined(empty.c_index)
    assert not is_defined(empty.somers_dxy)
    perfect = validate_probabilities(truth=[0, 1, 0, 1], probability=[0.1, 0.9, 0.2, 0.8])
    assert perfect.somers_dxy.value == 1
    assert perfect.somers_dxy.standard_error is None
