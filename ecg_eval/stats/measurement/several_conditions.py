"""Whether numbers of the same readers differ between several conditions: Friedman's test on ranks within readers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc
from scipy.stats import rankdata

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

WHO = "friedman_test"


@dataclass(frozen=True, kw_only=True)
class RankedConditions:
    """What ranks within blocks say of conditions.

    Attributes
    ----------
    concordance : Estimate
        Kendall's W, 0 (no order) to 1 (all blocks have the same), with Friedman's chi-squared, df and p.
    f_test : Estimate
        The same by Iman and Davenport's F, nearer to its level with few blocks.
    mean_ranks : tuple of float
        Of each condition, 1 the lowest.
    """

    concordance: Estimate
    f_test: Estimate
    mean_ranks: tuple[float, ...]


def friedman_test(*, values: ArrayLike) -> RankedConditions:
    """Test whether numbers differ between conditions, block by block.

    Parameters
    ----------
    values : array_like (n_blocks, n_conditions)
        Blocks are readers, conditions arms; a block with NaN is left out. Ties have mid-ranks.

    Returns
    -------
    RankedConditions
        Undefined with fewer than two complete blocks, or where every block is tied throughout.

    Notes
    -----
    Sources: Friedman, J Am Stat Assoc 1937;32:675; Iman and Davenport, Commun Stat A 1980;9:571.

    Examples
    --------
    >>> found = friedman_test(values=[[1, 2, 3], [1, 3, 2], [1, 2, 3]])
    >>> round(found.concordance.value, 3), found.mean_ranks[0]
    (0.778, 1.0)
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ArgumentError(WHO, "values", "of shape (n_blocks, 2 or more conditions)", table.shape)
    table = table[~np.isnan(table).any(axis=1)]
    b, k = table.shape
    words = {"concordance": "Kendall W, Friedman chi-squared", "f_test": "Kendall W, Iman-Davenport F"}
    ranks = rankdata(table, axis=1) if b else np.empty((0, k))
    ties = sum(float((c**3 - c).sum()) for c in (np.unique(row, return_counts=True)[1] for row in table))
    scale = b * k * (k + 1) - ties / (k - 1)
    if b < 2 or scale < 1e-9:
        reason = "fewer than two readers have all conditions" if b < 2 else "no reader has two different numbers"
        none = {name: Estimate.undefined(reason=reason, method=method, n=b) for name, method in words.items()}
        return RankedConditions(**none, mean_ranks=tuple(ranks.mean(axis=0)) if b else ())
    chi2 = float(12 * ((ranks.sum(axis=0) - b * (k + 1) / 2) ** 2).sum() / scale)
    w = chi2 / (b * (k - 1))
    concordance = Estimate(
        value=w,
        method=words["concordance"],
        n=b,
        statistic=chi2,
        df=k - 1,
        p_value=float(chdtrc(k - 1, chi2)),
        reason="a test has no interval",
    )
    rest = b * (k - 1) - chi2
    if rest > 1e-9 * b:
        f = (b - 1) * chi2 / rest
        p, statistic = float(fdtrc(k - 1, (k - 1) * (b - 1), f)), f
    else:  # every block has the same order: F is infinite
        p, statistic = 0.0, None
    f_test = Estimate(
        value=w,
        method=words["f_test"],
        n=b,
        statistic=statistic,
        df=k - 1,
        df_denominator=(k - 1) * (b - 1),
        p_value=p,
        reason="a test has no interval",
    )
    return RankedConditions(concordance=concordance, f_test=f_test, mean_ranks=tuple(map(float, ranks.mean(axis=0))))
