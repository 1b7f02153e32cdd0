"""A drafted analysis plan says what the configuration says, in both languages, and is locked with it."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.locked_plan import lock_path
from ecg_eval.pipeline.protocol import WORDS, draft_protocol, write_protocol
from ecg_eval.pipeline.scheduling import ScheduleSettings, write_plan

STUDY = """\
name: study
title: {en: Help, fr: Aide}
dataset: {name: study_table, path: cases.csv, about: {labelled_by: two cardiologists}}
findings: [AF, LBBB]
design: crossover
adjust_for: [period]
metrics: [sensitivity, ppv_at_prevalence, {name: model_against_readers, margin: 0.1}]
models: [{name: rules, id: ours}]
split: {threshold: [9], test: [10], threshold_rule: {sensitivity: 0.9}}
primary:
  - {metric: model_against_readers, reader: ours, finding: AF}
  - {metric: sensitivity, finding: macro, arm: aided}
answers: {uncertain: missing, refer: present}
family: finding
subgroups: {by: [sex], minimum_n: 12}
reader_subgroups: {by: [training]}
intervals: {level: 0.9, resamples: 500}
prevalence: {AF: {value: 0.068, low: 0.05, high: 0.09, source: "SAFE, age 65 and over"}}
target_population: {by: AF, shares: {present: 0.1, absent: 0.9}, source: a register}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    cases = pd.DataFrame({"record_id": [f"e{i}" for i in range(8)], "AF": [0, 1] * 4, "LBBB": [0, 0, 1, 1] * 2})
    cases.to_csv(tmp_path / "cases.csv", index=False)
    return path


def test_each_choice_of_the_configuration_is_a_sentence(study: Path) -> None:
    text = draft_protocol(study)["en"]
    for said in (
        "# Help: statistical analysis plan (draft)",
        "adjusted together by Holm's method",
        "of ours, for Atrial fibrillation, margin 0.1:",
        "for mean over findings, in the arm aided:",
        "Declared design: crossover",
        "adjusted for: period",
        "two cardiologists",
        '`{"margin": 0.1}`',
        "* Atrial fibrillation: 0.068 (0.05 to 0.09) (SAFE, age 65 and over)",
        "re-weighted by AF to the shares present 0.1, absent 0.9 (a register)",
        "`ours`: has learnt from nothing before. Thresholds are frozen before the test: on folds 9, by sensitivity 0.9",
        '"Uncertain" counts as missing, "refer" as present',
        "90 % coverage, tests are two-sided at 0.1",
        "500 resamples by patient",
        "finding by finding",
        "repeated by sex; groups of fewer than 12 ECGs",
        "Means over readers are repeated by training",
        "[How much may be missing",
    ):
        assert said in text, said
    assert text.count("\n## ") == 9


def test_french_says_the_same_and_every_word_is_there_twice(study: Path) -> None:
    text = draft_protocol(study)["fr"]
    assert "# Aide : plan d'analyse statistique (projet)" in text
    assert "au risque de 0,1" in text
    assert "par sexe" in text
    assert "marge 0,1" in text
    english, french = (WORDS.of(language).texts for language in ("en", "fr"))
    assert english.keys() == french.keys()
    assert all(french.values())


def test_the_schedule_and_the_draw_are_told_where_they_are_there(study: Path) -> None:
    folder = study.parent
    settings = ScheduleSettings(session_ecgs=4, start=date(2027, 1, 4), repeats=2)
    write_plan(folder / "cases.csv", 2, folder / "plan", settings=settings)
    strata = [{"n_drawn": 5, "levels": [["sex", "F"]]}, {"n_drawn": 3, "levels": [["sex", "M"]]}]
    how = {"strata": strata, "n_ecgs": 100, "seed": 7}
    (folder / "cases.json").write_text(json.dumps(how), encoding="utf-8")
    text = draft_protocol(study, schedule=folder / "plan")["en"]
    assert "2 readers read 8 ECGs by a schedule drawn with seed 1: 36 readings, sessions of 4 ECGs at most" in text
    assert "At least 28 days lie between" in text
    assert "reads 2 ECGs once more" in text
    assert "Readers: 2 GPs." in text
    assert "8 ECGs of 100 ECGs were drawn at random with seed 7, one a patient, in strata by sex and finding" in text
    (folder / "cases.json").write_text("[]", encoding="utf-8")
    assert "drawn at random" not in draft_protocol(study)["en"]


def test_a_plan_without_much_says_what_is_left_to_choose(study: Path) -> None:
    study.write_text(
        "name: bare\ndataset: {name: study_table, path: cases.csv}\nfindings: [AF]\n"
        "panels: [{name: readings_file, path: a.csv, readers: r.csv}]\n",
        encoding="utf-8",
    )
    text = draft_protocol(study)["en"]
    assert "# bare: " in text
    assert "[No primary estimate is named yet" in text
    assert "No design is declared" in text
    assert "No program of this configuration reads." in text
    assert "None is planned." in text


def test_the_draft_is_locked_and_not_overwritten(study: Path) -> None:
    invoke = CliRunner().invoke
    told = invoke(app, ["plan", "protocol", str(study)])
    assert told.exit_code == 0, told.output
    assert "study.protocol.fr.md" in told.stdout
    with pytest.raises(InputFileError, match="what you wrote"):
        write_protocol(study)
    assert invoke(app, ["lock", str(study)]).exit_code == 0
    held = json.loads(lock_path(study).read_text(encoding="utf-8"))["plan"]["files"]
    assert set(held) == {"study.protocol.en.md", "study.protocol.fr.md"}
    page = study.parent / "study.protocol.en.md"
    page.write_text(page.read_text(encoding="utf-8").replace("[Ethics", "Ethics"), encoding="utf-8")
    again = invoke(app, ["lock", str(study)])
    assert again.exit_code == 1
    assert "files.study.protocol.en.md: locked" in again.stdout
