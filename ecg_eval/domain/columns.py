"""Columns as people give them become typed columns: text as categories, numbers as numbers, what does not fit by row.

A table of readings repeats a few hundred words millions of times. Each word is looked at once: a column of text becomes
a categorical, whose codes everything later works on.
"""

import math
import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# what programs write where nothing is known (R, SPSS, Excel, SQL, pandas), folded
MISSING_WORDS = frozenset({"", "na", "n/a", "#n/a", "null", "nan", "<na>", "."})

# a spreadsheet takes text that begins so for a formula, unless it is a number, and runs it; an apostrophe says "text"
_PLAIN_NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?%?"
_FORMULA = re.compile(rf"(?!{_PLAIN_NUMBER}$)'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")
_POSSIBLE = 8  # times as many possible rows as rows, up to which they are ticked off
_AT_ONCE = 1 << 22  # rows
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def text_of(value: object) -> str:
    """Return a cell as text: trimmed, accents in one Unicode form, whole numbers without a decimal point.

    pandas turns a column of whole numbers with one blank into decimal ones; 12.0 is the name 12.

    Examples
    --------
    >>> text_of(12.0), text_of(" e\u0301 "), text_of(True)
    ('12', 'é', 'True')
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value)).strip()


def text_column(series: pd.Series, meaning: Callable[[str], str] = str) -> pd.Series:
    """Return a column as a categorical of text; blank is missing.

    Parameters
    ----------
    series : Series
        Of any kind; a categorical is read by its categories.
    meaning : callable
        What a text becomes; an empty text is missing.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, values = series.cat.codes.to_numpy(), series.cat.categories
    else:
        codes, values = pd.factorize(series)
    words = [meaning(text_of(value)) for value in values]
    if isinstance(series.dtype, pd.CategoricalDtype) and values.dtype == object and _are_these(words, values):
        return series
    texts = pd.Series(words, dtype=object)
    places, names = pd.factorize(texts.where(texts != "", None))
    # the last place stands for code -1, missing
    table = np.append(places, -1).astype(np.int32)
    made = pd.Categorical.from_codes(table[codes], categories=pd.Index(names, dtype=object))
    return pd.Series(made, index=series.index, name=series.name)


def _are_these(words: list[str], values: pd.Index) -> bool:
    """Whether texts are the values that they were made of, each once and none empty, so that nothing changed."""
    return all(isinstance(v, str) and v == word != "" for v, word in zip(values, words, strict=True))


def number_column(series: pd.Series) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a column's numbers (NaN for blank), and which cells are no finite number.

    A text becomes the nearest double, as Python reads it, so that a number that was written and read is itself.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        values, wrong = number_column(pd.Series(series.cat.categories))
        codes = series.cat.codes.to_numpy()
        return np.append(values, np.nan)[codes], np.append(wrong, False)[codes]
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.isinf(values)
    pairs = [_number(cell) for cell in series.astype(object)]
    values = np.array([value for value, _ in pairs], dtype=np.float64)
    return values, np.array([wrong for _, wrong in pairs], dtype=bool)


def _number(cell: object) -> tuple[float, bool]:
    """Return a cell's number, NaN for none, and whether it holds something else."""
    if isinstance(cell, str):
        text = cell.strip()
        if _NUMBER.fullmatch(text):
            value = float(text)
            return (value, False) if np.isfinite(value) else (np.nan, True)
        return np.nan, text.casefold() not in MISSING_WORDS
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return np.nan, False
    try:
        value = float(cell)  # type: ignore[arg-type]  # whatever has no number raises
    except (TypeError, ValueError):
        return np.nan, True
    return value, bool(np.isinf(value))


def key_codes(table: pd.DataFrame, columns: list[str]) -> NDArray[np.int64]:
    """Return one number a row, the same where all `columns` (without missing cells) are the same."""
    key = np.zeros(len(table), dtype=np.int64)
    size = 1
    for column in columns:
        series = table[column]
        if isinstance(series.dtype, pd.CategoricalDtype):
            codes, n = series.cat.codes.to_numpy().astype(np.int64), len(series.cat.categories)
        else:
            codes, values = pd.factorize(series)
            n = len(values)
        if size * max(n, 1) >= 1 << 62:  # renumber what there is before it no longer fits
            key, seen = pd.factorize(key)
            size = len(seen)
        key = key * max(n, 1) + codes
        size *= max(n, 1)
    return key


def are_different(table: pd.DataFrame, columns: list[str]) -> bool:
    """Whether all rows are known to differ in `columns` (without missing cells), by little work; else False.

    Where there are not many more possible rows than rows, each is ticked off: a tenth of the memory of a look-up table.
    """
    sizes = []
    for column in columns:
        series = table[column]
        if isinstance(series.dtype, pd.CategoricalDtype):
            sizes.append(len(series.cat.categories))
        else:
            lowest, highest = (int(end) for end in (series.min(), series.max())) if len(series) else (0, 0)
            sizes.append(highest - lowest + 1)
    possible = math.prod(sizes)
    if not len(table) or possible > _POSSIBLE * len(table):
        return False
    codes = []
    for column in columns:
        series = table[column]
        is_word = isinstance(series.dtype, pd.CategoricalDtype)
        codes.append((series.cat.codes.to_numpy(), 0) if is_word else (series.to_numpy(), int(series.min())))
        if is_word and (codes[-1][0] < 0).any():
            return False
    seen = np.zeros(possible, dtype=bool)
    for start in range(0, len(table), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        place = np.zeros(len(table.index[some]), dtype=np.int64)
        for (values, lowest), size in zip(codes, sizes, strict=True):
            place = place * size + (values[some] - lowest)
        seen[place] = True
    return int(np.count_nonzero(seen)) == len(table)


def csv_of(table: pd.DataFrame, *, float_format: str | None = None) -> str:
    """Return a table as CSV without its index, safe to open in a spreadsheet; `as_meant` takes the marks away.

    Examples
    --------
    >>> csv_of(pd.DataFrame({"reader": ["=1+1", "gp1", "-0.5"], "value": [-1.5, 2.0, 3.0]})).splitlines()
    ['reader,value', "'=1+1,-1.5", 'gp1,2.0', '-0.5,3.0']
    """
    return _changed(table, _FORMULA, lambda text: f"'{text}").to_csv(
        index=False, lineterminator="\n", float_format=float_format
    )


def as_meant(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that `csv_of` wrote, as it was.

    Examples
    --------
    >>> as_meant(pd.DataFrame({"reader": ["'=1+1", "''@x", "gp1"]}))["reader"].tolist()
    ['=1+1', "'@x", 'gp1']
    """
    return _changed(table, _MARKED, lambda text: text[1:])


def _changed(table: pd.DataFrame, pattern: re.Pattern[str], change: Callable[[str], str]) -> pd.DataFrame:
    """Return a table in which every text that the pattern matches is changed; the same table where none is."""
    changed: dict[str, pd.Series] = {}
    for name in table:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
            continue
        words = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.dropna().unique()
        new = {word: change(word) for word in words if isinstance(word, str) and pattern.match(word)}
        if new:
            changed[str(name)] = column.astype(object).map(lambda word, new=new: new.get(word, word)).astype("string")
    return table.assign(**changed) if changed else table
