"""What is wanted of a draw of ECGs: so many with a finding, so many of a level among them, so many without any."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecg_eval.errors import ArgumentError

WHO = "ecg-eval plan cases"
NONE = "none"  # ECGs without any of the findings that are wanted
_FORM = re.compile(r"(?P<finding>[^/=]+)(?:/(?P<column>[^:=]+):(?P<level>[^=]+))?=(?P<n>[0-9]+)")


@dataclass(frozen=True)
class Wanted:
    """So many ECGs, at least.

    Attributes
    ----------
    finding : str
        Code of a finding, or "none": ECGs without any of the findings that are wanted.
    n : int
        1 or more.
    column, level : str
        The level among them, such as column "sex" and level "F"; both empty for all of them.
    """

    finding: str
    n: int
    column: str = ""
    level: str = ""

    @property
    def label(self) -> str:
        """Return what it is of, as it is asked for: "AF" or "AF/sex:F"."""
        return f"{self.finding}/{self.column}:{self.level}" if self.column else self.finding


def wanted_of(texts: Sequence[str]) -> tuple[Wanted, ...]:
    """Return what texts such as "AF=30", "AF/sex:F=15" and "none=60" ask for.

    A level asked for without its finding as a whole asks for that many of the finding too.

    Raises
    ------
    ArgumentError
        For a text of another form, a number below 1, and what is asked for twice.

    Examples
    --------
    >>> [w.label for w in wanted_of(["AF=30", "AF/sex:F=15"])]
    ['AF', 'AF/sex:F']
    >>> wanted_of(["none/sex:F=5", "none/sex:M=5"])[0]
    Wanted(finding='none', n=10, column='', level='')
    """
    if not texts:
        remedy = "For example --want AF=30 --want none=60."
        raise ArgumentError(WHO, "--want", "given once or more", None, remedy)
    given = [_one(text) for text in texts]
    labels = [wanted.label for wanted in given]
    for label in labels:
        if labels.count(label) > 1:
            raise ArgumentError(WHO, f"--want {label}", "asked for once", labels.count(label))
    whole = {wanted.finding: wanted for wanted in given if not wanted.column}
    every: list[Wanted] = []
    for finding in dict.fromkeys(wanted.finding for wanted in given):
        levels = [wanted for wanted in given if wanted.finding == finding and wanted.column]
        every += [whole.get(finding) or Wanted(finding, _most_of_a_column(levels)), *levels]
    return tuple(every)


def _one(text: str) -> Wanted:
    match = _FORM.fullmatch(text.strip())
    if match is None or int(match["n"]) < 1:
        rule = "FINDING=NUMBER or FINDING/COLUMN:LEVEL=NUMBER, the number 1 or more"
        raise ArgumentError(WHO, "--want", rule, text, "For example AF=30, AF/sex:F=15 or none=60.")
    column, level = ((match[name] or "").strip() for name in ("column", "level"))
    return Wanted(match["finding"].strip(), int(match["n"]), column, level)


def _most_of_a_column(levels: Sequence[Wanted]) -> int:
    """Return how many the levels ask for: levels of one column add up, those of two may be the same ECGs."""
    return max(sum(w.n for w in levels if w.column == column) for column in {w.column for w in levels})
