"""What a model is asked, and what its answers say of it.

Every question is asked in a copy of the process in which the model was made, so that one on which it hangs or dies
costs that question alone, and no question can be answered from what another left behind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import NEAR
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import EcgEvalError, PluginError
from ecg_eval.pipeline.apart.processes import Allowed, apart, calling, can_copy, in_words
from ecg_eval.pipeline.metering import Cost, metered
from ecg_eval.pipeline.model_check.tracings import ODD, Odd, renamed, reordered
from ecg_eval.pipeline.study.door import scores_of

_DIFFERENT = 1e-3  # scores that differ by more are different answers; by less, another order of additions
_ABOUT_THE_SAME = 0.1  # of a tracing brought to another sampling rate
_BATCH = 32

Floats = NDArray[np.float64]
Verdict = Literal["ok", "note", "wrong"]
T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """What one question showed: whether the model may be used with it, in words."""

    what: str
    verdict: Verdict
    words: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of asking for scores once.

    Attributes
    ----------
    scores : ndarray or None
        Shape (n_recordings, n_findings); None where there are none.
    refused : str
        What the model raised instead; empty where it answered.
    broken : str
        What of the contract it broke, or how it ended; empty where it did neither.
    cost : Cost
    changed_input : bool
        Whether the samples that it was given are others now.
    """

    scores: Floats | None = None
    refused: str = ""
    broken: str = ""
    cost: Cost = field(default_factory=Cost)
    changed_input: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Examiner:
    """A model that was made and taught, and how it is asked.

    Attributes
    ----------
    label : str
    model : Model
    findings : tuple of str
    recordings : tuple of Recording
        Ordinary ones.
    allowed : Allowed
        For one question.
    fixed_rate_hz : float or None
        The rate that the run brings every recording to, so that no other will come.
    """

    label: str
    model: Model
    findings: tuple[str, ...]
    recordings: tuple[Recording, ...]
    allowed: Allowed
    fixed_rate_hz: float | None = None

    def ask(self, recordings: Sequence[Recording]) -> Answer:
        """Return what the model answers to some recordings, asked in a process of its own."""
        who = f"model {self.label}"

        def answer() -> Answer:
            by_id = {r.record_id: replace(r, signal=r.signal.copy()) for r in recordings}
            handed = Recordings(tuple(by_id), by_id.__getitem__)
            with metered() as cost:
                try:
                    scores = scores_of(self.model, self.label, handed, self.findings)
                except PluginError as error:
                    return Answer(broken=str(error))
                except (Exception, SystemExit) as error:
                    return Answer(refused=str(error) if isinstance(error, EcgEvalError) else in_words(error))
            changed = any(not np.array_equal(by_id[r.record_id].signal, r.signal, equal_nan=True) for r in recordings)
            return Answer(scores=scores, cost=cost, changed_input=changed)

        try:
            return in_a_copy(answer, who, "scores", self.allowed)
        except EcgEvalError as error:
            return Answer(broken=str(error))

    def examine(self) -> list[Checked]:
        """Return what every question showed; only the first where the model cannot answer ordinary recordings."""
        usual = self.ask(self.recordings)
        first = _usual(usual, self)
        if usual.scores is None or first.verdict == "wrong":
            return [first]
        checked = [first, _constant(usual.scores, self), self._repeated(usual.scores), self._alone(usual.scores)]
        if not self.model.reads_signals:
            words = "it looks at no signal, so that it is not tried on changed ones"
            return [c for c in (*checked, Checked("changed recordings", "note", words)) if c]
        checked += [
            self._same(usual.scores, renamed, "other ids", "the same recordings under other ids", "It reads ids."),
            self._same(
                usual.scores,
                reordered,
                "order of leads",
                "the same recordings with their leads stored in another order",
                "Take leads by name (`recording.select`), never by position.",
            ),
            _changed_input(usual),
            *(self._odd(usual.scores, name, odd) for name, odd in ODD.items()),
            self._costs(),
        ]
        return [c for c in checked if c]

    def _repeated(self, usual: Floats) -> Checked:
        again = self.ask(self.recordings)
        return _compared("asked again", usual, again, "the same recordings a second time", "Seed what it draws.")

    def _alone(self, usual: Floats) -> Checked:
        answers = [self.ask([r]) for r in self.recordings]
        failed = next((a for a in answers if a.scores is None), None)
        rows = [a.scores for a in answers if a.scores is not None]
        alone = failed or Answer(scores=np.vstack(rows))
        remedy = "A score must depend on its own recording alone: freeze batch normalisation, ask in evaluation mode."
        return _compared("one by one", usual, alone, "each recording alone instead of all together", remedy)

    def _same(
        self, usual: Floats, change: Callable[[Recording], Recording], what: str, words: str, remedy: str
    ) -> Checked:
        return _compared(what, usual, self.ask([change(r) for r in self.recordings]), words, remedy)

    def _odd(self, usual: Floats, name: str, odd: Odd) -> Checked | None:
        """Return what one changed recording does, beside an ordinary one, and alone where both were refused."""
        if odd.same_answer and self.fixed_rate_hz is not None:
            return None
        changed = odd.change(renamed(self.recordings[0]))
        together = self.ask([changed, self.recordings[1]])
        answer = together if together.refused == "" else self.ask([changed])
        if answer.broken:
            return Checked(name, "wrong", f"{odd.words}: {answer.broken}")
        if answer.scores is None:
            return Checked(name, "ok", f"{odd.words}: refused, for that recording alone ({answer.refused})")
        if together.scores is not None and (gap := _gap(usual[1:2], together.scores[1:])) > _DIFFERENT:
            words = f"{odd.words}: scores of the recording beside it change by up to {gap:.2g}"
            return Checked(name, "wrong", f"{words}. A score must depend on its own recording alone.")
        if changed.units != "mV" and "mV" in self.model.needs and np.isfinite(answer.scores[0]).any():
            return Checked(name, "note", f"{odd.words}: answered, though it says that it needs mV")
        return _judged(name, odd, answer.scores[0], usual[0], self.findings)

    def _costs(self) -> Checked:
        many = [replace(self.recordings[i % len(self.recordings)], record_id=f"r{i}") for i in range(_BATCH)]
        one, all_of_them = self.ask(self.recordings[:1]), self.ask(many)
        if one.scores is None or all_of_them.scores is None:
            return Checked("time and memory", "wrong", one.broken or one.refused or all_of_them.broken)
        each = all_of_them.cost.cpu_s / _BATCH
        words = (
            f"one recording {1000 * one.cost.cpu_s:.0f} ms of processor time, {_BATCH} together "
            f"{1000 * each:.1f} ms each"
        )
        memory = all_of_them.cost.memory_mb
        return Checked("time and memory", "ok", words + ("" if memory is None else f"; {memory:.0f} MB at the peak"))


