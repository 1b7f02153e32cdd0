"""The small parts of the corridor: screening, thresholds, checks, lists, provenance, the pages of MLflow."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Quality, RunConfig
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.evaluation import Evaluation, Row
from ecg_eval.domain.facts.screening import QualityFacts
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, ProblemsError, SignalError, TrackingError
from ecg_eval.pipeline import ui
from ecg_eval.pipeline.comparison.side_by_side import Comparison, comparison_text
from ecg_eval.pipeline.demo import demo_config
from ecg_eval.pipeline.listing import LISTS, listing
from ecg_eval.pipeline.progress import silent
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.check import check_file, problems_of
from ecg_eval.pipeline.study.evaluate import subgroup_values
from ecg_eval.pipeline.study.run import run
from ecg_eval.pipeline.study.screen import Policy, Screened, flaws_of, policy_of, quality_facts, screen
from ecg_eval.pipeline.study.store import store_uri
from ecg_eval.pipeline.study.thresholds import freeze
from ecg_eval.pipeline.study.version import version_of
from ecg_eval.stats.estimate import Estimate

Maker = Callable[..., RunConfig]


def recording(signal: np.ndarray, leads: tuple[str, ...] = ("I", "II")) -> Recording:
    parts = {"record_id": "1", "patient_id": "p", "leads": leads, "sampling_rate_hz": 100.0}
    return Recording(signal=signal.astype(np.float32), **parts)  # type: ignore[arg-type]


def words(signal: np.ndarray, policy: Policy | None = None) -> list[str]:
    return [f.text for f in flaws_of(recording(signal), policy or Policy())]


def test_flaws_are_named_by_lead() -> None:
    good = np.random.default_rng(1).normal(scale=0.3, size=(500, 2))
    said = words(good, policy_of(Quality(limits={"muscle_mv": 1, "clock_fast_octaves": 9})))
    assert said == ["leads III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6 missing"]
    gaps = good.copy()
    gaps[3, 1] = np.nan
    assert "lead II with missing samples" in words(gaps)
    gaps[:, 1] = np.nan
    assert "lead II without any sample" in words(gaps)
    assert "lead I flat" in words(np.column_stack([np.ones(500), good[:, 1]]))


class Signals:
    """An archive of the signals that it is given, one a recording; `None` cannot be loaded."""

    name = "signals"

    def __init__(self, *signals: np.ndarray | None) -> None:
        self.signals = signals

    def load(self, record_id: str) -> Recording:
        signal = self.signals[int(record_id)]
        if signal is None:
            raise SignalError(record_id, "signal", "whole", "half of it")
        return replace(recording(signal), record_id=record_id)


def screened(*signals: np.ndarray | None, quality: Quality | None = None) -> tuple[Screened, QualityFacts]:
    policy = policy_of(quality or Quality())
    found = screen(cast("Dataset", Signals(*signals)), [str(i) for i in range(len(signals))], silent, policy)
    return found, quality_facts(found, len(signals), policy)


@pytest.mark.parametrize("signal", [np.empty((0, 2)), np.zeros((50, 2)), np.full((50, 2), np.nan)])
def test_recordings_without_any_signal_are_of_no_use(signal: np.ndarray) -> None:
    found, facts = screened(signal)
    assert found.usable == []
    assert [row[2] for row in found.left_out] == ["signal"]
    assert (facts.excluded, facts.unreadable) == (1, 0)


def test_each_recording_is_kept_flagged_or_left_out_and_counted() -> None:
    good = np.random.default_rng(1).normal(scale=0.3, size=(1000, 2))
    microvolts, flat = good * 1000, np.column_stack([good[:, 0], np.zeros(1000)])
    off = {"missing_lead": "off", "sampling_rate": "off", "muscle_noise": "note"}
    found, facts = screened(good, flat, microvolts, None, quality=Quality(actions=off))
    assert found.usable == ["0", "1"]
    assert [(r[0], r[2]) for r in found.left_out] == [("3", "signal"), ("1", "signal, kept"), ("2", "signal")]
    assert "microvolts" in found.left_out[2][3]
    assert {k: getattr(facts, k) for k in ("examined", "kept", "kept_with_flag", "excluded", "unreadable")} == {
        **{"examined": 4, "kept": 1, "kept_with_flag": 1},
        **{"excluded": 2, "unreadable": 1},
    }
    noted = [(f.action, f.kind, f.records) for f in facts.flaws]
    assert ("note", "muscle_noise", 2) in noted
    assert ("flag", "flat_lead", 1) in noted
    assert facts.policy.actions["missing_lead"] == "off"
    assert "missing_lead" not in set(found.quality["kind"])


def test_recordings_shorter_than_the_archive_has_them_are_flagged() -> None:
    good = np.random.default_rng(1).normal(scale=0.3, size=(1000, 2))
    found, _ = screened(good, good, good, good[:800])
    assert found.quality.loc[found.quality["kind"] == "short", "record_id"].tolist() == ["3"]
    unlike, _ = screened(*(good[:n] for n in (1000, 900, 800, 700)))
    assert "short" not in set(unlike.quality["kind"])


def test_a_policy_knows_its_words() -> None:
    wrong = Quality(actions={"flat_leed": "flag", "no_signal": "flag"}, limits={"mains": 1, "wander_mv": -1})
    with pytest.raises(ProblemsError) as told:
        policy_of(wrong)
    text = str(told.value)
    assert "Did you mean 'flat_lead'?" in text
    assert "Did you mean 'mains_mv'?" in text
    assert "quality.limits.wander_mv" in text
    assert "quality.actions.no_signal" in text


def test_a_threshold_is_frozen_or_its_absence_explained() -> None:
    scores, truth = np.array([0.1, 0.4, 0.6, 0.9, np.nan]), np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    found = freeze("m", "AF", scores, truth, (9,))
    assert found.threshold == pytest.approx(0.5)
    assert (found.n, found.n_positive, found.from_folds) == (4, 2, (9,))
    assert np.array_equal(found.apply(np.array([0.5, 0.49, np.nan])), [1, 0, np.nan], equal_nan=True)
    for marks, said in ((np.zeros(5), "shows"), (np.ones(5), "lacks")):
        none = freeze("m", "AF", scores, marks, (9,))
        assert said in none.reason
        assert np.isnan(none.apply(scores)).all()
    flat = freeze("m", "AF", np.full(4, 0.3), truth[:4], (9,))
    assert flat.threshold is None
    assert flat.apply(np.array([0.3, 0.9])).tolist() == [0, 0]
    assert "no threshold folds" in freeze("m", "AF", scores[:0], truth[:0], ()).reason


def test_check_file_passes_what_is_right_and_tells_what_is_not(
    toy_config: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = toy_config()
    path = tmp_path / "toy.yaml"
    from ecg_eval.config.load import config_to_yaml

    path.write_text(config_to_yaml(config))
    assert check_file(path).metrics == config.metrics
    with pytest.raises(ProblemsError, match="AFF"):
        check_file(path, ["findings=[AFF]"])


def test_folds_of_a_dataset_without_folds_are_refused(toy_config: Maker, shared: Path) -> None:
    config = toy_config(
        dataset={"name": "code_test", "root": str(shared / "data" / "code-test")}, models=[], split={"test": [1]}
    )
    assert any("left out for a dataset without folds" in str(p) for p in problems_of(config)) or not shared.exists()


def test_a_finding_that_the_dataset_says_nothing_of(toy_config: Maker, shared: Path) -> None:
    root = str(shared / "data" / "code-test")
    found = problems_of(toy_config(dataset={"name": "code_test", "root": root}, models=[], split={}, findings=["LVH"]))
    assert found


def test_an_adjudicator_is_not_judged(toy_config: Maker) -> None:
    outcome = run(toy_config(reference={"name": "reader", "reader": "third"}, split={}, models=[]))
    evaluation = Evaluation.from_csv(outcome.folder / "evaluation.csv")
    assert "third" not in set(evaluation.frame["reader"])


def test_a_run_in_which_nobody_read_anything_is_an_error(toy_config: Maker, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("record_id,reader_id,finding,reading\nt00,gp1,LBBB,1\n")
    panel = {"name": "readings_file", "path": str(tmp_path / "r.csv"), "readers": [{"reader_id": "gp1", "kind": "gp"}]}
    with pytest.raises(ConfigError, match="about at least one record and finding"):
        run(toy_config(models=[], panels=[panel], split={}, reference="none"))


@pytest.mark.parametrize("kind", LISTS)
def test_lists_have_words(kind: str) -> None:
    assert all(listing(kind).values())


def test_demo_is_a_run_of_simulated_readers() -> None:
    config = demo_config(["seed=4"])
    assert (config.dataset.name, config.panels[0].name, config.seed) == ("simulated", "simulated_gps", 4)


def test_age_bands_and_columns() -> None:
    records = pd.DataFrame({"age_years": [10.0, 40.0, 64.9, 65.0, 99.0, np.nan]})
    bands = subgroup_values(records, "age", (40, 65))
    assert bands.fillna("").tolist() == ["0-39", "40-64", "40-64", "65+", "65+", ""]
    assert subgroup_values(records, "site", ()).isna().all()


def test_text_of_a_comparison_gives_reasons() -> None:
    rows = [
        Row(metric="ppv", reader="m", estimate=Estimate.undefined(reason="nobody called", method="w")),
        Row(metric="ppv", reader="n", estimate=Estimate(value=1.0, method="w", n=1, reason="one patient")),
    ]
    text = comparison_text(Comparison(Evaluation.from_rows(rows).frame.assign(run="a"), []))
    assert "cannot be computed: nobody called" in text
    assert "(no interval: one patient)" in text


def test_provenance_outside_of_a_checkout_and_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provenance.commit.cache_clear()
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path / "ecg_eval")
    assert provenance.commit() == ""
    provenance.commit.cache_clear()
    (tmp_path / ".git").mkdir()
    assert provenance.commit() == ""  # a folder of that name is no repository
    provenance.commit.cache_clear()
    assert version_of("no-such-package") is None


def test_store(monkeypatch: pytest.MonkeyPatch, toy_config: Maker) -> None:
    assert store_uri().startswith("sqlite:///")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert store_uri() == "http://127.0.0.1:1"
    assert store_uri(toy_config(tracking={"uri": "sqlite:///x.db"})) == "sqlite:///x.db"


def test_the_pages_are_served_to_this_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    called: list[list[str]] = []
    start = subprocess.Popen

    def started(command: list[str], **how: object) -> "subprocess.Popen[bytes]":
        called.append(command)
        return start([sys.executable, "-c", "raise SystemExit(3)"], **how)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(ui.subprocess, "Popen", started)
    said: list[str] = []
    assert ui.serve(5005, say=said.append) == 3
    assert "workflowType=machine_learning" in said[0]
    assert called[0][called[0].index("--host") + 1] == "127.0.0.1"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with pytest.raises(TrackingError):
        ui.serve(5005, say=said.append)


def test_shipped_configurations_name_known_plugins() -> None:
    for path in sorted((Path(__file__).parents[2] / "configs").glob("*.yaml")):
        found = [str(p) for p in problems_of(load_config(path)) if "Did you mean" in str(p) or "argument" in str(p)]
        assert not found, found
