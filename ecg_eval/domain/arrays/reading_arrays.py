"""Readings as arrays: one cell for each reader and arm, finding and record, made once from the long table.

Answers travel as small integers and become numbers by the answer policy where they are asked for. The last axis is that
of the records, so that the readings of one reader about one finding lie side by side in memory.
"""

import math
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
_AT_ONCE = 1 << 22


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
        Place of each of these readings in the flattened arrays; none where they are all there, in their order.
    """

    reader_arms: tuple[tuple[str, str], ...]
    shape: tuple[int, int, int]
    columns: Mapping[str, NDArray[np.generic]]
    cells: NDArray[np.signedinteger]
    _made: dict[str, NDArray[np.generic]] = field(default_factory=dict, repr=False)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Where there is a reading at all, whatever it says, of `shape`."""
        if "given" not in self._made:
            given = np.zeros(self.shape, dtype=bool)
            _put(given.reshape(-1), self.cells, True)
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
                _put(codes.reshape(-1), self.cells, self.columns[column])
            self._made[column] = codes
        return self._made[column].astype(np.int8, copy=False)

    def numbers(self, column: str) -> Cube:
        """Return a column of numbers, NaN where none was given."""
        if column not in self.columns:  # one cell seen everywhere, which takes no room
            return np.broadcast_to(np.float64(np.nan), self.shape)
        if column not in self._made:
            cube = np.full(self.shape, np.nan)
            _put(cube.reshape(-1), self.cells, self.columns[column])
            self._made[column] = cube
        return self._made[column].astype(np.float64, copy=False)

    def about(self, findings: slice) -> "ReadingArrays":
        """Return the arrays of some findings that stand side by side; they are looked at in these, and not copied."""
        return _OfFindings(
            reader_arms=self.reader_arms,
            shape=(self.shape[0], len(range(self.shape[1])[findings]), self.shape[2]),
            columns=self.columns,
            cells=self.cells,
            whole=self,
            findings=findings,
        )

    def among(self, keep: NDArray[np.bool_]) -> "ReadingArrays":
        """Return the arrays of some records; who read none of them is left out."""
        cells = self.cells.astype(np.intp, copy=False)
        record = cells % self.shape[2]
        place = cells // (self.shape[1] * self.shape[2])
        among = keep[record]
        present = np.bincount(place[among], minlength=self.shape[0]) > 0
        shape = (int(present.sum()), self.shape[1], int(keep.sum()))
        new_place, new_record = np.cumsum(present) - 1, np.cumsum(keep) - 1
        finding = cells[among] // self.shape[2] % self.shape[1]
        chosen = (new_place[place[among]] * shape[1] + finding) * shape[2] + new_record[record[among]]
        return ReadingArrays(
            reader_arms=tuple(pair for pair, there in zip(self.reader_arms, present, strict=True) if there),
            shape=shape,
            columns={name: column[among] for name, column in self.columns.items()},
            cells=chosen,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Complete(ReadingArrays):
    """The arrays of a study in which every reader answered about everything: its columns are the arrays themselves."""

    @property
    def given(self) -> NDArray[np.bool_]:
        return np.broadcast_to(np.bool_(True), self.shape)

    def answers(self, column: str) -> NDArray[np.int8]:
        if column not in self.columns:
            return np.broadcast_to(np.int8(NO_ANSWER), self.shape)
        return self.columns[column].reshape(self.shape).astype(np.int8, copy=False)

    def numbers(self, column: str) -> Cube:
        if column not in self.columns:
            return super().numbers(column)
        return self.columns[column].reshape(self.shape).astype(np.float64, copy=False)

    def among(self, keep: NDArray[np.bool_]) -> ReadingArrays:
        shape = (self.shape[0] if keep.any() else 0, self.shape[1], int(keep.sum()))
        return _Complete(
            reader_arms=self.reader_arms[: shape[0]],
            shape=shape,
            columns={name: column.reshape(self.shape)[:, :, keep].ravel() for name, column in self.columns.items()},
            cells=self.cells,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _OfFindings(ReadingArrays):
    """The arrays of some findings, as views of those of all."""

    whole: ReadingArrays
    findings: slice

    @property
    def given(self) -> NDArray[np.bool_]:
        return self.whole.given[:, self.findings]

    def answers(self, column: str) -> NDArray[np.int8]:
        return self.whole.answers(column)[:, self.findings]

    def numbers(self, column: str) -> Cube:
        return self.whole.numbers(column)[:, self.findings]

    def among(self, keep: NDArray[np.bool_]) -> ReadingArrays:
        return self.whole.among(keep).about(self.findings)


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
    reader, (arm, arms) = codes_of(readings["reader_id"], readers), _arms(readings["arm"])
    if (reader < 0).any():
        unknown = sorted(set(readings["reader_id"][reader < 0]))[:5]
        raise ArgumentError("study", "reader_id in readings", "one of the readers", unknown)
    pairs, place = _reader_arms(reader, arm, readers, arms)
    del reader, arm
    shape = (len(pairs), len(findings), len(records))
    cells: NDArray[np.signedinteger] = place
    if math.prod(shape) > np.iinfo(np.int32).max:
        cells = place.astype(np.int64)
    concerned = np.ones(len(cells), dtype=bool)
    # one axis at a time, in place: a study has millions of rows
    for column, names in (("finding", pd.Index(findings)), ("record_id", records)):
        raw, table = _coded(readings[column], names)
        for start in range(0, len(cells), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            codes = table[raw[some]]
            concerned[some] &= codes >= 0
            cells[some] *= len(names)
            cells[some] += codes
    rows = _first(cells, concerned, readings)
    cells = cells if isinstance(rows, slice) else cells[rows]
    is_complete = len(cells) == math.prod(shape)
    columns = {}
    for column in QUANTITIES.values():
        given = readings[column]
        if not bool(given.notna().any()):  # one that says nothing takes no room
            continue
        columns[column] = _values(given, column)[rows]
        if is_complete:
            there = columns[column]
            columns[column] = np.empty_like(there)
            _put(columns[column], cells, there)
    if is_complete:
        return _Complete(reader_arms=pairs, shape=shape, columns=columns, cells=np.zeros(0, dtype=np.int32))
    return ReadingArrays(reader_arms=pairs, shape=shape, columns=columns, cells=cells)


def codes_of(values: pd.Series, names: pd.Index) -> NDArray[np.int32]:
    """Return the position of each value among those known, -1 for none; a categorical is looked up once a word."""
    raw, table = _coded(values, names)
    codes: NDArray[np.int32] = table[raw]
    return codes


def _coded(values: pd.Series, names: pd.Index) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """Return values as codes of their words, and the position of each word among those known, -1 for none."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        raw: NDArray[np.integer] = values.cat.codes.to_numpy()
        words = values.cat.categories
    else:
        raw, words = pd.factorize(values)
    return raw, np.append(names.get_indexer(pd.Index(words)), -1).astype(np.int32)


def _reader_arms(
    reader: NDArray[np.int32], arm: NDArray[np.integer], readers: pd.Index, arms: pd.Index
) -> tuple[tuple[tuple[str, str], ...], NDArray[np.int32]]:
    """Return every (reader, arm) with readings, by reader and unaided first, and the place of each row among them."""
    both = reader  # millions of rows: changed in place
    both *= len(arms)
    both += arm
    met = np.zeros(len(readers) * len(arms), dtype=bool)
    met[both] = True
    present = np.flatnonzero(met)
    named = [(b // len(arms), str(arms[b % len(arms)])) for b in present.tolist()]
    order = sorted(range(len(present)), key=lambda i: (named[i][0], named[i][1] != UNAIDED, named[i][1]))
    place = np.zeros(len(readers) * len(arms), dtype=np.int32)
    place[present[order]] = np.arange(len(order))
    return tuple((str(readers[named[i][0]]), named[i][1]) for i in order), _looked_up(place, both)


def _looked_up(table: NDArray[np.int32], places: NDArray[np.int32]) -> NDArray[np.int32]:
    """Write what stands in a table at each of some places over these places, and return them."""
    for start in range(0, len(places), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        places[some] = table[places[some]]
    return places


def _put(target: NDArray[np.generic], places: NDArray[np.integer], values: NDArray[np.generic] | bool) -> None:
    """Write values at places, some at a time: numpy makes an index of eight bytes of each."""
    for start in range(0, len(places), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        target[places[some]] = values if isinstance(values, bool) else values[some]


def _arms(column: pd.Series) -> tuple[NDArray[np.integer], pd.Index]:
    """Return the arm of each row as a code, and what the codes stand for."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, arms = pd.factorize(column)
    return codes.astype(np.int32), arms


def _first(
    cells: NDArray[np.signedinteger], concerned: NDArray[np.bool_], readings: pd.DataFrame
) -> NDArray[np.intp] | slice:
    """Return the rows that count: of those of one cell the first with an answer by period, the first of these."""
    everyone = bool(concerned.all())
    concerning = cells if everyone else cells[concerned]
    seen = np.zeros(int(concerning.max(initial=-1)) + 1, dtype=bool)
    _put(seen, concerning, True)
    differ = np.count_nonzero(seen) == len(concerning)
    if differ and everyone:
        return slice(None)
    rows = np.flatnonzero(concerned)
    if differ:
        return rows
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
    raw, table = _coded(answers, pd.Index(ANSWERS))
    codes: NDArray[np.int8] = table.astype(np.int8)[raw]
    return codes


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
