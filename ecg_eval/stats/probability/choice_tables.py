"""Single choice: each case has exactly one class, and a reader names one. Tables of choices, and what is read off them.

A table counts cases, or sums of weights, by the true class (rows) and the class that was named (columns), one table for
each set of weights: the draw's own, and its resamples. Everything here is a ratio of such sums, so that one kernel
serves weighted and unweighted cases and their bootstrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.roc_inputs import checked_weights

Floats = NDArray[np.float64]
Average = Literal["macro", "weighted", "micro"]
Measure = Literal["accuracy", "balanced_accuracy", "matthews_correlation", "macro_f1", "kappa"]
Disagreement = Literal["equal", "linear", "quadratic"]

_WORDS: dict[str, str] = {
    "accuracy": "accuracy of single choice",
    "balanced_accuracy": "balanced accuracy",
    "matthews_correlation": "Matthews correlation",
    "macro_f1": "macro F1",
    "kappa": "Cohen kappa with the truth",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ChoiceTables:
    """Tables of the true class (rows) and the class named (columns).

    Attributes
    ----------
    counts : ndarray (n_tables, n_classes, n_classes)
        Cases, or sums of weights.
    """

    counts: Floats

    @property
    def total(self) -> Floats:
        """Return the sum of each table, (n_tables,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)))

    @property
    def right(self) -> Floats:
        """Return what was named rightly of each class, (n_tables, n_classes)."""
        return np.asarray(np.diagonal(self.counts, axis1=1, axis2=2))

    @property
    def true(self) -> Floats:
        """Return what each class truly has, (n_tables, n_classes)."""
        return np.asarray(self.counts.sum(axis=2))

    @property
    def named(self) -> Floats:
        """Return how often each class was named, (n_tables, n_classes)."""
        return np.asarray(self.counts.sum(axis=1))

    def accuracy(self) -> Floats:
        """Return the share named rightly, in [0, 1]; NaN for an empty table."""
        return _share(self.right.sum(axis=1), self.total)

    def recall(self) -> Floats:
        """Return, of each class, the share named rightly, (n_tables, n_classes); NaN for a class that is not there."""
        return _share(self.right, self.true)

    def miss(self) -> Floats:
        """Return, of each class, the share named another, (n_tables, n_classes): 1 less the recall."""
        return np.asarray(1 - self.recall())

    def precision(self) -> Floats:
        """Return, of what was named each class, the share that is; NaN for a class that was not named."""
        return _share(self.right, self.named)

    def f_beta(self, beta: float = 1.0) -> Floats:
        """Return (1 + b²) TP / ((1 + b²) TP + b² FN + FP) of each class; NaN where it is neither there nor named."""
        b = beta**2
        return _share((1 + b) * self.right, b * self.true + self.named)

    def averaged(self, of_classes: Floats, average: Average = "macro") -> Floats:
        """Return a mean over classes, (n_tables,): plain, or weighted by how frequent each is.

        A class that is there and was never named has no precision and counts as 0; one that is neither there nor named
        is left out. "micro" is what the accuracy is, since each case has one class.
        """
        if average == "micro":
            return self.accuracy()
        met = (self.true + self.named) > 0
        weight = self.true if average == "weighted" else met.astype(np.float64)
        return _share((weight * np.nan_to_num(of_classes)).sum(axis=1), weight.sum(axis=1))

    def balanced_accuracy(self) -> Floats:
        """Return the plain mean of the recalls of the classes that are there; 1 / n_classes is chance."""
        there = self.true > 0
        return _share(np.nan_to_num(self.recall()).sum(axis=1), there.sum(axis=1).astype(np.float64))

    def matthews(self) -> Floats:
        """Return (c s - sum p t) / sqrt((s² - sum p²)(s² - sum t²)); the phi coefficient of two classes.

        c the total named rightly, s the total, p and t what was named and is there. NaN where one class alone was named
        or is there.
        """
        s, t, p = self.total, self.true, self.named
        product = (s**2 - (p**2).sum(axis=1)) * (s**2 - (t**2).sum(axis=1))
        scale = np.sqrt(np.where(product > 1e-12 * s**4, product, 0.0))
        return _share(self.right.sum(axis=1) * s - (p * t).sum(axis=1), scale)

    def kappa(self, disagreement: Disagreement = "equal") -> Floats:
        """Return 1 - sum d O / sum d E, d the disagreement of two classes: 0 and 1, |i - j| or its square."""
        apart = np.abs(np.subtract.outer(*2 * (np.arange(self.counts.shape[1], dtype=np.float64),)))
        d = {"equal": (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}[disagreement]
        expected = _share((d * self.true[:, :, None] * self.named[:, None, :]).sum(axis=(1, 2)), self.total)
        return np.asarray(1 - _share((d * self.counts).sum(axis=(1, 2)), expected))


def choice_tables(
    *, truth: ArrayLike, choice: ArrayLike, categories: Sequence[object], weights: ArrayLike | None = None
) -> ChoiceTables:
    """Return the tables of some choices, one for each set of weights.

    Parameters
    ----------
    truth, choice : array_like (n_cases,)
        The class of each case and the one that was named, of `categories`; NaN where missing, and left out.
    categories : sequence
        The classes, in their order where they have one.
    weights : array_like (n_tables, n_cases), optional
        0 or more; one table of plain counts when not given.

    Raises
    ------
    ArgumentError
        For a class that is none of the categories, and arrays that do not fit together.
    """
    who = "choice_tables"
    of_cases = [_places(who, what, array, categories) for what, array in (("truth", truth), ("choice", choice))]
    if of_cases[0].shape != of_cases[1].shape:
        raise ArgumentError(who, "choice", f"as long as truth ({of_cases[0].size})", of_cases[1].size)
    judged = (of_cases[0] >= 0) & (of_cases[1] >= 0)
    k, n = len(categories), judged.size
    w = np.ones((1, n)) if weights is None else checked_weights(who, weights, n).astype(np.float64)
    cell = (of_cases[0] * k + of_cases[1])[judged]
    counts = np.array([np.bincount(cell, weights=row[judged], minlength=k * k) for row in w], dtype=np.float64)
    return ChoiceTables(counts=counts.reshape(-1, k, k))


def single_choice(
    *,
    truth: ArrayLike,
    choice: ArrayLike,
    categories: Sequence[object],
    measure: Measure,
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how well a single choice among several classes is made.

    Parameters
    ----------
    truth, choice : array_like (n_cases,)
        NaN where missing.
    categories : sequence
    measure : {"accuracy", "balanced_accuracy", "matthews_correlation", "macro_f1", "kappa"}
        The share named rightly; the mean of the classes' recalls; the correlation of truth and choice; the mean of the
        classes' F1; agreement with the truth beyond chance.
    cluster : array_like (n_cases,), optional
        Patient of each case, for the count.
    weights : array_like (n_resamples, n_cases), optional
        Resamples, by patient.
    level : float

    Returns
    -------
    Estimate
        With the percentile interval of the resamples. Undefined without a case, and where the measure is not.

    Notes
    -----
    Sources: Gorodkin, Comput Biol Chem 2004;28:367 (Matthews correlation of several classes); Brodersen et al., ICPR
    2010 (balanced accuracy).

    Examples
    --------
    >>> single_choice(truth=[1, 1, 2, 3], choice=[1, 2, 2, 3], categories=[1, 2, 3], measure="balanced_accuracy").value
    0.8333333333333334
    """
    if measure not in get_args(Measure):
        raise ArgumentError("single_choice", "measure", f"one of {', '.join(get_args(Measure))}", measure)
    label = f"{_WORDS[measure]}, {len(categories)} classes"
    tables = choice_tables(truth=truth, choice=choice, categories=categories)
    n = int(tables.total[0])
    value = _measured(tables, measure)[0]
    if np.isnan(value):
        reason = "no case has both a truth and a choice" if n == 0 else "one class alone is there, or was named"
        return Estimate.undefined(reason=reason, method=label, n=n, level=level)
    judged = ~(np.isnan(np.asarray(truth, dtype=np.float64)) | np.isnan(np.asarray(choice, dtype=np.float64)))
    patients = n if cluster is None else int(np.unique(np.asarray(cluster)[judged]).size)
    if weights is None:
        reason = "no resamples were given (weights)"
        return Estimate(value=float(value), method=label, n=n, n_clusters=patients, level=level, reason=reason)
    drawn = choice_tables(truth=truth, choice=choice, categories=categories, weights=weights)
    return interval_from_replicates(
        value=float(value),
        replicates=_measured(drawn, measure),
        label=label,
        level=level,
        n=n,
        n_clusters=patients,
    )


def _measured(tables: ChoiceTables, measure: Measure) -> Floats:
    if measure == "macro_f1":
        return tables.averaged(tables.f_beta())
    by_name = {
        "accuracy": tables.accuracy,
        "balanced_accuracy": tables.balanced_accuracy,
        "matthews_correlation": tables.matthews,
        "kappa": tables.kappa,
    }
    return by_name[measure]()


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def _places(who: str, what: str, labels: ArrayLike, categories: Sequence[object]) -> NDArray[np.intp]:
    """Return each label's place among the categories, -1 where missing."""
    array = np.asarray(labels, dtype=np.float64)
    if array.ndim != 1:
        raise ArgumentError(who, what, "one-dimensional (n_cases,)", array.shape)
    names = np.asarray(categories, dtype=np.float64)
    same = array[:, None] == names
    strange = ~same.any(axis=1) & ~np.isnan(array)
    if strange.any():
        raise ArgumentError(who, what, f"one of the classes {list(categories)}, or NaN", array[strange][0])
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)
