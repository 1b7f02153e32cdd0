"""Second moments of success between every two cells: what all U-statistic variances of a reader study are made of.

A success is a number for a pair of one diseased and one healthy case (psi of the AUC), or for one case (a call, a
score). The product of two successes has four expectations, by what the two have in common: the pair, only the diseased
case, only the healthy case, nothing. Sums over pairs of cells of the products, and of their numbers, give the moments
of Barrett, Kupinski and Clarkson for any design, crossed or not (Gallas, Bandos, Samuelson and Wagner 2009).
"""

from dataclasses import dataclass

import numpy as np

from ecg_eval.stats.mrmc.pair_sums import pair_sums, quotient
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray

# from sums that contain the more special products too, to sums of products with exactly that much in common
TO_EXACT = np.array([[1, 0, 0, 0], [-1, 1, 0, 0], [-1, 0, 1, 0], [1, -1, -1, 1]], dtype=np.float64)
BLOCK = 4_000_000  # numbers in one block of the table of successes, about 32 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMoments:
    """Sums of products of successes between every two cells.

    Attributes
    ----------
    products : ndarray (4, n_cells, n_cells)
        Sums of products over the same pair; over pairs with the same diseased case; with the same healthy case; over
        all. Where a success belongs to one case, the first three are alike.
    numbers : ndarray (4, n_cells, n_cells)
        How many products each sum has.
    total, count : ndarray (n_cells,)
        Sum and number of successes of each cell.
    of_pairs : bool
        Whether a success belongs to a pair of cases (AUC) or to one case.
    """

    products: FloatArray
    numbers: FloatArray
    total: FloatArray
    count: FloatArray
    of_pairs: bool

    @property
    def values(self) -> FloatArray:
        """Mean success of each cell (the AUC, the proportion), (n_cells,)."""
        return quotient(self.total, self.count)

    def unbiased_covariance(self) -> FloatArray:
        """Return the unbiased covariance of the cells' mean successes over cases, (n_cells, n_cells).

        The product of the means less the mean product of successes that have no case in common; NaN where there is no
        such product (one diseased or one healthy case).
        """
        exact = np.tensordot(TO_EXACT[3], self.products, axes=1)
        number = np.tensordot(TO_EXACT[3], self.numbers, axes=1)
        return np.outer(self.values, self.values) - quotient(exact, number)


def pair_moments(cells: FloatArray, truth: BoolArray) -> PairMoments:
    """Return the moments of psi (1, 1/2, 0) over pairs of a diseased and a healthy case.

    Parameters
    ----------
    cells : ndarray (n_cells, n_cases)
        Scores, NaN where the cell did not read the case.
    truth : ndarray (n_cases,), bool
    """
    sums = pair_sums(cells, truth)
    read = (~np.isnan(cells)).astype(np.float64)
    n_positive, n_negative = sums.n_positive, sums.n_negative
    common_positive = read[:, truth] @ read[:, truth].T
    common_negative = read[:, ~truth] @ read[:, ~truth].T
    pairs = n_positive * n_negative
    return PairMoments(
        products=np.stack(
            (
                _same_pair(cells[:, truth], cells[:, ~truth]),
                sums.per_positive @ sums.per_positive.T,
                sums.per_negative @ sums.per_negative.T,
                np.outer(sums.total, sums.total),
            )
        ),
        numbers=np.stack(
            (
                common_positive * common_negative,
                common_positive * np.outer(n_negative, n_negative),
                common_negative * np.outer(n_positive, n_positive),
                np.outer(pairs, pairs),
            )
        ),
        total=sums.total,
        count=pairs,
        of_pairs=True,
    )


def case_moments(successes: FloatArray) -> PairMoments:
    """Return the moments of a success that belongs to one case, such as a correct call.

    Parameters
    ----------
    successes : ndarray (n_cells, n_cases)
        NaN where the cell did not read the case.
    """
    read = ~np.isnan(successes)
    filled = np.where(read, successes, 0.0)
    total, count = filled.sum(axis=1), read.sum(axis=1).astype(np.float64)
    same, number = filled @ filled.T, read.astype(np.float64) @ read.T.astype(np.float64)
    return PairMoments(
        products=np.stack((same, same, same, np.outer(total, total))),
        numbers=np.stack((number, number, number, np.outer(count, count))),
        total=total,
        count=count,
        of_pairs=False,
    )


def _same_pair(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Sum psi_a psi_b over the pairs that both cells read, a block of diseased cases at a time."""
    n_cells, n_positive = positive.shape
    products = np.zeros((n_cells, n_cells))
    step = max(1, BLOCK // max(1, n_cells * negative.shape[1]))
    for start in range(0, n_positive, step):
        difference = positive[:, start : start + step, None] - negative[:, None, :]
        psi = np.nan_to_num((np.sign(difference) + 1) / 2).reshape(n_cells, -1)
        products += psi @ psi.T
    return products
