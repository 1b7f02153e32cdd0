"""Two calls on the same cases of repeated patients: published statistics, fallbacks, and what is undefined."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.clustered_comparison import METHODS, clustered_proportion_difference, rao_scott_test
from ecg_eval.stats.clusters.clustered_paired import (
    INTERVALS,
    TESTS,
    ClusteredTables,
    clustered_mcnemar,
    clustered_mcnemar_p_values,
    clustered_paired_bounds,
    clustered_paired_difference,
)
from ecg_eval.stats.diagnostic.non_inferiority import clustered_paired_non_inferiority, paired_non_inferiority
from ecg_eval.stats.proportion.paired import compare_paired_proportions
from ecg_eval.stats.proportion.unpaired import compare_unpaired_proportions

# Psychiatrists' paired decisions (Donner and Petryshen 1989), as printed by Durkalski et al., Stat Med
# 2003;22:2417-2428: both, only the first, only the second, neither
PSYCHIATRY = np.array(
    [
        [1, 1, 3, 2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 2, 1, 0, 2, 1, 0, 1, 0, 0, 0, 0, 1, 0],
        [0, 1, 1, 1, 0, 3, 3, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0],
        [4, 2, 3, 2, 1, 3, 0, 2, 2, 4, 2, 4, 3, 2, 1, 3, 1, 2, 0, 0, 0, 2, 1, 2, 2, 0, 0, 1, 1],
        [2, 2, 0, 1, 1, 0, 2, 3, 1, 3, 0, 0, 3, 2, 2, 0, 3, 2, 1, 0, 3, 0, 2, 0, 1, 2, 2, 1, 0],
    ]
)


def _cases(table: np.ndarray) -> dict[str, np.ndarray]:
    kind, patient = np.nonzero(table)
    counts = table[kind, patient]
    kind, patient = np.repeat(kind, counts), np.repeat(patient, counts)
    return {"first": (kind < 2).astype(int), "second": (kind % 2 == 0).astype(int), "cluster": patient}


@pytest.mark.parametrize(
    ("method", "statistic"),
    [  # Durkalski et al. 2003 (first three); Yang, Sun and Hardin, Biom J 2010;52:638-652
        ("obuchowski", 7.19),
        ("durkalski", 7.542),
        ("eliasziw_donner", 10.23),
        ("yang", 8.43),
    ],
)
def test_published_statistics(method: str, statistic: float) -> None:
    e = clustered_mcnemar(**_cases(PSYCHIATRY), method=method)
    assert e.statistic == pytest.approx(statistic, abs=6e-3)
    assert e.n_clusters == 29


def test_one_pair_a_patient_is_exactly_the_independent_case() -> None:
    cases = {"first": [1, 1, 1, 0, 0, 1, 1], "second": [1, 0, 1, 0, 1, 0, 0], "cluster": range(7)}
    single = compare_paired_proportions(n_both=2, n_only_first=3, n_only_second=1, n_neither=1)
    clustered = clustered_paired_difference(**cases)
    assert (clustered.low, clustered.high) == pytest.approx((single.low, single.high))
    test = clustered_paired_non_inferiority(**cases, margin=0.2)
    want = paired_non_inferiority(n_both=2, n_only_first=3, n_only_second=1, n_neither=1, margin=0.2)
    assert (test.statistic, test.p_value) == pytest.approx((want.statistic, want.p_value))


@pytest.mark.parametrize("method", sorted(TESTS))
def test_what_every_test_keeps(method: str) -> None:
    cases = _cases(PSYCHIATRY)
    e = clustered_mcnemar(**cases, method=method)
    turned = clustered_mcnemar(first=cases["second"], second=cases["first"], cluster=cases["cluster"], method=method)
    assert turned.p_value == pytest.approx(e.p_value)
    assert turned.value == pytest.approx(-e.value)  # type: ignore[operator]
    tables = ClusteredTables(*np.pad(PSYCHIATRY.astype(float), ((0, 0), (0, 3))))
    assert clustered_mcnemar_p_values(tables, method=method) == pytest.approx(e.p_value), "no pairs, no patient"
    silent = clustered_mcnemar(first=[1, 1, 0], second=[1, 1, 0], cluster=[1, 1, 2], method=method)
    assert (silent.value, silent.p_value) == (0, None)
    assert silent.low < 0 < silent.high  # type: ignore[operator]
    assert silent.reason is not None
    assert clustered_mcnemar(first=[], second=[], cluster=[], method=method).reason == "there is no pair"


@pytest.mark.parametrize("method", sorted(INTERVALS))
def test_what_every_interval_keeps(method: str) -> None:
    cases = _cases(PSYCHIATRY)
    e = clustered_paired_difference(**cases, method=method)
    assert e.low < e.value < e.high  # type: ignore[operator]
    turned = clustered_paired_difference(
        first=cases["second"], second=cases["first"], cluster=cases["cluster"], method=method
    )
    assert (turned.low, turned.high) == pytest.approx((-e.high, -e.low))  # type: ignore[operator]
    tables = ClusteredTables(*PSYCHIATRY.astype(float))
    assert [float(b) for b in clustered_paired_bounds(tables, method=method)] == pytest.approx([e.low, e.high])
    one = clustered_paired_difference(first=[1, 0], second=[0, 0], cluster=[1, 1], method=method)
    assert (one.value, one.low) == (0.5, None)
    assert "one patient" in str(one.reason)
    alike = clustered_paired_difference(first=[1, 0, 1], second=[1, 0, 1], cluster=[1, 1, 2], method=method)
    assert alike.value == 0
    assert (alike.low is None) == (method == "ratio")
    assert np.isnan(clustered_paired_bounds(ClusteredTables(*np.zeros((4, 3))), method=method)).all()


def test_clustered_non_inferiority_agrees_with_its_interval() -> None:
    cases = _cases(PSYCHIATRY)
    for margin in (0.2, 0.3, 0.4, 0.5):
        e = clustered_paired_non_inferiority(**cases, margin=margin)
        assert (e.p_value < 0.025) == (e.low > -margin)  # type: ignore[operator]
        both = clustered_paired_non_inferiority(**cases, margin=margin, equivalence=True)
        assert both.p_value >= e.p_value  # type: ignore[operator]
    lonely = clustered_paired_non_inferiority(first=[1, 0], second=[0, 0], cluster=[1, 1], margin=0.1)
    assert lonely.p_value is None
    with pytest.raises(ArgumentError, match="margin"):
        clustered_paired_non_inferiority(**cases, margin=0)


def _stacked() -> dict[str, np.ndarray]:
    cases = _cases(PSYCHIATRY)
    return {
        "event": np.concatenate([cases["first"], cases["second"]]),
        "group": np.repeat([1, 0], cases["first"].size),
        "cluster": np.concatenate([cases["cluster"], cases["cluster"]]),
    }


def test_stacked_pairs_have_the_error_of_paired_ones() -> None:
    paired = clustered_paired_difference(**_cases(PSYCHIATRY), method="ratio")
    stacked = clustered_proportion_difference(**_stacked(), method="linearised")
    assert (stacked.value, stacked.standard_error) == pytest.approx((paired.value, paired.standard_error))
    assert stacked.df == 27


def test_agreeing_calls_make_the_stacked_interval_narrow() -> None:
    event = np.array([1, 1, 0, 0, 1, 0, 1, 1, 0, 1] * 4)
    data = {
        "event": np.concatenate([event, event]),
        "group": np.repeat([1, 0], 40),
        "cluster": np.tile(np.arange(20), 4),
    }
    together = clustered_proportion_difference(**data)
    apart = clustered_proportion_difference(**(data | {"cluster": np.arange(80) // 2}))
    assert together.high - together.low < 0.8 * (apart.high - apart.low)  # type: ignore[operator]


def test_separate_patients_without_repeats_are_newcombe() -> None:
    event, group = np.array([1, 1, 0, 1, 0, 0, 0]), np.array([1, 1, 1, 1, 0, 0, 0])
    e = clustered_proportion_difference(event=event, group=group, cluster=np.arange(7))
    want = compare_unpaired_proportions(n_events_first=3, n_first=4, n_events_second=0, n_second=3)
    assert (e.low, e.high) == pytest.approx((want.low, want.high))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_what_every_difference_of_groups_keeps(method: str) -> None:
    data = _stacked()
    e = clustered_proportion_difference(**data, method=method)
    assert e.low < e.value < e.high  # type: ignore[operator]
    turned = clustered_proportion_difference(**(data | {"group": 1 - data["group"]}), method=method)
    assert (turned.low, turned.high) == pytest.approx((-e.high, -e.low))  # type: ignore[operator]
    alike = clustered_proportion_difference(event=[1, 1, 1, 1], group=[1, 0, 1, 0], cluster=[1, 1, 2, 2], method=method)
    assert (alike.low is None) == (method == "linearised")
    empty = clustered_proportion_difference(event=[1, 0], group=[1, 1], cluster=[1, 2], method=method)
    assert empty.reason == "a group has no case"


def test_rao_scott_of_one_case_a_patient_is_nearly_pearson() -> None:
    rng = np.random.default_rng(9)
    rows, columns = rng.integers(0, 3, 2_000), rng.integers(0, 2, 2_000)
    test = rao_scott_test(rows=rows, columns=columns, cluster=np.arange(2_000), method="chi_squared")
    table = np.array([[((rows == i) & (columns == j)).sum() for j in range(2)] for i in range(3)])
    expected = table.sum(1, keepdims=True) * table.sum(0) / 2_000
    assert test.test.value == pytest.approx(((table - expected) ** 2 / expected).sum(), rel=0.01)
    assert test.design_effect == pytest.approx(1, abs=0.01)
    assert (test.test.df, test.test.df_denominator) == (2, None)
    f = rao_scott_test(rows=rows, columns=columns, cluster=np.arange(2_000))
    assert f.test.p_value == pytest.approx(test.test.p_value, abs=0.01)


def test_rao_scott_takes_words_and_an_empty_cell() -> None:
    correct = [True, True, True, True, True, False, True, False]
    test = rao_scott_test(rows=["unaided"] * 4 + ["aided"] * 4, columns=correct, cluster=[1, 2] * 4)
    assert test.test.p_value is not None


@pytest.mark.parametrize(
    ("rows", "columns", "cluster", "reason"),
    [
        ([1, 1, 1], [0, 1, 0], [1, 2, 3], "one class only"),
        ([1, 0, 1], [0, 1, 0], [1, 1, 1], "one patient"),
        ([], [], [], "one class only"),
        ([1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1], "one patient"),
        ([1, 0, 1, 0, 1, 0, 1, 0], [1, 1, 0, 0] * 2, [1, 1, 1, 1, 2, 2, 2, 2], "no patient differs"),
    ],
)
def test_rao_scott_without_a_table(rows: list[int], columns: list[int], cluster: list[int], reason: str) -> None:
    test = rao_scott_test(rows=rows, columns=columns, cluster=cluster)
    assert reason in str(test.test.reason)
    assert (test.test.value, test.test.df_denominator, test.design_effect) == (None, None, None)


@pytest.mark.parametrize(
    ("rows", "columns"), [([1, np.nan], [1, 0]), ([[1, 0]], [1, 0]), ([1, 0], [1, 0, 1]), (["a", None], [1, 0])]
)
def test_rao_scott_refuses_what_does_not_fit(rows: object, columns: object) -> None:
    with pytest.raises(ArgumentError):
        rao_scott_test(rows=rows, columns=columns, cluster=[1, 2])  # type: ignore[arg-type]
