"""A changed archive has another digest, and is found changed by a run."""

import hashlib
from pathlib import Path

import pytest

from ecg_eval.datasets._wfdb_files.content_digest import FILES, HEADERS, files_digest, headers_digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    for name in ("a/1.hea", "a/1.dat", "2.hea", "2.mat", "2.atr"):
        (tmp_path / name).write_text(f"content of {name}")
    return tmp_path


def headers(root: Path) -> dict[str, str]:
    return headers_digest(root, [*root.rglob("*.hea"), root / "gone.hea"])


def test_headers_are_hashed_in_order_with_sizes(root: Path) -> None:
    text = "2.hea .atr:16 .mat:16 16\ncontent of 2.heaa/1.hea .dat:18 18\ncontent of a/1.hea"
    assert headers(root) == {HEADERS: hashlib.sha256(text.encode()).hexdigest()}
    assert headers_digest(root, []) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("2.hea", "another header"),
        ("a/1.hea", "content of A/1.hea"),
        ("a/1.dat", "content of a/1.dat and more"),  # a signal of another size
        ("a/1.new", "one more file"),
        ("3.hea", "one more record"),
    ],
)
def test_what_changes_is_seen(root: Path, name: str, text: str) -> None:
    before = headers(root)
    (root / name).write_text(text)
    assert headers(root) != before
    assert headers(root).keys() == before.keys()


def test_files_are_hashed_whole(root: Path) -> None:
    paths = [root / "2.mat", root / "a/1.dat", root / "gone.dcm"]
    before = files_digest(root, paths)
    assert before.keys() == {FILES}
    assert files_digest(root, reversed(paths)) == before
    (root / "2.mat").write_text("CONTENT of 2.mat")
    assert files_digest(root, paths) != before
    assert files_digest(root, []) == {}
