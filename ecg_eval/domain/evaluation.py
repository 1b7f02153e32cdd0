"""The evaluation: a tidy table of Estimates, one a row, that files, MLflow and the report are made from."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from io import StringIO
from pathlib import Path

import pandas as pd

from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import Estimate

# the stable columns of evaluation.csv (docs/formats.md)
EVALUATION_COLUMNS = (
    *("metric", "reader", "reader_kind", "arm", "compared_with", "finding", "subgroup"),
    *("value", "low", "high", "level", "method", "n", "n_positive", "n_clusters"),
    *("p_value", "p_adjusted", "pre_specified", "reason"),
)
MACRO = "macro"  # the plain mean over findings, each weighing the same
POOLED = "pooled"  # all findings together, each reading weighing the same
SCHEMA_VERSION = 1

_TEXT = ("metric", "reader", "reader_kind", "arm", "compared_with", "finding", "subgroup", "method", "reason")
_WHOLE = ("n", "n_positive", "n_clusters")


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
    estimate : Estimate
    """

    metric: str
    reader: str = ""
    reader_kind: str = ""
    arm: str = ""
    compared_with: str = ""
    finding: str = ""
    subgroup: str = ""
    estimate: Estimate

    def within(self, subgroup: str) -> "Row":
        """Return the row labelled with the subgroup that it was computed in."""
        return replace(self, subgroup=subgroup)


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
    def from_rows(cls, rows: Iterable[Row]) -> "Evaluation":
        """Gather rows into the tidy table."""
        records = []
        for row in rows:
            record = {name: getattr(row, name) for name in EVALUATION_COLUMNS[:7]}
            estimate = asdict(row.estimate)
            record |= {name: estimate[name] for name in EVALUATION_COLUMNS[7:]}
            records.append(record)
        return cls(_typed(pd.DataFrame.from_records(records, columns=list(EVALUATION_COLUMNS))))

    def and_rows(self, rows: Iterable[Row]) -> "Evaluation":
        """Return the evaluation with more rows at its end."""
        more = Evaluation.from_rows(rows).frame
        return Evaluation(pd.concat([self.frame, more], ignore_index=True)) if len(more) else self

    @classmethod
    def from_csv(cls, text: str | Path) -> "Evaluation":
        """Read what `to_csv` wrote, from a path or from the text itself."""
        source = text if isinstance(text, Path) else StringIO(text)
        frame = pd.read_csv(source, dtype="string", keep_default_na=False)
        missing = [c for c in EVALUATION_COLUMNS if c not in frame.columns]
        if missing:
            raise RunFolderError("evaluation.csv", "columns", "those of this version", missing, "Run it again.")
        return cls(_typed(frame.mask(frame == "")))

    def to_csv(self) -> str:
        """Return the table as CSV: empty where nothing is known, shortest text that reads back to the same number."""
        return self.frame.to_csv(index=False, lineterminator="\n")

    def to_json(self) -> str:
        """Return the table as versioned JSON, null where nothing is known."""
        columns = {c: self.frame[c].astype(object).where(self.frame[c].notna(), None).tolist() for c in self.frame}
        rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
        # one estimate a line: a file that a person can look into and a program can compare
        lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        head = json.dumps({"schema": "ecg_eval.evaluation", "version": SCHEMA_VERSION})
        return f'{head[:-1]}, "estimates": [\n{lines}\n]}}\n'

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


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    typed: dict[str, pd.Series] = {}
    for column in EVALUATION_COLUMNS:
        series = frame[column]
        if column in _TEXT:
            typed[column] = series.astype("string").fillna("")
        elif column in _WHOLE:
            typed[column] = pd.to_numeric(series).astype("Int64")
        elif column == "pre_specified":
            typed[column] = series.astype("string").str.lower().eq("true").fillna(False).astype(bool)
        else:
            typed[column] = pd.to_numeric(series).astype("Float64")
    return pd.DataFrame(typed)
