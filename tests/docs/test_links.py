"""What pages point at is there: links within the repository, and files that are named in code type."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])

_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_FILE = re.compile(r"`((?:[\w.]+/)+[\w.]+\.(?:py|md|csv|yaml|toml))`")
# what a reader of docs/add-a-....md is about to write
_TO_WRITE = re.compile(
    r"(ecg_eval/(datasets|models|panels|references|metrics|reports/sections)|my_lab|my_study)/\w+\.py"
)
_ORACLE = re.compile(r"(?<![\w/\[])own/\d\d")


def resolves(page: Path, target: str) -> bool:
    """Return whether a file is there, seen from the page, the repository or the package."""
    return any((base / target).exists() for base in (page.parent, ROOT, ROOT / "ecg_eval"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [t for t in targets if "://" not in t and not t.startswith("mailto:")]
    assert [t for t in local if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    named = set(_FILE.findall(page.read_text(encoding="utf-8")))
    if page.name.startswith("add-a-"):
        named = {name for name in named if not _TO_WRITE.fullmatch(name)}
    assert sorted(name for name in named if not resolves(page, name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_oracles_are_links(page: Path) -> None:
    """An oracle of our own is a folder of the repository, and not a name that only its authors can look up."""
    assert _ORACLE.findall(page.read_text(encoding="utf-8")) == []
