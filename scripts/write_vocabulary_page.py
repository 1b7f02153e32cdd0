"""Write the tables of docs/vocabulary.md from the vocabulary's data files; the words above them are kept.

    python scripts/write_vocabulary_page.py

A test compares the page with what this would write.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ecg_eval.domain.findings import (
    SCHEMES,
    WORD_SCHEMES,
    Finding,
    descendants,
    equivalences,
    label_sets,
    vocabulary,
    without_translation,
)

PAGE = Path(__file__).parents[1] / "docs" / "vocabulary.md"
MARK = "<!-- written by scripts/write_vocabulary_page.py from here on -->\n"
_CODED = [scheme for scheme in SCHEMES if scheme not in WORD_SCHEMES]
_SUPERCLASSES = label_sets()["superclasses"]


def main() -> None:
    """Write the page's tables anew."""
    PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + tables(), encoding="utf-8")


def tables() -> str:
    """Return everything below the mark."""
    parts = ["\n## Findings\n"]
    for superclass in (*_SUPERCLASSES, None):
        title = f"{superclass}: {vocabulary()[superclass].name_en}" if superclass else "In no superclass of PTB-XL"
        parts += [f"\n### {title}\n\n", _findings(f for f in vocabulary().values() if superclass in _classes(f))]
    parts += ["\n## Label sets\n\n", _table(("label set", "n", "findings"), _sets())]
    parts += ["\n## Equivalences\n\n", _table(("counts as", "scheme", "spelling", "relation", "declared by"), _same())]
    parts += ["\n## Without a translation\n\n", _table(("scheme", "spelling", "what it says, and why"), _left())]
    parts += ["\n## Words of devices\n\n", _table(("finding", *WORD_SCHEMES), _words())]
    sources = sorted({(f.urgency_source,) for f in vocabulary().values()})
    parts += ["\n## Sources of urgency\n\n", _table(("source", "n"), [(s, _times(s)) for (s,) in sources])]
    return "".join(parts)


def _classes(finding: Finding) -> set[str | None]:
    return {s for s in _SUPERCLASSES if finding.code in descendants(s)} or {None}


def _findings(found: Iterable[Finding]) -> str:
    head = ("code", "English", "French", "parents", "urgency", "other codes")
    rows = [(f.code, f.name_en, f.name_fr, ", ".join(f.parents), f.urgency, _codes(f)) for f in found]
    return _table(head, rows)


def _codes(finding: Finding) -> str:
    return "; ".join(f"{s}: {', '.join(finding.spellings(s))}" for s in _CODED if finding.spellings(s))


def _sets() -> list[tuple[object, ...]]:
    return [(name, len(codes), ", ".join(codes)) for name, codes in label_sets().items()]


def _same() -> list[tuple[object, ...]]:
    return [(e.finding, e.scheme, f"{e.spelling} ({e.says})", e.relation, e.source) for e in equivalences()]


def _left() -> list[tuple[object, ...]]:
    return [(scheme, s, why) for scheme in SCHEMES for s, why in without_translation(scheme).items()]


def _words() -> list[tuple[object, ...]]:
    spoken = [f for f in vocabulary().values() if any(f.spellings(s) for s in WORD_SCHEMES)]
    return [(f.code, *("; ".join(f.spellings(s)) for s in WORD_SCHEMES)) for f in spoken]


def _times(source: str) -> int:
    return sum(f.urgency_source == source for f in vocabulary().values())


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    main()
