"""Tests of two independent proportions: Fisher's, with mid-p, and chi-squared.

The default is Fisher's test with mid-p, which the exact test's waste and the asymptotic test's excess both spare
(Lydersen, Fagerland and Laake, Stat Med 2009;28:1159-1175).
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import gammaln, ndtr

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method
from ecg_eval.stats.proportion.unpaired import checked_groups, compare_unpaired_proportions


def unpaired_proportion_test(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    method: str = "fisher_mid_p",
    level: float = 0.95,
) -> Estimate:
    """Test whether two independent proportions are equal.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    method : str
        ``fisher_mid_p`` (default): Fisher's exact two-sided p minus half the probability of the tables that are as
        probable as the observed one (1 where only that table is possible).
        ``fisher``: all tables with these margins that are at most as probable. ``chi_squared``: Pearson's.
        ``chi_squared_n_minus_1``: times (n - 1) / n (Campbell, Stat Med 2007;26:3661-3675). ``chi_squared_corrected``:
        with Yates's continuity correction.
    level : float
        Coverage of the interval of the difference (Newcombe's, see `compare_unpaired_proportions`).

    Returns
    -------
    Estimate
        Value and interval are those of the difference; `p_value` is two-sided, `statistic` the chi-squared with 1
        degree of freedom. Undefined when a group has no case. When all cases are alike no chi-squared exists and no
        p-value is given; Fisher's is 1.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).
    """
    who = "unpaired_proportion_test"
    x1, n1, x2, n2 = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    check_method(who, method, TESTS)
    words = f"{TESTS[method]}; difference: Newcombe"
    difference = compare_unpaired_proportions(
        n_events_first=x1, n_first=n1, n_events_second=x2, n_second=n2, level=level
    )
    if difference.value is None:
        return Estimate.undefined(reason=str(difference.reason), method=words, n=n1 + n2, level=level)
    statistic: float | None = None
    if method in ("fisher", "fisher_mid_p"):
        p: float | None = _fisher(x1, n1, x2, n2, mid_p=method == "fisher_mid_p")
    elif 0 < x1 + x2 < n1 + n2:
        statistic = _chi_squared(x1, n1, x2, n2, method)
        p = float(2 * ndtr(-np.sqrt(statistic)))
    else:
        p = None
    return Estimate(
        value=difference.value,
        low=difference.low,
        high=difference.high,
        level=level,
        method=words,
        n=n1 + n2,
        n_positive=x1 + x2,
        standard_error=difference.standard_error,
        statistic=statistic,
        p_value=p,
        reason="all cases are alike: no test" if p is None else None,
    )


def _fisher(x1: int, n1: int, x2: int, n2: int, *, mid_p: bool) -> float:
    """Sum the hypergeometric probabilities of all tables that are at most as probable as the observed one."""
    x = x1 + x2
    k = np.arange(max(0, x - n2), min(n1, x) + 1, dtype=np.float64)

    def log_choose(n: int, r: Floats) -> Floats:
        return np.asarray(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))

    logs = log_choose(n1, k) + log_choose(n2, x - k)
    probability = np.exp(logs - logs.max())
    probability /= probability.sum()
    if k.size == 1:
        return 1.0
    observed = probability[int(x1 - k[0])]
    # the tolerance keeps tables that are equally probable together, as R's fisher.test
    within = probability <= observed * (1 + 1e-7)
    alike = within & (probability >= observed * (1 - 1e-7))
    return float(min(probability[within].sum() - (probability[alike].sum() / 2 if mid_p else 0.0), 1.0))


def _chi_squared(x1: int, n1: int, x2: int, n2: int, method: str) -> float:
    """Pearson's n (|x1 y2 - x2 y1| - correction)² / (n1 n2 x y), y being the cases without the event."""
    n, x = n1 + n2, x1 + x2
    cross = float(abs(x1 * (n2 - x2) - x2 * (n1 - x1)))
    if method == "chi_squared_corrected":
        cross = max(cross - n / 2, 0.0)
    scale = n - 1 if method == "chi_squared_n_minus_1" else n
    return scale * cross**2 / (n1 * n2 * x * (n - x))


TESTS: Mapping[str, str] = {
    "fisher_mid_p": "Fisher mid-p",
    "fisher": "Fisher exact",
    "chi_squared": "Pearson's chi-squared",
    "chi_squared_n_minus_1": "(n - 1) chi-squared",
    "chi_squared_corrected": "chi-squared with continuity correction",
}
