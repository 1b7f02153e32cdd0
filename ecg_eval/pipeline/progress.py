"""How long work tells how far it is: stages count what they do, and whoever called them may draw a bar."""

from collections.abc import Callable, Iterator, Sequence

# (items, what is being done) -> the same items, while something may be shown
Progress = Callable[[Sequence[str], str], Iterator[str]]


def silent(items: Sequence[str], doing: str) -> Iterator[str]:
    """Show nothing."""
    return iter(items)
