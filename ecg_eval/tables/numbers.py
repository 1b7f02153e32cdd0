"""Numbers as people write them: times as a clock shows them, shares in percent, grades in words."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.errors import ReadingsError

LeftOut = list[tuple[str, str, str, str]]
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):([0-5]?\d(?:\.\d+)?)")
_UNITS = re.compile(
    r"(?:(\d+)\s*(?:min|mn|m|')\.?\s*)?(?:(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|sek|seconds|secondes|\")\.?)?", re.I
)
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*%")


def clocked(column: pd.Series, cells: pd.DataFrame) -> tuple[pd.Series, LeftOut]:
    """Return reading times in seconds, and how many cells were written as a clock or with units.

    Parameters
    ----------
    column : Series
        A row an answer.
    cells : DataFrame
        What tells the cell in which each was written: one of a wide file is that of several answers.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column, []
    text = text_column(column)
    notes: LeftOut = []
    for form, how in ((_CLOCK, "as a clock (m:ss, h:mm:ss)"), (_UNITS, "with units (1 min 5 s)")):
        times = [word for word in text.cat.categories if form.fullmatch(word)]
        if times:
            n = len(cells[text.isin(times).to_numpy()].drop_duplicates())
            notes.append(("", "", "readings", f"{n} reading times written {how}, read as seconds"))
    return text_column(text, _seconds), notes


def _seconds(word: str) -> str:
    match = _CLOCK.fullmatch(word) or _UNITS.fullmatch(word)
    if match is None:
        return word
    *hours, minutes, rest = (float((part or "0").replace(",", ".")) for part in match.groups())
    return repr(sum(3600 * hour for hour in hours) + 60 * minutes + rest)


def percents(column: pd.Series, name: str) -> tuple[pd.Series, LeftOut]:
    """Return a column of numbers, those in percent ("85 %") as fractions, and how many these are.

    Raises
    ------
    ReadingsError
        Where some cells are in percent and others, above 1, are not: the same number would mean two things.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column, []
    text = text_column(column)
    shares = {word: match for word in text.cat.categories if (match := _PERCENT.fullmatch(word))}
    if not shares:
        return column, []
    plain, _ = number_column(pd.Series([word for word in text.cat.categories if word not in shares], dtype=object))
    if (plain > 1).any():
        remedy = "Write all of them in percent, or none."
        raise ReadingsError(
            name, "cells", "all in percent or all plain", [next(iter(shares)), float(plain.max())], remedy
        )
    n = int(text.isin(list(shares)).sum())
    fractions = text_column(
        text, lambda word: repr(float(shares[word][1].replace(",", ".")) / 100) if word in shares else word
    )
    return fractions, [("", "", "readings", f"{n} cells of {name} in percent, read as fractions")]


def grades_as_scores(column: pd.Series, grades: Sequence[str]) -> NDArray[np.float64]:
    """Return ordinal answers as scores in [0, 1], equally spaced: 0 the lowest grade, 1 the highest, NaN no grade."""
    text = text_column(column)
    steps = {grade: i / (len(grades) - 1) for i, grade in enumerate(grades)}
    values = np.array([*(steps.get(word, np.nan) for word in text.cat.categories), np.nan])
    scores: NDArray[np.float64] = values[text.cat.codes.to_numpy()]
    return scores
