"""What the patients of a study add up to, and how many independent cases their cases are worth."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.binary_data import Floats


class ClusterTotals:
    """Sums over patients from which every interval here is made.

    Parameters
    ----------
    n_events, n_cases : (..., n_clusters) arrays
        Events and cases of each patient; patients without a case do not count.

    Attributes
    ----------
    x, n : (...) arrays
        All events and all cases.
    k : (...) array
        Patients with at least one case.
    p : (...) array
        ``x / n``, NaN without cases.
    standard_error : (...) array
        ``sqrt(k / (k - 1) * sum((x_i - p n_i)^2)) / n``, the ratio estimator's (Rao and Scott, Biometrics
        1992;48:577-585; Obuchowski, Stat Med 1998;17:1495-1507); NaN with fewer than two patients.
    design_effect : (...) array
        ``standard_error^2 / (p (1 - p) / (n - 1))``: exactly 1 with one case a patient; NaN where p is 0 or 1.
    kish : (...) array
        ``n^2 / sum(n_i^2)``: the effective number of cases if those of a patient were copies of each other.
    correlation : (...) array
        The intracluster correlation by analysis of variance, ``(B - W) / (B + (n0 - 1) W)``, B and W the mean squares
        between and within patients and ``n0 = (n - sum(n_i^2) / n) / (k - 1)``; NaN without repeated patients or
        variation. It can be negative.
    variance_inflation : (...) array
        ``sum(n_i (1 + (n_i - 1) correlation)) / n``, the model-based design effect.
    """

    def __init__(self, n_events: ArrayLike, n_cases: ArrayLike) -> None:
        events, cases = np.asarray(n_events, dtype=np.float64), np.asarray(n_cases, dtype=np.float64)
        if events.shape != cases.shape or events.ndim == 0 or not np.all((events >= 0) & (events <= cases)):
            rule = "of one shape (..., n_clusters), with 0 <= n_events <= n_cases"
            raise ArgumentError("clustered proportion", "n_events and n_cases", rule, (events.shape, cases.shape))
        self.events, self.cases = events, cases
        self.x, self.n, self.k = events.sum(-1), cases.sum(-1), (cases > 0).sum(-1).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.p = self.x / self.n
            squares = ((events - self.p[..., None] * cases) ** 2).sum(-1)
            self.standard_error = np.sqrt(self.k / (self.k - 1) * squares) / self.n
            self.constant = (self.x == 0) | (self.x == self.n)
            effect = self.standard_error**2 * (self.n - 1) / (self.p * (1 - self.p))
            self.design_effect = np.where(self.constant, np.nan, np.where(self.k == self.n, 1.0, effect))
            self.kish = self.n**2 / (cases**2).sum(-1)
            self.correlation = self._anova()
            self.variance_inflation = 1 + (self.n / self.kish - 1) * self.correlation

    def _anova(self) -> Floats:
        inside = np.where(self.cases > 0, self.events**2 / np.maximum(self.cases, 1.0), 0.0).sum(-1)
        between = (inside - self.x**2 / self.n) / (self.k - 1)
        within = (self.x - inside) / (self.n - self.k)
        n0 = (self.n - self.n / self.kish) / (self.k - 1)
        return np.asarray((between - within) / (between + (n0 - 1) * within))


def independent_cases(n: Floats, k: Floats, design_effect: Floats, kish: Floats) -> Floats:
    """Return n / max(design effect, 1), the number of independent cases that have the same variance.

    Kish's n²/sum(n_i²) where the design effect is NaN (nothing varies); n itself with one case a patient; 0 for a
    single patient with several cases.
    """
    spread = np.where(np.isnan(design_effect), kish, n / np.maximum(design_effect, 1.0))
    return np.where(k == n, n, np.where(k < 2, 0.0, spread))


def t_quantile(level: float, df: Floats | float) -> Floats:
    """Return the quantile of Student's t that leaves (1 - level) / 2 above."""
    return np.asarray(stdtrit(np.maximum(df, 1.0), 0.5 + level / 2), dtype=np.float64)
