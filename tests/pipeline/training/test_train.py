"""A network is trained, killed and gone on with, and read with: the same weights to the byte."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from commands import status_of

from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError
from ecg_eval.models.trained_network import TrainedNetwork
from ecg_eval.pipeline.training.train import train_file

SETTINGS: dict[str, Any] = {
    "name": "simulated",
    "dataset": {"name": "simulated", "n_records": 120, "seed": 3, "sampling_rate_hz": 100, "root": "."},
    "findings": ["MI", "LBBB", "SBRAD"],
    "split": {"train": [1, 2, 3, 4, 5, 6, 7], "threshold": [8, 9], "test": [10]},
    "training": {"epochs": 4, "input": {"sampling_rate_hz": 50, "duration_s": 4, "units": "any",
                 "normalisation": "z_score_lead"}},
    "tracking": {"enabled": False},
    "intervals": {"resamples": 100},
}  # fmt: skip
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all tests, so that the simulated ECGs are made once."""
    return tmp_path_factory.mktemp("training")


@pytest.fixture
def write(home: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(home)

    def written(name: str = "c.yaml", *, training: dict[str, Any] | None = None, **changes: Any) -> Path:
        whole = SETTINGS | changes | {"training": SETTINGS["training"] | (training or {})}
        (home / name).write_text(yaml.safe_dump(whole))
        return home / name

    return written


def until(n: int) -> Callable[[Sequence[str], str], Iterator[str]]:
    """Return a bar that breaks the work off before epoch n."""

    def bar(items: Sequence[str], doing: str) -> Iterator[str]:
        for item in items:
            if doing == "Training" and item == str(n):
                raise KeyboardInterrupt
            yield item

    return bar


@pytest.fixture(scope="module")
def whole(home: Path) -> bytes:
    """Return the weights of a training that nothing interrupted."""
    (home / "whole.yaml").write_text(yaml.safe_dump(SETTINGS))
    return train_file(home / "whole.yaml", out=home / "whole").weights.read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from ecg_eval.pipeline.training.train import train_file

def bar(items, doing):
    for item in items:
        if doing == "Training" and item == "3":
            os.kill(os.getpid(), signal.SIGKILL)
        yield item

train_file(Path(sys.argv[1]), out=Path("killed"), progress=bar)
"""


def test_a_killed_training_goes_on_to_the_same_bytes(write: Write, home: Path, whole: bytes) -> None:
    config = write()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(config)], cwd=home, env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (home / "killed" / "checkpoint.safetensors").is_file()
    assert not (home / "killed" / "network.json").exists()
    outcome = train_file(config, out=home / "killed")
    assert outcome.gone_on_from == 2
    assert [e["number"] for e in outcome.epochs] == [1, 2, 3, 4]
    assert outcome.weights.read_bytes() == whole


def test_another_seed_gives_other_weights(write: Write, home: Path, whole: bytes) -> None:
    outcome = train_file(write(), overrides=["seed=5"], out=home / "seed")
    assert outcome.weights.read_bytes() != whole


def test_what_has_ended_is_not_repeated_and_another_training_is_not_written_over(
    write: Write, home: Path, whole: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert status_of("train", "c.yaml", "--out", "whole") == 0
    words = capsys.readouterr().out
    assert "had ended already" in words
    assert f"path: {home / 'whole' / 'network.json'}" in words
    assert status_of("train", "c.yaml", "--out", "whole", "--seed", "9") == 2
    assert "--anew" in capsys.readouterr().err
    assert (home / "whole" / "network.safetensors").read_bytes() == whole


def test_the_card_says_what_the_weights_have_seen(home: Path, whole: bytes) -> None:
    card = json.loads((home / "whole" / "network.json").read_text())
    assert card["outputs"] == ["MI", "LBBB"]
    assert "at least 5 of each" in card["training"]["not_taught"]["SBRAD"]
    assert card["trained_on"] == ["simulated folds 1,2,3,4,5,6,7,8,9"]
    facts = card["training"]
    curves = pd.read_csv(home / "whole" / "curves.csv", float_precision="round_trip")
    assert facts["auroc_threshold"] == curves["auroc_threshold"].max()
    assert facts["best_epoch"] == 1 + int(curves["auroc_threshold"].argmax())
    assert facts["augmentation"] == {"time_shift": 1.0, "noise": 0.05, "lead_dropout": 0.1}
    assert facts["n_train"] + facts["n_threshold"] < 150


def test_a_run_reads_with_what_was_trained(write: Write, home: Path, whole: bytes) -> None:
    network = {"name": "trained_network", "id": "ours", "path": str(home / "whole" / "network.json")}
    write("run.yaml", models=[network, "prevalence"])
    assert status_of("run", "run.yaml", "--out", "run", "-q") == 0
    readings = pd.read_parquet(home / "run" / "readings.parquet")
    scores = readings[readings["reader_id"] == "ours"].groupby("finding", observed=True)["score"]
    assert set(scores.count().index) == {"MI", "LBBB"}
    assert scores.count()["MI"] > 5
    assert scores.std()["MI"] > 0
    facts = json.loads((home / "run" / "provenance.json").read_text())["models"]["ours"]
    assert facts["trained_on"] == ["simulated folds 1,2,3,4,5,6,7,8,9"]
    assert facts["card"]["facts"]["architecture"] == "small"


def test_curves_stand_in_mlflow(write: Write, home: Path) -> None:
    from mlflow import MlflowClient

    store = f"sqlite:///{home / 'mlflow.db'}"
    config = write(tracking={"uri": store}, training={"epochs": 2})
    for _ in range(2):  # the second time nothing is trained, and nothing logged
        train_file(config, out=home / "tracked")
    client = MlflowClient(store)
    (run,) = client.search_runs([e.experiment_id for e in client.search_experiments()])
    curve = client.get_metric_history(run.info.run_id, "auroc/threshold")
    curves = pd.read_csv(home / "tracked" / "curves.csv", float_precision="round_trip")
    assert [(m.step, m.value) for m in curve] == list(enumerate(curves["auroc_threshold"], start=1))
    assert run.data.params["architecture"] == "small"
    assert {a.path for a in client.list_artifacts(run.info.run_id)} == {"network.json", "curves.csv"}


def test_training_ends_when_nothing_gets_better(write: Write, home: Path) -> None:
    outcome = train_file(write(training={"epochs": 40, "patience": 1}), out=home / "patient")
    areas = [e["auroc_threshold"] for e in outcome.epochs]
    assert len(areas) < 40
    assert areas[-1] <= max(areas[:-1])
    assert outcome.facts["best_epoch"] == len(areas) - 1


def test_counting_a_finding_more_often_is_taken_out_of_its_probability(write: Write, home: Path) -> None:
    """One epoch at a learning rate of next to nothing: the last bias is the logit of the share, as without weights."""
    from safetensors.numpy import load_file

    still = {"epochs": 1, "learning_rate": 1e-12, "weight_decay": 0.0}
    biases = [
        list(load_file(train_file(write(training=still | {"imbalance": how}), out=home / how).weights).items())
        for how in ("none", "weights")
    ]
    none, weighted = (next(v for k, v in b if k.endswith("8.bias")) for b in biases)
    np.testing.assert_allclose(weighted, none, atol=1e-5)


def test_a_head_on_a_frozen_network(write: Write, home: Path, whole: bytes) -> None:
    from safetensors.numpy import load_file

    card = str(home / "whole" / "network.json")
    config = write(training={"start_from": card, "train_only": "head", "epochs": 2}, findings=["LBBB"])
    outcome = train_file(config, out=home / "head")
    before, after = load_file(home / "whole" / "network.safetensors"), load_file(outcome.weights)
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    assert {name.rpartition(".")[0] for name in changed} == {"8"}
    assert after["8.weight"].shape[0] == 1


def test_what_cannot_be_is_refused(write: Write, home: Path, whole: bytes) -> None:
    wrong: list[tuple[dict[str, Any], type[EcgEvalError], str]] = [
        ({"training": {"architecture": "xresnet1d10"}}, ConfigError, "xresnet1d101"),
        ({"training": {"augmentation": {"noize": 1}}}, ConfigError, "Did you mean 'noise'"),
        ({"training": {"augmentation": {"lead_dropout": 2}}}, ConfigError, "from 0 to 1"),
        ({"training": {"device": "cuda"}}, ConfigError, "a device that PyTorch sees"),
        ({"split": {"train": [1], "test": [10]}}, ConfigError, "by which training is stopped"),
        ({"training": {"learning_rate": 1e30}}, ConfigError, "a finite number"),
        (
            {"training": {"start_from": str(home / "whole" / "network.json"), "architecture": "xresnet1d101"}},
            InputFileError,
            "of the architecture that is trained",
        ),
    ]
    for changes, error, words in wrong:
        with pytest.raises(error, match=words):
            train_file(write("wrong.yaml", **changes), out=home / "wrong", anew=True)


def test_a_run_without_a_reader_is_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("alone.yaml")
    assert status_of("run", "alone.yaml", "--out", "alone") == 2
    assert "trained_network" in capsys.readouterr().err


def test_a_broken_off_training_says_how_far_it_was(write: Write, home: Path) -> None:
    config = write()
    with pytest.raises(KeyboardInterrupt):
        train_file(config, out=home / "broken", progress=until(2))
    (home / "broken" / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    with pytest.raises(InputFileError, match="a checkpoint with the format"):
        train_file(config, out=home / "broken")


def test_weights_that_are_not_the_cards_are_refused(home: Path, whole: bytes, tmp_path: Path) -> None:
    text = (home / "whole" / "network.json").read_text()
    (tmp_path / "network.json").write_text(text)
    card = tmp_path / "network.json"
    with pytest.raises(InputFileError, match="beside the card"):
        TrainedNetwork(card)
    (tmp_path / "network.safetensors").write_bytes(whole + b" ")
    with pytest.raises(InputFileError, match="the weights that the card names"):
        TrainedNetwork(card)
    (tmp_path / "network.safetensors").write_bytes(whole)
    assert TrainedNetwork(card).trained_on
    card.write_text(text.replace('"small"', '"xresnet1d101"'))
    with pytest.raises(InputFileError, match="weights of xresnet1d101"):
        TrainedNetwork(card)
    for content, words in (
        ("[]", "a card with the format"),
        ("{", "the card of a network"),
        ('{"format": 1}', "format"),
    ):
        card.write_text(content)
        with pytest.raises(InputFileError, match=words):
            TrainedNetwork(card)
    card.write_text(json.dumps(json.loads(text) | {"weights": "../network.safetensors"}))
    with pytest.raises(InputFileError, match="the name of a file beside the card"):
        TrainedNetwork(card)
    card.write_text(json.dumps(json.loads(text) | {"outputs": "MI"}))
    with pytest.raises(InputFileError, match="a list"):
        TrainedNetwork(card)
