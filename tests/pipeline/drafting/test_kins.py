"""Tables as people write them, drafted: read right, refused by cell, or named; nothing goes in silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from openpyxl import Workbook

from ecg_eval.config.load import load_config
from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.drafting.draft import Draft, draft_studies
from ecg_eval.pipeline.drafting.words import arm_in
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.check import examine_file

ECGS = [f"E{i:02d}" for i in range(1, 7)]
GPS = ("gp1", "gp2")


def write_truth(folder: Path, ids: list[str] = ECGS) -> None:
    table = pd.DataFrame({"ECG": ids, "AF": [0, 1] * 3, "LBBB": [0] * 4 + [1] * 2})
    table.to_csv(folder / "truth.csv", index=False)


def wide(cell: Callable[[int], object], ids: list[str] = ECGS) -> list[list[object]]:
    return [["ECG", "GP", "AF", "LBBB"], *([i, gp, cell(k), "no"] for gp in GPS for k, i in enumerate(ids))]


def as_csv(rows: list[list[object]], separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


def write_sheets(path: Path, **sheets: list[list[object]]) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)


def drafted(folder: Path) -> tuple[Draft, dict[str, Any], str]:
    """Return the draft, what it says, and what its check finds wrong."""
    (draft,) = draft_studies([folder], folder / "study.yaml")
    return draft, yaml.safe_load(draft.text), "\n".join(map(str, examine_file(draft.path).problems))


def test_a_file_marked_as_utf_16_is_one(tmp_path: Path) -> None:
    write_truth(tmp_path)
    text = as_csv(wide(lambda k: "ja" if k % 2 else "nein"), ";").replace("GP", "Ärztin", 1).replace("Ärztin", "Arzt")
    (tmp_path / "answers.csv").write_bytes(text.encode("utf-16"))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["words"] == {"nein": "absent", "ja": "present", "no": "absent"}


def test_a_second_header_row_is_refused_by_its_cell(tmp_path: Path) -> None:
    write_truth(tmp_path)
    write_sheets(tmp_path / "answers.xlsx", one=[["", "", "AF", "LBBB"], *wide(lambda k: "yes")])
    draft, study, problems = drafted(tmp_path)
    assert any("column 1 (row 2) must be named in the header; got 'ECG'" in note for note in draft.notes)
    assert study["panels"] == []
    assert "at least one reader" in problems


def test_a_first_column_without_a_name_that_numbers_the_rows_is_noted(tmp_path: Path) -> None:
    write_truth(tmp_path)
    frame = pd.DataFrame(wide(lambda k: "yes")[1:], columns=["ECG", "GP", "AF", "LBBB"])
    frame.to_csv(tmp_path / "answers.csv")
    draft, _, problems = drafted(tmp_path)
    assert not problems
    assert any("numbers the rows" in note for note in draft.notes)


def test_each_sheet_of_a_workbook_is_looked_at(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["ECG", "AF", "LBBB"],
        *([i, "yes" if k % 2 else "no", "no"] for k, i in enumerate(ECGS)),
    ]
    about: list[list[object]] = [["How to fill in this file"], ["one row an ECG", "x"]]
    write_sheets(tmp_path / "study.xlsx", truth=rows, dr_a=rows, dr_b=rows, help=about)
    draft, study, problems = drafted(tmp_path)
    assert not problems
    assert study["dataset"]["sheet"] == "truth"
    assert {panel["sheet"]: panel["files"] for panel in study["panels"]} == {
        name: {name: "study.xlsx"} for name in ("dr_a", "dr_b")
    }
    assert any("help" in note for note in draft.notes)


@pytest.mark.parametrize(("there", "written"), [("{:03d}", "{}"), ("{:05d}", "{}")])
def test_ids_that_lost_their_zeros_get_them_back(tmp_path: Path, there: str, written: str) -> None:
    write_truth(tmp_path, [there.format(k) for k in range(1, 7)])
    rows = wide(lambda k: "yes", [written.format(k) for k in range(1, 7)])
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["record_id_digits"] == len(there.format(1))


@pytest.mark.parametrize("strange", ["#REF!", "12", "yes or no"])
def test_a_finding_with_a_strange_cell_stays_one_and_is_refused_by_row(tmp_path: Path, strange: str) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: strange if k == 2 else "yes")))
    draft, _, problems = drafted(tmp_path)
    assert "answers.csv rows 4, 10" in problems
    assert repr(strange) in problems
    assert f'not understood: ["{strange}"]' in draft.text


def test_grades_in_numbers_and_words(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: (0, 1, 4, 3)[k % 4])).replace(",no\n", ",0\n"))
    draft, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["grades"] == ["0", "1", "2", "3", "4"]
    assert "# present_from" in draft.text
    other = tmp_path / "words"
    other.mkdir()
    write_truth(other)
    scale = ("excluded", "unlikely", "probable", "certain")
    (other / "answers.csv").write_text(as_csv(wide(lambda k: scale[k % 4])).replace(",no\n", ",excluded\n"))
    _, study, problems = drafted(other)
    assert not problems
    assert study["panels"][0]["grades"] == list(scale)
    assert study["findings"] == ["AF", "LBBB"]


def test_a_cell_that_lists_diagnoses_is_no_single_choice(tmp_path: Path) -> None:
    write_truth(tmp_path)
    said = ("AF; LBBB", "AF", "", "none", "LBBB", "AF;LBBB")
    rows: list[list[object]] = [["ECG", "GP", "Diagnoses"]]
    rows += [[i, gp, said[k]] for gp in GPS for k, i in enumerate(ECGS)]
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert (study["panels"][0]["listed"], study["panels"][0]["unmentioned"]) == ("Diagnoses", "absent")
    assert "exclusive" not in study
    assert "metrics" not in study


@pytest.mark.parametrize("mark", ["_", " ", "-"])
def test_columns_of_finding_and_reader(tmp_path: Path, mark: str) -> None:
    write_truth(tmp_path)
    names = [f"{finding}{mark}{gp}" for gp in GPS for finding in ("AF", "LBBB")]
    (tmp_path / "answers.csv").write_text(as_csv([["ECG", *names], *([i, "yes", "no", "no", "yes"] for i in ECGS)]))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["headers"] == f"{{finding}}{mark}{{reader}}"
    assert [reader["reader_id"] for reader in study["panels"][0]["readers"]] == list(GPS)


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: "yes")))
    (tmp_path / "old.xls").write_bytes(bytes(9))
    (tmp_path / "ai.csv").write_text(
        "ECG;AF;LBBB\n" + "".join(f"{i};0,{k + 1};0.{k + 1}\n" for k, i in enumerate(ECGS))
    )
    draft, study, _ = drafted(tmp_path)
    assert any("old.xls" in note for note in draft.notes)
    assert any("ai.csv has decimal points and commas" in note for note in draft.notes)
    assert set(study["findings"]) == {"AF", "LBBB"}


def test_a_workbook_none_of_whose_sheets_can_be_read_is_named(tmp_path: Path) -> None:
    write_sheets(tmp_path / "broken.xlsx", a=[["title"], ["x", "y"]], b=[["title"], ["x", "y"]])
    with pytest.raises(EcgEvalError, match="names of the columns"):
        draft_studies([tmp_path], tmp_path / "study.yaml")


def test_a_file_an_arm(tmp_path: Path) -> None:
    write_truth(tmp_path)
    for name, word in (("lectures sans IA", "non"), ("lectures avec IA", "oui")):
        (tmp_path / f"{name}.csv").write_text(as_csv(wide(lambda k, word=word: word)))  # type: ignore[misc]
    _, study, problems = drafted(tmp_path)
    assert not problems
    (panel,) = study["panels"]
    assert panel["arm_files"] == {"aided": "lectures avec IA.csv", "unaided": "lectures sans IA.csv"}
    assert panel["words"] == {"oui": "present", "no": "absent", "non": "absent"}
    assert [reader["kind"] for reader in panel["readers"]] == ["reader", "reader"]


@pytest.mark.parametrize(
    ("name", "arm"),
    [
        ("answers without AI", "unaided"),
        ("with_ai", "aided"),
        ("Lectures avec l'IA", None),
        ("unaided-2026", "unaided"),
        ("truth", None),
        ("without AI and with AI", None),
    ],
)
def test_arms_in_names_of_files(name: str, arm: str | None) -> None:
    assert arm_in(name) == arm


def test_answers_that_name_the_finding_of_their_column(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: ("AF", "no AF", "AF?")[k % 3])))
    _, study, problems = drafted(tmp_path)
    assert not problems
    words = study["panels"][0]["words"]
    assert words == {"AF": "present", "no AF": "absent", "AF?": "uncertain", "no": "absent"}
    # the same word in another finding's column is no answer there, and is refused by its rows
    (tmp_path / "study.yaml").unlink()
    (tmp_path / "answers.csv").write_text(
        as_csv(wide(lambda k: ("AF", "no", "yes")[k % 3])).replace(",no\n", ",AF\n", 2)
    )
    _, _, problems = drafted(tmp_path)
    assert "got 'AF'" in problems


def test_dates_give_the_order_of_reading(tmp_path: Path) -> None:
    write_truth(tmp_path)
    rows = [[*row, f"2026-03-0{9 - i % 6} 10:00"] for i, row in enumerate(wide(lambda k: "yes"))]
    rows[0][-1] = "Timestamp"
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["ordered_by"] == "Timestamp"
    assert "ignore" not in study["panels"][0]


@pytest.mark.parametrize(
    ("there", "written"),
    [
        *(("ECG{:02d}", "ecg{:02d}"), ("ECG{:02d}", " ECG {:02d}"), ("{}", "{}.0"), ("{}.0", "{}")),
        *(("ECG{:03d}", "ecg{}"), ("ECG{:02d}", "ECG{:02d}.xml")),
    ],
)
def test_ids_that_look_alike_are_joined_by_a_line_that_says_so(tmp_path: Path, there: str, written: str) -> None:
    write_truth(tmp_path, [there.format(k) for k in range(1, 7)])
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: "yes", [written.format(k) for k in range(1, 7)])))
    draft, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["record_ids"] == "alike"
    first, known = written.format(1).strip(), there.format(1)
    assert f"# guess: 6 of 6 ids are those of truth.csv, written otherwise: {first} → {known}" in draft.text
    (noted,) = [line for line in examine_file(draft.path).noted if "→" in line]
    assert noted.startswith("6 ids of answers.csv are taken for those of recordings that are written otherwise")
    assert f"{first} → {known}" in noted


def test_some_ids_that_look_alike_and_a_stranger(tmp_path: Path) -> None:
    write_truth(tmp_path)
    ids = [*ECGS[:3], *(i.lower() for i in ECGS[3:5]), "X99"]
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: "yes", ids)))
    draft, study, problems = drafted(tmp_path)
    assert study["panels"][0]["record_ids"] == "alike"
    assert "2 of 6 ids" in draft.text
    assert "5 of the 6 ids of the file are among the 6 of the recordings" in problems
    assert "'X99'" in problems
    assert "e04" not in problems


def test_readings_and_truth_without_a_common_id_are_refused_by_both_names(tmp_path: Path) -> None:
    write_truth(tmp_path, [str(k) for k in range(1, 7)])
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: "yes")))
    with pytest.raises(EcgEvalError) as caught:
        draft_studies([tmp_path], tmp_path / "study.yaml")
    for part in ("none of the 6 ids of answers.csv is among the 6 of truth.csv", "'E01' is perhaps '1'", "by itself"):
        assert part in str(caught.value)
    assert not list(tmp_path.glob("*.yaml"))


def test_readers_written_otherwise_where_it_is_said_who_they_are(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(as_csv(wide(lambda k: "yes")))
    (tmp_path / "who.csv").write_text("reader,profession\nGP 1,nurse\nGP 2,cardiologist\nGP 3,nurse\n")
    draft, study, problems = drafted(tmp_path)
    assert not problems
    assert [reader["kind"] for reader in study["panels"][0]["readers"]] == ["nurse", "cardiologist"]
    assert "'GP 1' of who.csv" in draft.text
    assert any("'GP 3'" in note and "who.csv" in note for note in draft.notes)


@pytest.mark.parametrize(("day", "format_"), [("{}/03/2026", "%d/%m/%Y"), ("03/{}/2026 10:05", "%m/%d/%Y %H:%M")])
def test_dates_of_which_one_part_can_be_no_month(tmp_path: Path, day: str, format_: str) -> None:
    write_truth(tmp_path)
    rows = [[*row, day.format(f"{10 + i % 6:02d}")] for i, row in enumerate(wide(lambda k: "yes"))]
    rows[0][-1] = "Date"
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    draft, study, problems = drafted(tmp_path)
    assert not problems
    assert (study["panels"][0]["ordered_by"], study["panels"][0]["date_format"]) == ("Date", format_)
    assert "the one way that reads all of them" in draft.text


def test_dates_that_can_be_read_two_ways_are_refused_by_both(tmp_path: Path) -> None:
    write_truth(tmp_path)
    rows = [[*row, f"0{1 + i % 6}/03/2026"] for i, row in enumerate(wide(lambda k: "yes"))]
    rows[0][-1] = "Date"
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    draft, _, problems = drafted(tmp_path)
    assert '# date_format: "%d/%m/%Y" or "%m/%d/%Y"' in draft.text
    for part in ('`date_format: "%d/%m/%Y"` (2026-03-02)', '`date_format: "%m/%d/%Y"` (2026-02-03)'):
        assert part in problems


@pytest.mark.parametrize(("before", "after"), [("", "_confidence"), ("conf ", ""), ("", " (certitude)")])
def test_a_confidence_beside_each_finding(tmp_path: Path, before: str, after: str) -> None:
    write_truth(tmp_path)
    head = ["ECG", "GP", "AF", f"{before}AF{after}", "LBBB", f"{before}LBBB{after}"]
    rows = [[i, gp, "yes", k % 5 + 1, "no", 3] for gp in GPS for k, i in enumerate(ECGS)]
    (tmp_path / "answers.csv").write_text(as_csv([head, *rows]))
    _, study, problems = drafted(tmp_path)
    assert not problems
    assert study["panels"][0]["beside"] == {"confidence": f"{before}{{finding}}{after}"}
    assert study["findings"] == ["AF", "LBBB"]
    assert "ignore" not in study["panels"][0]


def on_its_side(rows: dict[str, list[str]], corner: str = "Reader") -> str:
    """Return a table with one column a recording."""
    return as_csv([[corner, *ECGS], *([name, *cells] for name, cells in rows.items())])


def examined(folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return what a draft says, which its check finds nothing wrong with, and the readings that it gives."""
    draft, study, problems = drafted(folder)
    assert not problems
    config = load_config(draft.path)
    records = pd.Index(ECGS, dtype="string", name="record_id")
    readers = [{"reader_id": gp, "kind": "gp"} for gp in GPS]
    arguments = {**config.panels[0].arguments, "readers": readers}
    panel = make("panels", "readings_file", arguments, root=config.data_root)
    request = PanelRequest(
        records=pd.DataFrame({"patient_id": ECGS}, index=records),
        findings=("AF", "LBBB"),
        labels=None,
        model_readings=pd.DataFrame(),
        rng=np.random.default_rng(0),
    )
    return study, panel.read(request).readings


