"""What an executor is, and the one that needs nothing: this process, one piece of work after the other.

Whatever does the work, the results come in the order of what was asked, and a piece of work is a function of what it is
given alone; so a run's numbers are the same to the byte, whoever makes them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ecg_eval.pipeline.executors.shelf import Shelf

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(ABC):
    """Where work is done."""

    shares = False
    """Whether other processes take part, so that work is worth being cut into pieces."""
    shelf: Shelf | None = None
    """Where results of work that was done before stand, or where they are put; None for nowhere."""

    @abstractmethod
    def results(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Yield what a task makes of each item, in their order.

        Parameters
        ----------
        task : callable
            A function of a module, or a ``partial`` of one, so that another process knows it.
        items : sequence

        Raises
        ------
        EcgEvalError
            What the task raises.
        ClusterError
            When the processes that share the work are lost, or are not of this program.
        """


class OneProcess(Executor):
    """All work is done here."""

    def results(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Yield what a task makes of each item; see ``Executor.results``."""
        return map(task, items)
