"""What every kernel of predicted probabilities asks of its arrays, checked in one place."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.roc.roc_inputs import ScoredCases, scored_cases


def predicted_cases(
    who: str, truth: ArrayLike, probability: ArrayLike, cluster: ArrayLike | None = None
) -> ScoredCases:
    """Check truth and probabilities (n_cases,) in [0, 1]; leave out cases where either is missing (NaN)."""
    cases = scored_cases(who, truth, probability, cluster)
    outside = (cases.scores < 0) | (cases.scores > 1)
    if outside.any():
        remedy = "Turn scores into probabilities first, for example with logistic_probability."
        raise ArgumentError(who, "probability", "between 0 and 1", float(cases.scores[outside][0]), remedy)
    return cases


def units_of(cases: ScoredCases) -> NDArray[np.intp]:
    """Give the number of the independent unit of each case: its patient, or the case itself."""
    return np.arange(cases.n) if cases.cluster is None else cases.cluster


def standard_error_of_mean(influence: NDArray[np.float64], unit: NDArray[np.intp]) -> float | None:
    """Give the standard error of a mean from each case's deviation from it, summed over units; None with one unit.

    SE^2 = U / (U - 1) sum_u (sum of the deviations of unit u)^2 / n^2.
    """
    by_unit = np.bincount(unit, weights=influence)
    if by_unit.size < 2:
        return None
    return float(np.sqrt(by_unit.size / (by_unit.size - 1) * np.sum(by_unit**2)) / influence.size)