ANSWERS = {"gp1": ["yes", "no", "yes", "no", "yes", "no"], "gp2": ["no", "no", "yes", "yes", "no", "no"]}


@pytest.mark.parametrize("is_on_its_side", [True, False])
def test_answers_about_the_one_finding_of_the_truth(is_on_its_side: bool, tmp_path: Path) -> None:
    pd.DataFrame({"ECG": ECGS, "AF": [0, 1] * 3}).to_csv(tmp_path / "truth.csv", index=False)
    upright = pd.DataFrame({"ECG": ECGS, **ANSWERS}).to_csv(index=False)
    (tmp_path / "answers.csv").write_text(on_its_side(ANSWERS) if is_on_its_side else upright)
    study, readings = examined(tmp_path)
    assert study["panels"][0]["finding"] == "AF"
    said = readings.set_index(["reader_id", "record_id"])["reading"].map({"present": "yes", "absent": "no"})
    assert {gp: [said[gp, ecg] for ecg in ECGS] for gp in ANSWERS} == ANSWERS


def test_a_file_a_reader_with_a_row_a_finding_and_a_column_a_recording(tmp_path: Path) -> None:
    write_truth(tmp_path)
    for gp in GPS:
        rows = {"AF": ANSWERS[gp], "LBBB": ["no"] * 5 + ["yes"]}
        (tmp_path / f"{gp}.csv").write_text(on_its_side(rows, "Diagnosis"))
    study, readings = examined(tmp_path)
    assert study["panels"][0]["headers"] == "{record}"
    assert len(readings) == 2 * 2 * 6
    lbbb = readings[(readings["finding"] == "LBBB") & (readings["reading"] == "present")]
    assert set(lbbb["record_id"]) == {"E06"}


