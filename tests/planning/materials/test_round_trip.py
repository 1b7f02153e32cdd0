"""A plan, its materials, answers typed into them, and back: what was typed is what is evaluated, without a mapping."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from openpyxl import load_workbook

from ecg_eval.config.load import load_config
from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.panels.readings_file import ReadingsFile
from ecg_eval.pipeline.drafting.draft import draft_studies
from ecg_eval.pipeline.materials import MaterialSettings, plan_materials
from ecg_eval.pipeline.scheduling import ScheduleSettings, write_plan
from ecg_eval.pipeline.study.check import examine_file
from ecg_eval.pipeline.study.run import run

FINDINGS = ("AF", "1AVB")
N_ECGS, N_READERS, REPEATS = 8, 2, 2
# what would be done -> as French readers are asked
DONE = {"nothing": "rien", "follow_up": "surveillance", "refer": "adresser", "ambulance": "appeler le 15"}
WORDS = {"present": "oui", "absent": "non", "uncertain": "incertain"}
Answers = dict[tuple[str, str], str]  # blinded id and finding -> answer


class Study:
    """A planned study in a folder, with answers thought out for every reading."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.plan, self.materials = folder, folder / "plan", folder / "materials"
        rng = np.random.default_rng(3)
        ids = [str(i) for i in range(1, N_ECGS + 1)]  # as the simulated archive calls them
        truth = pd.DataFrame({"record_id": ids, "AF": [0, 1] * 4, "1AVB": [0, 0, 1, 1] * 2})
        truth.to_csv(folder / "truth.csv", index=False)
        archive = {
            "name": "archive",
            "dataset": {"name": "simulated", "n_records": N_ECGS, "sampling_rate_hz": 100},
            "findings": list(FINDINGS),
            "models": ["rules"],  # a configuration needs a reader; nobody here runs it
        }
        (folder / "archive.yaml").write_text(yaml.safe_dump(archive))
        ai = truth.melt("record_id", var_name="finding", value_name="reading").assign(reader_id="the_ai")
        ai.assign(reading=np.where(ai["reading"] == 1, "present", "absent")).to_csv(folder / "ai.csv", index=False)
        settings = ScheduleSettings(session_ecgs=5, repeats=REPEATS)
        write_plan(folder / "truth.csv", N_READERS, self.plan, settings=settings)
        asked = MaterialSettings(language="fr", ai=folder / "ai.csv", pdf=False, management=tuple(DONE))
        self.made = plan_materials(self.plan, folder / "archive.yaml", self.materials, settings=asked)
        self.key = pd.read_csv(self.plan / "key.csv", dtype="string", keep_default_na=False)
        self.answers: Answers = {
            (code, finding): str(rng.choice(list(WORDS))) for code in self.key["blinded_id"] for finding in FINDINGS
        }
        self.done = {code: str(rng.choice(list(DONE))) for code in self.key["blinded_id"]}

    def read(self, path: Path, preset: str) -> PanelReadings:
        ids = pd.Index(self.key["record_id"].unique(), name="record_id", dtype="string")
        request = PanelRequest(
            records=pd.DataFrame({"patient_id": ids}, index=ids),
            findings=FINDINGS,
            labels=None,
            model_readings=pd.DataFrame(),
            rng=np.random.default_rng(1),
        )
        panel = ReadingsFile(path=path, readers=self.plan / "readers.csv", preset=preset, key=self.plan / "key.csv")
        assert panel.problems() == []
        assert any(name.endswith("key.csv") for name in panel.digests())
        return panel.read(request)

    def as_planned(self) -> set[tuple[str, ...]]:
        """Return every reading that there must be: record, reader, finding, answer, arm, period, position."""
        return {
            (
                row.record_id,
                row.reader_id,
                finding,
                self.answers[row.blinded_id, finding],
                row.arm,
                row.period,
                row.position,
                self.done[row.blinded_id],
            )
            for row in self.key.itertuples()
            for finding in FINDINGS
        }


def said(found: PanelReadings) -> set[tuple[str, ...]]:
    columns = ["record_id", "reader_id", "finding", "reading", "arm", "period", "position", "management"]
    return set(found.readings[columns].astype(str).itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))


def filled_sheets(study: Study) -> Path:
    folder = study.folder / "filled"
    folder.mkdir(exist_ok=True)
    for path in (study.materials / "answers").glob("*.xlsx"):
        book = load_workbook(path)
        page = book.worksheets[0]
        heads = {str(cell.value): cell.column for cell in page[1]}
        column = {"AF": heads["Fibrillation atriale"], "1AVB": heads["Bloc auriculo-ventriculaire du 1er degré"]}
        for row in range(2, page.max_row + 1):
            code = str(page.cell(row, 1).value)
            for finding in FINDINGS:
                page.cell(row, column[finding]).value = WORDS[study.answers[code, finding]]
            page.cell(row, heads["Conduite à tenir"]).value = DONE[study.done[code]]
            page.cell(row, heads["Temps (secondes)"]).value = 30 + row
            page.cell(row, heads["Confiance, 1 (au hasard) à 5 (sûr)"]).value = 4
        book.save(folder / path.name)
    return folder


