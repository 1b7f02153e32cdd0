"""Single choice on paper; several classes and weights by scikit-learn: own/22 and shared questions/24."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.choice_tables import choice_tables, single_choice

TRUTH = np.array([1, 1, 1, 2, 2, 3, np.nan])
CHOICE = np.array([1, 1, 2, 2, 2, 1, 1])
CLASSES = (1, 2, 3)


def test_a_table_and_what_is_read_off_it() -> None:
    tables = choice_tables(truth=TRUTH, choice=CHOICE, categories=CLASSES)
    assert tables.counts[0].tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert tables.accuracy()[0] == pytest.approx(4 / 6)
    assert tables.balanced_accuracy()[0] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert tables.averaged(tables.f_beta())[0] == pytest.approx((4 / 6 + 4 / 5 + 0) / 3)
    assert np.isnan(tables.precision()[0, 2])
    assert tables.averaged(tables.precision())[0] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    # 4 x 6 - (3 x 3 + 2 x 3 + 1 x 0) over the root of (36 - 18) (36 - 14)
    assert tables.matthews()[0] == pytest.approx(9 / np.sqrt(18 * 22))
    assert tables.kappa()[0] == pytest.approx(1 - (2 / 6) / (1 - 15 / 36))


@pytest.mark.parametrize("measure", ["accuracy", "balanced_accuracy", "matthews_correlation", "macro_f1", "kappa"])
def test_a_perfect_choice_is_1_in_any_order_of_classes(measure: str) -> None:
    for classes in (CLASSES, CLASSES[::-1]):
        e = single_choice(truth=[1, 2, 3, 2], choice=[1, 2, 3, 2], categories=classes, measure=measure)  # type: ignore[arg-type]
        assert e.value == pytest.approx(1)
        assert e.reason == "no resamples were given (weights)"


def test_resamples_give_an_interval() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(1, 4, 60)
    choice = np.where(rng.random(60) < 0.7, truth, rng.integers(1, 4, 60))
    weights = rng.multinomial(60, np.full(60, 1 / 60), 200)
    e = single_choice(
        truth=truth, choice=choice, categories=CLASSES, measure="macro_f1", cluster=np.arange(60) // 2, weights=weights
    )
    assert e.low is not None
    assert e.high is not None
    assert e.low < e.value < e.high  # type: ignore[operator]
    assert (e.n, e.n_clusters) == (60, 30)


def test_no_number_where_there_is_none() -> None:
    nobody = single_choice(truth=[np.nan], choice=[1], categories=CLASSES, measure="accuracy")
    assert nobody.reason == "no case has both a truth and a choice"
    alike = single_choice(truth=[1, 1], choice=[1, 1], categories=CLASSES, measure="matthews_correlation")
    assert alike.reason == "one class alone is there, or was named"


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="one of the classes"):
        choice_tables(truth=[1, 4], choice=[1, 1], categories=CLASSES)
    with pytest.raises(ArgumentError, match="as long as truth"):
        choice_tables(truth=[1, 2], choice=[1], categories=CLASSES)
    with pytest.raises(ArgumentError, match="one-dimensional"):
        choice_tables(truth=[[1, 2]], choice=[1], categories=CLASSES)
    with pytest.raises(ArgumentError, match="one of accuracy"):
        single_choice(truth=[1], choice=[1], categories=CLASSES, measure="acuracy")  # type: ignore[arg-type]


def test_a_micro_average_is_the_accuracy() -> None:
    tables = choice_tables(truth=[0, 0, 1, 2], choice=[0, 1, 1, 2], categories=[0, 1, 2])
    assert tables.averaged(tables.f_beta(), "micro")[0] == pytest.approx(3 / 4)
