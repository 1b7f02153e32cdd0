"""Answers that are neither yes nor no: what each way to count them would give.

A reader who says "uncertain" or "refer" has answered, and every way to count that answer favours somebody: counted as
absent it looks like a specific reader, counted as present like a sensitive one, left out like one who is always sure.
So a share is made again under every policy, the two ends among them that hold whatever the answers are worth: the worst
case (each such answer is wrong) and the best case (each is right). The worst case is what "intention to diagnose" asks.
"""

from abc import ABC
from collections.abc import Iterator
from copy import copy

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import MACRO, Row, Rows
from ecg_eval.domain.notes import COUNTED_AS
from ecg_eval.domain.reading import ANSWERS, REFER, UNCERTAIN
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks, ReaderArm
from ecg_eval.stats.estimate import Estimate

UNDECIDED = (UNCERTAIN, REFER)
POLICIES = ("absent", "present", "left out", "worst case", "best case")
TRUTH_DECIDES = 0.5  # a call that the policy resolves by the truth
NOBODY_UNDECIDED = "no reader answered {}"


def said_undecided(study: ReaderStudy, answers: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return where a reading is one of these answers, (n_reader_arms, n_findings, n_records)."""
    return np.isin(study.arrays.answers("reading"), [ANSWERS.index(answer) for answer in answers])


def undecided_checked(metric: str, answers: object) -> tuple[str, ...]:
    """Return the answers that a configuration names: "uncertain", "refer" or both."""
    named = (answers,) if isinstance(answers, str) else tuple(answers) if isinstance(answers, list | tuple) else ()
    wrong = [answer for answer in named if answer not in UNDECIDED]
    if wrong or not named:
        remedy = suggestion(str(wrong[0]), UNDECIDED) if wrong else "Leave it out for both."
        raise ConfigError(f"metrics.{metric}", "of", f"one or both of {', '.join(UNDECIDED)}", answers, remedy)
    return tuple(answer for answer in UNDECIDED if answer in named)


class ByPolicy(OfCalls, ABC):
    """A share of calls under every way to count undecided answers; mixed into the share's own metric.

    Readers of a kind of whom nobody gave such an answer have no rows: nothing would change for them.

    Parameters
    ----------
    of : str or sequence of str
        Which answers: "uncertain", "refer" or both; the other counts as the configuration says.
    """

    answers = "question"
    by_subgroup = False
    is_share = False
    picture = "policies"
    policy: str = POLICIES[0]

    def __init__(self, *, of: object = UNDECIDED) -> None:
        self.of = undecided_checked(self.name, of)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield, under every policy, each reader's share by finding and over findings, and means over readers."""
        has_some: Masks = np.asarray(said_undecided(study, self.of).any(axis=(1, 2)))
        kinds = {
            study.kind(reader) for (reader, _), is_said in zip(study.reader_arms, has_some, strict=True) if is_said
        }
        who = tuple(one for one in self.measured(study) if study.kind(one[0]) in kinds)
        if not who and study.reference.exists:
            nobody = NOBODY_UNDECIDED.format(" or ".join(self.of))
            nothing = Estimate.undefined(reason=nobody, method=self.label, level=level)
            yield Row(metric=self.name, finding=MACRO, combined=MACRO, estimate=nothing)
        for policy in POLICIES if who else ():
            under = copy(self)
            under.policy = policy
            numbers = under.numbers(study, who, level)
            yield from under.averages(study, numbers, level, f"{' and '.join(self.of)}{COUNTED_AS}{policy}").rows()

    def values(self, study: ReaderStudy, who: tuple[ReaderArm, ...]) -> Floats:
        """Return calls, undecided ones as the policy says, `TRUTH_DECIDES` in its two extreme cases."""
        places = [study.reader_arms.index(pair) for pair in who]
        meant = {"absent": 0.0, "present": 1.0, "left out": np.nan}.get(self.policy, TRUTH_DECIDES)
        calls = np.where(said_undecided(study, self.of)[places], meant, study.cube("calls")[places])
        return np.where(study.says_nothing[places][..., None], np.nan, calls)

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count what the share counts, an undecided answer as wrong in the worst case and right in the best."""
        meant = truth if self.policy == "best case" else 1 - truth
        return super().counted(truth, np.where(call == TRUTH_DECIDES, meant, call))  # type: ignore[safe-super]
