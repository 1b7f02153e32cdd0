"""Tests over strata: whether two shares differ at all, exactly or not, and whether they differ alike in all strata."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.stratified import NO_STRATUM, Floats, Strata

_FARTHEST = 60.0  # log odds ratio beyond which a bound is called infinite


def cochran_mantel_haenszel(strata: Strata, *, corrected: bool = False) -> Estimate:
    """Test whether the shares of two groups differ, over strata: (|sum(O - E)| - c)² / sum V on chi-squared(1).

    Parameters
    ----------
    strata : Strata
    corrected : bool
        Whether c is one half (at most |sum(O - E)|), which makes it nearer to the exact test and more cautious.

    Returns
    -------
    Estimate
        Value and statistic: chi-squared. Undefined where no stratum has events and non-events.

    Notes
    -----
    Source: Mantel and Haenszel, J Natl Cancer Inst 1959;22:719.
    """
    some = strata.informative
    label = "Cochran-Mantel-Haenszel test" + (", continuity correction" if corrected else "")
    if not some.n.size:
        return Estimate.undefined(reason=NO_STRATUM, method=label)
    excess, spread = some.excess
    away = abs(excess)
    chi2 = (away - (0.5 if corrected and away >= 0.5 else 0.0)) ** 2 / float(spread.sum())
    return _chi2(some, chi2, 1, label)


def breslow_day_test(strata: Strata, *, tarone: bool = True) -> Estimate:
    """Test whether the odds ratio is the same in every stratum, against what Mantel and Haenszel's would give in each.

    Parameters
    ----------
    strata : Strata
    tarone : bool
        Whether Tarone's correction is made, without which it is slightly too large.

    Returns
    -------
    Estimate
        Chi-squared on strata - 1, those with events and non-events; undefined with fewer than two, or without an odds
        ratio.

    Notes
    -----
    Sources: Breslow and Day, Statistical methods in cancer research, vol. 1, IARC 1980; Tarone, Biometrika 1985;72:91.
    """
    some = strata.informative
    label = "Breslow-Day test" + (", Tarone's correction" if tarone else "")
    r, t = (some.a * some.d / some.n).sum(), (some.b * some.c / some.n).sum()
    if some.n.size < 2 or not (r > 0 and t > 0):
        reason = "fewer than two strata have events and non-events" if some.n.size < 2 else "there is no odds ratio"
        return Estimate.undefined(reason=reason, method=label, n=int(strata.n.sum()))
    expected = _expected(some, float(r / t))
    parts = (expected, some.first - expected, some.events - expected, some.second - some.events + expected)
    spread = 1 / (1 / np.stack(parts)).sum(axis=0)
    chi2 = float(((some.a - expected) ** 2 / spread).sum())
    if tarone:
        chi2 -= float((some.a - expected).sum() ** 2 / spread.sum())
    return _chi2(some, chi2, some.n.size - 1, label)


def woolf_test(strata: Strata) -> Estimate:
    """Test whether log odds ratios differ between strata by more than chance, each weighing by its precision.

    Where any cell of any stratum is empty, one half is added to every cell.

    Notes
    -----
    Source: Woolf, Ann Hum Genet 1955;19:251.
    """
    label, k = "Woolf's test", strata.n.size
    if k < 2:
        return Estimate.undefined(reason="fewer than two strata have both groups", method=label, n=int(strata.n.sum()))
    cells = np.stack([strata.a, strata.b, strata.c, strata.d])
    cells = cells + (0.5 if (cells == 0).any() else 0.0)
    log = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    weight = 1 / (1 / cells).sum(axis=0)
    mean = float((weight * log).sum() / weight.sum())
    return _chi2(strata, float((weight * (log - mean) ** 2).sum()), k - 1, label)


def exact_odds_ratio(strata: Strata, *, level: float = 0.95) -> Estimate:
    """Estimate the odds ratio over strata by the exact conditional distribution, for counts too few for any other.

    Given the margins, the sum of a over strata is a sum of non-central hypergeometric numbers. The value maximises the
    conditional likelihood; the bounds are those of the two one-sided tests; p adds up what is no more likely than what
    was seen.

    Returns
    -------
    Estimate
        A bound at 0 or infinity is None; undefined where no stratum has events and non-events.

    Notes
    -----
    Source: Mehta, Patel and Gray, J Am Stat Assoc 1985;80:969.
    """
    some = strata.informative
    label = f"exact conditional odds ratio over {some.n.size} strata"
    if not some.n.size:
        return Estimate.undefined(reason=NO_STRATUM, method=label, level=level)
    log_p, lowest = _null_distribution(some)
    at = np.arange(log_p.size) + lowest
    seen, tail = float(some.a.sum()), (1 - level) / 2

    def probability(log_ratio: float) -> Floats:
        weight = log_p + log_ratio * (at - seen)
        p = np.exp(weight - weight.max())
        return np.asarray(p / p.sum())

    def solved(excess: Callable[[float], float]) -> float:
        return float(np.exp(brentq(excess, -_FARTHEST, _FARTHEST, xtol=1e-12)))

    p0 = probability(0.0)
    chance = p0[int(seen - lowest)]
    is_least, is_most = seen == at[0], seen == at[-1]
    value = None if is_least or is_most else solved(lambda x: float((probability(x) * at).sum()) - seen)
    low = 0.0 if is_least else solved(lambda x: float(probability(x)[at >= seen].sum()) - tail)
    high = None if is_most else solved(lambda x: tail - float(probability(x)[at <= seen].sum()))
    p_value = float(min(1.0, p0[p0 <= chance * (1 + 1e-7)].sum()))
    n, positive = int(some.n.sum()), int(some.events.sum())
    if value is None:
        reason = "the odds ratio is 0 or infinite: a group has no event, or only events, in every stratum"
        return Estimate(value=None, method=label, n=n, n_positive=positive, level=level, p_value=p_value, reason=reason)
    return Estimate(
        value=value, low=low, high=high, level=level, method=label, n=n, n_positive=positive, p_value=p_value
    )


def _null_distribution(s: Strata) -> tuple[Floats, float]:
    """Return the log probability of each sum of a over strata where the odds ratio is 1, and the least such sum."""
    p, lowest = np.ones(1), 0.0
    for first, second, events in zip(s.first, s.second, s.events, strict=True):
        x = np.arange(max(0.0, events - second), min(first, events) + 1)
        log = _log_choose(first, x) + _log_choose(second, events - x)
        p = np.convolve(p, np.exp(log - log.max()))
        p, lowest = p / p.sum(), lowest + float(x[0])
    with np.errstate(divide="ignore"):
        return np.log(p), lowest


def _log_choose(n: float, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _expected(s: Strata, ratio: float) -> Floats:
    """Return what a would be in each stratum with a common odds ratio: the root between its bounds."""
    if abs(ratio - 1) < 1e-12:
        return np.asarray(s.first * s.events / s.n)
    # (1 - r) A² + (n0 - m + r (n1 + m)) A - r n1 m = 0
    square, linear = 1 - ratio, s.second - s.events + ratio * (s.first + s.events)
    root = np.sqrt(linear**2 + 4 * square * ratio * s.first * s.events)
    return np.asarray((-linear + root) / (2 * square))


def _chi2(s: Strata, chi2: float, df: int, label: str) -> Estimate:
    return Estimate(
        value=max(chi2, 0.0),
        statistic=max(chi2, 0.0),
        df=df,
        p_value=float(chdtrc(df, max(chi2, 0.0))),
        method=f"{label} over {s.n.size} strata",
        n=int(s.n.sum()),
        n_positive=int(s.events.sum()),
        reason="a test has no interval",
    )
