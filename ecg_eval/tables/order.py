"""In which order recordings were read, from the dates, times or numbers that a program wrote beside the answers."""

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.errors import ReadingsError
from ecg_eval.tables.long_form import places


def positions(raw: pd.DataFrame, column: str, date_format: str | None) -> pd.Series:
    """Return each recording's place (1, 2, ...) among those of its reader, arm and period; missing where not known.

    Parameters
    ----------
    raw : DataFrame
        Answers in long form; the earliest answer to a recording gives its time.
    column : str
        Numbers, or dates and times in ISO 8601, or in `date_format`.
    date_format : str or None

    Raises
    ------
    ReadingsError
        For cells that are no number and no such date: which of two numbers is the month is not guessed.
    """
    text = text_column(raw[column])
    words = pd.Series(list(text.cat.categories), dtype=object)
    numbers, wrong = number_column(words)
    if wrong.any():
        times = pd.to_datetime(words, format=date_format or "ISO8601", errors="coerce", utc=True)
        strange = times.isna().to_numpy() & words.notna().to_numpy()
        if strange.any():
            where = places(raw, text.isin(list(words[strange])).to_numpy())
            rule = f"dates as {date_format}" if date_format else "numbers, or dates in ISO 8601 (2026-01-31 14:05)"
            remedy = 'Say how they are written: `date_format: "%d/%m/%Y %H:%M"`.'
            raise ReadingsError(where, column, rule, str(words[strange].iloc[0]), remedy)
        numbers = np.asarray(times.astype("int64"), dtype=np.float64)
    when = np.append(numbers, np.nan)[text.cat.codes.to_numpy()]
    keys = ["reader_id", "arm", *(["period"] if "period" in raw else []), "record_id"]
    keyed = raw[keys].astype(object).where(raw[keys].notna(), "")
    first = pd.Series(when, index=raw.index).groupby([keyed[k] for k in keys]).transform("min")
    groups = [keyed[k] for k in keys[:-1]]
    return first.groupby(groups).rank(method="dense").astype("Int32").astype("float64")
