"""What networks of PyTorch that learnt elsewhere share: they can say what moved their answers."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.facts.attribution import Attribution, n_cells
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.models._parts.outside_network import OutsideNetwork

if TYPE_CHECKING:
    import torch


class DifferentiableNetwork(OutsideNetwork, ABC):
    """An outside network through which gradients come."""

    @abstractmethod
    def network(self) -> "torch.nn.Module":
        """Return it: windows -> outputs before the activation."""

    def attributions(
        self, recordings: Recordings, findings: Sequence[str], *, shuffled: np.random.Generator | None = None
    ) -> dict[str, dict[str, Attribution]]:
        """Return what moved its answers, by integrated gradients from a flat tracing, each lead at its median.

        Of several windows the mean stands in each. A recording that it cannot read has none.
        """
        from ecg_eval.models._parts.gradients import integrated, log_odds_of, weights

        asked = {code: self.outputs.index(code) for code in findings if code in self.outputs}
        network = self.network()
        log_odds = log_odds_of(network, self.activation)
        made: dict[str, dict[str, Attribution]] = {}
        with weights([network], shuffled=shuffled):
            for record_id in recordings.watch(recordings.ids):
                try:
                    recording = recordings.load(record_id)
                    windows = self.input.windows(recording, who=self.name)
                    flat = self.input.windows(flattened(recording), who=self.name)
                except SignalError:
                    continue
                moved = integrated(log_odds, windows, flat, list(asked.values()), who=self.name)
                made[record_id] = {
                    code: Attribution(leads=self.input.leads, log_odds=self._in_cells(recording, of_code))
                    for code, of_code in zip(asked, moved, strict=True)
                }
        return made

    def _in_cells(self, recording: Recording, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return cells of a recording, shape (n_leads, n_cells), from its windows, shape (n_windows, *input.shape)."""
        from ecg_eval.models._parts.gradients import in_cells

        taken, n = self.input, n_cells(recording.duration_s)
        rate_hz = taken.sampling_rate_hz
        starts = taken.starts(math.ceil(len(recording.signal) * rate_hz / recording.sampling_rate_hz), who=self.name)
        by_lead = moved if taken.layout == "leads_first" else moved.transpose(0, 2, 1)
        each = np.stack(
            [
                in_cells(window, sampling_rate_hz=rate_hz, start_s=start / rate_hz, n_cells=n)
                for window, start in zip(by_lead, starts, strict=True)
            ]
        )
        total: NDArray[np.float64] = np.nansum(each, axis=0) / len(starts)
        total[np.isnan(each).all(axis=0)] = np.nan
        return total


def flattened(recording: Recording) -> Recording:
    """Return a recording with each lead at its median throughout."""
    measured = np.isfinite(recording.signal).any(axis=0)
    middle = np.zeros(len(recording.leads), dtype=np.float32)
    middle[measured] = np.nanmedian(recording.signal[:, measured], axis=0)
    return replace(recording, signal=np.broadcast_to(middle, recording.signal.shape).copy())
