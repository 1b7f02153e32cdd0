"""Phrase tables: what people and devices write about ECGs, as reviewed data, and the scanner that they make.

A table (``vocabulary/phrases.en.csv``, ``.fr``, ``.de``) has one row a phrase: what it means, how it is written, and a
note. The phrase is written as a person would, with a few signs, so that a clinician can review it:

* ``*`` any ending; ``-`` joined, spaced or hyphened; ``.`` a full stop that may be left out; ``|`` one or the other;
  ``_`` a space within an alternative; ``[...]`` may be left out; ``...`` up to three words; ``<x>`` any row whose
  meaning is ``<x>``; ``@`` a list of leads; ``>`` what follows must follow, and is read again.
* An umlaut also matches ae, oe, ue, the bare vowel, and the letter lost or garbled; an accent likewise.

The meaning is codes of the findings vocabulary (``LBBB``; ``LVH?`` uncertain at most; ``!NORM`` absent; ``NORM alone``
where it is all that stands between two commas; ``OLD_MI beside`` where it stands beside a finding of its kind, here an
infarction), or what the words do to their neighbours (``CUES``), or ``nothing``
(read, says nothing of any finding), or ``filler``.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ecg_eval.domain.findings import vocabulary
from ecg_eval.errors import InputFileError, suggestion

# what a cue does: denies or doubts what comes after or before it, joins its neighbours, or ends every reach; some doubt
# on either side ("possible LVH", "LVH possible"), the side named first where both have a finding
EITHER_SIDE = ("maybe before or after", "maybe after or before")
CUES = ("not before", "not after", "maybe before", "maybe after", *EITHER_SIDE, "and", "or", "but")
FINDING, ALONE, BESIDE = "finding", "finding alone", "finding beside"
NOTHING, FILLER = "nothing", "filler"
WORD, COMMA, END = "word", "comma", "end"

_UMLAUTS = {"ä": r"(?:ae|[äa?#�])?", "ö": r"(?:oe|[öo?#�])?", "ü": r"(?:ue|[üu?#�])?", "ß": r"(?:ss?|[ß?#�])?"}
_ACCENTS = {accented: rf"[{accented}{bare}?�]?" for accented, bare in zip("éèêëàâîïôûùç", "eeeeaaiiouuc", strict=True)}
_BEGINNINGS = {a: unicodedata.normalize("NFD", a)[0] + a + "#�" for a in (*_UMLAUTS, *_ACCENTS)}
_SIGNS = {",": r"\s?,", "*": r"\w*", "-": r"[\s\-–.]{0,3}", ".": r"\.?", "'": r"['´`]?\s?", "/": r"\s?/\s?-?"}
_GAP = r"[\s\-–]+"
_LEAD = r"(?:i{1,3}|(?:av)?[rlf]|v\s?\d(?:\s?[-–,]\s?v?\d)*|d[123])"
_LEAD_LIST = rf"{_LEAD}(?:\s?(?:,|-|–|/|\+|&|and|und|et|to|bis|à|u\.)\s?{_LEAD})*"
_LEADS = re.compile(rf"{_LEAD_LIST}(?!\w)")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*\s?(?:%|°|ms(?:ec)?|s(?:ek|ec)?|mv|mm|bpm|/\s?min|hz)?(?!\w)")
_LETTERS = re.compile(r"[^\W_]+")

# phrases are looked up by their first letters
_KEY = 4

# kind of event, and for a finding the codes with their answers
Meaning = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch of text and what it is: a finding, a cue, a word that no table has, punctuation.

    Attributes
    ----------
    kind : str
        One of ``CUES``, or finding, finding alone, finding beside, nothing, filler, word, comma, end.
    start, end : int
        Where it stands in the text.
    says : tuple of (code, answer)
        Of a finding.
    narrowed : tuple of (code, answer)
        What words beside it make of it ("old", beside an infarction); a denial then denies this alone.
    """

    kind: str
    start: int
    end: int
    says: tuple[tuple[str, str], ...] = ()
    narrowed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a regular expression, how few letters it can match, and its first letters (``_KEY`` at most)."""

    regex: str
    least: int
    first: frozenset[str]
    abbreviated: bool = False


class PhraseBook:
    """The phrases of one or several languages, made ready for reading.

    Raises
    ------
    InputFileError
        When a table holds a meaning that is neither codes nor a cue, or a phrase that cannot be read.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        self._rows = [row for language in languages for row in _phrases(language)]
        self._by_start: dict[str, list[int]] = {}
        for number, (_, part) in enumerate(self._rows):
            for first in part.first:
                self._by_start.setdefault(first, []).append(number)
        self._ready: dict[str, list[tuple[re.Pattern[str], Meaning]]] = {}
        self.findings = frozenset(code for (_, says), _ in self._rows for code, _ in says)

    def events(self, text: str) -> list[Event]:
        """Return what stands in a text, in order; `text` is lower case, as ``plain`` gives it."""
        events: list[Event] = []
        place = 0
        while place < len(text):
            event = self._phrase(text, place) or _outside_tables(text, place, events)
            if event is None:
                place += 1
            else:
                events.append(event)
                place = event.end
        return events

    def _phrase(self, text: str, place: int) -> Event | None:
        """Return the longest phrase that begins here, so that "incomplete LBBB" is never read as "LBBB"."""
        longest = Event(WORD, place, place)
        for regex, (kind, says) in self._candidates(text[place : place + _KEY]):
            match = regex.match(text, place)
            if match and match.end() > longest.end:
                longest = Event(kind, place, match.end(), says)
        return longest if longest.end > place else None

    def _candidates(self, key: str) -> list[tuple[re.Pattern[str], Meaning]]:
        """Return the phrases that may begin with these letters, in the order of the tables."""
        if key not in self._ready:
            numbers = sorted(n for end in range(1, len(key) + 1) for n in self._by_start.get(key[:end], ()))
            self._ready[key] = [(_compiled(self._rows[n][1].regex), self._rows[n][0]) for n in numbers]
        return self._ready[key]


