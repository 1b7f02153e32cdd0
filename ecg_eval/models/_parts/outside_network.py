"""What every network that learnt elsewhere shares: its stated input, what its outputs mean, and scores made of them."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL, code_spelt
from ecg_eval.errors import ConfigError, InputFileError, PluginError, suggestion
from ecg_eval.models._parts.network_input import Batch, NetworkInput, batches

Outputs = NDArray[np.float64]


def _logistic(x: Outputs) -> Outputs:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def _softmax(x: Outputs) -> Outputs:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _as_given(x: Outputs) -> Outputs:
    return x


ACTIVATIONS: dict[str, Callable[[Outputs], Outputs]] = {"none": _as_given, "sigmoid": _logistic, "softmax": _softmax}


class OutsideNetwork(Model, ABC):
    """A network whose weights are given; it learns nothing here.

    Parameters
    ----------
    outputs : sequence of str or None
        The finding that each output stands for, in the network's order; None for an output that is not used.
    input : mapping
        What it takes; see ``NetworkInput``.
    trained_on : sequence of str
        What its weights have seen ("ptb_xl folds 1-8"); empty only where that is nothing public.
    spelling : str
        Scheme in which `outputs` spells findings; the vocabulary's own codes when not given.
    activation : str
        What makes probabilities of its outputs: "none" (they are probabilities already), "sigmoid" or "softmax".
    batch : int
        Windows at a time.
    """

    trained_on: tuple[str, ...] = ()
    needs = "what its configuration states as its input"

    def __init__(
        self,
        *,
        outputs: Sequence[str | None],
        input: Mapping[str, object],
        trained_on: Sequence[str],
        spelling: str = CANONICAL,
        activation: str = "none",
        batch: int = 32,
    ) -> None:
        self.input = NetworkInput.of(input, who=self.name)
        self.outputs = tuple(None if word is None else self._finding(str(word), spelling) for word in outputs)
        if activation not in ACTIVATIONS:
            remedy = suggestion(str(activation), ACTIVATIONS)
            raise ConfigError(self.name, "activation", f"one of {', '.join(ACTIVATIONS)}", activation, remedy)
        self.activation, self.batch = activation, max(int(batch), 1)
        self.trained_on = tuple(map(str, trained_on))
        self.needs = self.input.words
        self._not_read: Counter[str] = Counter()

    def _finding(self, word: str, spelling: str) -> str:
        code = code_spelt(word, spelling)
        if code is None:
            remedy = "Name the finding's code, give `spelling:`, or null for an output that is not used."
            rule = "codes of findings" if spelling == CANONICAL else f"findings spelt as {spelling}"
            raise ConfigError(self.name, "outputs", rule, word, remedy)
        return code

    @abstractmethod
    def forward(self, windows: Batch) -> Outputs:
        """Return the network's outputs, shape (n_windows, n_outputs), before the activation.

        Parameters
        ----------
        windows : ndarray of float32, shape (n_windows, *input.shape)
        """

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, averaged over a recording's windows; NaN for what it cannot read or was not taught.

        Raises
        ------
        PluginError
            When the network's outputs are not as many as the configuration names.
        """
        self._not_read = Counter()
        total = np.zeros((len(recordings), len(self.outputs)))
        n_windows = np.zeros(len(recordings))
        parts = batches(recordings, self.input, who=self.name, size=self.batch, reasons=self._not_read)
        for rows, windows in parts:
            np.add.at(total, rows, ACTIVATIONS[self.activation](self._checked(self.forward(windows), len(windows))))
            np.add.at(n_windows, rows, 1)
        answers = np.full((len(recordings), len(findings)), np.nan)
        read = n_windows > 0
        for column, code in enumerate(findings):
            if code in self.outputs:
                answers[read, column] = total[read, self.outputs.index(code)] / n_windows[read]
        return answers

    def _checked(self, outputs: Outputs, n: int) -> Outputs:
        got = np.asarray(outputs, dtype=np.float64)
        if got.shape != (n, len(self.outputs)):
            rule = f"of shape ({n}, {len(self.outputs)}): one column for each of `outputs`"
            raise PluginError(
                self.name, "the network's outputs", rule, got.shape, "Name every output, null for unused."
            )
        return got

    def card(self) -> ModelCard:
        """Return input, outputs, settings, and why recordings were not read."""
        return ModelCard(
            facts={
                "input": self.input.words,
                "outputs": tuple(code or "not used" for code in self.outputs),
                "activation": self.activation,
            },
            counts={"not_read": dict(self._not_read)},
        )


def missing_library(who: str, library: str, extra: str) -> InputFileError:
    """Return the error for a library of an extra that is not installed."""
    return InputFileError(who, library, "installed", remedy=f'Install it: pip install "ecg-eval[{extra}]".')


def existing_file(who: str, path: Path) -> None:
    """Refuse a path at which no file is.

    Raises
    ------
    InputFileError
    """
    if not path.is_file():
        raise InputFileError(who, "path", "a file", str(path), "Paths are relative to data_root.")
