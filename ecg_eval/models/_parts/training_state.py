"""Where a training stands after an epoch, as safetensors: what a killed training goes on from, to the same bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn

from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.network_card import weights_of
from ecg_eval.models._parts.outside_network import missing_library

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = "ecg_eval training 1"
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One pass over the training recordings.

    Attributes
    ----------
    number : int
        From 1.
    learning_rate : float
        Of its last step.
    loss_train : float
        Mean over its steps, of varied recordings.
    loss_threshold : float
        On the threshold folds, afterwards.
    auroc_threshold : float
        Mean over the findings that have both classes there.
    """

    number: int
    learning_rate: float
    loss_train: float
    loss_threshold: float
    auroc_threshold: float

    def is_better_than(self, other: "Epoch | None") -> bool:
        """Whether it ranks the threshold folds better; of equals, the one with the lower loss."""
        mine = (self.auroc_threshold, -self.loss_threshold)
        return other is None or mine > (other.auroc_threshold, -other.loss_threshold)


@dataclass
class State:
    """A training between two epochs.

    Attributes
    ----------
    digest : str
        Of all that the training depends on.
    network : Module
    optimizer : Optimizer
    best : dict of str to Tensor
        Weights of the best epoch so far.
    history : list of Epoch
    """

    digest: str
    network: nn.Module
    optimizer: torch.optim.Optimizer
    best: Tensors = field(default_factory=dict)
    history: list[Epoch] = field(default_factory=list)

    @property
    def best_epoch(self) -> Epoch | None:
        """Return the first of the best epochs; None before the first."""
        best: Epoch | None = None
        for epoch in self.history:
            best = epoch if epoch.is_better_than(best) else best
        return best

    def note(self, epoch: Epoch) -> None:
        """Add an epoch, and keep the weights if they are the best so far."""
        if epoch.is_better_than(self.best_epoch):
            self.best = copied(self.network)
        self.history.append(epoch)

    def to_bytes(self) -> bytes:
        """Return the state as a file of safetensors."""
        tensors = {f"now.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in values.items()}
        about = {"format": FORMAT, "digest": self.digest, "history": json.dumps([asdict(e) for e in self.history])}
        return as_safetensors(tensors, about)

    def go_on_from(self, content: bytes, *, who: str, name: str) -> None:
        """Take up what `to_bytes` wrote.

        Raises
        ------
        InputFileError
            When it is no such file, or of another training.
        """
        about = about_of(content)
        if about.get("format") != FORMAT:
            raise InputFileError(who, name, f"a checkpoint with the format {FORMAT!r}", about.get("format"))
        if about.get("digest") != self.digest:
            rule = "of this training: the same recordings, labels, settings and seed"
            remedy = "Give another folder with --out, or begin anew with --anew."
            raise InputFileError(who, name, rule, "a checkpoint of another training", remedy)
        tensors = weights_of(content, who=who, name=name)
        self.network.load_state_dict(_below("now", tensors))
        self.best = _below("best", tensors)
        moments: dict[int, Tensors] = {}
        for key, value in _below("optimizer", tensors).items():
            number, _, what = key.partition(".")
            moments.setdefault(int(number), {})[what] = value
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": moments})
        self.history = [Epoch(**epoch) for epoch in json.loads(about["history"])]


def copied(network: nn.Module) -> Tensors:
    """Return the weights of a network as they are now, on the processor."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}


def as_safetensors(tensors: Mapping[str, torch.Tensor], about: Mapping[str, str] | None = None) -> bytes:
    """Return tensors as the bytes of a safetensors file; the same tensors give the same bytes.

    Raises
    ------
    InputFileError
        When the library is not installed.
    """
    try:
        from safetensors.torch import save
    except ImportError:
        raise missing_library("train", "safetensors", "networks") from None
    write: Callable[..., bytes] = save
    return write({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, metadata=about)


def about_of(content: bytes) -> dict[str, str]:
    """Return the texts in the head of a safetensors file; none where it is no such file."""
    try:
        length = int.from_bytes(content[:8], "little")
        head = json.loads(content[8 : 8 + length])
        return dict(head.get("__metadata__") or {})
    except (ValueError, AttributeError, RecursionError):
        return {}


def _below(first: str, tensors: Mapping[str, torch.Tensor]) -> Tensors:
    return {key.removeprefix(f"{first}."): value for key, value in tensors.items() if key.startswith(f"{first}.")}


def finished(history: Sequence[Epoch], *, best: Epoch | None, epochs: int, patience: int) -> bool:
    """Whether no further epoch is to come: all are done, or none was better for so long."""
    if not history or best is None:
        return False
    return len(history) >= epochs or history[-1].number - best.number >= patience
