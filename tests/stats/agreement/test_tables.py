"""Agreement of printed tables: counts of two raters, and counts of many raters by case and category."""

from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.stats import inter_rater

from ecg_eval.errors import ArgumentError
from ecg_eval.stats import (
    bias_index,
    bowker_test,
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    fleiss_kappa_per_category,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    marginal_homogeneity_test,
    negative_agreement,
    observed_agreement,
    pabak,
    percent_agreement,
    positive_agreement,
    prevalence_index,
    randolph_kappa,
    scott_pi,
    specific_agreement,
    unanimous_agreement,
)
from ecg_eval.stats.estimate import Estimate, is_defined

Kernel = Callable[..., Estimate]

TABLE = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
TWO_BY_TWO = np.array([[20, 5], [10, 15]])
FLEISS = np.array(  # 14 raters, 10 cases, 5 categories: the worked example of Wikipedia's page on Fleiss' kappa, 0.210
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip
PAIR_KERNELS = (
    *(cohen_kappa, scott_pi, brennan_prediger, observed_agreement, bowker_test, marginal_homogeneity_test),
    *(pabak, positive_agreement, negative_agreement, prevalence_index, bias_index),
)
COUNT_KERNELS = (fleiss_kappa, gwet_ac1, krippendorff_alpha, randolph_kappa, percent_agreement, unanimous_agreement)


def rows_of(counts: np.ndarray) -> np.ndarray:
    """Write each case's counts out as ratings, NaN where it has fewer than others."""
    lists = [np.repeat(np.arange(counts.shape[1]), row) for row in counts]
    width = max(map(len, lists))
    return np.array([np.pad(one.astype(float), (0, width - len(one)), constant_values=np.nan) for one in lists])


@pytest.mark.parametrize("kernel", PAIR_KERNELS)
def test_a_table_of_two_raters_gives_what_their_ratings_give(kernel: Kernel) -> None:
    first, second = np.repeat(np.argwhere(TWO_BY_TWO), TWO_BY_TWO.ravel(), axis=0).T
    assert kernel(table=TWO_BY_TWO) == kernel(first=first, second=second)


def test_a_table_of_two_raters_gives_the_kappa_of_statsmodels() -> None:
    theirs = inter_rater.cohens_kappa(TABLE)
    ours = cohen_kappa(table=TABLE, interval="wald")
    assert ours.n == 100
    assert (ours.value, ours.standard_error) == pytest.approx((theirs.kappa, theirs.std_kappa))
    linear = inter_rater.cohens_kappa(TABLE, wt="linear").kappa
    assert cohen_kappa(table=TABLE, weights="linear").value == pytest.approx(linear)


def test_rows_and_columns_of_yes_and_no_are_in_the_order_0_and_1() -> None:
    assert pabak(table=TWO_BY_TWO).value == pytest.approx(2 * 35 / 50 - 1)
    assert positive_agreement(table=TWO_BY_TWO).value == pytest.approx(30 / 45)
    assert negative_agreement(table=TWO_BY_TWO).value == pytest.approx(40 / 55)
    assert prevalence_index(table=TWO_BY_TWO).value == pytest.approx((15 - 20) / 50)
    assert bias_index(table=TWO_BY_TWO).value == pytest.approx((10 - 5) / 50)


def test_categories_name_the_rows_of_a_table_and_an_unused_one_counts() -> None:
    named = specific_agreement(table=TWO_BY_TWO, categories=["SR", "AF"], category="AF")
    assert named.value == positive_agreement(table=TWO_BY_TWO).value
    unused = np.pad(TWO_BY_TWO, (0, 1))
    assert brennan_prediger(table=unused).value == pytest.approx((0.7 - 1 / 3) / (1 - 1 / 3))


def test_counts_of_many_raters_give_the_kappas_of_statsmodels() -> None:
    assert fleiss_kappa(counts=FLEISS).value == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(counts=FLEISS).value == pytest.approx(inter_rater.fleiss_kappa(FLEISS))
    free = inter_rater.fleiss_kappa(FLEISS, method="randolph")
    assert randolph_kappa(counts=FLEISS).value == pytest.approx(free)


@pytest.mark.parametrize(
    "counts", [FLEISS, np.array([[2, 1, 0], [0, 2, 0], [0, 0, 0], [1, 1, 1]])], ids=["full", "holes"]
)
@pytest.mark.parametrize("kernel", COUNT_KERNELS)
def test_counts_give_what_their_ratings_give(kernel: Kernel, counts: np.ndarray) -> None:
    assert kernel(counts=counts) == kernel(ratings=rows_of(counts), categories=range(counts.shape[1]))


def test_other_kernels_of_many_raters_take_counts() -> None:
    by_weight = gwet_ac2(ratings=rows_of(FLEISS), weights="linear", categories=range(5))
    assert gwet_ac2(counts=FLEISS, weights="linear") == by_weight
    named = fleiss_kappa_per_category(counts=FLEISS, categories=list("abcde"))
    assert list(named) == list("abcde")
    assert all(is_defined(kappa) for kappa in named.values())


def test_counts_have_patients_as_ratings_have() -> None:
    patient = np.arange(10) // 2
    by_ratings = fleiss_kappa(ratings=rows_of(FLEISS), categories=range(5), cluster=patient)
    assert fleiss_kappa(counts=FLEISS, cluster=patient) == by_ratings


@pytest.mark.parametrize("table", [[[1, 2]], [[1, -1], [0, 1]], [[0.5, 1], [1, 1]], [1, 2], [[np.nan, 1], [1, 1]]])
def test_what_is_no_table_of_two_raters_is_refused(table: object) -> None:
    with pytest.raises(ArgumentError, match="cohen_kappa: table must be"):
        cohen_kappa(table=table)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "first and second must be given, or table"),
        ({"first": [1, 0]}, "first and second must be given, or table"),
        ({"first": [1, 0], "second": [1, 0], "table": TWO_BY_TWO}, "table must be given alone"),
        ({"table": TWO_BY_TWO, "cluster": [1, 2]}, "cluster must be left out with a table"),
        ({"table": TWO_BY_TWO, "categories": list("abc")}, "categories must be 2 distinct ones"),
    ],
)
def test_a_table_stands_alone(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        cohen_kappa(**options)  # type: ignore[arg-type]


def test_a_yes_no_kernel_refuses_a_larger_table() -> None:
    with pytest.raises(ArgumentError, match="categories must be 3 distinct ones"):
        positive_agreement(table=TABLE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "ratings must be given, or counts"),
        ({"ratings": [[1, 0]], "counts": FLEISS}, "counts must be given alone"),
        ({"counts": [[0.2, 1]]}, "counts must be a table of whole numbers"),
        ({"counts": FLEISS, "categories": [1, 1, 2, 3, 4]}, "categories must be 5 distinct ones"),
    ],
)
def test_counts_stand_alone(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fleiss_kappa(**options)  # type: ignore[arg-type]
