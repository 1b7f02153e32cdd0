"""The card of a trained network: a JSON file that says all that is needed to read ECGs with the weights beside it.

The card names its weights by file and SHA-256, so that who names the card has named both.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.architectures import built
from ecg_eval.models._parts.network_input import NetworkInput
from ecg_eval.models._parts.outside_network import missing_library

if TYPE_CHECKING:
    import torch

FORMAT = "ecg_eval network 1"
_KEYS = {"architecture": str, "input": dict, "outputs": list, "trained_on": list, "weights": str}
_MAX_BYTES = 1 << 32


@dataclass(frozen=True, kw_only=True)
class NetworkCard:
    """What a network is, takes and says.

    Attributes
    ----------
    architecture : str
        A key of ``ARCHITECTURES``.
    input : dict
        As ``NetworkInput`` takes it.
    outputs : tuple of str or None
        The finding that each output stands for.
    activation : str
    spelling : str
        Scheme in which `outputs` are spelt.
    trained_on : tuple of str
        Archives and folds that its weights have seen, those of early stopping among them.
    weights, weights_sha256 : str
        Name of the file of weights, beside the card, and its SHA-256.
    training : dict
        How it came about, for people.
    """

    architecture: str
    input: Mapping[str, object]
    outputs: tuple[str | None, ...]
    activation: str = "sigmoid"
    spelling: str = CANONICAL
    trained_on: tuple[str, ...]
    weights: str
    weights_sha256: str
    training: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the card as the text of its file."""
        facts = {"format": FORMAT, **vars(self), "outputs": list(self.outputs), "trained_on": list(self.trained_on)}
        return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def read_card(path: Path, *, who: str) -> NetworkCard:
    """Return the card of a file.

    Raises
    ------
    InputFileError
        When it is no card.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        remedy = f"{str(error)[:200]}. `ecg-eval train` leaves one; docs/training.md says what it holds."
        raise InputFileError(who, str(path), "the card of a network, a JSON file", remedy=remedy) from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        got = facts.get("format") if isinstance(facts, dict) else type(facts).__name__
        raise InputFileError(who, str(path), f"a card with the format {FORMAT!r}", got, "See docs/training.md.")
    for key, kind in _KEYS.items():
        if not isinstance(facts.get(key), kind):
            words = {str: "a text", dict: "an object", list: "a list"}[kind]
            raise InputFileError(who, f"{path}, {key}", words, facts.get(key), "See docs/training.md.")
    return NetworkCard(
        architecture=facts["architecture"],
        input=facts["input"],
        outputs=tuple(facts["outputs"]),
        activation=str(facts.get("activation", "sigmoid")),
        spelling=str(facts.get("spelling", CANONICAL)),
        trained_on=tuple(map(str, facts["trained_on"])),
        weights=facts["weights"],
        weights_sha256=str(facts.get("weights_sha256", "")),
        training=facts.get("training", {}) if isinstance(facts.get("training"), dict) else {},
    )


def load_network(card: NetworkCard, folder: Path, *, who: str) -> "torch.nn.Module":
    """Return the network of a card, ready to read.

    Raises
    ------
    InputFileError
        When the weights are not there, are not those that the card names, or do not fit the architecture.
    """
    path = folder / card.weights
    if Path(card.weights).name != card.weights:
        raise InputFileError(who, f"{folder}, weights", "the name of a file beside the card", card.weights)
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise InputFileError(who, str(path), f"a file of weights of at most {_MAX_BYTES} bytes, beside the card")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.weights_sha256:
        rule = f"the weights that the card names, of the SHA-256 {card.weights_sha256 or '(none)'}"
        raise InputFileError(who, str(path), rule, digest, "Put both files of one training beside each other.")
    taken = NetworkInput.of(card.input, who=who)
    network = built(card.architecture, n_findings=len(card.outputs), taken=taken, who=who)
    try:
        network.load_state_dict(weights_of(content, who=who, name=str(path)))
    except RuntimeError as error:
        rule = f"weights of {card.architecture} with {len(card.outputs)} outputs"
        raise InputFileError(who, str(path), rule, remedy=str(error)[:200]) from None
    return network.eval()


def weights_of(content: bytes, *, who: str, name: str) -> dict[str, "torch.Tensor"]:
    """Return the tensors of a safetensors file, which holds numbers and no code.

    Raises
    ------
    InputFileError
        When it is none, or the library is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ImportError:
        raise missing_library(who, "safetensors", "networks") from None
    try:
        return load(content)
    except SafetensorError as error:
        rule = "a file of safetensors"
        remedy = f"{str(error)[:200]}. Files of torch.save run what they hold and are not opened."
        raise InputFileError(who, name, rule, remedy=remedy) from None
