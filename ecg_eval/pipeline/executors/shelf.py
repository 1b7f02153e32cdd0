"""What is worked out from each recording may stand on a shelf already, put there by another run of the same study."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pickle import dumps
from typing import cast

from ecg_eval.domain.facts.shard import ModelInShard

Make = Callable[[Sequence[str]], Iterator[object]]
"""Record ids -> what is worked out from each, in their order."""


class Shelf(ABC):
    """Where results of earlier work stand, by the work and the recording."""

    @abstractmethod
    def results(self, work: str, ids: Sequence[str], make: Make) -> Iterator[object]:
        """Yield what is worked out from each recording, in their order, from the shelf or made.

        Parameters
        ----------
        work : str
            A name that stands for all that the results depend on beside the recording (`name_of`).
        ids : sequence of str
        make : callable
            Makes what is not there.
        """

    @abstractmethod
    def model(self, label: str) -> ModelInShard:
        """Return what stands here of a model."""

    @abstractmethod
    def answers(self, label: str, ids: Sequence[str]) -> Iterator[object]:
        """Yield a model's answer about each recording: numbers, the reason why there are none, or None for nothing."""


def name_of(look: Callable[..., object], *, as_recorded: bool) -> str:
    """Return the name of a look: its function's, and a digest of all that it was given.

    A pickle is compared and never read; two that differ for no reason cost a second look, and nothing else.

    Examples
    --------
    >>> name_of(name_of, as_recorded=True)[:26]
    'shelf-name_of-as-recorded-'
    """
    function = cast("Callable[..., object]", getattr(look, "func", look))
    about = sha256(dumps(look, protocol=4)).hexdigest()[:16]
    place = function.__module__.rpartition(".")[2]
    return f"{place}-{function.__name__.strip('_')}{'-as-recorded' if as_recorded else ''}-{about}"
