"""How sure a proportion of few cases is, when it is one of several of the same reader.

One case called rightly has a share of 1 and, by the usual formula, no variance at all; a mean over findings that takes
that zero at its word is far too sure. Here each finding's share is first drawn towards the reader's share over all
findings, by two cases' worth, and the variance is that of the drawn share. With one finding of n cases that is nearly
the share itself; a finding of one case borrows from the others what it cannot know. Only variances are made of these
shares: the value that is reported stays the plain one.

Source of the idea: Efron and Morris, J Am Stat Assoc 1975;70:311 (drawing several shares together); Agresti and Coull,
Am Stat 1998;52:119 (added cases before a variance). How many cases to add was tried: docs/statistics/coverage.md.
"""

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.proportion.binary_data import Floats

ADDED_CASES = 2.0


def shrunken_proportions(*, n_events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    r"""Give shares drawn towards their common share, and their variances.

    .. math:: \bar p = \frac{\sum x + 1}{\sum n + 2}, \quad \tilde p_f = \frac{x_f + 2 \bar p}{n_f + 2}, \quad
              v_f = \frac{\tilde p_f (1 - \tilde p_f)}{n_f}

    Parameters
    ----------
    n_events, n : arrays (..., n_findings)
        Events and cases; they need not be whole numbers. A finding without cases has no share.

    Returns
    -------
    share, variance : arrays (..., n_findings)
        Shares strictly between 0 and 1; variances above 0. NaN without cases.

    Examples
    --------
    >>> share, variance = shrunken_proportions(n_events=[9, 1], n=[10, 1])
    >>> share.round(3).tolist(), variance.round(4).tolist()
    ([0.891, 0.897], [0.0097, 0.092])
    """
    x, total = np.broadcast_arrays(np.asarray(n_events, dtype=np.float64), np.asarray(n, dtype=np.float64))
    common = (x.sum(-1, keepdims=True) + 1) / (total.sum(-1, keepdims=True) + 2)
    share = np.where(total > 0, (x + ADDED_CASES * common) / (total + ADDED_CASES), np.nan)
    return share, share * (1 - share) / np.where(total > 0, total, np.nan)


def shrunken_difference_variances(*, n_only_first: ArrayLike, n_only_second: ArrayLike, n: ArrayLike) -> Floats:
    r"""Give variances of paired differences whose discordant shares are drawn towards their common ones.

    With b and c the shares of pairs in which only the first and only the second has the event, drawn like the shares
    of `shrunken_proportions` (1/2 added to each common count), :math:`v_f = (b + c - (b - c)^2) / n_f`, and no less
    than with half a discordant pair of each kind, :math:`1 / (n_f + 2)^2` (Agresti and Min, Stat Med 2005;24:729):
    many pairs without a difference say that it is small, not that it is known.

    Parameters
    ----------
    n_only_first, n_only_second, n : arrays (..., n_findings)
        Discordant pairs of both kinds and all pairs.

    Returns
    -------
    array (..., n_findings)
        Above 0; NaN without pairs.
    """
    total = np.asarray(n, dtype=np.float64)
    shares = []
    for count in (n_only_first, n_only_second):
        x, total = np.broadcast_arrays(np.asarray(count, dtype=np.float64), total)
        common = (x.sum(-1, keepdims=True) + 0.5) / (total.sum(-1, keepdims=True) + 1)
        shares.append((x + ADDED_CASES * common) / (total + ADDED_CASES))
    b, c = shares
    pairs = np.where(total > 0, total, np.nan)
    return np.asarray(np.maximum((b + c - (b - c) ** 2) / pairs, 1 / (pairs + 2) ** 2))
