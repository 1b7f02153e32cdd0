"""Shares of few cases borrow from the others of the same reader: all numbers here can be done on paper."""

import numpy as np
import pytest

from ecg_eval.stats.proportion.shrinkage import shrunken_difference_variances, shrunken_proportions


def test_by_hand() -> None:
    # common share (12 + 1) / (13 + 2); a finding of one case called rightly: (1 + 2 * 13/15) / 3
    share, variance = shrunken_proportions(n_events=[11, 1], n=[12, 1])
    assert share == pytest.approx([(11 + 26 / 15) / 14, (1 + 26 / 15) / 3])
    assert variance[1] == pytest.approx(share[1] * (1 - share[1]))
    assert variance[0] == pytest.approx(share[0] * (1 - share[0]) / 12)


def test_a_finding_without_cases_has_no_share_and_lends_none() -> None:
    share, variance = shrunken_proportions(n_events=[[3, 0], [2, 1]], n=[[4, 0], [4, 1]])
    assert np.isnan([share[0, 1], variance[0, 1]]).all()
    alone, _ = shrunken_proportions(n_events=[3], n=[4])
    assert share[0, 0] == alone[0]


def test_variances_of_differences_by_hand() -> None:
    # common discordant shares (3 + 1/2) / (11 + 1) and (1 + 1/2) / 12
    found = shrunken_difference_variances(n_only_first=[3, 0], n_only_second=[1, 0], n=[10, 1])
    b, c = (3 + 7 / 12) / 12, (1 + 3 / 12) / 12
    assert found[0] == pytest.approx((b + c - (b - c) ** 2) / 10)
    b, c = 7 / 12 / 3, 3 / 12 / 3
    assert found[1] == pytest.approx(b + c - (b - c) ** 2)


def test_no_discordant_pair_leaves_a_variance_and_no_pair_none() -> None:
    found = shrunken_difference_variances(n_only_first=[0, 0], n_only_second=[0, 0], n=[5, 0])
    assert found[0] > 0
    assert np.isnan(found[1])


def test_many_pairs_without_a_difference_are_no_surer_than_half_a_pair_each_way() -> None:
    # Agresti and Min add 1/2 to each of four cells: (1/2 + 1/2) / (n + 2)^2 where no pair differs
    found = shrunken_difference_variances(n_only_first=[0, 3], n_only_second=[0, 1], n=[797, 30])
    assert found[0] == pytest.approx(1 / 799**2)
    assert found[1] > 1 / 32**2
