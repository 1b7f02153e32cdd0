"""Excel workbooks: what a person sees in the sheet is what is read, or the cell that stands against it is named."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.errors import InputFileError, suggestion

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

EXCEL = (".xlsx", ".xlsm")

# workbooks are built whole in memory
_MAX_UNPACKED_BYTES, _MAX_PARTS = 1 << 26, 2_000
_MAX_CELLS = 5_000_000
# what makes a cell of every cell of its range, as openpyxl reads it
_SPREADING = re.compile(rb"(?:mergeCell|hyperlink)\b[^>]*>")
_RANGE = re.compile(rb"""\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_ERRORS = ("#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")  # "#N/A" says missing
_NAMED = 5


def read_workbook(path: Path, sheet: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Return a sheet as text, its index the rows of the sheet, and what of the workbook was not read.

    Raises
    ------
    InputFileError
        For merged cells, hidden rows and columns, formulas without a stored value and errors, each by its cell.
    """
    book, has_formulas = _workbook(path, values=True)
    if sheet is not None and sheet not in book.sheetnames:
        raise InputFileError(str(path), "sheet", "in the workbook", sheet, suggestion(sheet, book.sheetnames))
    if not book.worksheets:
        raise InputFileError(str(path), "file", "a workbook with a sheet", book.sheetnames)
    page = book[sheet] if sheet else book.worksheets[0]
    where = f"sheet {page.title!r}"
    # a title that is spread over the columns is refused as a title, below
    if merged := sorted(str(r) for r in page.merged_cells.ranges if r.max_row > _title_row(page))[:_NAMED]:
        remedy = "Only the first of merged cells holds a value; unmerge them and fill each one."
        raise InputFileError(str(path), where, "free of merged cells", merged, remedy)
    if page.max_row * page.max_column > _MAX_CELLS:
        rule = f"at most {_MAX_CELLS} cells from its first to its last"
        raise InputFileError(str(path), where, rule, page.dimensions, "Delete what stands far outside.")
    cells = [list(row) for row in page.iter_rows(values_only=True)]
    if has_formulas:
        _check_formulas(path, page, cells)
    _check_hidden(path, page, cells)
    _check_errors(path, page, cells)
    rows = {page.min_row + i: [_as_text(cell) for cell in row] for i, row in enumerate(cells)}
    rows = {number: row for number, row in rows.items() if any(row)}
    if not rows:
        raise InputFileError(str(path), where, "a table with a header row", "an empty sheet")
    names, *body = rows.values()
    if sum(map(bool, names)) == 1 and any(sum(map(bool, row)) > 1 for row in body):
        remedy = "Delete what stands above the names of the columns."
        raise InputFileError(
            str(path), f"{where}, row {next(iter(rows))}", "the names of the columns", "".join(names), remedy
        )
    others = [] if sheet else [name for name in book.sheetnames if name != page.title]  # who names a sheet has chosen
    unread = [name for name in others if _holds_something(book[name])]
    notes = [f"sheet {name!r} of {path.name} is not read" for name in unread]
    return pd.DataFrame(body, columns=pd.Index(names, dtype=object), index=list(rows)[1:], dtype=object), notes


def _title_row(page: "Worksheet") -> int:
    """Return the first row with anything in it where that is one cell alone, 0 where it is not."""
    for number, row in enumerate(page.iter_rows(values_only=True), start=page.min_row):
        if n := sum(cell is not None for cell in row):
            return number if n == 1 else 0
    return 0


def sheets_of(path: Path) -> list[str]:
    """Return the names of a workbook's sheets that are shown and hold something, in their order.

    Raises
    ------
    InputFileError
        When it is no workbook, or would take more memory than readings can need.
    """
    book, _ = _workbook(path, values=True)
    shown = [page for page in book.worksheets if page.sheet_state == "visible" and _holds_something(page)]
    return [page.title for page in shown]


def _holds_something(page: "Worksheet") -> bool:
    return any(cell is not None for row in getattr(page, "values", ()) for cell in row)


def _check_formulas(path: Path, page: "Worksheet", cells: list[list[object]]) -> None:
    """Refuse formulas whose value no program has stored: they would be read as blank."""
    formulas = _workbook(path, values=False)[0][page.title]
    empty = [
        cell.coordinate
        for row, values in zip(formulas.iter_rows(), cells, strict=False)
        for cell, value in zip(row, values, strict=False)
        if value is None and cell.data_type == "f"
    ]
    if empty:
        named = ", ".join(empty[:_NAMED]) + (f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else "")
        remedy = "Open the file in Excel or LibreOffice and save it, or write the values in place of the formulas."
        got = "a formula without a stored value"
        raise InputFileError(str(path), f"sheet {page.title!r}, {named}", "a value", got, remedy)


def _check_hidden(path: Path, page: "Worksheet", cells: list[list[object]]) -> None:
    """Refuse rows and columns that hold something and that nobody sees: left out, or forgotten."""
    rows = [
        str(page.min_row + i)
        for i, row in enumerate(cells)
        if page.row_dimensions[page.min_row + i].hidden and any(cell is not None for cell in row)
    ]
    columns = []
    for letter, about in page.column_dimensions.items():
        last = about.max or about.min or 0
        used = range(max((about.min or 1) - page.min_column, 0), min(last - page.min_column + 1, page.max_column))
        if about.hidden and any(i < len(row) and row[i] is not None for row in cells for i in used):
            columns.append(letter)
    for what, hidden in (("rows", rows), ("columns", columns)):
        if hidden:
            named = ", ".join(hidden[:_NAMED]) + (f" and {len(hidden) - _NAMED} more" if len(hidden) > _NAMED else "")
            remedy = "Show them, so that they are read, or delete them."
            raise InputFileError(str(path), f"sheet {page.title!r}, {what}", "shown", f"hidden: {named}", remedy)


def _check_errors(path: Path, page: "Worksheet", cells: list[list[object]]) -> None:
    """Refuse cells in which a formula failed."""
    from openpyxl.utils import get_column_letter

    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if cell in _ERRORS:
                where = f"{get_column_letter(page.min_column + j)}{page.min_row + i}"
                remedy = "Mend the formula, or blank the cell."
                raise InputFileError(str(path), f"sheet {page.title!r}, {where}", "a value", cell, remedy)


def _workbook(path: Path, *, values: bool) -> tuple["Workbook", bool]:
    """Return a workbook (values or formulas) and whether it has formulas, after looking at what it would become."""
    import warnings
    from zipfile import ZipFile

    from openpyxl import load_workbook

    has_formulas = False
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED_BYTES:
                rule = f"at most {_MAX_UNPACKED_BYTES} bytes when unpacked, in {_MAX_PARTS} parts"
                remedy = "Export the sheet as CSV."
                raise InputFileError(str(path), "workbook", rule, f"{unpacked} bytes, {len(parts)} parts", remedy)
            for part in parts:
                content = archive.read(part)
                _check_spreading(path, content)
                has_formulas = has_formulas or bool(_FORMULA.search(content))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and drawings, which no reading stands in
            return load_workbook(path, data_only=values), has_formulas
    except InputFileError:
        raise
    except Exception as error:  # of a broken archive, zipfile and openpyxl raise whatever their parts raise
        got = f"{type(error).__name__}: {str(error)[:120]}"
        raise InputFileError(str(path), "file", "an Excel workbook", got, "Save it again as .xlsx.") from None


def _check_spreading(path: Path, part: bytes) -> None:
    """Refuse merged cells and links over ranges that would become millions of cells."""
    for tag in _SPREADING.findall(part):
        match = _RANGE.search(tag)
        if match is None:
            continue
        first, top, last, bottom = match.groups()
        n_columns = abs(_column(last or first) - _column(first)) + 1
        n_cells = n_columns * (abs(int(bottom or top) - int(top)) + 1)
        if n_cells > _MAX_CELLS // 100:
            rule = f"over at most {_MAX_CELLS // 100} cells"
            raise InputFileError(str(path), "merged cells and links", rule, match[0].decode(), "Unmerge them.")


def _column(letters: bytes) -> int:
    """Return a column's number: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _as_text(cell: object) -> str:
    """Write an Excel cell as a person would: whole numbers without a decimal point, nothing as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
