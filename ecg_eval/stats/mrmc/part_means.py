"""A mean over findings, over readers, or over both, with an honest interval although some findings have few cases.

The numbers that are averaged come from the same cases: one a reader and finding (the parts). What is needed of each is
its value, its variance (`stats/proportion/shrinkage.py` for proportions, so that a finding of one case has a spread)
and what every patient adds to its error (its deviations), from which the correlation between parts is taken.

Readers of the same few cases err together, and the cases themselves cannot say how much: with one case of a finding no
covariance can be computed. The correlation between two readers of a finding is therefore drawn towards the mean
correlation over all findings, by `ADDED_CASES` cases' worth; where nothing at all is known of it, it is taken as 1.

Two questions, two functions. `fixed_mean`: these readers (one or several), other cases. `error_covariances` hands
`reader_mean` the covariance for such readers and other cases (Obuchowski-Rockette).
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.proportions import wilson_bounds

Floats = NDArray[np.float64]

ADDED_CASES = 10.0
NO_VARIANCE = 1e-24  # of proportions that are equal on paper and differ in the last bit
FIXED_READERS = "fixed readers, random cases"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Numbers of the same cases that are to be averaged, one a reader and finding.

    Attributes
    ----------
    values : ndarray (n_readers, n_findings)
        NaN where one cannot be computed.
    variances : ndarray (n_readers, n_findings)
        Of their errors.
    deviations : ndarray (n_readers, n_findings, n_units)
        What each patient adds to the error of a part (`ratio_deviations`), or how each resample departs from the mean
        (`replicate_deviations`): their inner products are covariances. 0 where there is nothing to add.
    cases : ndarray (n_readers, n_findings, n_patients)
        How many cases each patient adds to a part, of the class that limits it: readers of no common case do not err
        together.
    centres : ndarray (n_readers, n_findings)
        Values drawn away from the ends of the range, as the variances were made from; the values themselves for a
        statistic whose variances were not.
    """

    values: Floats
    variances: Floats
    deviations: Floats
    cases: Floats
    centres: Floats

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together."""
        shape = self.values.shape
        fits = len(shape) == 2 and self.variances.shape == self.centres.shape == shape
        if not fits or self.deviations.shape[:-1] != shape or self.cases.shape[:-1] != shape:
            got = tuple(getattr(self, name).shape for name in self.__slots__)
            raise ArgumentError("Parts", "arrays", "of one shape (n_readers, n_findings[, ...])", got)

    def take(self, *, readers: object = slice(None), findings: object = slice(None)) -> "Parts":
        """Return the parts of some readers and some findings, chosen by position or mask."""
        changed = {name: getattr(self, name)[readers][:, findings] for name in self.__slots__}
        return replace(self, **changed)


def ratio_deviations(*, events: Floats, cases: Floats) -> Floats:
    r"""Give what each patient adds to the error of a ratio of sums: :math:`\sqrt{k/(k-1)} (x_i - p n_i) / \sum n`.

    Parameters
    ----------
    events, cases : ndarray (..., n_patients)
        Sums of each patient; p is the ratio of their sums, k the number of patients with a case.

    Returns
    -------
    ndarray (..., n_patients)
        Its squares sum to the ratio estimator's variance between patients (Rao and Scott, Biometrics 1992;48:577); 0
        throughout without cases, or with one patient.
    """
    n, k = cases.sum(-1, keepdims=True), (cases > 0).sum(-1, keepdims=True)
    value = np.divide(events.sum(-1, keepdims=True), n, out=np.zeros_like(n), where=n > 0)
    factor = np.sqrt(k / np.maximum(k - 1, 1)) / np.where(n > 0, n, 1.0)
    return np.asarray(factor * (events - value * cases))


def replicate_deviations(drawn: Floats) -> Floats:
    """Give how far each resample departs from the mean of all, scaled so that inner products are covariances.

    Parameters
    ----------
    drawn : ndarray (..., n_resamples)
        NaN where a resample could not be used; such a resample adds nothing.
    """
    usable = ~np.isnan(drawn)
    count = usable.sum(-1, keepdims=True)
    mean = np.where(usable, drawn, 0.0).sum(-1, keepdims=True) / np.maximum(count, 1)
    return np.asarray(np.where(usable, drawn - mean, 0.0) / np.sqrt(np.maximum(count - 1, 1)))


def error_covariances(parts: Parts) -> tuple[Floats, Floats]:
    """Give the covariance of readers' errors, finding by finding and of their means over the findings.

    Returns
    -------
    by_finding : ndarray (n_findings, n_readers, n_readers)
    of_means : ndarray (n_readers, n_readers)
        Of the plain means over all findings of `parts`.
    """
    d = np.nan_to_num(parts.deviations).swapaxes(0, 1)  # (n_findings, n_readers, n_units)
    error = np.sqrt(np.nan_to_num(parts.variances)).T
    own = np.sqrt((d**2).sum(-1))
    scale = np.divide(error, own, out=np.zeros_like(own), where=own > NO_VARIANCE**0.5)
    standard = d * scale[..., None]  # each part's deviations, stretched to its variance
    raw = standard @ standard.swapaxes(1, 2)
    within = _drawn_together(parts, d, own) * error[:, :, None] * error[:, None, :]
    added = standard.sum(0)
    of_means = (added @ added.T - raw.sum(0) + within.sum(0)) / len(d) ** 2
    return within, np.asarray(of_means)


def _drawn_together(parts: Parts, d: Floats, own: Floats) -> Floats:
    """Return the correlation between readers within each finding, (n_findings, n_readers, n_readers), diagonal 1."""
    n_readers = d.shape[1]
    diagonal = np.eye(n_readers, dtype=bool)
    if n_readers == 1:
        return np.ones((len(d), 1, 1))
    cases = parts.cases.swapaxes(0, 1)
    size = np.sqrt((cases**2).sum(-1))
    sizes = size[:, :, None] * size[:, None, :]
    shared = np.divide(cases @ cases.swapaxes(1, 2), sizes, out=np.zeros_like(sizes), where=sizes > 0)
    there = (cases > 0).astype(np.float64)
    common = there @ there.swapaxes(1, 2)
    covariance, errors = d @ d.swapaxes(1, 2), own[:, :, None] * own[:, None, :]
    known = errors > NO_VARIANCE
    between = ~diagonal & known
    weight = float((errors * shared)[between].sum())
    mean = float(np.clip(covariance[between].sum() / weight, 0.0, 1.0)) if weight > NO_VARIANCE else 1.0
    observed = np.divide(covariance, errors, out=np.zeros_like(errors), where=known)
    drawn = (common * observed + ADDED_CASES * mean * shared) / (common + ADDED_CASES)
    return np.where(diagonal, 1.0, np.where(known, drawn, mean * shared))


def fixed_mean(
    parts: Parts,
    *,
    label: str,
    n: int,
    span: tuple[float, float],
    level: float = 0.95,
    null: float | None = None,
    n_clusters: int | None = None,
) -> Estimate:
    r"""Return the mean over these readers and findings, with an interval for other cases.

    The variance V of the mean is that of the variances of its parts and of the correlations between them. A statistic
    from 0 to 1 gets the score interval (Wilson's) of a proportion of :math:`\tilde p (1 - \tilde p) / V` cases,
    :math:`\tilde p` the mean of the parts' centres; any other the value and the normal quantile times
    :math:`\sqrt V`, cut at the ends of its span.

    Parameters
    ----------
    parts : Parts
        All with a value.
    label : str
        What is averaged, in words.
    n : int
        Cases.
    span : tuple of float
        Ends of the statistic's range.
    level : float
    null : float, optional
        What the mean is tested against, two-sided, by the normal distribution of the mean's error.
    n_clusters : int, optional
        Patients.

    Returns
    -------
    Estimate
        Without interval, and with the reason, where no part has a variance.

    Notes
    -----
    Sources: Wilson, J Am Stat Assoc 1927;22:209, on an effective number of cases as Rao and Scott, Biometrics
    1992;48:577; for linear combinations of proportions, Price and Bonett, Comput Stat Data Anal 2004;45:449. Coverage,
    and what the alternatives do: docs/statistics/coverage.md.
    """
    value = float(parts.values.mean())
    variance = float(error_covariances(parts)[1].mean())
    bounded = span == (0.0, 1.0)
    how = "score interval on the effective number of cases" if bounded else "normal interval"
    method = f"{label}; {how}, {FIXED_READERS}"
    estimate = partial(Estimate, value=value, level=level, method=method, n=n, n_clusters=n_clusters)
    if not variance > NO_VARIANCE:
        return estimate(reason="no case varies, so that the error cannot be estimated")
    error, z = float(np.sqrt(variance)), float(ndtri(0.5 + level / 2))
    if bounded:
        centre = float(parts.centres.mean())
        cases = np.array(centre * (1 - centre) / variance)
        low, high = (float(bound) for bound in wilson_bounds(value * cases, cases, z))
    else:
        low, high = max(value - z * error, span[0]), min(value + z * error, span[1])
    statistic = None if null is None else (value - null) / error
    p = None if statistic is None else float(2 * ndtr(-abs(statistic)))
    return estimate(low=low, high=high, standard_error=error, statistic=statistic, p_value=p)
