"""One draw of weights by patient, shared by every metric, finding and reader.

A bootstrap resample is a row of multiplicities: how often each case counts. Drawn once and handed to all kernels, it
makes differences between readers, arms and findings paired for free, and it lets a kernel work on all resamples at
once. Whole clusters (patients, or readers) are drawn, never single rows of a patient who has several.

The draw is made in blocks of a fixed size, each from its own child of the caller's seed, so that the same seed gives
the same numbers on one worker or on many, and so that a block can be drawn alone where all would not fit in memory.
What this file refuses: to hide resamples that a statistic could not use. They are counted, and when too few remain
there is no interval.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import METHOD_NAMES, IntervalMethod, bootstrap_bounds

BLOCK = 64
"""Resamples drawn from one child of the seed; changing it changes every number drawn from a given seed."""

_SCATTER = 2**17

MINIMUM_USABLE = 40
"""Below this many usable replicates a 2.5 % tail rests on less than one of them."""


def _codes(who: str, what: str, labels: ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Give each distinct label a number 0, 1, ... in sorted order."""
    values = np.asarray(labels)
    if values.ndim != 1 or values.size == 0:
        raise ArgumentError(who, what, "a one-dimensional array with at least one case", values.shape)
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise ArgumentError(who, what, "given for every case", "NaN", "Give an unknown patient a label of their own.")
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.intp), len(distinct)


def _strata(who: str, codes: NDArray[np.intp], n_clusters: int, stratum: ArrayLike | None) -> list[NDArray[np.intp]]:
    """List the clusters of each stratum; a cluster lies in one stratum."""
    if stratum is None:
        return [np.arange(n_clusters)]
    of_case, n_strata = _codes(who, "stratum", stratum)
    if of_case.shape != codes.shape:
        raise ArgumentError(who, "stratum", f"as long as cluster ({codes.size})", of_case.size)
    of_cluster = np.zeros(n_clusters, dtype=np.intp)
    of_cluster[codes] = of_case
    if (of_cluster[codes] != of_case).any():
        n_mixed = np.unique(codes[of_cluster[codes] != of_case]).size
        remedy = "Stratify by a property of the patient, for example whether any of their ECGs shows the finding."
        raise ArgumentError(who, "stratum", "the same for all cases of a cluster", f"{n_mixed} mixed clusters", remedy)
    return [np.flatnonzero(of_cluster == s) for s in range(n_strata)]


