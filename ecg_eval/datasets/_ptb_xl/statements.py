"""What PTB-XL states, with likelihoods kept as likelihoods: the one authority that the label rules ask.

Three states stay apart. A statement that is not made has no likelihood and is not stated; one that is made with a
likelihood above 0 has it; one that is made with 0 is stated, and how likely it is was not said. Form and rhythm
statements are almost always of the third kind, and so are some diagnoses.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecg_eval.errors import InputFileError


@dataclass(frozen=True, eq=False)
class Likelihoods:
    """How likely each finding was said to be.

    Attributes
    ----------
    table : DataFrame of float, index record_id, one column a finding
        In (0, 1], as the reports' wording was rated: the highest of the statements that mean the finding. NaN where
        none was given: look at `stated` to tell "not stated" from "stated, and not said how likely".
    stated : DataFrame of bool, same shape
        Whether any statement that means the finding was made.
    """

    table: pd.DataFrame
    stated: pd.DataFrame


def read_statements(who: str, cells: pd.Series) -> pd.DataFrame:
    """Return what was stated, one row a statement.

    Parameters
    ----------
    who : str
        Name of the dataset.
    cells : Series, index record_id
        The archive's column ``scp_codes``.

    Returns
    -------
    DataFrame
        `row` (place of the record), `statement`, `likelihood` in (0, 1] or NaN where none is given.

    Raises
    ------
    InputFileError
        For a cell that is no dictionary.
    """
    rows: list[int] = []
    statements: list[str] = []
    percents: list[float] = []
    for row, (record_id, cell) in enumerate(cells.items()):
        likelihoods = _statements(who, str(record_id), cell)
        rows += [row] * len(likelihoods)
        statements += likelihoods.keys()
        percents += likelihoods.values()
    percent = np.array(percents, dtype=float)
    likelihood = np.where(percent > 0, percent / 100, np.nan)
    return pd.DataFrame({"row": np.array(rows, dtype=int), "statement": statements, "likelihood": likelihood})


def likelihoods_of(statement_lists: pd.DataFrame, words: Mapping[str, tuple[str, ...]], index: pd.Index) -> Likelihoods:
    """Return likelihoods by record and finding.

    Parameters
    ----------
    statement_lists : DataFrame
        As ``read_statements`` makes it.
    words : mapping of finding to the statements that mean it
    index : Index
        The records.
    """
    likelihood = np.full((len(index), len(words)), np.nan)
    stated = np.zeros(likelihood.shape, dtype=bool)
    for column, statements in enumerate(words.values()):
        best = statement_lists[statement_lists["statement"].isin(statements)].groupby("row")["likelihood"].max()
        rows = best.index.to_numpy(dtype=int)
        likelihood[rows, column] = best.to_numpy()
        stated[rows, column] = True
    codes = list(words)
    return Likelihoods(pd.DataFrame(likelihood, index, codes), pd.DataFrame(stated, index, codes))


def _statements(who: str, record_id: str, cell: object) -> dict[str, float]:
    """Return the statements of a cell such as ``{'NORM': 100.0, 'SR': 0.0}``, read as a literal, never run."""
    try:
        literal = ast.literal_eval(str(cell))
        return {str(k): float(v) for k, v in literal.items()}
    except (ValueError, SyntaxError, AttributeError, TypeError, MemoryError, RecursionError):
        rule = "a dictionary of statements and likelihoods"
        remedy = "The table is damaged; download it again."
        raise InputFileError(who, f"scp_codes of {record_id}", rule, str(cell)[:80], remedy) from None
