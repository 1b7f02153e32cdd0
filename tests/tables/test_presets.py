"""Exports of programs that studies are made with are read without a mapping.

``label_studio/`` holds what Label Studio 1.23.2 exported of a project of its own: four pictures, a question of several
choices, one of a single choice and a rating, answered by three readers, the last of whom skipped the last picture. The
others are written by hand in the formats that their programs document (see each preset).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.errors import EcgEvalError
from ecg_eval.panels.readings_file import ReadingsFile
from ecg_eval.tables.presets import PRESETS
from ecg_eval.tables.table_files import read_table

HERE = Path(__file__).parent
FINDINGS = ("AF", "LBBB", "RBBB", "MI", "SR")


def read(path: Path, ids: list[str], readers: list[str], **options: Any) -> PanelReadings:
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id", dtype="string"))
    request = PanelRequest(
        records=records,
        findings=FINDINGS,
        labels=None,
        model_readings=pd.DataFrame(),
        rng=np.random.default_rng(1),
    )
    who = [{"reader_id": reader, "kind": "gp"} for reader in readers]
    return ReadingsFile(path=path, readers=who, **options).read(request)


def said(found: PanelReadings, *columns: str) -> set[tuple[str, ...]]:
    return set(found.readings[list(columns)].astype(str).itertuples(index=False, name=None))


def reasons(found: PanelReadings) -> str:
    return "\n".join(found.left_out["reason"])


@pytest.mark.parametrize("name", ["export.json", "export.min.json", "export.csv"])
def test_label_studio_answers_are_those_that_were_given(name: str) -> None:
    ids = [f"ecg_{i:03d}" for i in (1, 2, 3, 4)]
    found = read(HERE / "label_studio" / name, ids, ["1", "2", "3"], preset="label_studio")
    answers = said(found, "record_id", "reader_id", "finding", "reading")
    assert ("ecg_001", "1", "AF", "present") in answers
    assert ("ecg_001", "1", "LBBB", "absent") in answers
    assert {("ecg_004", "1", code, "present") for code in ("AF", "RBBB")} <= answers
    assert {("ecg_003", "2", code, "absent") for code in ("AF", "LBBB", "RBBB")} <= answers  # "none of these"
    assert ("ecg_002", "3", "MI", "uncertain") in answers
    assert not [a for a in answers if a[:2] == ("ecg_004", "3")]  # skipped
    assert len(answers) == 11 * 4
    assert set(found.readings.loc[found.readings["reader_id"] == "1", "seconds"]) == {10.5, 11.5, 12.5, 13.5}
    assert "'quality' is no choice and is not read: 11 answers" in reasons(found)


def test_label_studio_says_how_many_annotations_were_skipped() -> None:
    ids = [f"ecg_{i:03d}" for i in (1, 2, 3, 4)]
    found = read(HERE / "label_studio" / "export.json", ids, ["1", "2", "3"], preset="label_studio")
    assert "1 annotations that were skipped answer nothing" in reasons(found)


def test_redcap_raw_with_dictionary_events_and_repeats() -> None:
    found = read(HERE / "redcap" / "raw.csv", ["001", "002"], ["dr_a", "dr_b"], preset="redcap")
    answers = said(found, "record_id", "reader_id", "arm", "finding", "reading")
    assert answers == {
        *(("001", "dr_a", "unaided", *pair) for pair in (("AF", "present"), ("LBBB", "absent"), ("RBBB", "absent"))),
        *(("002", "dr_a", "unaided", *pair) for pair in (("AF", "absent"), ("LBBB", "absent"), ("RBBB", "present"))),
        *(("001", "dr_a", "aided", *pair) for pair in (("AF", "present"), ("LBBB", "absent"), ("RBBB", "absent"))),
        *(("002", "dr_b", "unaided", code, "absent") for code in ("AF", "LBBB", "RBBB")),
        ("001", "dr_a", "unaided", "MI", "absent"),
        ("002", "dr_a", "unaided", "MI", "present"),
        ("001", "dr_a", "aided", "MI", "uncertain"),
        ("002", "dr_b", "unaided", "MI", "absent"),
    }
    assert "field years is no choice and is not read: 5 cells" in reasons(found)
    assert "1 lists of boxes without a tick on forms that are not complete" in reasons(found)


def test_redcap_labelled() -> None:
    names = {"Atrial fibrillation": "AF", "Left bundle branch block": "LBBB", "Infarction": "MI"}
    found = read(HERE / "redcap" / "labelled.csv", ["001", "002"], ["dr_a"], preset="redcap", findings=names)
    answers = said(found, "record_id", "reader_id", "arm", "finding", "reading")
    assert ("001", "dr_a", "unaided", "AF", "present") in answers
    assert ("002", "dr_a", "unaided", "MI", "present") in answers
    assert len(answers) == 8


def test_grand_challenge_answers_with_the_study_beside_them() -> None:
    path = HERE / "grand_challenge" / "answers.json"
    found = read(path, ["001"], ["dr_a", "dr_b", "ground_truth"], preset="grand_challenge")
    assert said(found, "reader_id", "finding", "reading", "seconds") == {
        ("dr_a", "AF", "present", "65.5"),
        ("ground_truth", "AF", "absent", "nan"),
        ("dr_a", "LBBB", "present", "nan"),
        ("dr_a", "RBBB", "absent", "nan"),
        ("dr_b", "LBBB", "absent", "nan"),
        ("dr_b", "RBBB", "present", "nan"),
    }
    assert "1 answers that are drawings or images" in reasons(found)


def test_grand_challenge_as_csv() -> None:
    path = HERE.parent / "field" / "10_long_file_with_other_columns" / "grand_challenge.csv"
    found = read(path, ["00001"], ["a"], preset="grand_challenge")
    assert said(found, "reader_id", "finding", "reading", "seconds") == {("a", "AF", "present", "12.5")}


def test_the_challenges_output_files() -> None:
    found = read(HERE / "challenge", ["A0001", "A0002"], ["challenge_model"], preset="challenge")
    assert said(found, "record_id", "finding", "reading", "score") == {
        ("A0001", "AF", "present", "0.95"),
        ("A0001", "SR", "absent", "0.1"),
        ("A0001", "RBBB", "absent", "0.2"),
        ("A0002", "AF", "absent", "0.05"),
        ("A0002", "SR", "present", "0.9"),
        ("A0002", "RBBB", "present", "0.7"),
    }
    assert "class 1234, which has no finding here: 2 recordings" in reasons(found)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("label_studio", "label_studio/export.json"),
        ("label_studio", "label_studio/export.min.json"),
        ("label_studio", "label_studio/export.csv"),
        ("redcap", "redcap/raw.csv"),
        ("redcap", "redcap/labelled.csv"),
        ("grand_challenge", "grand_challenge/answers.json"),
        ("challenge", "challenge"),
    ],
)
def test_each_export_is_told_from_the_others(name: str, path: str) -> None:
    assert [preset for preset, how in PRESETS.items() if how.is_one(HERE / path)] == [name]
    assert not [p for p, how in PRESETS.items() if how.is_one(HERE.parent / "field" / "08_csv_NA" / "readings.csv")]


@pytest.mark.parametrize(
    ("preset", "name", "content", "part"),
    [
        ("label_studio", "a.json", "{", "must be JSON"),
        ("label_studio", "a.json", "{}", "a JSON list of objects"),
        ("label_studio", "a.json", '[{"annotations": [{"result": [{"value": {"choices": ["AF"]}}]}]}]', "record_id"),
        ("label_studio", "a.json", '[{"annotations": [1]}]', "objects"),
        ("redcap", "a.csv", "record_id,dx___af,x_complete\n1,1,2\n", "beside REDCap's record"),
        ("challenge", "a.csv", "x\n", "a folder of output files"),
    ],
)
def test_an_export_of_another_form_is_refused(tmp_path: Path, preset: str, name: str, content: str, part: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    refused: Callable[[], object] = lambda: read(tmp_path / name, ["1"], ["a"], preset=preset)  # noqa: E731
    with pytest.raises(EcgEvalError, match=part):
        refused()


def test_boxes_of_redcap_that_are_no_finding(tmp_path: Path) -> None:
    """A box "none" makes the others absent; one of a negative code says nothing without its label."""
    rows = [
        ("1", "gp1", "e1", 1, 0, 0),  # AF
        ("2", "gp1", "e2", 0, 0, 1),  # the last box alone
        ("3", "gp1", "e3", 0, 0, 0),  # nothing
        ("4", "gp1", "e4", 0, 1, 1),  # both
    ]
    header = "record_id,reader_id,ecg_id,dx___af,dx___lbbb,dx____99,reading_complete\n"
    (tmp_path / "export.csv").write_text(header + "".join(",".join(map(str, r)) + ",2\n" for r in rows))

    def read_answers() -> tuple[dict[tuple[str, str], str], str]:
        table = PRESETS["redcap"].read(
            tmp_path / "export.csv", read_table, {"1", "0", "present", "absent"}.__contains__
        )
        said = {(r.record_id, r.finding): r.reading for r in table.itertuples()}
        return said, " ".join(table.attrs["notes"])

    said, notes = read_answers()
    assert [said["e1", f] for f in ("AF", "LBBB")] == ["present", "absent"]
    assert [said["e2", f] for f in ("AF", "LBBB")] == ["", ""]
    assert [said["e3", f] for f in ("AF", "LBBB")] == ["absent", "absent"]
    assert [said["e4", f] for f in ("AF", "LBBB")] == ["", "present"]
    assert "dx, -99: 2 ticks" in notes
    dictionary = '"Variable / Field Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"\n'
    dictionary += 'dx,checkbox,Diagnosis,"af, AF | lbbb, LBBB | -99, None of these"\n'
    (tmp_path / "dictionary.csv").write_text(dictionary)
    said, notes = read_answers()
    assert {finding for _, finding in said} == {"AF", "LBBB"}
    assert [said["e2", f] for f in ("AF", "LBBB")] == ["absent", "absent"]
    assert [said["e3", f] for f in ("AF", "LBBB")] == ["", ""]
    assert [said["e4", f] for f in ("AF", "LBBB")] == ["absent", "present"]
    assert "1 lists have a finding ticked beside 'none'" in notes
    assert "1 lists that offer 'none' have no box ticked" in notes
