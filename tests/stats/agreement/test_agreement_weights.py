"""Weights against the formulas of Gwet's handbook, chapter 3, and irrCAC 1.0 (`weights.gen.r`)."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.agreement_weights import WeightKind, agreement_weights, resolve_weights, weights_name

KINDS: tuple[WeightKind, ...] = (
    *("identity", "linear", "quadratic", "ordinal"),
    *("radical", "ratio", "circular", "bipolar"),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scores", [[1, 2, 3, 4], [1, 2, 5], [0.5, 2.5]], ids=str)
def test_one_on_the_diagonal_symmetric_and_falling(kind: WeightKind, scores: list[float]) -> None:
    w = agreement_weights(kind=kind, scores=scores)
    np.testing.assert_allclose(np.diag(w), 1)
    np.testing.assert_allclose(w, w.T)
    assert w.min() >= -1e-12
    if kind not in ("identity", "circular") and len(scores) > 2:
        assert w[0, 1] > w[0, 2]


def test_formulas_on_paper() -> None:
    assert agreement_weights(kind="quadratic", n_categories=4)[0, 1] == pytest.approx(1 - 1 / 9)
    assert agreement_weights(kind="ordinal", n_categories=4)[0].tolist() == pytest.approx([1, 5 / 6, 1 / 2, 0])
    assert agreement_weights(kind="radical", n_categories=5)[0, 1] == pytest.approx(0.5)
    assert agreement_weights(kind="ratio", n_categories=3)[0, 1] == pytest.approx(1 - (1 / 9) / (1 / 4))
    # a circle of four: neighbours on it are as near as the ends of the scale
    circle = agreement_weights(kind="circular", n_categories=4)
    assert circle[0].tolist() == pytest.approx([1, 0.5, 0, 0.5])
    # bipolar, ranks 1..3: distances 1/3, 1/3 and 4/4
    assert agreement_weights(kind="bipolar", n_categories=3)[0].tolist() == pytest.approx([1, 2 / 3, 0])


def test_scores_replace_ranks() -> None:
    assert agreement_weights(kind="linear", scores=[1, 2, 5])[0].tolist() == pytest.approx([1, 0.75, 0])
    assert agreement_weights(kind="linear", scores=[7]).tolist() == [[1]]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"kind": "cubic", "n_categories": 3}, "Known"),
        ({"kind": "linear"}, "given"),
        ({"kind": "linear", "scores": [1, 1, 2]}, "rising"),
        ({"kind": "linear", "scores": [[1, 2]]}, "rising"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        agreement_weights(**options)


def test_a_matrix_is_taken_as_it_is() -> None:
    matrix = [[1, 0.3], [0.2, 1]]
    np.testing.assert_array_equal(resolve_weights(who="test", weights=matrix, n_categories=2), matrix)
    assert weights_name(matrix) == "given weights"
    assert weights_name("identity") == "unweighted"
    assert weights_name("linear") == "linear weights"
