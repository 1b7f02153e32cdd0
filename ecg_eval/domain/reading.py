"""Readings: who said what of which recording. Models and doctors fill the same table.

A reading is one row: a reader's answer about one finding of one recording, in one arm. Blank is missing, never absent:
a finding that a reader was not asked about, or did not answer, has no row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from ecg_eval.domain.columns import are_different, key_codes, number_column, text_column
from ecg_eval.domain.lineage import NOTHING, trainings
from ecg_eval.domain.own_words import own_kinds
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import EcgEvalError, ProblemsError, ReadingsError, suggestion

PRESENT, ABSENT, UNCERTAIN, REFER = "present", "absent", "uncertain", "refer"
ANSWERS = (PRESENT, ABSENT, UNCERTAIN, REFER)

# what a reader would do about an ECG, from the least to the most; kept apart from what is read
MANAGEMENT = ("nothing", "follow_up", "refer", "ambulance")

UNAIDED, AIDED = "unaided", "aided"

HUMAN_KINDS = ("gp", "cardiologist", "resident", "student", "nurse", "simulated", "panel")
MACHINE_KINDS = ("model", "vendor")
READER_KINDS = (*HUMAN_KINDS, *MACHINE_KINDS)

KEY = ["record_id", "reader_id", "finding", "arm", "period"]
ONE_READING = ["record_id", "reader_id", "arm", "period"]  # of an ECG, with all its findings
_NAMED = 20  # contradictions that are named one by one

TEXT = "category"
ANSWER = pd.CategoricalDtype(list(ANSWERS))
MANAGED = pd.CategoricalDtype(list(MANAGEMENT))

# column -> pandas dtype of the long table; the first four are required in a file, the others have defaults
READING_COLUMNS: dict[str, str | pd.CategoricalDtype] = {
    "record_id": TEXT,
    "reader_id": TEXT,
    "finding": TEXT,
    "reading": ANSWER,
    "arm": TEXT,
    "period": "int32",
    "position": "Int32",
    "session": "Int32",
    "score": "float64",
    "confidence": "float64",
    "seconds": "float64",
    "management": MANAGED,
    "ai_reading": ANSWER,
    "ai_score": "float64",
    "comment": TEXT,
}
_DEFAULTS: dict[str, str | int] = {"arm": UNAIDED, "period": 1}
REQUIRED_COLUMNS = ("record_id", "reader_id", "finding", "reading")

READER_COLUMNS: dict[str, str] = {
    "reader_id": "string",
    "kind": "string",
    "years_experience": "float64",
    "ecgs_per_year": "float64",
    "practice_id": "string",
    "training": "string",
    "trained_on": "string",
    "thresholds_from": "string",
    "description": "string",
    "n_people": "Int32",
    "is_floor": "bool",
}
_ARCHIVES = ("trained_on", "thresholds_from")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckedReadings:
    """A readings table, and what of the frame is not in it.

    Attributes
    ----------
    table : DataFrame
        As ``readings_table`` returns it.
    left_out : list of tuple of str
        (record_id, reader_id, stage, reason), one a reader and reason: empty answers, answers given twice alike.
    """

    table: pd.DataFrame
    left_out: list[tuple[str, str, str, str]]


def readings_table(
    frame: pd.DataFrame, *, who: str = "readings", rows: Sequence[int] | pd.Index | None = None
) -> pd.DataFrame:
    """Return a readings table with every column in its type, defaults filled, checked.

    Parameters
    ----------
    frame : DataFrame
        At least `record_id`, `reader_id`, `finding` and `reading` (one of present, absent, uncertain, refer). Never
        changed. Ids are text; a number without a fraction is written as a whole one (12.0 is the name 12).
    who : str
        Where the table comes from, for messages.
    rows : sequence of int, optional
        Row of the file that each row of the frame comes from, for messages; a wide file's row gives several. Counted
        from 2, the first row under a header, when not given.

    Returns
    -------
    DataFrame
        Columns of ``READING_COLUMNS``; text columns are categoricals with categories in the order of their appearance
        (those of `reading` and `ai_reading` are ``ANSWERS``, those of `management` ``MANAGEMENT``), so that ``groupby``
        needs ``observed=True``. Rows with neither a reading nor a score are dropped (missing), but where they alone
        say what would be done about the ECG; identical duplicates stay once.

    Raises
    ------
    ProblemsError
        Naming every column, word and contradiction, with row numbers as they stand in the file (the first data row is
        row 2 under its header).
    """
    return checked_readings(frame, who=who, rows=rows).table


def checked_readings(
    frame: pd.DataFrame,
    *,
    who: str = "readings",
    rows: Sequence[int] | pd.Index | None = None,
    findings: Collection[str] | None = None,
) -> CheckedReadings:
    """Return what ``readings_table`` returns, with the answers that were not kept counted by reader.

    Parameters
    ----------
    frame, who, rows
        As ``readings_table`` takes them.
    findings : collection of str, optional
        Those that a study asks for: what would be done about an ECG is kept with one of them. All when not given.

    Raises
    ------
    ProblemsError
        As ``readings_table``.
    """
    _check_columns(frame, who)
    index = pd.RangeIndex(2, len(frame) + 2) if rows is None else pd.Index(rows)
    problems: list[EcgEvalError] = []
    columns: dict[str, pd.Series] = {}
    for column, dtype in READING_COLUMNS.items():
        default = _DEFAULTS.get(column)
        if column not in frame.columns:
            columns[column] = _everywhere(index, dtype, default)
            continue
        given = frame[column].copy(deep=False)
        given.index = index
        columns[column] = _typed(given, dtype, column, who, problems, default=default)
    table = pd.DataFrame(columns, copy=False)
    for column in ("record_id", "reader_id", "finding"):
        _check_no_blank(table[column], column, who, problems)
    _check_arms(table["arm"], who, problems)
    answered = is_answered(table)
    left_out: list[tuple[str, str, str, str]] = []
    if not answered.all():
        left_out = _by_reader(table["reader_id"][~answered], "{n} empty answers: missing, never absent")
        left_out += _not_read(table, answered)
        table = table[answered | _says_only_what_to_do(table, answered, findings)]
    repeated = _repeated(table, who, problems)
    if problems:
        raise ProblemsError(who, problems)
    if repeated.any():
        left_out += _by_reader(table["reader_id"][repeated], "{n} answers given twice alike, counted once")
        table = table[~repeated]
    table.index = pd.RangeIndex(len(table))
    return CheckedReadings(table=table, left_out=left_out)


def _everywhere(index: pd.Index, dtype: str | pd.CategoricalDtype, default: str | int | None) -> pd.Series:
    """Return a column that nobody gave: its default, or nothing, as one cell seen everywhere, which takes no room."""
    n = len(index)
    if isinstance(dtype, pd.CategoricalDtype) or dtype == TEXT:
        words = dtype if isinstance(dtype, pd.CategoricalDtype) else None
        categories = None if words is not None else pd.Index([] if default is None else [default], dtype=object)
        code = np.broadcast_to(np.int8(-1 if default is None else 0), n)
        made = pd.Categorical.from_codes(code, categories, dtype=words, validate=False)
        return pd.Series(made, index=index, copy=False)
    if dtype == "float64":
        return pd.Series(np.broadcast_to(np.float64(np.nan), n), index=index, copy=False)
    if default is not None:
        return pd.Series(np.broadcast_to(np.int32(default), n), index=index, copy=False)
    nothing = pd.arrays.IntegerArray(np.broadcast_to(np.int32(0), n), np.broadcast_to(np.bool_(True), n))
    return pd.Series(nothing, index=index, copy=False)


def is_answered(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows answer a question about a finding, shape (n_rows,): a call or a score, not only what to do."""
    answer = table["reading"]
    is_coded = isinstance(answer.dtype, pd.CategoricalDtype)  # millions of rows: looked at without a copy
    answered: NDArray[np.bool_] = answer.cat.codes.to_numpy() >= 0 if is_coded else answer.notna().to_numpy()
    answered |= ~np.isnan(table["score"].to_numpy(dtype=np.float64))
    return answered


