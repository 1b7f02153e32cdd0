"""Tables as people keep them (CSV, TSV, Parquet, Excel), read as text: nothing is guessed before it is checked."""

import csv
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from ecg_eval.errors import InputFileError, suggestion

EXCEL = (".xlsx", ".xlsm")
TEXT = (".csv", ".tsv", ".txt")
READABLE = (*TEXT, ".parquet", *EXCEL)

# a thousand readers of ten thousand ECGs write some hundred MB; workbooks are built whole in memory
_MAX_BYTES = 1 << 29
_MAX_UNPACKED_BYTES, _MAX_PARTS = 1 << 26, 2_000
_MAX_COLUMNS, _MAX_CELLS = 10_000, 50_000_000
_MAX_EXCEL_CELLS = 5_000_000
# what makes a cell of every cell of its range, as openpyxl reads it
_SPREADING = re.compile(rb"(?:mergeCell|hyperlink)\b[^>]*>")
_RANGE = re.compile(rb"""\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?["']""")


def file_problem(path: Path) -> InputFileError | None:
    """Return what is wrong with a path before it is read, None when nothing is."""
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        remedy = suggestion(path.name, beside) if beside else f"The folder {path.parent} is not there either."
        return InputFileError(str(path), "file", "an existing one", remedy=remedy)
    if path.is_file() and path.suffix.lower() not in READABLE:
        return InputFileError(str(path), "file", f"one of {', '.join(READABLE)}", path.suffix, "Export it as CSV.")
    return None


def read_table(
    path: Path, *, encoding: str = "utf-8-sig", decimal: str = ".", sheet: str | None = None
) -> pd.DataFrame:
    """Return a table with text cells, blank where nothing is written.

    Parameters
    ----------
    path : Path
    encoding : str
        Of a text file; a file in another one is refused, not guessed.
    decimal : str
        "." or ","; a comma is turned into a point in cells that are numbers with one.
    sheet : str, optional
        Of an Excel file; its first one when not given.

    Raises
    ------
    InputFileError
        When the file is missing, of an unknown kind, not text in the encoding, empty, has merged cells, or would take
        more memory than a table of readings can need.
    """
    problem = file_problem(path)
    if problem:
        raise problem
    if path.stat().st_size > _MAX_BYTES:
        raise InputFileError(str(path), "file", f"at most {_MAX_BYTES} bytes", path.stat().st_size)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        table = _read_parquet(path)
    elif suffix in EXCEL:
        table = _read_excel(path, sheet)
    else:
        table = _read_text(path, encoding)
    table.columns = [str(c).strip() for c in table.columns]
    repeated = sorted(c for c, n in Counter(table.columns).items() if n > 1)
    if repeated:
        raise InputFileError(str(path), "columns", "named once each", repeated, "Rename or remove one of each.")
    table = table.map(lambda cell: cell.strip() if isinstance(cell, str) else cell).replace("", pd.NA)
    if decimal == ",":
        table = table.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow.parquet import ParquetFile

    remedy = "Write it again, or export it as CSV."
    try:
        with ParquetFile(path) as file:
            n_rows, n_columns = file.metadata.num_rows, file.metadata.num_columns
            if 0 <= n_rows * n_columns <= _MAX_CELLS and n_columns <= _MAX_COLUMNS:
                table: pd.DataFrame = file.read().to_pandas().astype("string")
                return table
    except Exception as error:  # of a broken file, Arrow and pandas raise whatever their parts raise
        got = f"{type(error).__name__}: {str(error)[:120]}"
        raise InputFileError(str(path), "file", "Parquet", got, remedy) from None
    rule = f"a table of at most {_MAX_CELLS} cells in {_MAX_COLUMNS} columns"
    raise InputFileError(str(path), "file", rule, (n_rows, n_columns), remedy)


def _read_text(path: Path, encoding: str) -> pd.DataFrame:
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        remedy = "Save it as UTF-8, or declare its encoding, for example `encoding: cp1252`."
        raise InputFileError(
            str(path), f"line {line}", f"text in {encoding}", error.object[error.start], remedy
        ) from None
    except LookupError:
        raise InputFileError(str(path), "encoding", "one that Python knows", encoding, "For example utf-8.") from None
    header = text.split("\n", maxsplit=1)[0]
    if not header.strip():
        raise InputFileError(str(path), "file", "a table with a header line", "an empty first line")
    if "\x00" in text:
        raise InputFileError(str(path), "file", "text", "bytes of zero", "Export it as CSV in UTF-8.")
    delimiter = max((",", ";", "\t"), key=header.count)
    try:
        rows = [row for row in csv.reader(StringIO(text), delimiter=delimiter) if row]
    except csv.Error as error:
        raise InputFileError(str(path), "file", "CSV", str(error), "Export it again as CSV in UTF-8.") from None
    names = rows[0]
    if len(names) > _MAX_COLUMNS:
        raise InputFileError(str(path), "columns", f"at most {_MAX_COLUMNS}", len(names))
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            rule = f"of {len(names)} cells, as the header has"
            remedy = "Put cells that hold the separator in quotes."
            raise InputFileError(str(path), f"row {number}", rule, len(row), remedy)
    # an unnamed first column is a row index that some program wrote along
    frame = pd.DataFrame(rows[1:], columns=names, dtype="string")
    return frame.drop(columns="") if names[0] == "" else frame


def _read_excel(path: Path, sheet: str | None) -> pd.DataFrame:
    book = _workbook(path)
    if sheet is not None and sheet not in book.sheetnames:
        raise InputFileError(str(path), "sheet", "in the workbook", sheet, suggestion(sheet, book.sheetnames))
    if not book.worksheets:
        raise InputFileError(str(path), "file", "a workbook with a sheet", book.sheetnames)
    page = book[sheet] if sheet else book.worksheets[0]
    if page.merged_cells.ranges:
        merged = sorted(str(r) for r in page.merged_cells.ranges)[:5]
        remedy = "Only the first of merged cells holds a value; unmerge them and fill each one."
        raise InputFileError(str(path), f"sheet {page.title!r}", "free of merged cells", merged, remedy)
    if page.max_row * page.max_column > _MAX_EXCEL_CELLS:
        rule = f"at most {_MAX_EXCEL_CELLS} cells from its first to its last"
        raise InputFileError(
            str(path), f"sheet {page.title!r}", rule, page.dimensions, "Delete what stands far outside."
        )
    rows = [["" if cell is None else _as_text(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise InputFileError(str(path), f"sheet {page.title!r}", "a table with a header row", "an empty sheet")
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="string")


def _workbook(path: Path) -> Any:
    """Return a workbook, after looking at what its archive would become."""
    import warnings
    from zipfile import ZipFile

    from openpyxl import load_workbook

    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED_BYTES:
                rule = f"at most {_MAX_UNPACKED_BYTES} bytes when unpacked, in {_MAX_PARTS} parts"
                remedy = "Export the sheet as CSV."
                raise InputFileError(str(path), "workbook", rule, f"{unpacked} bytes, {len(parts)} parts", remedy)
            for part in parts:
                _check_spreading(path, archive.read(part))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and drawings, which no reading stands in
            return load_workbook(path, data_only=True)
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
        if n_cells > _MAX_EXCEL_CELLS // 100:
            rule = f"over at most {_MAX_EXCEL_CELLS // 100} cells"
            raise InputFileError(str(path), "merged cells and links", rule, match[0].decode(), "Unmerge them.")


def _column(letters: bytes) -> int:
    """Return a column's number: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _as_text(cell: object) -> str:
    """Write an Excel cell as a person would: whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
