"""What only the user knows of recordings of their own: whose they are, who labelled them, which archives share them."""

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.lineage import archive_name
from ecg_eval.errors import ArgumentError, suggestion

# a dataset of one's own finds these out by itself, or is told by an argument
_SAID_ELSEWHERE = ("lead_order", "units")
SAYABLE = (*(key for key in Dataset._stated if key not in _SAID_ELSEWHERE), "lineage")


@dataclass(frozen=True)
class OwnWords:
    """What the user states of a dataset.

    Attributes
    ----------
    words : dict of str to str
        By the name of the dataset's attribute.
    lineage : tuple of str
        Archives that share its recordings or patients.
    """

    words: dict[str, str] = field(default_factory=dict)
    lineage: tuple[str, ...] = ()

    @property
    def labelled_by(self) -> str:
        """Who said what the recordings show."""
        return self.words.get("labelled_by", "not stated")


def own_words(who: str, about: Mapping[str, str | Sequence[str]] | None) -> OwnWords:
    """Return what a configuration's `about` states.

    Parameters
    ----------
    who : str
        Name of the dataset.
    about : mapping, optional
        Keys of ``SAYABLE``: title, version, licence, citation, url, access, size, population, devices, labelled_by,
        each a text, and lineage, a name or a list of names.

    Raises
    ------
    ArgumentError
        For another key.
    UnknownNameError
        For an archive whose name is misspelled.
    """
    facts = dict(about or {})
    for key in facts:
        if key not in SAYABLE:
            rule = f"one of {', '.join(SAYABLE)}"
            raise ArgumentError(who, "about", rule, key, suggestion(str(key), SAYABLE))
    lineage = facts.pop("lineage", ())
    names = (lineage,) if isinstance(lineage, str) else lineage
    return OwnWords({key: str(value) for key, value in facts.items()}, tuple(archive_name(str(name)) for name in names))


class OwnRecordings(Dataset, ABC):
    """Recordings of the user's own: of what a dataset must state, the program knows little and the user more.

    Attributes
    ----------
    own_words : OwnWords
        What the user stated; set by the class itself, by ``own_words``.
    """

    version: ClassVar[str] = "the user's"
    licence: ClassVar[str] = "the user's"
    citation: ClassVar[str] = "none"
    url: ClassVar[str] = "none"
    access: ClassVar[str] = "local"
    size: ClassVar[str] = "the user's"
    population: ClassVar[str] = "as the user knows"
    devices: ClassVar[str] = "as the user knows"
    labelled_by: ClassVar[str] = "not stated"
    own_words: OwnWords

    def facts(self) -> DatasetFacts:
        """Return what is stated, the user's words before ours."""
        return super().facts().saying(self.own_words.words)
