"""McNemar's test, of whether one of two calls on the same cases has the event more often.

Only the discordant pairs (one has the event, the other has not) tell. The default is the mid-p test, which keeps the
level where the asymptotic test exceeds it and the exact one wastes it (Fagerland, Lydersen and Laake, BMC Med Res
Methodol 2013;13:91).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, ndtr

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_count, check_method, normal_quantile
from ecg_eval.stats.proportion.proportions import proportion_bounds

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
