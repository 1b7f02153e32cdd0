"""A recording: what was measured of a heart, and nothing of what anybody said about it.

It carries no label, so a reader cannot peek. What is known of the patient and may be shown to a reader (age, sex) is
here; folds, sites and labels stay in the dataset's tables.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.leads import lead_positions
from ecg_eval.errors import SignalError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """One multi-lead ECG.

    Attributes
    ----------
    record_id, patient_id : str
        Identity in the archive; several recordings may share a patient.
    signal : ndarray of float32, shape (n_samples, n_leads)
        In the unit that `units` names. NaN where the archive marks a sample as missing.
    leads : tuple of str, length n_leads
        Standard spellings (``ecg_eval.domain.leads``).
    sampling_rate_hz : float
    units : str
        "mV", or what the archive declares instead ("z-score"): whatever needs millivolts refuses other units.
    age_years : float or None
    sex : str or None
        "F", "M" or None.
    changes : tuple of str
        What was done to the samples since they were read, in words (padding removed); empty for nothing.
    oddities : tuple of str
        What was found odd in the file, in words (an age that cannot be read); empty for nothing.
    """

    record_id: str
    patient_id: str
    signal: NDArray[np.float32]
    leads: tuple[str, ...]
    sampling_rate_hz: float
    units: str = "mV"
    age_years: float | None = None
    sex: str | None = None
    changes: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a shape or rate that later code would read wrongly."""
        who = f"recording {self.record_id}"
        if self.signal.ndim != 2 or self.signal.shape[1] != len(self.leads):
            rule = f"of shape (n_samples, {len(self.leads)})"
            raise SignalError(who, "signal", rule, self.signal.shape, "One column a lead is expected.")
        if not self.sampling_rate_hz > 0:
            raise SignalError(who, "sampling_rate_hz", "positive", self.sampling_rate_hz)

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds."""
        return float(self.signal.shape[0] / self.sampling_rate_hz)

    def select(self, leads: tuple[str, ...]) -> NDArray[np.float32]:
        """Return the signal of the named leads in the order named, shape (n_samples, len(leads)).

        Raises
        ------
        SignalError
            When a lead is missing.
        """
        positions = lead_positions(self.leads, leads, who=f"recording {self.record_id}")
        return self.signal[:, positions]

    def require_millivolts(self, *, who: str) -> None:
        """Raise SignalError unless the signal is in millivolts."""
        if self.units != "mV":
            remedy = "Amplitude criteria mean nothing in other units; use a model that does not need millivolts."
            raise SignalError(f"{who}, recording {self.record_id}", "units", "'mV'", self.units, remedy)
