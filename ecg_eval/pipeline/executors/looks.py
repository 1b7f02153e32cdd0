"""What looks at recordings, one at a time: a stage says what is to be worked out, somebody else where that is done."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.recording import Recording

T = TypeVar("T")
Load = Callable[[str], Recording]
Watch = Callable[[Sequence[str]], Iterator[str]]


class Each(Protocol):
    """Yields what is worked out from each recording, in their order."""

    def __call__(self, load: Load, ids: Sequence[str], look: Callable[[Load, str], T], watch: Watch) -> Iterator[T]:
        """Yield it; see `looked_at_here`."""


def looked_at_here(load: Load, ids: Sequence[str], look: Callable[[Load, str], T], watch: Watch) -> Iterator[T]:
    """Yield what is worked out from each recording, in their order, by this process.

    Parameters
    ----------
    load : callable
        Record id -> Recording.
    ids : sequence of str
    look : callable
        (load, record id) -> what is worked out.
    watch : callable
        Wraps the ids (a progress bar).
    """
    return Recordings(tuple(ids), load, watch).each(look)
