"""How much a disagreement counts: weights for ordered categories, 1 on the diagonal, less the further apart.

Every kind is a formula of scores, which are the ranks 1..q unless others are given. Programs differ here: irr, vcd and
Stata use ranks of the categories, irrCAC the values of numeric categories. They agree on a gap-free scale.
"""

from collections.abc import Callable
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError, suggestion

Floats = NDArray[np.float64]
WeightKind = Literal[
    "identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"
]  # fmt: skip
Weights = WeightKind | ArrayLike | None


def _linear(a: Floats, b: Floats, low: float, high: float) -> Floats:
    return np.abs(a - b) / (high - low)


def _quadratic(a: Floats, b: Floats, low: float, high: float) -> Floats:
    return ((a - b) / (high - low)) ** 2


def _radical(a: Floats, b: Floats, low: float, high: float) -> Floats:
    return np.sqrt(np.abs(a - b) / (high - low))


def _ratio(a: Floats, b: Floats, low: float, high: float) -> Floats:
    return ((a - b) / (a + b)) ** 2 / ((high - low) / (high + low)) ** 2


def _circular(a: Floats, b: Floats, low: float, high: float) -> Floats:
    arc = np.sin(np.pi * (a - b) / (high - low + 1)) ** 2
    return np.asarray(arc / arc.max())


def _bipolar(a: Floats, b: Floats, low: float, high: float) -> Floats:
    room = (a + b - 2 * low) * (2 * high - a - b)
    distance = np.divide((a - b) ** 2, room, out=np.zeros_like(room), where=a != b)
    return np.asarray(distance / distance.max())


_DISTANCES: dict[str, Callable[[Floats, Floats, float, float], Floats]] = {
    "linear": _linear,
    "quadratic": _quadratic,
    "radical": _radical,
    "ratio": _ratio,
    "circular": _circular,
    "bipolar": _bipolar,
}


def agreement_weights(*, kind: WeightKind, scores: ArrayLike | None = None, n_categories: int | None = None) -> Floats:
    r"""Give the matrix of agreement weights of a named kind.

    With scores :math:`x_1 < ... < x_q`, :math:`R = x_q - x_1`, the weight is one minus

    * linear :math:`|x_k - x_l| / R`; quadratic :math:`(x_k - x_l)^2 / R^2`; radical :math:`\sqrt{|x_k - x_l| / R}`
    * ordinal :math:`\binom{|k - l| + 1}{2} / \binom{q}{2}`, of ranks whatever the scores
    * ratio :math:`((x_k - x_l) / (x_k + x_l))^2 / ((x_q - x_1) / (x_q + x_1))^2`
    * circular :math:`\sin^2(\pi (x_k - x_l) / (R + 1))` and bipolar
      :math:`(x_k - x_l)^2 / ((x_k + x_l - 2 x_1)(2 x_q - x_k - x_l))`, each over its largest value.

    Parameters
    ----------
    kind : str
        "identity" (any disagreement counts fully), "linear", "quadratic", "ordinal", "radical", "ratio", "circular",
        "bipolar".
    scores : array_like, shape (n_categories,), optional
        Rising scores of the categories; the ranks 1..q by default.
    n_categories : int, optional
        Needed where no scores are given.

    Returns
    -------
    ndarray, shape (n_categories, n_categories)
        Agreement weights, 1 on the diagonal; symmetric.

    Raises
    ------
    ArgumentError
        An unknown kind, scores that do not rise, or neither scores nor a number of categories.

    References
    ----------
    Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014, chapter 3. Cicchetti & Allison 1971 (linear), Fleiss &
    Cohen 1973 (quadratic).

    Examples
    --------
    >>> agreement_weights(kind="linear", n_categories=3)
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    who = "agreement_weights"
    if kind not in get_args(WeightKind):
        raise ArgumentError(who, "kind", "a known kind of weights", kind, suggestion(str(kind), get_args(WeightKind)))
    if scores is None and n_categories is None:
        raise ArgumentError(who, "scores or n_categories", "given")
    x = np.arange(1.0, (n_categories or 0) + 1) if scores is None else np.asarray(scores, dtype=float)
    if x.ndim != 1 or not np.all(np.diff(x) > 0):
        raise ArgumentError(who, "scores", "a rising list of numbers", x.tolist())
    q = len(x)
    if q < 2 or kind == "identity":
        return np.eye(q)
    if kind == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(q), np.arange(q)))
        return np.asarray(1 - steps * (steps + 1) / (q * (q - 1)))
    a, b = np.broadcast_arrays(x[:, None], x[None, :])
    return np.asarray(1 - _DISTANCES[kind](a, b, float(x[0]), float(x[-1])))


def resolve_weights(*, who: str, weights: Weights, n_categories: int) -> Floats:
    """Give the weight matrix that an argument means: None is identity, a name its kind by ranks, else the matrix.

    Raises
    ------
    ArgumentError
        A matrix of another shape, with values above 1 or not finite, or without 1 on the diagonal.
    """
    if weights is None:
        return np.eye(n_categories)
    if isinstance(weights, str):
        return agreement_weights(kind=cast(WeightKind, weights), n_categories=n_categories)
    matrix = np.asarray(weights, dtype=float)
    if matrix.shape != (n_categories, n_categories):
        remedy = "Give `categories` where the data do not show every category."
        raise ArgumentError(who, "weights", f"of shape {(n_categories, n_categories)}", matrix.shape, remedy)
    if not (np.isfinite(matrix).all() and np.allclose(np.diag(matrix), 1) and matrix.max(initial=1) <= 1):
        remedy = "Weights measure agreement; turn costs into 1 - cost / largest cost."
        raise ArgumentError(who, "weights", "finite, 1 on the diagonal and at most 1 elsewhere", remedy=remedy)
    return matrix


def weights_name(weights: Weights) -> str:
    """Say in words which weights were used, for `Estimate.method`."""
    if weights is None or (isinstance(weights, str) and weights == "identity"):
        return "unweighted"
    return f"{weights} weights" if isinstance(weights, str) else "given weights"