@cache
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{regex})(?!\w)")


@cache
def phrase_book(language: str) -> PhraseBook:
    """Return the phrases of a language; "any" has those of all three."""
    return PhraseBook(LANGUAGES if language == "any" else (language,))


LANGUAGES = ("en", "fr", "de")


def plain(text: str) -> str:
    """Return a text in lower case with composed letters; UTF-8 that was read as Latin-1 is mended."""
    if "Ã" in text:
        with suppress(UnicodeError):  # else the sign is what the writer meant
            text = text.encode("cp1252").decode("utf-8")
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("\u00a0", " ")
    return text.lower()


def _outside_tables(text: str, place: int, before: list[Event]) -> Event | None:
    """Return lead names, numbers, words and punctuation; None for what says nothing (spaces, brackets of a unit)."""
    for kind, pattern in ((FILLER, _LEADS), (FILLER, _NUMBER), (WORD, _LETTERS)):
        match = pattern.match(text, place)
        if match:
            # a lone letter is no word ("a", "n" of a broken line)
            return Event(kind if match.end() > place + 1 else FILLER, place, match.end())
    sign, after = text[place], text[place + 1 : place + 2]
    if sign == "?":
        # "?LVH" and a leading "? LVH" doubt what follows, "LVH?" and "HVG ?" what stands before
        leads = after.isalpha() or not before or before[-1].kind in (COMMA, END)
        return Event("maybe before" if leads else "maybe after", place, place + 1)
    if sign in ".;!|•":
        return Event(END, place, place + 1)
    if sign == "\n":
        # a line that was broken in the middle of a sentence goes on
        waiting = not before or before[-1].kind in (*CUES, FILLER, COMMA)
        return None if waiting else Event(END, place, place + 1)
    if sign in ",()" or (sign in "-–" and text[place - 1 : place] in ("", " ") and after == " "):
        return Event(COMMA, place, place + 1)
    return Event("and", place, place + 1) if sign in "/+&" else None


def _table(name: str) -> str:
    return files("ecg_eval.domain").joinpath("vocabulary", name).read_text(encoding="utf-8")


