"""What a study declares from Python, in the configuration's words: its own findings, kinds and groups of readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ecg_eval.config.schema import Group, Kind, OwnFinding
from ecg_eval.domain.own_words import OwnWords
from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.pipeline.study.own_words import words_of

Given = Mapping[str, object]
_Model = TypeVar("_Model", Group, Kind, OwnFinding)


@dataclass(frozen=True)
class Declared:
    """What a study declares.

    Attributes
    ----------
    codes : tuple of str or None
        Codes and label sets that are asked for, the study's own among them; None for all that were read.
    words : OwnWords
        What its findings, kinds and groups are called.
    groups : mapping of str to Group
    """

    codes: tuple[str, ...] | None
    words: OwnWords
    groups: Mapping[str, Group]


def declared(
    findings: Sequence[str | Given] | None,
    kinds: Mapping[str, Given] | None,
    groups: Mapping[str, Sequence[str] | Given] | None,
    *,
    who: str,
) -> Declared:
    """Return what is declared, checked as a configuration's is.

    Raises
    ------
    ArgumentError
        For a key or a value that no configuration may have.
    """
    asked = [f if isinstance(f, str) else _made(OwnFinding, "findings", f, who) for f in findings or ()]
    own_kinds = {word: _made(Kind, f"kinds[{word!r}]", named, who) for word, named in (kinds or {}).items()}
    whole = {name: g if isinstance(g, Mapping) else {"readers": tuple(g)} for name, g in (groups or {}).items()}
    made = {name: _made(Group, f"groups[{name!r}]", group, who) for name, group in whole.items()}
    codes = None if findings is None else tuple(f if isinstance(f, str) else f.code for f in asked)
    return Declared(codes, words_of([f for f in asked if not isinstance(f, str)], own_kinds, made), made)


def _made(model: type[_Model], where: str, given: Given, who: str) -> _Model:
    keys = tuple(model.model_fields)
    rule = f"a mapping of {', '.join(keys)}"
    if not isinstance(given, Mapping):
        raise ArgumentError(who, where, rule, given)
    for key in given:
        if key not in keys:
            raise ArgumentError(who, where, rule, key, suggestion(str(key), keys))
    try:
        return model.model_validate(dict(given))
    except ValueError as error:  # the schema's own words, without its link to a manual
        lines = [line.strip() for line in str(error).splitlines()[1:] if "For further" not in line]
        raise ArgumentError(who, where, rule, dict(given), "; ".join(lines)[:300]) from None
