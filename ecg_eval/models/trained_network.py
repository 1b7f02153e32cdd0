"""A network that `ecg-eval train` left, or any of a named architecture: weights in safetensors and a JSON card."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.models._parts.differentiable import DifferentiableNetwork
from ecg_eval.models._parts.network_card import load_network, read_card
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, existing_file

if TYPE_CHECKING:
    import torch


class TrainedNetwork(DifferentiableNetwork):
    """A network whose weights lie in safetensors beside a card that says what they are.

    The card states the architecture, the input, what the outputs mean and what the weights have seen, so that a
    configuration names the card alone. Safetensors hold numbers and no code.

    Parameters
    ----------
    path : Path
        The card (``network.json``).
    batch : int
        Windows at a time.
    """

    def __init__(self, path: Path, *, batch: int = 32) -> None:
        existing_file(self.name, path)
        card = read_card(path, who=self.name)
        super().__init__(
            outputs=card.outputs,
            input=card.input,
            trained_on=card.trained_on,
            spelling=card.spelling,
            activation=card.activation,
            batch=batch,
        )
        self._card, self._network = card, load_network(card, path.parent, who=self.name)

    def forward(self, windows: Batch) -> Outputs:
        """Return the logits of a batch."""
        import torch

        with torch.inference_mode():
            return np.asarray(self._network(torch.from_numpy(windows)).numpy(), dtype=np.float64)

    def network(self) -> "torch.nn.Module":
        """Return the network itself."""
        return self._network

    def card(self) -> ModelCard:
        """Return what every outside network states, its architecture, its size and the digest of its weights."""
        from ecg_eval.models._parts.flops import flops_of

        return (
            super()
            .card()
            .also(
                architecture=self._card.architecture,
                n_parameters=sum(p.numel() for p in self._network.parameters()),
                flops_per_recording=flops_of(self._network, self.input.shape),
                weights_sha256=self._card.weights_sha256,
            )
        )
