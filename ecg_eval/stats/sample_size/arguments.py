"""What planning functions ask of their arguments, in the house's sentence form."""

from math import isfinite

from ecg_eval.errors import ArgumentError


def check_between(who: str, low: float, high: float, /, **values: float) -> None:
    """Refuse a value that does not lie strictly between `low` and `high`."""
    for what, value in values.items():
        if not low < value < high:
            raise ArgumentError(who, what, f"between {low:g} and {high:g}, both excluded", value)


def check_at_least(who: str, low: float, /, **values: float) -> None:
    """Refuse a value that is below `low` or not finite."""
    for what, value in values.items():
        if not (isfinite(value) and value >= low):
            raise ArgumentError(who, what, f"a finite number of at least {low:g}", value)


def check_positive(who: str, /, **values: float) -> None:
    """Refuse a value that is not a finite number above zero."""
    for what, value in values.items():
        if not (isfinite(value) and value > 0):
            raise ArgumentError(who, what, "a finite number above 0", value)


def check_whole(who: str, low: int, /, **values: int) -> None:
    """Refuse a count that is not whole or is below `low`."""
    for what, value in values.items():
        if not (value == value // 1 and value >= low):
            raise ArgumentError(who, what, f"a whole number of at least {low}", value)


def check_one_of(who: str, what: str, value: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is not among the known ones."""
    if value not in words:
        raise ArgumentError(who, what, f"one of {', '.join(words)}", value)


def check_sides(who: str, sides: int) -> None:
    """Refuse a test that is neither one- nor two-sided."""
    if sides not in (1, 2):
        raise ArgumentError(who, "sides", "1 or 2", sides)
