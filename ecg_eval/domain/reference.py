"""The reference standard: how truth was formed, by whom, and what of it is unknown.

A reader's readings never enter the reference that judges it without the report saying so. Where the votes behind the
reference are known (a consensus of readers), the judged reader's own vote is left out; where only the result is known,
the readers who formed it are named and the report marks them as not independent.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.errors import ReadingsError


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceStandard:
    """Truth per recording and finding.

    Attributes
    ----------
    table : DataFrame, index record_id, one float column a finding
        1 present, 0 absent, NaN unknown. Unknown cells take no part in accuracy and are counted.
    method : str
        How it was formed, in a sentence that the report prints.
    formed_by : tuple of str
        Reader ids whose readings took part.
    votes : dict of str to DataFrame
        Reader id -> that reader's votes (same shape as `table`; NaN no vote), where the reference is their majority.
    agreement : str
        What is known of the agreement behind it; empty when nothing is.
    is_reading_of : str
        The reader whose readings are the truth (an adjudicator, an expert panel), and who is therefore not judged.
    failed : str
        Why no truth could be formed where one was asked for; empty otherwise.
    """

    table: pd.DataFrame
    method: str
    formed_by: tuple[str, ...] = ()
    votes: dict[str, pd.DataFrame] = field(default_factory=dict)
    agreement: str = ""
    is_reading_of: str = ""
    failed: str = ""

    def __post_init__(self) -> None:
        """Refuse values that are not 1, 0 or unknown."""
        values = self.table.to_numpy(dtype=float)
        strange = ~(np.isnan(values) | np.isin(values, (0.0, 1.0)))
        if strange.any():
            row, column = (int(i[0]) for i in np.nonzero(strange))
            what = f"{self.table.columns[column]} of record {self.table.index[row]}"
            raise ReadingsError("reference", what, "1, 0 or blank (unknown)", float(values[row, column]))

    @property
    def exists(self) -> bool:
        """Whether any truth is known at all."""
        return bool(self.table.notna().to_numpy().any())

    def truth(self, finding: str, *, judged: Sequence[str] = ()) -> NDArray[np.float64]:
        """Return truth of one finding for all records, shape (n_records,): 1, 0 or NaN.

        Parameters
        ----------
        finding : str
        judged : sequence of str
            The readers to be judged. Where they took part in a majority whose votes are known, theirs are left out.
        """
        truth: NDArray[np.float64] = self.truths((finding,), judged=judged)[0]
        return truth

    def truths(self, findings: Sequence[str], *, judged: Sequence[str] = ()) -> NDArray[np.float64]:
        """Return truth of several findings as `truth` does, shape (n_findings, n_records)."""
        places = [self._columns[finding] for finding in findings]
        voting = set(judged) & set(self.votes)
        if not voting:
            truths: NDArray[np.float64] = self._table[places]
            return truths
        present, absent = (count[places] for count in self._counts)
        for voter in voting:
            votes = self.votes[voter].reindex(columns=self.table.columns).to_numpy(dtype=float).T[places]
            present, absent = present - (votes == 1), absent - (votes == 0)
        return np.where(present == absent, np.nan, np.where(present > absent, 1.0, 0.0))

    def panels(self, findings: Sequence[str], *, judged: str) -> NDArray[np.float64]:
        """Return the truths that judge a reader, shape (n_panels, n_findings, n_records).

        One for a reader who votes (the majority of the others) and where there are no votes; for any other reader one
        for each voter, that voter left out, since a majority of all is nearer to the truth than what judges the voters.
        """
        if judged in self.votes or not self.votes:
            return self.truths(findings, judged=(judged,))[None]
        return np.stack([self.truths(findings, judged=(voter,)) for voter in self.votes])

    def subset(self, keep: NDArray[np.bool_]) -> "ReferenceStandard":
        """Return the truth of some records, given as a mask of shape (n_records,)."""
        votes = {voter: table[keep] for voter, table in self.votes.items()}
        return replace(self, table=self.table[keep], votes=votes)

    def about(self, findings: slice) -> "ReferenceStandard":
        """Return the truth of some findings that stand side by side in the table."""
        part = copy(self)  # what was checked when it was made is not checked again
        votes = {voter: t.reindex(columns=self.table.columns).iloc[:, findings] for voter, t in self.votes.items()}
        for name, value in (("table", self.table.iloc[:, findings]), ("votes", votes)):
            object.__setattr__(part, name, value)
        for name in ("_columns", "_counts"):
            part.__dict__.pop(name, None)
        part.__dict__["_table"] = self._table[findings]
        return part

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {str(finding): i for i, finding in enumerate(self.table.columns)}

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        """Return the truth, shape (n_findings, n_records)."""
        return np.ascontiguousarray(self.table.to_numpy(dtype=float).T)

    @cached_property
    def _counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the votes for and against, shape (n_findings, n_records) each."""
        votes = [t.reindex(columns=self.table.columns).to_numpy(dtype=float).T for t in self.votes.values()]
        return sum((v == 1).astype(np.int64) for v in votes), sum((v == 0).astype(np.int64) for v in votes)

    def is_independent_of(self, reader: str) -> bool:
        """Whether the reader took no part in forming the truth that judges it."""
        return reader not in self.formed_by or reader in self.votes


def majority(votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the majority of votes, shape (n_records, n_readers) to (n_records,); NaN for a tie or no vote.

    Examples
    --------
    >>> majority(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, np.nan], [np.nan, np.nan, 0.0]]))
    array([ 1., nan,  0.])
    """
    present = np.nansum(votes, axis=1)
    absent = np.sum(~np.isnan(votes), axis=1) - present
    result = np.where(present > absent, 1.0, 0.0)
    return np.where(present == absent, np.nan, result)
