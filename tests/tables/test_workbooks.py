"""Excel sheets: what a person sees is what is read, or the cell that stands against it is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from ecg_eval.errors import InputFileError
from ecg_eval.tables.table_files import read_table


def saved(tmp_path: Path, change: Callable[[Any], None], *, header: bool = True) -> Path:
    book = Workbook()
    page = book.active
    if header:
        page.append(["record_id", "reader_id", "AF"])
    page.append([7.0, "g", 1])
    page.append([8, "g", None])
    change(page)
    book.save(tmp_path / "r.xlsx")
    return tmp_path / "r.xlsx"


def said(path: Path) -> str:
    with pytest.raises(InputFileError) as caught:
        read_table(path)
    return str(caught.value)


def nothing(page: Any) -> None:
    """Leave a page as it is."""


def test_rows_keep_their_numbers_and_cells_their_looks(tmp_path: Path) -> None:
    def blank_row(page: Any) -> None:
        page.insert_rows(2)

    table = read_table(saved(tmp_path, blank_row))
    assert table.index.tolist() == [3, 4]
    assert table["record_id"].tolist() == ["7", "8"]
    assert table["AF"].tolist() == ["1", ""]


def test_formulas_without_a_value_are_named(tmp_path: Path) -> None:
    def formulas(page: Any) -> None:
        for i in range(5, 12):
            page[f"C{i}"] = "=1+1"

    text = said(saved(tmp_path, formulas))
    assert "C5, C6, C7, C8, C9 and 2 more" in text


def test_hidden_rows_and_columns_are_refused_where_they_hold_something(tmp_path: Path) -> None:
    def row(page: Any) -> None:
        page.row_dimensions[3].hidden = True

    def column(page: Any) -> None:
        page.column_dimensions["C"].hidden = True

    def empty(page: Any) -> None:
        page.column_dimensions["E"].hidden = True
        page.row_dimensions[9].hidden = True

    assert "rows must be shown; got 'hidden: 3'" in said(saved(tmp_path, row))
    assert "columns must be shown; got 'hidden: C'" in said(saved(tmp_path, column))
    assert len(read_table(saved(tmp_path, empty))) == 2


def test_cells_in_which_a_formula_failed_are_refused(tmp_path: Path) -> None:
    def failed(page: Any) -> None:
        page["C3"] = "#REF!"

    assert "C3 must be a value; got '#REF!'" in said(saved(tmp_path, failed))


def test_a_title_is_refused_by_its_row(tmp_path: Path) -> None:
    def title(page: Any) -> None:
        page.insert_rows(1)
        page["A1"] = "Study 2024"

    assert "row 1 must be the names of the columns; got 'Study 2024'" in said(saved(tmp_path, title))

    def spread(page: Any) -> None:
        title(page)
        page.merge_cells("A1:C1")

    assert "row 1 must be the names of the columns; got 'Study 2024'" in said(saved(tmp_path, spread))


def test_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    def more(page: Any) -> None:
        page.parent.create_sheet("notes")["A1"] = "see"
        page.parent.create_sheet("nothing")

    table = read_table(saved(tmp_path, more))
    assert table.attrs["notes"] == ["sheet 'notes' of r.xlsx is not read"]
    assert read_table(saved(tmp_path, nothing)).attrs["notes"] == []