def _phrases(language: str) -> Iterator[tuple[Meaning, _Part]]:
    """Yield what each row of a table means, and its phrase."""
    name = f"phrases.{language}.csv"
    rows = list(csv.DictReader(_table(name).splitlines()))
    classes: dict[str, list[str]] = {}
    for row in rows:
        if row["means"].startswith("<"):
            classes.setdefault(row["means"], []).append(row["phrase"])
    merged = {name: "|".join(phrases) for name, phrases in classes.items()}
    for number, row in enumerate(rows, start=2):
        if not row["means"].startswith("<"):
            where = f"{name} row {number}"
            yield _meaning(row["means"], where), _Reader(merged, where).phrase(row["phrase"].lower())


def _meaning(means: str, where: str) -> Meaning:
    if means in (*CUES, NOTHING, FILLER):
        return means, ()
    bare, _, place = means.partition(" ")
    kinds = {"": FINDING, "alone": ALONE, "beside": BESIDE}
    says = []
    for word in bare.split(";"):
        code, answer = word, "present"
        if code.startswith("!"):
            code, answer = code[1:], "absent"
        elif code.endswith("?"):
            code, answer = code[:-1], "uncertain"
        if code not in vocabulary() or place not in kinds:
            raise InputFileError(where, "means", "codes or a cue", means, suggestion(code, [*vocabulary(), *CUES]))
        says.append((code, answer))
    return kinds[place], tuple(says)


class _Reader:
    """Turns phrases into regular expressions."""

    def __init__(self, classes: dict[str, str], where: str) -> None:
        self._classes, self._where = classes, where

    def phrase(self, phrase: str) -> _Part:
        regex, least, first, started, abbreviated = "", 0, frozenset[str](), False, False
        closing = ""
        for word in phrase.split():
            gap = r"[\s\-–]*" if abbreviated else _GAP
            if word == "...":
                regex += rf"(?:{_GAP}\w+){{0,3}}?"
                continue
            if word == "@":
                regex += rf"(?:{_GAP}in)?{_GAP}{_LEAD_LIST}"
                continue
            if word == ">":
                regex, closing = f"{regex}(?=", ")"
                continue
            optional = word.startswith("[")
            if optional != word.endswith("]"):
                rule = "one whose brackets hold no spaces (write `_`)"
                raise InputFileError(self._where, "phrase", rule, phrase)
            part = self._alternatives(word.strip("[]"))
            if optional:
                regex += rf"(?:{gap}{part.regex})?" if started else rf"(?:{part.regex}{_GAP})?"
            else:
                regex += (gap if started else "") + part.regex
                least += part.least
                abbreviated = part.abbreviated
            first = first if started else first | part.first
            started = started or not optional
        if not started:
            raise InputFileError(self._where, "phrase", "one with a word that must be there", phrase)
        return _Part(regex + closing, least, first, abbreviated)

    def _alternatives(self, token: str) -> _Part:
        parts = [self._words(alternative) for alternative in token.split("|")]
        # longer ones first, as among phrases
        parts.sort(key=lambda part: -part.least)
        first = frozenset[str]().union(*(p.first for p in parts))
        regex = f"(?:{'|'.join(p.regex for p in parts)})" if len(parts) > 1 else parts[0].regex
        return _Part(regex, min(p.least for p in parts), first, all(p.abbreviated for p in parts))

    def _words(self, alternative: str) -> _Part:
        parts = [self._word(word) for word in alternative.split("_")]
        regex = _GAP.join(p.regex for p in parts)
        return _Part(regex, sum(p.least for p in parts), parts[0].first, parts[-1].abbreviated)

    def _word(self, word: str) -> _Part:
        regex, least, first, open_ended = "", 0, frozenset({""}), True
        for piece in re.findall(r"<\w+>|.", word):
            if piece.startswith("<"):
                if piece not in self._classes:
                    rule = "made of known classes"
                    raise InputFileError(self._where, "phrase", rule, piece, suggestion(piece, self._classes))
                part = self._alternatives(self._classes[piece])
            elif piece in _SIGNS:
                part = _Part(_SIGNS[piece], 0, frozenset({""}))
            else:
                letters = _UMLAUTS.get(piece) or _ACCENTS.get(piece) or re.escape(piece)
                part = _Part(letters, 1, frozenset(_BEGINNINGS.get(piece, piece)))
            regex += part.regex
            least += part.least
            if open_ended:
                first = frozenset((f + p)[:_KEY] for f in first for p in part.first)
                open_ended = piece.isascii() and piece.isalnum()
        return _Part(regex, least, first, word.endswith("."))
