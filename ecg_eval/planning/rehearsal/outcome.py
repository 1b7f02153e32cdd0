"""What came of rehearsing a plan: each question that it named over all simulated studies, and what would break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ecg_eval.domain.oddities import FEW, Oddity

LARGE = 20  # tests of a family above which a single one needs p below a twentieth of the usual
_OF = ("metric", "reader", "arm", "compared_with", "finding")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a simulated study says of one question.

    Attributes
    ----------
    metric, reader, arm, compared_with, finding : str
        The question, as an evaluation labels it.
    value, low, high : float
        NaN where there is none.
    is_found : bool or None
        Whether it shows what it was to show; None for a number that nothing is tested on.
    reason : str
        Why there is no value, or no interval.
    """

    metric: str
    reader: str
    arm: str
    compared_with: str
    finding: str
    value: float
    low: float
    high: float
    is_found: bool | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question over all simulated studies.

    Attributes
    ----------
    metric, reader, arm, compared_with, finding : str
    n_studies, n_values, n_intervals : int
        Studies in all, with a value, and with an interval.
    n_found : int or None
        Studies that show what they were to show; None for a number that nothing is tested on.
    mean, width : float or None
        Mean of the values, and of the widths of the intervals.
    reason : str
        The most frequent reason for no value or no interval.
    """

    metric: str
    reader: str
    arm: str
    compared_with: str
    finding: str
    n_studies: int
    n_values: int
    n_intervals: int
    n_found: int | None
    mean: float | None
    width: float | None
    reason: str = ""


def questions_of(studies: Sequence[Sequence[Verdict]]) -> tuple[Question, ...]:
    """Return each question over all studies, in the order in which they first came."""
    every: dict[tuple[str, ...], list[Verdict]] = {}
    for study in studies:
        for verdict in study:
            every.setdefault(tuple(getattr(verdict, name) for name in _OF), []).append(verdict)
    return tuple(_question(dict(zip(_OF, of, strict=True)), verdicts, len(studies)) for of, verdicts in every.items())


def _question(of: dict[str, str], verdicts: Sequence[Verdict], n_studies: int) -> Question:
    value = np.array([v.value for v in verdicts])
    width = np.array([v.high - v.low for v in verdicts])
    has_value, has_interval = ~np.isnan(value), ~np.isnan(width)
    tested = [v.is_found for v in verdicts if v.is_found is not None]
    reasons = [v.reason for v in verdicts if v.reason]
    return Question(
        **of,
        n_studies=n_studies,
        n_values=int(has_value.sum()),
        n_intervals=int(has_interval.sum()),
        n_found=sum(tested) if tested else None,
        mean=float(value[has_value].mean()) if has_value.any() else None,
        width=float(width[has_interval].mean()) if has_interval.any() else None,
        reason=max(dict.fromkeys(reasons), key=reasons.count) if reasons else "",
    )


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something of a plan that would break, or say little.

    Attributes
    ----------
    kind : str
        "few_with", "few_without", "large_family", "not_computable", "no_interval", "unknown_kind" or
        "not_there" (no estimate is what the plan named).
    what : str
        The finding, the family, the reason, the kind of reader, or the metric.
    count : int
    of : int
        Out of how many; 0 where that means nothing.
    """

    kind: str
    what: str
    count: int
    of: int = 0


def case_troubles(truth: pd.DataFrame) -> Iterator[Trouble]:
    """Yield findings that too few ECGs have, or that too few do not have.

    Parameters
    ----------
    truth : DataFrame, one column a finding
        1, 0 or NaN, of the ECGs that are read.
    """
    for finding in truth:
        for kind, value in (("few_with", 1), ("few_without", 0)):
            n = int((truth[finding] == value).sum())
            if n < FEW:
                yield Trouble(kind=kind, what=str(finding), count=n, of=len(truth))


def number_troubles(evaluation: pd.DataFrame) -> Iterator[Trouble]:
    """Yield, of the evaluation of one simulated study, what has no value or no interval, and large families.

    Parameters
    ----------
    evaluation : DataFrame
        Columns of an evaluation.
    """
    value, low = (evaluation[name].isna().to_numpy() for name in ("value", "low"))
    reason = evaluation["reason"].fillna("").astype(str)
    for kind, which in (("not_computable", value), ("no_interval", ~value & low & (reason != "").to_numpy())):
        for why, n in reason[which].value_counts(sort=True).items():
            yield Trouble(kind=kind, what=str(why), count=int(n), of=len(evaluation))
    sizes = evaluation[evaluation["family"] != ""].groupby("family")["family_size"].first().sort_values(ascending=False)
    for family, size in zip(sizes.index.astype(str), sizes.to_numpy(dtype=int).tolist(), strict=True):
        if size > LARGE:
            yield Trouble(kind="large_family", what=family, count=size)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A plan rehearsed.

    Attributes
    ----------
    n_studies, n_readers, n_ecgs, n_readings : int
        Of each study, the last three as planned.
    questions : tuple of Question
    troubles : tuple of Trouble
    design : str
        The design that the simulated readings show.
    breaches : tuple of Oddity
        Departures of the plan from its design.
    hours : float or None
        Median hours that a reader reads, as simulated readers do.
    ais : tuple of str
        The AIs that were simulated, the first of them shown to readers.
    effects : mapping of str to float
        What changes while the simulated readers read: `learning` (d' gained per 100 ECGs), `period` (per period after
        the first), `fatigue` (lost from the beginning to the end of a period), `carry_over` (share of what was chance
        in a first reading that comes back in a second).
    level : float
        Of the intervals.
    """

    n_studies: int
    n_readers: int
    n_ecgs: int
    n_readings: int
    questions: tuple[Question, ...]
    troubles: tuple[Trouble, ...]
    design: str
    breaches: tuple[Oddity, ...] = ()
    hours: float | None = None
    ais: tuple[str, ...] = ()
    effects: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.95
