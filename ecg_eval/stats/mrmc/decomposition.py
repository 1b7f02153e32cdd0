"""Moments and components of the covariance of two modalities' reader averages.

Moments of Barrett, Kupinski and Clarkson, named M1 to M8 as iMRMC prints them, by what two successes have in common:

    M1 reader, diseased and healthy case    M5 diseased and healthy case
    M2 reader and diseased case             M6 diseased case
    M3 reader and healthy case              M7 healthy case
    M4 reader                               M8 nothing

The covariance of the averages is the sum of coefficient x moment; the coefficients say how often each kind of pair of
successes occurs in the design. The components regroup the moments by random effect (N healthy case, D diseased case,
R reader, and their interactions), the covariance being the sum of coefficient x component as well.

References
----------
Gallas BD, Bandos A, Samuelson FW, Wagner RF (2009). A framework for random-effects ROC analysis: biases with the
bootstrap and other variance estimators. Communications in Statistics - Theory and Methods 38:2586-2603.
Gallas BD, Pennello GA, Myers KJ (2007). Multireader multicase variance analysis for binary data. Journal of the Optical
Society of America A 24:B70-B80.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ecg_eval.stats.mrmc.moments import TO_EXACT, PairMoments
from ecg_eval.stats.mrmc.study import FloatArray

MOMENTS = ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8")

# components of successes that belong to pairs, from moments M1 to M8; and their coefficients from those of the moments
PAIR_COMPONENTS = {
    "N": ((0, 0, 0, 0, 0, 0, 1, -1), (1, 0, 1, 0, 1, 0, 1, 0)),
    "D": ((0, 0, 0, 0, 0, 1, 0, -1), (1, 1, 0, 0, 1, 1, 0, 0)),
    "ND": ((0, 0, 0, 0, 1, -1, -1, 1), (1, 0, 0, 0, 1, 0, 0, 0)),
    "R": ((0, 0, 0, 1, 0, 0, 0, -1), (1, 1, 1, 1, 0, 0, 0, 0)),
    "NR": ((0, 0, 1, -1, 0, 0, -1, 1), (1, 0, 1, 0, 0, 0, 0, 0)),
    "DR": ((0, 1, 0, -1, 0, -1, 0, 1), (1, 1, 0, 0, 0, 0, 0, 0)),
    "RND": ((1, -1, -1, 1, -1, 1, 1, -1), (1, 0, 0, 0, 0, 0, 0, 0)),
}
# successes that belong to one case have only the moments M1, M4, M5 and M8
CASE_COMPONENTS = {
    "C": ((0, 0, 0, 0, 1, 0, 0, -1), (1, 0, 0, 0, 1, 0, 0, 0)),
    "R": ((0, 0, 0, 1, 0, 0, 0, -1), (1, 0, 0, 1, 0, 0, 0, 0)),
    "RC": ((1, 0, 0, -1, -1, 0, 0, 1), (1, 0, 0, 0, 0, 0, 0, 0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """Moments of two modalities (or of one with itself).

    Attributes
    ----------
    moments : ndarray (8,)
        Unbiased (U-statistics); 0 where the design has no such pair of successes.
    moments_biased : ndarray (8,)
        The averages that count a success with itself (V-statistics, called MLE in iMRMC).
    coefficients : ndarray (8,)
        That of M8 is reduced by 1, for the product of the means.
    of_pairs : bool
        Whether successes belong to pairs of cases (7 components) or to cases (3 components).
    """

    moments: FloatArray
    moments_biased: FloatArray
    coefficients: FloatArray
    of_pairs: bool

    @property
    def covariance(self) -> float:
        """Unbiased covariance of the two averages, readers and cases random."""
        return float(self.coefficients @ self.moments)

    @property
    def covariance_biased(self) -> float:
        """V-statistic of the covariance; as a variance never negative in a crossed study."""
        return float(self.coefficients @ self.moments_biased)

    @property
    def component_coefficients(self) -> dict[str, float]:
        """Coefficient of each component; 0 where the two modalities share nothing of its kind."""
        return {name: float(np.dot(of, self.coefficients)) for name, (_, of) in self._kinds.items()}

    def components(self, *, biased: bool = False) -> dict[str, float]:
        """Return the variance components by name; 0 where the coefficient is 0."""
        moments = self.moments_biased if biased else self.moments
        used = self.component_coefficients
        return {name: float(np.dot(of, moments)) if used[name] else 0.0 for name, (of, _) in self._kinds.items()}

    @property
    def _kinds(self) -> Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        return PAIR_COMPONENTS if self.of_pairs else CASE_COMPONENTS


def decompose(pairs: PairMoments, weights: FloatArray, first: slice, second: slice) -> Decomposition:
    """Sum the moments of cells over readers.

    Parameters
    ----------
    pairs : PairMoments
        Of all cells.
    weights : ndarray (n_cells,)
        Weight of each success of a cell.
    first, second : slice
        Cells of the two modalities, the readers in the same order.
    """
    weight = np.outer(weights[first], weights[second])
    products, numbers = (
        np.stack((np.trace(sums, axis1=1, axis2=2), sums.sum(axis=(1, 2))))
        for sums in (part[:, first, second] * weight for part in (pairs.products, pairs.numbers))
    )
    total = float(numbers[1, 3])
    # the sums over all readers contain those over the same reader
    exact, exact_numbers = ((np.stack((s[0], s[1] - s[0])) @ TO_EXACT.T).reshape(-1) for s in (products, numbers))
    # numbers that cancel exactly leave rounding behind where readers are weighted
    present = exact_numbers > 1e-12 * (np.stack((numbers[0], numbers.sum(axis=0))) @ np.abs(TO_EXACT).T).reshape(-1)
    moments = np.divide(exact, exact_numbers, out=np.zeros(8), where=present)
    coefficients = np.where(present, exact_numbers, 0.0) / total if total else np.full(8, np.nan)
    coefficients[7] -= 1
    products, numbers = products.reshape(-1), numbers.reshape(-1)
    return Decomposition(
        moments=moments,
        moments_biased=np.divide(products, numbers, out=np.zeros(8), where=numbers != 0),
        coefficients=coefficients,
        of_pairs=pairs.of_pairs,
    )
