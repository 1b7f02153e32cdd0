"""Tables that a command puts into a page written by hand, between two marks that the page keeps for them."""

from pathlib import Path


def put(page: Path, mark: str, text: str) -> None:
    """Put text between ``<!-- mark: begin -->`` and ``<!-- mark: end -->``, leaving the rest of the page alone.

    Raises
    ------
    ValueError
        When the page lacks the marks: the text would otherwise end up where nobody looks for it.
    """
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page} must hold {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
