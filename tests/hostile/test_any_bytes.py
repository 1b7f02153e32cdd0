"""Whatever the bytes: an answer or an EcgEvalError; never another exception, never a file of another folder opened."""

import builtins
import io
import os
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hostile.targets import TARGETS, answer, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_eval.datasets._clinical.scp_ecg import COPY_PREFIX

# what Python itself opens while it imports; the readers' own files are all in the folder of the test
_OWN = tuple(
    str(Path(p).resolve())
    for p in {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), Path(__file__).parents[2]}
)
_KINDS = ("/dev/null", "/dev/urandom", "/proc/", "/sys/", "/usr/", "/etc/mime", "/etc/localtime")


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Note each path that is opened, by the functions that open.

    An audit hook would see all of them, but Python cannot take it out again, and one that is written in Python lets two
    threads that coverage begins to trace at once break each other, in tests far from here.
    """
    paths: list[str] = []

    def noting(opens: Callable[..., Any]) -> Callable[..., Any]:
        def noted(file: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, str | bytes | os.PathLike):
                paths.append(os.fsdecode(file))
            return opens(file, *args, **kwargs)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for module in (builtins, io, os):
            patch.setattr(module, "open", noting(module.open))
        yield paths


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    return seeds(tmp_path_factory.mktemp("seeds"))


@st.composite
def _changes(draw: st.DrawFn) -> list[tuple[float, int, bytes]]:
    """Return pieces to put over what stands at a share of the length, each after taking some bytes out."""
    piece = st.binary(max_size=6) | st.sampled_from(
        (
            b"\0",
            b"\n",
            b",",
            b'"',
            b"../",
            b"/etc/passwd",
            b"9" * 30,
            b"-1",
            b"1e999",
            b"nan",
            b"\xff" * 4,
            b"&a *a ",
            b"<a>",
        )
    )
    return draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), piece), min_size=1, max_size=4))


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_file(name: str, valid: dict[str, list[bytes]]) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(st.integers(0, 99), _changes())
    def holds(which: int, changes: list[tuple[float, int, bytes]]) -> None:
        data = valid[name][which % len(valid[name])]
        for share, taken, piece in changes:
            place = int(share * len(data))
            data = data[:place] + piece + data[place + taken :]
        _check(name, data)

    holds()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes(name: str) -> None:
    @settings(max_examples=20, deadline=None, derandomize=True, database=None)
    @given(st.binary(max_size=300))
    def holds(data: bytes) -> None:
        _check(name, data)

    holds()


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_fuzzer_starts_from_is_read(name: str, valid: dict[str, list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert answer(name, valid[name][0], Path(folder)) is None


def _check(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with _noted() as opened:
            error = answer(name, data, Path(folder))
        copies = str(Path(tempfile.gettempdir()).resolve() / COPY_PREFIX)  # of what the reader itself was given
        inside = (str(Path(folder).resolve()), copies, *_OWN, *_KINDS)
        outside = [p for p in opened if not str(Path(p).resolve()).startswith(inside)]
        assert not outside, outside
        assert error is None or str(error)
