"""Two tables that should speak of the same recordings: how many do, and which ids look alike without being the same.

Nothing is joined by looking alike. A table of readings whose ids lost their zeros in a spreadsheet is refused with the
ids that were probably meant, since joining none of them, or some, would go unseen in the numbers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ecg_eval.domain.spelling import folded
from ecg_eval.errors import suggestion

_ENDINGS = frozenset({".csv", ".dat", ".dcm", ".edf", ".hea", ".jpeg", ".jpg", ".mat", ".pdf", ".png", ".xml"})
_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")  # that lead a number, and are no part of a fraction
_SHOWN = 3
_MANY = 5000  # among more names than this, no near spelling is looked for


@dataclass(frozen=True)
class Join:
    """How the ids of one table stand to those of another.

    Attributes
    ----------
    n_left, n_right, n_both : int
        Ids of the one, of the other, of both.
    unmatched : tuple of str
        Ids of the left that the right does not have.
    near : dict of str to str
        Of the unmatched, those that are an id of the right but for zeros, capitals, punctuation or a file's ending.
    """

    n_left: int
    n_right: int
    n_both: int
    unmatched: tuple[str, ...]
    near: dict[str, str]

    def counts(self, left: str, right: str) -> str:
        """Return both sides in words: "3 of the 8 ids of the readings are among the 6 of the truth"."""
        return f"{self.n_both} of the {self.n_left} ids of {left} are among the {self.n_right} of {right}"

    @property
    def digits(self) -> int | None:
        """Return how many digits the ids of the right have, where the left lost their zeros and nothing else."""
        lengths = {len(right) for right in self.near.values()}
        lost = all(left.isdecimal() and right == left.zfill(len(right)) for left, right in self.near.items())
        return lengths.pop() if lost and len(lengths) == 1 else None

    def remedy(self, ids: Iterable[str]) -> str:
        """Return what was probably meant, by the first ids that look alike, or the nearest name."""
        if self.near:
            return f"{perhaps(self.near)}: write them alike in both tables. {self._zeros()}".strip()
        names = list(ids)[:_MANY]
        if not names or not self.unmatched:
            return ""
        near = suggestion(self.unmatched[0], names)
        if near.startswith("Did you mean"):
            return near
        shown = ", ".join(repr(name) for name in names[:_SHOWN])
        return f"Ids there are such as {shown}."

    def _zeros(self) -> str:
        """Return how to say that zeros were lost, where that alone is the difference and all ids are of one length."""
        if self.digits is None:
            return ""
        return f"A file whose ids lost their zeros is read with `record_id_digits: {self.digits}`."


def perhaps(pairs: Mapping[str, str]) -> str:
    """Return what ids were probably meant to be: "'e01' is perhaps 'E01'", the first of them."""
    return ", ".join(f"{left!r} is perhaps {right!r}" for left, right in list(pairs.items())[:_SHOWN])


def arrows(pairs: Mapping[str, str], most: int = _SHOWN) -> str:
    """Return what ids are taken for: "e01 → E01, e02 → E02 and 4 more"."""
    shown = ", ".join(f"{left} → {right}" for left, right in list(pairs.items())[:most])
    return shown + (f" and {len(pairs) - most} more" if len(pairs) > most else "")


def by_number(left: Iterable[str], right: Iterable[str]) -> dict[str, str]:
    """Return ids that hold the same one number, whatever stands around it; nothing where a number is in two of a side.

    Examples
    --------
    >>> by_number(["ECG 01", "ECG 02"], ["1", "2"])
    {'ECG 01': '1', 'ECG 02': '2'}
    """
    sides: list[dict[str, str]] = []
    for names in (left, right):
        numbers = {name: re.findall(r"\d+", name) for name in dict.fromkeys(map(str, names))}
        ours = {parts[0].lstrip("0"): name for name, parts in numbers.items() if len(parts) == 1}
        if len(ours) < len(numbers):
            return {}
        sides.append(ours)
    return {name: sides[1][number] for number, name in sides[0].items() if number in sides[1]}


def join(left: Iterable[str], right: Iterable[str]) -> Join:
    """Return how the ids of a table stand to those of another.

    Examples
    --------
    >>> found = join(["7", "8.0", "9"], ["007", "8", "9"])
    >>> found.n_both, found.near
    (1, {'7': '007', '8.0': '8'})
    """
    ours, theirs = dict.fromkeys(map(str, left)), dict.fromkeys(map(str, right))
    unmatched = tuple(name for name in ours if name not in theirs)
    near: dict[str, str] = {}
    if unmatched:
        plain: dict[str, list[str]] = {}
        for name in theirs:
            plain.setdefault(_plain(name), []).append(name)
        for name in unmatched:
            alike = plain.get(_plain(name), [])
            if len(alike) == 1:
                near[name] = alike[0]
    return Join(len(ours), len(theirs), len(ours) - len(unmatched), unmatched, near)


def _plain(name: str) -> str:
    """Return an id without what programs add to it and take from it."""
    path = PurePosixPath(name.strip())
    text = str(path.with_suffix("")) if path.suffix.lower() in _ENDINGS else str(path)
    try:
        value = float(text)
    except ValueError:
        return folded(_ZEROS.sub("", text))
    return str(int(value)) if value.is_integer() else text
