"""Expected values of other programs, and how our public kernels answer them.

One module a topic (``roc.py``, ``mrmc.py``, ...), each with

``CASES``
    folder name of a case -> function ``(case_dir: Path) -> dict[str, object]`` that gives our answer for every expected
    name that it knows (a number, text, a boolean; None where the quantity is not estimable);
``PARTS``
    the same, where several topics share a case: their answers are put together;
``OUT_OF_SCOPE``
    folder name of a case -> {regular expression of expected names: the reason why this project does not give them}.

The functions only read the case's data, call public kernels of ``ecg_eval.stats`` and name the results; arithmetic in
them would be a second implementation. The cases in ``own/`` are simulated (CC0) and copied here as this repository's
reference tests; the published ones are read in place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

Answers = Mapping[str, object]
Answerer = Callable[[Path], Answers]

OWN = Path(__file__).parent / "own"


@dataclass
class Verdict:
    """What became of the expected values of one case."""

    case: str
    matched: list[str] = field(default_factory=list)
    differing: list[tuple[str, object, object]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    out_of_scope: dict[str, list[str]] = field(default_factory=dict)
    needless: list[str] = field(default_factory=list)  # named as out of scope, and matched or not even expected

    @property
    def total(self) -> int:
        """Count all expected values of the case."""
        return (
            len(self.matched) + len(self.differing) + len(self.unanswered) + sum(map(len, self.out_of_scope.values()))
        )


def _topics() -> list[object]:
    return [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if not m.name.startswith("test_")]


def answerers() -> dict[str, Answerer]:
    """Gather the answering function of every case, by folder name; those of a shared case answer together."""
    found: dict[str, list[Answerer]] = {}
    for topic in _topics():
        for kind in ("CASES", "PARTS"):
            for case, answer in getattr(topic, kind, {}).items():
                found.setdefault(case, []).append(answer)
    return {case: _together(answers) for case, answers in found.items()}


def _together(answers: list[Answerer]) -> Answerer:
    return lambda case_dir: {name: value for answer in answers for name, value in answer(case_dir).items()}


def scope_rules() -> dict[str, dict[str, str]]:
    """Gather what is out of scope in every case, by folder name: the name of each value excused, and the reason."""
    found: dict[str, dict[str, str]] = {}
    for topic in _topics():
        for case, rules in getattr(topic, "OUT_OF_SCOPE", {}).items():
            found.setdefault(case, {}).update(rules)
    return found


def agrees(got: object, entry: Mapping[str, object]) -> bool:
    """Tell whether ``|got - want| <= max(abs_tol, rel_tol * |want|)``; null, text and booleans must be equal."""
    want = entry["value"]
    if want is None or isinstance(want, (str, bool)):
        return type(got) is type(want) and got == want
    if got is None or isinstance(got, (str, bool)):
        return False
    number, wanted = float(got), float(want)  # type: ignore[arg-type]
    absolute, relative = float(entry.get("abs_tol") or 0), float(entry.get("rel_tol") or 0)  # type: ignore[arg-type]
    return abs(number - wanted) <= max(absolute, relative * abs(wanted))


def verify(case_dir: Path, answer: Answerer | None, rules: Mapping[str, str]) -> Verdict:
    """Compare our answers with every expected value of one case."""
    expected = json.loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]
    answers = dict(answer(case_dir)) if answer else {}
    verdict = Verdict(case_dir.name)
    for entry in expected:
        name = entry["name"]
        if name in answers and agrees(answers[name], entry):
            verdict.matched.append(name)
            continue
        if name in rules:
            verdict.out_of_scope.setdefault(rules[name], []).append(name)
        elif name in answers:
            verdict.differing.append((name, answers[name], entry["value"]))
        else:
            verdict.unanswered.append(name)
    excused = {name for names in verdict.out_of_scope.values() for name in names}
    verdict.needless = sorted(set(rules) - excused)
    return verdict
