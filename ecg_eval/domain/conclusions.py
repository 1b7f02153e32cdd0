"""Free-text conclusions turned into findings: what a doctor or a device wrote, in English, French or German.

Rules, not a model: phrases and cues are reviewed tables (``vocabulary/phrases.*.csv``), so that every answer can be
traced to the words that gave it. A cue denies or doubts the finding next to it and those joined to it by "or" and
"and"; a comma joins only where an "or" closes the list ("no Q waves, ST elevation or LVH"). What was not understood is
handed back word for word, never dropped in silence; what was not mentioned has no answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from ecg_eval.domain._phrases import (
    ALONE,
    BESIDE,
    COMMA,
    EITHER_SIDE,
    END,
    FILLER,
    FINDING,
    LANGUAGES,
    NOTHING,
    WORD,
    Event,
    phrase_book,
    plain,
)
from ecg_eval.domain.findings import descendants, vocabulary
from ecg_eval.domain.reading import ABSENT, PRESENT, UNCERTAIN
from ecg_eval.errors import UnknownNameError, suggestion

ANY = "any"
TEXT_LANGUAGES = (*LANGUAGES, ANY)

# unknown words that a cue may skip to reach its finding ("no clearly visible new Q waves"), and to go on in a list
_REACH, _REACH_IN_LIST = 3, 2
_STRENGTH = {ABSENT: 0, UNCERTAIN: 1, PRESENT: 2}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a text says of findings.

    Attributes
    ----------
    answers : dict of str
        Finding code -> "present", "absent" or "uncertain"; a finding that is not mentioned is not in it.
    unread : tuple of str
        The stretches that nothing was understood of, in lower case.
    """

    answers: dict[str, str]
    unread: tuple[str, ...]


def findings_in(text: str, *, language: str) -> Conclusion:
    """Return the findings that a conclusion states, denies or doubts.

    A broader finding is present when a narrower one is, and a narrower one absent when a broader one is denied. Said
    twice, present goes before uncertain and uncertain before absent ("no ST elevation in V1, ST elevation in V2").

    Parameters
    ----------
    text : str
        One conclusion of one ECG.
    language : str
        "en", "fr" or "de"; "any" reads all three at once, for texts of unknown or mixed language, and is less sure of
        abbreviations.

    Raises
    ------
    UnknownNameError
        For another language.

    Examples
    --------
    >>> findings_in("Sinus rhythm. No evidence of low voltage. Possible inferior infarct.", language="en").answers
    {'SR': 'present', 'LVOLT': 'absent', 'IMI': 'uncertain', 'MI': 'uncertain'}
    >>> findings_in("AV-Block I°, V.a. LVH, Takotsubo-Muster", language="de").unread
    ('takotsubo-muster',)
    """
    if language not in TEXT_LANGUAGES:
        remedy = suggestion(language, TEXT_LANGUAGES)
        raise UnknownNameError("findings_in", "language", "a known one", language, remedy)
    answers, unread = _read(text, language)
    return Conclusion(dict(answers), unread)


def readable(language: str) -> frozenset[str]:
    """Return the findings that a phrase of the language's tables says, besides the broader ones that follow."""
    return phrase_book(language).findings


