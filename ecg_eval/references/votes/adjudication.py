"""An adjudicator's answers: read from the sheet that was filled in, and laid over the truth that stood before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import as_meant
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import EcgEvalError, InputFileError, ProblemsError, suggestion
from ecg_eval.tables.table_files import read_table

COLUMNS = ("record_id", "finding", "answer")
CHOICES = ("present", "absent", "uncertain")
# what people write -> 1, 0, or NaN for a truth that the adjudicator does not know either
WORDS: Mapping[str, float] = {
    **dict.fromkeys(("present", "yes", "y", "1", "oui", "o"), 1.0),
    **dict.fromkeys(("absent", "no", "n", "0", "non"), 0.0),
    **dict.fromkeys(("uncertain", "unknown", "incertain", "inconnu"), np.nan),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class AdjudicatedAnswers:
    """What an adjudicator said.

    Attributes
    ----------
    table : DataFrame
        Columns `record_id`, `finding` (text) and `truth` (1, 0, NaN where the adjudicator does not know either), a row
        an answer.
    n_blank : int
        Rows of the sheet without an answer: what stood before them stays.
    """

    table: pd.DataFrame
    n_blank: int


def read_answers(path: Path) -> AdjudicatedAnswers:
    """Return the answers of a sheet, CSV or Excel.

    Raises
    ------
    ProblemsError
        Naming missing columns, words that are no answer, and rows that contradict one another.
    """
    table = read_table(path)
    if path.suffix.lower() == ".csv":  # where the sheet marks text that a spreadsheet would run
        table = as_meant(table)
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        remedy = "Fill in the sheet that `ecg-eval adjudicate RUN` wrote."
        raise InputFileError(str(path), "columns", f"at least {', '.join(COLUMNS)}", missing, remedy)
    text = {column: table[column].astype("string").str.strip() for column in COLUMNS}
    blank = (text["answer"].isna() | (text["answer"] == "")).to_numpy(dtype=bool)
    given = pd.DataFrame(text)[~blank]
    words = given["answer"].map(lambda word: folded(str(word)))
    problems: list[EcgEvalError] = []
    truth_by_word = {folded(word): truth for word, truth in WORDS.items()}
    for word in dict.fromkeys(words[~words.isin(list(truth_by_word))]):
        rows = ", ".join(map(str, given.index[words == word][:5]))
        remedy = suggestion(word, CHOICES)
        problems.append(InputFileError(str(path), f"answer (row {rows})", f"one of {', '.join(CHOICES)}", word, remedy))
    made = given[["record_id", "finding"]].assign(truth=words.map(truth_by_word).astype(float))
    for column in ("record_id", "finding"):
        empty = made[column].isna() | (made[column] == "")
        if empty.any():
            problems.append(InputFileError(str(path), f"{column} (row {made.index[empty][0]})", "filled in", ""))
    problems += _contradictions(path, made)
    if problems:
        raise ProblemsError(str(path), problems)
    return AdjudicatedAnswers(
        table=made.drop_duplicates(["record_id", "finding"]).reset_index(drop=True), n_blank=int(blank.sum())
    )


def _contradictions(path: Path, made: pd.DataFrame) -> list[EcgEvalError]:
    """Return the readings that are answered twice, and differently."""
    comparable = made.assign(truth=made["truth"].fillna(-1.0))
    distinct = comparable.drop_duplicates()
    twice = distinct[distinct.duplicated(["record_id", "finding"], keep=False)]
    pairs = twice[["record_id", "finding"]].drop_duplicates()
    return [
        InputFileError(str(path), f"{row.finding} of record {row.record_id}", "answered one way", "two answers")
        for row in pairs.itertuples(index=False)
    ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjudicated:
    """A truth with an adjudicator's answers laid over it.

    Attributes
    ----------
    reference : ReferenceStandard
    changes : DataFrame
        Columns `record_id`, `finding`, `before`, `after` (1, 0, NaN): the truths that are others now.
    n_answered : int
        Answers about readings of the study.
    n_strange : int
        Answers about records or findings that are not in the study.
    """

    reference: ReferenceStandard
    changes: pd.DataFrame
    n_answered: int
    n_strange: int


def laid_over(base: ReferenceStandard, answers: AdjudicatedAnswers) -> Adjudicated:
    """Return the truth with an adjudicator's answers in the place of what stood there.

    Where votes are known behind the truth, the answer takes the place of each of them: whichever voter is left out to
    be judged by the others, it stands, and where nothing was disputed the others' majority stands as before.
    """
    table = base.table.copy()
    rows = pd.Index(table.index.astype(str)).get_indexer(answers.table["record_id"].astype(str))
    columns = pd.Index(table.columns.astype(str)).get_indexer(answers.table["finding"].astype(str))
    there = (rows >= 0) & (columns >= 0)
    values = table.to_numpy(dtype=float, copy=True)
    before = values[rows[there], columns[there]]
    after = answers.table["truth"].to_numpy(dtype=float)[there]
    values[rows[there], columns[there]] = after
    votes = {voter: _with(cast, rows[there], columns[there], after) for voter, cast in base.votes.items()}
    changed = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    changes = answers.table.loc[there, ["record_id", "finding"]].assign(before=before, after=after)[changed]
    n_answered, n_strange = int(there.sum()), int((~there).sum())
    method = (
        f"{base.method} Then {n_answered} disputed readings were settled by an adjudicator; {len(changes)} truths "
        "changed."
    )
    return Adjudicated(
        reference=replace(
            base,
            table=pd.DataFrame(values, index=table.index, columns=table.columns),
            votes=votes,
            method=method.strip(),
        ),
        changes=changes.reset_index(drop=True),
        n_answered=n_answered,
        n_strange=n_strange,
    )


def _with(
    votes: pd.DataFrame, rows: NDArray[np.intp], columns: NDArray[np.intp], answers: NDArray[np.float64]
) -> pd.DataFrame:
    """Return a voter's votes with an adjudicator's answers in their place."""
    values = votes.to_numpy(dtype=float, copy=True)
    values[rows, columns] = answers
    return pd.DataFrame(values, index=votes.index, columns=votes.columns)
