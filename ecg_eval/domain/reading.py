"""Readings: who said what of which recording. Models and doctors fill the same table.

A reading is one row: a reader's answer about one finding of one recording, in one arm. Blank is missing, never absent:
a finding that a reader was not asked about, or did not answer, has no row.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.lineage import NOTHING, trainings
from ecg_eval.errors import EcgEvalError, ProblemsError, ReadingsError, suggestion

PRESENT, ABSENT, UNCERTAIN, REFER = "present", "absent", "uncertain", "refer"
ANSWERS = (PRESENT, ABSENT, UNCERTAIN, REFER)

UNAIDED, AIDED = "unaided", "aided"

HUMAN_KINDS = ("gp", "cardiologist", "resident", "student", "nurse", "simulated", "panel")
MACHINE_KINDS = ("model", "vendor")
READER_KINDS = (*HUMAN_KINDS, *MACHINE_KINDS)

KEY = ["record_id", "reader_id", "finding", "arm", "period"]

# column -> pandas dtype of the long table; the first four are required in a file, the others have defaults
READING_COLUMNS: dict[str, str] = {
    "record_id": "string",
    "reader_id": "string",
    "finding": "string",
    "reading": "string",
    "arm": "string",
    "period": "Int64",
    "position": "Int64",
    "score": "float64",
    "confidence": "float64",
    "seconds": "float64",
    "ai_reading": "string",
    "ai_score": "float64",
    "comment": "string",
}
REQUIRED_COLUMNS = ("record_id", "reader_id", "finding", "reading")

READER_COLUMNS: dict[str, str] = {
    "reader_id": "string",
    "kind": "string",
    "years_experience": "float64",
    "ecgs_per_year": "float64",
    "practice_id": "string",
    "training": "string",
    "trained_on": "string",
    "description": "string",
}


def readings_table(frame: pd.DataFrame, *, who: str = "readings", rows: Sequence[int] | None = None) -> pd.DataFrame:
    """Return a readings table with every column in its type, defaults filled, checked.

    Parameters
    ----------
    frame : DataFrame
        At least `record_id`, `reader_id`, `finding` and `reading` (one of present, absent, uncertain, refer).
    who : str
        Where the table comes from, for messages.
    rows : sequence of int, optional
        Row of the file that each row of the frame comes from, for messages; a wide file's row gives several. Counted
        from 2, the first row under a header, when not given.

    Returns
    -------
    DataFrame
        Columns of ``READING_COLUMNS``. Rows with neither a reading nor a score are dropped (missing); identical
        duplicates stay once.

    Raises
    ------
    ProblemsError
        Naming every column, word and contradiction, with row numbers as they stand in the file (the first data row is
        row 2 under its header).
    """
    problems: list[EcgEvalError] = []
    for column in frame.columns:
        if column not in READING_COLUMNS:
            rule = "a known column of a readings table"
            problems.append(ReadingsError(who, "column", rule, column, suggestion(str(column), READING_COLUMNS)))
    missing = [c for c in REQUIRED_COLUMNS if c not in frame.columns]
    if missing:
        remedy = "See docs/formats.md for the long and the wide form."
        problems.append(ReadingsError(who, "columns", f"at least {', '.join(REQUIRED_COLUMNS)}", missing, remedy))
    if problems:
        raise ProblemsError(who, problems)
    table = frame.copy()
    table.index = pd.RangeIndex(2, len(table) + 2) if rows is None else pd.Index(rows)
    for column, dtype in READING_COLUMNS.items():
        default = {"arm": UNAIDED, "period": 1}.get(column, pd.NA)
        series = table[column] if column in table.columns else pd.Series(default, index=table.index, dtype="object")
        table[column] = _typed(series, dtype, column, who, problems)
    table["arm"] = table["arm"].fillna(UNAIDED)
    table["period"] = table["period"].fillna(1)
    for column in ("reading", "ai_reading"):
        _check_words(table[column], ANSWERS, column, who, problems)
    for column in ("record_id", "reader_id", "finding"):
        _check_no_blank(table[column], column, who, problems)
    table = table.loc[table["reading"].notna() | table["score"].notna(), list(READING_COLUMNS)]
    _check_contradictions(table, who, problems)
    if problems:
        raise ProblemsError(who, problems)
    return table.drop_duplicates(KEY).reset_index(drop=True)


def readers_table(frame: pd.DataFrame, *, who: str = "readers") -> pd.DataFrame:
    """Return a readers table, one row a reader, indexed by `reader_id`, checked.

    `trained_on` says what archives a machine learnt from: "ptb_xl folds 1-8; georgia", a list of such, "nothing", or
    blank where it is not stated (``domain.lineage``).

    Raises
    ------
    ProblemsError
        For an unknown kind or column, a blank or repeated identity, a misspelled archive.
    """
    problems: list[EcgEvalError] = []
    table = frame.copy()
    table.index = pd.RangeIndex(2, len(table) + 2)
    for column in table.columns:
        if column not in READER_COLUMNS:
            rule = "a known column of a readers table"
            problems.append(ReadingsError(who, "column", rule, column, suggestion(str(column), READER_COLUMNS)))
    missing = [c for c in ("reader_id", "kind") if c not in table.columns]
    if missing:
        problems.append(ReadingsError(who, "columns", "at least reader_id, kind", missing, "See docs/formats.md."))
        raise ProblemsError(who, problems)
    if "trained_on" in table.columns:
        table["trained_on"] = table["trained_on"].map(_listed)
    for column, dtype in READER_COLUMNS.items():
        series = table[column] if column in table.columns else pd.Series(pd.NA, index=table.index, dtype="object")
        table[column] = _typed(series, dtype, column, who, problems)
    _check_no_blank(table["reader_id"], "reader_id", who, problems)
    _check_no_blank(table["kind"], "kind", who, problems)
    _check_words(table["kind"], READER_KINDS, "kind", who, problems)
    for row, said in table["trained_on"].dropna().items():
        try:
            trainings(str(said))
        except EcgEvalError as error:
            problems.append(ReadingsError(who, f"trained_on (row {row})", error.rule, str(said), error.remedy))
    repeated = sorted(set(table.loc[table["reader_id"].duplicated(), "reader_id"].dropna()))
    if repeated:
        problems.append(ReadingsError(who, "reader_id", "given once a reader", repeated, "Keep one row a reader."))
    if problems:
        raise ProblemsError(who, problems)
    return table[list(READER_COLUMNS)].set_index("reader_id")


def rows_in_words(rows: Iterable[int], at_most: int = 5) -> str:
    """Name row numbers for people: the first few, and how many more.

    Examples
    --------
    >>> rows_in_words([2, 3, 5])
    'rows 2, 3, 5'
    >>> rows_in_words(range(2, 12))
    'rows 2, 3, 4, 5, 6 and 5 more'
    """
    numbers = list(rows)
    shown = ", ".join(str(n) for n in numbers[:at_most])
    more = f" and {len(numbers) - at_most} more" if len(numbers) > at_most else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"


def _listed(said: object) -> object:
    """Return a list of archives as one text; an empty one says "nothing"."""
    return ("; ".join(map(str, said)) or NOTHING) if isinstance(said, list | tuple) else said


def _typed(series: pd.Series, dtype: str, column: str, who: str, problems: list[EcgEvalError]) -> pd.Series:
    """Convert a column, collecting a problem that names the rows that do not fit."""
    if dtype == "string":
        text = series.astype("string").str.strip()
        return text.mask(text == "", pd.NA)
    numbers = pd.to_numeric(series, errors="coerce")
    text = series.astype("string").str.strip()
    wrong = text.notna() & (text != "") & numbers.isna()
    if dtype == "Int64":
        wrong |= numbers.notna() & (numbers != np.floor(numbers.astype("float64")))
    wrong |= np.isinf(numbers.astype("float64"))
    if wrong.any():
        rule = "a whole number" if dtype == "Int64" else "a number"
        remedy = "Decimal commas are read when the file declares `decimal: ','`."
        problems.append(
            ReadingsError(who, f"{column} ({rows_in_words(series.index[wrong])})", rule, series[wrong].iloc[0], remedy)
        )
        return pd.Series(np.nan, index=series.index, dtype="float64").astype("Int64" if dtype == "Int64" else "float64")
    return numbers.astype("Int64" if dtype == "Int64" else "float64")


def _check_words(series: pd.Series, known: Sequence[str], column: str, who: str, problems: list[EcgEvalError]) -> None:
    wrong = series[series.notna() & ~series.isin(list(known))]
    for word, rows in wrong.groupby(wrong):
        what = f"{column} ({rows_in_words(rows.index)})"
        remedy = suggestion(str(word), known) + (" Map your own words in `words`." if column == "reading" else "")
        problems.append(ReadingsError(who, what, f"one of {', '.join(known)}", str(word), remedy))


def _check_no_blank(series: pd.Series, column: str, who: str, problems: list[EcgEvalError]) -> None:
    blank = series.index[series.isna()]
    if len(blank):
        problems.append(
            ReadingsError(who, f"{column} ({rows_in_words(blank)})", "filled in", "", "Name it or drop it.")
        )


def _check_contradictions(table: pd.DataFrame, who: str, problems: list[EcgEvalError]) -> None:
    """Refuse two different answers of one reader about one finding of one recording in one arm and period."""
    repeated = table[table.duplicated(KEY, keep=False)]
    if repeated.empty:
        return
    answers = repeated.groupby(KEY, dropna=False)[["reading", "score"]].nunique(dropna=False)
    for key in answers.index[(answers > 1).any(axis=1)][:20]:
        same = repeated[(repeated[KEY] == list(key)).all(axis=1)]
        what = f"readings of {dict(zip(KEY, key, strict=True))} ({rows_in_words(same.index)})"
        remedy = "Keep one row, or give the repeat another period."
        got = list(same["reading"])
        problems.append(ReadingsError(who, what, "the same when given twice", got, remedy))
