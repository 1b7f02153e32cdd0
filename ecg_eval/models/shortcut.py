"""One number that says nothing of the heart: a test set that it solves is broken.

The signal's standard deviation, the sampling rate or the length can tell findings apart where cases and controls came
from different devices or files. No reading of ECGs is shown by a model that does no better.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, SignalError, suggestion
from ecg_eval.models._parts.loading import teachable

_MOST_BINS = 10


def _signal_sd(recording: Recording) -> float:
    """Return the standard deviation of all samples of all leads, in the unit of the signal."""
    samples = recording.signal[np.isfinite(recording.signal)].astype(np.float64)
    return float(samples.std()) if samples.size else np.nan


NUMBERS: dict[str, Callable[[Recording], float]] = {
    "signal_sd": _signal_sd,
    "sampling_rate_hz": lambda recording: float(recording.sampling_rate_hz),
    "duration_s": lambda recording: recording.duration_s,
    "missing_share": lambda recording: float(np.mean(~np.isfinite(recording.signal))) if recording.signal.size else 1.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """How often a finding is present between one edge and the next."""

    edges: NDArray[np.float64]
    share: NDArray[np.float64]


class Shortcut(Model):
    """The share of training recordings with the finding among those whose number is about the same.

    Recordings are cut into at most ten bins by the deciles of one number; each bin answers
    ``(n_with + share of all) / (n + 1)``.

    Parameters
    ----------
    number : str
        "signal_sd" (of all samples, in the unit of the signal), "sampling_rate_hz", "duration_s" or "missing_share".
    """

    trained_on = ()
    needs = "any recording, in any unit"

    def __init__(self, number: str = "signal_sd") -> None:
        if number not in NUMBERS:
            remedy = suggestion(str(number), NUMBERS)
            raise ConfigError(self.name, "number", f"one of {', '.join(NUMBERS)}", number, remedy)
        self.number = number
        self._taught: dict[str, _Shares] = {}
        self._untaught: dict[str, str] = {}

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Count, between deciles of the number, how often each finding is present."""
        values, patients = self._values(recordings)
        lessons, self._untaught = teachable(labels, np.isfinite(values), patients)
        self._taught = {}
        for code, can_teach in lessons.items():
            x, y = values[can_teach], labels[code].to_numpy(dtype=float, na_value=np.nan)[can_teach]
            edges = np.unique(np.quantile(x, np.linspace(0, 1, _MOST_BINS + 1))[1:-1])
            place = np.searchsorted(edges, x, side="right")
            n_with, n = (np.bincount(place, weights=w, minlength=len(edges) + 1) for w in (y, np.ones(len(y))))
            self._taught[code] = _Shares(edges, (n_with + y.mean()) / (n + 1))

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return shares in (0, 1); NaN for findings not taught and recordings that cannot be loaded."""
        values, _ = self._values(recordings)
        usable = np.isfinite(values)
        answers = np.full((len(recordings), len(findings)), np.nan)
        for column, code in enumerate(findings):
            if code in self._taught:
                taught = self._taught[code]
                answers[usable, column] = taught.share[np.searchsorted(taught.edges, values[usable], side="right")]
        return answers

    def card(self) -> ModelCard:
        """Return which number it reads, and the findings not taught."""
        return ModelCard(facts={"number": self.number}, not_taught=dict(self._untaught))

    def _values(self, recordings: Recordings) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
        values, patients = np.full(len(recordings), np.nan), list(recordings.ids)
        for row, record_id in enumerate(recordings.watch(recordings.ids)):
            try:
                recording = recordings.load(record_id)
            except SignalError:
                continue
            values[row], patients[row] = NUMBERS[self.number](recording), recording.patient_id
        return values, np.array(patients, dtype=str)
