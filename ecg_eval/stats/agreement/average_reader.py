"""The average of a group of readers, with the uncertainty of cases and of readers, and one model held against it.

Readers who read the same cases err together, so their mean is not as sure as independent readers would make it.
With random readers the variance is that of Obuchowski and Rockette for one modality: the spread of the readers'
values and the covariance that shared cases give them.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.influence import NO_SPREAD, check_choice, check_level
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import binary_array, cluster_codes

Floats = NDArray[np.float64]
Readers = Literal["random", "fixed"]
AccuracyMeasure = Literal["sensitivity", "specificity", "accuracy", "balanced_accuracy"]

ONE_READER = "one reader alone says nothing of other readers"
ONE_UNIT = "one case or cluster alone has no spread"
NO_VARIANCE = "neither cases nor readers differ, so the standard error is 0 and says nothing"


def mean_over_readers(
    *,
    values: ArrayLike,
    influence: ArrayLike,
    cluster: ArrayLike | None = None,
    readers: Readers = "random",
    margin: float | None = None,
    level: float = 0.95,
    method: str = "mean over readers",
) -> Estimate:
    r"""Give the mean of one statistic over readers who read the same cases.

    Random readers: :math:`SE^2 = MS / m + c` with the mean square MS of the m readers' values and :math:`c =
    \max(Cov_2, 0)`, the mean covariance of pairs of readers over cases; t on Satterthwaite's :math:`SE^4 / [(MS /
    m)^2 / (m - 1) + c^2 / (n - 1)]` degrees of freedom. (Hillis' have no second term, as if the covariance were
    known; with few cases the test then rejects too often.) Fixed readers: the variance over cases of their mean, t
    on cases (clusters) - 1. Cases that pull no reader's value are not counted in n here.

    Parameters
    ----------
    values : array_like, shape (n_readers,)
        The statistic of each reader, or its difference from a model's.
    influence : array_like, shape (n_cases, n_readers)
        Influence of each case on each value, of mean 0 over all cases; 0 where a case does not count for a reader, the
        others scaled to n_cases over the cases that do.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case.
    readers : {"random", "fixed"}
        Whether the result is to hold for readers like these, or for these very ones.
    margin : float, optional
        Test of non-inferiority instead of the two-sided test of 0: one-sided p of mean <= -margin.
    level : float
        Coverage that the interval aims at.
    method : str
        Words for the result.

    Returns
    -------
    Estimate
        `n` counts the cases. No interval where the variance is 0, or for one random reader.

    Raises
    ------
    ArgumentError
        Shapes that do not fit, values that are not finite, a negative margin, an unknown kind of readers.

    References
    ----------
    Obuchowski NA, Rockette HE. Commun Stat Simul Comput 1995;24:285-308. Hillis SL. Stat Med 2007;26:596-619,
    section 5.3.
    """
    who = "mean_over_readers"
    check_level(who, level)
    check_choice(who, "readers", readers, get_args(Readers))
    x, u = np.asarray(values, dtype=float), np.asarray(influence, dtype=float)
    if x.ndim != 1 or u.ndim != 2 or u.shape[1] != len(x) or not len(x):
        raise ArgumentError(who, "influence", f"of shape (n_cases, {x.size})", u.shape)
    if not (np.isfinite(x).all() and np.isfinite(u).all()):
        raise ArgumentError(who, "values and influence", "finite")
    if margin is not None and margin < 0:
        raise ArgumentError(who, "margin", "0 or more", margin, "State how much worse is still acceptable.")
    n, m = u.shape
    units = u
    if cluster is not None:
        codes = cluster_codes(who, cluster, n)
        units = np.zeros((int(codes.max(initial=-1)) + 1, m))
        np.add.at(units, codes, u)
    n_units = int((units != 0).any(axis=1).sum())
    words = f"{method}, {readers} readers" + ("" if cluster is None else ", cluster-robust")
    blank = Estimate(
        value=float(x.mean()), level=level, method=words, n=n, n_clusters=None if cluster is None else len(units),
        reason=NO_VARIANCE,
    )  # fmt: skip
    if len(units) < 2 or n_units == 1:
        return _because(blank, ONE_UNIT)
    if readers == "random" and m < 2:
        return _because(blank, ONE_READER)
    covariance = units.T @ units * n_units / max(n_units - 1, 1) / n**2
    variance, df = _random(x, covariance, n_units) if readers == "random" else (float(covariance.mean()), n_units - 1.0)
    se = float(np.sqrt(max(variance, 0.0)))
    return blank if se < NO_SPREAD else _with_test(blank, se, df, margin)


def _because(blank: Estimate, reason: str) -> Estimate:
    return Estimate(
        value=blank.value, level=blank.level, method=blank.method, n=blank.n, n_clusters=blank.n_clusters, reason=reason
    )


def _random(values: Floats, covariance: Floats, n_units: int) -> tuple[float, float]:
    """Give variance and degrees of freedom of the mean over random readers."""
    m = len(values)
    by_reader = float(values.var(ddof=1)) / m
    shared = max(float(covariance.sum() - np.trace(covariance)) / (m * (m - 1)), 0.0)
    spread = by_reader**2 / (m - 1) + shared**2 / max(n_units - 1, 1)
    return by_reader + shared, (by_reader + shared) ** 2 / spread if spread > 0 else 1.0


def _with_test(blank: Estimate, se: float, df: float, margin: float | None) -> Estimate:
    value = float(blank.value or 0.0)
    half = float(t.ppf(0.5 + blank.level / 2, df)) * se
    statistic = (value + (margin or 0.0)) / se
    two_sided = float(2 * t.sf(abs(statistic), df))
    words = blank.method if margin is None else f"{blank.method}, one-sided p of a difference of {0 - margin:g} or less"
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        level=blank.level,
        method=words,
        n=blank.n,
        n_clusters=blank.n_clusters,
        standard_error=se,
        df=df,
        statistic=statistic,
        p_value=two_sided if margin is None else float(t.sf(statistic, df)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAgainstReaders:
    """One model against the average reader.

    Attributes
    ----------
    difference : Estimate
        Model minus mean of the readers; p one-sided, of inferiority by the margin or more.
    model, average_reader : Estimate
        Both by themselves, the model over cases, the readers over cases and readers.
    by_reader : ndarray, shape (n_readers,)
        Each reader's value; NaN for a reader without a case that counts.
    margin : float
        How much worse is still acceptable.
    non_inferior : bool or None
        Whether the lower bound lies above -margin; None where there is no bound.
    """

    difference: Estimate
    model: Estimate
    average_reader: Estimate
    by_reader: Floats
    margin: float
    non_inferior: bool | None


def non_inferiority_to_readers(
    *,
    truth: ArrayLike,
    model: ArrayLike,
    readers: ArrayLike,
    margin: float,
    measure: AccuracyMeasure = "sensitivity",
    cluster: ArrayLike | None = None,
    kind: Readers = "random",
    level: float = 0.95,
) -> ModelAgainstReaders:
    """Tell whether a model is no worse than the average reader by more than a margin, on one finding.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        0 or 1; NaN where unknown, such cases are left out.
    model : array_like, shape (n_cases,)
        The model's calls, 0 or 1; cases without one (NaN) are left out.
    readers : array_like, shape (n_cases, n_readers)
        The readers' calls, NaN where a reader did not read a case.
    margin : float
        How much worse is still acceptable, as a fraction, stated before the data were seen.
    measure : {"sensitivity", "specificity", "accuracy", "balanced_accuracy"}
        What is compared; balanced accuracy is the mean of sensitivity and specificity.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case.
    kind : {"random", "fixed"}
        As `readers` of `mean_over_readers`.
    level : float
        Coverage of the two-sided interval; non-inferiority is judged by its lower bound, so at (1 - level) / 2.

    Returns
    -------
    ModelAgainstReaders
        Undefined where no case counts; without interval where the variance is estimated 0.

    Raises
    ------
    ArgumentError
        Values other than 0, 1 and NaN, shapes that do not fit, a negative margin.

    References
    ----------
    Hillis SL. Stat Med 2007;26:596-619, section 5.3 (one modality against a constant or another reader).
    """
    who = "non_inferiority_to_readers"
    check_choice(who, "measure", measure, get_args(AccuracyMeasure))
    calls = np.column_stack([binary_array(who, "model", model), _reader_table(who, readers, np.shape(model))])
    state = binary_array(who, "truth", truth)
    if state.shape != (len(calls),):
        raise ArgumentError(who, "truth", f"of shape ({len(calls)},)", state.shape)
    complete = ~np.isnan(state) & ~np.isnan(calls[:, 0])
    labels = None if cluster is None else cluster_codes(who, cluster, len(complete))[complete]
    values, influence = _accuracy(calls[complete], state[complete], measure)
    words = measure.replace("_", " ")
    some = ~np.isnan(values[1:])
    if np.isnan(values[0]) or not some.any():
        reason = "no case counts for this measure, in model and readers both"
        blank = Estimate.undefined(reason=reason, method=words, n=int(complete.sum()), level=level)
        return ModelAgainstReaders(
            difference=blank, model=blank, average_reader=blank, by_reader=values[1:], margin=margin, non_inferior=None
        )
    both, of_readers = values[1:][some], influence[:, 1:][:, some]
    over = partial(mean_over_readers, cluster=labels, level=level)
    difference = over(
        values=values[0] - both,
        influence=influence[:, :1] - of_readers,
        readers=kind,
        margin=margin,
        method=f"{words} of the model minus mean over readers",
    )
    return ModelAgainstReaders(
        difference=difference,
        model=over(values=values[:1], influence=influence[:, :1], readers="fixed", method=f"{words} of the model"),
        average_reader=over(values=both, influence=of_readers, readers=kind, method=f"{words}, mean over readers"),
        by_reader=values[1:],
        margin=margin,
        non_inferior=None if difference.low is None else difference.low > -margin,
    )


def _reader_table(who: str, readers: ArrayLike, shape: tuple[int, ...]) -> Floats:
    table = binary_array(who, "readers", readers)
    if table.ndim != 2 or len(shape) != 1 or len(table) != shape[0]:
        raise ArgumentError(who, "readers", f"of shape (n_cases, n_readers) beside {shape}", table.shape)
    return table


def _accuracy(calls: Floats, truth: Floats, measure: AccuracyMeasure) -> tuple[Floats, Floats]:
    """Give the measure of every column of calls, and the influence of each case; NaN and 0 where no case counts."""
    right = np.where(np.isnan(calls), np.nan, calls == truth[:, None])
    if measure == "balanced_accuracy":
        parts = [_accuracy(calls, truth, part) for part in ("sensitivity", "specificity")]
        return (parts[0][0] + parts[1][0]) / 2, (parts[0][1] + parts[1][1]) / 2
    counts = {"sensitivity": truth == 1, "specificity": truth == 0, "accuracy": np.ones(len(truth), dtype=bool)}
    counted = counts[measure][:, None] & ~np.isnan(right)
    n_counted = counted.sum(axis=0)
    total = np.where(counted, right, 0.0).sum(axis=0)
    values = np.divide(total, n_counted, out=np.full(len(total), np.nan), where=n_counted > 0)
    scale = len(truth) / np.maximum(n_counted, 1)
    return values, np.where(counted, (np.nan_to_num(right) - np.nan_to_num(values)) * scale, 0.0)
