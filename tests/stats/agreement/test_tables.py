"""Kappas of printed tables: counts of two raters, and counts of many raters by case and category."""

import numpy as np
import pytest
from statsmodels.stats import inter_rater

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.fleiss import fleiss_kappa
from ecg_eval.stats.agreement.gwet import gwet_ac1
from ecg_eval.stats.agreement.kappa import cohen_kappa, pabak
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.percent_agreement import randolph_kappa
from ecg_eval.stats.agreement.ratings import ratings_from_counts, ratings_from_table

TABLE = [[44, 5, 1], [7, 20, 3], [9, 5, 6]]
FLEISS = np.array(  # 14 raters, 10 cases, 5 categories: the worked example of Wikipedia's page on Fleiss' kappa, 0.210
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip


def test_a_table_of_two_raters_gives_the_kappa_of_statsmodels() -> None:
    first, second = ratings_from_table(TABLE)
    theirs = inter_rater.cohens_kappa(np.array(TABLE))
    ours = cohen_kappa(first=first, second=second, interval="wald")
    assert ours.n == 100
    assert (ours.value, ours.standard_error) == pytest.approx((theirs.kappa, theirs.std_kappa))
    assert np.bincount(first * 3 + second).reshape(3, 3).tolist() == TABLE


def test_a_two_by_two_table_serves_binary_coefficients() -> None:
    first, second = ratings_from_table([[20, 5], [10, 15]])
    assert pabak(first=first, second=second).value == pytest.approx(2 * 35 / 50 - 1)


def test_counts_of_many_raters_give_the_kappas_of_statsmodels() -> None:
    ratings = ratings_from_counts(FLEISS)
    assert ratings.shape == (10, 14)
    scale = range(5)
    assert fleiss_kappa(ratings=ratings, categories=scale).value == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(ratings=ratings, categories=scale).value == pytest.approx(inter_rater.fleiss_kappa(FLEISS))
    free = inter_rater.fleiss_kappa(FLEISS, method="randolph")
    assert randolph_kappa(ratings=ratings, categories=scale).value == pytest.approx(free)


def test_cases_may_have_fewer_ratings_than_others() -> None:
    ratings = ratings_from_counts([[2, 1, 0], [0, 2, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ratings, [[0, 0, 1], [1, 1, np.nan], [np.nan] * 3])
    whole = ratings_from_counts(FLEISS)
    holes = np.hstack([whole, np.full((10, 2), np.nan)])
    for kernel in (gwet_ac1, krippendorff_alpha):
        assert kernel(ratings=holes).value == pytest.approx(kernel(ratings=whole).value)


@pytest.mark.parametrize("table", [[[1, 2]], [[1, -1], [0, 1]], [[0.5, 1], [1, 1]], [1, 2], [[np.nan, 1], [1, 1]]])
def test_what_is_no_table_of_two_raters_is_refused(table: object) -> None:
    with pytest.raises(ArgumentError, match="ratings_from_table"):
        ratings_from_table(table)  # type: ignore[arg-type]


def test_what_is_no_table_of_counts_is_refused() -> None:
    with pytest.raises(ArgumentError, match="whole numbers"):
        ratings_from_counts([[0.2, 1]])
