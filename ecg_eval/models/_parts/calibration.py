"""From a score to a probability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """``1 / (1 + exp(-(slope x score + intercept)))``; a slope of 0 answers the same for every score."""

    slope: float
    intercept: float

    def __call__(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities, the shape of `score`, in (0, 1)."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * score + self.intercept))), dtype=float)


def fit_sigmoid(score: NDArray[np.float64], y: NDArray[np.float64]) -> Sigmoid:
    """Return the sigmoid of scores of recordings that were not learnt from.

    Targets are drawn in to (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), so that few positives do not make it a step
    (Platt J. Advances in Large Margin Classifiers. MIT Press 1999:61-74). A slope below 0 would turn the reader into
    its opposite; it is 0 then, and every recording gets about the prevalence.

    Parameters
    ----------
    score : ndarray, shape (n,)
    y : ndarray of 0 and 1, shape (n,)
        With at least one of each.
    """
    from sklearn.linear_model import LogisticRegression

    n_positive, n_negative = float(y.sum()), float((1 - y).sum())
    target = np.where(y == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    scale = float(np.std(score)) or 1.0
    twice = np.concatenate([score, score])[:, None] / scale
    weight = np.concatenate([target, 1 - target])
    line = LogisticRegression(C=1e6).fit(twice, np.repeat([1, 0], len(y)), sample_weight=weight)
    slope, intercept = float(line.coef_[0, 0]) / scale, float(line.intercept_[0])
    if slope > 0:
        return Sigmoid(slope, intercept)
    mean = float(target.mean())
    return Sigmoid(0.0, float(np.log(mean / (1 - mean))))