@lru_cache(maxsize=65536)
def _read(text: str, language: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Read a text; devices write the same few thousand, so that most are read once."""
    text = plain(text)
    answer_of: dict[str, str] = {}
    unread: list[str] = []
    for clause in _clauses(phrase_book(language).events(text)):
        for code, answer in _answers(clause):
            if code not in answer_of or _STRENGTH[answer] > _STRENGTH[answer_of[code]]:
                answer_of[code] = answer
        unread += _unread(clause, text)
    return tuple(_with_kin(answer_of).items()), tuple(unread)


def _clauses(events: Iterable[Event]) -> list[list[Event]]:
    clauses: list[list[Event]] = [[]]
    for event in events:
        if event.kind == END:
            clauses.append([])
        else:
            clauses[-1].append(event)
    return [_settled(clause) for clause in clauses]


def _settled(clause: list[Event]) -> list[Event]:
    """Settle the words that are findings by their place only: "normal" standing alone, "old" beside an infarction."""
    settled = list(clause)
    for place, event in enumerate(clause):
        if event.kind == BESIDE:
            neighbour = _kin_beside(clause, place)
            if neighbour is not None:
                settled[neighbour] = replace(settled[neighbour], narrowed=settled[neighbour].narrowed + event.says)
        alone = event.kind == ALONE and not {FINDING, ALONE, NOTHING, WORD} & {
            _next_kind(clause, place, -1),
            _next_kind(clause, place, 1),
        }
        if event.kind in (ALONE, BESIDE):
            settled[place] = replace(event, kind=FINDING) if alone else replace(event, kind=FILLER, says=())
    return settled


def _kin_beside(clause: list[Event], place: int) -> int | None:
    """Return the place of the finding that a word speaks of: before it, after it, or before it across a comma."""
    kin = frozenset[str]().union(
        *(descendants(p) for code, _ in clause[place].says for p in vocabulary()[code].parents)
    )
    ways: list[tuple[int, tuple[str, ...]]] = [(-1, (FILLER,)), (1, (FILLER, BESIDE))]
    if _next_kind(clause, place, 1) in (COMMA, END):
        ways.append((-1, (FILLER, COMMA)))
    for step, passed in ways:
        at = place + step
        while 0 <= at < len(clause) and clause[at].kind in passed:
            at += step
        if 0 <= at < len(clause) and any(code in kin for code, _ in clause[at].says):
            return at
    return None


def _next_kind(clause: list[Event], place: int, step: int) -> str:
    """Return what stands beside an event, fillers passed over; "end" at the clause's ends."""
    place += step
    while 0 <= place < len(clause) and clause[place].kind == FILLER:
        place += step
    return clause[place].kind if 0 <= place < len(clause) else END


def _answers(clause: list[Event]) -> list[tuple[str, str]]:
    """Return what a clause says: its findings, bent by the cues around them."""
    bent: dict[int, str] = {}
    for place, event in enumerate(clause):
        kind = _side(clause, place) if event.kind in EITHER_SIDE else event.kind
        if kind in ("not before", "maybe before"):
            reached = _forward(clause, place)
        elif kind in ("not after", "maybe after"):
            reached = _backward(clause, place)
        else:
            continue
        answer = ABSENT if kind.startswith("not") else UNCERTAIN
        for finding in reached:
            # "no infarct can be excluded" and the like: denied and doubted is doubted
            bent[finding] = answer if bent.get(finding) != UNCERTAIN else UNCERTAIN
    for place in _alternatives(clause):
        bent.setdefault(place, UNCERTAIN)
    statements = []
    for place, event in enumerate(clause):
        cue = bent.get(place)
        # "no acute infarction" does not deny an old one
        says = event.narrowed if event.narrowed and cue == ABSENT else event.says + event.narrowed
        statements += [(code, _bend(answer, cue)) for code, answer in says]
    return statements


def _side(clause: list[Event], cue: int) -> str:
    """Return on which side a cue that may stand on either side of its finding does so."""
    before = _next_kind(clause, cue, -1) in (FINDING, NOTHING)
    after = bool(_forward(clause, cue))
    if not before and _next_kind(clause, cue, 1) == WORD:
        return "maybe before"  # of words that no table has, or of a finding behind them
    if before == after:
        return clause[cue].kind.rpartition(" or ")[0] if before else "maybe after"
    return "maybe after" if before else "maybe before"


def _bend(answer: str, cue: str | None) -> str:
    """Return an answer under a cue; a denial denied ("no abnormal ECG") is no more than doubt."""
    if cue is None:
        return answer
    return UNCERTAIN if cue == UNCERTAIN or answer == ABSENT else ABSENT


def _forward(clause: list[Event], cue: int) -> list[int]:
    """Return the places of the findings that a cue before them reaches."""
    reached: list[int] = []
    on_trial: list[int] = []  # after a comma: only an "or" that closes the list makes them part of it
    words, seen, joined, doubtful = 0, False, True, False
    for place in range(cue + 1, len(clause)):
        kind = clause[place].kind
        if kind in (FINDING, NOTHING):
            if not joined:
                break
            (on_trial if doubtful else reached).append(place)
            words, seen, joined = 0, True, False
        elif kind == WORD:
            words += 1
            if words > (_REACH_IN_LIST if seen else _REACH):
                break
        elif kind == COMMA:
            if not seen:
                break
            joined = doubtful = True
        elif kind in ("and", "or"):
            if kind == "or":
                reached, on_trial, doubtful = reached + on_trial, [], False
            joined = True
        elif kind != FILLER:
            break
    return reached


def _backward(clause: list[Event], cue: int) -> list[int]:
    """Return the places of the findings that a cue after them reaches."""
    reached: list[int] = []
    words, joined = 0, True
    for place in range(cue - 1, -1, -1):
        kind = clause[place].kind
        if kind in (FINDING, NOTHING):
            if not joined:
                break
            reached.append(place)
            words, joined = 0, False
        elif kind == WORD:
            words += 1
            if words > _REACH:
                break
        elif kind in ("and", "or"):
            joined = True
        elif kind == COMMA and words:
            break  # the cue speaks of the words before it
        elif kind not in (FILLER, COMMA):
            break
    return reached


def _alternatives(clause: list[Event]) -> list[int]:
    """Return the places of findings that stand on either side of an "or": one of them holds, not known which."""
    places = [place for place, event in enumerate(clause) if event.kind not in (WORD, FILLER)]
    alternatives = []
    for before, middle, after in zip(places, places[1:], places[2:], strict=False):
        if [clause[place].kind for place in (before, middle, after)] == [FINDING, "or", FINDING]:
            alternatives += [before, after]
    return alternatives


def _unread(clause: list[Event], text: str) -> list[str]:
    """Return the stretches of words that no table has; little words between them stay in."""
    stretches: list[str] = []
    run: list[Event] = []
    for event in [*clause, Event(END, len(text), len(text))]:
        if event.kind == WORD or (event.kind == FILLER and run):
            run.append(event)
        elif run:
            while run[-1].kind == FILLER:
                run.pop()
            stretches.append(" ".join(text[run[0].start : run[-1].end].split()))
            run = []
    return stretches


def _with_kin(given: dict[str, str]) -> dict[str, str]:
    """Return the answers with those that follow from them: broader ones from narrower, and absent narrower ones."""
    findings = vocabulary()
    answers = dict(given)
    for code, answer in given.items():
        if answer == ABSENT:
            for narrower in sorted(descendants(code) - {code}):
                answers.setdefault(narrower, ABSENT)
            continue
        broader = list(findings[code].parents)
        while broader:
            parent = broader.pop()
            if _STRENGTH[answer] > _STRENGTH.get(answers.get(parent, ""), -1):
                answers[parent] = answer
            broader += findings[parent].parents
    return answers
