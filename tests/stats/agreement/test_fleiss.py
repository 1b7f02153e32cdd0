"""Fleiss, Conger and Light against statsmodels, paper arithmetic and each other."""

from itertools import combinations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.fleiss import conger_kappa, fleiss_kappa, fleiss_kappa_per_category, light_kappa
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.percent_agreement import percent_agreement, randolph_kappa, unanimous_agreement
from ecg_eval.stats.estimate import is_defined


def ratings(n: int = 40, m: int = 5, q: int = 3, *, holes: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(8)
    truth = rng.integers(0, q, n)
    table = np.where(rng.random((n, m)) < 0.7, truth[:, None], rng.integers(0, q, (n, m))).astype(float)
    table[rng.random((n, m)) < holes] = np.nan
    return table


def test_equals_statsmodels() -> None:
    counts, _ = aggregate_raters(ratings().astype(int))
    assert fleiss_kappa(ratings=ratings()).value == pytest.approx(their_fleiss(counts, method="fleiss"), abs=1e-12)
    assert randolph_kappa(ratings=ratings()).value == pytest.approx(their_fleiss(counts, method="randolph"), abs=1e-12)


def test_conger_is_the_mean_over_pairs_of_both_parts() -> None:
    table = ratings()
    observed, chance = [], []
    for i, j in combinations(range(table.shape[1]), 2):
        share = [(table[:, g, None] == np.arange(3)).mean(axis=0) for g in (i, j)]
        observed.append((table[:, i] == table[:, j]).mean())
        chance.append(share[0] @ share[1])
    expected = (np.mean(observed) - np.mean(chance)) / (1 - np.mean(chance))
    assert conger_kappa(ratings=table).value == pytest.approx(expected)


@pytest.mark.parametrize("weights", [None, "linear"])
def test_light_is_the_mean_of_cohens(weights: str | None) -> None:
    table = ratings(holes=0.1)
    pairs = list(combinations(range(table.shape[1]), 2))
    each = [
        cohen_kappa(first=table[:, i], second=table[:, j], weights=weights, categories=[0, 1, 2]).value
        for i, j in pairs
    ]
    assert light_kappa(ratings=table, weights=weights).value == pytest.approx(np.mean(each))
    complete = table[~np.isnan(table).any(axis=1)]
    whole = light_kappa(ratings=table, weights=weights, missing="complete")
    assert whole.value == pytest.approx(light_kappa(ratings=complete, weights=weights).value)
    assert whole.n == len(complete)


@pytest.mark.parametrize("kernel", [fleiss_kappa, conger_kappa, light_kappa, randolph_kappa, percent_agreement])
def test_the_linearised_error_is_near_the_jackknife(kernel: object) -> None:
    table = ratings(n=80, holes=0.1)
    table = table[(~np.isnan(table)).sum(axis=1) >= 1]
    n = len(table)
    left_out = np.array([kernel(ratings=np.delete(table, i, axis=0)).value for i in range(n)])
    jackknife = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    assert kernel(ratings=table).standard_error == pytest.approx(jackknife, rel=0.05)


@pytest.mark.parametrize("kernel", [fleiss_kappa, conger_kappa, light_kappa])
def test_null_test_needs_independent_cases(kernel: object) -> None:
    with pytest.raises(ArgumentError, match="wald"):
        kernel(ratings=ratings(), test="null", cluster=np.arange(40))
    assert kernel(ratings=ratings(), cluster=np.arange(40)).df == 39
    assert not is_defined(kernel(ratings=np.zeros((9, 3)), test="null"))


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_null_errors_of_two_raters_are_cohens(weights: str | None) -> None:
    table = ratings(m=2)
    cohen = cohen_kappa(first=table[:, 0], second=table[:, 1], weights=weights)
    for kernel in (conger_kappa, light_kappa):
        assert kernel(ratings=table, weights=weights).statistic == pytest.approx(cohen.statistic)


@pytest.mark.parametrize("kernel", [fleiss_kappa, conger_kappa, light_kappa, krippendorff_alpha])
@pytest.mark.parametrize(
    ("holes", "rates"), [(0.0, [0.1, 0.2, 0.3, 0.2]), (0.3, [0.1, 0.2, 0.3, 0.2])], ids=["whole", "holes"]
)
def test_null_error_is_the_spread_of_kappa_under_independence(kernel: object, holes: float, rates: list[float]) -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        table = (rng.random((60, 4)) < rates).astype(float)
        table[rng.random(table.shape) < holes] = np.nan
        found.append(kernel(ratings=table))
    errors = [e.value / e.statistic for e in found]
    assert np.std([e.value for e in found]) == pytest.approx(np.mean(errors), rel=0.1)


def test_null_test_on_paper() -> None:
    # two categories, shares 1/2: the squared error is 2 / (n m (m - 1)), Fleiss, Nee & Landis 1979
    table = [[1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 1]]
    found = fleiss_kappa(ratings=table, test="null")
    assert found.value == pytest.approx((4 / 6 - 1 / 2) / (1 / 2))
    assert found.statistic == pytest.approx(found.value / np.sqrt(2 / (4 * 3 * 2)))
    assert found.standard_error == pytest.approx(fleiss_kappa(ratings=table).standard_error)


def test_per_category_is_each_category_against_the_rest() -> None:
    found = fleiss_kappa_per_category(ratings=ratings(), categories=[0, 1, 2, 3])
    assert list(found) == [0, 1, 2, 3]
    assert found[1].value == pytest.approx(fleiss_kappa(ratings=(ratings() == 1).astype(float)).value)
    assert not is_defined(found[3])


def test_a_rater_without_ratings_does_not_count() -> None:
    table = ratings()
    wider = np.column_stack([table, np.full(len(table), np.nan)])
    assert conger_kappa(ratings=wider).standard_error == pytest.approx(conger_kappa(ratings=table).standard_error)
    assert not is_defined(light_kappa(ratings=wider))


def test_a_single_rater_is_undefined() -> None:
    alone = ratings()[:, :1]
    for kernel in (fleiss_kappa, conger_kappa, light_kappa, randolph_kappa, percent_agreement, unanimous_agreement):
        found = kernel(ratings=alone)
        assert not is_defined(found)
        assert found.reason


def test_unanimous_agreement_counts_complete_cases() -> None:
    table = [[1, 1, 1], [1, 2, 1], [2, 2, np.nan], [2, 2, 2]]
    found = unanimous_agreement(ratings=table)
    assert found.value == pytest.approx(2 / 3)
    assert (found.n, found.n_positive) == (3, 2)
    none = unanimous_agreement(ratings=[[1, np.nan], [np.nan, 2]])
    assert none.reason == "no case was rated by all raters"


def test_light_with_one_patient_has_no_interval() -> None:
    assert light_kappa(ratings=ratings(), cluster=np.zeros(40)).low is None
    assert light_kappa(ratings=ratings(), interval="wald").low is not None
    assert light_kappa(ratings=ratings(), cluster=np.arange(40) // 2).n_clusters == 20
