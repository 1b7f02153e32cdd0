"""Tables as people keep them (CSV, TSV, Parquet, Excel), read as text: nothing is guessed before it is checked.

Columns of text come as categoricals, columns of numbers as floats where every cell is one. The index is the row of the
file or sheet, so that what is wrong later can be named by row.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import MISSING_WORDS, text_of
from ecg_eval.errors import InputFileError, suggestion
from ecg_eval.tables.workbooks import EXCEL, read_workbook

if TYPE_CHECKING:
    import pyarrow as pa

TEXT = (".csv", ".tsv", ".txt")
READABLE = (*TEXT, ".parquet", *EXCEL)

# a thousand readers of ten thousand ECGs write some hundred MB
_MAX_BYTES = 1 << 29
_MAX_COLUMNS, _MAX_CELLS = 10_000, 50_000_000
_SEPARATORS = (",", ";", "\t")
_UTF_8 = ("utf-8", "utf8", "utf-8-sig")
# what Excel writes and reads before the header to say its separator
_SEP_LINE = re.compile(rb'^"?sep=(.)"?\r?\n', re.IGNORECASE)
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)$"


def file_problem(path: Path, *, also: tuple[str, ...] = ()) -> InputFileError | None:
    """Return what is wrong with a path before it is read, None when nothing is; `also` are further known endings."""
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        remedy = suggestion(path.name, beside) if beside else f"The folder {path.parent} is not there either."
        return InputFileError(str(path), "file", "an existing one", remedy=remedy)
    if path.is_file() and path.suffix.lower() not in (*READABLE, *also):
        return InputFileError(str(path), "file", f"one of {', '.join(READABLE)}", path.suffix, "Export it as CSV.")
    return None


def no_numbers(_column: str) -> bool:
    """Say of every column that it is text."""
    return False


def read_table(
    path: Path,
    *,
    encoding: str = "utf-8-sig",
    decimal: str = ".",
    sheet: str | None = None,
    numbers: Callable[[str], bool] = no_numbers,
) -> pd.DataFrame:
    """Return a table, its index the rows of the file; rows and unnamed columns that hold nothing are left away.

    Parameters
    ----------
    path : Path
    encoding : str
        Of a text file; a file in another one is refused, not guessed.
    decimal : str
        "." or ","; a comma is turned into a point in columns of numbers.
    sheet : str, optional
        Of an Excel file; its first one when not given.
    numbers : callable
        Whether a column (by its name) holds numbers.

    Returns
    -------
    DataFrame
        Text as categoricals (cells as they are written), numbers as floats where every cell is a number or blank;
        ``attrs["notes"]`` says what of the file was not read.

    Raises
    ------
    InputFileError
        When the file is missing, of an unknown kind, not text in the encoding, empty, has a title above its header,
        merged or hidden cells or formulas without a value, or would take more memory than readings can need.
    """
    problem = file_problem(path)
    if problem:
        raise problem
    if path.stat().st_size > _MAX_BYTES:
        raise InputFileError(str(path), "file", f"at most {_MAX_BYTES} bytes", path.stat().st_size)
    suffix = path.suffix.lower()
    notes: list[str] = []
    if suffix == ".parquet":
        table = _read_parquet(path)
    elif suffix in EXCEL:
        table, notes = read_workbook(path, sheet)
    else:
        table = _read_text(path, encoding, decimal, numbers)
    table.columns = pd.Index([text_of(c) for c in table.columns], dtype=object)
    _check_names(path, table)
    table = _without_nothing(path, table, notes)
    if table.empty:
        remedy = "Fill it in, or leave the file out."
        raise InputFileError(str(path), "rows", "there below the names of the columns", "none", remedy)
    for column in table.columns:
        if decimal == "," and numbers(column) and not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = table[column].astype("string").str.strip().replace(_DECIMAL_COMMA, r"\1.\2", regex=True)
        if table[column].dtype == object or pd.api.types.is_string_dtype(table[column].dtype):
            table[column] = table[column].astype("category")
    table.attrs["notes"] = notes
    return table


def _check_names(path: Path, table: pd.DataFrame) -> None:
    """Refuse columns named twice, and a first row that is a title."""
    named = [c for c in table.columns if c]
    if len(named) == 1 and table.shape[1] > 1:
        remedy = "Delete what stands above the names of the columns."
        raise InputFileError(str(path), "first row", "the names of the columns", named[0], remedy)
    repeated = sorted(c for c, n in Counter(named).items() if n > 1)
    if repeated:
        raise InputFileError(str(path), "columns", "named once each", repeated, "Rename or remove one of each.")


def _without_nothing(path: Path, table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the table without rows and columns that hold nothing; a nameless column that holds something is refused.

    But a nameless first column of different whole numbers is the row index that some program wrote along: it is left
    away, and noted.
    """
    blank = {i: _blank(table.iloc[:, i]) for i in range(table.shape[1])}
    if table.shape[1] and table.columns[0] == "" and not blank[0].all() and _is_index(table.iloc[:, 0]):
        notes.append(f"the first column of {path.name}, without a name, numbers the rows and is not read")
        blank[0] = np.ones(len(table), dtype=bool)
    unnamed = [i for i, name in enumerate(table.columns) if not name]
    for i in unnamed:
        if not blank[i].all():
            row = table.index[~blank[i]][0]
            got = str(table.iloc[:, i][~blank[i]].iloc[0])
            remedy = "Name the column, or delete its cells."
            raise InputFileError(str(path), f"column {i + 1} (row {row})", "named in the header", got, remedy)
    empty = np.ones(len(table), dtype=bool)
    for column in blank.values():
        empty &= column
        if not empty.any():
            break
    if unnamed:
        table = table.iloc[:, [i for i in range(table.shape[1]) if i not in unnamed]]
    return table[~empty] if empty.any() else table.copy(deep=False)


