"""Estimating equations: equal to statsmodels, closed forms, and what has no solution."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.gee import ERRORS, gee
from ecg_eval.stats.clusters.gee_fit import LINKS, GeeFit


def _study(seed: int = 10, k: int = 40) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(k), rng.integers(1, 6, k))
    x = rng.normal(size=cluster.size)
    group = rng.integers(0, 2, cluster.size)
    latent = 0.3 * x + 0.5 * group + rng.normal(size=k)[cluster] + rng.logistic(size=cluster.size)
    return {
        "outcome": (latent > 0).astype(int),
        "design": np.column_stack([np.ones(cluster.size), group, x]),
        "cluster": cluster,
    }


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_equal_to_statsmodels(correlation: str) -> None:
    study = _study()
    structure = {"independence": sm.cov_struct.Independence(), "exchangeable": sm.cov_struct.Exchangeable()}
    model = sm.GEE(
        study["outcome"],
        study["design"],
        groups=study["cluster"],
        family=sm.families.Binomial(),
        cov_struct=structure[correlation],
    )
    plain, reduced = model.fit(ctol=1e-10, maxiter=500), model.fit(cov_type="bias_reduced", ctol=1e-10, maxiter=500)
    options = {"correlation": correlation, "moments": "degrees_of_freedom"}
    fit = gee(**study, **options, error="robust")
    assert fit.coefficients == pytest.approx(plain.params, abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(plain.bse, abs=1e-6)
    assert np.sqrt(np.diag(gee(**study, **options, error="mancl_derouen").covariance)) == pytest.approx(
        reduced.bse, abs=1e-6
    )
    if correlation == "exchangeable":
        assert fit.correlation == pytest.approx(float(model.cov_struct.dep_params), abs=1e-6)


def test_identity_and_independence_are_the_robust_mean() -> None:
    study = _study()
    y, cluster = study["outcome"], study["cluster"]
    fit = gee(
        outcome=y,
        design=np.ones((y.size, 1)),
        cluster=cluster,
        link="identity",
        correlation="independence",
        error="robust",
    )
    e = fit.contrast([1])
    sums = np.bincount(cluster, weights=y - y.mean())
    assert (e.value, e.standard_error) == pytest.approx((y.mean(), np.sqrt((sums**2).sum()) / y.size))


@pytest.mark.parametrize("link", sorted(LINKS))
def test_the_mean_of_an_intercept_is_the_proportion(link: str) -> None:
    study = _study()
    fit = gee(
        outcome=study["outcome"],
        design=np.ones((study["outcome"].size, 1)),
        cluster=study["cluster"],
        link=link,
        correlation="independence",
    )
    e = fit.mean([1])
    assert e.value == pytest.approx(study["outcome"].mean())
    assert 0 < e.low < e.value < e.high < 1  # type: ignore[operator]


def test_corrected_errors_are_ordered_and_use_t() -> None:
    errors = {error: gee(**_study(k=12), error=error).contrast([0, 1, 0]) for error in ERRORS}
    robust, kauermann, mancl = (errors[e] for e in ("robust", "kauermann_carroll", "mancl_derouen"))
    assert robust.standard_error < kauermann.standard_error < mancl.standard_error  # type: ignore[operator]
    assert (robust.df, kauermann.df) == (None, 9)
    assert robust.p_value < kauermann.p_value  # type: ignore[operator]


def test_kauermann_carroll_on_paper() -> None:
    # for the mean of k patients with one case each the correction is exactly 1 / sqrt(1 - 1/k) of the robust error
    y = np.array([1, 1, 0, 1, 0, 0, 1])
    fits = {
        error: gee(outcome=y, design=np.ones((7, 1)), cluster=np.arange(7), link="identity", error=error)
        for error in ERRORS
    }
    variance = {error: float(fit.covariance[0, 0]) for error, fit in fits.items()}
    assert variance["robust"] == pytest.approx(y.var() / 7)
    assert variance["kauermann_carroll"] == pytest.approx(y.var() / 6)
    assert variance["mancl_derouen"] == pytest.approx(y.var() / 7 / (6 / 7) ** 2)


def test_a_nearly_singular_correlation_falls_back_on_independence_and_says_so() -> None:
    # noise: 18 patients, 54 cases, whose cases differ more within a patient than between patients
    rng = np.random.default_rng(312)
    cluster = np.sort(np.append(np.arange(18), rng.integers(0, 18, 36)))
    outcome, group = rng.integers(0, 2, 54), rng.integers(0, 2, 54)
    noise = {"outcome": outcome, "design": np.column_stack([np.ones(54), group]), "cluster": cluster}
    fit, independent = gee(**noise), gee(**noise, correlation="independence")
    assert fit.contrast([0, 1]).p_value == pytest.approx(independent.contrast([0, 1]).p_value)
    assert fit.correlation is None
    assert "independence working correlation" in fit.method
    assert "exchangeable was asked for and nearly singular" in fit.method
    assert "asked for" not in independent.method


def test_copies_of_a_case_fall_back_too() -> None:
    y = np.repeat([1, 0, 0, 1, 1, 0], 3)
    fit = gee(outcome=y, design=np.ones((18, 1)), cluster=np.repeat(np.arange(6), 3))
    assert fit.correlation is None
    assert "nearly singular" in fit.method
    assert fit.mean([1]).value == pytest.approx(0.5)


def test_wald_test_of_one_coefficient_is_its_square() -> None:
    for error in ERRORS:
        fit = gee(**_study(), error=error)
        e, test = fit.contrast([0, 1, 0]), fit.wald_test([0, 1, 0])
        assert test.statistic == pytest.approx(e.statistic**2)  # type: ignore[operator]
        assert test.p_value == pytest.approx(e.p_value)
    joint = fit.wald_test([[0, 1, 0], [0, 0, 1]])
    assert joint.df == 2


def test_order_names_and_missing_outcomes_do_not_matter() -> None:
    study = _study()
    order = np.random.default_rng(11).permutation(study["outcome"].size)
    fit = gee(**study)
    again = gee(
        outcome=np.append(study["outcome"][order], np.nan),
        design=np.vstack([study["design"][order], [1, 1, 1]]),
        cluster=np.append([f"p{c}" for c in study["cluster"][order]], "p0"),
    )
    assert again.coefficients == pytest.approx(fit.coefficients, abs=1e-8)
    assert again.covariance == pytest.approx(fit.covariance, abs=1e-8)


def test_the_scale_can_stay_at_independence() -> None:
    study = _study()
    fixed = gee(**study, moments="independence_scale", error="robust")
    independence = gee(**study, correlation="independence", error="robust")
    assert fixed.scale == pytest.approx(independence.scale)
    assert fixed.correlation != gee(**study, error="robust").correlation


def _failed() -> dict[str, GeeFit]:
    one = np.ones((6, 1))
    separated = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    return {
        "no solution": gee(outcome=[0, 0, 0, 1, 1, 1], design=separated, cluster=range(6)),
        "no solution of the log link": gee(outcome=[0, 0, 0, 1, 1, 1], design=separated, cluster=range(6), link="log"),
        "a proportion of 1 with the log link": gee(
            outcome=[1, 0, 1, 1, 1, 1], design=separated, cluster=range(6), link="log"
        ),
        "only events with the log link": gee(outcome=[1] * 6, design=one, cluster=range(6), link="log"),
        "no event": gee(outcome=[0] * 6, design=one, cluster=range(6)),
        "no more patients than columns": gee(outcome=[0, 1, 0, 1, 0, 1], design=one, cluster=[1] * 6),
        "no case": gee(outcome=[np.nan] * 6, design=one, cluster=range(6)),
    }


@pytest.mark.parametrize("name", list(_failed()))
def test_what_has_no_solution_is_undefined_with_its_reason(name: str) -> None:
    fit = _failed()[name]
    assert np.isnan(fit.coefficients).all()
    weights = np.ones(fit.coefficients.size)
    for e in (fit.contrast(weights), fit.mean(weights), fit.wald_test(weights)):
        assert (e.value, e.reason) == (None, fit.reason)


def test_steps_that_do_not_settle_are_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_eval.stats.clusters.gee.MAX_STEPS", 2)
    assert "do not settle" in str(gee(**_study()).reason)


def test_log_link_equals_the_ratio_of_proportions() -> None:
    outcome = [1, 0, 0, 0, 1, 1, 1, 0]
    fit = gee(outcome=outcome, design=np.column_stack([np.ones(8), [0] * 4 + [1] * 4]), cluster=range(8), link="log")
    assert np.exp(fit.coefficients) == pytest.approx([0.25, 3.0])


def test_readings_that_never_differ_have_no_interval() -> None:
    # the same outcome in both groups of each patient: the effect is exactly 0, without any variance
    outcome = np.repeat([1, 0, 0, 1, 0], 2)
    fit = gee(outcome=outcome, design=np.column_stack([np.ones(10), [1, 0] * 5]), cluster=np.repeat(range(5), 2))
    e = fit.contrast([0, 1])
    assert e.value == pytest.approx(0, abs=1e-12)
    assert (e.low, e.p_value) == (None, None)
    assert fit.mean([0, 1]).low is None


def test_alternating_cases_have_no_working_correlation() -> None:
    fit = gee(outcome=[0, 1] * 6, design=np.ones((12, 1)), cluster=np.repeat(range(6), 2))
    assert fit.correlation is None  # it would be -1, where the matrix of a patient is singular
    assert "nearly singular" in fit.method


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"design": np.ones(3)}, "design must be a finite array"),
        ({"design": np.full((3, 1), np.nan)}, "design must be a finite array"),
        ({"design": np.ones((3, 2))}, "design must be of rank 2"),
        ({"link": "logits"}, "Did you mean 'logit'"),
        ({"correlation": "ar1"}, "gee correlation"),
        ({"error": "sandwich"}, "gee error"),
        ({"moments": "median"}, "gee moments"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], match: str) -> None:
    arguments = {"outcome": [0, 1, 1], "design": np.ones((3, 1)), "cluster": [1, 2, 3]} | changes
    with pytest.raises(ArgumentError, match=match):
        gee(**arguments)  # type: ignore[arg-type]


def test_weights_are_as_many_as_coefficients() -> None:
    with pytest.raises(ArgumentError, match="weights must be of shape"):
        gee(**_study()).contrast([1, 0])


def test_a_marginal_difference_is_that_of_statsmodels_predictions() -> None:
    # statsmodels 0.14: GEE(y, X, groups, family=Binomial(), cov_struct=Independence()).fit(); the difference of mean
    # predictions with the column at 1 and at 0, its gradient by central differences, cov_robust for its error
    rng = np.random.default_rng(11)
    cluster = np.repeat(np.arange(40), 3)
    design = np.column_stack([np.ones(120), rng.random(120) < 0.5, rng.normal(size=120)]).astype(float)
    outcome = (rng.random(120) < 1 / (1 + np.exp(-(0.2 + 0.8 * design[:, 1] + 0.5 * design[:, 2])))).astype(float)
    one, none = design.copy(), design.copy()
    one[:, 1], none[:, 1] = 1, 0
    family, structure = sm.families.Binomial(), sm.cov_struct.Independence()
    theirs = sm.GEE(outcome, design, groups=cluster, family=family, cov_struct=structure).fit()

    def difference(beta: np.ndarray) -> float:
        p, q = (1 / (1 + np.exp(-x @ beta)) for x in (one, none))
        return float((p - q).mean())

    steps = np.eye(3) * 1e-6
    gradient = np.array([(difference(theirs.params + s) - difference(theirs.params - s)) / 2e-6 for s in steps])
    error = float(np.sqrt(gradient @ theirs.cov_robust @ gradient))
    fit = gee(outcome=outcome, design=design, cluster=cluster, correlation="independence", error="robust")
    estimate, influence = fit.marginal_difference(first=one, second=none)
    assert estimate.value == pytest.approx(difference(theirs.params), abs=1e-8)
    assert estimate.standard_error == pytest.approx(error, rel=1e-6)
    assert estimate.low == pytest.approx(estimate.value - 1.959964 * error, abs=1e-7)
    assert estimate.p_value == pytest.approx(2 * norm.sf(abs(estimate.value / error)), rel=1e-5)
    assert (influence**2).sum() == pytest.approx(error**2, rel=1e-6)
    part, _ = fit.marginal_difference(first=one, second=none, weights=np.eye(120)[7])
    assert part.value == pytest.approx(difference_at(theirs.params, design[7, 2]))


def difference_at(beta: np.ndarray, x: float) -> float:
    return float(1 / (1 + np.exp(-beta @ [1, 1, x])) - 1 / (1 + np.exp(-beta @ [1, 0, x])))


def test_a_marginal_difference_without_error_or_fit_says_so() -> None:
    outcome = np.repeat([1, 0, 0, 1, 0], 2)
    design = np.column_stack([np.ones(10), [1, 0] * 5])
    fit = gee(outcome=outcome, design=design, cluster=np.repeat(range(5), 2))
    one, none = np.ones((10, 2)), np.column_stack([np.ones(10), np.zeros(10)])
    estimate, _ = fit.marginal_difference(first=one, second=none)
    assert estimate.value == pytest.approx(0, abs=1e-12)
    assert (estimate.low, estimate.statistic, estimate.p_value) == (None, None, None)
    failed = gee(outcome=[1, 1, 0, 0], design=[[1, 1], [1, 1], [1, 0], [1, 0]], cluster=range(4))
    estimate, influence = failed.marginal_difference(first=np.ones((4, 2)), second=np.ones((4, 2)))
    assert estimate.value is None
    assert np.isnan(influence).all()
    with pytest.raises(ArgumentError, match="first and second must be two designs"):
        fit.marginal_difference(first=np.ones((4, 2)), second=np.ones((4, 3)))
    with pytest.raises(ArgumentError, match="weights must be of shape"):
        fit.marginal_difference(first=one, second=none, weights=[1, 2])
