"""How tests stand in a table: p, p after adjustment and of how many tests, and under it which tests these are."""

from collections.abc import Iterable

from ecg_eval.domain.result import Block
from ecg_eval.reports import numbers
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import Shown, View

PRIMARY = "primary"  # the family of the tests that the plan named
ALL_FINDINGS = "all findings"


def p_cells(view: View, row: Shown, *, adjusted: bool, planned: bool) -> dict[str, str]:
    """Return the cells of one row's test.

    Parameters
    ----------
    view : View
    row : Shown
    adjusted, planned : bool
        Whether the table has such a column.
    """
    words = view.words
    cells = {words("p"): numbers.p_value(row.p_value, words)}
    if adjusted:
        p = numbers.p_value(row.p_adjusted, words)
        of = numbers.count(row.family_size, words)
        cells[words("p_adjusted")] = p if row.p_adjusted is None else words("p_adjusted.of", p=p, n=of)
    if planned:
        cells[words("planned")] = words("yes" if row.pre_specified else "no")
    return cells


def families(view: View, rows: Iterable[Shown]) -> list[Block]:
    """Return, as a footnote, which tests those of a table were adjusted with; nothing where none was."""
    sizes = {row.family: row.family_size or 0 for row in rows if row.family}
    named = [
        view.words("family.size", family=_in_words(view, name), n=numbers.count(size, view.words))
        for name, size in sizes.items()
    ]
    return [Footnote(view.words("family.note", families=view.words.apart(named)))] if named else []


def _in_words(view: View, family: str) -> str:
    """Return a family's name, "mcnemar: programs with one another, all findings", in the language of the page."""
    words = view.words
    if family == PRIMARY:
        return words("family.primary")
    metric, _, rest = family.partition(": ")
    sides, _, scope = rest.partition(", ")
    whole, _, subgroup = scope.partition(", ")
    where = words("family.all") if whole == ALL_FINDINGS else words.finding(whole)
    named = words("family.named", metric=words.metric(metric), sides=words.phrase(sides), scope=where)
    return f"{named}, {words.subgroup(subgroup)}" if subgroup else named
