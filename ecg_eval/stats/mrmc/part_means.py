"""A mean over findings, over readers, or over both, with an honest interval although some findings have few cases.

The numbers that are averaged come from the same cases: one a reader and finding (the parts). What is needed of each is
its value, its variance (`stats/proportion/shrinkage.py` for proportions, so that a finding of one case has a spread)
and what every patient adds to its error (its deviations), from which the correlation between parts is taken.

Readers of the same few cases err together, and the cases themselves cannot say how much: with one case of a finding no
covariance can be computed. The correlation between two readers of a finding is therefore drawn towards the mean
correlation over all findings, by `ADDED_CASES` cases' worth; where nothing at all is known of it, it is taken as 1.

Two questions: these readers (one or several) and other cases, which is `fixed_mean`; such readers and other cases, for
which `ReaderErrors` hands `reader_mean` (Obuchowski-Rockette) its covariance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.packed import Packed, Places, blocks, concatenated, packed
from ecg_eval.stats.proportion.proportions import wilson_bounds

Floats = NDArray[np.float64]

ADDED_CASES = 10.0
NO_VARIANCE = 1e-24  # of proportions that are equal on paper and differ in the last bit
FIXED_READERS = "fixed readers, random cases"
NOTHING_VARIES = "no case varies, so that the error cannot be estimated"


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
    deviations: Floats | Packed
    cases: Floats | Packed
    centres: Floats

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together."""
        shape = self.values.shape
        fits = len(shape) == 2 and self.variances.shape == self.centres.shape == shape
        if not fits or self.deviations.shape[:-1] != shape or self.cases.shape[:-1] != shape:
            got = tuple(getattr(self, name).shape for name in self.__slots__)
            raise ArgumentError("Parts", "arrays", "of one shape (n_readers, n_findings[, ...])", got)

    def take(self, *, readers: Places = slice(None), findings: Places = slice(None)) -> "Parts":
        """Return the parts of some readers and some findings, chosen by position or mask."""

        def some(rows: Floats) -> Floats:
            return np.asarray(rows[readers][:, findings])

        def of_patients(rows: Floats | Packed) -> Floats | Packed:
            return rows.take(readers, findings) if isinstance(rows, Packed) else some(rows)

        return Parts(
            values=some(self.values),
            variances=some(self.variances),
            deviations=of_patients(self.deviations),
            cases=of_patients(self.cases),
            centres=some(self.centres),
        )

    def compact(self) -> "Parts":
        """Return the same with what there is one of a patient in a byte each, where that loses nothing."""
        return replace(self, deviations=packed(np.asarray(self.deviations)), cases=packed(np.asarray(self.cases)))

    def about(self, findings: slice) -> tuple[Floats, Floats]:
        """Return deviations and cases of some findings, NaN as 0, both (n_readers, n_findings, ...)."""
        some = self.take(findings=findings)
        return np.nan_to_num(np.asarray(some.deviations)), np.asarray(some.cases)


def parts_together(parts: Sequence[Parts], *, axis: int) -> Parts:
    """Return the parts of several sets of readers (axis 0), or of findings (axis 1), one after the other."""
    return Parts(
        values=np.concatenate([part.values for part in parts], axis=axis),
        variances=np.concatenate([part.variances for part in parts], axis=axis),
        deviations=concatenated([part.deviations for part in parts], axis),
        cases=concatenated([part.cases for part in parts], axis),
        centres=np.concatenate([part.centres for part in parts], axis=axis),
    )


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


def mean_variances(parts: Parts, chosen: NDArray[np.bool_]) -> Floats:
    """Give the variance of each reader's mean over some findings.

    Parameters
    ----------
    parts : Parts
    chosen : ndarray of bool (n_readers, n_findings)
        The findings that enter each reader's mean.

    Returns
    -------
    ndarray (n_readers,)
        NaN for a reader without any finding.
    """
    n, unseen = chosen.sum(axis=1), np.zeros(chosen.shape)
    added = np.zeros((len(chosen), parts.deviations.shape[-1]))
    for some in blocks(parts.deviations.shape):
        standard, unseen[:, some] = _standardised(parts, some)
        added += np.einsum("rfu,rf->ru", standard, chosen[:, some].astype(np.float64))
    total = (added**2).sum(axis=1) + np.where(chosen, unseen, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n**2, out=np.full(len(n), np.nan), where=n > 0))


