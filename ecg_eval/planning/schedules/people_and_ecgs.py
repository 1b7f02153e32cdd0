"""The two tables that a schedule is made of: ECGs with what is known of them, and readers with their practices."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.reading import READER_COLUMNS, readers_table
from ecg_eval.errors import ArgumentError, ReadingsError, suggestion
from ecg_eval.planning.schedules.settings import WHO, option, works
from ecg_eval.tables.table_files import read_table

RECORD_NAMES = ("record_id", "ecg_id", "id")
READER_NAMES = {
    "reader_id": ("reader_id", "reader", "id"),
    "practice_id": ("practice_id", "practice"),
    "kind": ("kind",),
}
UNKNOWN = "?"  # level of a blank cell
MOST_LEVELS = 10  # a column of more values is a measure or a name: it has no groups to balance
# names of people, and of what the key says itself
_NEVER_BALANCED = (
    "patient_id",
    "sampling_weight",
    "fold",
    "blinded_id",
    "reader_id",
    "arm",
    "period",
    "position",
    "repeat_of",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ecgs:
    """The ECGs of a study.

    Attributes
    ----------
    ids : tuple of str
    levels : DataFrame
        One row an ECG, one column of text a thing that is balanced, such as a finding or the difficulty.
    not_balanced : tuple of str
        Columns with too many values to be balanced.
    """

    ids: tuple[str, ...]
    levels: pd.DataFrame
    not_balanced: tuple[str, ...] = ()

    @property
    def codes(self) -> NDArray[np.int64]:
        """Levels as numbers, (n_ecgs, n_columns)."""
        return codes_of_levels(self.levels)


def codes_of_levels(table: pd.DataFrame) -> NDArray[np.int64]:
    """Return a table of text as numbers, (n_rows, n_columns): equal cells of a column have the same."""
    if not table.shape[1]:
        return np.zeros((len(table), 0), dtype=np.int64)
    return np.stack([pd.factorize(table[c], sort=True)[0] for c in table.columns], axis=1).astype(np.int64)


def ecgs_of(source: Path | pd.DataFrame, balance: Sequence[str] = ()) -> Ecgs:
    """Return the ECGs of a table.

    Parameters
    ----------
    source : Path or DataFrame
        CSV, Excel or Parquet; a column `record_id` (`ecg_id`, `id`), and columns of what is known of each ECG.
    balance : sequence of str
        Columns to balance; all with at most ``MOST_LEVELS`` values when empty.

    Raises
    ------
    InputFileError, ReadingsError
        When the table cannot be read, or ids are missing or stand twice.
    ArgumentError
        For a column that is not there, or that cannot be balanced.
    """
    who = source.name if isinstance(source, Path) else "cases"
    table = read_table(source) if isinstance(source, Path) else source.reset_index(drop=True)
    columns = [str(c) for c in table.columns]
    name = next((n for n in RECORD_NAMES if n in columns), None)
    if name is None:
        raise ReadingsError(who, "columns", f"with one called {' or '.join(RECORD_NAMES)}", columns)
    ids = text_column(table[name])
    if ids.isna().any() or ids.duplicated().any():
        wrong = ["blank"] if ids.isna().any() else sorted(set(ids[ids.duplicated()]))[:5]
        raise ReadingsError(who, name, "given once an ECG", wrong, "Keep one row an ECG.")
    if not len(ids):
        raise ReadingsError(who, "table", "with a row for each ECG", 0)
    about = [c for c in columns if c != name and c not in _NEVER_BALANCED]
    for column in balance:
        if column not in about:
            raise ArgumentError(
                WHO, option("balance"), f"among the columns of {who}", column, suggestion(column, about)
            )
    levels, many = {}, []
    for column in balance or about:
        text = text_column(table[column])
        if text.nunique() > MOST_LEVELS:
            many.append(column)
            continue
        levels[column] = pd.Series(text.astype(object).where(text.notna(), UNKNOWN).to_numpy(), index=ids.astype(str))
    if many and balance:
        rule = f"of at most {MOST_LEVELS} values, as groups are"
        near = works(balanced([c for c in balance if c not in many]), f"{many[0]} cut into groups")
        raise ArgumentError(WHO, option("balance"), rule, ", ".join(many), near)
    frame = pd.DataFrame(levels, index=pd.Index(ids.astype(str), name="record_id"))
    return Ecgs(ids=tuple(ids.astype(str)), levels=frame, not_balanced=tuple(many))


def balanced(columns: Sequence[str]) -> str:
    """Return the option that balances these columns alone, or the words for none."""
    return option("balance", ",".join(columns)) if columns else f"no {option('balance')}"


def readers_of(source: Path | pd.DataFrame | int) -> pd.DataFrame:
    """Return the readers as a readers table, indexed by `reader_id`.

    Parameters
    ----------
    source : Path, DataFrame or int
        A table with `reader_id` (`reader`, `id`), and where known `practice_id` (`practice`), `kind` (gp where not
        said) and what else a readers table may hold; or how many GPs there are, who are then named gp01, gp02, ...

    Raises
    ------
    InputFileError, ReadingsError, ProblemsError
        When the table cannot be read or holds what is no reader.
    """
    if isinstance(source, int):
        if source < 1:
            raise ArgumentError(WHO, "number of readers", "1 or more", source, works("1 reader"))
        names = [f"gp{i:0{max(2, len(str(source)))}d}" for i in range(1, source + 1)]
        return readers_table(pd.DataFrame({"reader_id": names, "kind": "gp"}))
    who = source.name if isinstance(source, Path) else "readers"
    table = read_table(source).astype(object) if isinstance(source, Path) else source.copy()
    there = [str(c) for c in table.columns]
    for ours, called in READER_NAMES.items():
        theirs = next((name for name in called if name in there), None)
        if theirs is not None:
            table = table.rename(columns={theirs: ours})
    if "reader_id" not in table.columns:
        raise ReadingsError(who, "columns", f"with one called {' or '.join(READER_NAMES['reader_id'])}", there)
    if "kind" not in table.columns:
        table["kind"] = "gp"
    return readers_table(table[[c for c in table.columns if c in READER_COLUMNS]], who=who)


def practices_of(readers: pd.DataFrame) -> NDArray[np.int64]:
    """Return each reader's practice as a number from 0; readers whose practice is not stated have one of their own."""
    alone = pd.Series(readers.index.astype(str), index=readers.index)
    return pd.factorize(readers["practice_id"].fillna("only " + alone))[0].astype(np.int64)
