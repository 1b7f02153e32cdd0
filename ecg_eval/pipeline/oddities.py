"""What is odd in a study's data, in lines for the console: the words are those of the report."""

from collections.abc import Sequence

from ecg_eval.domain.oddities import Oddity
from ecg_eval.reports.sections.oddities import place
from ecg_eval.reports.words import Words


def odd_lines(oddities: Sequence[Oddity]) -> list[str]:
    """Return one line a kind of oddity: what it is, in how many places, and the first of them.

    Parameters
    ----------
    oddities : sequence of Oddity
        The most harmful first.
    """
    words = Words("en")
    lines = []
    for kind in dict.fromkeys(oddity.kind for oddity in oddities):
        alike = [oddity for oddity in oddities if oddity.kind == kind]
        more = f", and {len(alike) - 1} more like it" if len(alike) > 1 else ""
        lines.append(f"{words(f'oddity.{kind}')}: {place(alike[0], words)}{more}")
    return lines
