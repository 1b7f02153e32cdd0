"""What a report says, before it is put into words: a kind of statement, the estimates that it quotes, and plain facts.

A sentence that is made from text cannot be checked; one that is made from a ``Statement`` can: each of its numbers is a
row of the evaluation, and whether it speaks of a rise or a fall follows from the row's sign. Page, console and tracking
take their sentences from the same statements.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from ecg_eval.domain.evaluation import EVALUATION_COLUMNS, ROWS_AT_ONCE


class Quote(NamedTuple):
    """One row of the evaluation, None where nothing is known."""

    metric: str
    reader: str
    reader_kind: str
    arm: str
    compared_with: str
    finding: str
    subgroup: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int | None
    n_positive: int | None
    n_clusters: int | None
    p_value: float | None
    p_adjusted: float | None
    pre_specified: bool
    reason: str
    is_group: bool = False  # whether `reader`, or else `compared_with`, stands for several
    with_group: bool = False  # whether `compared_with` does
    family: str = ""  # the tests that its p-value was adjusted with
    family_size: int | None = None

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the interval are known."""
        return self.low is not None and self.high is not None

    @property
    def leaves_zero_out(self) -> bool:
        """Whether the interval of a difference lies on one side of zero: a clear difference."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    @property
    def outlasts_adjustment(self) -> bool:
        """Whether its test, adjusted for the others of its family, leaves it standing; true without a test."""
        p = self.p_adjusted if self.p_adjusted is not None else self.p_value
        return p is None or p <= 1 - self.level


class Who(NamedTuple):
    """A reader, or a group of readers, in one arm; `n` people (or programs) in it."""

    reader: str
    arm: str = ""
    is_group: bool = False
    n: int = 1


Fact = str | int | bool | Who | tuple[str, ...] | tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One thing that is said of a study.

    Attributes
    ----------
    kind : str
        What is said ("reading", "difference", "aid", ...); each kind has its words in each language.
    estimates : dict of str to Quote
        The rows quoted, by the part they play ("found", "wrong", "before", "after", "effect").
    facts : dict of str to Fact
        Who, of which findings, on how many ECGs: what the words need beside the numbers.
    """

    kind: str
    estimates: Mapping[str, Quote] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)


def quotes(frame: pd.DataFrame) -> Iterator[Quote]:
    """Yield the rows of an evaluation's table as quotes, in their order."""
    columns = [name for name in Quote._fields if name in EVALUATION_COLUMNS]
    place = Quote._fields.index("with_group")  # the one field that the table has no column of
    for start in range(0, len(frame), ROWS_AT_ONCE):
        plain = frame[columns][start : start + ROWS_AT_ONCE].astype(object)
        for row in plain.where(plain.notna(), None).itertuples(index=False, name=None):
            yield Quote._make((*row[:place], False, *row[place:]))