def _standardised(parts: Parts, findings: slice) -> tuple[Floats, Floats]:
    """Return deviations stretched to each part's variance, and the variances of those that have no deviation."""
    d, variance = parts.about(findings)[0], np.nan_to_num(parts.variances[:, findings])
    sums_of_squares = (d**2).sum(axis=-1)
    seen = sums_of_squares > NO_VARIANCE
    scale = np.sqrt(np.divide(variance, sums_of_squares, out=np.zeros_like(sums_of_squares), where=seen))
    return d * scale[..., None], np.where(seen, 0.0, variance)


class ReaderErrors:
    """How the errors of several readers of the same cases go together.

    Parameters
    ----------
    parts : Parts

    Attributes
    ----------
    by_finding : ndarray (n_findings, n_readers, n_readers)
        Covariance of the readers' errors within each finding.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        error = np.sqrt(np.nan_to_num(parts.variances)).T
        self.by_finding: Floats = self._correlations() * error[:, :, None] * error[:, None, :]

    def of_means(self, findings: ArrayLike) -> Floats:
        """Return the covariance of the readers' plain means over some findings, given by position.

        Returns
        -------
        ndarray (n_readers, n_readers)
        """
        chosen = np.asarray(findings, dtype=np.intp)
        n_readers, _, n_units = self._parts.deviations.shape
        added, raw = np.zeros((n_readers, n_units)), np.zeros((n_readers, n_readers))
        for some in blocks(self._parts.deviations.shape):
            among = chosen[(chosen >= some.start) & (chosen < some.stop)]
            standard = self._standard(some)[:, among - some.start]
            added += standard.sum(axis=1)
            raw += np.einsum("rfu,sfu->rs", standard, standard, optimize=True)
        return np.asarray((added @ added.T - raw + self.by_finding[chosen].sum(axis=0)) / chosen.size**2)

    def _standard(self, findings: slice) -> Floats:
        if findings == slice(0, self._parts.values.shape[1]):
            return self._all_standard
        return _standardised(self._parts, findings)[0]

    @cached_property
    def _all_standard(self) -> Floats:
        return _standardised(self._parts, slice(0, self._parts.values.shape[1]))[0]

    def _correlations(self) -> Floats:
        """Return the correlation between readers within each finding, (n_findings, n_readers, n_readers)."""
        n_readers, n_findings = self._parts.values.shape
        products = np.zeros((3, n_findings, n_readers, n_readers))
        lengths, size = np.zeros((n_findings, n_readers)), np.zeros((n_findings, n_readers))
        for some in blocks(self._parts.deviations.shape):
            d, cases = (rows.swapaxes(0, 1) for rows in self._parts.about(some))
            there = (cases > 0).astype(np.float64)
            for i, rows in enumerate((d, cases, there)):
                products[i, some] = rows @ rows.swapaxes(1, 2)
            lengths[some], size[some] = (np.sqrt((rows**2).sum(axis=-1)) for rows in (d, cases))
        covariance, together, common = products
        diagonal = np.eye(n_readers, dtype=bool)
        sizes = size[:, :, None] * size[:, None, :]
        shared = np.divide(together, sizes, out=np.zeros_like(sizes), where=sizes > 0)
        errors = lengths[:, :, None] * lengths[:, None, :]
        has_error = errors > NO_VARIANCE
        between = has_error & ~diagonal
        weight = float((errors * shared)[between].sum())
        mean = float(np.clip(covariance[between].sum() / weight, 0.0, 1.0)) if weight > NO_VARIANCE else 1.0
        observed = np.divide(covariance, errors, out=np.zeros_like(errors), where=has_error)
        drawn = (common * observed + ADDED_CASES * mean * shared) / (common + ADDED_CASES)
        return np.where(diagonal, 1.0, np.where(has_error, drawn, mean * shared))


def fixed_bounds(
    *, value: ArrayLike, centre: ArrayLike, variance: ArrayLike, span: tuple[float, float], level: float
) -> tuple[Floats, Floats]:
    r"""Give the intervals of many means for these readers and other cases; see `fixed_mean`.

    Parameters
    ----------
    value, centre, variance : arrays of one shape
    span : tuple of float
    level : float

    Returns
    -------
    low, high : arrays
        NaN where the variance is 0 or NaN.
    """
    mean, middle, error2 = (np.asarray(x, dtype=np.float64) for x in (value, centre, variance))
    has_error, z = error2 > NO_VARIANCE, float(ndtri(0.5 + level / 2))
    if span == (0.0, 1.0):
        has_error &= (middle > 0) & (middle < 1)
    safe = np.where(has_error, error2, 1.0)
    if span == (0.0, 1.0):
        cases = np.where(has_error, middle * (1 - middle), 1.0) / safe
        low, high = wilson_bounds(mean * cases, cases, z)
    else:
        half = z * np.sqrt(safe)
        low, high = np.maximum(mean - half, span[0]), np.minimum(mean + half, span[1])
    return np.where(has_error, low, np.nan), np.where(has_error, high, np.nan)


def fixed_words(label: str, span: tuple[float, float]) -> str:
    """Return how `fixed_mean` says what it did."""
    how = "score interval on the effective number of cases" if span == (0.0, 1.0) else "normal interval"
    return f"{label}; {how}, {FIXED_READERS}"


def fixed_mean(  # noqa: PLR0913 - what was counted belongs to the result and comes one by one
    *,
    values: ArrayLike,
    centres: ArrayLike,
    covariance: ArrayLike,
    label: str,
    n: int,
    span: tuple[float, float],
    level: float = 0.95,
    null: float | None = None,
    n_clusters: int | None = None,
) -> Estimate:
    r"""Return the mean over these readers, with an interval for other cases.

    Its variance V is the mean of their errors' covariance matrix. A statistic from 0 to 1 gets the score interval
    (Wilson's) of a proportion of :math:`\tilde p (1 - \tilde p) / V` cases, :math:`\tilde p` the mean of the centres;
    any other the value and the normal quantile times :math:`\sqrt V`, cut at the ends of its span.

    Parameters
    ----------
    values, centres : array_like (n_readers,)
        Every reader's number, and the same drawn away from the ends of the range.
    covariance : array_like (n_readers, n_readers)
        Of the values' errors.
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
        Without interval, and with the reason, where nothing varies.

    Notes
    -----
    Sources: Wilson, J Am Stat Assoc 1927;22:209, on an effective number of cases as Rao and Scott, Biometrics
    1992;48:577; for linear combinations of proportions, Price and Bonett, Comput Stat Data Anal 2004;45:449. Coverage,
    and what the alternatives do: docs/statistics/coverage.md.
    """
    value = float(np.mean(np.asarray(values, dtype=np.float64)))
    variance = float(np.mean(np.asarray(covariance, dtype=np.float64)))
    centre = float(np.mean(np.asarray(centres, dtype=np.float64)))
    method = fixed_words(label, span)
    estimate = partial(Estimate, value=value, level=level, method=method, n=n, n_clusters=n_clusters)
    low, high = (float(b) for b in fixed_bounds(value=value, centre=centre, variance=variance, span=span, level=level))
    if not low < high:
        return estimate(reason=NOTHING_VARIES)
    error = float(np.sqrt(variance))
    statistic = None if null is None else (value - null) / error
    p = None if statistic is None else float(2 * ndtr(-abs(statistic)))
    return estimate(low=low, high=high, standard_error=error, statistic=statistic, p_value=p)