def _draw_block(
    rng: np.random.Generator, n_rows: int, n_clusters: int, members: list[NDArray[np.intp]]
) -> NDArray[np.int32]:
    """Count how often each cluster is drawn, as many draws a stratum as it has clusters."""
    counts = np.zeros((n_rows, n_clusters), dtype=np.int32)
    for clusters in members:
        size = len(clusters)
        together = max(1, _SCATTER // size)  # as many rows at a time as the scatter keeps in the cache
        for first in range(0, n_rows, together):
            rows = np.arange(first, min(first + together, n_rows))
            drawn = rng.integers(0, size, (rows.size, size)) + (rows - first)[:, None] * size
            drawn_counts = np.bincount(drawn.ravel(), minlength=rows.size * size).reshape(rows.size, size)
            counts[rows[:, None], clusters] = drawn_counts
    return counts


def weight_blocks(
    *, cluster: ArrayLike, n_resamples: int, rng: np.random.Generator, stratum: ArrayLike | None = None
) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """Yield the rows of `draw_weights` block by block, for resamples that do not fit in memory together.

    Parameters
    ----------
    cluster, n_resamples, rng, stratum
        As for `draw_weights`.

    Yields
    ------
    tuple of slice and ndarray (rows of the block, n_cases)
        Which resamples, and their multiplicities.
    """
    codes, members, n_clusters = _plan("weight_blocks", cluster, n_resamples, stratum)
    starts = range(0, n_resamples, BLOCK)
    for start, child in zip(starts, rng.spawn(len(starts)), strict=True):
        stop = min(start + BLOCK, n_resamples)
        yield slice(start, stop), _draw_block(child, stop - start, n_clusters, members)[:, codes]


def _plan(
    who: str, cluster: ArrayLike, n_resamples: int, stratum: ArrayLike | None
) -> tuple[NDArray[np.intp], list[NDArray[np.intp]], int]:
    """Check the arguments of a draw; return cluster codes, clusters of each stratum, number of clusters."""
    if n_resamples < 1:
        raise ArgumentError(who, "n_resamples", "at least 1", n_resamples)
    codes, n_clusters = _codes(who, "cluster", cluster)
    return codes, _strata(who, codes, n_clusters, stratum), n_clusters


def draw_weights(
    *,
    cluster: ArrayLike,
    n_resamples: int,
    rng: np.random.Generator,
    stratum: ArrayLike | None = None,
    n_workers: int = 1,
) -> NDArray[np.int32]:
    """Draw bootstrap multiplicities by cluster, once for all metrics, findings and readers.

    Each row draws as many clusters as there are, with replacement (within each stratum when one is given), and every
    case counts as often as its cluster was drawn.

    Parameters
    ----------
    cluster : array_like (n_cases,)
        Label of the independent unit of each case, as a rule the patient. ``numpy.arange(n_cases)`` when each patient
        has one case.
    n_resamples : int
        Rows to draw.
    rng : numpy.random.Generator
        Source of randomness. Each call uses fresh children of its seed: two calls give two draws.
    stratum : array_like (n_cases,), optional
        Clusters are drawn within strata, whose sizes stay fixed. Constant within a cluster. Stratifying by truth
        conditions on the number of positives and keeps a rare class from vanishing.
    n_workers : int
        Threads; the numbers do not depend on it.

    Returns
    -------
    ndarray of int32 (n_resamples, n_cases)
        Multiplicities, 0 or more. Without clusters of unequal size each row sums to n_cases.

    Raises
    ------
    ArgumentError
        Empty or misshapen labels, a cluster in two strata, fewer than one resample.

    Notes
    -----
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993); clusters as units: Davison and Hinkley
    (1997), section 3.8; Ren et al., J Appl Stat 2010;37:1487.

    Examples
    --------
    >>> w = draw_weights(cluster=["a", "a", "b"], n_resamples=4, rng=np.random.default_rng(1))
    >>> bool((w[:, 0] == w[:, 1]).all())
    True
    """
    codes, members, n_clusters = _plan("draw_weights", cluster, n_resamples, stratum)
    weights = np.empty((n_resamples, codes.size), dtype=np.int32)
    starts = range(0, n_resamples, BLOCK)
    children = rng.spawn(len(starts))

    def fill(block: int) -> None:
        start = starts[block]
        rows = weights[start : start + BLOCK]
        rows[:] = _draw_block(children[block], len(rows), n_clusters, members)[:, codes]

    with ThreadPoolExecutor(max_workers=n_workers) as pool:
        list(pool.map(fill, range(len(starts))))
    return weights


def draw_counts(*, cluster: ArrayLike, n_resamples: int, rng: np.random.Generator) -> NDArray[np.integer]:
    """Draw what `draw_weights` draws, told once a cluster: its columns are the clusters in the order of their labels.

    Parameters
    ----------
    cluster, n_resamples, rng
        As for `draw_weights`.

    Returns
    -------
    ndarray of whole numbers (n_resamples, n_clusters)
        One byte each, unless a cluster was drawn more than 255 times.

    Examples
    --------
    >>> patient, rng = np.array([1, 0, 1]), np.random.default_rng
    >>> by_patient = draw_counts(cluster=patient, n_resamples=5, rng=rng(1))
    >>> bool((by_patient[:, patient] == draw_weights(cluster=patient, n_resamples=5, rng=rng(1))).all())
    True
    """
    _, members, n_clusters = _plan("draw_counts", cluster, n_resamples, None)
    counts: NDArray[np.integer] = np.zeros((n_resamples, n_clusters), dtype=np.uint8)
    starts = range(0, n_resamples, BLOCK)
    for start, child in zip(starts, rng.spawn(len(starts)), strict=True):
        stop = min(start + BLOCK, n_resamples)
        rows = _draw_block(child, stop - start, n_clusters, members)
        if rows.max() > np.iinfo(counts.dtype).max:
            counts = counts.astype(np.int32)
        counts[start:stop] = rows
    return counts


def draw_two_way_weights(
    *,
    reader: ArrayLike,
    cluster: ArrayLike,
    n_resamples: int,
    rng: np.random.Generator,
    stratum: ArrayLike | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw readers and patients independently, for statements about other readers and other patients.

    Parameters
    ----------
    reader : array_like (n_readers,)
        Label of each reader, or of the practice that several readers share.
    cluster : array_like (n_cases,)
        Label of the patient of each case.
    n_resamples, rng, stratum
        As for `draw_weights`; strata are of cases.

    Returns
    -------
    reader_weights : ndarray of int32 (n_resamples, n_readers)
    case_weights : ndarray of int32 (n_resamples, n_cases)
        A reading of case c by reader r counts ``reader_weights[b, r] * case_weights[b, c]`` times in resample b.

    Notes
    -----
    Source: Owen, Ann Appl Stat 2007;1:386 (the pigeonhole bootstrap: never anti-conservative for a crossed mean, at
    worst conservative).
    """
    for_readers, for_cases = rng.spawn(2)
    return (
        draw_weights(cluster=reader, n_resamples=n_resamples, rng=for_readers),
        draw_weights(cluster=cluster, n_resamples=n_resamples, rng=for_cases, stratum=stratum),
    )


def jackknife_weights(*, cluster: ArrayLike) -> NDArray[np.int32]:
    """Leave each cluster out once, in the same form as a bootstrap draw.

    Parameters
    ----------
    cluster : array_like (n_cases,)
        Label of the patient of each case.

    Returns
    -------
    ndarray of int32 (n_clusters, n_cases)
        Row k is 0 for the cases of cluster k (in sorted order of labels) and 1 for the others.
    """
    codes, n_clusters = _codes("jackknife_weights", "cluster", cluster)
    left_out: NDArray[np.bool_] = codes[None, :] == np.arange(n_clusters)[:, None]
    return (~left_out).astype(np.int32)


def weights_from_indices(*, index: ArrayLike, n_cases: int) -> NDArray[np.int32]:
    """Turn resamples given as lists of drawn row numbers into multiplicities.

    Parameters
    ----------
    index : array_like of int (n_resamples, n_draws)
        Row numbers from 0, as another program drew them; a row of the array is a resample.
    n_cases : int
        Rows that could be drawn.

    Returns
    -------
    ndarray of int32 (n_resamples, n_cases)

    Examples
    --------
    >>> weights_from_indices(index=[[0, 0, 2]], n_cases=3).tolist()
    [[2, 0, 1]]
    """
    who, drawn = "weights_from_indices", np.asarray(index)
    if drawn.ndim != 2 or drawn.dtype.kind not in "iu":
        raise ArgumentError(who, "index", "a two-dimensional array of whole numbers", drawn.shape)
    if drawn.size and (drawn.min() < 0 or drawn.max() >= n_cases):
        raise ArgumentError(who, "index", f"from 0 to {n_cases - 1}", (int(drawn.min()), int(drawn.max())))
    flat = drawn + np.arange(len(drawn))[:, None] * n_cases
    counts = np.bincount(flat.ravel(), minlength=len(drawn) * n_cases)
    return counts.reshape(len(drawn), n_cases).astype(np.int32)


def interval_from_replicates(  # noqa: PLR0913 - what was counted belongs to the result and comes one by one
    *,
    value: float | None,
    replicates: ArrayLike,
    label: str,
    n: int,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
    n_positive: int | None = None,
    n_clusters: int | None = None,
    jackknife: ArrayLike | None = None,
    minimum_usable: int = MINIMUM_USABLE,
) -> Estimate:
    """Make an Estimate of a statistic from its value and its values over resamples.

    Parameters
    ----------
    value : float or None
        The statistic on the data themselves; None or NaN where it cannot be computed.
    replicates : array_like (n_resamples,)
        The statistic on each resample; NaN marks a resample that it could not use.
    label : str
        What the statistic is, in words; begins the `method` of the result.
    n, n_positive, n_clusters : int
        What was counted, passed on.
    method : {"percentile", "basic", "normal", "bc", "bca"}
        Percentile takes the quantiles of the replicates; basic reflects them about the value; normal uses their
        standard deviation; bc corrects for median bias, bca for bias and skewness (needs `jackknife`). Quantiles are
        interpolated linearly (type 7, the default of numpy, pandas and R).
    level : float
        Coverage aimed at.
    jackknife : array_like (n_clusters,), optional
        The statistic with each cluster left out, for "bca".
    minimum_usable : int
        Fewest usable replicates from which an interval is made.

    Returns
    -------
    Estimate
        `n_unusable` counts the NaN replicates, which are left out. Without value, undefined. Without interval (with
        the reason) when more than half of the resamples or all but `minimum_usable` are unusable, or when all usable
        replicates are equal, since an interval of no width would be read as certainty.

    Notes
    -----
    Sources: Efron and Tibshirani 1993, chapters 12 to 14; DiCiccio and Efron, Stat Sci 1996;11:189.
    """
    who = "interval_from_replicates"
    if method not in METHOD_NAMES:
        raise ArgumentError(who, "method", f"one of {', '.join(METHOD_NAMES)}", method)
    if method == "bca" and jackknife is None:
        raise ArgumentError(who, "jackknife", 'given for method "bca"', None, "See jackknife_weights.")
    draws = np.asarray(replicates, dtype=np.float64)
    if draws.ndim != 1:
        raise ArgumentError(who, "replicates", "one-dimensional (n_resamples,)", draws.shape)
    usable = draws[~np.isnan(draws)]
    n_unusable = draws.size - usable.size
    words = f"{label}; {METHOD_NAMES[method]}, {draws.size} resamples"
    estimate = partial(
        Estimate,
        level=level,
        method=words,
        n=n,
        n_positive=n_positive,
        n_clusters=n_clusters,
        n_unusable=n_unusable,
    )
    if value is None or np.isnan(value):
        return estimate(value=None, reason="the statistic cannot be computed on these data")
    reason = _why_no_interval(usable, draws.size, minimum_usable)
    if reason:
        return estimate(value=value, reason=reason)
    bounds = bootstrap_bounds(value=float(value), usable=usable, method=method, level=level, jackknife=jackknife)
    if bounds is None:
        why = "the value lies at or beyond the end of the replicates, where the bias correction is infinite"
        return estimate(value=value, reason=why)
    error = float(np.std(usable, ddof=1))
    return estimate(value=value, low=bounds[0], high=bounds[1], standard_error=error)


def difference_from_replicates(  # noqa: PLR0913 - two values with their replicates, and what was counted
    *,
    value_first: float | None,
    value_second: float | None,
    replicates_first: ArrayLike,
    replicates_second: ArrayLike,
    label: str,
    n: int,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
    n_positive: int | None = None,
    n_clusters: int | None = None,
) -> Estimate:
    """Estimate and test the difference of any two statistics over the same resamples, first less second.

    Parameters
    ----------
    value_first, value_second : float or None
        The statistics on the data themselves.
    replicates_first, replicates_second : array_like (n_resamples,)
        The statistics on the same resamples (the same row of weights), or on independent draws for two cohorts; a
        resample that either could not use is left out.
    label, n, method, level, n_positive, n_clusters
        As for `interval_from_replicates`.

    Returns
    -------
    Estimate
        `statistic` is the difference over the standard deviation of its replicates, `p_value` two-sided from the
        normal distribution (as the bootstrap test of pROC); both None where there is no interval.
    """
    a, b = (np.asarray(r, dtype=np.float64) for r in (replicates_first, replicates_second))
    if a.shape != b.shape:
        raise ArgumentError("difference_from_replicates", "replicates_second", f"of shape {a.shape}", b.shape)
    estimate = interval_from_replicates(
        value=None if value_first is None or value_second is None else value_first - value_second,
        replicates=a - b,
        label=label,
        n=n,
        method=method,
        level=level,
        n_positive=n_positive,
        n_clusters=n_clusters,
    )
    if estimate.value is None or estimate.standard_error is None:
        return estimate
    z = estimate.value / estimate.standard_error
    return replace(estimate, statistic=z, p_value=float(2 * ndtr(-abs(z))))


def _why_no_interval(usable: NDArray[np.float64], n_drawn: int, minimum: int) -> str | None:
    if usable.size < minimum or 2 * usable.size < n_drawn:
        return f"only {usable.size} of {n_drawn} resamples could be used"
    # sums of the same numbers in another order differ in the last bits, which is no spread
    if usable.max() - usable.min() <= 1e-12 * max(1.0, float(np.abs(usable).max())):
        return f"all {usable.size} usable resamples give the same value"
    return None
