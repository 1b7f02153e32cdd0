"""The evaluation: a tidy table of Estimates, one a row, that files, MLflow and the report are made from."""

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import as_meant, csv_of
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import COUNTS, NO_COUNT, Estimate, Estimates

# the stable columns of evaluation.csv (docs/formats.md)
EVALUATION_COLUMNS = (
    "metric",
    "reader",
    "reader_kind",
    "arm",
    "compared_with",
    "finding",
    "subgroup",
    "value",
    "low",
    "high",
    "level",
    "method",
    "n",
    "n_positive",
    "n_clusters",
    "p_value",
    "p_adjusted",
    "pre_specified",
    "reason",
    "is_group",
    "combined",
    "standard_error",
    "df",
    "n_discordant",
    "family",
    "family_size",
    "n_readers",
    "n_people",
    "n_records",
)
MACRO = "macro"  # the plain mean over findings, each weighing the same
AIDED_MINUS_UNAIDED = "aided - unaided"  # the arm of what help changes
POOLED = "pooled"  # all findings together, each reading weighing the same
SCHEMA_VERSION = 1
ROWS_AT_ONCE = 50_000  # of a table that is read or written: as many as cost little memory

_LABELS = ("metric", "reader", "reader_kind", "arm", "compared_with", "finding", "subgroup", "combined")
_WHOSE = ("n_readers", "n_people", "n_records")
_TEXT = (*_LABELS, "method", "reason", "family")
_WHOLE = (*COUNTS[:-1], "family_size", *_WHOSE)
_FLAGS = ("pre_specified", "is_group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One estimate and what it is of.

    Attributes
    ----------
    metric : str
        Name of the metric (its file in ``metrics/``).
    reader : str
        Reader id, or a group such as "gp (mean of 12)".
    reader_kind : str
        One of the reader kinds.
    arm : str
        "unaided", "aided" or the study's own word; "aided - unaided" for a difference between arms.
    compared_with : str
        The other reader of a comparison; empty for none.
    finding : str
        Code of the finding, "macro" for the plain mean over findings, "pooled" for all findings together.
    subgroup : str
        "sex=F" and the like; empty for all.
    combined : str
        "macro" or "pooled" where several findings are taken together, whatever a finding may be called; empty
        otherwise.
    is_group : bool
        Whether `reader` or `compared_with` is the label of a group of readers, whatever a reader may be called.
    n_readers, n_people, n_records : int
        How many readers and people, and how many different ECGs, the number is of. ``NO_COUNT`` leaves it to the
        evaluation, which counts one reader, or two, and takes the cases for ECGs.
    estimate : Estimate
    """

    metric: str
    reader: str = ""
    reader_kind: str = ""
    arm: str = ""
    compared_with: str = ""
    finding: str = ""
    subgroup: str = ""
    combined: str = ""
    is_group: bool = False
    n_readers: int = NO_COUNT
    n_people: int = NO_COUNT
    n_records: int = NO_COUNT
    estimate: Estimate

    def within(self, subgroup: str) -> "Row":
        """Return the row labelled with the subgroup that it was computed in."""
        return replace(self, subgroup=subgroup)


Texts = str | Sequence[str] | NDArray[np.str_] | NDArray[np.object_]
"""One text for all rows, or one a row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Many rows at once, as columns: what a metric yields that computes all its readers and findings together.

    Attributes
    ----------
    metric, reader, reader_kind, arm, compared_with, finding, subgroup, combined : ndarray of str, or str
    is_group : ndarray of bool, or bool
    n_readers, n_people, n_records : ndarray of int, or int
        As those of ``Row``: arrays of shape (n_rows,), or one value for all.
    estimates : Estimates
        One a row.
    """

    metric: Texts
    reader: Texts = ""
    reader_kind: Texts = ""
    arm: Texts = ""
    compared_with: Texts = ""
    finding: Texts = ""
    subgroup: Texts = ""
    combined: Texts = ""
    is_group: object = False
    n_readers: object = NO_COUNT
    n_people: object = NO_COUNT
    n_records: object = NO_COUNT
    estimates: Estimates

    def within(self, subgroup: str) -> "Rows":
        """Return the rows labelled with the subgroup that they were computed in."""
        return replace(self, subgroup=subgroup)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.estimates)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Return every column as an array of shape (n_rows,), those of the estimates with them."""
        columns: dict[str, NDArray[np.generic]] = {}
        for name in _ROW_FIELDS:
            kind = bool if name == "is_group" else np.int64 if name in _WHOSE else object
            columns[name] = np.broadcast_to(np.asarray(getattr(self, name), dtype=kind), (len(self),))
        return columns | {f.name: getattr(self.estimates, f.name) for f in fields(Estimates)}

    def __iter__(self) -> Iterator[Row]:
        """Give one row after the other."""
        columns = {name: column for name, column in self.columns().items() if name in _ROW_FIELDS}
        for i, estimate in enumerate(self.estimates):
            cells = {n: c[i] if c.dtype == object else c[i].item() for n, c in columns.items()}
            yield Row(**cells, estimate=estimate)

    @classmethod
    def of(cls, rows: "list[Row]") -> "Rows":
        """Return single rows as columns."""
        columns = {name: [getattr(row, name) for row in rows] for name in _ROW_FIELDS}
        return cls(**columns, estimates=Estimates.of([row.estimate for row in rows]))


_ROW_FIELDS = tuple(f.name for f in fields(Row) if f.name != "estimate")


def single_rows(parts: Iterable[Row | Rows]) -> Iterator[Row]:
    """Give what a metric yields one row after the other."""
    for part in parts:
        yield from part if isinstance(part, Rows) else (part,)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All estimates of a run.

    Attributes
    ----------
    frame : DataFrame
        Columns ``EVALUATION_COLUMNS``; text is empty (never missing) where it does not apply; a value that cannot be
        computed is NA with a reason.
    """

    frame: pd.DataFrame

    @classmethod
    def from_rows(cls, rows: Iterable[Row | Rows]) -> "Evaluation":
        """Gather rows into the tidy table."""
        parts = [part.columns() for part in _gathered(rows)] or [Rows.of([]).columns()]
        columns = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
        size = len(columns["metric"])
        columns |= {"family": np.full(size, "", dtype=object), "family_size": np.full(size, NO_COUNT)}
        return cls(pd.DataFrame({name: _column(name, columns[name]) for name in EVALUATION_COLUMNS}))

    def and_rows(self, rows: Iterable[Row]) -> "Evaluation":
        """Return the evaluation with more rows at its end."""
        more = Evaluation.from_rows(rows).frame
        return Evaluation(pd.concat([self.frame, more], ignore_index=True)) if len(more) else self

    @classmethod
    def from_csv(cls, text: str | Path) -> "Evaluation":
        """Read what `to_csv` wrote, from a path or from the text itself."""
        source = text if isinstance(text, Path) else StringIO(text)
        parts = []
        with pd.read_csv(source, dtype="string", keep_default_na=False, chunksize=ROWS_AT_ONCE) as blocks:
            for block in blocks:
                missing = [c for c in EVALUATION_COLUMNS if c not in block.columns]
                if missing:
                    rule = "those of this version"
                    raise RunFolderError("evaluation.csv", "columns", rule, missing, "Run it again.")
                parts.append(_typed(as_meant(block.mask(block == ""))))
        return cls(pd.concat(parts, ignore_index=True))

    def to_csv(self) -> str:
        """Return the table as CSV: empty where nothing is known, shortest text that reads back to the same number."""
        return csv_of(self.frame)

    def to_json(self) -> str:
        """Return the table as versioned JSON, null where nothing is known."""
        return "".join(self.json_parts())

    def json_parts(self) -> Iterator[str]:
        """Yield the text of `to_json` in parts, so that a million estimates need not be held as text at once.

        One estimate a line: a file that a person can look into and a program can compare.
        """
        head = json.dumps({"schema": "ecg_eval.evaluation", "version": SCHEMA_VERSION})
        yield f'{head[:-1]}, "estimates": [\n'
        for start in range(0, len(self.frame), ROWS_AT_ONCE):
            block = self.frame[start : start + ROWS_AT_ONCE]
            rows = zip(*map(_in_json, block.items()), strict=True)
            yield (",\n" if start else "") + ",\n".join(f"{{{', '.join(row)}}}" for row in rows)
        yield "\n]}\n"

    def select(self, **where: str | tuple[str, ...]) -> pd.DataFrame:
        """Return the rows whose columns have the given values (a tuple: any of them).

        Examples
        --------
        >>> row = Row(metric="auroc", reader="m", finding="AF", estimate=Estimate(value=0.9, method="DeLong", n=5))
        >>> float(Evaluation.from_rows([row]).select(metric="auroc", finding="AF")["value"].iloc[0])
        0.9
        """
        mask = pd.Series(True, index=self.frame.index)
        for column, wanted in where.items():
            mask &= self.frame[column].isin([wanted] if isinstance(wanted, str) else list(wanted))
        return self.frame[mask]


def _gathered(rows: Iterable[Row | Rows]) -> Iterator[Rows]:
    """Give columns, single rows that follow each other put together."""
    single: list[Row] = []
    for part in rows:
        if isinstance(part, Row):
            single.append(part)
            continue
        if single:
            yield Rows.of(single)
            single = []
        yield part
    if single:
        yield Rows.of(single)


def _column(name: str, values: NDArray[Any]) -> object:
    """Return a column of the table from an array: NaN and ``NO_COUNT`` become missing."""
    if name in _TEXT:
        return pd.array(values, dtype="string")
    if name in _WHOLE:
        return pd.arrays.IntegerArray(np.maximum(values, 0), values == NO_COUNT)
    if name in _FLAGS:
        return np.asarray(values, dtype=bool)
    missing = np.isnan(values)
    return pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)


def _in_json(named: tuple[Hashable, pd.Series]) -> list[str]:
    """Return a column's cells as members of JSON objects, each different value put into words once."""
    name, column = named
    codes, values = pd.factorize(column)
    texts = [json.dumps(value, ensure_ascii=False, allow_nan=False) for value in values.tolist()]
    members = np.array([f"{json.dumps(name)}: {text}" for text in (*texts, "null")], dtype=object)
    return [str(member) for member in members[codes]]


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    typed: dict[str, pd.Series] = {}
    for column in EVALUATION_COLUMNS:
        series = frame[column]
        if column in _TEXT:
            codes, words = pd.factorize(series.astype("string").fillna(""))  # each word is held once
            typed[column] = pd.Series(words.take(codes), index=series.index)
        elif column in _WHOLE:
            typed[column] = pd.to_numeric(series).astype("Int64")
        elif column in _FLAGS:
            typed[column] = series.astype("string").str.lower().eq("true").fillna(False).astype(bool)
        else:
            typed[column] = _numbers(series)
    return pd.DataFrame(typed)


def _numbers(series: pd.Series) -> pd.Series:
    numbers = numbers_of(series)
    wrong = series[series.notna() & numbers.isna()]
    if len(wrong):
        raise RunFolderError("evaluation.csv", str(series.name), "numbers or blank", wrong.iloc[0], "Run it again.")
    return numbers.astype("Float64")
