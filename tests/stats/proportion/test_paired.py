"""Two calls on the same cases: other programs, arithmetic on paper, and what all methods must keep."""

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as peer_mcnemar

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.non_inferiority import paired_non_inferiority
from ecg_eval.stats.proportion.mcnemar import MCNEMAR, mcnemar, mcnemar_odds_ratio, mcnemar_p_values
from ecg_eval.stats.proportion.paired import PAIRED, compare_paired_proportions, paired_bounds

COUNTS = ("n_both", "n_only_first", "n_only_second", "n_neither")
TABLES = [(52, 14, 9, 45), (40, 0, 7, 13), (4, 2, 1, 3), (48, 0, 0, 12), (30, 8, 8, 34)]


def _pairs(*counts: int) -> dict[str, int]:
    return dict(zip(COUNTS, counts, strict=True))


@pytest.mark.parametrize(("b", "c"), [(14, 9), (0, 7), (8, 8), (150, 86)])
def test_mcnemar_equals_statsmodels(b: int, c: int) -> None:
    table = [[1, b], [c, 1]]
    for method, options in {
        "exact": {"exact": True},
        "asymptotic": {"exact": False, "correction": False},
    }.items():
        e = mcnemar(n_only_first=b, n_only_second=c, method=method)
        assert e.p_value == pytest.approx(peer_mcnemar(table, **options).pvalue)
    exact = binomtest(b, b + c).proportion_ci(method="exact")
    share = mcnemar(n_only_first=b, n_only_second=c, method="exact")
    assert (share.low, share.high) == pytest.approx((exact.low, exact.high))


def test_mid_p_on_paper() -> None:
    # 2 P(X <= 1) - P(X = 1) with X ~ Binomial(4, 1/2): 2 * 5/16 - 4/16 = 6/16
    assert mcnemar(n_only_first=3, n_only_second=1).p_value == pytest.approx(0.375)
    assert mcnemar(n_only_first=5, n_only_second=5).p_value == 1


def test_the_correction_is_at_most_the_difference() -> None:
    # R: mcnemar.test gives chi-squared 0 for a tie, not 1 / (b + c)
    e = mcnemar(n_only_first=8, n_only_second=8, method="corrected")
    assert (e.statistic, e.p_value) == (0, 1)


@pytest.mark.parametrize("method", sorted(MCNEMAR))
def test_what_every_mcnemar_keeps(method: str) -> None:
    b, c = np.meshgrid(np.arange(9), np.arange(9))
    p = mcnemar_p_values(n_only_first=b, n_only_second=c, method=method)
    assert np.isnan(p[0, 0])
    assert np.all((p.ravel()[1:] > 0) & (p.ravel()[1:] <= 1))
    assert p[1:] == pytest.approx(p.T[1:]), "symmetric in the calls"
    e, turned = (mcnemar(n_only_first=x, n_only_second=y, method=method) for x, y in ((7, 2), (2, 7)))
    assert (turned.low, turned.high) == pytest.approx((1 - e.high, 1 - e.low))  # type: ignore[operator]
    assert (e.low > 0.5) == (e.p_value < 0.05), "interval and test agree"  # type: ignore[operator]


def test_without_discordant_pairs_there_is_no_test() -> None:
    for e in (mcnemar(n_only_first=0, n_only_second=0), mcnemar_odds_ratio(n_only_first=0, n_only_second=0)):
        assert (e.value, e.p_value, e.reason) == (None, None, "there is no discordant pair")


def test_odds_ratio_at_the_ends() -> None:
    infinite = mcnemar_odds_ratio(n_only_first=6, n_only_second=0)
    assert (infinite.value, infinite.high) == (None, None)
    assert infinite.low > 1  # type: ignore[operator]
    assert "infinite" in str(infinite.reason)
    none = mcnemar_odds_ratio(n_only_first=0, n_only_second=6)
    assert (none.value, none.low) == (0, 0)
    assert mcnemar_odds_ratio(n_only_first=6, n_only_second=3).value == pytest.approx(2)


