"""A plan rehearsed: simulated answers to the very plan, through the product's own evaluation."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of

from ecg_eval.errors import ArgumentError, ConfigError, ReadingsError
from ecg_eval.pipeline.rehearsal.rehearse import rehearse
from ecg_eval.pipeline.rehearsal.report import rehearsal_text
from ecg_eval.pipeline.rehearsal.stand_in import ai_readings
from ecg_eval.pipeline.scheduling import ScheduleSettings, write_plan
from ecg_eval.pipeline.simulate import Accuracy

STUDY = """\
name: study
dataset: {name: study_table, path: cases.csv}
findings: [AF, LBBB]
design: crossover
metrics: [sensitivity, aid_effect_sensitivity, mcnemar]
panels:
  - {name: readings_file, path: answers.csv, readers: readers.csv}
primary: [{metric: aid_effect_sensitivity}]
"""
AI = Accuracy(0.9, 0.9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of four readers and forty ECGs in a crossover, planned and without an answer."""
    made = tmp_path_factory.mktemp("plan")
    n = np.arange(40)
    cases = pd.DataFrame({"record_id": [f"e{i:02d}" for i in n], "AF": (n % 2), "LBBB": (n < 6).astype(int)})
    cases.to_csv(made / "cases.csv", index=False)
    readers = pd.DataFrame({"reader_id": ["anna", "ben", "carl", "dora"], "kind": ["gp", "gp", "gp", "nurse"]})
    readers.to_csv(made / "readers.csv", index=False)
    settings = ScheduleSettings(session_ecgs=20, start=date(2027, 1, 4), repeats=4)
    write_plan(made / "cases.csv", made / "readers.csv", made / "plan", settings=settings)
    (made / "study.yaml").write_text(STUDY, encoding="utf-8")
    return made


def test_the_very_plan_is_read_by_its_readers_and_evaluated_as_the_study_will_be(folder: Path) -> None:
    made = rehearse(folder / "study.yaml", schedule=folder / "plan", n_studies=2, ai=AI, missing=0.0)
    # four readers read forty ECGs twice, and four once more
    assert (made.n_studies, made.n_readers, made.n_ecgs, made.n_readings) == (2, 4, 40, 4 * 84)
    of_gps = next(q for q in made.questions if q.reader.startswith("gp"))
    assert (of_gps.metric, of_gps.arm, of_gps.n_values) == ("aid_effect_sensitivity", "aided - unaided", 2)
    assert of_gps.n_found is not None
    assert made.design == "crossover"
    kinds = {(t.kind, t.what): t.count for t in made.troubles}
    assert kinds["few_with", "LBBB"] == 6
    assert kinds["unknown_kind", "nurse"] == 1
    assert made.breaches == ()
    assert made.ais == ("ai",)


def test_the_same_seed_rehearses_the_same_studies(folder: Path) -> None:
    one, again, other = (
        rehearse(folder / "study.yaml", n_studies=1, n_readers=2, seed=seed, n_resamples=100) for seed in (1, 1, 2)
    )
    assert one == again
    assert one.questions != other.questions


def test_an_ai_that_nobody_follows_changes_little_and_one_that_all_follow_much(folder: Path) -> None:
    means = []
    for reliance in (0.0, 1.5):
        made = rehearse(folder / "study.yaml", n_studies=3, n_readers=4, reliance=reliance, ai=Accuracy(0.99, 0.99))
        (question,) = made.questions
        assert question.mean is not None
        means.append(question.mean)
    assert abs(means[0]) < 0.08
    assert means[1] > means[0] + 0.05


@pytest.mark.parametrize("design", ["split_plot", "stepped_wedge"])
def test_blocks_and_steps_are_rehearsed_as_they_are_planned(folder: Path, tmp_path: Path, design: str) -> None:
    """Each ECG is read by one block, or in one period: that is what is simulated, recognised and evaluated."""
    readers = pd.DataFrame({"reader_id": list("abcdef"), "kind": "gp", "practice_id": list("xxyyzz")})
    readers.to_csv(tmp_path / "readers.csv", index=False)
    settings = ScheduleSettings(design=design, session_ecgs=20, blocks=3 if design == "split_plot" else None)
    write_plan(folder / "cases.csv", tmp_path / "readers.csv", tmp_path / "plan", settings=settings)
    changes = [f"design={design}", "metrics=[aid_effect_sensitivity]", "primary.0.finding=AF"]
    made = rehearse(
        folder / "study.yaml", schedule=tmp_path / "plan", n_studies=2, missing=0.0, n_resamples=2, overrides=changes
    )
    schedule = pd.read_csv(tmp_path / "plan" / "schedule.csv")
    # a third of the ECGs twice by each reader of a block; everything once, some of it in each of four periods
    assert made.n_readings == len(schedule) == (6 * 40 * 2 / 3 if design == "split_plot" else 6 * 40)
    assert (made.design, made.breaches) == (design, ())
    (question,) = made.questions
    assert (question.n_values, question.n_intervals) == (2, 2)
    assert question.mean is not None
    assert -0.5 < question.mean < 0.5


