"""Friedman's test on paper and beside scipy; R's values: tests/oracles/own/17-wilcoxon-paired."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.measurement.several_conditions import friedman_test


def test_with_ties_it_is_scipys() -> None:
    values = np.random.default_rng(1).integers(1, 5, (9, 4)).astype(float)
    theirs = friedmanchisquare(*values.T)
    ours = friedman_test(values=values).concordance
    assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_the_same_order_for_all_is_certain() -> None:
    found = friedman_test(values=[[1, 2, 3], [4, 5, 6], [0, 1, 2], [np.nan, 1, 2]])
    assert found.concordance.value == 1
    assert found.concordance.n == 3
    assert (found.f_test.statistic, found.f_test.p_value) == (None, 0.0)
    assert found.mean_ranks == (1.0, 2.0, 3.0)


def test_what_cannot_be_tested() -> None:
    assert friedman_test(values=[[1, 2]]).f_test.reason == "fewer than two readers have all conditions"
    assert friedman_test(values=[[np.nan, 2]]).mean_ranks == ()
    assert friedman_test(values=[[1, 1], [2, 2]]).concordance.reason == "no reader has two different numbers"
    with pytest.raises(ArgumentError, match="2 or more conditions"):
        friedman_test(values=[1, 2])
