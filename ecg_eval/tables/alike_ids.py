"""Ids of recordings that one file writes otherwise than another: joined where that is declared, counted and named."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.joins import arrows, join
from ecg_eval.errors import ReadingsError
from ecg_eval.tables.long_form import FILE, places

EXACT, ALIKE = "exact", "alike"
RECORD_IDS = (EXACT, ALIKE)
_NAMED = 10  # ids that one line names


def joined_alike(raw: pd.DataFrame, ids: Sequence[str]) -> tuple[pd.Series, list[str], list[ReadingsError]]:
    """Return the column of recordings with the ids that are known; how many that changed, by file; and what forbids it.

    An id that no recording has is taken for the one that differs in capitals, blanks, marks, leading zeros, ``.0`` or a
    file's ending alone; where several do, it stays what it is.

    Parameters
    ----------
    raw : DataFrame
        Answers in long form, with `record_id`.
    ids : sequence of str
        Of the recordings.

    Returns
    -------
    column : Series
    notes : list of str
        One a file with such ids.
    problems : list of ReadingsError
        Of one reader who has answers under two ids of the same recording in one arm and period: they may be two ECGs.
    """
    written = text_column(raw["record_id"])
    known_as = join(map(str, written.cat.categories), ids).near
    column = text_column(written, lambda name: known_as.get(name, name))
    changed = written.isin(list(known_as)).to_numpy()
    notes = []
    for file in dict.fromkeys(text_column(raw[FILE])[changed]):
        here = written[changed & (text_column(raw[FILE]) == file).to_numpy()].unique()
        pairs = arrows({str(name): known_as[str(name)] for name in here}, _NAMED)
        notes.append(f"{len(here)} ids of {file} are taken for those of recordings that are written otherwise: {pairs}")
    keys = [name for name in ("reader_id", "arm", "period", "session") if name in raw]
    frame = pd.DataFrame({name: text_column(raw[name]).astype("string").fillna("") for name in keys})
    frame = frame.assign(record_id=column.astype("string"), written=written.astype("string"))
    once = frame.drop_duplicates()
    twice = once.loc[once.duplicated([*keys, "record_id"], keep=False)].dropna()
    if twice.empty:
        return column, notes, []
    first = sorted(twice["written"][twice["record_id"] == twice["record_id"].iloc[0]].unique())
    where = places(raw, np.asarray(written.isin(list(twice["written"]))))
    remedy = "Write the ids alike in the files, and take out `record_ids: alike`."
    return column, notes, [ReadingsError(where, "ids that look alike", "of one recording each", first, remedy)]
