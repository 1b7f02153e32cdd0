"""A small residual network on the 12-lead waveform at 100 Hz, trained in seconds on a few hundred recordings.

It sees what measurements leave out and misses what they state, so that the two make a fair pair of different readers.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import Fact, ModelCard
from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.loading import teachable, waveforms

if TYPE_CHECKING:
    import torch

_RATE_HZ, _DURATION_S = 100.0, 10.0
_FORMAT = "ecg_eval small network 1"


class SmallNetwork(Model):
    """Three residual blocks of one-dimensional convolutions, one output per finding, trained with masked cross-entropy.

    Each lead is scaled to mean 0 and SD 1, so that any unit serves and no voltage criterion can be read. The scores are
    the network's own and are not calibrated.

    Parameters
    ----------
    epochs : int
        Passes over the training recordings.
    """

    trained_on = ()
    needs = "12 leads in any unit, 2 s or longer; the middle 10 s of longer recordings are used"

    def __init__(self, epochs: int = 20) -> None:
        self.epochs = epochs
        self._network: torch.nn.Module | None = None
        self._findings: tuple[str, ...] = ()
        self._untaught: dict[str, str] = {}
        self._n_training = 0

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Train on the recordings with a usable signal; an unknown label adds nothing to the loss."""
        from ecg_eval.models._parts.residual_network import train

        signals, usable, patients, _ = waveforms(recordings, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
        lessons, self._untaught = teachable(labels, usable, patients)
        self._findings, self._network = tuple(lessons), None
        self._n_training = int(usable.sum())
        if lessons:
            y = labels[list(lessons)].to_numpy(dtype=np.float32, na_value=np.nan)[usable]
            self._network = train(signals[usable], y, epochs=self.epochs, rng=rng)

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the network's probabilities; NaN for findings not taught and recordings without a usable signal."""
        from ecg_eval.models._parts.residual_network import predict

        answers = np.full((len(recordings), len(findings)), np.nan)
        if self._network is None:
            return answers
        signals, usable, _, _ = waveforms(recordings, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
        probabilities = predict(self._network, signals[usable])
        for column, code in enumerate(findings):
            if code in self._findings:
                answers[usable, column] = probabilities[:, self._findings.index(code)]
        return answers

    def card(self) -> ModelCard:
        """Return sizes, settings and the findings not taught."""
        n = 0 if self._network is None else sum(p.numel() for p in self._network.parameters())
        sizes = {"n_parameters": n, "n_training": self._n_training, "epochs": self.epochs}
        facts: dict[str, Fact] = {**sizes, "calibrated": False, "taught": tuple(self._findings)}
        return ModelCard(facts=facts, not_taught=dict(self._untaught))

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays (``.npz``), which hold no code that loading could run."""
        if self._network is None:
            raise InputFileError("small_network", "the network", "trained before it is saved")
        weights = {name: value.numpy() for name, value in self._network.state_dict().items()}
        about = json.dumps({"format": _FORMAT, "findings": self._findings, "epochs": self.epochs})
        np.savez(path, about=np.array(about), **weights)

    @classmethod
    def restore(cls, path: Path) -> "SmallNetwork":
        """Return the network that `save` wrote.

        Raises
        ------
        InputFileError
            When the file is not one.
        """
        import torch

        from ecg_eval.models._parts.residual_network import build

        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays: dict[str, Any] = dict(stored)
            about = json.loads(str(arrays.pop("about")))
        except (OSError, ValueError, KeyError) as error:
            raise InputFileError(
                str(path), "the file", "weights written by small_network", remedy=str(error)
            ) from error
        model = cls(epochs=int(about["epochs"]))
        model._findings = tuple(about["findings"])
        model._network = build(len(model._findings))
        model._network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
        model._network.eval()
        return model
