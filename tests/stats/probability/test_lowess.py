"""The smoother against statsmodels, which has the same definition."""

import numpy as np
import pytest
import statsmodels.api as sm

from ecg_eval.stats.probability.lowess import lowess, smoothing_weights


@pytest.mark.parametrize("span", [0.2, 2 / 3, 1.0])
@pytest.mark.parametrize("decimals", [1, 6])
def test_equals_statsmodels(span: float, decimals: int) -> None:
    rng = np.random.default_rng(0)
    x = np.round(rng.random(200), decimals)
    y = (rng.random(200) < x).astype(float)
    peer = sm.nonparametric.lowess(y, x, frac=span, it=0, delta=0.0, return_sorted=False)
    if decimals > 1:  # with many ties the two programs choose different windows
        assert lowess(x, y, span=span, delta=0.0) == pytest.approx(peer, abs=1e-6)
    ours = lowess(x, y, span=span)
    assert np.unique(np.c_[x, ours], axis=0).shape[0] == np.unique(x).size


def test_a_line_is_kept_and_weights_sum_to_one() -> None:
    x = np.sort(np.random.default_rng(1).random(60))
    assert lowess(x, 2 * x + 1, span=0.5) == pytest.approx(2 * x + 1, abs=0.01)
    assert lowess(x, 2 * x + 1, span=0.5, delta=0.0) == pytest.approx(2 * x + 1)
    assert smoothing_weights(x, 0.37, 0.5).sum() == pytest.approx(1)
    assert smoothing_weights(x, 0.37, 0.5) @ x == pytest.approx(0.37)


def test_one_case_equal_cases_and_a_point_between_two() -> None:
    assert lowess(np.array([0.3]), np.array([1.0])).tolist() == [1.0]
    assert lowess(np.full(4, 0.3), np.array([1.0, 0, 0, 1])).tolist() == [0.5] * 4
    assert smoothing_weights(np.array([0.0, 1.0]), 0.5, 1.0) @ np.array([0.0, 1.0]) == pytest.approx(0.5)
