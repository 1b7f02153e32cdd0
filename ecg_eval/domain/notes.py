"""Facts about an estimate that its reader should know, in fixed words that stand at the end of its `method`.

They are no reason for a value or an interval to be missing, which is what `reason` is for. A report finds them by
`notes_of` and puts them into the language of its reader.
"""

ALWAYS = "the reader always calls it"
NEVER = "the reader never calls it"
BELOW_CHANCE = "below 0.5: ECGs with the finding get lower scores"
ONE_POSITIVE = "one ECG with the finding"
TWO_POSITIVES = "two ECGs with the finding"
CUT = "the interval reached beyond the range and is cut at its end"

NOTES = (ALWAYS, NEVER, BELOW_CHANCE, ONE_POSITIVE, TWO_POSITIVES, CUT)


# labels of the records or readers that a row is of (column `subgroup`), besides the configuration's subgroups
READ_BOTH_WAYS = "read both ways"
READ_BY_ALL = "read by all"
WITHOUT = "without"
READERS = "readers"
COUNTED_AS = " counted as: "
UNDECIDED_COUNTED = tuple(f"{answers}{COUNTED_AS}" for answers in ("uncertain and refer", "uncertain", "refer"))


def is_subgroup(label: str) -> bool:
    """Whether a label is that of a subgroup of the configuration ("sex=F"), and none of those above.

    Examples
    --------
    >>> [is_subgroup(label) for label in ("sex=F", "without gp3", "read both ways", "")]
    [True, False, False, False]
    """
    others = (READ_BOTH_WAYS, READ_BY_ALL, f"{WITHOUT} ", f"{READERS}: ", *UNDECIDED_COUNTED)
    return bool(label) and not label.startswith(others)


def noted(method: str, *notes: str) -> str:
    """Return the method with notes at its end.

    Examples
    --------
    >>> noted("Wilson", NEVER)
    'Wilson; note: the reader never calls it'
    """
    return "".join([method, *(f"; note: {note}" for note in notes)])


def before_notes(method: str, words: str, *, joint: str = "; ") -> str:
    """Return the method with more words of how it was made: before its notes, which stay at the end.

    Examples
    --------
    >>> before_notes("Wilson; note: the reader never calls it", "between patients")
    'Wilson; between patients; note: the reader never calls it'
    """
    made, mark, notes = method.partition("; note: ")
    return f"{made}{joint}{words}{mark}{notes}"


def notes_of(method: str) -> list[str]:
    """Return the notes of a method, in the order of ``NOTES``.

    Examples
    --------
    >>> notes_of("Wilson; note: the reader never calls it")
    ['the reader never calls it']
    """
    there = set(method.split("; note: ")[1:])
    return [note for note in NOTES if note in there]