def test_newcombe_and_tango_as_published() -> None:
    # Newcombe, Stat Med 1998;17:2635-2650, (36, 12, 2, 0): method 10 gives 0.0569 to 0.3404
    e = compare_paired_proportions(**_pairs(36, 12, 2, 0), method="newcombe")
    assert (e.low, e.high) == pytest.approx((0.0569, 0.3404), abs=6e-5)
    # Tango, Stat Med 1998;17:891-908, lens example: Z = 1.709, p = 0.044 at a margin of 0.1
    test = paired_non_inferiority(**_pairs(43, 0, 1, 0), margin=0.1)
    assert (test.statistic, test.p_value) == pytest.approx((1.709, 0.044), abs=6e-4)


def test_wald_on_paper() -> None:
    e = compare_paired_proportions(**_pairs(50, 10, 5, 35), method="wald")
    error = np.sqrt(15 - 25 / 100) / 100
    assert (e.value, e.standard_error) == pytest.approx((0.05, error))
    assert e.low == pytest.approx(0.05 - 1.959963985 * error)


def test_the_score_at_no_difference_is_mcnemar() -> None:
    e = compare_paired_proportions(**_pairs(52, 14, 9, 45))
    assert e.statistic**2 == pytest.approx(25 / 23)  # type: ignore[operator]
    assert e.p_value == pytest.approx(mcnemar(n_only_first=14, n_only_second=9, method="asymptotic").p_value)
    ratio = compare_paired_proportions(contrast="ratio", **_pairs(52, 14, 9, 45))
    assert ratio.p_value == pytest.approx(e.p_value)


@pytest.mark.parametrize("method", sorted(PAIRED["difference"].methods))
@pytest.mark.parametrize("counts", TABLES)
def test_what_every_difference_keeps(method: str, counts: tuple[int, int, int, int]) -> None:
    a, b, c, d = counts
    e = compare_paired_proportions(**_pairs(a, b, c, d), method=method)
    if b + c == 0 and method == "wald":
        assert (e.low, e.high) == (None, None)
        assert "zero width" in str(e.reason)
        return
    assert -1 <= e.low < e.high <= 1  # type: ignore[operator]
    assert e.low - 1e-9 <= e.value <= e.high + 1e-9  # type: ignore[operator]
    turned = compare_paired_proportions(**_pairs(a, c, b, d), method=method)
    assert (turned.low, turned.high) == pytest.approx((-e.high, -e.low), abs=1e-9)  # type: ignore[operator]
    negatives = compare_paired_proportions(**_pairs(d, b, c, a), method=method)
    assert (negatives.low, negatives.high) == pytest.approx((e.low, e.high), abs=1e-9), "missed events turned round"


def test_without_pairs_there_is_no_contrast() -> None:
    assert compare_paired_proportions(**_pairs(0, 0, 0, 0)).reason == "there is no pair"
    assert compare_paired_proportions(contrast="ratio", **_pairs(0, 0, 0, 9)).reason == "no pair has the event"
    assert compare_paired_proportions(**_pairs(5, 0, 0, 5)).p_value is None
    assert np.isnan(paired_bounds(0, 0, 0, 0)).all()
    assert np.isnan(paired_bounds(0, 0, 0, 9, contrast="ratio")).all()


@pytest.mark.parametrize("contrast", PAIRED)
def test_negative_numbers_of_pairs_are_refused(contrast: str) -> None:
    with pytest.raises(ArgumentError, match="counts must be 0 or more"):
        paired_bounds(1, -1, 0, 0, contrast=contrast)


@pytest.mark.parametrize("method", sorted(PAIRED["ratio"].methods))
@pytest.mark.parametrize("counts", [t for t in TABLES if t[1] + t[2]])
def test_what_every_ratio_keeps(method: str, counts: tuple[int, int, int, int]) -> None:
    a, b, c, d = counts
    e = compare_paired_proportions(contrast="ratio", **_pairs(a, b, c, d), method=method)
    assert e.value == pytest.approx((a + b) / (a + c))
    assert e.low < e.value < e.high  # type: ignore[operator]
    turned = compare_paired_proportions(contrast="ratio", **_pairs(a, c, b, d), method=method)
    assert (turned.low, turned.high) == pytest.approx((1 / e.high, 1 / e.low), rel=1e-6)  # type: ignore[operator]


