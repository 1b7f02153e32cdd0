"""Ratings of every kind become the same codes."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.ratings import code_beside, code_ratings


@pytest.mark.parametrize(
    "ratings",
    [
        [[1.0, 2.0], [np.nan, 1.0]],
        [["a", "b"], ["", "a"]],
        np.array([[1, 2], [None, 1]], dtype=object),
        np.array([["a", "b"], [float("nan"), "a"]], dtype=object),
    ],
    ids=["float", "text", "none", "nan"],
)
def test_missing_is_never_a_category(ratings: object) -> None:
    coded = code_ratings(who="test", ratings=ratings)
    assert coded.codes.tolist() == [[0, 1], [-1, 0]]
    assert coded.n_categories == 2
    assert coded.counts().tolist() == [[1, 1], [1, 0]]


def test_categories_give_order_and_size() -> None:
    coded = code_ratings(who="test", ratings=[["low", "high"]], categories=["low", "mid", "high"])
    assert coded.codes.tolist() == [[0, 2]]
    assert coded.n_categories == 3


def test_booleans_and_integers() -> None:
    assert code_ratings(who="test", ratings=[[True, False]]).codes.tolist() == [[1, 0]]
    assert code_ratings(who="test", ratings=np.zeros((0, 3))).counts().shape == (0, 0)


def test_bad_ratings_are_refused() -> None:
    with pytest.raises(ArgumentError, match="n_raters"):
        code_ratings(who="test", ratings=[1, 2, 3])
    with pytest.raises(ArgumentError, match="beside a model"):
        code_beside(who="test", model=[1, 2], readers=[[1, 2]])
    with pytest.raises(ArgumentError, match="one kind"):
        code_ratings(who="test", ratings=np.array([["a", 1]], dtype=object))
