"""What the names of several files say of their answers: whose they are, in which session, with or without help."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecg_eval.domain.spelling import folded
from ecg_eval.pipeline.drafting import words

_SESSIONS = (
    *("session", "sitting", "period", "phase", "round", "visit", r"s[eé]ance", r"p[eé]riode", "durchgang", "runde"),
    *("s", "p", "t"),
)
_SESSION = re.compile(rf"(?<![^\W_])((?:{'|'.join(_SESSIONS)})[ _.-]?)(\d{{1,2}})(?!\d)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+")
_MARKS = " _-."
_TITLES = ("dr", "gp", "prof", "mr", "mrs", "ms", "med", "doctor", "reader", "medecin", "lecteur", "arzt", "leser")


@dataclass(frozen=True)
class Named:
    """What the names of files say.

    Attributes
    ----------
    pattern : str
        As ``file_names`` of a readings file takes it.
    readers, arms : tuple of str
        Readers and words for arms that the names hold; empty where they say nothing of them.
    """

    pattern: str
    readers: tuple[str, ...]
    arms: tuple[str, ...]


def named_alike(stems: Sequence[str], *, with_readers: bool) -> Named | None:
    """Return how the names of files are made, where they tell sessions or arms apart; None where they do not.

    Parameters
    ----------
    stems : sequence of str
        Names without their endings.
    with_readers : bool
        Whether the files themselves name their readers, so that the names need not.
    """
    parted = [_parted(stem) for stem in stems]
    fields = {tuple(field for field, _ in part if field) for part in parted}
    if len(stems) < 2 or len(fields) != 1 or not next(iter(fields)):
        return None
    by_place = list(zip(*parted, strict=True)) if len({len(part) for part in parted}) == 1 else []
    pattern, readers = "", tuple[str, ...]()
    arms = tuple(dict.fromkeys(text for part in parted for field, text in part if field == "arm"))
    for place in by_place:
        field, texts = place[0][0], [text for _, text in place]
        if field:
            pattern += f"{{{field}}}"
        elif len(set(texts)) == 1:
            pattern += texts[0]
        elif with_readers:
            pattern += "*"
        elif readers:
            return None
        else:
            before, after = _common(texts), _common([text[::-1] for text in texts])[::-1]
            before = "" if folded(before) in _TITLES else before
            readers = tuple(dict.fromkeys(text[len(before) : len(text) - len(after)] for text in texts))
            pattern += f"{before}{{reader}}{after}"
    told_apart = any(len({text for _, text in place}) > 1 for place in by_place if place[0][0])
    if not told_apart or (not with_readers and not (readers and all(readers))):
        return None
    return Named(pattern, readers, arms)


def _parted(stem: str) -> list[tuple[str, str]]:
    """Return a name in parts: (what it says or "", its text)."""
    spans = {}
    session = list(_SESSION.finditer(stem))
    if session:
        spans[session[-1].span(2)] = "period"
    tokens = list(_TOKEN.finditer(stem))
    for n in (3, 2, 1):
        for i in range(len(tokens) - n + 1):
            start, end = tokens[i].start(), tokens[i + n - 1].end()
            text = stem[start:end]
            taken = any(start < b and a < end for a, b in spans) or "arm" in spans.values()
            if not taken and not folded(text).isdecimal() and words.arm_of(text) is not None:
                spans[start, end] = "arm"
    parts, at = list[tuple[str, str]](), 0
    for (start, end), field in sorted(spans.items()):
        parts += [("", stem[at:start]), (field, stem[start:end])]
        at = end
    return [*parts, ("", stem[at:])]


def _common(texts: Sequence[str]) -> str:
    """Return what texts begin with alike, up to and with a mark between words."""
    n = next((i for i, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), min(map(len, texts)))
    shared = texts[0][:n]
    return shared[: max(shared.rfind(mark) for mark in _MARKS) + 1]
