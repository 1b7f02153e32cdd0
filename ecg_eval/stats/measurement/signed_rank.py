"""Whether paired numbers differ, whatever their distribution: signed ranks, their test, and what they estimate.

The estimate is Hodges and Lehmann's: the median of the Walsh averages (d_i + d_j) / 2 of all differences, whose order
statistics are the interval that belongs to the test. Differences that rounding alone tells apart are the same.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
Method = Literal["exact", "pratt_exact", "normal", "corrected", "pratt"]
Alternative = Literal["two_sided", "greater", "less"]

WHO = "signed_rank_test"
ALL_ZERO = "all differences are zero"
MOST_EXACT = 200  # pairs up to which all signs are counted
_FEW_WALSH = 1500  # pairs up to which all Walsh averages are written down
_WORDS = {
    "exact": "exact, zero differences dropped",
    "pratt_exact": "exact, zero differences by Pratt",
    "normal": "normal, zero differences dropped",
    "corrected": "normal with continuity correction, zero differences dropped",
    "pratt": "normal, zero differences by Pratt",
}


@dataclass(frozen=True, kw_only=True)
class SignedRanks:
    """Sums of the ranks of differences, by their sign.

    Attributes
    ----------
    n, n_zero : int
        Pairs, and those without a difference.
    positive, negative : float or None
        Sums of the mid-ranks of |d| over positive and over negative differences; None where all are zero.
    median : float or None
        Of the differences; None without a pair.
    hodges_lehmann : float or None
        Median of the Walsh averages of all differences.
    rank_biserial : float or None
        (positive - negative) / (positive + negative), from -1 to 1.
    """

    n: int
    n_zero: int
    positive: float | None
    negative: float | None
    median: float | None
    hodges_lehmann: float | None
    rank_biserial: float | None


def signed_ranks(*, first: ArrayLike, second: ArrayLike, pratt: bool = False) -> SignedRanks:
    """Return the signed ranks of `first` minus `second`.

    Parameters
    ----------
    first, second : array_like (n_pairs,)
        A pair with NaN is left out.
    pratt : bool
        Whether zero differences are ranked too and their ranks then dropped; otherwise they are dropped before.

    Examples
    --------
    >>> signed_ranks(first=[3, 1, 9], second=[1, 2, 5]).positive
    5.0
    """
    d = _differences(first, second)
    if not d.size:
        return SignedRanks(
            n=0, n_zero=0, positive=None, negative=None, median=None, hodges_lehmann=None, rank_biserial=None
        )
    middle = {"median": float(np.median(d)), "hodges_lehmann": _walsh_median(d)}
    n_zero = int((d == 0).sum())
    if n_zero == d.size:
        return SignedRanks(n=d.size, n_zero=n_zero, positive=None, negative=None, rank_biserial=None, **middle)
    ranks, sign = _ranks(d, pratt)
    up, down = float(ranks[sign > 0].sum()), float(ranks[sign < 0].sum())
    return SignedRanks(
        n=d.size, n_zero=n_zero, positive=up, negative=down, rank_biserial=(up - down) / (up + down), **middle
    )


def signed_rank_test(
    *,
    first: ArrayLike,
    second: ArrayLike,
    method: Method = "pratt_exact",
    alternative: Alternative = "two_sided",
    level: float = 0.95,
) -> Estimate:
    """Estimate how much `first` exceeds `second` in pairs, and test whether it does (Wilcoxon).

    Parameters
    ----------
    first, second : array_like (n_pairs,)
        A pair with NaN is left out.
    method : {"exact", "pratt_exact", "normal", "corrected", "pratt"}
        The distribution of the sum of positive ranks: of all signs, equally likely, with mid-ranks for ties (up to 200
        pairs, normal beyond), or normal with the variance corrected for ties. Zero differences are dropped before
        ranking, or by Pratt after it.
    alternative : {"two_sided", "greater", "less"}
        Greater: `first` exceeds `second`.
    level : float

    Returns
    -------
    Estimate
        Value: the median of the Walsh averages of the differences that are ranked, in the unit of the numbers, and
        their order statistics as interval (exact ones for the exact methods). `statistic`: the sum of positive ranks,
        or z. Without a pair undefined; without p where all differences are zero; without interval where the pairs are
        too few for the level.

    Notes
    -----
    Sources: Wilcoxon, Biometrics Bull 1945;1:80; Pratt, J Am Stat Assoc 1959;54:655; Hodges and Lehmann, Ann Math Stat
    1963;34:598.

    Examples
    --------
    >>> test = signed_rank_test(first=[12, 15, 11, 19, 14, 13], second=[10, 11, 12, 12, 11, 8])
    >>> test.value, test.p_value
    (3.5, 0.0625)
    """
    for what, given, allowed in (("method", method, Method), ("alternative", alternative, Alternative)):
        if given not in get_args(allowed):
            raise ArgumentError(WHO, what, f"one of {', '.join(get_args(allowed))}", given)
    if not 0 < level < 1:
        raise ArgumentError(WHO, "level", "between 0 and 1", level)
    d = _differences(first, second)
    if method.endswith("exact") and d.size > MOST_EXACT:
        method = "pratt" if method == "pratt_exact" else "normal"
    label = f"Wilcoxon signed-rank test, {_WORDS[method]}; Hodges-Lehmann"
    if not d.size:
        return Estimate.undefined(reason="no pair is complete", method=label, level=level)
    if not (d != 0).any():
        return Estimate(value=0.0, method=label, n=d.size, level=level, reason=ALL_ZERO)
    used = d if method.startswith("pratt") else d[d != 0]  # what the test ranks is what the interval is of
    value, rank = _walsh_median(used), walsh_rank(used, level=level, method=method)
    statistic, p = _test(d, method, alternative)
    n_walsh = used.size * (used.size + 1) // 2
    low, high = (_walsh_order(used, k) for k in (rank, n_walsh + 1 - rank)) if rank >= 1 else (None, None)
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=level,
        method=label,
        n=d.size,
        n_discordant=int((d != 0).sum()),
        statistic=statistic,
        p_value=p,
        reason=None if rank >= 1 else f"{d.size} pairs are too few for an interval at this level",
    )


def walsh_rank(differences: ArrayLike, *, level: float = 0.95, method: Method = "exact") -> int:
    """Return which Walsh average, from the lowest, is the lower bound; 0 where no interval has this level.

    Parameters
    ----------
    differences : array_like (n_pairs,)
        Those that are ranked.
    level : float
    method : str
        "exact" (and "pratt_exact"): the largest k with P(V < k) at most (1 - level) / 2. "normal" and "corrected":
        where the z test just does not reject. "pratt": floor(n (n + 1) / 4 - z sd), without correction for ties.
    """
    d = np.asarray(differences, dtype=np.float64)
    tail = (1 - level) / 2
    z = float(ndtri(1 - tail))
    n = d.size
    mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
    if method in ("exact", "pratt_exact"):
        below = np.cumsum(_sums(np.arange(1, n + 1)))
        k = int(np.searchsorted(below, tail * (1 - 1e-12)))
        # with so few pairs even the lowest and the highest Walsh average do not reach the level
        return k if k else int(below[0] <= tail)
    if method in ("normal", "corrected"):
        _, counts = np.unique(d, return_counts=True)
        bound = mean - z * float(np.sqrt(variance - _ties(counts))) - (0.5 if method == "corrected" else 0.0)
        return max(ceil(bound), 0)
    return max(floor(mean - z * float(np.sqrt(variance))), 0)


def sign_test(*, first: ArrayLike, second: ArrayLike) -> Estimate:
    """Test whether as many differences are above 0 as below, by the exact binomial distribution.

    Returns
    -------
    Estimate
        Value: the share of non-zero differences that are above 0. Undefined where all are zero.
    """
    d = _differences(first, second)
    up, n = int((d > 0).sum()), int((d != 0).sum())
    if not n:
        return Estimate.undefined(reason=ALL_ZERO, method="sign test", n=d.size)
    from scipy.stats import binomtest

    made = binomtest(up, n)
    bounds = made.proportion_ci(method="exact")
    return Estimate(
        value=up / n, low=bounds.low, high=bounds.high, method="sign test, exact", n=d.size, p_value=made.pvalue
    )


def _differences(first: ArrayLike, second: ArrayLike) -> Floats:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ArgumentError(WHO, "first and second", "of one shape (n_pairs,)", (a.shape, b.shape))
    d = a - b
    d = d[~np.isnan(d)]
    if not np.isfinite(d).all():
        raise ArgumentError(WHO, "first and second", "finite, or NaN where missing", "infinity")
    largest = float(np.abs(np.r_[0.0, a[np.isfinite(a)], b[np.isfinite(b)]]).max())
    return np.round(d, 10 - int(np.ceil(np.log10(largest)))) if largest > 0 else d


def _ranks(d: Floats, pratt: bool) -> tuple[Floats, Floats]:
    """Return mid-ranks of |d| and signs of the differences that are not zero."""
    ranked = d if pratt else d[d != 0]
    ranks = rankdata(np.abs(ranked))
    return ranks[ranked != 0], np.sign(ranked[ranked != 0])


def _ties(counts: NDArray[np.int64]) -> float:
    """Return sum (t³ - t) / 48, by which ties lower the variance."""
    t = counts.astype(np.float64)
    return float((t**3 - t).sum() / 48)


def _test(d: Floats, method: Method, alternative: Alternative) -> tuple[float, float]:
    """Return statistic and p-value."""
    ranks, sign = _ranks(d, method.startswith("pratt"))
    v, mean = float(ranks[sign > 0].sum()), float(ranks.sum() / 2)
    if method.endswith("exact"):
        return v, _exact_p(ranks, v, alternative, symmetric=method == "pratt_exact")
    n, zeros = d.size, (d.size - ranks.size) if method == "pratt" else 0
    m = n if method == "pratt" else ranks.size
    variance = (m * (m + 1) * (2 * m + 1) - zeros * (zeros + 1) * (2 * zeros + 1)) / 24
    _, counts = np.unique(np.abs(d[d != 0]), return_counts=True)
    correction = {"two_sided": 0.5 * np.sign(v - mean), "greater": 0.5, "less": -0.5}[alternative]
    z = (v - mean - (correction if method == "corrected" else 0.0)) / float(np.sqrt(variance - _ties(counts)))
    p = {"two_sided": 2 * ndtr(-abs(z)), "greater": ndtr(-z), "less": ndtr(z)}[alternative]
    return float(z), float(p)


def _sums(ranks: ArrayLike) -> Floats:
    """Return the probability of each sum of ranks, 0 to their total, where each is in it with probability 1/2."""
    whole = np.asarray(ranks, dtype=np.int64)
    p = np.zeros(int(whole.sum()) + 1)
    p[0] = 1.0
    reach = 0
    for r in whole:
        p[r : reach + r + 1] += p[: reach + 1].copy()
        reach += int(r)
        p[: reach + 1] /= 2
    return p


def _exact_p(ranks: Floats, v: float, alternative: Alternative, *, symmetric: bool) -> float:
    p = _sums(np.rint(2 * ranks))  # mid-ranks are halves
    at = round(2 * v)
    below, above = float(p[: at + 1].sum()), float(p[at:].sum())
    if alternative != "two_sided":
        return above if alternative == "greater" else below
    if not symmetric:
        return min(1.0, 2 * min(below, above))
    distance = np.abs(np.arange(p.size) - (p.size - 1) / 2)
    return float(min(1.0, p[distance >= distance[at] - 1e-9].sum()))


def _walsh_median(d: Floats) -> float:
    n = d.size * (d.size + 1) // 2
    return (_walsh_order(d, (n + 1) // 2) + _walsh_order(d, n // 2 + 1)) / 2


def _walsh_order(d: Floats, k: int) -> float:
    """Return the k-th smallest of the Walsh averages (d_i + d_j) / 2, i at most j."""
    ordered = np.sort(d)
    n = ordered.size
    if n <= _FEW_WALSH:
        i, j = np.triu_indices(n)
        return float(np.partition(ordered[i] + ordered[j], k - 1)[k - 1] / 2)

    def at_most(total: float) -> int:
        upto = np.searchsorted(ordered, total - ordered, side="right")
        return int(np.maximum(upto - np.arange(n), 0).sum())

    low, high = 2 * float(ordered[0]), 2 * float(ordered[-1])
    while high - low > 1e-12 * max(abs(low), abs(high), 1e-300):
        middle = (low + high) / 2
        low, high = (low, middle) if at_most(middle) >= k else (middle, high)
    return high / 2
