"""The same reader twice: agreement of a reader with himself, and the scatter of repeated measurements.

A reader cannot agree better with others than with himself, so this is the ceiling of every other agreement.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights, weights_name
from ecg_eval.stats.agreement.average_reader import Readers, mean_over_readers
from ecg_eval.stats.agreement.kappa import cohen_kappa, cohen_linearised
from ecg_eval.stats.agreement.ratings import MISSING, code_ratings
from ecg_eval.stats.agreement.specific_agreement import observed_agreement
from ecg_eval.stats.clusters.influence import check_level
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import cluster_codes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraReaderAgreement:
    """Agreement of readers with themselves between two occasions.

    Attributes
    ----------
    kappa, observed : tuple of Estimate
        Cohen's kappa and observed agreement of each reader.
    mean_kappa, mean_observed : Estimate
        Means over the readers for whom they are defined.
    """

    kappa: tuple[Estimate, ...]
    observed: tuple[Estimate, ...]
    mean_kappa: Estimate
    mean_observed: Estimate


def intra_reader_agreement(
    *,
    first: ArrayLike,
    second: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    readers: Readers = "random",
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> IntraReaderAgreement:
    """Give the agreement of each reader with himself, and its mean over readers.

    Parameters
    ----------
    first, second : array_like, shape (n_cases, n_readers)
        Ratings of the same cases by the same readers on two occasions; NaN (None, empty text) = missing. A reader need
        not have repeated every case.
    categories, weights, cluster, level, interval
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`.
    readers : {"random", "fixed"}
        Whether the mean is to hold for readers like these, or for these very ones.

    Returns
    -------
    IntraReaderAgreement
        Means by `ecg_eval.stats.agreement.average_reader.mean_over_readers`, for readers of the same cases err
        together.

    Raises
    ------
    ArgumentError
        Tables of unequal shape, ratings outside the categories, unusable weights, cluster or level.
    """
    who = "intra_reader_agreement"
    a, b = np.asarray(first), np.asarray(second)
    if a.ndim != 2 or a.shape != b.shape:
        raise ArgumentError(who, "first and second", "of the same shape (n_cases, n_readers)", (a.shape, b.shape))
    if {a.dtype.kind, b.dtype.kind} & set("OU"):
        a, b = a.astype(object), b.astype(object)
    coded = code_ratings(who=who, ratings=np.concatenate([a, b], axis=1), categories=categories)
    n_readers = a.shape[1]
    one, two = coded.codes[:, :n_readers], coded.codes[:, n_readers:]
    w = resolve_weights(who=who, weights=weights, n_categories=coded.n_categories)
    scale = np.arange(coded.n_categories, dtype=float)
    kappas, shares = [], []
    agree = partial(observed_agreement, categories=scale, weights=w, cluster=cluster, level=level)
    kappa = partial(cohen_kappa, categories=scale, weights=w, cluster=cluster, level=level, interval=interval)
    for j in range(n_readers):
        x, y = (np.where(codes[:, j] == MISSING, np.nan, codes[:, j]) for codes in (one, two))
        kappas.append(kappa(first=x, second=y))
        shares.append(agree(first=x, second=y))
    labels = None if cluster is None else cluster_codes(who, cluster, len(one))
    words = f"Cohen kappa, {weights_name(weights)}, mean over readers"
    return IntraReaderAgreement(
        kappa=tuple(kappas),
        observed=tuple(shares),
        mean_kappa=_mean(one, two, w, labels, readers, level, words, corrected=True),
        mean_observed=_mean(
            one, two, w, labels, readers, level, "observed agreement, mean over readers", corrected=False
        ),
    )


def _mean(
    one: NDArray[np.intp],
    two: NDArray[np.intp],
    w: Floats,
    labels: NDArray[np.intp] | None,
    readers: Readers,
    level: float,
    method: str,
    *,
    corrected: bool,
) -> Estimate:
    """Average kappa, or observed agreement, over the readers for whom it is defined."""
    values, columns = [], []
    for x, y in zip(one.T, two.T, strict=True):
        both = (x != MISSING) & (y != MISSING)
        n_both, q = int(both.sum()), len(w)
        if not n_both:
            continue
        p = np.bincount(x[both] * q + y[both], minlength=q * q).reshape(q, q) / n_both
        share = float((w * p).sum())
        linear = cohen_linearised(p, w) if corrected else (share, w - share)
        if linear is None:
            continue
        column = np.zeros(len(x))
        column[both] = linear[1][x[both], y[both]] * len(x) / n_both
        values.append(linear[0])
        columns.append(column)
    if not values:
        reason = "no reader rated a case twice, or each used one category throughout"
        return Estimate.undefined(reason=reason, method=method, n=len(one), level=level)
    return mean_over_readers(
        values=values,
        influence=np.column_stack(columns),
        cluster=labels,
        readers=readers,
        level=level,
        method=method,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    """Scatter of repeated measurements of the same thing, in the unit of the measurements.

    Attributes
    ----------
    within_sd : Estimate
        Standard deviation within a case; chi-squared interval. `n` counts the measurements, `n_clusters` the cases.
    coefficient : Estimate
        Repeatability coefficient: two measurements of the same case differ by less than this with the coverage asked.
    """

    within_sd: Estimate
    coefficient: Estimate


def repeatability_coefficient(*, measurements: ArrayLike, coverage: float = 0.95, level: float = 0.95) -> Repeatability:
    r"""Give the scatter within cases of one reader's repeated measurements.

    :math:`s_w = \sqrt{\sum (x_{ij} - \bar x_i)^2 / (N - k)}` over N measurements of k cases, and :math:`z \sqrt 2 s_w`.

    Parameters
    ----------
    measurements : array_like, shape (n_cases, n_occasions)
        NaN = missing; the number of occasions may differ between cases, and cases with one alone tell nothing.
    coverage : float
        Of the repeatability coefficient; 0.95 gives 2.77 standard deviations.
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    Repeatability
        Undefined where no case was measured twice; without interval where all repeats are equal.

    Raises
    ------
    ArgumentError
        Measurements that are no table of finite numbers, a coverage or level outside (0, 1).

    References
    ----------
    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160, section 4; British Standards Institution 1979.

    Examples
    --------
    >>> print(repeatability_coefficient(measurements=[[400, 404], [380, 378], [412, 412], [390, 396]]).within_sd)
    2.646 (95 % CI 1.585 to 7.603; standard deviation within cases, chi-squared, n = 8)
    """
    who = "repeatability_coefficient"
    check_level(who, level)
    if not 0 < coverage < 1:
        raise ArgumentError(who, "coverage", "between 0 and 1", coverage)
    table = np.asarray(measurements, dtype=float)
    if table.ndim != 2 or np.isinf(table).any():
        raise ArgumentError(who, "measurements", "finite numbers of shape (n_cases, n_occasions)", table.shape)
    seen = ~np.isnan(table)
    counts = seen.sum(axis=1)
    repeated, df = counts >= 2, int((counts[counts >= 2] - 1).sum())
    n, k = int(counts[repeated].sum()), int(repeated.sum())
    words = ("standard deviation within cases, chi-squared", f"repeatability coefficient, {100 * coverage:g} %")
    if df == 0:
        reason = "no case was measured twice"
        blank = [Estimate.undefined(reason=reason, method=m, n=n, level=level, n_clusters=k) for m in words]
        return Repeatability(within_sd=blank[0], coefficient=blank[1])
    means = np.where(seen, table, 0.0).sum(axis=1, keepdims=True) / np.maximum(counts, 1)[:, None]
    residuals = np.where(seen, table - means, 0.0)[repeated]
    sd = float(np.sqrt((residuals**2).sum() / df))
    factors = (1.0, float(np.sqrt(2) * norm.ppf(0.5 + coverage / 2)))
    tail = (1 - level) / 2
    low, high = (float(np.sqrt(df / chi2.ppf(p, df))) for p in (1 - tail, tail))
    parts = [
        Estimate(
            value=factor * sd, low=factor * sd * low if sd else None, high=factor * sd * high if sd else None,
            level=level, method=m, n=n, n_clusters=k, df=df, reason=None if sd else "all repeats are equal",
        )
        for factor, m in zip(factors, words, strict=True)
    ]  # fmt: skip
    return Repeatability(within_sd=parts[0], coefficient=parts[1])