def in_a_copy(call: Callable[[], T], who: str, what: str, allowed: Allowed) -> T:
    """Return what a call answers in a copy of this process, or here where that cannot be copied."""
    if can_copy():
        return apart(call, who, what, allowed)
    with calling(who, what):
        return call()


def compared_processes(first: Floats, second: Floats) -> Checked:
    """Return whether a model that is made, and taught, anew gives the same scores, shape (n_recordings, n_findings)."""
    remedy = "Draw from `rng` alone, and store weights that are drawn when the model is made."
    return _compared("made anew", first, Answer(scores=second), "the same recordings when it is made anew", remedy)


def _usual(usual: Answer, examiner: Examiner) -> Checked:
    n, findings = len(examiner.recordings), examiner.findings
    if usual.scores is None:
        return Checked("answers", "wrong", f"{n} ordinary recordings: {usual.broken or usual.refused}")
    is_there = np.isfinite(usual.scores)
    if not is_there.any():
        return Checked("answers", "wrong", f"no score for any of {n} ordinary recordings")
    ranges = [
        f"{code} {np.nanmin(column):.3g} to {np.nanmax(column):.3g}"
        for code, column in zip(findings, usual.scores.T, strict=True)
        if np.isfinite(column).any()
    ]
    untaught = [code for code, column in zip(findings, is_there.T, strict=True) if not column.any()]
    silent = int((~is_there.any(axis=1)).sum())
    missing = [f"cannot score {', '.join(untaught)}"] * bool(untaught)
    missing += [f"no score for {silent} of {n} recordings"] * bool(silent)
    words = f"{n} ordinary recordings, scores in [0, 1]: {_few(ranges)}"
    return Checked("answers", "note" if missing else "ok", "; ".join([words, *missing]))


def _constant(scores: Floats, examiner: Examiner) -> Checked | None:
    if examiner.model.is_floor or len(scores) < 2 or np.nanmax(np.ptp(scores, axis=0)) > 0:
        return None
    return Checked("constant", "note", "the same scores for every recording: it says nothing of any")


def _changed_input(usual: Answer) -> Checked:
    if usual.changed_input:
        return Checked("its input", "wrong", "it changes the samples that it is given. Copy them first.")
    return Checked("its input", "ok", "it leaves the samples that it is given as they are")


def _gap(first: Floats, second: Floats) -> float:
    """Return the largest difference of two tables of scores; infinite where one answers and the other does not."""
    if (np.isnan(first) != np.isnan(second)).any():
        return np.inf
    return float(np.nanmax(np.abs(first - second), initial=0.0))


def _compared(what: str, usual: Floats, other: Answer, words: str, remedy: str) -> Checked:
    if other.scores is None:
        return Checked(what, "wrong", f"{words}: {other.broken or other.refused}")
    gap = _gap(usual, other.scores)
    if gap <= NEAR:
        return Checked(what, "ok", f"{words}: the same scores (within {NEAR:g})")
    if gap <= _DIFFERENT:
        return Checked(what, "note", f"{words}: scores differ by up to {gap:.2g}; near a threshold a call may differ")
    by = "where it answers" if np.isinf(gap) else f"by up to {gap:.2g}"
    return Checked(what, "wrong", f"{words}: scores differ {by}. {remedy}")


def _judged(name: str, odd: Odd, scores: Floats, usual: Floats, findings: Sequence[str]) -> Checked:
    if not np.isfinite(scores).any():
        return Checked(name, "ok", f"{odd.words}: no answer")
    highest = int(np.nanargmax(scores))
    suspicion = f"{findings[highest]} {scores[highest]:.2f}"
    if odd.is_no_ecg:
        return Checked(name, "note", f"{odd.words}: answered as if it were an ECG (highest: {suspicion})")
    gap = _gap(usual[None], scores[None])
    change = "other findings are answered" if np.isinf(gap) else f"scores change by up to {gap:.2g}"
    if odd.same_answer and gap > _ABOUT_THE_SAME:
        remedy = "It may take every recording for one of its own rate: state `resample_hz`."
        return Checked(name, "note", f"{odd.words}: {change}. {remedy}")
    return Checked(name, "ok", f"{odd.words}: answered, {change}")


def _few(items: Sequence[str], most: int = 4) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
