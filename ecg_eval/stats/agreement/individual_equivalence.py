"""Individual equivalence of a model and readers: swapping one for the other must not change how often two agree.

It compares the agreement of the model with readers to that of readers with each other, case by case, and asks no
reference standard. A model may agree with readers as they do and be wrong with them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights
from ecg_eval.stats.agreement.average_reader import Readers, mean_over_readers
from ecg_eval.stats.agreement.ratings import MISSING, code_beside
from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import cluster_codes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndividualEquivalence:
    """Whether a model and readers are interchangeable.

    Attributes
    ----------
    difference : Estimate
        Agreement of the model with readers minus that between readers, -1 to 1; below 0 the model agrees less than
        a reader would. Its negative is Obuchowski's index of individual equivalence. p is one-sided, of -margin or
        less.
    with_model, between_readers : Estimate
        Both agreements by themselves.
    margin : float
        What loss of agreement is still acceptable.
    equivalent : bool or None
        Whether the lower bound lies above -margin; None where there is no bound.
    """

    difference: Estimate
    with_model: Estimate
    between_readers: Estimate
    margin: float
    equivalent: bool | None


def individual_equivalence(
    *,
    model: ArrayLike,
    readers: ArrayLike,
    margin: float,
    weights: Weights = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    kind: Readers = "random",
    level: float = 0.95,
) -> IndividualEquivalence:
    r"""Test whether a model is individually equivalent to (interchangeable with) a group of readers.

    With a_ij the mean agreement of reader j with the others on case i, A_i its mean over readers and b_ij the
    agreement of j with the model, each reader's value is the mean over cases of :math:`b_{ij} - A_i - 2 \frac{r_i -
    1}{r_i - 2} (a_{ij} - A_i)`, a jackknife pseudo-value, for a pair of readers takes part of two. Their mean over
    readers is the difference.

    Parameters
    ----------
    model : array_like, shape (n_cases,)
        The model's readings; missing as NaN, None or empty text.
    readers : array_like, shape (n_cases, n_readers)
        The readers' readings. Cases without the model's reading or with fewer than two readers are left out.
    margin : float
        What loss of agreement is still acceptable, as a fraction, stated before the data were seen.
    weights, categories
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`; by default two readings agree or they do not.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case.
    kind : {"random", "fixed"}
        Whether it is to hold for readers like these (three or more), or for these very ones.
    level : float
        Coverage of the two-sided interval; equivalence is judged by its lower bound, so at (1 - level) / 2.

    Returns
    -------
    IndividualEquivalence
        Interval and test of the difference with four cases added, as Agresti and Coull do for a share: without them the
        test rejects far too often where cases are few. Undefined without a case that counts.

    Raises
    ------
    ArgumentError
        Shapes that do not fit, readings outside the categories, a negative margin, unusable weights, cluster or level.

    References
    ----------
    Obuchowski NA. Can electronic medical images replace hard-copy film? Defining and testing the equivalence of
    diagnostic tests. Stat Med 2001;20:2845-2863. Obuchowski NA, Subhas N, Schoenhagen P. Testing for
    interchangeability of imaging tests. Acad Radiol 2014;21:1483-1489. They resample patients; the error with
    random readers is this project's.
    """
    who = "individual_equivalence"
    check_level(who, level)
    check_choice(who, "kind", kind, get_args(Readers))
    if margin < 0:
        raise ArgumentError(who, "margin", "0 or more", margin, "State what loss of agreement is still acceptable.")
    coded = code_beside(who=who, model=model, readers=readers, categories=categories)
    w = resolve_weights(who=who, weights=weights, n_categories=coded.n_categories)
    mine, codes = coded.codes[:, 0], coded.codes[:, 1:]
    usable = (mine != MISSING) & ((codes != MISSING).sum(axis=1) >= 2)
    every = None if cluster is None else cluster_codes(who, cluster, len(usable))
    labels = None if every is None else np.unique(every[usable], return_inverse=True)[1]
    codes, seen = codes[usable], codes[usable] != MISSING
    method = "agreement with the model minus agreement between readers"
    if not usable.any():
        reason = "no case was read by the model and two readers"
        blank = Estimate.undefined(reason=reason, method=method, n=0, level=level)
        return IndividualEquivalence(
            difference=blank, with_model=blank, between_readers=blank, margin=margin, equivalent=None
        )
    with_model = w[mine[usable][:, None], np.maximum(codes, 0)]
    between = _between_readers(codes, seen, (w + w.T) / 2)

    over_readers = partial(_mean, seen=seen, labels=labels, kind=kind, level=level)
    difference = _with_added(
        over_readers(with_model - between, method=method, margin=margin),
        with_model - between,
        between,
        seen,
        partial(_mean, kind=kind, level=level, method=method, margin=margin),
        labels,
    )
    if kind == "random" and seen.any(axis=0).sum() == 2:
        difference = Estimate(
            value=difference.value, level=level, method=difference.method, n=difference.n,
            n_clusters=difference.n_clusters, reason="two readers make one pair, which says nothing of other readers",
        )  # fmt: skip
    return IndividualEquivalence(
        difference=difference,
        with_model=over_readers(with_model, method="agreement with the model", margin=None),
        between_readers=over_readers(between, method="agreement between readers", margin=None),
        margin=margin,
        equivalent=None if difference.low is None else difference.low > -margin,
    )


def _between_readers(codes: NDArray[np.intp], seen: NDArray[np.bool_], w: Floats) -> Floats:
    """Give the pseudo-value of each reader and case for the agreement between readers, (n_cases, n_readers)."""
    one_hot = np.zeros((len(codes), len(w)))
    case, reader = np.nonzero(seen)
    np.add.at(one_hot, (case, codes[case, reader]), 1)
    towards = np.take_along_axis(one_hot @ w, np.maximum(codes, 0), axis=1)
    r = seen.sum(axis=1, keepdims=True)
    with_others = np.where(seen, (towards - 1) / (r - 1), 0.0)
    mean = with_others.sum(axis=1, keepdims=True) / r
    return np.asarray(mean + 2 * (r - 1) / np.maximum(r - 2, 1) * (with_others - mean))


def _with_added(
    plain: Estimate,
    value: Floats,
    between: Floats,
    seen: NDArray[np.bool_],
    mean: Callable[..., Estimate],
    labels: NDArray[np.intp] | None,
) -> Estimate:
    """Make interval and test with four cases added: readers as on average, the model with all of them in two.

    With few cases a model that happens to disagree with nobody leaves no spread to tell how often it might.
    """
    counts = np.maximum(seen.sum(axis=0), 1)
    average = np.where(seen, between, 0.0).sum(axis=0) / counts
    added = np.array([0.0, 0.0, 1.0, 1.0])[:, None] - average
    wider = mean(
        np.concatenate([value, added]),
        seen=np.concatenate([seen, np.repeat(seen.any(axis=0, keepdims=True), 4, axis=0)]),
        labels=None if labels is None else np.append(labels, labels.max() + np.arange(1, 5)),
    )
    one_unit = (len(value) if labels is None else int(labels.max()) + 1) == 1
    if one_unit or plain.value is None or wider.low is None or wider.high is None:
        return plain
    return replace(
        plain,
        low=min(wider.low, plain.value),
        high=max(wider.high, plain.value),
        df=wider.df,
        statistic=wider.statistic,
        p_value=wider.p_value,
        method=f"{plain.method}, four cases added",
        reason=None,
    )


def _mean(
    value: Floats,
    *,
    seen: NDArray[np.bool_],
    labels: NDArray[np.intp] | None,
    kind: Readers,
    level: float,
    method: str,
    margin: float | None,
) -> Estimate:
    counts = seen.sum(axis=0)
    some = counts > 0
    by_reader = np.where(seen, value, 0.0).sum(axis=0)[some] / counts[some]
    influence = np.where(seen[:, some], (value[:, some] - by_reader) * (len(seen) / counts[some]), 0.0)
    return mean_over_readers(
        values=by_reader,
        influence=influence,
        cluster=labels,
        readers=kind,
        margin=margin,
        level=level,
        method=method,
    )
