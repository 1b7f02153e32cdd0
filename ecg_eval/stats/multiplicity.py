"""Many tests at once: p-values adjusted so that they can each be held against the one level.

Holm, Hochberg, Hommel and Bonferroni keep the chance of any false rejection (family-wise error rate) below the level;
Benjamini-Hochberg and Benjamini-Yekutieli keep the expected share of false ones among the rejections (false discovery
rate). Holm is the default: it asks nothing of how the tests depend on each other and is never worse than Bonferroni.
A test that was not made (NaN) stays NaN and does not count as one of the family.

Whoever chooses the best of several numbers, not the first, has a test that nobody wrote down: `expected_maximum` says
how far the best of equals stands above them.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.stats import norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.binary_data import Floats, check_method


def adjust_p_values(p_values: ArrayLike, *, method: str = "holm") -> Floats:
    """Adjust the p-values of one family of tests.

    Parameters
    ----------
    p_values : array of any shape, in [0, 1]; NaN where no test was made
        All entries belong to one family.
    method : str
        ``holm`` (default; Scand J Stat 1979;6:65-70), ``bonferroni``: any dependence. ``hochberg`` (Biometrika
        1988;75:800-802), ``hommel`` (Biometrika 1988;75:383-386, at least as powerful as Hochberg's): independent or
        positively dependent tests. ``benjamini_hochberg`` (J R Stat Soc B 1995;57:289-300): false discovery rate, same
        condition. ``benjamini_yekutieli`` (Ann Stat 2001;29:1165-1188): false discovery rate, any dependence.

    Returns
    -------
    array
        Of the same shape, in [0, 1], never below the p-value itself; reject where it is at most the level.

    Raises
    ------
    ArgumentError
        For values outside [0, 1] or an unknown method.

    Examples
    --------
    >>> print(adjust_p_values([0.01, 0.04, np.nan, 0.03]))
    [0.03 0.06  nan 0.06]
    """
    who = "adjust_p_values"
    check_method(who, method, ADJUSTMENTS)
    p = np.asarray(p_values, dtype=np.float64)
    tested = ~np.isnan(p)
    if not np.all((p[tested] >= 0) & (p[tested] <= 1)):
        raise ArgumentError(who, "p_values", "in [0, 1], NaN where no test was made", p.tolist())
    adjusted = np.full(p.shape, np.nan)
    if tested.any():
        order = np.argsort(p[tested], kind="stable")
        ranked = np.empty(order.size)
        ranked[order] = np.minimum(_ADJUST[method](p[tested][order]), 1.0)
        adjusted[tested] = ranked
    return adjusted


def gatekeeping(families: Sequence[ArrayLike], *, method: str = "holm") -> list[Floats]:
    """Adjust ordered families of tests, each a gate to the next (serial gatekeeping).

    A family is tested only when every test of all families before it was rejected: the primary endpoint first, then
    the secondary ones in the order of the analysis plan. With one test a family this is the fixed-sequence procedure,
    which spends no level on the later ones. Inside a family the p-values are adjusted by `method`, and each is raised
    to the largest adjusted p-value of the families before (Westfall and Krishen, J Stat Plan Inference 2001;99:25-40).

    Parameters
    ----------
    families : sequence of arrays in [0, 1]; NaN where no test was made
        In the order in which they are tested; a single number is a family of one.
    method : str
        As for `adjust_p_values`; one that controls the family-wise error rate.

    Returns
    -------
    list of arrays
        The adjusted p-values of each family, of its shape: reject where at most the level. A gate with a test that was
        not made stays closed: what stands behind it is 1.

    Raises
    ------
    ArgumentError
        As `adjust_p_values`, and for a method that controls the false discovery rate only.

    Examples
    --------
    >>> [a.tolist() for a in gatekeeping([0.01, [0.02, 0.03], 0.001])]
    [0.01, [0.04, 0.04], 0.04]
    """
    if method in ("benjamini_hochberg", "benjamini_yekutieli"):
        rule = "one that controls the family-wise error rate"
        raise ArgumentError("gatekeeping", "method", rule, method, "Use holm.")
    gate, adjusted = 0.0, []
    for family in families:
        within = np.maximum(adjust_p_values(family, method=method), gate)
        adjusted.append(within)
        if within.size:
            gate = float(np.max(np.nan_to_num(within, nan=1.0)))
    return adjusted


def expected_maximum(*, n_candidates: int) -> float:
    """Say how many standard errors the best of equally good candidates looks better than it is, by chance alone.

    E max(Z_1, ..., Z_k) of k independent standard normals = the integral over x > 0 of
    1 - Phi(x)^k - (1 - Phi(x))^k, by adaptive quadrature. Candidates whose errors are positively correlated, as those
    of models read on the same cases, gain less (Slepian's inequality), so that this is an upper guide.

    Parameters
    ----------
    n_candidates : int
        k, from 1.

    Returns
    -------
    float
        0 for one candidate, without an upper end: 0.56 of two, 1.54 of ten, 2.51 of a hundred.

    Raises
    ------
    ArgumentError
        For fewer than one, and parts of one.

    Notes
    -----
    Sources: Harter, Biometrika 1961;48:151-165, table 1, which the tests compare with; Slepian, Bell Syst Tech J
    1962;41:463-501.

    Examples
    --------
    >>> round(expected_maximum(n_candidates=10), 4)
    1.5388
    """
    if isinstance(n_candidates, bool) or not isinstance(n_candidates, int | np.integer) or n_candidates < 1:
        raise ArgumentError("expected_maximum", "n_candidates", "a whole number of at least 1", n_candidates)

    def above(x: float) -> float:
        # written with what is small, so that nothing is lost to rounding far out
        upper = float(norm.sf(x))
        return float(-np.expm1(n_candidates * np.log1p(-upper)) - upper**n_candidates)

    return float(quad(above, 0.0, np.inf, epsabs=1e-12, epsrel=1e-10, limit=200)[0])


def _bonferroni(p: Floats) -> Floats:
    """M p."""
    return p.size * p


def _holm(p: Floats) -> Floats:
    """Largest over j <= i of (m - j + 1) p_(j)."""
    return np.maximum.accumulate(np.arange(p.size, 0, -1) * p)


def _hochberg(p: Floats) -> Floats:
    """Smallest over j >= i of (m - j + 1) p_(j)."""
    return np.minimum.accumulate((np.arange(p.size, 0, -1) * p)[::-1])[::-1]


def _benjamini_hochberg(p: Floats) -> Floats:
    """Smallest over j >= i of (m / j) p_(j)."""
    return np.minimum.accumulate((p.size / np.arange(1, p.size + 1) * p)[::-1])[::-1]


def _benjamini_yekutieli(p: Floats) -> Floats:
    """Benjamini-Hochberg times 1 + 1/2 + ... + 1/m."""
    return _benjamini_hochberg(p) * float(np.sum(1 / np.arange(1, p.size + 1)))


def _hommel(p: Floats) -> Floats:
    """Simes's test of every intersection, closed: the algorithm of Wright (Biometrics 1992;48:1005-1013)."""
    m = p.size
    adjusted = np.full(m, np.min(m * p / np.arange(1, m + 1)))
    floor = adjusted.copy()
    for size in range(m - 1, 1, -1):
        first = m - size + 1  # the tests that can be the small ones of an intersection of this size
        best = np.min(size * p[first:] / np.arange(2, size + 1))
        floor[:first] = np.minimum(size * p[:first], best)
        floor[first:] = floor[first - 1]
        adjusted = np.maximum(adjusted, floor)
    return np.maximum(adjusted, p)


ADJUSTMENTS: Mapping[str, str] = {
    "bonferroni": "Bonferroni",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "benjamini_hochberg": "Benjamini-Hochberg",
    "benjamini_yekutieli": "Benjamini-Yekutieli",
}

_ADJUST: Mapping[str, Callable[[Floats], Floats]] = {
    "bonferroni": _bonferroni,
    "holm": _holm,
    "hochberg": _hochberg,
    "hommel": _hommel,
    "benjamini_hochberg": _benjamini_hochberg,
    "benjamini_yekutieli": _benjamini_yekutieli,
}
