"""Models as MLflow itself stores them, flavour by flavour, and those that opening would run."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from made_cohort import cohort, handed_over
from outside_networks import TAKES, handed, onnx_network, recording, right, scripted, torch_network

from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.models._parts.beat_table import beat_table
from ecg_eval.models.mlflow_model import MlflowModel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


# MLflow would open each model in a process of its own to see what it imports
NO_SEARCH: dict[str, Any] = {"pip_requirements": ["mlflow"]}


def save_onnx(folder: Path) -> None:
    import mlflow.onnx
    import onnx

    mlflow.onnx.save_model(onnx.load(onnx_network(folder.parent / "n.onnx")), folder, **NO_SEARCH)


def save_exported(folder: Path) -> None:
    import mlflow.pytorch

    example = np.zeros((2, 12, 200), dtype=np.float32)
    mlflow.pytorch.save_model(torch_network(), folder, serialization_format="pt2", input_example=example, **NO_SEARCH)


def save_scripted(folder: Path) -> None:
    import mlflow.pytorch
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = torch.jit.load(scripted(folder.parent / "n.pt"))
        mlflow.pytorch.save_model(network, folder, serialization_format="pickle", **NO_SEARCH)


@pytest.mark.parametrize(
    ("save", "activation", "flavour"),
    [(save_onnx, "none", "onnx"), (save_exported, "sigmoid", "pytorch"), (save_scripted, "sigmoid", "pytorch")],
)
def test_networks_that_mlflow_saved_answer(
    tmp_path: Path, save: Callable[[Path], None], activation: str, flavour: str
) -> None:
    save(tmp_path / "model")
    facts: dict[str, Any] = {"outputs": ["AF", None], "input": TAKES, "trained_on": ["ptb_xl folds 1-8"], "batch": 2}
    model = MlflowModel(tmp_path / "model", activation=activation, **facts)
    several = [recording(), recording("bb")]
    answers = model.scores(handed(*several), ["LBBB", "AF"])
    np.testing.assert_allclose(answers[:, 1], [right(r)[0] for r in several], rtol=1e-5)
    assert np.isnan(answers[:, 0]).all()
    assert model.trained_on == ("ptb_xl folds 1-8",)
    assert model.needs == "12 leads in mV at 100 Hz, 2 s"
    said = model.card().facts
    assert said["flavour"] == flavour
    assert said["mlflow_version"]


def test_an_estimator_that_mlflow_saved_answers(tmp_path: Path) -> None:
    import mlflow.sklearn
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    recordings, labels = cohort()
    x = beat_table(handed_over(recordings), who="test").values
    filled = SimpleImputer(keep_empty_features=True)
    estimator = make_pipeline(filled, StandardScaler(), LogisticRegression()).fit(x, labels["AF"])
    trusted = ["numpy.dtype"]
    skops: dict[str, Any] = {"serialization_format": "skops", "skops_trusted_types": trusted}
    mlflow.sklearn.save_model(estimator, tmp_path / "skops", **skops, **NO_SEARCH)
    mlflow.sklearn.save_model(estimator, tmp_path / "cloudpickle", serialization_format="cloudpickle", **NO_SEARCH)
    with pytest.raises(InputFileError, match=r"made of trusted types; got \['numpy.dtype'\]"):
        MlflowModel(tmp_path / "skops", outputs=["AF"], trained_on=[])  # MLflow's own list of trusted types counts not
    model = MlflowModel(tmp_path / "skops", outputs=["AF"], trained_on=[], further={"trusted": trusted})
    answers = model.scores(handed_over(recordings), ["AF"])
    np.testing.assert_array_equal(answers[:, 0], estimator.predict_proba(x)[:, 1])
    with pytest.raises(InputFileError, match="stored by skops; got 'cloudpickle'"):
        MlflowModel(tmp_path / "cloudpickle", outputs=["AF"], trained_on=[])
    with pytest.raises(ConfigError, match="the estimator gives probabilities"):
        MlflowModel(tmp_path / "skops", outputs=["AF"], trained_on=[], activation="sigmoid")


def test_what_is_not_safe_or_no_model_is_refused(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"outputs": ["AF", None], "input": TAKES, "trained_on": []}
    with pytest.raises(InputFileError, match="a folder that holds MLmodel"):
        MlflowModel(tmp_path, **facts)
    save_onnx(tmp_path / "model")
    with pytest.raises(ConfigError, match="input must be given"):
        MlflowModel(tmp_path / "model", outputs=["AF", None], trained_on=[])
    with pytest.raises(ConfigError, match="what onnx_file takes"):
        MlflowModel(tmp_path / "model", further={"colour": 1}, **facts)
    said = yaml.safe_load((tmp_path / "model" / "MLmodel").read_text())
    for flavours, match in (
        ({"python_function": {"loader_module": "os"}}, "onnx, sklearn"),
        ({"onnx": {"data": "../n.onnx"}}, "what is in its folder"),
        ({"pytorch": {"model_data": "."}}, "a folder with one network"),
        (["onnx"], "that names flavours"),
    ):
        (tmp_path / "model" / "MLmodel").write_text(yaml.safe_dump(said | {"flavors": flavours}))
        with pytest.raises(InputFileError, match=match):
            MlflowModel(tmp_path / "model", **facts)
