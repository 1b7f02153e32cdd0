"""A draw of ECGs in words: what was asked for, what there is, what was drawn, and what the weights stand for."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_eval.planning.cases.draw import WEIGHT, Answered, CaseDraw
from ecg_eval.planning.cases.wanted import NONE, Wanted
from ecg_eval.planning.text_table import aligned
from ecg_eval.planning.wordings import Wordings, Words

WORDS = Wordings(Path(__file__).with_name("words.csv"))


@dataclass(frozen=True)
class LeftOut:
    """ECGs that may not be drawn, for one reason.

    Attributes
    ----------
    reason : str
        "other_fold", "learnt_here", "learnt", "learnt_stated", "learnt_patient", "no_signal", "quality",
        "no_truth" or "not_wanted".
    detail : str
        The model or the folds.
    n_ecgs : int
    """

    reason: str
    detail: str
    n_ecgs: int


@dataclass(frozen=True, kw_only=True)
class CasePlan:
    """A draw of ECGs and what it rests on.

    Attributes
    ----------
    draw : CaseDraw
    n_ecgs, n_patients : int
        That may be drawn: what the weights stand for.
    left_out, learnt : tuple of LeftOut
    by : tuple of str
    seed : int
    nearest : tuple of Wanted or None
        A plan that works, where this one came out short and one was reached.
    looked_at_signals : bool
    n_strangers : int
        Ids of a table of one's own that the archive does not have.
    """

    draw: CaseDraw
    n_ecgs: int
    n_patients: int
    left_out: tuple[LeftOut, ...] = ()
    learnt: tuple[LeftOut, ...] = ()
    by: tuple[str, ...] = ()
    seed: int
    nearest: tuple[Wanted, ...] | None = None
    looked_at_signals: bool = False
    n_strangers: int = 0


def cases_text(plan: CasePlan, language: str = "en", again: Sequence[str] = ()) -> str:
    """Return a draw in words: what was left out, what was wanted, the strata, and what the weights stand for.

    Parameters
    ----------
    plan : CasePlan
    language : {"en", "fr"}
    again : sequence of str
        The command that drew, word by word, without what was wanted: it is printed with the nearest plan that works.
    """
    words = WORDS.of(language)
    parts = [_wanted(plan, words)]
    if plan.draw.is_short:
        parts += [
            words("short", what=a.wanted.label, n=a.n_short, of=a.wanted.n) for a in plan.draw.answered if a.n_short
        ]
        parts.append(words("never") if plan.nearest is None else _nearest(plan.nearest, words, again))
    if plan.left_out:
        rows = [[words(x.reason, detail=x.detail), str(x.n_ecgs)] for x in plan.left_out]
        parts.append(aligned([[words("left"), words("ecgs")], *rows]))
    parts += [_strata(plan, words, language), " ".join(_sentences(plan, words, language))]
    return "\n\n".join(parts)


def _nearest(nearest: Sequence[Wanted], words: Words, again: Sequence[str]) -> str:
    options = [word for one in nearest for word in ("--want", f"{one.label}={one.n}")]
    return words("nearest", options=shlex.join([*again, *options]))


def reasons_text(left_out: Sequence[LeftOut], language: str = "en") -> str:
    """Return why ECGs may not be drawn, in one line."""
    words = WORDS.of(language)
    return "; ".join(f"{x.n_ecgs} {words(x.reason, detail=x.detail)}" for x in left_out)


def _wanted(plan: CasePlan, words: Words) -> str:
    head = [words(key) for key in ("wanted", "asked", "eligible", "drawn", "why")]
    rows = [
        [one.wanted.label, str(one.wanted.n), str(one.n_eligible), str(one.n_drawn), _why(one, words)]
        for one in plan.draw.answered
    ]
    return aligned([head, *rows])


def _why(one: Answered, words: Words) -> str:
    if not one.n_short:
        return ""
    taken = [words("taken", n=one.n_taken)] if one.n_taken else []
    return "; ".join([words("few"), *taken])


def _strata(plan: CasePlan, words: Words, language: str) -> str:
    head = [words(key) for key in ("strata", "ecgs", "patients", "drawn", "weight")]
    rows = [
        [
            s.label if s.finding != NONE else s.label.replace(NONE, words("none"), 1),
            str(s.n_ecgs),
            str(s.n_patients),
            str(s.n_drawn),
            _number(s.n_patients / s.n_drawn, language) if s.n_drawn else "",
        ]
        for s in plan.draw.strata
    ]
    return aligned([head, *rows])


def _sentences(plan: CasePlan, words: Words, language: str) -> Iterator[str]:
    draw = plan.draw
    strata = words.count("stratum", len(draw.strata))
    counts = {"drawn": len(draw.cases), "ecgs": plan.n_ecgs, "patients": plan.n_patients}
    yield words("total", **counts, strata=strata, seed=plan.seed)
    weights = draw.cases[WEIGHT]
    if len(weights):
        low, high = (_number(float(w), language) for w in (weights.min(), weights.max()))
        yield words("stands", ecgs=plan.n_ecgs, low=low, high=high)
    if draw.n_out_of_reach:
        yield words("reach", n=draw.n_out_of_reach)
    if all(one.wanted.finding != NONE for one in draw.answered):
        yield words("unasked")
    for allowed in plan.learnt:
        if allowed.reason != "learnt_patient":
            reason = words(allowed.reason, detail=allowed.detail)
            yield words("allowed", n=allowed.n_ecgs, reason=reason)
    if plan.n_strangers:
        yield words("strangers", n=plan.n_strangers)
    if not plan.looked_at_signals:
        yield words("unseen")
    yield words("blind")


def _number(value: float, language: str) -> str:
    text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
    return text.replace(".", ",") if language == "fr" else text
