"""A study as it comes in six wide files: drafted by a command, checked and run, with no line of Python.

27 readers, two exams. In one each ECG has exactly one of three classes, a column a reader; in the other 21 arrhythmias
are ticked, a row a reader and ECG. Ids hold blanks and brackets; an AI gives scores. All of it is simulated here.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import ecg_eval
from ecg_eval.cli.main import app

READERS = [f"Dr {i:02d} ({'ER' if i % 3 else 'GP'})" for i in range(1, 28)]
CLASSES = ["STEMI", "Other infarction", "No infarction"]
ARRHYTHMIAS = [
    *("AF", "AFL", "Sinus bradycardia", "STACH", "PSVT", "ATACH", "PAC", "PVC", "VT", "VFL", "VF"),
    *("1AVB", "2AVB", "MOB1", "MOB2", "Third degree AV block", "LBBB", "RBBB", "WPW", "PACE", "JUNC"),
]


def write_study(folder: Path, seed: int = 7) -> dict[str, pd.DataFrame]:
    """Write the six files and return them as they were simulated."""
    rng = np.random.default_rng(seed)
    infarct = [f"ECG {i} [{'ab'[i % 2]}]" for i in range(1, 61)]
    rhythm = [f"Rhythm {i} (lead II)" for i in range(1, 51)]
    truth = pd.DataFrame({"ECG": infarct, "Diagnosis": [CLASSES[i % 3] for i in range(60)]})
    said = pd.DataFrame({"ECG": infarct})
    for reader in READERS:
        right = rng.random(60) < 0.8
        said[reader] = [t if r else rng.choice(CLASSES) for t, r in zip(truth["Diagnosis"], right, strict=True)]
    said.loc[3, READERS[0]] = ""  # no answer
    said.loc[4, READERS[1]] = "STEMI;Other infarction"  # two ticks
    scores = rng.dirichlet([1, 1, 1], 60) + np.array([[t == c for c in CLASSES] for t in truth["Diagnosis"]])
    ai = pd.DataFrame(scores / scores.sum(axis=1, keepdims=True), columns=CLASSES).round(4)
    ai.insert(0, "ECG", infarct)
    has = pd.DataFrame((rng.random((50, 21)) < 0.2).astype(int), columns=[f"LABEL[{a}]" for a in ARRHYTHMIAS])
    has.insert(0, "ECG", rhythm)
    rows = []
    for reader in READERS:
        flipped = rng.random((50, 21)) < 0.1
        ticks = pd.DataFrame(np.where(has.iloc[:, 1:].to_numpy() ^ flipped, "yes", "no"), columns=has.columns[1:])
        ticks.insert(0, "ECG", rhythm)
        ticks.insert(0, "Reader", reader)
        rows.append(ticks)
    ticked = pd.concat(rows, ignore_index=True)
    noise = pd.DataFrame(0.6 * has.iloc[:, 1:].to_numpy() + 0.4 * rng.random((50, 21)), columns=has.columns[1:])
    noise = noise.round(4)
    noise.insert(0, "ECG", rhythm)
    files = {
        "infarction_truth": truth,
        "infarction_readers": said,
        "infarction_ai": ai,
        "rhythm_truth": has,
        "rhythm_readers": ticked,
        "rhythm_ai": noise,
    }
    for name, table in files.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return files


def call(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, pd.DataFrame]]:
    folder = tmp_path_factory.mktemp("exams")
    files = write_study(folder)
    said = call("import", folder, "--out", folder / "study.yaml")
    assert "study-infarction.yaml" in said
    assert "study-rhythm.yaml" in said
    for name in ("infarction", "rhythm"):
        assert "nothing wrong" in call("check", folder / f"study-{name}.yaml")
        quick = ["--set", "tracking.enabled=false", "--set", "intervals.resamples=100", "--quiet"]
        quick += ["--set", "report.languages=[en]", "--set", "report.sections=[answer]"]  # figures are asked for below
        quick += ["--set", "metrics=[sensitivity, specificity, accuracy, cohen_kappa]"]
        call("run", folder / f"study-{name}.yaml", "--out", folder / name, *quick)
    return folder, files


def one(frame: pd.DataFrame, metric: str, reader: str, finding: str) -> float:
    rows = frame[(frame["metric"] == metric) & (frame["finding"] == finding) & (frame["subgroup"] == "")]
    return float(rows[rows["reader"] == reader]["value"].iloc[0])


def test_single_choice_is_read_as_it_was_ticked(study: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    folder, files = study
    run = ecg_eval.open_run(folder / "infarction")
    assert sorted(run.study.readers.index) == sorted(["infarction_ai", *READERS])
    truth, said = files["infarction_truth"]["Diagnosis"], files["infarction_readers"]
    code = next(f for f in run.study.findings if f == "STEMI")
    for reader in (READERS[5], READERS[1]):
        ticked = said[reader].str.split(";").map(lambda parts: "STEMI" in parts)
        expected = (ticked & (truth == "STEMI")).sum() / (truth == "STEMI").sum()
        assert one(run.frame, "sensitivity", reader, code) == pytest.approx(expected)
    ai = files["infarction_ai"].set_index("ECG")[CLASSES].idxmax(axis=1).to_numpy()
    expected = ((ai == "STEMI") & (truth == "STEMI")).sum() / (truth == "STEMI").sum()
    assert one(run.frame, "sensitivity", "infarction_ai", code) == pytest.approx(expected)
    odd = {(o.kind, o.reader) for o in run.oddities()}
    assert ("not_exclusive", READERS[1]) in odd
    assert ("pairs_missing", READERS[0]) in odd


def test_a_single_choice_is_told_as_one(study: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    folder, files = study
    draft = yaml.safe_load((folder / "study-infarction.yaml").read_text(encoding="utf-8"))
    asked = {m["name"]: m["findings"] for m in draft["metrics"] if isinstance(m, dict)}
    classes = ["STEMI", "Other_infarction", "No_infarction"]
    assert asked == {"class_accuracy": classes, "class_kappa": classes}
    assert "metrics" not in yaml.safe_load((folder / "study-rhythm.yaml").read_text(encoding="utf-8"))
    truth, said = files["infarction_truth"]["Diagnosis"], files["infarction_readers"]
    figures = ecg_eval.open_run(folder / "infarction").figures()
    squares = next(figure.frame for caption, figure in figures.items() if "taken" in caption)
    cells = squares.set_index(["Reader", "True class"])["Chosen: STEMI"]
    taken = sum(((truth == "Other infarction") & (said[reader] == "STEMI")).sum() for reader in READERS)
    assert cells["27 readers", "Other infarction"] == str(taken)


def test_the_other_exam_asks_its_21_arrhythmias(study: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    folder, files = study
    run = ecg_eval.open_run(folder / "rhythm")
    assert len(run.study.findings) == 21
    assert {"SBRAD", "Third_degree_AV_block", "AF"} <= set(run.study.findings)
    has, ticked = files["rhythm_truth"]["LABEL[AF]"].to_numpy() == 1, files["rhythm_readers"]
    for reader in (READERS[0], READERS[26]):
        yes = (ticked[ticked["Reader"] == reader]["LABEL[AF]"] == "yes").to_numpy()
        assert one(run.frame, "sensitivity", reader, "AF") == pytest.approx((yes & has).sum() / has.sum())
    machine = run.study.scores("rhythm_ai", "unaided", "AF")
    assert machine == pytest.approx(files["rhythm_ai"]["LABEL[AF]"].to_numpy())
    odd = {(o.kind, o.finding, o.detail) for o in run.oddities()}
    assert ("parents_absent", "MOB1", "2AVB") in odd
    assert ("scores_alone", "", "") in {
        (o.kind, o.finding, o.detail) for o in run.oddities() if o.reader == "rhythm_ai"
    }


def test_a_draft_says_what_it_guessed(study: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    folder, _ = study
    text = (folder / "study-rhythm.yaml").read_text(encoding="utf-8")
    assert text.count("guess") >= 4
    assert "say who it is" in text
    assert "# threshold: 0.5" in text
    draft = yaml.safe_load(text)
    assert "gp" not in {reader["kind"] for panel in draft["panels"] for reader in panel["readers"]}
    result = CliRunner().invoke(app, ["import", str(folder), "--out", str(folder / "study.yaml")])
    assert result.exit_code != 0  # never over what somebody edited
