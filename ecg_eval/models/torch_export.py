"""A PyTorch network saved without its class: ``torch.export.save`` (.pt2) or TorchScript (.pt)."""

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.differentiable import DifferentiableNetwork
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, existing_file

if TYPE_CHECKING:
    import torch

_MAX_BYTES = 1 << 32
_HOW = "Export the network with torch.export.save or torch.jit.save; see docs/add-a-model.md."
# what the sizes of a graph may be written with: torch hands these texts to sympy, which evaluates them
_SIZE_CHARACTERS = re.compile(r"[\w +\-*/(),.='\"]*", re.ASCII)
_SIZE_NAMES = re.compile(
    r"[suf]\d+|zuf\d+|Symbol|Integer|positive|integer|nonnegative|True|False|Add|Mul|Pow|Max|Min|Mod|PythonMod|FloorDiv|"
    r"CleanDiv|CeilDiv|IntTrueDiv"
)


class TorchExport(DifferentiableNetwork):
    """A network of ``torch.export`` or TorchScript.

    Nothing is unpickled: weights of an exported program must be plain tensors, its example inputs are left out before
    it is opened, and a file of ``torch.save`` (which runs what it holds) is refused.

    Parameters
    ----------
    path : Path
    outputs, input, trained_on, spelling, activation, batch
        As for every outside network (``_parts/outside_network.py``).
    """

    def __init__(
        self,
        path: Path,
        *,
        outputs: Sequence[str | None],
        input: Mapping[str, object],
        trained_on: Sequence[str],
        spelling: str = CANONICAL,
        activation: str = "none",
        batch: int = 32,
    ) -> None:
        super().__init__(
            outputs=outputs, input=input, trained_on=trained_on, spelling=spelling, activation=activation, batch=batch
        )
        existing_file(self.name, path)
        network, self._kind = _open(self.name, path)
        from ecg_eval.models._parts.one_at_a_time import for_any_number

        self._network, self._is_single = for_any_number(network, self.input.shape)

    def forward(self, windows: Batch) -> Outputs:
        """Return the outputs of a batch."""
        import torch

        with torch.inference_mode():
            return np.asarray(self._network(torch.from_numpy(windows)).numpy(), dtype=np.float64)

    def network(self) -> "torch.nn.Module":
        """Return the network itself."""
        return self._network

    def card(self) -> ModelCard:
        """Return what every outside network states, its kind and its size."""
        from ecg_eval.models._parts.flops import flops_of

        n = sum(p.numel() for p in self._network.parameters())
        flops = flops_of(self._network, self.input.shape)
        facts = super().card().also(n_parameters=n, flops_per_recording=flops, format=self._kind)
        return facts.also(saved_for="one window at a time, which is slower") if self._is_single else facts


def _open(who: str, path: Path) -> tuple["torch.nn.Module", str]:
    """Return the network of a file, and the name of its format."""
    import torch

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any("/code/" in name for name in names):
                network = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
                return network.eval(), "TorchScript"
            if not any(name.endswith("archive_format") for name in names):
                rule = "of torch.export or TorchScript"
                raise InputFileError(who, str(path), rule, "a file of torch.save or another archive", _HOW)
            plain = _without_pickles(who, path, archive)
        return torch.export.load(plain).module(), "torch.export"
    except (OSError, zipfile.BadZipFile, RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, InputFileError):
            raise
        rule = "a network that this version of PyTorch can open"
        raise InputFileError(who, str(path), rule, remedy=f"{str(error)[:200]} {_HOW}") from None


def _without_pickles(who: str, path: Path, archive: zipfile.ZipFile) -> BytesIO:
    """Return a copy of an exported program that holds nothing to unpickle."""
    if sum(item.file_size for item in archive.infolist()) > _MAX_BYTES:
        raise InputFileError(who, str(path), f"at most {_MAX_BYTES} bytes when unpacked")
    copy = BytesIO()
    with zipfile.ZipFile(copy, "w") as plain:
        for item in archive.infolist():
            content = archive.read(item)
            if "/sample_inputs/" in item.filename:
                content = b""
            elif item.filename.endswith(".json"):
                _check_json(who, path, json.loads(content))
            plain.writestr(item.filename, content)
    copy.seek(0)
    return copy


def _is_size(text: object) -> bool:
    """Whether a text is arithmetic of sizes and calls nothing else."""
    if not isinstance(text, str) or not _SIZE_CHARACTERS.fullmatch(text):
        return False
    return all(_SIZE_NAMES.fullmatch(name) for name in re.findall(r"[A-Za-z_]\w*", text))


def _check_json(who: str, path: Path, value: object) -> None:
    """Refuse pickled weights, and sizes that are no plain arithmetic."""
    if isinstance(value, list):
        for item in value:
            _check_json(who, path, item)
    elif isinstance(value, dict):
        if value.get("use_pickle"):
            rule = "made of plain tensors"
            raise InputFileError(who, str(path), rule, "pickled weights or constants", _HOW)
        for key, item in value.items():
            if key == "expr_str" and not _is_size(item):
                raise InputFileError(who, str(path), "free of code in its sizes", str(item)[:60], _HOW)
            _check_json(who, path, item)
