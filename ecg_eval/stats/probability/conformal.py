"""Split conformal sets: for each case the classes that cannot be ruled out, right in a stated share of cases.

The share holds for cases drawn as those were on which the quantiles were learnt, and for all of them together: nothing
is promised for a subgroup, which is why coverage is looked at by subgroup.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]
Nonconformity = Literal["lac", "aps"]
DECIMALS = 9  # sums of probabilities that differ by rounding alone are equal


def nonconformity(*, probability: ArrayLike, kind: Nonconformity = "lac") -> Floats:
    """Say how badly each class fits each case.

    Parameters
    ----------
    probability : array_like (n_cases, n_classes)
        In [0, 1], adding up to 1 in each row.
    kind : {"lac", "aps"}
        "lac": 1 minus the probability of the class; "aps": the probabilities of all classes at least as likely, added
        up, the class itself included, without a random part.

    Returns
    -------
    ndarray (n_cases, n_classes)
        In [0, 1]; higher fits worse. Rounded to 9 decimals.

    Raises
    ------
    ArgumentError
        For an unknown kind, and for what is no table of probabilities.

    Notes
    -----
    Sources: Sadinle, Lei and Wasserman, J Am Stat Assoc 2019;114:223 (least ambiguous sets); Romano, Sesia and Candes,
    NeurIPS 2020 (adaptive sets).
    """
    who = "nonconformity"
    p = np.asarray(probability, dtype=np.float64)
    if kind not in get_args(Nonconformity):
        raise ArgumentError(who, "kind", f"one of {', '.join(get_args(Nonconformity))}", kind)
    if p.ndim != 2 or not ((p >= 0) & (p <= 1)).all():
        raise ArgumentError(who, "probability", "of cases by classes, each between 0 and 1", p.shape)
    if kind == "lac":
        return np.asarray(np.round(1 - p, DECIMALS))
    order = np.argsort(-p, axis=1, kind="stable")
    added = np.cumsum(np.take_along_axis(p, order, axis=1), axis=1)
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, added, axis=1)
    return np.asarray(np.round(scores, DECIMALS))


@dataclass(frozen=True, slots=True)
class ConformalSets:
    """Which classes stay in the set of a case.

    Attributes
    ----------
    quantiles : ndarray (n_classes,)
        Largest nonconformity with which each class still enters; infinite where too few cases taught it, so that it
        always enters.
    kind : {"lac", "aps"}
    """

    quantiles: Floats
    kind: Nonconformity

    def __call__(self, probability: ArrayLike) -> NDArray[np.bool_]:
        """Return the sets of cases (n_cases, n_classes): True where the class is in."""
        return np.asarray(nonconformity(probability=probability, kind=self.kind) <= self.quantiles)


def fit_conformal_sets(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    miscoverage: float,
    kind: Nonconformity = "lac",
    by_class: bool = False,
) -> ConformalSets:
    """Learn the quantiles with which sets contain the truth in at least 1 - miscoverage of new cases.

    Parameters
    ----------
    truth : array_like of int (n_cases,)
        Number of the true class, from 0.
    probability : array_like (n_cases, n_classes)
        In [0, 1].
    miscoverage : float
        Share of cases whose set may lack the truth (alpha), between 0 and 1.
    kind
        As for `nonconformity`.
    by_class : bool
        A quantile for each true class from its own cases (Mondrian), so that the share holds within each class.

    Returns
    -------
    ConformalSets
        With the ceil((n + 1)(1 - miscoverage))-th smallest nonconformity of the true classes; infinity beyond the
        largest.

    Raises
    ------
    ArgumentError
        For a share outside 0 to 1, a class that does not exist, and what `nonconformity` refuses.

    Notes
    -----
    Source: Vovk, Gammerman and Shafer, Algorithmic learning in a random world, 2005.
    """
    if not 0 < miscoverage < 1:
        raise ArgumentError("fit_conformal_sets", "miscoverage", "between 0 and 1", miscoverage)
    classes, of_truth, n_classes = _of_truth("fit_conformal_sets", truth, probability, kind)
    if not by_class:
        return ConformalSets(np.full(n_classes, _quantile(of_truth, miscoverage)), kind)
    quantiles = [_quantile(of_truth[classes == c], miscoverage) for c in range(n_classes)]
    return ConformalSets(np.array(quantiles), kind)


def conformal_p_values(
    *, truth: ArrayLike, probability: ArrayLike, new: ArrayLike, kind: Nonconformity = "lac"
) -> Floats:
    """Give the p-value of each class of new cases: how many taught cases fit as badly, plus one, over n + 1.

    Parameters
    ----------
    truth, probability, kind
        As for `fit_conformal_sets`.
    new : array_like (n_new, n_classes)
        Probabilities of the new cases.

    Returns
    -------
    ndarray (n_new, n_classes)
        In (0, 1], without smoothing; a class is in the set of miscoverage alpha where it is above alpha.

    Raises
    ------
    ArgumentError
        As `fit_conformal_sets`.
    """
    _, of_truth, _ = _of_truth("conformal_p_values", truth, probability, kind)
    below = np.searchsorted(np.sort(of_truth), nonconformity(probability=new, kind=kind), side="left")
    return np.asarray((of_truth.size - below + 1) / (of_truth.size + 1))


def _of_truth(
    who: str, truth: ArrayLike, probability: ArrayLike, kind: Nonconformity
) -> tuple[NDArray[np.intp], Floats, int]:
    """Return the true classes, the nonconformity of each case's, and how many classes there are."""
    scores, y = nonconformity(probability=probability, kind=kind), np.asarray(truth)
    if y.shape != scores.shape[:1] or not np.isin(y, np.arange(scores.shape[1])).all():
        raise ArgumentError(who, "truth", f"a class from 0 to {scores.shape[1] - 1} for each case", y)
    classes = y.astype(np.intp)
    return classes, scores[np.arange(classes.size), classes], scores.shape[1]


def _quantile(scores: Floats, miscoverage: float) -> float:
    # rounded, as (n + 1)(1 - alpha) in floating point may lie a hair above the whole number that it is
    rank = int(np.ceil(round((scores.size + 1) * (1 - miscoverage), DECIMALS)))
    return float(np.sort(scores)[rank - 1]) if rank <= scores.size else float("inf")
