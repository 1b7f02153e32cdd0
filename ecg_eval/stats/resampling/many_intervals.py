"""Bootstrap intervals of many statistics at once, from replicates on the same resamples."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import NO_COUNT, Estimates
from ecg_eval.stats.resampling.bootstrap_bounds import METHOD_NAMES
from ecg_eval.stats.resampling.draws import MINIMUM_USABLE

Floats = NDArray[np.float64]

UNDEFINED = "the statistic cannot be computed on these data"


def intervals_from_replicates(  # noqa: PLR0913 - what was counted belongs to the result and comes one by one
    *,
    values: ArrayLike,
    replicates: ArrayLike,
    labels: str | Sequence[str],
    n: ArrayLike,
    level: float = 0.95,
    n_positive: ArrayLike = NO_COUNT,
    n_clusters: ArrayLike = NO_COUNT,
    n_discordant: ArrayLike = NO_COUNT,
    minimum_usable: int = MINIMUM_USABLE,
) -> Estimates:
    """Make Estimates of many statistics from their values and their values over the same resamples.

    For each of them what `interval_from_replicates` with method "percentile" gives, in one sort.

    Parameters
    ----------
    values : array_like (n_statistics,)
        The statistics on the data themselves, NaN where they cannot be computed.
    replicates : array_like (n_resamples, n_statistics)
        The statistics on each resample, NaN where it could not be used.
    labels : str or sequence of str
        What each statistic is, in words.
    n, n_positive, n_clusters, n_discordant : int or array_like of int (n_statistics,)
        What was counted, passed on.
    level : float
        Coverage aimed at.
    minimum_usable : int
        Fewest usable replicates from which an interval is made.

    Returns
    -------
    Estimates

    Raises
    ------
    ArgumentError
        For shapes that do not belong together.
    """
    value, draws = np.asarray(values, dtype=np.float64), np.asarray(replicates, dtype=np.float64)
    if value.ndim != 1 or draws.ndim != 2 or draws.shape[1] != value.size:
        rule = "of shapes (n_statistics,) and (n_resamples, n_statistics)"
        raise ArgumentError("intervals_from_replicates", "values and replicates", rule, (value.shape, draws.shape))
    n_drawn = len(draws)
    ordered = np.sort(draws, axis=0)  # NaN last
    usable = n_drawn - np.isnan(draws).sum(axis=0)
    low, high = (_quantile(ordered, usable, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    error = _deviation(draws, usable)
    reason = _reasons(value, ordered, usable, minimum_usable)
    none = reason != ""
    words = [labels] * value.size if isinstance(labels, str) else labels
    ends = f"; {METHOD_NAMES['percentile']}, {n_drawn} resamples"
    return Estimates.of_columns(
        value=value,
        low=np.where(none, np.nan, low),
        high=np.where(none, np.nan, high),
        level=level,
        method=np.array([word + ends for word in words], dtype=object),
        n=n,
        n_positive=n_positive,
        n_clusters=n_clusters,
        n_discordant=n_discordant,
        standard_error=np.where(none, np.nan, error),
        n_unusable=n_drawn - usable,
        reason=reason,
    )


def _quantile(ordered: Floats, usable: NDArray[np.int64], tail: float) -> Floats:
    """Give a quantile of the first `usable` of each column, interpolated linearly (type 7), NaN without any."""
    last = np.maximum(usable - 1, 0)
    place = last * tail
    below = np.floor(place).astype(np.int64)
    share, columns = place - below, np.arange(ordered.shape[1])
    first, second = ordered[below, columns], ordered[np.minimum(below + 1, last), columns]
    # from the nearer end, so that both ends are met exactly
    return np.where(share < 0.5, first + (second - first) * share, second - (second - first) * (1 - share))


def _deviation(draws: Floats, usable: NDArray[np.int64]) -> Floats:
    """Give the standard deviation of the usable replicates of each statistic; NaN with fewer than two."""
    if len(draws) > 1 and (usable == len(draws)).all():
        return np.asarray(draws.std(axis=0, ddof=1))
    count = np.where(usable > 1, usable, np.nan)
    deviation = draws - np.nansum(draws, axis=0) / count
    return np.asarray(np.sqrt(np.nansum(deviation**2, axis=0) / (count - 1)))


def _reasons(value: Floats, ordered: Floats, usable: NDArray[np.int64], minimum: int) -> NDArray[np.generic]:
    """Say why there is no value or no interval, statistic by statistic; empty where there are both."""
    n_drawn, columns = len(ordered), np.arange(ordered.shape[1])
    smallest, largest = ordered[0], ordered[np.maximum(usable - 1, 0), columns]
    size = np.maximum(1.0, np.maximum(np.abs(smallest), np.abs(largest)))
    reason = np.full(value.size, "", dtype=object)
    # sums of the same numbers in another order differ in the last bits, which is no spread
    for i in np.flatnonzero(largest - smallest <= 1e-12 * size):
        reason[i] = f"all {usable[i]} usable resamples give the same value"
    for i in np.flatnonzero((usable < minimum) | (2 * usable < n_drawn)):
        reason[i] = f"only {usable[i]} of {n_drawn} resamples could be used"
    reason[np.isnan(value)] = UNDEFINED
    return reason
