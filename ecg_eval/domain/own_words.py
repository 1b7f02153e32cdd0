"""Words that a study brings along: its own findings, kinds of readers and groups of readers, in English and French.

They hold while a study is checked, run, reported and tracked, and never outlive it: two studies of one process may call
different things by one name.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ecg_eval.domain import findings
from ecg_eval.domain.findings import Finding


@dataclass(frozen=True, kw_only=True)
class Named:
    """A kind or a group of readers, and what people call it.

    Attributes
    ----------
    word : str
        Its name in tables and configurations.
    one, many : dict of str to str
        Language to its name for one reader and for several; the word itself where nothing is given.
    """

    word: str
    one: dict[str, str] = field(default_factory=dict, hash=False)
    many: dict[str, str] = field(default_factory=dict, hash=False)

    def name(self, language: str, *, many: bool) -> str:
        """Return what people call it."""
        for text in (self.many, self.one) if many else (self.one, self.many):
            if text.get(language):
                return text[language]
        return self.one.get("en") or self.word


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What a study brings along.

    Attributes
    ----------
    findings : tuple of Finding
    kinds, groups : tuple of Named
    """

    findings: tuple[Finding, ...] = ()
    kinds: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()


NO_WORDS = OwnWords()
_OWN: ContextVar[OwnWords] = ContextVar("own words", default=NO_WORDS)


@contextmanager
def speaking(words: OwnWords) -> Iterator[None]:
    """Let a study's own words be known.

    Raises
    ------
    ProblemsError
        For a finding that cannot be defined so.
    """
    with findings.speaking(words.findings):
        token = _OWN.set(words)
        try:
            yield
        finally:
            _OWN.reset(token)


def own_kinds() -> tuple[str, ...]:
    """Return the kinds of readers that the study at hand declares."""
    return tuple(kind.word for kind in _OWN.get().kinds)


def kind_name(kind: str, language: str, *, many: bool) -> str | None:
    """Return what people call a kind of readers that the study at hand declares; None for any other."""
    return _name(_OWN.get().kinds, kind, language, many)


def group_name(group: str, language: str) -> str | None:
    """Return what people call a group of readers that the study at hand declares; None for any other."""
    return _name(_OWN.get().groups, group, language, many=True)


def _name(among: Sequence[Named], word: str, language: str, many: bool) -> str | None:
    return next((named.name(language, many=many) for named in among if named.word == word), None)
