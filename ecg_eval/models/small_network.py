"""A small residual network on the 12-lead waveform at 100 Hz, trained in seconds on a few hundred recordings.

It sees what measurements leave out and misses what they state, so that the two make a fair pair of different readers.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile
from zlib import error as BrokenDeflate  # noqa: N812 - a name that says what it is

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.attribution import Attribution, n_cells
from ecg_eval.domain.facts.model import Fact, ModelCard
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.calibration import Sigmoid, fit_sigmoid
from ecg_eval.models._parts.loading import AT_ONCE, teachable, waveforms

if TYPE_CHECKING:
    import torch

_RATE_HZ, _DURATION_S = 100.0, 10.0
_FORMAT = "ecg_eval small network 2"
# what reading a file that is none may raise; the last is what PyTorch says of weights that do not fit
_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, BadZipFile, BrokenDeflate, RuntimeError)


class SmallNetwork(Model):
    """Three residual blocks of one-dimensional convolutions, one output per finding, trained with masked cross-entropy.

    Each lead is scaled to mean 0 and SD 1, so that any unit serves and no voltage criterion can be read. The scores of
    a single network are its own and are not calibrated.

    Parameters
    ----------
    epochs : int
        Passes over the training recordings.
    folds : int
        1 for one network; more for as many, each trained without its share of the patients, whose log odds are
        averaged and calibrated on the patients left out (Platt 1999).

    Attributes
    ----------
    outside : dict of str to ndarray, shape (n_training,)
        Finding -> calibrated log odds of each training recording, by the network that was trained without its patient;
        NaN where it could not be read or the finding is not known. Empty for one network.
    """

    trained_on = ()
    needs = "12 leads in any unit, 2 s or longer; the middle 10 s of longer recordings are used"

    def __init__(self, epochs: int = 20, *, folds: int = 1) -> None:
        self.epochs, self.folds = epochs, folds
        self._networks: list[torch.nn.Module] = []
        self._sigmoids: dict[str, Sigmoid] = {}
        self.outside: dict[str, NDArray[np.float64]] = {}
        self._findings: tuple[str, ...] = ()
        self._untaught: dict[str, str] = {}
        self._n_training = 0

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Train on the recordings with a usable signal; an unknown label adds nothing to the loss."""
        from ecg_eval.models._parts.residual_network import log_odds, train

        signals, usable, patients, _ = waveforms(recordings, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
        lessons, self._untaught = teachable(labels, usable, patients)
        self._findings, self._networks, self._sigmoids, self.outside = tuple(lessons), [], {}, {}
        self._n_training = int(usable.sum())
        if not lessons:
            return
        y = labels[list(lessons)].to_numpy(dtype=np.float32, na_value=np.nan)
        if self.folds == 1:
            self._networks = [train(signals[usable], y[usable], epochs=self.epochs, rng=rng)]
            return
        raw = np.full(y.shape, np.nan)
        for left_out in _shares(patients, self.folds, rng):
            inner = usable & ~left_out
            self._networks.append(train(signals[inner], y[inner], epochs=self.epochs, rng=rng))
            raw[usable & left_out] = log_odds(self._networks[-1], signals[usable & left_out])
        for column, (code, can_teach) in enumerate(lessons.items()):
            sigmoid = fit_sigmoid(raw[can_teach, column], y[can_teach, column].astype(float))
            self._sigmoids[code] = sigmoid
            self.outside[code] = np.where(can_teach, sigmoid.slope * raw[:, column] + sigmoid.intercept, np.nan)

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the network's probabilities; NaN for findings not taught and recordings without a usable signal."""
        from ecg_eval.models._parts.residual_network import log_odds

        answers = np.full((len(recordings), len(findings)), np.nan)
        if not self._networks:
            return answers
        as_given = Sigmoid(1.0, 0.0)
        for rows, part in recordings.parts(AT_ONCE):
            signals, usable, _, _ = waveforms(part, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
            mean = np.mean([log_odds(network, signals[usable]) for network in self._networks], axis=0)
            for column, code in enumerate(findings):
                if code in self._findings:
                    sigmoid = self._sigmoids.get(code, as_given)
                    answers[rows, column][usable] = sigmoid(mean[:, self._findings.index(code)])
        return answers

    def attributions(
        self, recordings: Recordings, findings: Sequence[str], *, shuffled: np.random.Generator | None = None
    ) -> dict[str, dict[str, Attribution]]:
        """Return what moved its answers, by integrated gradients from a flat tracing, after its own filters.

        Calibration is in them; several networks give their mean. A recording that it cannot read has none.
        """
        if not self._networks:
            return {}
        from ecg_eval.models._parts.gradients import in_cells, integrated, log_odds_of, weights

        asked = [code for code in findings if code in self._findings]
        slopes = [self._sigmoids[code].slope if code in self._sigmoids else 1.0 for code in asked]
        columns = [self._findings.index(code) for code in asked]
        made: dict[str, dict[str, Attribution]] = {}
        with weights(self._networks, shuffled=shuffled):
            for record_id in recordings.watch(recordings.ids):
                alone = Recordings((record_id,), recordings.load)
                windows, usable, _, _ = waveforms(alone, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
                if not usable[0]:
                    continue
                moved = np.mean(
                    [
                        integrated(log_odds_of(net, "sigmoid"), windows, 0 * windows, columns, who=self.name)
                        for net in self._networks
                    ],
                    axis=0,
                )
                duration_s = recordings.load(record_id).duration_s
                start_s = max((round(_RATE_HZ * duration_s) - windows.shape[2]) // 2, 0) / _RATE_HZ
                n = n_cells(duration_s)
                each = [in_cells(m[0], sampling_rate_hz=_RATE_HZ, start_s=start_s, n_cells=n) for m in moved]
                made[record_id] = {
                    code: Attribution(leads=STANDARD_LEADS, log_odds=slope * cells)
                    for code, slope, cells in zip(asked, slopes, each, strict=True)
                }
        return made

    @property
    def n_parameters(self) -> int:
        """Count the weights of its networks."""
        return sum(p.numel() for network in self._networks for p in network.parameters())

    def card(self) -> ModelCard:
        """Return sizes, settings and the findings not taught."""
        n = sum(p.numel() for network in self._networks for p in network.parameters())
        sizes = {
            "n_parameters": n,
            "flops_per_recording": self._flops(),
            "n_training": self._n_training,
            "epochs": self.epochs,
            "networks": self.folds,
        }
        facts: dict[str, Fact] = {**sizes, "calibrated": self.folds > 1, "taught": tuple(self._findings)}
        return ModelCard(facts=facts, not_taught=dict(self._untaught))

    def _flops(self) -> int:
        if not self._networks:
            return 0
        from ecg_eval.models._parts.flops import flops_of

        return sum(
            flops_of(network, (len(STANDARD_LEADS), round(_RATE_HZ * _DURATION_S))) for network in self._networks
        )

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays (``.npz``), which hold no code that loading could run."""
        if not self._networks:
            raise InputFileError("small_network", "the network", "trained before it is saved")
        weights = {
            f"{k}.{name}": value.numpy()
            for k, network in enumerate(self._networks)
            for name, value in network.state_dict().items()
        }
        sigmoids = {code: (s.slope, s.intercept) for code, s in self._sigmoids.items()}
        facts = {"findings": self._findings, "epochs": self.epochs, "folds": self.folds, "sigmoids": sigmoids}
        about = json.dumps({"format": _FORMAT, **facts})
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
                arrays: dict[str, object] = dict(stored)
            about = json.loads(str(arrays.pop("about")))
            if about["format"] != _FORMAT:
                raise KeyError(about["format"])
            model = cls(epochs=int(about["epochs"]), folds=min(int(about["folds"]), len(arrays)))
            model._findings = tuple(str(finding) for finding in about["findings"])
            model._sigmoids = {str(code): Sigmoid(*map(float, line)) for code, line in about["sigmoids"].items()}
            for k in range(model.folds):
                of_network = (n for n in arrays if n.startswith(f"{k}."))
                network = build(len(model._findings))
                network.load_state_dict({n.removeprefix(f"{k}."): torch.from_numpy(arrays[n]) for n in of_network})
                model._networks.append(network.eval())
        except _BROKEN as error:
            remedy = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            raise InputFileError(str(path), "the file", "weights written by small_network", remedy=remedy) from error
        return model


def _shares(patients: NDArray[np.str_], n: int, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Return which recordings each share of the patients holds, shape (n_recordings,) each."""
    everyone, place = np.unique(patients, return_inverse=True)
    share = rng.permutation(len(everyone)) % n
    return [share[place] == k for k in range(n)]
