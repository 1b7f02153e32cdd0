"""Rows as lines for a terminal: columns aligned, numbers to the right."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines, the first of them the headers: columns of numbers to the right, others to the left.

    Examples
    --------
    >>> print(aligned([("who", "ECGs"), ("gp01", "7"), ("gp2", "12")]))
    who   ECGs
    gp01     7
    gp2     12
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(map(_is_number, column[1:])) and any(column[1:]) for column in columns]
    return "\n".join(
        "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in rows
    )


def _is_number(cell: str) -> bool:
    return cell in {"", "-"} or cell.removesuffix("%").strip().lstrip("-").replace(".", "").replace(",", "").isdecimal()