@pytest.mark.parametrize("corner", ["Reader", ""])
def test_a_column_a_recording_that_cannot_be_drafted_is_refused_with_the_remedy(corner: str, tmp_path: Path) -> None:
    chosen = {"truth": ["AF", "normal"] * 3, "gp1": ["AF"] * 6, "gp2": ["normal"] * 6}
    (tmp_path / "answers.csv").write_text(on_its_side(chosen, corner or " "))
    with pytest.raises(EcgEvalError, match="Transpose" if corner else "Name the column"):
        draft_studies([tmp_path], tmp_path / "study.yaml")


def test_several_findings_are_never_taken_for_one(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (tmp_path / "answers.csv").write_text(on_its_side(ANSWERS))
    draft, study, _ = drafted(tmp_path)
    assert study["panels"] == []
    assert any("says nowhere which findings" in note and "Transpose" in note for note in draft.notes)


def test_a_class_ticked_twice_with_another_mark_is_named_with_its_row(tmp_path: Path) -> None:
    pd.DataFrame({"ECG": ECGS, "Diagnosis": ["AF", "normal"] * 3}).to_csv(tmp_path / "truth.csv", index=False)
    chosen = ["AF", "AF/normal", "AF", "AF; normal", "AF", "normal"]
    rows = [["ECG", "GP", "Diagnosis"], *([i, gp, c] for gp in GPS for i, c in zip(ECGS, chosen, strict=True))]
    (tmp_path / "answers.csv").write_text(as_csv(rows))
    draft, study, problems = drafted(tmp_path)
    assert study["panels"][0]["separator"] == ";"
    assert any("'AF/normal' are two classes" in note for note in draft.notes)
    assert "answers.csv rows 3, 9: finding must be known" in problems
    (tmp_path / "answers.csv").write_text(as_csv(rows).replace("; ", "/"))
    draft.path.unlink()
    _, alike, problems = drafted(tmp_path)
    assert alike["panels"][0]["separator"] == "/"
    assert not problems
