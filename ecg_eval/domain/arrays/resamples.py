"""Which ECGs the resamples of a study draw, held by patient: what a patient is drawn, all of their ECGs are.

A number a resample and ECG is 8 KB an ECG with 1,000 resamples; held by patient in one byte each it is a tenth of that.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each resample draws each patient.

    Attributes
    ----------
    drawn : ndarray, shape (n_resamples, n_patients)
        Of the smallest kind of number that holds it.
    patients : ndarray of int, shape (n_records,)
        Column of each record.

    Examples
    --------
    >>> drawn = Resamples.of(np.array([[1, 0], [0, 2]]), np.array([0, 0, 1]))
    >>> drawn.weights().tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]
    """

    drawn: NDArray[np.generic]
    patients: NDArray[np.intp]

    @classmethod
    def of(cls, drawn: NDArray[np.generic], patients: NDArray[np.intp]) -> "Resamples":
        """Return them with whole numbers in as few bytes as hold them."""
        if drawn.dtype.kind in "iu" and drawn.size:
            drawn = drawn.astype(np.min_scalar_type(int(drawn.max())), copy=False)
        return cls(drawn, patients)

    def __len__(self) -> int:
        """Count the resamples."""
        return len(self.drawn)

    def weights(self) -> Floats:
        """Return how often each record is drawn, shape (n_resamples, n_records)."""
        return self.drawn.astype(np.float64)[:, self.patients]

    def among(self, keep: NDArray[np.bool_]) -> "Resamples":
        """Return the resamples of some records, given as a mask of shape (n_records,)."""
        return Resamples(self.drawn, self.patients[keep])
