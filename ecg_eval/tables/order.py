"""In which order recordings were read, from the dates, times or numbers that a program wrote beside the answers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.errors import ReadingsError
from ecg_eval.tables.long_form import places

# of dates that are not ISO 8601: where points stand between, nobody writes the month first
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y")
_SAY_HOW = 'Say how they are written: `date_format: "%d/%m/%Y %H:%M"`.'
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def date_formats(texts: Sequence[str]) -> list[str]:
    """Return the ways to read dates that read all of several: none, one, or two of which one takes days for months.

    Examples
    --------
    >>> date_formats(["09/03/2026", "13/03/2026"]), date_formats(["09/03/2026"])
    (['%d/%m/%Y'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    words = pd.Series(list(texts), dtype=object)
    formats = (day + time for day in _DAYS for time in _TIMES)
    return [way for way in formats if len(words) and _read_as(words, way).notna().all()]


def _read_as(words: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(words, format=date_format, errors="coerce", utc=True)


def positions(raw: pd.DataFrame, column: str, date_format: str | None) -> tuple[pd.Series, list[str]]:
    """Return each recording's place (1, 2, ...) among those of its reader, arm and period, and how dates were read.

    A place is missing where it is not known.

    Parameters
    ----------
    raw : DataFrame
        Answers in long form; the earliest answer to a recording gives its time.
    column : str
        Numbers, or dates and times in ISO 8601, or in `date_format`, or in the one way that reads them all.
    date_format : str or None

    Returns
    -------
    positions : Series
    notes : list of str

    Raises
    ------
    ReadingsError
        For cells that are no number and no such date: which of two numbers is the month is not guessed.
    """
    text = text_column(raw[column])
    words = pd.Series(list(text.cat.categories), dtype=object)
    numbers, wrong = number_column(words)
    notes: list[str] = []
    if wrong.any():
        times = _read_as(words, date_format or "ISO8601")
        ways = date_formats([str(word) for word in words.dropna()]) if times.isna().any() and not date_format else []
        if len(ways) == 1:
            times = _read_as(words, ways[0])
            notes.append(f'dates of {column} are read as "{ways[0]}", the one way that reads them all')
        strange = times.isna().to_numpy() & words.notna().to_numpy()
        if strange.any():
            where = places(raw, text.isin(list(words[strange])).to_numpy())
            rule = f"dates as {date_format}" if date_format else "numbers, or dates in ISO 8601 (2026-01-31 14:05)"
            first = words[strange].iloc[[0]]
            meant = [f'`date_format: "{way}"` ({_read_as(first, way).iloc[0]:%Y-%m-%d})' for way in ways]
            remedy = f"Say which it is: {' or '.join(meant)}." if meant else _SAY_HOW
            raise ReadingsError(where, column, rule, str(first.iloc[0]), remedy)
        numbers = np.asarray(times.astype("int64"), dtype=np.float64)
    when = np.append(numbers, np.nan)[text.cat.codes.to_numpy()]
    keys = ["reader_id", "arm", *(["period"] if "period" in raw else []), "record_id"]
    keyed = raw[keys].astype(object).where(raw[keys].notna(), "")
    first = pd.Series(when, index=raw.index).groupby([keyed[k] for k in keys]).transform("min")
    groups = [keyed[k] for k in keys[:-1]]
    return first.groupby(groups).rank(method="dense").astype("Int32").astype("float64"), notes
