"""Tests of equal margins: statsmodels, McNemar as the case of two categories, and what cannot be tested."""

from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import SquareTable, cochrans_q

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.marginal_homogeneity import bowker_test, cochran_q, marginal_homogeneity_test
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.proportion.mcnemar import mcnemar

TABLE = np.array([[31, 4, 9], [7, 12, 3], [2, 8, 24]])


def test_equal_to_statsmodels() -> None:
    theirs = SquareTable(TABLE, shift_zeros=False)
    for ours, peer in (
        (bowker_test(table=TABLE), theirs.symmetry()),
        (marginal_homogeneity_test(table=TABLE), theirs.homogeneity()),
        (marginal_homogeneity_test(table=TABLE, method="bhapkar"), theirs.homogeneity(method="bhapkar")),
    ):
        assert (ours.statistic, ours.df, ours.p_value) == pytest.approx((peer.statistic, peer.df, peer.pvalue))
        assert (ours.n, ours.n_discordant) == (100, 33)
    right = np.random.default_rng(4).random((40, 3)) < [0.6, 0.8, 0.7]
    ours, peer = cochran_q(ratings=right), cochrans_q(right.astype(int))
    assert (ours.statistic, ours.df, ours.p_value) == pytest.approx((peer.statistic, peer.df, peer.pvalue))


@pytest.mark.parametrize("method", ["stuart_maxwell", "ordinal"])
def test_two_categories_are_mcnemars_test(method: str) -> None:
    table = np.array([[20, 12], [5, 30]])
    want = mcnemar(n_only_first=12, n_only_second=5, method="asymptotic")
    for test in (bowker_test(table=table), marginal_homogeneity_test(table=table, method=method)):
        assert (test.statistic, test.p_value) == pytest.approx((want.statistic, want.p_value))
    ratings = np.repeat(np.argwhere(table), table.ravel(), axis=0)
    assert cochran_q(ratings=ratings).statistic == pytest.approx(want.statistic)


def test_readers_exchanged_test_the_same() -> None:
    for test in (bowker_test, marginal_homogeneity_test):
        assert test(table=TABLE).statistic == pytest.approx(test(table=TABLE.T).statistic)


@pytest.mark.parametrize("test", [bowker_test, marginal_homogeneity_test])
def test_without_disagreement_nothing_is_tested(test: Callable[..., Estimate]) -> None:
    none = test(table=np.diag([5, 3, 0]))
    assert not is_defined(none)
    assert "never disagree" in str(none.reason)
    assert not is_defined(test(first=[], second=[]))


def test_edges_have_reasons() -> None:
    one_way = marginal_homogeneity_test(table=np.array([[0, 7], [0, 0]]), method="bhapkar")
    assert "observed covariance is 0" in str(one_way.reason)
    alike = cochran_q(ratings=[[1, 1, 1], [0, 0, 0], [1, 0, np.nan]])
    assert (alike.n, alike.value) == (2, None)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ArgumentError, match="bowker_test pairs"):
        bowker_test(table=TABLE, pairs="some")
    with pytest.raises(ArgumentError, match="Did you mean 'bhapkar'"):
        marginal_homogeneity_test(table=TABLE, method="bhapker")
    with pytest.raises(ArgumentError, match="two readers or more"):
        cochran_q(ratings=[[1], [0]])
