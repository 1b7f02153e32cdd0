"""An answer sheet takes what may be answered, and comes back without a mapping."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ecg_eval.errors import InputFileError
from ecg_eval.tables.answer_sheets import SheetColumn, SheetWords, workbook_to_fill, write_answer_sheet
from ecg_eval.tables.presets import answer_sheets
from ecg_eval.tables.table_files import read_table

ANSWERS = {"oui": "present", "non": "absent", "incertain": "uncertain"}
COLUMNS = (
    SheetColumn(header="ECG", means="record_id", is_fixed=True),
    SheetColumn(header="Rang", means="shown", is_fixed=True),
    SheetColumn(header="Fibrillation auriculaire", means="finding:AF", words=ANSWERS),
    SheetColumn(header="BAV du 1er degré", means="finding:1AVB", words=ANSWERS),
    SheetColumn(header="Confiance", means="confidence", numbers=(1, 5)),
    SheetColumn(header="Temps (s)", means="seconds", numbers=(0, 3600)),
    SheetColumn(header="Conduite à tenir", means="", words={"adresser": "", "surveiller": ""}),
    SheetColumn(header="Remarque", means="comment"),
)
WORDS = SheetWords(title="réponses", choose="Choisissez dans la liste.", number="Entre {low} et {high}.")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    rows = [("K7MQ", 1), ("B2XP", 2), ("W88X", 3)]
    return write_answer_sheet(tmp_path / "sheets" / "gp1.xlsx", COLUMNS, rows, reader="gp1", words=WORDS)


def fill(path: Path, cells: dict[str, object]) -> None:
    book = load_workbook(path)
    for name, value in cells.items():
        book.worksheets[0][name] = value
    book.save(path)


def read(path: Path) -> Any:
    return answer_sheets.read(path, lambda p: None, bool)  # type: ignore[arg-type,return-value]


def test_cells_take_only_what_may_be_answered(sheet: Path) -> None:
    page: Any = load_workbook(sheet).worksheets[0]
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    assert rules["C2:C4"].formula1 == '"oui,non,incertain"'
    assert rules["C2:C4"].showErrorMessage
    assert (rules["E2:E4"].type, rules["E2:E4"].formula1, rules["E2:E4"].formula2) == ("decimal", "1", "5")
    assert rules["E2:E4"].error == "Entre 1 et 5."
    assert "H2:H4" not in rules
    assert page.protection.sheet
    assert (page["A2"].protection.locked, page["C2"].protection.locked) == (True, False)
    assert [page["A2"].value, page["A4"].value, page["C2"].value] == ["K7MQ", "W88X", None]


def test_what_was_filled_in_is_read_with_its_row(sheet: Path) -> None:
    fill(sheet, {"C2": "Oui", "D2": "non", "C3": "incertain", "E2": 4, "F2": 31.5, "H2": "net", "G2": "adresser"})
    assert answer_sheets.is_one(sheet)
    assert answer_sheets.is_one(sheet.parent)
    table = read(sheet.parent)
    rows = table[["record_id", "reader_id", "finding", "reading", "confidence", "seconds", "comment", "file"]]
    assert rows.iloc[0].tolist() == ["K7MQ", "gp1", "AF", "present", "4", "31.5", "net", "gp1.xlsx"]
    assert table.index[0] == 2
    answers = {(r.record_id, r.finding): r.reading for r in table.itertuples()}
    assert answers["K7MQ", "1AVB"] == "absent"
    assert answers["B2XP", "AF"] == "uncertain"
    assert answers["W88X", "AF"] == ""
    assert table.attrs["notes"] == ["column Conduite à tenir of gp1.xlsx is not read: 1 cells"]


def test_a_word_that_is_no_answer_stays_to_be_refused(sheet: Path) -> None:
    fill(sheet, {"C2": "peut-être"})
    assert read(sheet)["reading"].iloc[0] == "peut-être"


def test_a_workbook_without_its_codes_is_told_so(sheet: Path) -> None:
    book = load_workbook(sheet)
    del book[answer_sheets.CODES]
    book.save(sheet)
    assert not answer_sheets.is_one(sheet)
    with pytest.raises(InputFileError, match="Save the workbook whole"):
        read(sheet)


def test_a_header_that_was_changed_is_told_so(sheet: Path) -> None:
    fill(sheet, {"A1": "Code"})
    with pytest.raises(InputFileError, match="headers must stay"):
        read(sheet)


def test_no_workbook_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK no archive")
    (tmp_path / "a.csv").write_text("a\n")
    assert not answer_sheets.is_one(tmp_path)
    assert not answer_sheets.is_one(tmp_path / "a.csv")
    (tmp_path / "a.xlsx").unlink()
    with pytest.raises(InputFileError, match="of filled answer sheets"):
        read(tmp_path)


FIXED = (
    SheetColumn(header="record_id", means="", is_fixed=True),
    SheetColumn(header="answer", means="", words=ANSWERS),
)


def test_text_that_looks_like_a_formula_stays_as_it_was(tmp_path: Path) -> None:
    ids = ["=1+1", "-12", "+33", "@a", "0012"]
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(workbook_to_fill(FIXED, [(one,) for one in ids], words=WORDS, notes=["fill it in"]))
    assert list(read_table(path)["record_id"]) == ids
    assert [cell.data_type for cell in load_workbook(path).worksheets[0]["A"][1:]] == ["s"] * len(ids)


def test_a_sheet_without_rows_has_its_header_and_no_rule(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(workbook_to_fill(FIXED, [], words=WORDS))
    page: Any = load_workbook(path).worksheets[0]
    assert [c.value for c in page[1]] == ["record_id", "answer"]
    assert not page.data_validations.dataValidation
