"""Tables of readings brought into one form, a row an answer, without writing out a word twice."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.reading import rows_in_words

ROW, FILE = "row", "file"  # where an answer stands


def melt(table: pd.DataFrame, columns: Sequence[str], values: Mapping[str, Sequence[str]], value: str) -> pd.DataFrame:
    """Return a wide table in long form: column by column, the others repeated beside it.

    Parameters
    ----------
    table : DataFrame
    columns : sequence of str
        Those that hold answers.
    values : mapping of str to sequence of str
        Column of the long form -> what each of `columns` says of it (its finding, its reader, ...).
    value : str
        Name of the column of answers.
    """
    n, k = len(table), len(columns)
    held = set(columns)
    made: dict[str, object] = {column: _tiled(table[column], k) for column in table.columns if column not in held}
    for column, names in values.items():
        kinds = pd.Index(list(dict.fromkeys(names)), dtype=object)
        codes = np.repeat(kinds.get_indexer(pd.Index(names, dtype=object)), n).astype(np.int32)
        made[column] = pd.Categorical.from_codes(codes, categories=kinds)
    made[value] = stacked([table[column] for column in columns])
    return pd.DataFrame(made)


def stack(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below one another; what one of them lacks is missing."""
    if len(tables) == 1:
        return tables[0].reset_index(drop=True)
    columns = list(dict.fromkeys(column for table in tables for column in table.columns))
    made = {}
    for column in columns:
        parts = [
            table[column] if column in table else pd.Series(np.nan, index=table.index, dtype="float64")
            for table in tables
        ]
        made[column] = stacked(parts)
    return pd.DataFrame(made)


def split(table: pd.DataFrame, column: str, separator: str) -> pd.DataFrame:
    """Return a table with one row a part of a cell: "AF; RBBB" is two rows."""
    text = table[column].astype("string")
    return table.assign(**{column: text.str.split(separator, regex=False)}).explode(column, ignore_index=True)


def places(table: pd.DataFrame, chosen: NDArray[np.bool_]) -> str:
    """Name file and rows of a problem: ``readings.csv rows 2, 3``; a row of several answers is one row."""
    rows = table.loc[chosen, [FILE, ROW]].drop_duplicates()
    parts = [f"{file} {rows_in_words(group[ROW])}" for file, group in rows.groupby(FILE, sort=False, observed=True)]
    return "; ".join(parts[:3]) + (f" and {len(parts) - 3} more files" if len(parts) > 3 else "")


def translated(
    column: pd.Series, meaning: Callable[[str], str | None]
) -> tuple[pd.Series, dict[str, NDArray[np.bool_]]]:
    """Return a column with each of its words translated, and where the words stand that mean nothing.

    Parameters
    ----------
    column : Series
    meaning : callable
        A word's meaning: "" for missing, None where it has none.
    """
    text = text_column(column)
    used = np.unique(text.cat.codes.to_numpy())
    words = [str(text.cat.categories[code]) for code in used if code >= 0]
    strange = [word for word in words if meaning(word) is None]
    where = {word: (text == word).to_numpy(dtype=bool) for word in strange}
    return text_column(text, lambda word: meaning(word) or ""), where


def _tiled(series: pd.Series, times: int) -> object:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(np.tile(series.cat.codes.to_numpy(), times), dtype=series.dtype)
    return np.tile(series.to_numpy(), times)


def stacked(parts: Sequence[pd.Series]) -> object:
    """Return columns below one another: numbers as numbers, everything else as categories."""
    if all(pd.api.types.is_numeric_dtype(part.dtype) for part in parts):
        return np.concatenate([part.to_numpy() for part in parts])
    return union_categoricals([text_column(part) for part in parts])
