"""A cohort and readers of one's own, written to files that the ordinary loaders read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of

from ecg_eval.config.load import load_config
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.errors import ArgumentError, InputFileError
from ecg_eval.pipeline.simulate import AI, Accuracy, simulate_cohort, simulate_readers
from ecg_eval.pipeline.study.run import run

FINDINGS = ("AF", "LBBB")
QUICK = ["metrics=[sensitivity,specificity,aid_effect_accuracy]", "intervals.resamples=100", "tracking.enabled=false"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulate") / "cohort"
    made = simulate_cohort(folder, n_records=60, seed=3, rates_hz=(100,))
    assert (made.folder, made.n_records, made.n_readings) == (folder, 60, 0)
    assert 1 < made.n_patients < 60
    return folder


def test_the_ordinary_loader_reads_the_cohort_and_never_takes_it_for_ptb_xl(cohort: Path) -> None:
    dataset = PtbXl(cohort, sampling_rate_hz=100)
    assert dataset.problems() == []
    assert dataset.load("1").signal.shape == (1000, 12)
    assert dataset.facts().access == "simulated"
    assert "Wagner" not in dataset.facts().citation
    assert dataset.records()["difficulty"].notna().all()
    assert "Simulated" in dataset.labels(["AF"]).method


def test_the_same_words_give_the_same_files(cohort: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "again", n_records=60, seed=3, rates_hz=(100, 100))
    for name in ("ptbxl_database.csv", "truth.csv", "records100/00000/00060_lr.dat"):
        assert (tmp_path / "again" / name).read_bytes() == (cohort / name).read_bytes()


def test_a_study_of_simulated_readers_runs_and_says_so(cohort: Path, tmp_path: Path) -> None:
    made = simulate_readers(cohort, tmp_path / "readers", findings=FINDINGS, n_readers=3, ai=Accuracy(0.9, 0.8))
    readings = pd.read_csv(made.folder / "readings.csv")
    readers = pd.read_csv(made.folder / "readers.csv")
    assert made.n_readings == len(readings)
    assert readers["kind"].tolist() == ["model", "simulated", "simulated", "simulated"]
    assert set(readings["arm"].dropna()) == {"unaided", "aided"}
    outcome = run(load_config(made.folder / "study.yaml", [f"out={tmp_path / 'run'}", *QUICK]))
    assert "simulated" in outcome.headline[0]
    page = (tmp_path / "run" / "report.fr.html").read_text(encoding="utf-8")
    assert "Une étude simulée" in page
    assert "SIMULÉ" in page.upper()


def test_the_ai_is_as_right_as_it_was_asked_to_be(tmp_path: Path) -> None:
    truth = pd.DataFrame(np.tile([[1.0, 0.0, np.nan]], (4000, 1)), columns=["AF", "LBBB", "RBBB"])
    from ecg_eval.pipeline.simulate import _advice

    said = _advice(truth, Accuracy(0.9, 0.7), np.random.default_rng(1)).groupby("finding")["reading"]
    present = said.apply(lambda words: (words == "present").mean())
    assert present["AF"] == pytest.approx(0.9, abs=0.02)
    assert present["LBBB"] == pytest.approx(0.3, abs=0.03)
    assert "RBBB" not in present.index  # of what is unknown nothing is said


def test_without_an_ai_nobody_is_aided(cohort: Path, tmp_path: Path) -> None:
    made = simulate_readers(cohort, tmp_path / "r", findings=["AF"], folds=[1, 2], n_readers=2, design="crossed")
    readings = pd.read_csv(made.folder / "readings.csv")
    assert set(readings["arm"]) == {"unaided"}
    assert AI not in set(readings["reader_id"])
    assert made.n_records < 60
    assert "test: [1, 2]" in (made.folder / "study.yaml").read_text(encoding="utf-8")


def test_refuses_what_it_cannot_make(cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="new or empty folder"):
        simulate_cohort(cohort, n_records=2)
    with pytest.raises(InputFileError, match="new or empty folder"):
        simulate_readers(cohort, cohort)
    with pytest.raises(ArgumentError, match="100 or 500"):
        simulate_cohort(tmp_path / "c", n_records=2, rates_hz=(250,))
    with pytest.raises(ArgumentError, match="100, 500 or both"):
        simulate_cohort(tmp_path / "c", n_records=2, rates_hz=())
    with pytest.raises(ArgumentError, match="among"):
        simulate_readers(cohort, tmp_path / "r", folds=[77])
    with pytest.raises(ArgumentError, match=r"in \[0, 1\]"):
        Accuracy(1.2, 0.5)
    with pytest.raises(ArgumentError, match="Did you mean 'crossover'"):
        simulate_readers(cohort, tmp_path / "r", design="crossovr")
    with pytest.raises(Exception, match="Did you mean"):
        simulate_readers(cohort, tmp_path / "r", findings=["gp_cor"])
    assert not (tmp_path / "r").exists()
    assert not (tmp_path / "c").exists()


def test_the_commands(cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    def call(*words: str) -> int:
        return status_of("simulate", *words)

    made, read = tmp_path / "c", tmp_path / "r"
    assert call("cohort", "--out", str(made), "--records", "3", "--sampling-rate", "100") == 0
    assert "3 simulated ECGs" in capsys.readouterr().out
    assert call("readers", str(cohort), "--out", str(read), "--finding", "AF", "--readers", "2", "--no-ai") == 0
    assert f"ecg-eval run {read / 'study.yaml'}" in capsys.readouterr().out
    assert call("readers", str(cohort), "--out", str(read)) == 2
    assert "new or empty folder" in capsys.readouterr().err


def test_a_declared_study_is_rehearsed_with_its_own_findings(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text(
        "record_id,STEMI,AF\n" + "".join(f"e{i},{i % 2},{i % 3 == 0:d}\n" for i in range(40))
    )
    (tmp_path / "own.yaml").write_text(
        "name: own\ndataset: {name: study_table, path: truth.csv}\n"
        "findings: [{code: STEMI, en: ST elevation infarction, broader: [ACUTE_MI]}, AF]\n"
        "panels: [{name: readings_file, path: not_yet.csv, readers: not_yet.csv}]\n"
        "metrics: [sensitivity]\nintervals: {resamples: 100}\ntracking: {enabled: false}\n"
    )
    made = simulate_readers(tmp_path / "own.yaml", tmp_path / "made", n_readers=4, ai=Accuracy(0.9, 0.9))
    assert made.n_records == 40
    config = load_config(tmp_path / "made" / "study.yaml", [f"out={tmp_path / 'run'}"])
    assert run(config).headline
    assert "ST elevation infarction" in (tmp_path / "run" / "report.en.html").read_text(encoding="utf-8")
