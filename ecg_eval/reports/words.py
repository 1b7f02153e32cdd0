"""The words of a report, in English and French: one catalogue file a language (``locales/en.csv``, ``locales/fr.csv``).

A text is looked up by its key and filled with values. Free text that a run brings along (a metric's caveat, a reason
why something cannot be computed) is English; ``phrases.fr.csv`` translates what it knows by the English text itself,
and what it does not know stays English rather than being lost or wrongly matched.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.findings import name_of
from ecg_eval.domain.own_words import group_name, kind_name
from ecg_eval.errors import UnknownNameError, suggestion

LANGUAGES = ("en", "fr")
_PARTS, _LISTED = re.compile("; "), re.compile(r", | and ")
_A_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass(frozen=True)
class Words:
    """The catalogue of one language.

    Attributes
    ----------
    language : str
        "en" or "fr".
    """

    language: str

    def __post_init__(self) -> None:
        """Refuse a language without a catalogue."""
        if self.language not in LANGUAGES:
            remedy = suggestion(self.language, LANGUAGES)
            raise UnknownNameError("report", "language", "one with a catalogue", self.language, remedy)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key, its placeholders filled.

        Raises
        ------
        UnknownNameError
            For a key that the catalogue does not have.
        """
        texts = catalogue(self.language)
        if key not in texts:
            raise UnknownNameError("report", "text", "in the catalogue", key, suggestion(key, texts))
        text = texts[key]
        # the catalogue's own punctuation alone: what is filled in (ids of readers) stays as it is
        return (_spaced(text) if self.language == "fr" else text).format(**values)

    def has(self, key: str) -> bool:
        """Whether the catalogue has the key."""
        return key in catalogue(self.language)

    def metric(self, name: str, *, short: bool = False) -> str:
        """Return a metric's name for people; one without an entry speaks for itself."""
        keys = ([f"metric.{name}.short"] if short else []) + [f"metric.{name}"]
        return next((self(k) for k in keys if self.has(k)), name.replace("_", " ").capitalize())

    def finding(self, code: str) -> str:
        """Return a finding's name for people."""
        return self(code) if code in (MACRO, POOLED) else name_of(code, self.language)

    def subgroup(self, label: str) -> str:
        """Return a subgroup's name for people: "sex=F" is "women"; "without gp3" is of the readers but for one."""
        if self.has(f"subgroup.{label}"):
            return self(f"subgroup.{label}")
        what, _, value = label.partition("=")
        if " x " in what and what.count(" x ") == value.count(", "):
            parts = zip(what.split(" x "), value.split(", "), strict=True)
            return ", ".join(self.subgroup(f"{part.strip()}={each}") for part, each in parts)
        for joint in ("=", ": ", " "):
            what, _, value = label.partition(joint)
            if value and self.has(f"subgroup.{what}"):
                return self(f"subgroup.{what}", value=value)
        return label

    def arm(self, arm: str) -> str:
        """Return an arm's name for people; a study's own word is kept."""
        return self(f"arm.{arm}") if self.has(f"arm.{arm}") else arm

    def kind(self, kind: str, *, many: bool = False) -> str:
        """Return a reader kind's name, one or many."""
        key = f"kind.{kind}.many" if many else f"kind.{kind}"
        return self(key) if self.has(key) else kind_name(kind, self.language, many=many) or kind

    def group(self, kind: str, n: int, form: str, *, n_people: int = 0) -> str:
        """Return what several readers of a kind are called.

        Parameters
        ----------
        kind : str
        n : int
        form : str
            "mean" or "all" for a table, "sentence.mean" or "sentence.all" within a sentence, "plain" for the readers.
        n_people : int
            How many people they are, where readers are teams.
        """
        named = self.kind(kind, many=n != 1)
        if n_people > n:
            named = self("group.teams", kind=self.kind(kind, many=True), n=n_people)
        return self(f"group.{form}", kind=named, n=n)

    def named_group(self, group: str, n: int, form: str) -> str:
        """Return what the readers of a group that the study names are called, as ``group`` does for a kind."""
        return self(f"group.{form}", kind=group_name(group, self.language) or group, n=n)

    def phrase(self, text: str) -> str:
        """Return free English text in this language where a translation is known, unchanged where none is.

        Text that is not known as a whole is translated part by part, as a method names its parts between semicolons.
        """
        if self.language == "en" or not text:
            return text
        whole = known_phrase(self, text)
        if whole is None and "; " in text:
            return self.apart([self.phrase(part) for part in text.split("; ")])
        return text if whole is None else _spaced(whole)

    def apart(self, items: Sequence[str]) -> str:
        """Join items that hold commas: "a, b; c"; with French spaces in French."""
        return ("\u00a0; " if self.language == "fr" else "; ").join(items)

    def listed(self, items: Sequence[str]) -> str:
        """Join items for a sentence: "a, b and c"; "a, x; b and c" where a comma parts what belongs together."""
        if len(items) < 2:
            return "".join(items)
        has_commas = any(", " in item for item in items)
        before = self.apart(items[:-1]) if has_commas else ", ".join(items[:-1])
        return f"{before} {self('and')} {items[-1]}"


