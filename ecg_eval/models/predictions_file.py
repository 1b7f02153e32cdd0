"""A model's probabilities from a file: no model is run, its thresholds are frozen on the fold like any other's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL, code_spelt
from ecg_eval.errors import InputFileError, ReadingsError, suggestion


class PredictionsFile(Model):
    """Scores that a model left in a CSV or Parquet file, wide (a column a finding) or long (a row a score).

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.parquet``.
    trained_on : sequence of str
        What the model's weights have seen ("ptb_xl folds 1-8"); empty only where that is nothing public.
    record_id : str
        The column with the recordings' ids.
    finding, score : str, optional
        The columns of a long file; without them the file is wide.
    columns : mapping of str to str, optional
        Of a wide file, finding by column name, where the names are no spellings of findings.
    spelling : str
        Scheme in which names of columns, or the cells of `finding`, spell findings. Columns that spell none are not
        used and named in the model's card.
    """

    trained_on: tuple[str, ...] = ()
    needs = "nothing: its answers stand in a file"
    reads_signals = False

    def __init__(
        self,
        path: Path,
        *,
        trained_on: Sequence[str],
        record_id: str = "record_id",
        finding: str | None = None,
        score: str | None = None,
        columns: Mapping[str, str] | None = None,
        spelling: str = CANONICAL,
    ) -> None:
        self.path, self.trained_on = path, tuple(map(str, trained_on))
        table = _read(path, record_id)
        if finding is not None or score is not None:
            table = self._widened(table, finding or "finding", score or "score")
        names = {str(c): (columns or {}).get(str(c)) or code_spelt(str(c), spelling) for c in table.columns}
        for column in columns or {}:
            if column not in names:
                remedy = suggestion(column, names)
                raise ReadingsError(str(path), "columns", "columns of the file", column, remedy)
        used = {column: code for column, code in names.items() if code is not None}
        codes = list(used.values())
        if not codes or len(set(codes)) < len(codes):
            twice = sorted({c for c in codes if codes.count(c) > 1})
            rule = "one for each finding, spelt as `spelling` says"
            raise ReadingsError(str(path), "columns of scores", rule, twice or list(names)[:12])
        self._not_used = [column for column, code in names.items() if code is None]
        numbers = table[list(used)].apply(numbers_of)
        wrong = numbers.isna() & table[list(used)].notna()
        if wrong.to_numpy().any():
            row, place = (int(i[0]) for i in np.nonzero(wrong.to_numpy()))
            what = f"{list(used)[place]} of record {table.index[row]}"
            raise ReadingsError(str(path), what, "a number", table[list(used)].iloc[row, place])
        self._scores = numbers.rename(columns=used)

    def _widened(self, table: pd.DataFrame, finding: str, score: str) -> pd.DataFrame:
        for column in (finding, score):
            if column not in table.columns:
                remedy = suggestion(column, map(str, table.columns))
                raise ReadingsError(str(self.path), "columns", f"among them {column}", list(table.columns), remedy)
        long = table[[finding, score]].rename_axis("record").reset_index()
        repeated = long.duplicated(["record", finding])
        if repeated.any():
            row = long[repeated].iloc[0]
            what = f"the score of record {row['record']}, {row[finding]}"
            raise ReadingsError(str(self.path), what, "given once")
        return long.set_index(["record", finding])[score].unstack()  # noqa: PD010 - each cell is given once

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the file's scores; NaN for recordings and findings that it does not hold."""
        table = self._scores.reindex(index=list(recordings.ids), columns=list(findings))
        return np.asarray(table, dtype=np.float64)

    def card(self) -> ModelCard:
        """Return the file's name, its findings, and the columns that were not used."""
        return ModelCard(
            facts={
                "file": self.path.name,
                "n_records": len(self._scores),
                "findings": tuple(map(str, self._scores.columns)),
                "columns_not_used": tuple(self._not_used),
            }
        )


def _read(path: Path, record_id: str) -> pd.DataFrame:
    """Return the table of a file, its recordings' ids as text in the index."""
    if not path.is_file():
        raise InputFileError("predictions_file", "path", "a file", str(path), "Paths are relative to data_root.")
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, float_precision="round_trip", dtype={record_id: "string"})
    except (OSError, ValueError) as error:
        raise InputFileError("predictions_file", str(path), "a CSV or Parquet table", remedy=str(error)[:160]) from None
    if record_id not in table.columns:
        remedy = suggestion(record_id, map(str, table.columns))
        raise ReadingsError(str(path), "columns", f"among them {record_id}", list(table.columns)[:12], remedy)
    if table.empty:
        raise InputFileError(str(path), "rows", "there below the names of the columns", "none")
    return table.set_index(table[record_id].astype("string")).drop(columns=record_id)
