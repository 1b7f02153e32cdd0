"""How long work tells of itself: the corridor counts, the door draws."""

from collections.abc import Callable, Iterator, Sequence

# (items, what is being done) -> the same items, while something may be shown
Progress = Callable[[Sequence[str], str], Iterator[str]]


def silent(items: Sequence[str], doing: str) -> Iterator[str]:
    """Show nothing."""
    return iter(items)
