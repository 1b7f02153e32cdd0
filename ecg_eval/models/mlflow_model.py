"""A model of an MLflow registry (``models:/name@alias``) or folder, in a flavour that is stored without pickle."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecg_eval.config.load import read_yaml
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.attribution import Attribution
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.models._parts.outside_network import OutsideNetwork
from ecg_eval.models.onnx_file import OnnxFile
from ecg_eval.models.sklearn_skops import SklearnSkops
from ecg_eval.models.torch_export import TorchExport

_HOW = (
    "Log it with mlflow.onnx, with mlflow.sklearn and serialization_format='skops', or with mlflow.pytorch and "
    "serialization_format='pt2'."
)
_GRADIENTS = "Log the network with mlflow.pytorch and serialization_format='pt2' to have its answers explained."


class MlflowModel(Model):
    """A model as MLflow stores it: ONNX, scikit-learn in skops, PyTorch as ``torch.export`` or TorchScript.

    Other flavours, and those flavours stored by pickle, are refused: opening them would run what they hold.
    MLflow's own loaders are not used, so that nothing else in the folder is run either.

    Parameters
    ----------
    path : Path
        A model of a registry ("models:/name@alias", "models:/name/3"), of a run ("runs:/id/name"), or a folder that
        holds MLmodel. A run of ecg_eval fetches the first two from its tracking store.
    outputs, trained_on, spelling
        As for every outside network (``_parts/outside_network.py``).
    input, activation, batch
        Likewise; a scikit-learn model on beat measurements needs no `input`.
    further
        What the flavour's own reader takes: `output_name` and `threads` (``onnx_file``), `features` and `trusted`
        (``sklearn_skops``).
    """

    trained_on: tuple[str, ...] = ()
    needs = "what its configuration states as its input"

    def __init__(
        self,
        path: Path,
        *,
        outputs: Sequence[str | None],
        trained_on: Sequence[str],
        input: Mapping[str, Any] | None = None,
        further: Mapping[str, Any] | None = None,
        spelling: str = CANONICAL,
        activation: str = "none",
        batch: int = 32,
    ) -> None:
        reader, file, self._flavour, self._about = _stored(self.name, path)
        arguments: dict[str, Any] = {"outputs": outputs, "trained_on": trained_on, "spelling": spelling, "batch": batch}
        if input is not None:
            arguments["input"] = input
        elif reader is not SklearnSkops:
            raise ConfigError(self.name, "input", f"given for a model of flavour {self._flavour}")
        if reader is not SklearnSkops:
            arguments["activation"] = activation
        elif activation != "none":
            raise ConfigError(self.name, "activation", "none: the estimator gives probabilities", activation)
        try:
            self._network: OutsideNetwork = reader(file, **arguments, **(further or {}))
        except TypeError as error:
            raise ConfigError(self.name, "further", f"what {reader.name} takes", remedy=str(error)) from None
        self.trained_on, self.needs = self._network.trained_on, self._network.needs

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities; NaN for what it cannot read or was not taught."""
        return self._network.scores(recordings, findings)

    def attributions(
        self, recordings: Recordings, findings: Sequence[str], *, shuffled: np.random.Generator | None = None
    ) -> dict[str, dict[str, Attribution]]:
        """Return what moved its answers, where its flavour lets gradients through.

        Raises
        ------
        InputFileError
            For another flavour.
        """
        if not isinstance(self._network, TorchExport):
            rule = "pytorch, through which gradients come"
            raise InputFileError(self.name, "its flavour", rule, self._flavour, _GRADIENTS)
        return self._network.attributions(recordings, findings, shuffled=shuffled)

    def card(self) -> ModelCard:
        """Return what the flavour's reader states, and what MLflow knows of the model."""
        return self._network.card().also(flavour=self._flavour, **self._about)


def _stored(who: str, folder: Path) -> tuple[type[OnnxFile | SklearnSkops | TorchExport], Path, str, dict[str, str]]:
    """Return what reads a model's file, the file, its flavour, and what MLflow says of it."""
    if not (folder / "MLmodel").is_file():
        remedy = "Name models:/name@alias, or a folder relative to data_root."
        raise InputFileError(who, "path", "a model of MLflow: a folder that holds MLmodel", str(folder), remedy)
    mlmodel = read_yaml(folder / "MLmodel")
    mlmodel = mlmodel if isinstance(mlmodel, dict) else {}
    flavours = mlmodel.get("flavors")
    if not isinstance(flavours, dict) or not all(isinstance(facts, dict) for facts in flavours.values()):
        raise InputFileError(who, str(folder / "MLmodel"), "a file of MLflow that names flavours")
    about = {key: str(mlmodel[key]) for key in ("mlflow_version", "model_uuid", "utc_time_created") if mlmodel.get(key)}
    if "onnx" in flavours:
        return OnnxFile, _inside(who, folder, flavours["onnx"].get("data", "model.onnx")), "onnx", about
    if "sklearn" in flavours:
        stored_as = flavours["sklearn"].get("serialization_format", "pickle")
        if stored_as != "skops":
            raise InputFileError(who, "the scikit-learn model", "stored by skops", stored_as, _HOW)
        return SklearnSkops, _inside(who, folder, flavours["sklearn"].get("pickled_model", "")), "sklearn, skops", about
    if "pytorch" in flavours:
        data = _inside(who, folder, flavours["pytorch"].get("model_data", "data"), is_folder=True)
        files = sorted(p for p in data.iterdir() if p.suffix in (".pt2", ".pth", ".pt"))
        if len(files) != 1:
            raise InputFileError(who, str(data), "a folder with one network", [p.name for p in files], _HOW)
        return TorchExport, files[0], "pytorch", about
    raise InputFileError(who, "the model's flavours", "onnx, sklearn (skops) or pytorch among them", [*flavours], _HOW)


def _inside(who: str, folder: Path, name: object, *, is_folder: bool = False) -> Path:
    """Return a file of the model's folder; a name that leads out of it is refused."""
    path = (folder / str(name)).resolve()
    there = path.is_dir() if is_folder else path.is_file()
    if not there or not path.is_relative_to(folder.resolve()):
        raise InputFileError(who, str(folder / "MLmodel"), "one that names what is in its folder", str(name))
    return path
