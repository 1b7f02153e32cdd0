"""Repeated Bland-Altman against the analysis of variance, statsmodels' mixed model and the naive limits."""

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import f_oneway

from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.measurement.method_comparison import bland_altman
from ecg_eval.stats.measurement.repeated_comparison import bland_altman_repeated


def pairs(between: float = 6.0, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(20), rng.integers(1, 6, 20))
    shift = rng.normal(0, between, 20)[patient]
    second = 400 + rng.normal(0, 30, len(patient))
    return {"first": second + 2 + shift + rng.normal(0, 4, len(patient)), "second": second, "patient": patient}


def test_equals_the_analysis_of_variance() -> None:
    data = pairs()
    difference = data["first"] - data["second"]
    groups = [difference[data["patient"] == p] for p in np.unique(data["patient"])]
    found = bland_altman_repeated(**data)
    ratio = found.mean_square_between.value / found.mean_square_within.value
    assert ratio == pytest.approx(f_oneway(*groups).statistic)
    sizes = np.array([len(g) for g in groups])
    m0 = (sizes.sum() ** 2 - (sizes**2).sum()) / (19 * sizes.sum())
    assert found.replicates == pytest.approx(m0)
    between = (found.mean_square_between.value - found.mean_square_within.value) / m0
    assert found.sd_between.value == pytest.approx(np.sqrt(between))
    assert found.total_sd.value == pytest.approx(np.sqrt(between + found.mean_square_within.value))
    assert found.bias.value == pytest.approx(difference.mean())


def test_reml_equals_statsmodels() -> None:
    data = pairs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.MixedLM(data["first"] - data["second"], np.ones(len(data["first"])), groups=data["patient"]).fit()
    found = bland_altman_repeated(**data, estimator="reml")
    assert found.bias.value == pytest.approx(model.fe_params[0], abs=1e-4)
    assert found.bias.standard_error == pytest.approx(model.bse_fe[0], rel=1e-3)
    assert found.sd_between.value == pytest.approx(np.sqrt(model.cov_re[0, 0]), rel=1e-3)
    assert found.sd_within.value == pytest.approx(np.sqrt(model.scale), rel=1e-3)


@pytest.mark.parametrize("estimator", ["anova", "reml"])
def test_intervals_hold_their_values(estimator: str) -> None:
    found = bland_altman_repeated(**pairs(), estimator=estimator)
    for part in (found.bias, found.lower_limit, found.upper_limit, found.total_sd, found.sd_within):
        assert part.low < part.value < part.high
    assert found.upper_limit.value == pytest.approx(found.bias.value + found.multiplier * found.total_sd.value)
    assert found.bias.n_clusters == 20


def test_a_negative_variance_is_not_estimable() -> None:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(10), 4)
    noise = rng.normal(size=40)
    noise -= np.repeat(noise.reshape(10, 4).mean(axis=1), 4)  # patients' means all equal
    found = bland_altman_repeated(first=noise, second=np.zeros(40), patient=patient)
    assert not is_defined(found.sd_between)
    assert "negative" in str(found.sd_between.reason)
    assert found.total_sd.value < found.sd_within.value
    reml = bland_altman_repeated(first=noise, second=np.zeros(40), patient=patient, estimator="reml")
    assert reml.sd_between.value == 0


def test_the_naive_limits_are_too_narrow_where_patients_differ() -> None:
    data = pairs(between=12.0)
    naive = bland_altman(first=data["first"], second=data["second"])
    found = bland_altman_repeated(**data)
    assert found.bias.high - found.bias.low > 1.5 * (naive.bias.high - naive.bias.low)


def test_too_little_data_have_reasons() -> None:
    for patient in ([1, 1, 1], [1, 2, 3]):
        found = bland_altman_repeated(first=[1.0, 2.0, 4.0], second=[1.0, 1.0, 1.0], patient=patient)
        assert not is_defined(found.bias)
        assert "two patients" in str(found.bias.reason)
    flat = bland_altman_repeated(first=[1.0] * 4, second=[0.0] * 4, patient=[1, 1, 2, 2])
    assert flat.bias.value == 1
    assert flat.bias.low is None
    assert flat.upper_limit.low is None
    reml = bland_altman_repeated(first=[1.0] * 4, second=[0.0] * 4, patient=[1, 1, 2, 2], estimator="reml")
    assert reml.bias.low is None


def test_missing_pairs_are_left_out() -> None:
    data = pairs()
    data["first"][:3] = np.nan
    assert bland_altman_repeated(**data).bias.n == len(data["second"]) - 3
