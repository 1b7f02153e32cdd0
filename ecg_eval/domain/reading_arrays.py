"""Readings as arrays: one cell for each reader and arm, finding and record, made once from the long table.

Answers travel as small integers and become numbers by the answer policy where they are asked for. The last axis is that
of the records, so that the readings of one reader about one finding lie side by side in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import ANSWERS, MANAGEMENT, UNAIDED, is_answered
from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]
Cube = NDArray[np.float64]

# quantity as a study names it -> column of the readings table
QUANTITIES = {
    "calls": "reading",
    "scores": "score",
    "seconds": "seconds",
    "confidence": "confidence",
    "management": "management",
    "ai_calls": "ai_reading",
}
ANSWERED = ("reading", "ai_reading")
NO_ANSWER = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadingArrays:
    """Where each reading stands, and arrays of what it says.

    Attributes
    ----------
    reader_arms : tuple of (reader, arm)
        First axis of every array.
    shape : tuple of int
        (n_reader_arms, n_findings, n_records).
    columns : mapping of str to ndarray
        Columns of the readings that are evaluated (a reader's first of a record in an arm): answers as positions in
        ``ANSWERS``, what would be done as one in ``MANAGEMENT``, other columns as numbers.
    cells : ndarray of int, shape (n_readings,)
        Place of each of these readings in the flattened arrays.
    """

    reader_arms: tuple[tuple[str, str], ...]
    shape: tuple[int, int, int]
    columns: Mapping[str, NDArray[np.generic]]
    cells: NDArray[np.intp]
    _made: dict[str, NDArray[np.generic]] = field(default_factory=dict, repr=False)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Where there is a reading at all, whatever it says, of `shape`."""
        if "given" not in self._made:
            given = np.zeros(self.shape, dtype=bool)
            given.reshape(-1)[self.cells] = True
            self._made["given"] = given
        return self._made["given"].view(np.bool_)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where a finding was answered, by a call or a score, of `shape`; not where only what to do was said."""
        called_or_scored = (self.answers("reading") != NO_ANSWER) | ~np.isnan(self.numbers("score"))
        return np.asarray(self.given & called_or_scored, dtype=bool)

    def answers(self, column: str) -> NDArray[np.int8]:
        """Return answers ("reading", or "ai_reading") as positions in ``ANSWERS``, ``NO_ANSWER`` for none."""
        if column not in self._made:
            codes = np.full(self.shape, NO_ANSWER, dtype=np.int8)
            if column in self.columns:
                codes.reshape(-1)[self.cells] = self.columns[column]
            self._made[column] = codes
        return self._made[column].astype(np.int8, copy=False)

    def numbers(self, column: str) -> Cube:
        """Return a column of numbers, NaN where none was given."""
        if column not in self._made:
            cube = np.full(self.shape, np.nan)
            if column in self.columns:
                cube.reshape(-1)[self.cells] = self.columns[column]
            self._made[column] = cube
        return self._made[column].astype(np.float64, copy=False)

    def among(self, keep: NDArray[np.bool_]) -> "ReadingArrays":
        """Return the arrays of some records; who read none of them is left out."""
        record = self.cells % self.shape[2]
        place = self.cells // (self.shape[1] * self.shape[2])
        among = keep[record]
        present = np.bincount(place[among], minlength=self.shape[0]) > 0
        shape = (int(present.sum()), self.shape[1], int(keep.sum()))
        new_place, new_record = np.cumsum(present) - 1, np.cumsum(keep) - 1
        finding = self.cells[among] // self.shape[2] % self.shape[1]
        cells = (new_place[place[among]] * shape[1] + finding) * shape[2] + new_record[record[among]]
        return ReadingArrays(
            reader_arms=tuple(pair for pair, there in zip(self.reader_arms, present, strict=True) if there),
            shape=shape,
            columns={name: column[among] for name, column in self.columns.items()},
            cells=cells.astype(np.intp),
        )


def reading_arrays(
    readings: pd.DataFrame, *, records: pd.Index, readers: pd.Index, findings: tuple[str, ...]
) -> ReadingArrays:
    """Return the readings of a study as arrays.

    Parameters
    ----------
    readings : DataFrame
        As ``readings_table`` makes it; identities may also be categoricals. Readings of other records and findings do
        not count; of several readings of a reader about the same, that of the first period with an answer counts.
    records, readers : Index
    findings : tuple of str

    Raises
    ------
    ArgumentError
        For a reading of a reader who is not among the readers.
    """
    reader, (arm, arms) = codes_of(readings["reader_id"], readers), pd.factorize(readings["arm"])
    if (reader < 0).any():
        unknown = sorted(set(readings["reader_id"][reader < 0]))[:5]
        raise ArgumentError("study", "reader_id in readings", "one of the readers", unknown)
    pairs, cells = _reader_arms(reader, arm, readers, arms)
    del reader, arm
    shape = (len(pairs), len(findings), len(records))
    concerned = np.ones(len(cells), dtype=bool)
    # one axis at a time, in place: a study has millions of rows
    for column, names in (("finding", pd.Index(findings)), ("record_id", records)):
        codes = codes_of(readings[column], names)
        concerned &= codes >= 0
        cells *= len(names)
        cells += codes
    rows = _first(cells, concerned, readings)
    cells = cells if isinstance(rows, slice) else cells[rows]
    columns = {}
    for column in QUANTITIES.values():
        given = readings[column]
        values = _values(given, column)
        if _says_something(values):
            columns[column] = values[rows]
    return ReadingArrays(reader_arms=pairs, shape=shape, columns=columns, cells=cells)


def codes_of(values: pd.Series, names: pd.Index) -> NDArray[np.int32]:
    """Return the position of each value among those known, -1 for none; a categorical is looked up once a word."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, words = values.cat.codes.to_numpy(), values.cat.categories
    else:
        codes, words = pd.factorize(values)
    return np.append(names.get_indexer(pd.Index(words)), -1).astype(np.int32)[codes]


def _reader_arms(
    reader: NDArray[np.int32], arm: NDArray[np.intp], readers: pd.Index, arms: pd.Index
) -> tuple[tuple[tuple[str, str], ...], NDArray[np.intp]]:
    """Return every (reader, arm) with readings, by reader and unaided first, and the place of each row among them."""
    both = reader * len(arms) + arm
    present = np.flatnonzero(np.bincount(both, minlength=len(readers) * len(arms)))
    named = [(b // len(arms), str(arms[b % len(arms)])) for b in present.tolist()]
    order = sorted(range(len(present)), key=lambda i: (named[i][0], named[i][1] != UNAIDED, named[i][1]))
    place = np.zeros(len(readers) * len(arms), dtype=np.intp)
    place[present[order]] = np.arange(len(order))
    return tuple((str(readers[named[i][0]]), named[i][1]) for i in order), place[both]


def _first(cells: NDArray[np.intp], concerned: NDArray[np.bool_], readings: pd.DataFrame) -> NDArray[np.intp] | slice:
    """Return the rows that count: of those of one cell the first with an answer by period, the first of these."""
    rows = np.flatnonzero(concerned)
    concerning = cells if len(rows) == len(cells) else cells[rows]
    seen = np.zeros(int(concerning.max(initial=-1)) + 1, dtype=bool)
    seen[concerning] = True
    if np.count_nonzero(seen) == len(rows):
        return slice(None) if len(rows) == len(cells) else rows
    period, blank = readings["period"].to_numpy(dtype=np.int64), ~is_answered(readings)
    rows = rows[np.lexsort((period[rows], blank[rows]))]
    return rows[np.unique(cells[rows], return_index=True)[1]]


def _values(given: pd.Series, column: str) -> NDArray[np.generic]:
    """Return a column as it travels: answers as positions, what would be done as a level, other columns as numbers."""
    if column in ANSWERED:
        return _codes(given)
    if column == "management":
        levels = codes_of(given, pd.Index(MANAGEMENT)).astype(np.float64)
        return np.where(levels < 0, np.nan, levels)
    return given.to_numpy(dtype=np.float64, na_value=np.nan)


def _codes(answers: pd.Series) -> NDArray[np.int8]:
    return codes_of(answers, pd.Index(ANSWERS)).astype(np.int8)


def _says_something(column: NDArray[np.generic]) -> bool:
    """Whether a column says anything; one that does not takes no room."""
    missing = np.isnan(column) if column.dtype.kind == "f" else column == NO_ANSWER
    return not bool(np.all(missing))


def class_of(values: Floats) -> Floats:
    """Return which of some findings (n_classes, n_records) each record has, NaN where not exactly one is known to be.

    Examples
    --------
    >>> class_of(np.array([[1.0, 0, 1, 0], [0, 1, 1, np.nan]])).tolist()
    [0.0, 1.0, nan, nan]
    """
    one = (np.nan_to_num(values) == 1).sum(axis=0) == 1
    complete = one & ~np.isnan(values).any(axis=0)
    return np.where(complete, np.argmax(np.nan_to_num(values), axis=0).astype(np.float64), np.nan)
