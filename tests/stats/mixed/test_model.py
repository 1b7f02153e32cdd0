"""Logistic mixed models: lme4's numbers, properties, and what cannot be estimated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mixed import model as model_file
from ecg_eval.stats.mixed.comparison import likelihood_ratio_test, wald_test
from ecg_eval.stats.mixed.fitting import Optimum
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mixed.result import MixedFit

CROSSED = Path(__file__).parents[2] / "oracles" / "own" / "09-proportions-clustered" / "crossed.csv"


def crossed() -> dict[str, object]:
    table = pd.read_csv(CROSSED)
    arm = (table["modality"] == "aided").to_numpy(float)
    return {
        "outcome": table["correct"].to_numpy(float),
        "fixed": {"intercept": np.ones(len(arm)), "aided": arm},
        "groups": {"GP": table["reader_id"].to_numpy(), "ECG": table["ecg_id"].to_numpy()},
    }


@pytest.fixture(scope="module")
def fit() -> MixedFit:
    return logistic_mixed_model(**crossed())


def test_equals_lme4(fit: MixedFit) -> None:
    # R 4.2.2, lme4 1.1-31: glmer(correct ~ modality + (1 | reader_id) + (1 | ecg_id), binomial)
    aided, intercept = fit.fixed["aided"], fit.fixed["intercept"]
    assert intercept.value == pytest.approx(0.3369386800186, abs=2e-5)
    assert intercept.standard_error == pytest.approx(0.1530705127581, abs=2e-5)
    assert aided.value == pytest.approx(0.8883777967796, abs=2e-5)
    assert aided.standard_error == pytest.approx(0.125674010746, abs=2e-5)
    assert fit.log_likelihood == pytest.approx(-823.3559194256, abs=1e-6)
    assert fit.standard_deviations["ECG"].value == pytest.approx(0.9638703933476, abs=1e-5)
    assert fit.standard_deviations["GP"].value == pytest.approx(0.1743689955068, abs=1e-5)
    ratio = fit.odds_ratio("aided")
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx(
        (2.43118257847, 1.900394054787, 3.110222700902), rel=1e-4
    )
    assert fit.converged
    assert fit.singular == ()
    assert fit.method.endswith("as lme4")


def test_exact_laplace_has_slightly_larger_errors(fit: MixedFit) -> None:
    exact = logistic_mixed_model(**crossed(), convention="exact")
    assert exact.fixed["aided"].value == pytest.approx(fit.fixed["aided"].value, abs=1e-3)
    ratio = exact.fixed["aided"].standard_error / fit.fixed["aided"].standard_error
    assert 1.002 < ratio < 1.02
    assert exact.log_likelihood > fit.log_likelihood


def test_quadrature_equals_lme4() -> None:
    # glmer(correct ~ modality + (1 | reader_id), binomial, nAGQ = 25)
    data = crossed()
    data["groups"] = {"GP": data["groups"]["GP"]}  # type: ignore[index]
    found = logistic_mixed_model(**data, quadrature_points=25)
    assert found.fixed["aided"].value == pytest.approx(0.751718894378, abs=1e-6)
    assert found.fixed["aided"].standard_error == pytest.approx(0.115124116776, abs=1e-6)
    assert found.log_likelihood == pytest.approx(-881.1648096636, abs=1e-6)


def test_interval_and_test_belong_together(fit: MixedFit) -> None:
    for estimate in fit.fixed.values():
        assert estimate.low < estimate.value < estimate.high
        assert estimate.statistic == pytest.approx(estimate.value / estimate.standard_error)
        assert (estimate.p_value < 0.05) == (estimate.low > 0 or estimate.high < 0)
    wide = logistic_mixed_model(**crossed(), level=0.99, convention="exact").fixed["aided"]
    narrow = logistic_mixed_model(**crossed(), level=0.9, convention="exact").fixed["aided"]
    assert wide.low < narrow.low
    assert (wide.level, narrow.level) == (0.99, 0.9)


def test_order_and_names_do_not_matter(fit: MixedFit) -> None:
    data = crossed()
    order = np.random.default_rng(1).permutation(len(data["outcome"]))  # type: ignore[arg-type]
    shuffled = {
        "outcome": data["outcome"][order],  # type: ignore[index]
        "fixed": {k: v[order] for k, v in data["fixed"].items()},  # type: ignore[attr-defined]
        "groups": {k: np.char.add("z", v.astype(str))[order] for k, v in data["groups"].items()},  # type: ignore[attr-defined]
    }
    again = logistic_mixed_model(**shuffled)  # type: ignore[arg-type]
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    for name in fit.fixed:
        assert again.fixed[name].value == pytest.approx(fit.fixed[name].value, abs=1e-6)
        assert again.fixed[name].standard_error == pytest.approx(fit.fixed[name].standard_error, abs=1e-5)
    assert list(again.random_effects["GP"]) == [f"z{name}" for name in fit.random_effects["GP"]]


def test_missing_readings_are_left_out() -> None:
    data = crossed()
    holes = dict(data)
    outcome = data["outcome"].copy()  # type: ignore[attr-defined]
    outcome[::7] = np.nan
    holes["outcome"] = outcome
    kept = ~np.isnan(outcome)
    dropped = {
        "outcome": outcome[kept],
        "fixed": {k: v[kept] for k, v in data["fixed"].items()},  # type: ignore[attr-defined]
        "groups": {k: v[kept] for k, v in data["groups"].items()},  # type: ignore[attr-defined]
    }
    a, b = (logistic_mixed_model(**d, convention="exact") for d in (holes, dropped))
    assert a.n == b.n == kept.sum()
    assert a.log_likelihood == pytest.approx(b.log_likelihood, abs=1e-10)


def test_trials_are_sums_of_single_readings() -> None:
    data = crossed()
    table = pd.DataFrame(
        {"y": data["outcome"], "arm": data["fixed"]["aided"], "GP": data["groups"]["GP"]}  # type: ignore[index]
    )
    counts = table.groupby(["GP", "arm"], as_index=False).agg(y=("y", "sum"), m=("y", "size"))
    fixed = {"intercept": np.ones(len(counts)), "aided": counts["arm"]}
    summed = logistic_mixed_model(
        outcome=counts["y"], trials=counts["m"], fixed=fixed, groups={"GP": counts["GP"]}, convention="exact"
    )
    single = logistic_mixed_model(
        outcome=data["outcome"],
        fixed=data["fixed"],
        groups={"GP": data["groups"]["GP"]},
        convention="exact",  # type: ignore[arg-type, index]
    )
    assert summed.fixed["aided"].value == pytest.approx(single.fixed["aided"].value, abs=1e-6)
    assert summed.fixed["aided"].standard_error == pytest.approx(single.fixed["aided"].standard_error, rel=1e-5)
    # only the binomial coefficients differ, and relative to the saturated model they do not count
    assert single.saturated_log_likelihood == pytest.approx(0, abs=1e-9)
    assert summed.saturated_log_likelihood < 0


def test_criteria_on_paper(fit: MixedFit) -> None:
    assert fit.n_parameters == 4
    assert fit.deviance == pytest.approx(-2 * fit.log_likelihood)
    assert fit.aic == pytest.approx(fit.deviance + 8)
    assert fit.bic == pytest.approx(fit.deviance + 4 * np.log(1400))
    variances = {k: e.value**2 for k, e in fit.standard_deviations.items()}
    assert fit.latent_share("ECG") == pytest.approx(variances["ECG"] / (sum(variances.values()) + np.pi**2 / 3))
    assert fit.latent_share("patient") is None
    assert fit.n_levels == {"GP": 10, "ECG": 70}
    with pytest.raises(ArgumentError, match="one of intercept, aided"):
        fit.odds_ratio("aide")


def test_standard_deviation_has_an_error_and_says_why_no_interval(fit: MixedFit) -> None:
    sd = fit.standard_deviations["ECG"]
    assert sd.standard_error == pytest.approx(0.11, abs=0.02)
    assert sd.low is None
    assert "too skewed" in sd.reason


def test_modes_shrink_towards_zero(fit: MixedFit) -> None:
    effects = np.array(list(fit.random_effects["ECG"].values())).ravel()
    assert len(effects) == 70
    assert effects.std() < fit.standard_deviations["ECG"].value
    assert abs(effects.mean()) < 0.1


def test_random_slopes() -> None:
    rng = np.random.default_rng(8)
    reader, case = (a.ravel() for a in np.meshgrid(np.arange(12), np.arange(60), indexing="ij"))
    reader, case = np.repeat(reader, 2), np.repeat(case, 2)
    arm = np.tile([0.0, 1.0], 720)
    b = rng.multivariate_normal([0, 0], [[0.5, 0.3], [0.3, 0.6]], 12)
    eta = 0.5 + b[reader, 0] + arm * (0.6 + b[reader, 1]) + rng.normal(0, 0.8, 60)[case]
    ones = np.ones_like(arm)
    data = {
        "outcome": (rng.random(1440) < special.expit(eta)).astype(float),
        "fixed": {"intercept": ones, "arm": arm},
        "groups": {"reader": reader, "case": case},
    }
    found = logistic_mixed_model(**data, slopes={"reader": {"intercept": ones, "arm": arm}})
    assert list(found.standard_deviations) == ["reader|intercept", "reader|arm", "case"]
    assert found.correlations["reader"][0, 1] == pytest.approx(np.corrcoef(b.T)[0, 1], abs=0.35)
    assert found.correlations["reader"][0, 0] == pytest.approx(1)
    assert found.n_parameters == 6
    assert found.random_effects["reader"]["0"].shape == (2,)
    modes = np.array(list(found.random_effects["reader"].values()))
    assert np.corrcoef(modes[:, 1], b[:, 1])[0, 1] > 0.7
    plain = logistic_mixed_model(**data)
    test = likelihood_ratio_test(full=found, reduced=plain)
    assert test.df == 2
    assert test.p_value < 0.01
    assert found.fixed["arm"].standard_error > plain.fixed["arm"].standard_error  # readers differ in their gain


def test_no_spread_is_flagged_as_singular() -> None:
    rng = np.random.default_rng(2)
    reader = np.repeat(np.arange(8), 50)
    # every reader is right exactly 30 times of 50: less spread than chance
    outcome = np.concatenate([rng.permutation(np.repeat([1.0, 0.0], [30, 20])) for _ in range(8)])
    found = logistic_mixed_model(outcome=outcome, fixed={"intercept": np.ones(400)}, groups={"reader": reader})
    assert found.singular == ("reader",)
    assert found.converged
    assert found.standard_deviations["reader"].value == pytest.approx(0, abs=1e-4)
    assert found.standard_deviations["reader"].standard_error is None
    # without spread it is the plain proportion: logit(0.6), SE 1 / sqrt(400 x 0.24)
    assert found.fixed["intercept"].value == pytest.approx(np.log(1.5), abs=1e-4)
    assert found.fixed["intercept"].standard_error == pytest.approx(1 / np.sqrt(96), rel=1e-3)


def base(n: int = 40) -> dict[str, object]:
    rng = np.random.default_rng(6)
    return {
        "outcome": rng.integers(0, 2, n).astype(float),
        "fixed": {"intercept": np.ones(n), "x": rng.normal(size=n)},
        "groups": {"reader": np.arange(n) % 5},
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": np.full(40, np.nan)}, "no reading entered"),
        ({"outcome": np.ones(40)}, "only one outcome"),
        ({"groups": {"reader": np.zeros(40)}}, "single level"),
        ({"fixed": {"intercept": np.ones(40), "again": np.ones(40)}}, "collinear"),
    ],
)
def test_degenerate_data_are_undefined_with_a_reason(change: dict[str, object], reason: str) -> None:
    found = logistic_mixed_model(**{**base(), **change})  # type: ignore[arg-type]
    assert found.reason is not None
    assert reason in found.reason
    assert found.log_likelihood is found.aic is found.bic is found.deviance is None
    for estimate in (*found.fixed.values(), *found.standard_deviations.values()):
        assert not is_defined(estimate)
        assert reason in estimate.reason
    name = next(iter(found.fixed))
    assert not is_defined(found.odds_ratio(name))
    assert found.latent_share("reader") is None
    assert not is_defined(wald_test(fit=found, contrasts=[1, 0]))


def test_separation_is_named() -> None:
    data = base()
    x = data["fixed"]["x"]  # type: ignore[index]
    found = logistic_mixed_model(**{**data, "outcome": (x > 0).astype(float)})  # type: ignore[arg-type]
    assert found.reason is not None
    assert "separates" in found.reason


def test_outcomes_that_never_differ_within_a_case_have_no_bound() -> None:
    case = np.repeat(np.arange(30), 6)
    outcome = (case % 2).astype(float)
    found = logistic_mixed_model(outcome=outcome, fixed={"intercept": np.ones(180)}, groups={"case": case})
    assert found.reason is not None
    assert "case has no bound" in found.reason


def test_a_search_that_does_not_end_well_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found_maximum = model_file.maximise

    def lost(*args: object) -> Optimum:
        found = found_maximum(*args)  # type: ignore[arg-type]
        return Optimum(found.parameters, found.deviance, found.hessian, converged=False)

    monkeypatch.setattr(model_file, "maximise", lost)
    found = logistic_mixed_model(**base())  # type: ignore[arg-type]
    assert not found.converged
    assert found.covariance is None
    estimate = found.fixed["x"]
    assert estimate.value is not None
    assert estimate.low is None
    assert "did not converge" in estimate.reason
    assert found.odds_ratio("x").low is None
    test = wald_test(fit=found, contrasts=[0, 1])
    assert not is_defined(test)


def test_where_lme4s_criterion_has_no_maximum_the_exact_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "refine", lambda *_: None)
    found = logistic_mixed_model(**base())  # type: ignore[arg-type]
    assert not found.method.endswith("as lme4")
    assert found.fixed["x"].standard_error is not None


def test_wald_and_likelihood_ratio_agree(fit: MixedFit) -> None:
    data = crossed()
    reduced = logistic_mixed_model(**{**data, "fixed": {"intercept": data["fixed"]["intercept"]}})  # type: ignore[index]
    ratio = likelihood_ratio_test(full=fit, reduced=reduced)
    assert ratio.statistic == pytest.approx(51.30812328748, abs=1e-3)  # anova() of lme4 1.1-31
    assert ratio.df == 1
    wald = wald_test(fit=fit, contrasts=[0, 1])
    assert wald.statistic == pytest.approx(fit.fixed["aided"].statistic ** 2)
    assert wald.p_value == pytest.approx(fit.fixed["aided"].p_value)
    both = wald_test(fit=fit, contrasts=np.eye(2))
    assert both.df == 2
    assert both.statistic > wald.statistic


def test_variance_is_tested_at_its_boundary(fit: MixedFit) -> None:
    data = crossed()
    without = logistic_mixed_model(**{**data, "groups": {"ECG": data["groups"]["ECG"]}})  # type: ignore[index]
    plain = likelihood_ratio_test(full=fit, reduced=without)
    halved = likelihood_ratio_test(full=fit, reduced=without, boundary=True)
    assert halved.p_value == pytest.approx(plain.p_value / 2)
    two = likelihood_ratio_test(full=fit, reduced=_fewer(without), boundary=True)
    assert two.df == 2
    assert two.p_value < likelihood_ratio_test(full=fit, reduced=_fewer(without)).p_value


def _fewer(fit: MixedFit) -> MixedFit:
    from dataclasses import replace

    return replace(fit, n_parameters=fit.n_parameters - 1)


def test_no_gain_is_no_evidence_at_the_boundary() -> None:
    rng = np.random.default_rng(2)
    reader, case = np.repeat(np.arange(8), 50), np.tile(np.arange(50), 8)
    outcome = np.concatenate([rng.permutation(np.repeat([1.0, 0.0], [30, 20])) for _ in range(8)])
    fixed = {"intercept": np.ones(400)}
    one = logistic_mixed_model(outcome=outcome, fixed=fixed, groups={"case": case}, convention="exact")
    two = logistic_mixed_model(
        outcome=outcome, fixed=fixed, groups={"case": case, "reader": reader}, convention="exact"
    )
    test = likelihood_ratio_test(full=two, reduced=one, boundary=True)
    assert test.statistic == pytest.approx(0, abs=1e-4)
    assert test.p_value >= 0.49


def test_comparisons_that_make_no_sense_are_refused(fit: MixedFit) -> None:
    small = logistic_mixed_model(**base())  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="same readings"):
        likelihood_ratio_test(full=fit, reduced=small)
    with pytest.raises(ArgumentError, match="more parameters"):
        likelihood_ratio_test(full=fit, reduced=fit)
    undefined = logistic_mixed_model(**{**base(), "outcome": np.ones(40)})  # type: ignore[arg-type]
    assert not is_defined(likelihood_ratio_test(full=_fewer(small), reduced=_fewer(_fewer(undefined))))
    for bad in ([1.0], [[0.0, 1.0], [0.0, 2.0]]):
        with pytest.raises(ArgumentError, match="contrasts"):
            wald_test(fit=fit, contrasts=bad)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": np.ones((40, 1))},
        {"outcome": np.full(40, 0.5)},
        {"outcome": np.full(40, 2.0)},
        {"fixed": {}},
        {"groups": {}},
        {"fixed": {"x": np.ones(39)}},
        {"fixed": {"x": np.full(40, np.inf)}},
        {"groups": {"reader": np.ones(39)}},
        {"trials": np.zeros(40)},
        {"slopes": {"case": {"x": np.ones(40)}}},
        {"convention": "glmmTMB"},
        {"level": 1.0},
        {"quadrature_points": 0},
        {"quadrature_points": 5, "slopes": {"reader": {"a": np.ones(40), "b": np.arange(40.0)}}},
    ],
)
def test_arguments_are_checked(change: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        logistic_mixed_model(**{**base(), **change})  # type: ignore[arg-type]
