"""Bins, calibration errors and the parts of the Brier score."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.probability.calibration import brier_score
from ecg_eval.stats.probability.reliability import (
    bin_edges,
    brier_decomposition,
    expected_calibration_error,
    reliability_bins,
)
from ecg_eval.stats.probability.reliability_curve import reliability_curve
from ecg_eval.stats.resampling.draws import draw_weights

RNG = np.random.default_rng(0)
P = np.round(RNG.beta(1, 2, size=400), 3)
TRUTH = (RNG.random(400) < P).astype(int)


@pytest.mark.parametrize(("ours", "theirs"), [("equal_width", "uniform"), ("equal_mass", "quantile")])
@pytest.mark.parametrize("decimals", [1, 3])
def test_bins_equal_scikit_learn_also_with_ties(ours: str, theirs: str, decimals: int) -> None:
    p = np.round(P, decimals)
    observed, predicted = calibration_curve(TRUTH, p, n_bins=8, strategy=theirs)
    got = reliability_bins(truth=TRUTH, probability=p, n_bins=8, bins=ours)
    assert got.observed[got.n > 0] == pytest.approx(observed)
    assert got.mean_predicted[got.n > 0] == pytest.approx(predicted)
    assert got.n.sum() == 400


def test_edges_closed_on_either_side_and_given_edges() -> None:
    p, y = [0.5, 0.5, 0.2, 0.9], [1, 0, 0, 1]
    right, left = (reliability_bins(truth=y, probability=p, n_bins=2, closed=c) for c in ("right", "left"))
    assert right.n.tolist() == [3, 1]
    assert left.n.tolist() == [1, 3]
    given = reliability_bins(truth=y, probability=p, edges=[0, 0.3, 1])
    assert given.n.tolist() == [1, 3]
    assert bin_edges(probability=[], n_bins=2, bins="equal_mass").tolist() == [0, 0.5, 1]


def test_intervals_of_bins_are_wilsons_and_empty_bins_are_nan() -> None:
    got = reliability_bins(truth=[1, 0, 0], probability=[0.1, 0.2, 0.3], n_bins=2)
    assert (got.low[0], got.high[0]) == pytest.approx(proportion_confint(1, 3, method="wilson"))
    assert np.isnan([got.low[1], got.observed[1], got.mean_predicted[1]]).all()


def test_errors_by_hand() -> None:
    # bins (0.2, 0.4 | 0 1) and (0.6, 0.8, 1.0 | 1 1 0): gaps 0.2 and -0.8/6..., shares 2/5 and 3/5
    p, y = [0.2, 0.4, 0.6, 0.8, 1.0], [0, 1, 1, 1, 0]
    gaps = np.array([0.5 - 0.3, 2 / 3 - 0.8])
    share = np.array([0.4, 0.6])
    common = {"truth": y, "probability": p, "n_bins": 2}
    assert expected_calibration_error(**common).value == pytest.approx(share @ np.abs(gaps))
    assert expected_calibration_error(**common, norm="l2").value == pytest.approx(np.sqrt(share @ gaps**2))
    assert expected_calibration_error(**common, norm="max").value == pytest.approx(0.2)
    chance = np.array([0.25 / 1, (2 / 9) / 2])
    want = max(share @ (gaps**2 - chance), 0) ** 0.5
    assert expected_calibration_error(**common, norm="l2", debiased=True).value == pytest.approx(want)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_debiasing_brings_calibrated_predictions_near_zero(norm: str) -> None:
    rng = np.random.default_rng(1)
    plain, less = [], []
    for _ in range(40):
        y = rng.random(400) < P
        plain.append(expected_calibration_error(truth=y, probability=P, norm=norm).value)
        less.append(expected_calibration_error(truth=y, probability=P, norm=norm, debiased=True).value)
    assert np.mean(less) < 0.7 * np.mean(plain)


def test_debiased_l1_is_the_closed_form_of_the_sampled_one() -> None:
    y, p, n_bins = TRUTH, P, 5
    bins = reliability_bins(truth=y, probability=p, n_bins=n_bins)
    share, gap = bins.n / bins.n.sum(), np.abs(bins.observed - bins.mean_predicted)
    sd = np.sqrt(bins.observed * (1 - bins.observed) / bins.n)
    drawn = np.random.default_rng(2).normal(bins.observed, sd, size=(200_000, n_bins))
    bias = (np.abs(drawn - bins.mean_predicted) @ share).mean() - gap @ share
    got = expected_calibration_error(truth=y, probability=p, n_bins=n_bins, debiased=True).value
    assert got == pytest.approx(gap @ share - bias, abs=1e-3)


def test_interval_over_resamples_and_undefined() -> None:
    weights = draw_weights(cluster=np.arange(400), n_resamples=300, rng=np.random.default_rng(3))
    poor = np.clip(P * 1.6, 0, 1)
    for norm in ("l1", "l2", "max"):
        got = expected_calibration_error(truth=TRUTH, probability=poor, norm=norm, weights=weights)
        assert got.low < got.value < got.high
    empty = expected_calibration_error(truth=[np.nan], probability=[0.5])
    assert not is_defined(empty)
    none = expected_calibration_error(truth=[1, 0], probability=[0.5, 0.5], weights=np.zeros((50, 2)), norm="max")
    assert none.n_unusable == 50


@pytest.mark.parametrize("by_value", [False, True])
@pytest.mark.parametrize("debiased", [False, True])
def test_parts_add_up_to_the_brier_score(by_value: bool, debiased: bool) -> None:
    p = np.round(P, 1)
    parts = brier_decomposition(truth=TRUTH, probability=p, debiased=debiased, by_value=by_value)
    total = parts.reliability.value - parts.resolution.value + parts.uncertainty.value + parts.within_bins.value
    assert total == pytest.approx(brier_score(truth=TRUTH, probability=p).value)
    if by_value:
        assert parts.within_bins.value == pytest.approx(0, abs=1e-12)
    assert not is_defined(brier_decomposition(truth=[], probability=[], by_value=by_value).reliability)


@pytest.mark.parametrize(
    ("function", "bad"),
    [
        (reliability_bins, {"n_bins": 0}),
        (reliability_bins, {"bins": "quantile"}),
        (reliability_bins, {"closed": "both"}),
        (reliability_bins, {"edges": [1, 0]}),
        (expected_calibration_error, {"norm": "l3"}),
        (expected_calibration_error, {"norm": "max", "debiased": True}),
    ],
)
def test_bad_arguments(function: object, bad: dict) -> None:
    with pytest.raises(ArgumentError):
        function(truth=TRUTH, probability=P, **bad)


def test_curve_of_calibrated_predictions_lies_on_the_diagonal_with_a_band() -> None:
    rng = np.random.default_rng(4)
    p = rng.random(2000)
    y = rng.random(2000) < p
    got = reliability_curve(truth=y, probability=p)
    inside = (got.low <= got.predicted) & (got.predicted <= got.high)
    assert inside.mean() > 0.8
    assert np.abs(got.observed - got.predicted).max() < 0.1
    at = reliability_curve(truth=y, probability=p, at=[-1.0, 0.5, 2.0])
    assert np.isnan(at.observed[[0, 2]]).all()
    assert at.low[1] < at.observed[1] < at.high[1]
    twice = reliability_curve(
        truth=np.tile(y, 2), probability=np.tile(p, 2), cluster=np.tile(np.arange(2000), 2), at=[0.5]
    )
    assert twice.high[0] - twice.low[0] == pytest.approx(at.high[1] - at.low[1], rel=0.02)
    with pytest.raises(ArgumentError):
        reliability_curve(truth=[1], probability=[0.5])
