"""Tables as people keep them (CSV, TSV, Parquet, Excel), read as text: nothing is guessed before it is checked."""

import csv
from io import StringIO
from pathlib import Path

import pandas as pd

from ecg_eval.errors import InputFileError, suggestion

EXCEL = (".xlsx", ".xlsm")
TEXT = (".csv", ".tsv", ".txt")
READABLE = (*TEXT, ".parquet", *EXCEL)


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
        When the file is missing, of an unknown kind, not text in the encoding, empty, or has merged cells.
    """
    problem = file_problem(path)
    if problem:
        raise problem
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        table = _read_parquet(path)
    elif suffix in EXCEL:
        table = _read_excel(path, sheet)
    else:
        table = _read_text(path, encoding)
    table.columns = [str(c).strip() for c in table.columns]
    repeated = sorted({c for c in table.columns if list(table.columns).count(c) > 1})
    if repeated:
        raise InputFileError(str(path), "columns", "named once each", repeated, "Rename or remove one of each.")
    table = table.map(lambda cell: cell.strip() if isinstance(cell, str) else cell).replace("", pd.NA)
    if decimal == ",":
        table = table.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputFileError(str(path), "file", "Parquet", str(error), "Write it again, or export it as CSV.") from None
    return frame.astype("string")


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
    rows = [row for row in csv.reader(StringIO(text), delimiter=delimiter) if row]
    names = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            rule = f"of {len(names)} cells, as the header has"
            remedy = "Put cells that hold the separator in quotes."
            raise InputFileError(str(path), f"row {number}", rule, len(row), remedy)
    # an unnamed first column is a row index that some program wrote along
    frame = pd.DataFrame(rows[1:], columns=names, dtype="string")
    return frame.drop(columns="") if names[0] == "" else frame


def _read_excel(path: Path, sheet: str | None) -> pd.DataFrame:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputFileError(str(path), "file", "an Excel workbook", str(error), "Save it again as .xlsx.") from None
    if sheet is not None and sheet not in book.sheetnames:
        raise InputFileError(str(path), "sheet", "in the workbook", sheet, suggestion(sheet, book.sheetnames))
    page = book[sheet] if sheet else book.worksheets[0]
    if page.merged_cells.ranges:
        merged = sorted(str(r) for r in page.merged_cells.ranges)[:5]
        remedy = "Only the first of merged cells holds a value; unmerge them and fill each one."
        raise InputFileError(str(path), f"sheet {page.title!r}", "free of merged cells", merged, remedy)
    rows = [["" if cell is None else _as_text(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise InputFileError(str(path), f"sheet {page.title!r}", "a table with a header row", "an empty sheet")
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="string")


def _as_text(cell: object) -> str:
    """Write an Excel cell as a person would: whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
