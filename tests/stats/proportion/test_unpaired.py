"""Two independent proportions: other programs, published numbers, and what all methods must keep."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.non_inferiority import unpaired_non_inferiority
from ecg_eval.stats.proportion.score_statistics import Corrections
from ecg_eval.stats.proportion.unpaired import UNPAIRED, compare_unpaired_proportions, unpaired_bounds
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, unpaired_difference_score
from ecg_eval.stats.proportion.unpaired_test import TESTS, unpaired_proportion_test

NAMES = ("n_events_first", "n_first", "n_events_second", "n_second")
TABLES = [(88, 104, 71, 101), (7, 9, 3, 11), (0, 18, 4, 21), (5, 5, 3, 9)]


def _groups(*counts: int) -> dict[str, int]:
    return dict(zip(NAMES, counts, strict=True))


def test_published_intervals() -> None:
    # Newcombe, Stat Med 1998;17:873-890, 56/70 against 48/80
    for method, want in {
        "newcombe": (0.0524, 0.3339),
        "mee": (0.0533, 0.3377),
        "miettinen_nurminen": (0.0528, 0.3382),
    }.items():
        e = compare_unpaired_proportions(**_groups(56, 70, 48, 80), method=method)
        assert (e.low, e.high) == pytest.approx(want, abs=6e-5)


@pytest.mark.parametrize(("counts"), [(56, 70, 48, 80), (7, 9, 3, 11)])
def test_intervals_equal_statsmodels(counts: tuple[int, int, int, int]) -> None:
    peers = {"newcombe": "newcomb", "agresti_caffo": "agresti-caffo", "wald": "wald"}
    for method, peer in peers.items():
        e = compare_unpaired_proportions(**_groups(*counts), method=method)
        assert (e.low, e.high) == pytest.approx(confint_proportions_2indep(*counts, method=peer), abs=1e-8)
    log = compare_unpaired_proportions(contrast="ratio", **_groups(*counts), method="log")
    assert (log.low, log.high) == pytest.approx(confint_proportions_2indep(*counts, compare="ratio", method="log"))
    odds = compare_unpaired_proportions(contrast="odds_ratio", **_groups(*counts), method="log")
    want = confint_proportions_2indep(*counts, compare="odds-ratio", method="logit")
    assert (odds.low, odds.high) == pytest.approx(want)


@pytest.mark.parametrize("counts", TABLES)
def test_tests_equal_scipy(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = counts
    table = [[x1, n1 - x1], [x2, n2 - x2]]
    assert unpaired_proportion_test(**_groups(*counts), method="fisher").p_value == pytest.approx(
        fisher_exact(table).pvalue
    )
    for method, corrected in (("chi_squared", False), ("chi_squared_corrected", True)):
        peer = chi2_contingency(table, correction=corrected)
        e = unpaired_proportion_test(**_groups(*counts), method=method)
        assert (e.statistic, e.p_value) == pytest.approx((peer.statistic, peer.pvalue))
    smaller = unpaired_proportion_test(**_groups(*counts), method="chi_squared_n_minus_1")
    assert smaller.statistic == pytest.approx(chi2_contingency(table, correction=False).statistic * (1 - 1 / (n1 + n2)))


@pytest.mark.parametrize(
    ("counts", "p"),
    [  # R contingencytables 3.0.0, Fisher_midP_test_2x2 (its unit tests)
        ((3, 4, 1, 4), 0.25714),
        ((7, 34, 1, 34), 0.02966),
        ((9, 13, 4, 14), 0.03914),
        ((0, 16, 15, 72), 0.04466),
    ],
)
def test_fisher_mid_p_equals_contingencytables(counts: tuple[int, int, int, int], p: float) -> None:
    assert unpaired_proportion_test(**_groups(*counts)).p_value == pytest.approx(p, abs=1e-5)


@pytest.mark.parametrize("method", sorted(TESTS))
def test_what_every_test_keeps(method: str) -> None:
    for x1, n1, x2, n2 in TABLES:
        p = unpaired_proportion_test(**_groups(x1, n1, x2, n2), method=method).p_value
        turned = unpaired_proportion_test(**_groups(x2, n2, x1, n1), method=method).p_value
        assert 0 < p <= 1  # type: ignore[operator]
        assert turned == pytest.approx(p)
    alike = unpaired_proportion_test(**_groups(5, 5, 7, 7), method=method)
    assert alike.p_value == (1 if method.startswith("fisher") else None)
    assert (alike.reason is None) == method.startswith("fisher")
    assert unpaired_proportion_test(**_groups(0, 0, 7, 7), method=method).reason == "a group has no case"


@pytest.mark.parametrize("method", sorted(UNPAIRED["difference"].methods))
@pytest.mark.parametrize("counts", TABLES)
def test_what_every_difference_keeps(method: str, counts: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = counts
    e = compare_unpaired_proportions(**_groups(*counts), method=method)
    assert -1 <= e.low < e.value < e.high <= 1  # type: ignore[operator]
    turned = compare_unpaired_proportions(**_groups(x2, n2, x1, n1), method=method)
    assert (turned.low, turned.high) == pytest.approx((-e.high, -e.low), abs=1e-9)  # type: ignore[operator]
    mirrored = compare_unpaired_proportions(**_groups(n2 - x2, n2, n1 - x1, n1), method=method)
    assert (mirrored.low, mirrored.high) == pytest.approx((e.low, e.high), abs=1e-9)


def test_a_difference_that_cannot_be_or_has_no_width() -> None:
    assert compare_unpaired_proportions(**_groups(0, 0, 1, 2)).reason == "a group has no case"
    full = compare_unpaired_proportions(**_groups(15, 15, 12, 12), method="wald")
    assert (full.value, full.low, full.standard_error) == (0, None, None)
    assert "zero width" in str(full.reason)
    assert compare_unpaired_proportions(**_groups(15, 15, 12, 12), method="mee").p_value is None
    assert np.isnan(unpaired_bounds([0, 1], [0, 2], [1, 1], [2, 2])[0]).tolist() == [True, False]


@pytest.mark.parametrize("contrast", UNPAIRED)
def test_more_events_than_cases_are_refused(contrast: str) -> None:
    with pytest.raises(ArgumentError, match="events must be between 0 and the cases"):
        unpaired_bounds(3, 2, 1, 2, contrast=contrast)


@pytest.mark.parametrize("method", sorted(UNPAIRED["ratio"].methods))
@pytest.mark.parametrize("counts", [TABLES[0], TABLES[1]])
def test_what_every_ratio_keeps(method: str, counts: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = counts
    e = compare_unpaired_proportions(contrast="ratio", **_groups(*counts), method=method)
    assert e.low < e.value < e.high  # type: ignore[operator]
    turned = compare_unpaired_proportions(contrast="ratio", **_groups(x2, n2, x1, n1), method=method)
    assert (turned.low, turned.high) == pytest.approx((1 / e.high, 1 / e.low), rel=1e-6)  # type: ignore[operator]


@pytest.mark.parametrize("method", sorted(UNPAIRED["odds_ratio"].methods))
@pytest.mark.parametrize("counts", [TABLES[0], TABLES[1]])
def test_what_every_odds_ratio_keeps(method: str, counts: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = counts
    e = compare_unpaired_proportions(contrast="odds_ratio", **_groups(*counts), method=method)
    assert e.low < e.value < e.high  # type: ignore[operator]
    mirrored = compare_unpaired_proportions(contrast="odds_ratio", **_groups(n2 - x2, n2, n1 - x1, n1), method=method)
    assert (mirrored.low, mirrored.high) == pytest.approx((e.low, e.high), rel=1e-6)


def test_the_score_of_an_odds_ratio_of_1_is_that_of_no_difference() -> None:
    e = compare_unpaired_proportions(contrast="odds_ratio", **_groups(56, 70, 48, 80), method="score_uncorrected")
    assert e.statistic**2 == pytest.approx(7.023411371237458)  # Pearson's chi-squared
    assert compare_unpaired_proportions(
        contrast="ratio", **_groups(56, 70, 48, 80), method="koopman"
    ).p_value == pytest.approx(e.p_value)


def test_ratios_at_the_ends() -> None:
    infinite = compare_unpaired_proportions(contrast="ratio", **_groups(4, 21, 0, 18))
    assert (infinite.value, infinite.high, infinite.reason) == (None, None, "the ratio is infinite")
    assert infinite.low > 0  # type: ignore[operator]
    zero = compare_unpaired_proportions(contrast="ratio", **_groups(0, 18, 4, 21))
    assert (zero.value, zero.low) == (0, 0)
    assert compare_unpaired_proportions(contrast="ratio", **_groups(0, 18, 4, 21), method="log").reason is not None
    assert compare_unpaired_proportions(contrast="ratio", **_groups(0, 9, 0, 9)).reason == "neither group has an event"
    assert compare_unpaired_proportions(contrast="ratio", **_groups(0, 0, 1, 9)).reason == "a group has no case"
    assert compare_unpaired_proportions(contrast="ratio", **_groups(9, 9, 8, 8), method="log").low is None, (
        "zero width is no interval"
    )
    odds = compare_unpaired_proportions(contrast="odds_ratio", **_groups(9, 9, 3, 8))
    assert (odds.value, odds.high) == (None, None)
    assert odds.low > 0  # type: ignore[operator]
    assert compare_unpaired_proportions(contrast="odds_ratio", **_groups(0, 9, 3, 8)).low == 0
    assert (
        compare_unpaired_proportions(contrast="odds_ratio", **_groups(9, 9, 8, 8)).reason
        == "every case of both groups has the event"
    )
    assert compare_unpaired_proportions(contrast="odds_ratio", **_groups(9, 9, 8, 8), method="log").value is None
    tiny = compare_unpaired_proportions(contrast="ratio", **_groups(1, 2, 1, 2), level=1 - 1e-15)
    assert tiny.value == 1
    assert tiny.reason in (None, "there is no upper bound")


def test_continuity_moves_the_score_towards_the_hypothesis() -> None:
    groups = TwoGroups(*(np.array(float(c)) for c in (56, 70, 48, 80)))
    plain = unpaired_difference_score(groups, np.array(0.0))
    moved = unpaired_difference_score(groups, np.array(0.0), Corrections(continuity=0.5))
    assert 0 < moved < plain


@pytest.mark.parametrize("method", sorted(UNPAIRED["difference"].scores))
@pytest.mark.parametrize("counts", TABLES)
def test_non_inferiority_is_dual_to_the_interval(method: str, counts: tuple[int, int, int, int]) -> None:
    for margin in (0.05, 0.1, 0.3):
        e = unpaired_non_inferiority(**_groups(*counts), margin=margin, method=method)
        assert (e.p_value < 0.025) == (e.low > -margin)  # type: ignore[operator]
        both = unpaired_non_inferiority(**_groups(*counts), margin=margin, method=method, equivalence=True)
        assert (both.p_value < 0.025) == (e.low > -margin and e.high < margin)  # type: ignore[operator]


def test_non_inferiority_of_an_empty_group_is_undefined() -> None:
    assert unpaired_non_inferiority(**_groups(0, 0, 1, 2), margin=0.1).p_value is None