def test_ratio_on_paper() -> None:
    # log ratio -+ z sqrt((b + c) / (x1 x2)); R DTComPair 1.2.2 sesp.rel uses the same formula
    e = compare_paired_proportions(contrast="ratio", **_pairs(50, 10, 5, 35), method="log")
    error = np.sqrt(15 / (60 * 55))
    assert (e.standard_error, e.statistic) == pytest.approx((error, np.log(60 / 55) / error))
    assert e.low == pytest.approx(60 / 55 * np.exp(-1.959963985 * error))


@pytest.mark.parametrize("method", sorted(PAIRED["ratio"].methods))
def test_ratio_without_events(method: str) -> None:
    infinite = compare_paired_proportions(contrast="ratio", **_pairs(0, 6, 0, 14), method=method)
    assert (infinite.value, infinite.high) == (None, None)
    assert "infinite" in str(infinite.reason)
    none = compare_paired_proportions(contrast="ratio", **_pairs(0, 0, 6, 14), method=method)
    assert none.value == 0
    if method == "log":
        assert (infinite.low, none.high) == (None, None)
    else:
        assert infinite.low > 0  # type: ignore[operator]
        assert none.low == 0
    tied = compare_paired_proportions(contrast="ratio", **_pairs(9, 0, 0, 3), method=method)
    assert tied.value == 1
    if method == "log":
        assert tied.low is None
        assert "nothing varies" in str(tied.reason)


def test_a_score_interval_without_an_upper_bound_says_so() -> None:
    e = compare_paired_proportions(contrast="ratio", **_pairs(0, 1, 1, 0), method="score_skewness", level=0.999999)
    assert e.value == 1
    if e.high is None:
        assert e.reason == "there is no upper bound"


@pytest.mark.parametrize("method", sorted(PAIRED["difference"].scores))
@pytest.mark.parametrize("counts", TABLES)
def test_non_inferiority_is_dual_to_the_interval(method: str, counts: tuple[int, int, int, int]) -> None:
    for margin in (0.02, 0.05, 0.1, 0.2):
        e = paired_non_inferiority(**_pairs(*counts), margin=margin, method=method)
        assert (e.p_value < 0.025) == (e.low > -margin)  # type: ignore[operator]
        both = paired_non_inferiority(**_pairs(*counts), margin=margin, method=method, equivalence=True)
        assert (both.p_value < 0.025) == (e.low > -margin and e.high < margin)  # type: ignore[operator]
        assert both.p_value >= e.p_value - 1e-12  # type: ignore[operator]


@pytest.mark.parametrize("counts", [t for t in TABLES if t[1] + t[2]])
def test_ratio_non_inferiority_is_dual_to_the_interval(counts: tuple[int, int, int, int]) -> None:
    for smallest in (0.8, 0.9, 0.95):
        e = paired_non_inferiority(**_pairs(*counts), contrast="ratio", margin=smallest)
        assert (e.p_value < 0.025) == (e.low > smallest)  # type: ignore[operator]
        both = paired_non_inferiority(**_pairs(*counts), contrast="ratio", margin=smallest, equivalence=True)
        assert (both.p_value < 0.025) == (e.low > smallest and e.high < 1 / smallest)  # type: ignore[operator]


def test_non_inferiority_without_data_or_with_a_wrong_margin() -> None:
    assert paired_non_inferiority(**_pairs(0, 0, 0, 0), margin=0.1).p_value is None
    assert paired_non_inferiority(**_pairs(0, 0, 0, 9), contrast="ratio", margin=0.9).p_value is None
    assert paired_non_inferiority(**_pairs(0, 9, 0, 9), contrast="ratio", margin=0.9).p_value < 0.05  # type: ignore[operator]
    with pytest.raises(ArgumentError, match="5 percentage points"):
        paired_non_inferiority(**_pairs(1, 1, 1, 1), margin=5)
    with pytest.raises(ArgumentError, match="margin must be between 0 and 1"):
        paired_non_inferiority(**_pairs(1, 1, 1, 1), contrast="ratio", margin=1.1)
    with pytest.raises(ArgumentError, match="method"):
        paired_non_inferiority(**_pairs(1, 1, 1, 1), margin=0.1, method="wald")
    with pytest.raises(ArgumentError, match="contrast"):
        paired_non_inferiority(**_pairs(1, 1, 1, 1), margin=0.1, contrast="odds")
