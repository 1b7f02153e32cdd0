"""What a plug-in hands over is checked at the door; one that breaks its promise is named, and costs its own answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toys.strange import StrangePanel
from toys.toy_study import ToyArchive

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.reading import no_readings
from ecg_eval.errors import PluginError
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.pipeline.study.door import readings_of
from ecg_eval.pipeline.study.run import RunOutcome, run

Maker = Callable[..., RunConfig]


def left_out(outcome: RunOutcome) -> pd.DataFrame:
    return pd.read_csv(outcome.folder / "excluded.csv", dtype=str, keep_default_na=False)


def sensitivity(outcome: RunOutcome, reader: str) -> list[float]:
    evaluation = Evaluation.from_csv(outcome.folder / "evaluation.csv")
    found = evaluation.select(metric="sensitivity", reader=reader, finding="AF", arm="unaided")
    return [float(v) for v in found["value"].dropna()]


# what is wrong with each model of `strange`
BROKEN = {
    "FlatScores": "scores must be of shape (n_recordings, n_findings), here (8, 1); got (8,).",
    "WildScores": "scores must be in [0, 1], NaN where it cannot answer; got '-10 to 20'.",
    "InfiniteScores": "got '0.5 to inf'",
    "WordScores": "scores must be numbers of shape (8, 1); got 'list'",
    "NoScores": "scores must be of shape (n_recordings, n_findings), here (8, 1); got ()",
    "Raises": "got 'RuntimeError: out of memory'",
    "Leaves": "got 'SystemExit: 0'",
    "CannotLearn": "fit must be done without an error; got 'RuntimeError: singular matrix'",
    "StrangeCard": "facts.auc of the card must be a text, a finite number, a truth value, or a tuple of them; got nan",
    "OldCard": "card must be a ModelCard; got 'dict'",
}


def test_broken_models_cost_their_own_answers_only(toy_config: Maker) -> None:
    models = [{"name": f"strange:{name}", "id": name} for name in BROKEN]
    models.append({"name": "toy_study:ToyModel", "id": "looks"})
    outcome = run(toy_config(models=models, report={"sections": ["answer", "study_flow", "accuracy", "left_out"]}))
    assert sensitivity(outcome, "looks") == [1.0]
    reasons = left_out(outcome).set_index("reader_id")["reason"]
    in_provenance = json.loads((outcome.folder / "provenance.json").read_text())["models"]
    page = (outcome.folder / "report.en.html").read_text()
    assert set(outcome.failed) == set(BROKEN)
    for name, why in BROKEN.items():
        assert why in outcome.failed[name]
        assert outcome.failed[name] == reasons[name] == in_provenance[name]["failed"]
        assert reasons[name].startswith(f"model {name}: ")
        assert sensitivity(outcome, name) == []
        assert name in page


def test_a_recording_that_a_model_fails_on_is_named_and_the_others_are_read(toy_config: Maker) -> None:
    tripping = ["t04", "t15", "t26", "t33"]  # the last is in a threshold fold
    models = [{"name": "strange:TrippedBy", "ids": tripping}, {"name": "toy_study:ToyModel", "id": "looks"}]
    outcome = run(toy_config(models=models))
    rows = left_out(outcome)
    rows = rows[rows["reason"].str.contains("wrong way round")]
    assert rows[["record_id", "stage"]].to_numpy().tolist() == [
        ["t33", "threshold"],
        *[[r, "model"] for r in tripping[:3]],
    ]
    assert outcome.failed == {}
    assert sensitivity(outcome, "TrippedBy") == [1.0]
    readings = pd.read_parquet(outcome.folder / "readings.parquet").set_index("reader_id")
    assert len(readings.loc["looks"]) - len(readings.loc["TrippedBy"]) == 3


def test_recordings_in_other_units_are_left_out_by_the_models_that_refuse_them(toy_config: Maker) -> None:
    models = ["strange:NeedsMillivolts", {"name": "toy_study:ToyModel", "id": "looks"}]
    changes = {"models": models, "split": {"train": [1, 2], "threshold": [3, 4], "test": [5, 6, 7, 8, 9, 10]}}
    outcome = run(toy_config(dataset={"name": "strange:StrangeArchive", "does": "some in other units"}, **changes))
    rows = left_out(outcome)
    rows = rows[(rows["reader_id"] == "NeedsMillivolts") & rows["reason"].str.contains("'not calibrated'")]
    assert rows["stage"].value_counts().to_dict() == {"train": 4, "model": 4}
    assert sensitivity(outcome, "NeedsMillivolts") == [1.0]
    outcome = run(toy_config(dataset={"name": "strange:StrangeArchive", "does": "all in other units"}, **changes))
    assert "must be 'mV'; got 'z-score'" in outcome.failed["NeedsMillivolts"]
    assert sensitivity(outcome, "looks") == [1.0]


# what is wrong with some recordings of one archive, and what is said of each
STRANGE = {
    "t04": ("an array", "recording t04 must be a Recording; got 'ndarray'"),
    "t05": ("another recording", "recording t05 must be of record_id 't05'; got 't25'"),
    "t06": ("float64", "signal of recording t06 must be float32; got 'float64'"),
    "t07": ("infinite", "signal of recording t07 must be finite"),
    "t14": ("a lead twice", "leads of recording t14 must be each there once"),
    "t15": ("load raises", "recording t15 must be handed over; got \"KeyError: 'filename_hr'\""),
    "t24": ("load leaves", "recording t24 must be handed over; got 'SystemExit: 0'"),
}


def test_strange_recordings_are_left_out_each_with_its_reason(toy_config: Maker) -> None:
    does = {record: what for record, (what, _) in STRANGE.items()}
    outcome = run(toy_config(dataset={"name": "strange:StrangeArchive", "does": does}))
    reasons = left_out(outcome).set_index("record_id")["reason"]
    for record, (_, why) in STRANGE.items():
        assert reasons[record].startswith(f"dataset strange_archive: {why}")
    assert len(json.loads((outcome.folder / "study.json").read_text())["flow"]) == 5
    assert sensitivity(outcome, "looks") == [1.0]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("no table", "records must be a DataFrame; got 'list'"),
        ("numbered index", "index of records must be text"),
        ("repeated index", r"index of records must be each id once; got \['t00'\]"),
        ("no patient", "records must be a table with patient_id and has_signal"),
        ("numbered patient", "patient_id of records must be text"),
        ("has_signal in words", "has_signal of records must be true or false"),
        ("fold in words", "fold of records must be whole numbers"),
        ("age in words", "age_years of records must be numbers"),
        ("sex in words", "sex of records must be among F, M; got 'male'"),
        ("records raise", "records must be handed over; got \"KeyError: 'ecg_id'\""),
        ("labels are a table", "labels must be a ReferenceStandard; got 'DataFrame'"),
        ("labels of few", r"index of labels must be every record_id; got \"none for \['t00', 't01', 't02'\]\""),
        ("labels lack a finding", r"columns of labels must be one for every finding; got \[\]. Add \['AF'\]"),
        ("labels of 2", r"labels, AF of record t10, must be 1, 0 or blank \(unknown\); got 2.0"),
    ],
)
def test_a_strange_archive_is_refused_in_words(toy_config: Maker, does: str, said: str) -> None:
    config = toy_config(dataset={"name": "strange:StrangeArchive", "does": does})
    with pytest.raises(PluginError, match=f"dataset strange_archive: {said}"):
        run(config)
    assert [type(p) for p in problems_of(config)] == [PluginError]


def test_no_readable_recording_says_why(toy_config: Maker) -> None:
    with pytest.raises(Exception, match="The first reason: t00: file must be whole"):
        run(toy_config(dataset={"name": "strange:StrangeArchive", "does": "none loads"}))


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("a frame", "readings must be PanelReadings; got 'DataFrame'"),
        ("another column", "columns of readings must be record_id, reader_id"),
        ("score in words", "score of readings must be of type float64"),
        ("another word", "reading of readings must be categories present, absent, uncertain, refer; got 'category'"),
        ("another record", "record_id of readings must be among t00, .* and 35 more; got 'x99'"),
        ("another finding", "finding of readings must be among AF; got 'LBBB'"),
        ("another reader", "reader_id of readings must be among sure, third; got 'nobody'"),
        ("twice", "readings must be given once a record, reader, finding, arm and period"),
        ("no kind", "columns of readers must be kind"),
        ("another kind", "kind of readers must be among gp, .*; got 'wizard'"),
        ("readers twice", r"index of readers must be each id once; got \['sure'\]"),
        ("left out without a reason", "columns of left_out must be record_id, reader_id, stage, reason"),
        ("raises", "readings must be handed over; got \"KeyError: 'reader'\""),
    ],
)
def test_a_strange_panel_is_refused_in_words(toy_config: Maker, does: str, said: str) -> None:
    archive = ToyArchive()
    request = PanelRequest(
        records=archive.records(),
        findings=("AF",),
        labels=archive.labels(["AF"]),
        model_readings=no_readings(),
        rng=np.random.default_rng(1),
    )
    with pytest.raises(PluginError, match=f"panel strange_panel: {said}"):
        readings_of(StrangePanel(does=does), request)


def test_a_strange_panel_costs_its_own_answers_only(toy_config: Maker) -> None:
    outcome = run(toy_config(panels=[{"name": "strange:StrangePanel", "does": "raises"}]))
    assert outcome.failed["panel strange_panel"].startswith("panel strange_panel: readings must be handed over")
    assert sensitivity(outcome, "looks") == [1.0]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("a frame", "truth must be a ReferenceStandard"),
        ("other order", "truth must be aligned with the records and findings"),
        ("values of 3", r"truth, AF of record t04, must be 1, 0 or blank \(unknown\); got 3.0"),
        ("votes of few", "index of truth must be every record_id"),
        ("a reading of nobody", "is_reading_of must be among"),
        ("raises", "truth must be handed over; got 'ZeroDivisionError'"),
    ],
)
def test_a_strange_reference_is_refused_in_words(toy_config: Maker, does: str, said: str) -> None:
    reference = {"name": "strange:StrangeReference", "does": does}
    with pytest.raises(PluginError, match=f"truth must be known, as no number .*strange_reference: {said}"):
        run(toy_config(reference=reference, metrics=["sensitivity"]))


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("a number", "rows must be a Row or Rows each; got 'float'"),
        ("another metric", "metric of its rows must be 'strange_metric'; got 'auroc'"),
        ("raises", "rows must be handed over; got 'ValueError: singular'"),
        ("leaves", "rows must be handed over; got 'SystemExit: 0'"),
    ],
)
def test_a_strange_metric_costs_its_own_numbers_only(toy_config: Maker, does: str, said: str) -> None:
    outcome = run(toy_config(metrics=["sensitivity", {"name": "strange:StrangeMetric", "does": does}]))
    frame = Evaluation.from_csv(outcome.folder / "evaluation.csv").frame
    reasons = frame.loc[(frame["metric"] == "strange_metric") & frame["value"].isna(), "reason"].tolist()
    assert len(reasons) == 1
    assert reasons[0].startswith(f"metric strange_metric: {said}")
    assert sensitivity(outcome, "looks") == [1.0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("strange:WontBeMade", "made with the arguments given; got 'FileNotFoundError: weights.pt'"),
        ("strange:LearntWhat", "trained_on must be a tuple of str; got 'everything'"),
        ("leaves_when_imported:X", "The import failed: SystemExit: 0"),
        ("breaks_when_imported:X", "The import failed: SyntaxError"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is_read(
    toy_config: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    (tmp_path / "leaves_when_imported.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "breaks_when_imported.py").write_text("class X(\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    config = toy_config(models=[name])
    assert [said in str(p) for p in problems_of(config)] == [True]
    with pytest.raises(PluginError):
        run(config)


def test_where_every_reader_failed_the_run_says_so(toy_config: Maker) -> None:
    with pytest.raises(Exception, match="about at least one record and finding") as raised:
        run(toy_config(models=["strange:Raises"], panels=[]))
    assert "RuntimeError: out of memory" in str(raised.value)


def test_contracts_are_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "toys"))
    with pytest.raises(PluginError, match=r"a subclass of ecg_eval\.domain\.contracts\.Dataset"):
        load("datasets", "strange:Dataset")
    assert make("metrics", "toy_study:ToyMetric").name == "toy_metric"
