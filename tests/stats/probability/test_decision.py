"""Net benefit. Numbers of dcurves stand in the cases 07-calibration-decision and 06d-decision-curve-df-binary."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.probability.decision import decision_curve, net_benefit, weighted_net_benefit
from ecg_eval.stats.probability.proportion_sums import weighted_difference_bounds, wilson_bounds
from ecg_eval.stats.probability.threshold_consequences import threshold_consequences
from ecg_eval.stats.resampling.draws import draw_weights

RNG = np.random.default_rng(0)
P = RNG.beta(1, 3, size=300)
TRUTH = (RNG.random(300) < P).astype(int)
CUTS = np.array([0, 0.1, 0.2, 0.5, 0.9])
WEIGHTS = draw_weights(cluster=np.arange(300), n_resamples=400, rng=RNG)


def test_by_hand() -> None:
    # threshold 0.2: one true and one false positive of 4, odds 1/4
    got = net_benefit(truth=[1, 1, 0, 0], probability=[0.9, 0.1, 0.2, 0.1], threshold=0.2, harm=0.01)
    assert got.value == pytest.approx(1 / 4 - 1 / 4 * 0.25 - 0.01)
    # at prevalence 0.1: 0.1 x 1/2 - 0.9 x 1/2 x 1/4
    got = net_benefit(truth=[1, 1, 0, 0], probability=[0.9, 0.1, 0.2, 0.1], threshold=0.2, prevalence=0.1)
    assert got.value == pytest.approx(0.05 - 0.9 / 2 / 4)


def test_acting_on_all_or_nobody() -> None:
    everybody = decision_curve(truth=TRUTH, probability=np.ones(300), thresholds=CUTS)
    assert everybody.net_benefit == pytest.approx(everybody.net_benefit_all)
    assert everybody.interventions_avoided[1:] == pytest.approx(np.zeros(4), abs=1e-12)
    assert np.isnan(everybody.interventions_avoided[0])
    nobody = decision_curve(truth=TRUTH, probability=np.zeros(300), thresholds=CUTS[1:])
    assert nobody.net_benefit == pytest.approx(np.zeros(4))
    assert nobody.high[0] > 0


@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_bounds_contain_the_value_and_agree_with_the_bootstrap(prevalence: float | None) -> None:
    got = decision_curve(truth=TRUTH, probability=P, thresholds=CUTS, prevalence=prevalence)
    assert (got.low <= got.net_benefit).all()
    assert (got.net_benefit <= got.high).all()
    drawn = weighted_net_benefit(truth=TRUTH, probability=P, thresholds=CUTS, weights=WEIGHTS, prevalence=prevalence)
    wide = np.quantile(drawn, 0.975, axis=0) - np.quantile(drawn, 0.025, axis=0)
    assert (got.high - got.low)[1:4] == pytest.approx(wide[1:4], rel=0.25)
    once = weighted_net_benefit(
        truth=TRUTH, probability=P, thresholds=CUTS, weights=np.ones((1, 300)), prevalence=prevalence
    )
    assert once[0] == pytest.approx(got.net_benefit)


def test_own_prevalence_as_target_changes_nothing() -> None:
    plain = decision_curve(truth=TRUTH, probability=P, thresholds=CUTS)
    same = decision_curve(truth=TRUTH, probability=P, thresholds=CUTS, prevalence=TRUTH.mean())
    assert same.net_benefit == pytest.approx(plain.net_benefit)


@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_repeated_patients_widen_the_interval(prevalence: float | None) -> None:
    twice = {"truth": np.tile(TRUTH, 2), "probability": np.tile(P, 2), "thresholds": CUTS, "prevalence": prevalence}
    apart = decision_curve(**twice)
    together = decision_curve(**twice, cluster=np.tile(np.arange(300), 2))
    once = decision_curve(truth=TRUTH, probability=P, thresholds=CUTS, prevalence=prevalence)
    assert (together.high - together.low)[1:4] == pytest.approx((once.high - once.low)[1:4], rel=0.02)
    assert (together.high - together.low)[2] > 1.2 * (apart.high - apart.low)[2]


def test_undefined() -> None:
    assert not is_defined(net_benefit(truth=[], probability=[], threshold=0.1))
    assert not is_defined(net_benefit(truth=[1, 1], probability=[0.2, 0.3], threshold=0.1, prevalence=0.2))
    assert "one case" in net_benefit(truth=[1], probability=[0.3], threshold=0.1).reason
    empty = weighted_net_benefit(truth=[1, 0], probability=[1, 0], thresholds=0.5, weights=[[0, 0]])
    assert np.isnan(empty).all()
    target = weighted_net_benefit(truth=[1, 0], probability=[1, 0], thresholds=0.5, weights=[[1, 0]], prevalence=0.3)
    assert np.isnan(target).all()


@pytest.mark.parametrize(
    "bad",
    [{"thresholds": [1.0]}, {"thresholds": [-0.1]}, {"prevalence": 1}, {"harm": -1}, {"truth": [], "probability": []}],
)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        decision_curve(**({"truth": TRUTH, "probability": P, "thresholds": CUTS} | bad))


def test_consequences_add_up_and_hang_together() -> None:
    got = threshold_consequences(truth=TRUTH, probability=P, thresholds=CUTS)
    rates = got.true_positive_rate, got.false_positive_rate, got.false_negative_rate, got.true_negative_rate
    assert sum(rates) == pytest.approx(np.ones(5))
    assert got.ppv[:4] == pytest.approx(got.true_positive_rate[:4] / got.test_positive_rate[:4])
    assert got.positive_likelihood_ratio[2] == pytest.approx(got.sensitivity[2] / (1 - got.specificity[2]))
    assert np.isnan(got.npv[0])
    target = threshold_consequences(truth=TRUTH, probability=P, thresholds=CUTS, prevalence=0.01)
    assert target.sensitivity == pytest.approx(got.sensitivity)
    assert (target.ppv[:3] < got.ppv[:3]).all()


def test_mover_of_independent_proportions_is_newcombes_difference() -> None:
    # Newcombe 1998, example (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339
    share = np.array([56 / 70]), np.array([70.0])
    other = np.array([48 / 80]), np.array([80.0])
    low, high = weighted_difference_bounds(share, other, (1.0, np.array([1.0])), 0.0, 0.95)
    assert low[0] == pytest.approx(0.0524, abs=5e-5)
    assert high[0] == pytest.approx(0.3339, abs=5e-5)
    assert wilson_bounds(np.array([0.0, 1.0]), np.array([5.0, 5.0]), 0.95)[0][0] == 0
