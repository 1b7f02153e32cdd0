"""Single proportions: other programs' numbers, arithmetic on paper, and what all methods must keep."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.proportions import PROPORTION_METHODS, proportion_bounds, single_proportion

METHODS = sorted(PROPORTION_METHODS)


@pytest.mark.parametrize(
    ("x", "n", "wilson", "clopper_pearson"),
    [  # Newcombe, Stat Med 1998;17:857-872, Table I
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_published_intervals(x: int, n: int, wilson: tuple[float, ...], clopper_pearson: tuple[float, ...]) -> None:
    for method, want in (("wilson", wilson), ("clopper_pearson", clopper_pearson)):
        e = single_proportion(n_events=x, n=n, method=method)
        assert (e.low, e.high) == pytest.approx(want, abs=6e-5)


def test_wald_on_paper() -> None:
    e = single_proportion(n_events=50, n=100, method="wald")
    assert (e.value, e.standard_error) == (0.5, 0.05)
    assert (e.low, e.high) == pytest.approx((0.5 - 1.959963985 * 0.05, 0.5 + 1.959963985 * 0.05))


def test_mid_p_of_no_event_on_paper() -> None:
    # the upper bound p solves (1 - p)^n / 2 = 0.025
    assert single_proportion(n_events=0, n=10, method="mid_p").high == pytest.approx(1 - 0.05**0.1)


def test_likelihood_ratio_bounds_lose_z_squared_over_two() -> None:
    low, high = proportion_bounds(n_events=7, n=20, method="likelihood_ratio")
    for p in (low, high):
        lost = 7 * np.log(0.35 / p) + 13 * np.log(0.65 / (1 - p))
        assert 2 * lost == pytest.approx(1.959963985**2)


def test_the_correction_of_prop_test_vanishes_at_one_half() -> None:
    # R 4.2: prop.test(10, 20)$conf.int is the uncorrected interval, because R corrects for its test of 1/2
    half, plain, corrected = (
        single_proportion(n_events=10, n=20, method=m) for m in ("prop_test", "wilson", "wilson_corrected")
    )
    assert half.low == pytest.approx(plain.low)
    assert half.low > corrected.low


@pytest.mark.parametrize("method", METHODS)
def test_what_every_method_keeps(method: str) -> None:
    x, n = np.arange(13.0), np.full(13, 12.0)
    low, high = proportion_bounds(n_events=x, n=n, method=method)
    assert np.all((low >= 0) & (high <= 1) & (low <= high))
    assert np.all(np.diff(low) >= -1e-12), "more events, higher bounds"
    if method != "cloglog":
        mirrored = proportion_bounds(n_events=n - x, n=n, method=method)
        assert low == pytest.approx(1 - mirrored[1], abs=1e-9), "events and non-events are the same problem"
    wide = proportion_bounds(n_events=x, n=n, method=method, level=0.99)
    assert np.all((wide[0] <= low + 1e-9) & (wide[1] >= high - 1e-9))
    inner = x[1:-1]
    assert np.all((low[1:-1] <= inner / 12) & (inner / 12 <= high[1:-1])), "the interval holds the value"


@pytest.mark.parametrize("method", METHODS)
def test_an_interval_is_never_of_zero_width(method: str) -> None:
    for x in (0, 9):
        e = single_proportion(n_events=x, n=9, method=method)
        assert e.standard_error is None
        if method == "wald":
            assert (e.low, e.high) == (None, None)
            assert e.reason is not None
        else:
            assert e.low is not None
            assert e.high is not None
            assert e.low < e.high


def test_without_cases_there_is_no_proportion() -> None:
    e = single_proportion(n_events=0, n=0)
    assert (e.value, e.reason) == (None, "there is no case")
    assert np.isnan(proportion_bounds(n_events=0, n=0)).all()


def test_bounds_beyond_0_and_1_can_be_kept() -> None:
    low, _ = proportion_bounds(n_events=0, n=25, method="agresti_coull", truncate=False)
    assert low == pytest.approx(-0.0243949420667, abs=1e-7)  # R binom 1.1-1.1, binom.agresti.coull(0, 25)
    assert single_proportion(n_events=0, n=25, method="agresti_coull").low == 0


@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5), (np.nan, 5), (1, np.inf)])
def test_impossible_counts_are_refused(x: float, n: float) -> None:
    with pytest.raises(ArgumentError):
        proportion_bounds(n_events=x, n=n)


def _blaker_accepts(x: int, n: int, p: float) -> bool:
    """Blaker's definition, word for word: the counts whose smaller tail is at most that of x have 5 % or more."""
    k = np.arange(n + 1)
    tail = np.minimum(binom.cdf(k, n, p), binom.sf(k - 1, n, p))
    return bool(binom.pmf(k, n, p)[tail <= tail[x] * (1 + 1e-12)].sum() >= 0.05)


@pytest.mark.parametrize("x", [1, 3, 7, 10])
def test_blaker_is_the_hull_of_its_definition(x: int) -> None:
    grid = np.arange(0.0005, 1, 0.0005)
    accepted = grid[[_blaker_accepts(x, 10, p) for p in grid]]
    e = single_proportion(n_events=x, n=10, method="blaker")
    assert (e.low, e.high) == pytest.approx((accepted.min(), 1 if x == 10 else accepted.max()), abs=0.0006)


def test_blaker_lies_inside_clopper_pearson() -> None:
    x = np.arange(9.0)
    low, high = proportion_bounds(n_events=x, n=25, method="blaker")
    wide = proportion_bounds(n_events=x, n=25, method="clopper_pearson")
    assert np.all((low >= wide[0] - 1e-9) & (high <= wide[1] + 1e-9))
    assert np.sum(high - low) < np.sum(wide[1] - wide[0])
    with pytest.raises(ArgumentError, match="whole numbers"):
        proportion_bounds(n_events=1.5, n=3, method="blaker")


@pytest.mark.parametrize("p", [0.03, 0.21, 0.5])
def test_blaker_is_exact(p: float) -> None:
    x = np.arange(31.0)
    low, high = proportion_bounds(n_events=x, n=30, method="blaker")
    covered = binom.pmf(x, 30, p)[(low <= p) & (p <= high)].sum()
    assert covered >= 0.95


def test_scales_on_paper() -> None:
    # 5 of 20: p = 1/4; logit -+ z sqrt(1/5 + 1/15); log(-log p) with slope 1 / (p log p)
    z = 1.959963984540054
    logit = single_proportion(n_events=5, n=20, method="logit")
    assert np.log(logit.low / (1 - logit.low)) == pytest.approx(np.log(1 / 3) - z * np.sqrt(1 / 5 + 1 / 15))
    cloglog = single_proportion(n_events=5, n=20, method="cloglog")
    half = z * np.sqrt(0.75 / 20 / 0.25) / np.log(4)
    assert np.log(-np.log(cloglog.low)) == pytest.approx(np.log(np.log(4)) + half)
    probit = single_proportion(n_events=10, n=20, method="probit")
    assert probit.high == pytest.approx(norm.cdf(z * np.sqrt(0.25 / 20) / norm.pdf(0)))
    assert single_proportion(n_events=0, n=20, method="probit").high == pytest.approx(1 - 0.025 ** (1 / 20))
