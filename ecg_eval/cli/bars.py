"""What long work shows while it goes on."""

import sys
from collections.abc import Iterator, Sequence


def bar(items: Sequence[str], doing: str) -> Iterator[str]:
    """Draw a progress bar in a terminal, nothing in a pipe."""
    from tqdm import tqdm

    yield from tqdm(items, desc=doing, disable=None, leave=False, file=sys.stderr)


def silent(items: Sequence[str], doing: str) -> Iterator[str]:
    """Show nothing."""
    yield from items
