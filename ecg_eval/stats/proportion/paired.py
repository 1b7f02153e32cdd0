"""Two calls on the same cases, and whether one has the event more often than the other.

Only the discordant pairs (one has the event, the other has not) tell which is better; the concordant ones tell how much
that matters. McNemar's test looks at the former; the difference and its interval use both. Defaults: the mid-p test,
which keeps the level where the asymptotic test exceeds it and the exact one wastes it (Fagerland, Lydersen and Laake,
BMC Med Res Methodol 2013;13:91), and Tango's score interval, which keeps a width without discordant pairs (Fagerland,
Lydersen and Laake, Stat Med 2014;33:2850-2875).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, ndtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.proportion.binary_data import Floats, check_count, check_method, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_difference, phi_coefficient
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, PairedTables, invert, paired_difference_score

MCNEMAR: Mapping[str, tuple[str, str]] = {
    "mid_p": ("McNemar mid-p", "mid_p"),
    "exact": ("McNemar exact", "clopper_pearson"),
    "asymptotic": ("McNemar asymptotic", "wilson"),
    "corrected": ("McNemar with continuity correction", "wilson_corrected"),
}


def mcnemar(*, n_only_first: int, n_only_second: int, method: str = "mid_p", level: float = 0.95) -> Estimate:
    """Test whether two calls on the same cases have the event equally often.

    Parameters
    ----------
    n_only_first, n_only_second : int
        Discordant pairs: only the first, only the second has the event.
    method : str
        ``mid_p`` (default): the exact two-sided p minus P(X = min(b, c)), 1 for a tie. ``exact``: twice the smaller
        tail of Binomial(b + c, 1/2), at most 1. ``asymptotic``: (b - c)² / (b + c) as chi-squared with 1 degree of
        freedom (McNemar, Psychometrika 1947;12:153-157). ``corrected``: max(|b - c| - 1, 0)² / (b + c).
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        The share of the discordant pairs that only the first has: 0.5 favours none, 1 always the first. Its interval
        (mid-p, Clopper-Pearson, Wilson, Wilson with correction) belongs to the same test. `p_value` is two-sided;
        `statistic` is the chi-squared of the two asymptotic methods. Undefined without discordant pairs.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).

    Examples
    --------
    >>> round(mcnemar(n_only_first=12, n_only_second=2).p_value, 6)
    0.007385
    """
    who = "mcnemar"
    b, c = check_count(who, "n_only_first", n_only_first), check_count(who, "n_only_second", n_only_second)
    normal_quantile(who, level)
    check_method(who, method, MCNEMAR)
    words, interval = MCNEMAR[method]
    if b + c == 0:
        return Estimate.undefined(reason="there is no discordant pair", method=words, level=level)
    low, high = proportion_bounds(n_events=b, n=b + c, method=interval, level=level)
    statistic = _mcnemar_statistic(b, c, method)
    return Estimate(
        value=b / (b + c),
        low=float(low),
        high=float(high),
        level=level,
        method=words,
        n=b + c,
        n_positive=b,
        statistic=statistic,
        df=None if statistic is None else 1,
        p_value=float(mcnemar_p_values(n_only_first=b, n_only_second=c, method=method)),
    )


def _mcnemar_statistic(b: int, c: int, method: str) -> float | None:
    if method not in ("asymptotic", "corrected"):
        return None
    return max(abs(b - c) - (method == "corrected"), 0) ** 2 / (b + c)


def mcnemar_p_values(*, n_only_first: ArrayLike, n_only_second: ArrayLike, method: str = "mid_p") -> Floats:
    """Give the two-sided p-values of many tables at once; parameters as for `mcnemar`, arrays of one shape.

    Returns
    -------
    array
        NaN where there is no discordant pair.
    """
    check_method("mcnemar_p_values", method, MCNEMAR)
    b, c = np.broadcast_arrays(np.asarray(n_only_first, np.float64), np.asarray(n_only_second, np.float64))
    n, least = b + c, np.minimum(b, c)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method in ("exact", "mid_p"):
            tail = bdtr(least, n.astype(np.int64), 0.5)
            p = np.minimum(2 * tail, 1.0)
            if method == "mid_p":
                below = np.where(least > 0, bdtr(np.maximum(least - 1, 0.0), n.astype(np.int64), 0.5), 0.0)
                p = np.where(b == c, 1.0, tail + below)
        else:
            z = np.maximum(np.abs(b - c) - (method == "corrected"), 0.0) / np.sqrt(n)
            p = 2 * ndtr(-z)
    return np.where(n == 0, np.nan, p)


def mcnemar_odds_ratio(
    *, n_only_first: int, n_only_second: int, method: str = "mid_p", level: float = 0.95
) -> Estimate:
    """Estimate the conditional odds ratio of the event, first against second: n_only_first / n_only_second.

    Parameters, raises and p-value as for `mcnemar`; the interval is that of the share s of discordant pairs, as
    s / (1 - s), so that method ``exact`` gives the exact conditional interval.

    Returns
    -------
    Estimate
        0 or more; 1 favours none. Without pairs of only the second it is infinite: the value and the upper bound are
        None and the lower bound stands.
    """
    share = mcnemar(n_only_first=n_only_first, n_only_second=n_only_second, method=method, level=level)
    if share.value is None:
        return share

    def odds(s: float | None) -> float | None:
        return None if s is None or s == 1 else s / (1 - s)

    return Estimate(
        value=odds(share.value),
        low=odds(share.low),
        high=odds(share.high),
        level=level,
        method=f"{share.method}, conditional odds ratio",
        n=share.n,
        n_positive=share.n_positive,
        statistic=share.statistic,
        p_value=share.p_value,
        reason="no pair has only the second, so that the ratio is infinite" if share.value == 1 else None,
    )


def paired_proportion_difference(
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    method: str = "tango",
    level: float = 0.95,
) -> Estimate:
    """Estimate the difference of two proportions on the same cases: first - second.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : int
        Pairs where both, only the first, only the second, none of the two has the event.
    method : str
        One of `DIFFERENCE_METHODS`, see `paired_difference_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; above 0 the first has the event more often. `standard_error` is Wald's. The score methods also
        give their statistic z at 0 and its two-sided p-value. Undefined without pairs; the interval is None where the
        method gives zero width (Wald without discordant pairs).

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).

    Examples
    --------
    >>> print(paired_proportion_difference(n_both=48, n_only_first=0, n_only_second=0, n_neither=12))
    0.000 (95 % CI -0.060 to 0.060; Tango score, n = 60)
    """
    who = "paired_proportion_difference"
    counts = checked_pairs(who, n_both, n_only_first, n_only_second, n_neither)
    check_method(who, method, DIFFERENCE_METHODS)
    normal_quantile(who, level)
    both, first, second, neither = (np.array([count]) for count in counts)
    return paired_proportion_differences(
        n_both=both, n_only_first=first, n_only_second=second, n_neither=neither, method=method, level=level
    )[0]


def paired_proportion_differences(
    *,
    n_both: ArrayLike,
    n_only_first: ArrayLike,
    n_only_second: ArrayLike,
    n_neither: ArrayLike,
    method: str = "tango",
    level: float = 0.95,
) -> Estimates:
    """Estimate many differences of two proportions on the same cases at once.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : (n_tables,) arrays of whole numbers
        As for `paired_proportion_difference`.
    method, level
        As for `paired_proportion_difference`.

    Returns
    -------
    Estimates
        One a table: what `paired_proportion_difference` gives for it alone. `n_discordant` counts the pairs in which
        only one of the two has the event.

    Raises
    ------
    ArgumentError
        For negative numbers, an unknown method, a level outside (0, 1).
    """
    check_method("paired_proportion_differences", method, DIFFERENCE_METHODS)
    given = (np.asarray(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither))
    tables = PairedTables(*np.broadcast_arrays(*given))
    low, high = paired_difference_bounds(*tables, method=method, level=level)
    n, b, c = tables.n, tables.first, tables.second
    z = np.full(n.shape, np.nan)
    tested = b + c > 0
    if method in SCORES and tested.any():
        some = PairedTables(*(part[tested] for part in tables))
        z[tested] = paired_difference_score(some, np.zeros(int(tested.sum())), SCORES[method])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (b - c) / n
        error = np.sqrt(b + c - (b - c) ** 2 / n) / n
    none = (low == high) | (n == 0)
    why = "no discordant pair: this method gives an interval of zero width"
    return Estimates.of_columns(
        value=value,
        low=np.where(none, np.nan, low),
        high=np.where(none, np.nan, high),
        level=level,
        method=DIFFERENCE_METHODS[method],
        n=n,
        n_discordant=b + c,
        standard_error=np.where(error > 0, error, np.nan),
        statistic=z,
        p_value=2 * ndtr(-np.abs(z)),
        reason=np.where(n == 0, "there is no pair", np.where(none, why, "")),
    )


def checked_pairs(who: str, both: float, first: float, second: float, neither: float) -> tuple[int, int, int, int]:
    """Return the counts of pairs as int; refuse what is no count."""
    return (
        check_count(who, "n_both", both),
        check_count(who, "n_only_first", first),
        check_count(who, "n_only_second", second),
        check_count(who, "n_neither", neither),
    )


def paired_difference_bounds(
    n_both: ArrayLike,
    n_only_first: ArrayLike,
    n_only_second: ArrayLike,
    n_neither: ArrayLike,
    *,
    method: str = "tango",
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many paired differences at once.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : arrays of one shape
        Pairs of each kind; they need not be whole numbers.
    method : str
        ``tango`` (default, score); ``tango_bias_corrected`` (variance times n / (n - 1)); ``tango_corrected`` (with the
        continuity correction of McNemar's test); ``score_skewness`` (bias and skewness corrected, Laud 2017);
        ``newcombe`` (square-and-add of two Wilson intervals with corrected correlation, his method 10);
        ``newcombe_jeffreys`` (of two Jeffreys intervals); ``mover_wilson`` and ``mover_jeffreys`` (with the correlation
        as it is); ``agresti_min`` (Wald after adding 1/2 to each cell, Stat Med 2005;24:729-740); ``bonett_price``
        (Wald after adding 1 to each discordant cell, J Educ Behav Stat 2012;37:479-488); ``wald``; ``wald_corrected``.
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        Inside [-1, 1]; NaN without pairs.

    Raises
    ------
    ArgumentError
        For negative numbers, an unknown method, a level outside (0, 1).
    """
    who = "paired_difference_bounds"
    z = normal_quantile(who, level)
    check_method(who, method, DIFFERENCE_METHODS)
    given = [np.asarray(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither)]
    tables = PairedTables(*np.broadcast_arrays(*given))
    if not all(np.all((x >= 0) & np.isfinite(x)) for x in tables):
        raise ArgumentError(who, "counts", "0 or more", [x.tolist() for x in tables])
    empty = tables.n == 0
    tables = tables._replace(neither=np.where(empty, 1.0, tables.neither))
    if method in SCORES:
        low, high = _score_bounds(tables, z, SCORES[method])
    elif method in _MOVERS:
        low, high = _mover_bounds(tables, level, *_MOVERS[method])
    else:
        low, high = _WALDS[method](tables, z)
    low, high = np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def _score_bounds(tables: PairedTables, z: float, how: Corrections) -> Bounds:
    """All differences d with |score at d| <= z."""
    one = np.ones_like(tables.n)
    return invert(lambda d: paired_difference_score(tables, d, how), z, (-one, one))


def _mover_bounds(tables: PairedTables, level: float, interval: str, corrected: bool) -> Bounds:
    """Square-and-add of two single intervals."""
    n = tables.n
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    first = Part(x1 / n, *proportion_bounds(n_events=x1, n=n, method=interval, level=level))
    second = Part(x2 / n, *proportion_bounds(n_events=x2, n=n, method=interval, level=level))
    return mover_difference(first, second, phi_coefficient(*tables, corrected=corrected))


def _around(b: Floats, c: Floats, n: Floats, z: float, extra: Floats | float = 0.0) -> Bounds:
    """(b - c) / n -+ (z sqrt(b + c - (b - c)² / n) / n + extra)."""
    half = z * np.sqrt(np.maximum(b + c - (b - c) ** 2 / n, 0.0)) / n + extra
    return (b - c) / n - half, (b - c) / n + half


DIFFERENCE_METHODS: Mapping[str, str] = {
    "tango": "Tango score",
    "tango_bias_corrected": "Tango score, variance times n / (n - 1)",
    "tango_corrected": "Tango score with continuity correction",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "newcombe": "Newcombe method 10",
    "newcombe_jeffreys": "Newcombe method 10 with Jeffreys intervals",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "agresti_min": "Agresti-Min",
    "bonett_price": "Bonett-Price",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
}

SCORES: Mapping[str, Corrections] = {
    "tango": Corrections(),
    "tango_bias_corrected": Corrections(bias=True),
    "tango_corrected": Corrections(continuity=0.5),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, tuple[str, bool]] = {
    "newcombe": ("wilson", True),
    "newcombe_jeffreys": ("jeffreys_modified", True),
    "mover_wilson": ("wilson", False),
    "mover_jeffreys": ("jeffreys_modified", False),
}

_WALDS: Mapping[str, Callable[[PairedTables, float], Bounds]] = {
    "agresti_min": lambda t, z: _around(t.first + 0.5, t.second + 0.5, t.n + 2, z),
    "bonett_price": lambda t, z: _around(t.first + 1, t.second + 1, t.n + 2, z),
    "wald": lambda t, z: _around(t.first, t.second, t.n, z),
    "wald_corrected": lambda t, z: _around(t.first, t.second, t.n, z, 1 / t.n),
}