def _is_index(column: pd.Series) -> bool:
    """Whether cells are whole numbers, each another one."""
    cells = column.astype("string").str.strip()
    cells = cells[cells.notna() & (cells != "")].str.removesuffix(".0")
    return bool(cells.str.fullmatch(r"\d+").all() and cells.is_unique)


def _blank(column: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which cells hold nothing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        nothing = [not str(c).strip() for c in column.cat.categories]
        return np.append(np.array(nothing, dtype=bool), True)[column.cat.codes.to_numpy()]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.isna().to_numpy(dtype=bool)
    text = column.astype("string")
    return (text.isna() | (text.str.strip() == "")).to_numpy(dtype=bool)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    remedy = "Write it again, or export it as CSV."
    try:
        with ParquetFile(path) as file:
            n_rows, n_columns = file.metadata.num_rows, file.metadata.num_columns
            if 0 <= n_rows * n_columns <= _MAX_CELLS and n_columns <= _MAX_COLUMNS:
                table = file.read()
                columns = {}
                for name in table.column_names:
                    column = table[name]
                    is_kept = pa.types.is_dictionary(column.type) or pa.types.is_floating(column.type)
                    is_kept = is_kept or pa.types.is_integer(column.type)
                    columns[name] = column if is_kept else column.cast(pa.string()).dictionary_encode()
                frame: pd.DataFrame = pa.table(columns).to_pandas()
                # an index that pandas wrote along is no column
                frame = frame.drop(columns=[c for c in frame if re.fullmatch(r"__index_level_\d+__", str(c))])
                return frame.set_axis(pd.RangeIndex(2, len(frame) + 2))
    except Exception as error:  # of a broken file, Arrow and pandas raise whatever their parts raise
        got = f"{type(error).__name__}: {str(error)[:120]}"
        raise InputFileError(str(path), "file", "Parquet", got, remedy) from None
    rule = f"a table of at most {_MAX_CELLS} cells in {_MAX_COLUMNS} columns"
    raise InputFileError(str(path), "file", rule, (n_rows, n_columns), remedy)


def _read_text(path: Path, encoding: str, decimal: str, numbers: Callable[[str], bool]) -> pd.DataFrame:
    data = _in_utf8(path, encoding)
    stated = _SEP_LINE.match(data)
    first_row = 1
    if stated:
        data, first_row = data[stated.end() :], 2
    header = data.split(b"\n", maxsplit=1)[0].decode("utf-8")
    if not header.strip():
        raise InputFileError(str(path), "file", "a table with a header line", "an empty first line")
    if b"\x00" in data:
        raise InputFileError(str(path), "file", "text", "bytes of zero", "Export it as CSV in UTF-8.")
    delimiter = stated.group(1).decode("latin-1") if stated else max(_SEPARATORS, key=header.count)
    body = data.rstrip()
    is_plain = b"\n\n" not in body and b"\n\r\n" not in body and data.count(b"\r") == data.count(b"\r\n")
    if is_plain and '"' not in header:
        names = header.rstrip("\r").split(delimiter)
        table = _read_plain(path, data, delimiter, names, decimal, numbers)
        if table is not None:
            table.index = pd.RangeIndex(first_row + 1, first_row + 1 + len(table))
            return table
    return _read_row_by_row(path, data.decode("utf-8"), delimiter, first_row)


def _in_utf8(path: Path, encoding: str) -> bytes:
    """Return a text file's bytes in UTF-8, without a mark of it; a file that is marked as UTF-16 says so itself."""
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding.lower().replace("_", "-") in _UTF_8:
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        remedy = "Save it as UTF-8, or declare its encoding, for example `encoding: cp1252`."
        raise InputFileError(
            str(path), f"line {line}", f"text in {encoding}", error.object[error.start], remedy
        ) from None
    except LookupError:
        raise InputFileError(str(path), "encoding", "one that Python knows", encoding, "For example utf-8.") from None
    except UnicodeError as error:
        raise InputFileError(str(path), "file", f"text in {encoding}", str(error)[:120]) from None
    if encoding.lower().replace("_", "-") in _UTF_8:
        return data.removeprefix(b"\xef\xbb\xbf")
    return text.removeprefix("\ufeff").encode("utf-8")


def _read_plain(
    path: Path, data: bytes, delimiter: str, names: list[str], decimal: str, numbers: Callable[[str], bool]
) -> pd.DataFrame | None:
    """Return a file that is regular from first to last row, in one go; None for one that is not."""
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    _check_width(path, names)
    text = pa.dictionary(pa.int32(), pa.string())
    # names are given by place: they may be blank or repeated, which is told later
    places = [f"{i}" for i in range(len(names))]
    is_number = {place: numbers(text_of(name)) for place, name in zip(places, names, strict=True)}
    try:
        reader = pa_csv.open_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=places, skip_rows=1),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
            convert_options=pa_csv.ConvertOptions(
                column_types={place: pa.string() if is_number[place] else text for place in places},
                strings_can_be_null=False,
            ),
        )
        table = reader.read_all()
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    columns = {}
    for place in places:
        column = _as_numbers(table[place], decimal) if is_number[place] else table[place]
        columns[place] = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    words = (c for _, column in frame.items() if column.dtype == "category" for c in column.cat.categories)
    if any(len(word) > csv.field_size_limit() for word in words):
        return None
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _as_numbers(column: "pa.ChunkedArray", decimal: str) -> "pa.ChunkedArray":
    """Return a column as numbers, each the nearest double to what is written; as text where a cell is no number."""
    import pyarrow as pa
    from pyarrow import compute

    trimmed = compute.utf8_trim_whitespace(column)
    if decimal == ",":
        trimmed = compute.replace_substring_regex(trimmed, pattern=_DECIMAL_COMMA, replacement=r"\1.\2")
    missing = compute.is_in(compute.utf8_lower(trimmed), value_set=pa.array(sorted(MISSING_WORDS)))
    try:
        return compute.if_else(missing, pa.scalar(None, pa.string()), trimmed).cast(pa.float64())
    except pa.ArrowInvalid:
        return trimmed.dictionary_encode()


