"""Facts as JSON and back, for every frozen value of this room.

All fields are written, under their names. Read back are exactly these: a key that is no field, a field that is not
there, and a value of another type are refused with their place, since a file that is half understood would be shown as
if it were whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ecg_eval.errors import EcgEvalError, RunFolderError, suggestion

T = TypeVar("T")
Types = Mapping[str, object]


def to_plain(value: object) -> object:
    """Return a value as JSON has it: a dataclass as an object of its fields, a tuple as a list.

    Examples
    --------
    >>> from ecg_eval.domain.facts.screening import FlowStep
    >>> to_plain((FlowStep(step="read", records=2, patients=1),))
    [{'step': 'read', 'records': 2, 'patients': 1}]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    return value


def from_plain(kind: type[T], value: object, *, who: str, remedy: str = "") -> T:
    """Return the frozen value of a kind that JSON holds.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are text, numbers, truth values, literals, tuples, mappings from text,
        other such dataclasses, or any of them or None.
    value : object
        As ``json.loads`` gives it.
    who : str
        The file, for messages.
    remedy : str
        What to do where it does not fit.

    Raises
    ------
    RunFolderError
        Naming the place of the first thing that does not fit.

    Examples
    --------
    >>> from ecg_eval.domain.facts.screening import FlowStep
    >>> from_plain(FlowStep, {"step": "read", "records": 2, "patients": 1}, who="study.json")
    FlowStep(step='read', records=2, patients=1)
    """
    try:
        return cast("T", _read(kind, value, ""))
    except _MisfitError as misfit:
        more = " ".join(part for part in (misfit.hint, remedy) if part)
        raise RunFolderError(who, misfit.place, misfit.rule, misfit.value, more) from None


class _MisfitError(Exception):
    """What does not fit, and where."""

    def __init__(self, place: str, rule: str, value: object, hint: str = "") -> None:
        super().__init__(place)
        self.place, self.rule, self.value, self.hint = place or "content", rule, value, hint


def _read(kind: object, value: object, place: str) -> object:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        kind = next((member for member in inner if _fits(member, value)), None)
        if kind is None:
            raise _MisfitError(place, " or ".join(_name(member) for member in inner), value)
        return _read(kind, value, place)
    if not _fits(kind, value):
        raise _MisfitError(place, _name(kind), value)
    if isinstance(value, list):
        kinds = inner if inner[-1] is not Ellipsis else (inner[0],) * len(value)
        if len(kinds) != len(value):
            raise _MisfitError(place, f"a list of {len(kinds)}", value)
        return tuple(
            _read(each, item, f"{place}[{i}]") for i, (each, item) in enumerate(zip(kinds, value, strict=True))
        )
    if isinstance(value, dict):
        if is_dataclass(kind):
            return _dataclass(kind, value, place)
        return {key: _read(inner[1], item, _below(place, key)) for key, item in value.items()}
    return float(value) if kind is float and isinstance(value, int | float) else value


def _dataclass(kind: object, value: Mapping[str, object], place: str) -> object:
    types = _types(kind)
    for key in value:
        if key not in types:
            raise _MisfitError(_below(place, key), "a key of this version", key, suggestion(key, types))
    missing = [name for name in types if name not in value]
    if missing:
        raise _MisfitError(place, "complete", f"nothing under {', '.join(missing)}")
    read = {name: _read(inner, value[name], _below(place, name)) for name, inner in types.items()}
    try:
        return cast("Callable[..., object]", kind)(**read)
    except EcgEvalError as error:  # what the value itself refuses
        raise _MisfitError(_below(place, error.what), error.rule, error.value, error.remedy) from None


@cache
def _types(kind: object) -> Types:
    """Return the type of every field of a dataclass."""
    return get_type_hints(kind)


def _fits(kind: object, value: object) -> bool:
    """Whether a value may be of a kind, by what can be seen without looking into it."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, list)
    if get_origin(kind) is Mapping or is_dataclass(kind):
        return isinstance(value, dict)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind


def _name(kind: object) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple:
        return "a list"
    if get_origin(kind) is Mapping or is_dataclass(kind):
        return "an object"
    words = {str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}
    return words[cast("type[object]", kind)]


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
