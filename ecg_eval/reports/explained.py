"""What is shown of explanations, before words: what the deletion test says of each answer, and where it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ecg_eval.domain.facts.attribution import ABOVE_LARGEST, AREA, FALL_MOST, FALL_RANDOM, LEAD_SHARE, LIKENESS

Verdict = Literal["more", "no_more_than_large", "nothing"]
NEARLY_ALL = 0.9  # share of what moves an answer, from which on one lead is said to be all that it looks at


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number of explanations.csv, with its interval where it has one.

    Attributes
    ----------
    value, low, high : float or None
    n : int
        ECGs behind it.
    reason : str
        Why it has no value, or no interval.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExplainedAnswer:
    """What explains a model's answers about one finding.

    Attributes
    ----------
    reader, finding : str
    area, above_largest, likeness : Number
        In log odds, in log odds, and from -1 to 1.
    falls : list of tuple of float
        (share deleted, fall of the most attributed, fall at random), as far as they are there.
    leads : list of tuple of str and float
        (lead, share of what moved the answers), the largest first; empty where nothing did.
    """

    reader: str
    finding: str
    area: Number
    above_largest: Number
    likeness: Number
    falls: list[tuple[float, float, float]]
    leads: list[tuple[str, float]]

    @property
    def verdict(self) -> Verdict:
        """Whether deleting what was pointed at moves the answer more than chance, and than large deflections do."""
        if self.area.low is None or self.area.low <= 0:
            return "nothing"
        is_more = self.above_largest.low is not None and self.above_largest.low > 0
        return "more" if is_more else "no_more_than_large"

    @property
    def only_lead(self) -> str | None:
        """Return the lead in which nearly all lies that moves the answers."""
        return self.leads[0][0] if self.leads and self.leads[0][1] >= NEARLY_ALL else None


def explained_answers(table: pd.DataFrame) -> list[ExplainedAnswer]:
    """Return what explains each model's answers, in the order of the table; models without are left out."""
    answers = []
    for (reader, finding), rows in table.groupby(["reader_id", "finding"], sort=False):
        if finding and (rows["what"] == FALL_MOST).any():
            answers.append(_answer(str(reader), str(finding), rows))
    return answers


def unexplained(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return why answers are not explained -> "model" or "model, finding" of them."""
    reasons: dict[str, list[str]] = {}
    alone = table.groupby(["reader_id", "finding"], sort=False)["what"].transform("size") == 1
    for row in table[alone].itertuples():
        reasons.setdefault(str(row.reason), []).append(", ".join(filter(None, (str(row.reader_id), str(row.finding)))))
    return reasons


def _answer(reader: str, finding: str, rows: pd.DataFrame) -> ExplainedAnswer:
    shares = {what: rows[rows["what"] == what] for what in (FALL_MOST, FALL_RANDOM)}
    most, random = ([float(x) for x in part["value"]] for part in shares.values())
    at = [float(x) for x in shares[FALL_MOST]["at"]]
    of_leads = rows[rows["what"] == LEAD_SHARE].dropna(subset="value")
    leads = list(zip(of_leads["at"].astype(str), of_leads["value"].astype(float), strict=True))
    return ExplainedAnswer(
        reader=reader,
        finding=finding,
        area=_number(rows, AREA),
        above_largest=_number(rows, ABOVE_LARGEST),
        likeness=_number(rows, LIKENESS),
        falls=[fall for fall in zip(at, most, random, strict=True) if not pd.isna(fall[1])],
        leads=sorted(leads, key=lambda lead: -lead[1]),
    )


def _number(rows: pd.DataFrame, what: str) -> Number:
    row = rows[rows["what"] == what].iloc[0]
    value, low, high = (None if pd.isna(row[c]) else float(row[c]) for c in ("value", "low", "high"))
    return Number(value=value, low=low, high=high, n=int(row["n_records"]), reason=str(row["reason"]))


def leads_in_words(leads: Sequence[tuple[str, float]], most: int = 3) -> list[tuple[str, float]]:
    """Return the leads that come first, those of at least a twelfth of all, `most` of them."""
    return [lead for lead in leads[:most] if lead[1] >= 1 / 12]
