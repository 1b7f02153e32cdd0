"""The mean of a statistic over readers, for readers and cases like these: both are taken as samples.

One modality of the Obuchowski-Rockette model, from any statistic whose error covariance between readers is known (from
the resamples that all readers share, from the jackknife, or from a formula). A difference between two arms is the same
with the readers' differences as values. With one reader nothing is known of other readers, and the result says so.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from scipy.stats import t as student

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.intervals import on_logit_scale, two_sided_p

MINIMUM_USABLE = 40
RANDOM_READERS = "random readers and cases"
AT_THE_END = "plain interval as the mean is at the end of its range"


def covariance_of_replicates(replicates: ArrayLike) -> NDArray[np.float64]:
    """Return the covariance of readers' statistics over resamples that they share.

    Parameters
    ----------
    replicates : array_like (n_resamples, n_readers)
        NaN where a resample is unusable for a reader; such resamples are left out for all readers, so that the matrix
        belongs to one set of resamples.

    Returns
    -------
    ndarray (n_readers, n_readers)
        NaN throughout when fewer than 40 resamples, or fewer than half, are usable.
    """
    draws = np.asarray(replicates, dtype=np.float64)
    if draws.ndim != 2:
        rule = "of shape (n_resamples, n_readers)"
        raise ArgumentError("covariance_of_replicates", "replicates", rule, draws.shape)
    usable = draws[~np.isnan(draws).any(axis=1)]
    if len(usable) < MINIMUM_USABLE or 2 * len(usable) < len(draws):
        return np.full((draws.shape[1], draws.shape[1]), np.nan)
    return np.atleast_2d(np.cov(usable, rowvar=False))


def reader_mean(  # noqa: PLR0913 - what was counted belongs to the result and comes one by one
    *,
    values: ArrayLike,
    covariance: ArrayLike,
    n: int,
    label: str = "mean over readers",
    lowest: float = -np.inf,
    highest: float = np.inf,
    level: float = 0.95,
    null: float | None = None,
    n_clusters: int | None = None,
    scale: Literal["identity", "logit"] = "identity",
    blocks: ArrayLike | None = None,
) -> Estimate:
    r"""Return the mean over readers with an interval for random readers and random cases.

    With r readers, MS(R) the variance of their values and Cov2 the mean covariance between two readers' errors,

    .. math:: SE^2 = \frac{MS(R) + r \max(Cov_2, 0)}{r}, \quad
              df = \frac{[MS(R) + r \max(Cov_2, 0)]^2}{MS(R)^2 / (r - 1)}

    Parameters
    ----------
    values : array_like (n_readers,)
        Each reader's statistic; NaN for one that cannot be computed (left out, and counted in the method).
    covariance : array_like (n_readers, n_readers)
        Error covariance of the values between readers of the same cases.
    n : int
        Cases.
    label : str
        What is averaged, in words.
    lowest, highest : float
        Ends of the statistic's range; bounds are cut there.
    level : float
    null : float, optional
        What the mean is tested against, two-sided, by t on the interval's scale, with its degrees of freedom.
    n_clusters : int, optional
        Patients.
    scale : {"identity", "logit"}
        Scale on which the interval is symmetric. The identity is that of the reference programs; for shares the logit
        between `lowest` and `highest` holds its level where the identity does not (docs/statistics/coverage.md). A mean
        at an end has no logit: its interval is on the identity, and the method says so.
    blocks : array_like (n_readers,), optional
        Block of each reader in a split plot: readers of one block read the same cases, those of different blocks none
        in common. MS(R) and Cov2 are then those within blocks, on r - b degrees of freedom (b blocks), and r in front
        of Cov2 becomes the sum of the squared block sizes over r.

    Returns
    -------
    Estimate
        Undefined without any value; without interval, and with the reason, for one reader, for an unknown covariance,
        and where neither readers nor cases vary.

    Raises
    ------
    ArgumentError
        For shapes that do not fit, an unknown scale, and a logit scale without two ends.

    Notes
    -----
    Source: Obuchowski and Rockette, Commun Stat Simul 1995;24:285; Hillis, Stat Med 2007;26:596, section 5 (one
    modality). It equals MRMCaov's single-modality analysis when the covariance is that of its method.
    """
    theta, errors = np.asarray(values, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if theta.ndim != 1 or errors.shape != (theta.size, theta.size):
        rule = "of shapes (n_readers,) and (n_readers, n_readers)"
        raise ArgumentError("reader_mean", "values and covariance", rule, (theta.shape, errors.shape))
    if scale not in ("identity", "logit"):
        raise ArgumentError("reader_mean", "scale", "'identity' or 'logit'", scale)
    if scale == "logit" and not np.isfinite([lowest, highest]).all():
        raise ArgumentError("reader_mean", "lowest and highest", "finite on the logit scale", (lowest, highest))
    is_known = ~np.isnan(theta)
    r = int(is_known.sum())
    words = f"{label}, {r} of {theta.size} readers" if r < theta.size else f"{label}, {r} readers"
    method = f"{words}; Obuchowski-Rockette, {RANDOM_READERS}"
    if r == 0:
        return Estimate.undefined(reason="no reader's value can be computed", method=method, n=n, level=level)
    mean = float(theta[is_known].mean())

    def without_interval(reason: str) -> Estimate:
        return Estimate(value=mean, method=method, n=n, n_clusters=n_clusters, level=level, reason=reason)

    if r == 1:
        return without_interval("one reader says nothing of other readers")
    block = (
        np.zeros(r, dtype=np.intp)
        if blocks is None
        else np.unique(np.asarray(blocks)[is_known], return_inverse=True)[1]
    )
    size = np.bincount(block)
    if blocks is not None and size.size > 1:
        method = f"{method}, within {size.size} blocks of readers"
    if r == size.size:
        return without_interval("no two readers are in one block, so that readers cannot be told from cases")
    together = (block[:, None] == block) & ~np.eye(r, dtype=bool)
    between = errors[np.ix_(is_known, is_known)][together]
    if np.isnan(between).any():
        return without_interval("the covariance between readers cannot be computed: too few usable resamples")
    centred = theta[is_known] - (np.bincount(block, theta[is_known]) / size)[block]
    df_reader = r - size.size
    ms_reader = float((centred**2).sum()) / df_reader
    total = ms_reader + float((size**2).sum()) / r * max(float(between.mean()), 0.0)
    # differences of proportions that are equal on paper differ in the last bit
    if total < 1e-24:
        return without_interval("neither readers nor cases vary, so that the error cannot be estimated")
    error = float(np.sqrt(total / r))
    df = total**2 / (ms_reader**2 / df_reader) if ms_reader > 1e-24 else np.inf
    half = float(student.ppf((1 + level) / 2, df)) * error
    statistic = None if null is None else (mean - null) / error
    made = Estimate(
        value=mean,
        low=max(mean - half, lowest),
        high=min(mean + half, highest),
        level=level,
        method=method,
        n=n,
        n_clusters=n_clusters,
        standard_error=error,
        df=float(df) if np.isfinite(df) else None,
        statistic=statistic,
        p_value=None if statistic is None else float(2 * student.sf(abs(statistic), df)),
    )
    return made if scale == "identity" else _on_logit_scale(made, (lowest, highest), null)


def _on_logit_scale(estimate: Estimate, ends: tuple[float, float], null: float | None) -> Estimate:
    """Return the estimate with interval and test on the logit scale, as it is where its value has no logit."""
    low, width = ends[0], ends[1] - ends[0]
    place = ((estimate.value or 0.0) - low) / width
    if not 0 < place < 1:
        return replace(estimate, method=f"{estimate.method}, {AT_THE_END}")
    made = on_logit_scale(estimate, ends)
    if null is None:
        return made
    error = (estimate.standard_error or 0.0) / (width * place * (1 - place))
    statistic = float(logit(place) - logit((null - low) / width)) / error
    return replace(made, statistic=statistic, p_value=two_sided_p(statistic, estimate.df))


def reader_variance(*, values: ArrayLike, covariance: ArrayLike, n: int, level: float = 0.95) -> Estimate:
    r"""Return how much readers differ beyond what the same readers would on other cases: a variance, without interval.

    With MS(R) the variance of the readers' values, Var the mean variance of their errors and Cov2 the mean covariance
    between two readers' errors, the method of moments gives

    .. math:: \sigma_R^2 = MS(R) - Var + Cov_2

    It is not cut at 0, so that its mean over studies is right; a negative value says that no difference was seen.

    Parameters
    ----------
    values : array_like (n_readers,)
        NaN for one that cannot be computed (left out).
    covariance : array_like (n_readers, n_readers)
        Error covariance of the values.
    n : int
        Cases.
    level : float

    Returns
    -------
    Estimate
        In the square of the statistic's unit; undefined for fewer than two readers and for an unknown covariance.

    Notes
    -----
    Source: Obuchowski and Rockette, Commun Stat Simul 1995;24:285, one modality.
    """
    theta, errors = np.asarray(values, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if theta.ndim != 1 or errors.shape != (theta.size, theta.size):
        rule = "of shapes (n_readers,) and (n_readers, n_readers)"
        raise ArgumentError("reader_variance", "values and covariance", rule, (theta.shape, errors.shape))
    is_known = ~np.isnan(theta)
    r = int(is_known.sum())
    method = f"variance between {r} readers; Obuchowski-Rockette, method of moments"
    if r < 2:
        reason = "fewer than two readers' values can be computed"
        return Estimate.undefined(reason=reason, method=method, n=n, level=level)
    chosen = errors[np.ix_(is_known, is_known)]
    if np.isnan(chosen).any():
        reason = "the covariance between readers cannot be computed: too few usable resamples"
        return Estimate.undefined(reason=reason, method=method, n=n, level=level)
    within, shared = float(np.diag(chosen).mean()), float(chosen[~np.eye(r, dtype=bool)].mean())
    value = float(theta[is_known].var(ddof=1)) - within + shared
    return Estimate(value=value, method=method, n=n, level=level, reason="no interval is made for a variance")
