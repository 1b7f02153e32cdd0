"""A model named by an alias of an MLflow registry takes part in a run, and is read again when the alias moves."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outside_networks import TAKES, onnx_network

from ecg_eval.config.load import make_config
from ecg_eval.errors import TrackingError
from ecg_eval.pipeline.study.run import run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def registered(tmp_path: Path, *, times: float, store: str) -> None:
    import mlflow
    import onnx
    from onnx import numpy_helper

    network = onnx.load(onnx_network(tmp_path / "n.onnx"))
    weights = numpy_helper.to_array(network.graph.initializer[0]) * times
    network.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights.astype(np.float32), "w"))
    # named here, or the packages are sought by loading the model in another process
    mlflow.onnx.save_model(network, tmp_path / f"model{times:g}", pip_requirements=["onnxruntime"])
    client = mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    if times > 0:
        client.create_registered_model("ours")
    version = client.create_model_version("ours", str(tmp_path / f"model{times:g}"))
    client.set_registered_model_alias("ours", "champion", version.version)


def test_an_alias_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "toys"))
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    said: dict[str, Any] = {
        "name": "registered",
        "data_root": str(tmp_path),
        "dataset": "toy_study:ToyArchive",
        "findings": ["AF"],
        "split": {"threshold": [3, 4], "test": [5, 6, 7, 8, 9, 10]},
        "models": [
            {
                "name": "mlflow_model",
                "path": "models:/ours@champion",
                "outputs": ["AF", None],
                "input": TAKES,
                "trained_on": [],
            }
        ],
        "metrics": ["auroc"],
        "report": {"sections": ["answer"]},
        "tracking": {"enabled": False, "uri": store},
        "intervals": {"resamples": 100},
        "out": str(tmp_path / "run"),
    }
    with pytest.raises(TrackingError, match="store must be one that exists"):
        run(make_config(said))
    assert not (tmp_path / "mlflow.db").exists()
    registered(tmp_path, times=1, store=store)
    assert "study" in run(make_config(said)).stages_done
    first = pd.read_parquet(tmp_path / "run" / "readings.parquet")["score"]
    assert run(make_config(said)).stages_done == []
    registered(tmp_path, times=-1, store=store)
    assert "study" in run(make_config(said)).stages_done
    second = pd.read_parquet(tmp_path / "run" / "readings.parquet")["score"]
    np.testing.assert_allclose(first + second, 1, atol=1e-6)  # logistic of the opposite weights
    said["models"][0]["path"] = "models:/our@champion"
    with pytest.raises(TrackingError, match="Did you mean 'ours'"):
        run(make_config(said))
