"""A difference of two shares over strata where patients have several cases, in one group or in both.

The weights are Mantel and Haenszel's; the error is that between patients, so that readings of one ECG by several
readers, or with and without help, need not be independent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]

WHO = "stratified_difference"
NO_STRATUM = "no stratum has cases of both groups"
NO_SPREAD = "no case or patient differs from another: this method has no interval"


@dataclass(frozen=True, kw_only=True)
class StratifiedDifference:
    """One difference over strata, and whether the strata differ.

    Attributes
    ----------
    common : Estimate
        First minus second over all strata.
    homogeneity : Estimate
        Wald's chi-squared of equal differences in all strata.
    strata : tuple of str
        Those with cases of both groups.
    by_stratum : tuple of Estimate
        The difference within each.
    """

    common: Estimate
    homogeneity: Estimate
    strata: tuple[str, ...]
    by_stratum: tuple[Estimate, ...]


def stratified_difference(
    *, outcome: ArrayLike, first: ArrayLike, stratum: ArrayLike, cluster: ArrayLike, level: float = 0.95
) -> StratifiedDifference:
    """Estimate the share of `first` minus that of the others, stratum by stratum and over all.

    Parameters
    ----------
    outcome : array_like (n_cases,)
        1 event, 0 none, NaN left out.
    first : array_like of bool (n_cases,)
        Whether a case is of the first group.
    stratum, cluster : array_like (n_cases,)
        Stratum and patient of each case.
    level : float

    Returns
    -------
    StratifiedDifference
        t on patients - 1; undefined where no stratum has both groups.

    Notes
    -----
    Weights n1 n0 / n: Mantel and Haenszel, J Natl Cancer Inst 1959;22:719; error between clusters: Binder, Int Stat Rev
    1983;51:279.

    Examples
    --------
    >>> made = stratified_difference(
    ...     outcome=[1, 1, 0, 1, 0, 0], first=[1, 1, 0, 1, 0, 0], stratum=list("aaabbb"), cluster=[1, 2, 3, 4, 5, 6]
    ... )
    >>> made.common.value
    1.0
    """
    y, group = np.asarray(outcome, dtype=np.float64), np.asarray(first, dtype=bool)
    labels, patients = np.asarray(stratum).astype(str), np.asarray(cluster)
    if y.ndim != 1 or not y.shape == group.shape == labels.shape == patients.shape:
        shapes = (y.shape, group.shape, labels.shape, patients.shape)
        raise ArgumentError(WHO, "arrays", "of one shape (n_cases,)", shapes)
    keep = ~np.isnan(y)
    y, group, labels, patients = y[keep], group[keep], labels[keep], patients[keep]
    both = [s for s in np.unique(labels) if group[labels == s].any() and not group[labels == s].all()]
    words = f"Mantel-Haenszel difference over {len(both)} strata, between patients"
    if not both:
        nothing = Estimate.undefined(reason=NO_STRATUM, method=words, n=y.size, level=level)
        return StratifiedDifference(common=nothing, homogeneity=nothing, strata=(), by_stratum=())
    codes = np.unique(patients, return_inverse=True)[1]
    g = int(codes.max()) + 1
    values, errors, weights = np.zeros(len(both)), np.zeros((len(both), g)), np.zeros(len(both))
    for k, name in enumerate(both):
        sides = [(labels == name) & side for side in (group, ~group)]
        n = [int(side.sum()) for side in sides]
        shares = [float(y[side].mean()) for side in sides]
        added = sum(
            sign * np.where(side, y - p, 0.0) / size
            for sign, side, p, size in zip((1, -1), sides, shares, n, strict=True)
        )
        values[k], weights[k] = shares[0] - shares[1], n[0] * n[1] / (n[0] + n[1])
        errors[k] = np.bincount(codes, weights=added, minlength=g)
    weights = weights / weights.sum()
    covariance = g / max(g - 1, 1) * errors @ errors.T
    counted = [(labels == name).sum() for name in both]
    inside = [len(np.unique(patients[labels == name])) for name in both]
    whole = float(weights @ values), float(weights @ covariance @ weights)
    return StratifiedDifference(
        common=_estimate(whole, (int(np.sum(counted)), g), words, level),
        homogeneity=_homogeneity(values, covariance, int(np.sum(counted))),
        strata=tuple(map(str, both)),
        by_stratum=tuple(
            _estimate((v, covariance[k, k]), (int(n), m), "difference within a stratum, between patients", level)
            for k, (v, n, m) in enumerate(zip(values, counted, inside, strict=True))
        ),
    )


def _estimate(made: tuple[float, float], counted: tuple[int, int], words: str, level: float) -> Estimate:
    (value, variance), (n, clusters) = made, counted
    if not variance > 1e-24 or clusters < 2:
        return Estimate(value=value, method=words, n=n, n_clusters=clusters, level=level, reason=NO_SPREAD)
    error, df = float(variance**0.5), float(clusters - 1)
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return Estimate(
        value=value,
        low=max(value - half, -1.0),
        high=min(value + half, 1.0),
        level=level,
        method=words,
        n=n,
        n_clusters=clusters,
        standard_error=error,
        df=df,
        statistic=value / error,
        p_value=float(2 * stdtr(df, -abs(value / error))),
    )


def _homogeneity(values: Floats, covariance: Floats, n: int) -> Estimate:
    """Test that all differences are equal: those from the first, on Wald's chi-squared."""
    label, k = f"Wald test of equal differences in {values.size} strata", values.size
    if k < 2:
        return Estimate.undefined(reason="one stratum alone has both groups", method=label, n=n)
    contrasts = np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])
    spread = contrasts @ covariance @ contrasts.T
    if np.linalg.matrix_rank(spread) < k - 1:
        reason = "in some strata no case differs from another"
        return Estimate.undefined(reason=reason, method=label, n=n)
    apart = contrasts @ values
    chi2 = float(apart @ np.linalg.solve(spread, apart))
    return Estimate(
        value=chi2,
        statistic=chi2,
        df=k - 1,
        p_value=float(chdtrc(k - 1, chi2)),
        method=label,
        n=n,
        reason="a test has no interval",
    )
