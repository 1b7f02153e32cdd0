"""One number a study, on a scale where it is about normal: logits of proportions, Fisher's z of correlations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """One number a study and its sampling variance.

    Attributes
    ----------
    values, variances : ndarray, shape (n_studies,)
        Variances are taken as known, as is usual.
    """

    values: Floats
    variances: Floats

    def __post_init__(self) -> None:
        """Refuse what no study can have left."""
        if self.values.ndim != 1 or self.values.shape != self.variances.shape:
            raise ArgumentError("Effects", "variances", "one for each value", self.variances.shape)
        if not (np.isfinite(self.values).all() and np.isfinite(self.variances).all() and (self.variances > 0).all()):
            remedy = "Leave out a study whose number is not known."
            raise ArgumentError("Effects", "values and variances", "finite, variances above 0", "others", remedy)

    def __len__(self) -> int:
        """Count the studies."""
        return len(self.values)


def logit_effects(*, events: ArrayLike, trials: ArrayLike, correction: float = 0.5) -> Effects:
    r"""Return the logits of proportions: :math:`\log(x / (n - x))`, variance :math:`1/x + 1/(n - x)`.

    Parameters
    ----------
    events, trials : array_like, shape (n_studies,)
        Counts; need not be whole (an effective number of cases is not).
    correction : float
        Added to both counts of a study that has a 0 among them, and to no other (``escalc`` of metafor, to = "only0").

    Raises
    ------
    ArgumentError
        Where a study has no trial, or more events than trials.

    Examples
    --------
    >>> effects = logit_effects(events=[30, 10], trials=[40, 10])
    >>> print(effects.values.round(3), effects.variances.round(3))
    [1.099 3.045] [0.133 2.095]
    """
    x, n = np.asarray(events, float), np.asarray(trials, float)
    if not ((x >= 0) & (x <= n) & (n > 0)).all():
        raise ArgumentError("logit_effects", "events", "between 0 and the trials, which are above 0", x.tolist())
    empty = ((x == 0) | (x == n)) * correction
    yes, no = x + empty, n - x + empty
    return Effects(np.log(yes / no), 1 / yes + 1 / no)


def fisher_z_effects(*, correlations: ArrayLike, n: ArrayLike) -> Effects:
    r"""Return Fisher's :math:`z = \mathrm{artanh}(r)`, variance :math:`1 / (n - 3)`.

    Parameters
    ----------
    correlations : array_like, shape (n_studies,)
        Between -1 and 1, both left out.
    n : array_like, shape (n_studies,)
        Cases, more than 3.
    """
    r, size = np.asarray(correlations, float), np.asarray(n, float)
    if not ((np.abs(r) < 1) & (size > 3)).all():
        raise ArgumentError("fisher_z_effects", "correlations", "between -1 and 1, of more than 3 cases", r.tolist())
    return Effects(np.arctanh(r), 1 / (size - 3))