def _says_only_what_to_do(
    table: pd.DataFrame, answered: NDArray[np.bool_], findings: Collection[str] | None
) -> NDArray[np.bool_]:
    """Return which rows without an answer say what would be done about an ECG, where no row with one does."""
    stated = table["management"].notna().to_numpy()
    if findings is not None:
        stated &= table["finding"].isin(list(findings)).to_numpy()
    if not (stated & ~answered).any():
        return np.zeros(len(table), dtype=bool)
    reading = key_codes(table, ONE_READING)
    lost: NDArray[np.bool_] = stated & ~answered & ~np.isin(reading, reading[stated & answered])
    return lost


def _not_read(table: pd.DataFrame, answered: NDArray[np.bool_]) -> list[tuple[str, str, str, str]]:
    """Return how many ECGs of each reader have something beside the answers, and no answer."""
    beside = table[["confidence", "seconds", "comment"]].notna().any(axis=1).to_numpy() & ~answered
    if not beside.any():
        return []
    reading = key_codes(table, ONE_READING)
    beside &= ~np.isin(reading, reading[answered | table["management"].notna().to_numpy()])
    ecgs = table["reader_id"][beside][~pd.Series(reading[beside]).duplicated().to_numpy()]
    return _by_reader(ecgs, "{n} ECGs with a comment, a confidence or a time but no answer: not read")


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return readings tables as one, categories united: plain concatenation would turn differing ones into objects."""
    if len(tables) == 1:
        return tables[0].reset_index(drop=True)
    made: dict[str, object] = {}
    for column, dtype in READING_COLUMNS.items():
        parts = [table[column] for table in tables]
        if isinstance(dtype, pd.CategoricalDtype) or dtype == TEXT:
            made[column] = union_categoricals(parts)
        else:
            made[column] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(made)


def no_readings() -> pd.DataFrame:
    """Return a readings table without a row."""
    return readings_table(pd.DataFrame({column: pd.Series(dtype="string") for column in REQUIRED_COLUMNS}))


def readers_table(frame: pd.DataFrame, *, who: str = "readers") -> pd.DataFrame:
    """Return a readers table, one row a reader, indexed by `reader_id`, checked.

    `trained_on` says what archives a machine learnt from: "ptb_xl folds 1-8; georgia", a list of such, "nothing", or
    blank where it is not stated (``domain.lineage``); `thresholds_from` says in the same words on what recordings an
    outside program's thresholds were chosen. `n_people` is how many people a reader is (blank: one);
    `is_floor` (yes or no) marks one that every other must beat, so that beating it is no finding.

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
    for column in _ARCHIVES:
        if column in table.columns:
            table[column] = table[column].map(_listed)
    for column, dtype in READER_COLUMNS.items():
        series = table[column] if column in table.columns else pd.Series(pd.NA, index=table.index, dtype="object")
        table[column] = (
            _flags(series, column, who, problems) if dtype == "bool" else _typed(series, dtype, column, who, problems)
        )
    for row, n_people in table["n_people"].dropna().items():
        if n_people < 1:
            problems.append(ReadingsError(who, f"n_people (row {row})", "1 or more", int(n_people)))
    _check_no_blank(table["reader_id"], "reader_id", who, problems)
    _check_no_blank(table["kind"], "kind", who, problems)
    _check_kinds(table["kind"], who, problems)
    for column in _ARCHIVES:
        problems += _archive_problems(table[column], column, who)
    repeated = sorted(set(table.loc[table["reader_id"].duplicated(), "reader_id"].dropna()))
    if repeated:
        problems.append(ReadingsError(who, "reader_id", "given once a reader", repeated, "Keep one row a reader."))
    if problems:
        raise ProblemsError(who, problems)
    return table[list(READER_COLUMNS)].set_index("reader_id")


