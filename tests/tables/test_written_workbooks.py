"""A workbook to fill in: what was put in comes out, and nothing in it is a formula."""

from io import BytesIO
from pathlib import Path

import pandas as pd
from openpyxl import load_workbook

from ecg_eval.tables.table_files import read_table
from ecg_eval.tables.written_workbooks import sheet_to_fill

ROWS = pd.DataFrame({"record_id": ["1", "=1+1"], "answer": [None, None]})


def test_the_sheet_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(sheet_to_fill(ROWS, title="s", column="answer", choices=["yes", "no"], notes=["fill it in"]))
    assert list(read_table(path)["record_id"]) == ["1", "'=1+1"]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    book = load_workbook(BytesIO(sheet_to_fill(ROWS, title="s", column="answer", choices=["yes"], notes=[])))
    assert [cell.data_type for cell in book.worksheets[0]["A"][1:]] == ["s", "s"]


def test_a_sheet_without_rows_has_its_header(tmp_path: Path) -> None:
    made = sheet_to_fill(ROWS[:0], title="s", column="answer", choices=["yes"], notes=[])
    assert [c.value for c in load_workbook(BytesIO(made)).worksheets[0][1]] == ["record_id", "answer"]