def test_answer_sheets_come_back_as_they_were_filled(study: Study) -> None:
    assert study.made.counts["answers"] == N_READERS
    found = study.read(filled_sheets(study), "answer_sheets")
    assert said(found) == study.as_planned()
    assert len(found.readings) == N_READERS * (2 * N_ECGS + REPEATS) * len(FINDINGS)
    assert set(found.readings["confidence"]) == {4.0}
    assert found.readings["seconds"].min() == 32


def test_a_sheet_is_in_the_order_of_the_schedule_and_says_nothing_of_the_ecgs(study: Study) -> None:
    page = load_workbook(study.materials / "answers" / "gp01.xlsx").worksheets[0]
    rows = [[cell.value for cell in row[:5]] for row in page.iter_rows(min_row=2)]
    table = pd.read_csv(study.plan / "schedule.csv", dtype="string", keep_default_na=False)
    own = table[table["reader_id"] == "gp01"].set_index("blinded_id")
    places = [(row[1], row[3]) for row in rows]
    assert places == sorted(places)
    planned = {code: (int(x["session"]), int(x["place"])) for code, x in own.iterrows()}
    assert {row[0]: (row[1], row[3]) for row in rows} == planned
    assert {row[4] for row in rows} == {"avec aide", "sans aide"}
    assert all(row[4] == ("avec aide" if own.loc[row[0], "arm"] == "aided" else "sans aide") for row in rows)
    assert [cell.value for cell in page[2]][5:] == [None] * 6  # two findings, confidence, time, management, comment


def filled_export(study: Study, *, labelled: bool) -> Path:
    """Return a REDCap export, raw or labelled, of the answers that were thought out."""
    folder = study.materials / "redcap"
    rows = pd.read_csv(folder / "rows_to_begin_with.csv", dtype="string", keep_default_na=False)
    dictionary = pd.read_csv(folder / "data_dictionary.csv", dtype="string", keep_default_na=False)
    is_reading = rows["ecg_id"] != ""
    for field, finding in (("dx_af", "AF"), ("dx_1avb", "1AVB")):
        given = [study.answers[code, finding] if code else "" for code in rows["ecg_id"]]
        rows[field] = [WORDS[answer] if answer and labelled else answer for answer in given]
    rows["confidence"] = np.where(is_reading, "3", "")
    done = [study.done[code] if code else "" for code in rows["ecg_id"]]
    rows["management"] = [DONE[word] if word and labelled else word for word in done]
    rows["ecg_reading_complete"] = np.where(is_reading, "Complete" if labelled else "2", "")
    if labelled:
        labels = dictionary.set_index("Variable / Field Name")["Field Label"].to_dict()
        rows = rows.rename(columns={name: label for name, label in labels.items() if name in rows.columns})
        events = {"redcap_event_name": "Event Name", "redcap_repeat_instrument": "Repeat Instrument"}
        rows = rows.rename(columns=events | {"redcap_repeat_instance": "Repeat Instance"})
    path = folder / "export.csv"
    rows.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("labelled", [False, True])
def test_a_redcap_export_comes_back_as_it_was_filled(study: Study, labelled: bool) -> None:
    path = filled_export(study, labelled=labelled)
    found = study.read(path, "redcap")
    assert said(found) == study.as_planned()
    assert set(found.readings["confidence"]) == {3.0}


def test_a_redcap_row_that_only_says_what_to_do_is_a_reading(study: Study) -> None:
    """One reading keeps what would be done and no finding; a second keeps its confidence alone."""
    path = filled_export(study, labelled=False)
    rows = pd.read_csv(path, dtype="string", keep_default_na=False)
    only_done, nothing = np.flatnonzero(rows["ecg_id"] != "")[:2]
    rows.loc[[only_done, nothing], ["dx_af", "dx_1avb"]] = ""
    rows.loc[nothing, "management"] = ""
    rows.to_csv(path, index=False)
    found = study.read(path, "redcap")
    mine = found.readings[found.readings["reading"].isna()]
    assert mine["management"].tolist() == [study.done[rows["ecg_id"][only_done]]] * len(FINDINGS)
    assert len(found.readings) == len(study.as_planned()) - len(FINDINGS)
    assert "1 ECGs with a comment, a confidence or a time but no answer: not read" in set(found.left_out["reason"])