def declared_arms(arms: Mapping[str, object], *, who: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a study's own words for arms mean, and which AI helped in which arm.

    Parameters
    ----------
    arms : mapping
        The study's word -> "unaided", "aided" or a third arm's name; or a mapping ``{"arm": ..., "by": ...}``, `by` the
        AI that helped: a reader of the study, or a name.
    who : str
        For messages.

    Raises
    ------
    ReadingsError
        For a declaration of another form, and for help in the arm without help.

    Examples
    --------
    >>> declared_arms({"KI": {"arm": "aided", "by": "net"}, "control": "unaided"}, who="readings")
    ({'KI': 'aided', 'control': 'unaided'}, {'aided': 'net'})
    """
    meanings: dict[str, str] = {}
    helpers: dict[str, str] = {}
    for word, declared in arms.items():
        parts = dict(declared) if isinstance(declared, Mapping) else {"arm": declared}
        arm, by = parts.pop("arm", word), parts.pop("by", None)
        if parts or not isinstance(arm, str) or not (by is None or isinstance(by, str)):
            rule = "the name of an arm, or a mapping with `arm` and `by` (the AI that helped)"
            raise ReadingsError(who, f"arms.{word}", rule, declared)
        if by is not None and arm == UNAIDED:
            raise ReadingsError(who, f"arms.{word}.by", "given for an arm with help", by, "Unaided is without any.")
        meanings[str(word)] = arm
        if by is not None and helpers.setdefault(arm, by) != by:
            raise ReadingsError(who, f"arms.{word}.by", f"one AI for the arm {arm}", [helpers[arm], by])
    return meanings, helpers


_MEND = "Mend the cells, or blank them."


def rows_in_words(rows: Iterable[object], at_most: int = 5) -> str:
    """Name row numbers for people: the first few, and how many more; a row of several answers once.

    Examples
    --------
    >>> rows_in_words([2, 3, 5, 2])
    'rows 2, 3, 5'
    >>> rows_in_words(range(2, 12))
    'rows 2, 3, 4, 5, 6 and 5 more'
    """
    numbers = list(dict.fromkeys(rows))
    shown = ", ".join(str(n) for n in numbers[:at_most])
    more = f" and {len(numbers) - at_most} more" if len(numbers) > at_most else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"


def _archive_problems(statements: pd.Series, column: str, who: str) -> list[EcgEvalError]:
    """Return the statements about archives that cannot be read."""
    problems: list[EcgEvalError] = []
    for row, text in statements.dropna().items():
        try:
            trainings(str(text))
        except EcgEvalError as error:
            problems.append(ReadingsError(who, f"{column} (row {row})", error.rule, str(text), error.remedy))
    return problems


def _listed(archives: object) -> object:
    """Return a list of archives as one text; an empty one says "nothing"."""
    return ("; ".join(map(str, archives)) or NOTHING) if isinstance(archives, list | tuple) else archives


def _typed(
    series: pd.Series,
    dtype: str | pd.CategoricalDtype,
    column: str,
    who: str,
    problems: list[EcgEvalError],
    *,
    default: str | int | None = None,
) -> pd.Series:
    """Convert a column, collecting a problem that names the rows that do not fit; blank becomes the default."""
    if isinstance(dtype, pd.CategoricalDtype) or dtype in (TEXT, "string"):
        text = text_column(series)
        if isinstance(dtype, pd.CategoricalDtype):
            words = list(dtype.categories)
            _check_words(text, words, column, who, problems)
            place = np.append(dtype.categories.get_indexer(text.cat.categories), -1).astype(np.int8)
            coded = pd.Categorical.from_codes(place[text.cat.codes.to_numpy()], dtype=dtype)
            return pd.Series(coded, index=series.index, copy=False)
        if default is not None and text.isna().any():
            categories = text.cat.categories
            text = (text if default in categories else text.cat.add_categories([default])).fillna(default)
        return text if dtype == TEXT else text.astype("string")
    numbers, wrong = number_column(series)
    whole = dtype in ("int32", "Int32")
    if whole:
        wrong |= (numbers != np.floor(numbers)) & ~np.isnan(numbers)
        wrong |= np.abs(numbers) > np.iinfo(np.int32).max
    if wrong.any():
        rule = "a whole number" if whole else "a number"
        got = series[wrong].iloc[0]
        has_comma = isinstance(got, str) and "," in got
        remedy = "Decimal commas are read when the file declares `decimal: ','`." if has_comma else _MEND
        problems.append(ReadingsError(who, f"{column} ({rows_in_words(series.index[wrong])})", rule, got, remedy))
        numbers = np.where(wrong, np.nan, numbers)
    if default is not None:
        numbers = np.where(np.isnan(numbers), float(default), numbers)
    if not whole:
        return pd.Series(numbers, index=series.index)
    missing = np.isnan(numbers)
    values = np.where(missing, 0, numbers).astype(np.int32)
    return pd.Series(values if default is not None else pd.arrays.IntegerArray(values, missing), index=series.index)


def _flags(series: pd.Series, column: str, who: str, problems: list[EcgEvalError]) -> pd.Series:
    """Convert a column of yes and no, blank for no."""
    text = series.astype("string").str.strip().str.lower()
    text = text.mask(text == "", pd.NA).fillna("no")
    _check_words(text, list(_FLAGS), column, who, problems)
    return text.map(_FLAGS).fillna(False).astype(bool)


def _check_columns(frame: pd.DataFrame, who: str) -> None:
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


def _check_words(series: pd.Series, words: Sequence[str], column: str, who: str, problems: list[EcgEvalError]) -> None:
    if isinstance(series.dtype, pd.CategoricalDtype) and all(word in words for word in series.cat.categories):
        return
    for word in series.dropna().unique():
        if word not in words:
            what = f"{column} ({rows_in_words(series.index[series == word])})"
            remedy = suggestion(str(word), words) + (" Map your own words in `words`." if column == "reading" else "")
            problems.append(ReadingsError(who, what, f"one of {', '.join(words)}", str(word), remedy))


def _check_kinds(kinds: pd.Series, who: str, problems: list[EcgEvalError]) -> None:
    """Refuse a kind that nobody declared: a slip of the pen would be a group of its own, and a GP no GP."""
    kinds_allowed = (*READER_KINDS, *own_kinds())
    for word in kinds.dropna().unique():
        if word not in kinds_allowed:
            near = suggestion(str(word), kinds_allowed)
            nearest = f"{near} " if near.startswith("Did you mean") else ""
            remedy = f"{nearest}Any other word is declared: `kinds: {{{word}: {{en: ..., fr: ...}}}}`."
            what = f"kind ({rows_in_words(kinds.index[kinds == word])})"
            rule = f"one of {', '.join(READER_KINDS)}, or one under `kinds:` of the run"
            problems.append(ReadingsError(who, what, rule, str(word), remedy))


def is_human_kind(kind: object) -> bool:
    """Whether readers of a kind are people: all are that are no machines, whatever a study calls them."""
    return kind is not None and kind not in MACHINE_KINDS


def _check_no_blank(series: pd.Series, column: str, who: str, problems: list[EcgEvalError]) -> None:
    is_blank = series.isna()
    if is_blank.any():  # the numbers of millions of rows are not written out for nothing
        blank = series.index[is_blank]
        problems.append(
            ReadingsError(who, f"{column} ({rows_in_words(blank)})", "filled in", "", "Name it or drop it.")
        )


def _check_arms(arm: pd.Series, who: str, problems: list[EcgEvalError]) -> None:
    """Refuse an arm spelt two ways, or nearly as the two arms that everybody knows: it would count as a third."""
    spelt: dict[str, str] = {folded(usual): usual for usual in (UNAIDED, AIDED)}
    for word in arm.cat.categories:
        meant = spelt.setdefault(folded(word), word)
        if meant != word:
            what = f"arm ({rows_in_words(arm.index[arm == word])})"
            remedy = f"Did you mean {meant!r}? If so, say `arms: {{{word}: {meant}}}`, or mend the rows."
            problems.append(ReadingsError(who, what, "spelt one way", word, remedy))


# what makes two answers to the same question differ
_SAID = ["reading", "score", "management", "ai_reading", "ai_score"]


def _repeated(table: pd.DataFrame, who: str, problems: list[EcgEvalError]) -> NDArray[np.bool_]:
    """Return which rows say again what an earlier one says; two different answers to one question are refused.

    What the AI had shown is part of the answer: the same one after two different ones is two readings.
    """
    if are_different(table, KEY):
        return np.zeros(len(table), dtype=bool)
    key = pd.Series(key_codes(table, KEY))
    again = key.duplicated().to_numpy()
    if not again.any():
        return again
    involved = np.flatnonzero(key.duplicated(keep=False).to_numpy())
    group = pd.factorize(key.to_numpy()[involved])[0]
    first = involved[np.unique(group, return_index=True)[1]][group]
    differs = np.zeros(len(involved), dtype=bool)
    for column in _SAID:
        series = table[column]
        is_word = isinstance(series.dtype, pd.CategoricalDtype)
        values = series.cat.codes.to_numpy() if is_word else series.fillna(np.inf).to_numpy()
        differs |= values[involved] != values[first]
    contradicted = np.unique(first[differs], return_index=False)
    for place in contradicted[:_NAMED]:
        same = table.iloc[involved[first == place]]
        named = ", ".join(f"{column} {same.iloc[0][column]}" for column in KEY)
        answers = {c: same[c].astype(object).where(same[c].notna(), None).tolist() for c in _SAID}
        got = {c: cells for c, cells in answers.items() if len(set(cells)) > 1}
        what = f"readings of {named} ({rows_in_words(same.index)})"
        remedy = "Keep one row, or give the repeat another period."
        problems.append(ReadingsError(who, what, "the same when given twice", got, remedy))
    if len(contradicted) > _NAMED:
        what = "readings given twice"
        problems.append(ReadingsError(who, what, "the same", f"{len(contradicted) - _NAMED} more that differ"))
    return again


def _by_reader(readers: pd.Series, reason: str) -> list[tuple[str, str, str, str]]:
    """Return one line a reader, with how often it occurs."""
    counts = readers.value_counts(sort=False)
    return [("", str(reader), "readings", reason.format(n=n)) for reader, n in counts.items() if n]