def test_what_readers_learn_looks_like_help_only_where_help_comes_second(folder: Path) -> None:
    """Without any effect of help: in a crossover learning cancels, in a crossed design it is taken for help."""
    means = {}
    for design in ("crossover", "crossed"):
        changes = [f"design={design}", "metrics=[aid_effect_accuracy]", "primary=[{metric: aid_effect_accuracy}]"]
        asked = {"n_readers": 12, "n_studies": 2, "reliance": 0.0, "learning": 2.0, "n_resamples": 2}
        made = rehearse(folder / "study.yaml", overrides=changes, **asked)
        assert made.effects["learning"] == 2.0
        means[design] = made.questions[0].mean
        english, french = (rehearsal_text(made, AI, language) for language in ("en", "fr"))
        assert "2.00 more for every 100 ECGs read (--learning)" in english
        assert "2,00 de plus tous les 100 ECG" in french
        assert ("what they gain with time counts as an effect of help" in english) == (design == "crossed")
    assert abs(means["crossover"]) < 0.02
    assert means["crossed"] > 0.03


def test_models_of_the_plan_are_stood_in_for_and_margins_are_judged(folder: Path) -> None:
    changes = [
        "models=[{name: rules, id: ours}]",
        "design=auto",
        "metrics=[sensitivity,{name: model_against_readers, margin: 0.3}]",
        "primary=[{metric: model_against_readers, reader: ours, finding: AF},{metric: sensitivity, finding: AF}]",
    ]
    made = rehearse(folder / "study.yaml", n_studies=2, n_readers=4, ai=Accuracy(0.99, 0.99), overrides=changes)
    assert made.ais == ("ours",)
    assert made.design == "one_arm"  # nothing that was named is about help
    against = next(q for q in made.questions if q.metric == "model_against_readers")
    assert against.n_found == 2
    assert next(q for q in made.questions if q.metric == "sensitivity").n_found is None


def test_an_adjudicated_truth_is_stood_in_for(folder: Path) -> None:
    changes = ["reference={name: reader, reader: panel}", "metrics=[sensitivity]", "primary=[{metric: sensitivity}]"]
    made = rehearse(folder / "study.yaml", n_studies=1, n_readers=3, overrides=changes)
    assert made.questions[0].mean is not None
    assert 0.4 < made.questions[0].mean <= 1


def test_a_simulated_ai_is_right_as_often_as_asked() -> None:
    ids = pd.Index([f"e{i}" for i in range(4000)], dtype="string", name="record_id")
    truth = pd.DataFrame({"AF": np.tile([1.0, 0.0, 1.0, np.nan], 1000)}, index=ids)
    said = ai_readings(truth, ["one"], Accuracy(0.8, 0.9), np.random.default_rng(1))
    known = truth["AF"].loc[said["record_id"]].to_numpy()
    present = (said["reading"] == "present").to_numpy()
    assert len(said) == 3000
    assert abs(present[known == 1].mean() - 0.8) < 0.03
    assert abs(present[known == 0].mean() - 0.1) < 0.03
    assert (present == (said["score"] > 0.5)).all()


def test_the_text_says_power_width_and_what_breaks(folder: Path) -> None:
    made = rehearse(folder / "study.yaml", schedule=folder / "plan", n_studies=2, ai=AI)
    english, french = (rehearsal_text(made, AI, language) for language in ("en", "fr"))
    assert english.startswith(
        "2 simulated studies (nobody read anything), each of 4 readers, 40 ECGs and 336 readings."
    )
    assert " of 2 (" in english
    assert "ECGs with it: 6 of 40; below 10" in english
    assert "sensitivity 0.90 and specificity 0.90" in english
    assert "2 études simulées (personne n'a rien lu)" in french
    assert "sensibilité 0,90" in french


def test_what_cannot_be_rehearsed_gets_a_sentence(folder: Path, tmp_path: Path) -> None:
    study = folder / "study.yaml"
    with pytest.raises(ConfigError, match="primary must be given before a plan is rehearsed"):
        rehearse(study, overrides=["primary=[]"])
    with pytest.raises(ArgumentError, match="--studies must be 1 or more"):
        rehearse(study, n_studies=0)
    others = pd.DataFrame({"record_id": ["x1", "x2", "x3", "x4"]})
    others.to_csv(tmp_path / "others.csv", index=False)
    write_plan(tmp_path / "others.csv", 2, tmp_path / "plan")
    with pytest.raises(ReadingsError, match=r"of ECGs that the study reads; got \['x"):
        rehearse(study, schedule=tmp_path / "plan")
    unnamed = rehearse(study, n_studies=1, n_readers=3, overrides=["primary=[{metric: mcnemar, reader: nobody}]"])
    assert unnamed.questions == ()
    assert [t.what for t in unnamed.troubles if t.kind == "not_there"] == ["mcnemar"]
    assert "No estimate of the evaluation is what the plan named" in rehearsal_text(unnamed, AI)


def test_the_command_answers_in_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rehearse", str(folder / "study.yaml"), "--readers", "3", "--studies", "1", "--json"]
    assert status_of(*words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["questions"][0]["metric"] == "aid_effect_sensitivity"
    assert said["questions"][0]["power"] in (0, 1)