def test_a_label_studio_annotation_that_only_says_what_to_do_is_a_reading(study: Study) -> None:
    """The full export has no result for what was left blank: neither answers nor the annotation may be lost."""
    path = study.materials / "label_studio" / "export.json"
    (file, *_) = sorted(study.materials.glob("label_studio/tasks-*.json"))
    done = {"from_name": "management", "value": {"choices": ["refer"]}}
    read = {"from_name": "AF", "value": {"choices": ["present"]}}
    results = [[read], [done], []]
    tasks = json.loads(file.read_text())[:3]
    exported = [
        {**task, "annotations": [{"completed_by": 7, "lead_time": 9, "result": result}]}
        for task, result in zip(tasks, results, strict=True)
    ]
    path.write_text(json.dumps(exported))
    found = study.read(path, "label_studio")
    assert found.readings["reading"].astype(object).where(found.readings["reading"].notna(), "").tolist() == [
        "present",
        "",
    ]
    assert found.readings["management"].astype(object).tolist()[1] == "refer"
    assert "1 ECGs with a comment, a confidence or a time but no answer: not read" in set(found.left_out["reason"])


def test_label_studio_exports_come_back_as_they_were_filled(study: Study) -> None:
    tasks = [
        task for path in study.materials.glob("label_studio/tasks-*.json") for task in json.loads(path.read_text())
    ]
    assert len(tasks) == N_READERS * (2 * N_ECGS + REPEATS)
    exported = [
        {
            **task,
            "annotations": [
                {
                    "completed_by": 7,
                    "lead_time": 12.5,
                    "result": [
                        {"from_name": finding, "value": {"choices": [study.answers[task["data"]["ecg_id"], finding]]}}
                        for finding in FINDINGS
                    ]
                    + [
                        {"from_name": "confidence", "value": {"rating": 5}},
                        {"from_name": "management", "value": {"choices": [study.done[task["data"]["ecg_id"]]]}},
                    ],
                }
            ],
        }
        for task in tasks
    ]
    path = study.materials / "label_studio" / "export.json"
    path.write_text(json.dumps(exported))
    found = study.read(path, "label_studio")
    assert said(found) == study.as_planned()
    assert set(found.readings["seconds"]) == {12.5}
    least = [
        {**task["data"], "annotator": 7, "lead_time": 3, "management": study.done[task["data"]["ecg_id"]]}
        | {finding: study.answers[task["data"]["ecg_id"], finding] for finding in FINDINGS}
        for task in tasks
    ]
    for i, row in enumerate(least):
        row["annotation_id"] = i
    path.write_text(json.dumps(least))
    assert said(study.read(path, "label_studio")) == study.as_planned()


@pytest.mark.parametrize("source", ["sheets", "redcap"])
def test_an_import_is_drafted_evaluated_and_reported(
    study: Study, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Plan, materials, answers typed into the sheets or exported from REDCap, import, evaluation, report."""
    monkeypatch.chdir(study.folder)
    filled = filled_sheets(study) if source == "sheets" else filled_export(study, labelled=True)
    files = [filled, study.plan, study.folder / "truth.csv", study.materials / "ai_shown.csv"]
    (draft,) = draft_studies(files, study.folder / f"{source}.yaml")
    assert f"preset: {'answer_sheets' if source == 'sheets' else 'redcap'}" in draft.text
    assert 'key: "plan/key.csv"' in draft.text
    assert 'shows: {aided: "the_ai"}' in draft.text
    assert draft.notes == []
    assert examine_file(study.folder / f"{source}.yaml", []).problems == []
    asked = "metrics=[sensitivity, management_right, aid_effect_management_right]"
    quick = [asked, "tracking.enabled=false", "intervals.resamples=100"]
    made = run(load_config(study.folder / f"{source}.yaml", quick))
    rows = pd.read_csv(made.folder / "evaluation.csv")
    mine = "reader == 'gp01' and arm == 'unaided'"
    row = rows.query(f"metric == 'sensitivity' and {mine} and finding == 'AF'").iloc[0]
    truth = pd.read_csv(study.folder / "truth.csv", dtype="string").set_index("record_id")
    key = study.key
    own = key[(key["reader_id"] == "gp01") & (key["arm"] == "unaided") & (key["repeat_of"] == "")]
    there = own[truth["AF"].loc[own["record_id"]].to_numpy() == "1"]
    called = [study.answers[code, "AF"] for code in there["blinded_id"]]
    # uncertain counts as absent where the configuration says nothing else
    assert row["value"] == pytest.approx(called.count("present") / len(called))
    assert len(called) == N_ECGS // 2
    # AF calls for a referral, a first-degree block for a follow-up
    calls_for = np.where(truth["AF"] == "1", "refer", np.where(truth["1AVB"] == "1", "follow_up", "nothing"))
    needed = dict(zip(truth.index, calls_for, strict=True))
    right = [study.done[r.blinded_id] == needed[r.record_id] for r in own.itertuples()]
    assert rows.query(f"metric == 'management_right' and {mine}").iloc[0]["value"] == pytest.approx(np.mean(right))
    for language, title in (("en", "What would be done"), ("fr", "Conduite à tenir")):
        assert title in (made.folder / f"report.{language}.html").read_text(encoding="utf-8")
