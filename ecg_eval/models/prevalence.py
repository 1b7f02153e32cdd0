"""Says of every recording how common the finding was in training: the floor that every model must beat."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard


class Prevalence(Model):
    """A constant score: the share of training recordings with the finding, among those where it is known."""

    trained_on = ()
    needs = "nothing of the recording"
    reads_signals = False
    is_floor = True

    def __init__(self) -> None:
        self._prevalence: dict[str, float] = {}

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Count; the recordings are not read."""
        self._prevalence = {str(code): float(labels[code].mean()) for code in labels.columns}

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the same row for every recording; NaN for a finding that no training recording speaks of."""
        row = np.array([self._prevalence.get(code, np.nan) for code in findings], dtype=float)
        return np.tile(row, (len(recordings), 1))

    def card(self) -> ModelCard:
        """Return the prevalences, and the findings that no training recording speaks of."""
        shares = {code: share for code, share in self._prevalence.items() if not np.isnan(share)}
        reason = "no training recording speaks of it"
        return ModelCard(
            by_finding={"prevalence": shares},
            not_taught={code: reason for code in self._prevalence if code not in shares},
        )
