"""A small run made of toy plug-ins by dotted path."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_eval.config.load import make_config
from ecg_eval.config.schema import RunConfig

TOYS = Path(__file__).parents[1] / "toys"


@pytest.fixture
def toy_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunConfig]:
    """Return a maker of configurations of the toy study; what is passed replaces what it would hold."""
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def make(**changes: Any) -> RunConfig:
        base: dict[str, Any] = {
            "name": "toy",
            "dataset": "toy_study:ToyArchive",
            "findings": ["AF"],
            "split": {"train": [1, 2], "threshold": [3, 4], "test": [5, 6, 7, 8, 9, 10]},
            "models": [{"name": "toy_study:ToyModel", "id": "looks"}, "prevalence"],
            "panels": ["toy_study:ToyPanel"],
            "metrics": ["sensitivity", "auroc", "cohen_kappa", "mcnemar", "aid_effect_accuracy"],
            "report": {"sections": ["answer", "study_flow"]},
            "tracking": {"enabled": False},
            "intervals": {"resamples": 100},
            "out": str(tmp_path / "run"),
        }
        return make_config(base | changes)

    return make
