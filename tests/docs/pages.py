"""The examples that README, CONTRIBUTING and docs show, as blocks that tests run."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
# a block without a language is said to be one of these: nothing on a page is just grey
LANGUAGES = ("sh", "python", "yaml", "toml", "csv", "text")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes
    ----------
    page : str
        Path below the project's root.
    number : int
        Which block of its language on that page, from 0.
    language : str
    text : str
    """

    page: str
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        """Name it for a test's id."""
        return f"{self.page}:{self.language}{self.number}"


def blocks(language: str | None = None) -> list[Block]:
    """Return the blocks of all pages, or those of one language."""
    every = []
    for path in PAGES:
        page, numbers = path.relative_to(ROOT).as_posix(), dict.fromkeys(LANGUAGES, -1)
        for match in re.finditer(r"^```(\w*)\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.M | re.S):
            name = match[1]
            numbers[name] = numbers.get(name, -1) + 1
            every.append(Block(page, numbers[name], name, match[2]))
    return [b for b in every if language in (None, b.language)]


def shell_lines() -> list[tuple[str, str]]:
    """Return (page, command) for every shell line of a block, and every whole `ecg-eval` command in running text."""
    lines = [(b.page, line) for b in blocks("sh") for line in b.text.splitlines()]
    for path in PAGES:
        prose = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        lines += [(path.relative_to(ROOT).as_posix(), c) for c in re.findall(r"`(ecg-eval [^`]+)`", prose)]
    return [(page, line.split("  #")[0].strip()) for page, line in lines if line.split("#")[0].strip()]
