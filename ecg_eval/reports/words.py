"""The words of a report, in English and French: one catalogue file a language (``locales/en.csv``, ``locales/fr.csv``).

A text is looked up by its key and filled with values. Free text that a run brings along (a metric's caveat, a reason
why something cannot be computed) is English; ``phrases.fr.csv`` translates what it knows by the English text itself,
and what it does not know stays English rather than being lost or wrongly matched.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.findings import name_of
from ecg_eval.domain.own_words import group_name, kind_name
from ecg_eval.errors import UnknownNameError, suggestion

LANGUAGES = ("en", "fr")


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
        """Return a subgroup's name for people: "sex=F" is "women"."""
        if self.has(f"subgroup.{label}"):
            return self(f"subgroup.{label}")
        what, _, value = label.partition("=")
        return self(f"subgroup.{what}", value=value) if self.has(f"subgroup.{what}") else label

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
        whole = self._known_phrase(text)
        if whole is None and "; " in text:
            return _spaced(" ; ".join(self.phrase(part) for part in text.split("; ")))
        return text if whole is None else _spaced(whole)

    def _known_phrase(self, text: str) -> str | None:
        for pattern, translation in _phrases(self.language):
            found = pattern.fullmatch(text)
            if found:  # what stands in a place is carried over, or is a phrase of its own
                return translation.format(*(self._known_phrase(part) or part for part in found.groups()))
        metric = f"metric.{text.replace(' ', '_')}"  # a metric's label in a method is its name in words
        if not self.has(metric):
            return None
        name = self(metric)
        return name if name[:2].isupper() else name[:1].lower() + name[1:]

    def listed(self, items: Sequence[str]) -> str:
        """Join items for a sentence: "a, b and c"."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"


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
    """Return what matches a phrase; a place holds no semicolon, which parts parts, unless the phrase has one."""
    place = "(.+?)" if "; " in english else "([^;]+?)"
    return re.compile(re.escape(english).replace(r"\{\}", place), re.DOTALL)
