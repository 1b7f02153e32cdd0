"""Bland-Altman against the paper, scipy and a simulation of its exact interval."""

import numpy as np
import pytest
from scipy.stats import linregress, ttest_rel

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.measurement.method_comparison import bland_altman

RNG = np.random.default_rng(6)
FIRST = 400 + RNG.normal(0, 30, 25)
SECOND = FIRST + RNG.normal(3, 8, 25)


def test_bias_is_the_paired_t_test() -> None:
    peer = ttest_rel(FIRST, SECOND)
    found = bland_altman(first=FIRST, second=SECOND)
    assert found.bias.statistic == pytest.approx(peer.statistic)
    assert found.bias.p_value == pytest.approx(peer.pvalue)
    interval = peer.confidence_interval(0.95)
    assert (found.bias.low, found.bias.high) == pytest.approx((interval.low, interval.high))


def test_limits_on_paper() -> None:
    difference = FIRST - SECOND
    sd = difference.std(ddof=1)
    found = bland_altman(first=FIRST, second=SECOND, interval="approximate", multiplier=2)
    assert found.upper_limit.value == pytest.approx(difference.mean() + 2 * sd)
    se = sd * np.sqrt(1 / 25 + 4 / 48)
    assert found.upper_limit.standard_error == pytest.approx(se)
    assert found.lower_limit.high - found.lower_limit.value == pytest.approx(2.063899 * se, rel=1e-6)
    assert found.multiplier == 2


def test_exact_limits_are_tolerance_bounds() -> None:
    # a bound must miss the true limit, 1.96 standard deviations, in 2.5 % of samples on either side
    found = bland_altman(first=FIRST, second=SECOND)
    sd = (FIRST - SECOND).std(ddof=1)
    outward = (found.upper_limit.high - found.bias.value) / sd
    inward = (found.upper_limit.low - found.bias.value) / sd
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(20000, 25))
    mean, spread = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    assert (mean + outward * spread < 1.959964).mean() == pytest.approx(0.025, abs=0.004)
    assert (mean + inward * spread > 1.959964).mean() == pytest.approx(0.025, abs=0.004)


def test_swapping_the_methods_flips_the_sign() -> None:
    one, other = bland_altman(first=FIRST, second=SECOND), bland_altman(first=SECOND, second=FIRST)
    assert one.bias.value == pytest.approx(-other.bias.value)
    assert one.lower_limit.low == pytest.approx(-other.upper_limit.high)
    assert one.lower_limit.high == pytest.approx(-other.upper_limit.low)


def test_slope_is_the_regression_on_the_mean() -> None:
    grown = SECOND * 1.1
    peer = linregress((FIRST + grown) / 2, FIRST - grown)
    found = bland_altman(first=FIRST, second=grown).slope
    assert found.value == pytest.approx(peer.slope)
    assert found.standard_error == pytest.approx(peer.stderr)
    assert found.p_value == pytest.approx(peer.pvalue)


def test_missing_pairs_are_left_out() -> None:
    holed = SECOND.copy()
    holed[:5] = np.nan
    assert bland_altman(first=FIRST, second=holed).bias.n == 20


def test_degenerate_data_have_reasons() -> None:
    few = bland_altman(first=[1.0], second=[2.0])
    assert not is_defined(few.bias)
    assert not is_defined(few.upper_limit)
    same = bland_altman(first=[1.0, 2.0, 3.0], second=[2.0, 3.0, 4.0])
    assert same.bias.value == -1
    assert same.standard_deviation.value == 0
    for part in (same.bias, same.lower_limit, same.standard_deviation, same.slope):
        assert part.low is None
        assert part.reason
    assert not is_defined(bland_altman(first=[1.0, 2.0], second=[2.0, 3.5]).slope)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"second": [1.0]}, "same length"),
        ({"first": [np.inf, 1.0, 2.0]}, "finite"),
        ({"coverage": 1.0}, "coverage"),
        ({"multiplier": 0.0}, "multiplier"),
        ({"interval": "exakt"}, "Did you mean 'exact'"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        bland_altman(**({"first": [1.0, 2.0, 3.0], "second": [1.0, 2.5, 3.0]} | options))