def _read_row_by_row(path: Path, text: str, delimiter: str, first_row: int) -> pd.DataFrame:
    """Return a file with blank rows or surplus separators, and say which row breaks its form."""
    try:
        rows = list(csv.reader(StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise InputFileError(str(path), "file", "CSV", str(error), "Export it again as CSV in UTF-8.") from None
    names, rows_kept, numbers = rows[0], [], []
    _check_width(path, names)
    if len([name for name in names if name.strip()]) == 1 and any(sum(map(bool, row)) > 1 for row in rows[1:]):
        remedy = "Delete what stands above the names of the columns."
        raise InputFileError(str(path), "first row", "the names of the columns", delimiter.join(names), remedy)
    for number, row in enumerate(rows[1:], start=first_row + 1):
        if not any(cell.strip() for cell in row):
            continue
        surplus = row[len(names) :]
        if len(row) < len(names) or any(cell.strip() for cell in surplus):
            rule = f"of {len(names)} cells, as the header has"
            remedy = "Put cells that hold the separator in quotes."
            raise InputFileError(str(path), f"row {number}", rule, len(row), remedy)
        rows_kept.append(row[: len(names)])
        numbers.append(number)
    return pd.DataFrame(rows_kept, columns=pd.Index(names, dtype=object), index=numbers, dtype=object)


def _check_width(path: Path, names: list[str]) -> None:
    if len(names) > _MAX_COLUMNS:
        raise InputFileError(str(path), "columns", f"at most {_MAX_COLUMNS}", len(names))
