"""Facts come back from JSON as they went, and what does not fit is refused with its place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from ecg_eval.domain.facts.plain import from_plain, to_plain
from ecg_eval.errors import RunFolderError


@dataclass(frozen=True)
class Inner:
    word: Literal["one", "two"]
    share: float


@dataclass(frozen=True)
class Outer:
    name: str
    n: int
    so: bool
    maybe: float | None
    inner: Inner
    many: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)
    free: Mapping[str, str | bool | int | float | tuple[str, ...]] = field(default_factory=dict)


WHOLE = Outer(
    name="x",
    n=3,
    so=True,
    maybe=None,
    inner=Inner("one", 0.5),
    many=(Inner("two", 1.0),),
    by_name={"a": Inner("one", 2.0)},
    free={"text": "t", "so": False, "n": 2, "share": 0.25, "list": ("a", "b")},
)


def read(value: object) -> Outer:
    return from_plain(Outer, value, who="run/facts.json", remedy="Run it again.")


def test_what_is_written_reads_back_as_it_was() -> None:
    again = read(json.loads(json.dumps(to_plain(WHOLE))))
    assert again == WHOLE
    assert isinstance(again.many, tuple)
    assert type(again.free["so"]) is bool
    assert type(again.free["n"]) is int


def test_a_whole_number_may_stand_for_a_number() -> None:
    share = read(to_plain(WHOLE) | {"maybe": 2}).maybe  # type: ignore[operator]
    assert share == 2.0
    assert type(share) is float


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nmae": 1}, r"nmae must be a key of this version; got 'nmae'. Did you mean 'name'\? Run it again."),
        ({"inner": {"word": "one", "share": 1.0, "other": 1}}, "inner.other must be a key of this version"),
        ({"inner": {"word": "one"}}, "inner must be complete; got 'nothing under share'"),
        ({"inner": {"word": "three", "share": 1.0}}, "inner.word must be one of one, two; got 'three'"),
        ({"many": [{"word": "one", "share": "high"}]}, r"many\[0\].share must be a number; got 'high'"),
        ({"by_name": {"a": 3}}, "by_name.a must be an object; got 3"),
        ({"by_name": []}, r"by_name must be an object; got \[\]"),
        ({"many": {}}, "many must be a list; got {}"),
        ({"n": True}, "n must be a whole number; got True"),
        ({"n": 1.5}, "n must be a whole number; got 1.5"),
        ({"so": 1}, "so must be true or false; got 1"),
        ({"name": None}, "name must be text; got None"),
        ({"maybe": "x"}, "maybe must be a number or null; got 'x'"),
        ({"free": {"a": {}}}, "free.a must be text or true or false or a whole number or a number or a list; got {}"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change: dict[str, object], said: str) -> None:
    plain = to_plain(WHOLE)
    assert isinstance(plain, dict)
    with pytest.raises(RunFolderError, match=f"^run/facts.json: {said}"):
        read(plain | change)


def test_something_else_altogether_is_refused() -> None:
    with pytest.raises(RunFolderError, match=r"facts.json: content must be an object; got \[1\]. Run it again."):
        read([1])


@dataclass(frozen=True)
class Paired:
    weights: tuple[tuple[str, float], ...]


def test_a_list_of_fixed_length_has_a_type_a_place() -> None:
    paired = Paired((("I", 0.5), ("II", -1.0)))
    assert from_plain(Paired, to_plain(paired), who="x") == paired
    with pytest.raises(RunFolderError, match=r"weights\[0\] must be a list of 2; got \['I'\]"):
        from_plain(Paired, {"weights": [["I"]]}, who="x")
    with pytest.raises(RunFolderError, match=r"weights\[0\]\[1\] must be a number"):
        from_plain(Paired, {"weights": [["I", "II"]]}, who="x")