@lru_cache(maxsize=8192)  # a phrase is tried against hundreds of patterns, and stands in thousands of rows
def known_phrase(words: Words, text: str) -> str | None:
    """Return free English text in a language; None where no translation is known.

    What stands in a place is a number, a phrase of its own, or a name that is carried over. A pattern whose places
    hold names waits until no other fits: "{} readers" must not take "sensitivity, 8 readers" for so many.
    """
    if (without_names := _phrase_without_names(words, text)) is not None:
        return without_names
    for pattern, translation in _phrases(words.language):
        if match := pattern.fullmatch(text):
            return translation.format(*(_part(words, part) for part in match.groups()))
    return None


@lru_cache(maxsize=8192)
def _phrase_without_names(words: Words, text: str) -> str | None:
    """Return free English text in a language where all that stands in its places is known too, else None."""
    for pattern, translation in _phrases(words.language):
        if match := pattern.fullmatch(text):
            parts = [_known_part(words, part) for part in match.groups()]
            if None not in parts:
                return translation.format(*parts)
    metric = f"metric.{text.replace(' ', '_')}"  # a metric's label in a method is its name in words
    if not words.has(metric):
        return None
    name = words(metric)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _known_part(words: Words, part: str) -> str | None:
    """Return what stands in a place: a number with the decimal mark of French, a phrase or several; None for a name."""
    if _A_NUMBER.fullmatch(part):
        return part.replace("-", "\u2212").replace(".", ",")
    if (phrase := _phrase_without_names(words, part)) is not None:
        return phrase
    for between, join in ((_PARTS, words.apart), (_LISTED, words.listed)):
        texts = [_phrase_without_names(words, text) for text in between.split(part)]
        if len(texts) > 1 and None not in texts:
            return join([text for text in texts if text])
    return None


def _part(words: Words, part: str) -> str:
    return _known_part(words, part) or known_phrase(words, part) or carried(part)


def carried(name: str) -> str:
    """Return a name that stands in a place of a phrase, as it is: of a reader, a file, a group, a source."""
    return name


def _spaced(text: str) -> str:
    """Keep French punctuation on the line of its word: the space before it must not break."""
    return re.sub(r" (?=[:;?!%»])|(?<=«) ", "\u00a0", text)


def _table(name: str) -> list[dict[str, str]]:
    text = files("ecg_eval.reports").joinpath("locales", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    return {row["key"]: row["text"] for row in _table(f"{language}.csv")}


@cache
def _phrases(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return translations of free text: ``{}`` in the English stands for anything, and is carried over in order.

    The one with most words of its own comes first: "{} readers" must not take "means over readers" for a number.
    """
    rows = sorted(_table(f"phrases.{language}.csv"), key=lambda r: -len(r["en"].replace("{}", "")))
    return [(_pattern(r["en"]), r["text"]) for r in rows]


def _pattern(english: str) -> re.Pattern[str]:
    """Return what matches a phrase; a place holds no semicolon, which parts parts, unless the phrase has one.

    What an ending is added to ("{}, {} readers") is as long as it can be: it may have commas of its own.
    """
    place = "(.+?)" if "; " in english else "([^;]+?)"
    pattern = re.escape(english).replace(r"\{\}", place)
    if english.startswith("{}, "):
        pattern = pattern.replace("+?", "+", 1)
    return re.compile(pattern, re.DOTALL)
