"""The designs of a reader study with and without help: which reader reads which cases, in which arm and period.

What is the same in a study that is planned and in one that is simulated stands here; how halves, blocks and steps are
drawn does not: a plan balances them (`Balanced`), a simulation draws them plainly (`Plain`).

================  ========================================================================================
crossover         everybody reads everything twice: half of it with help first, the other half without first
crossed           everybody reads everything twice, without help first
sequential        everybody reads everything without help, and at once again with it
half_and_half     everybody reads everything once, half of it with help, mixed as they come
parallel          some readers have help, the others have not; everybody reads everything once
split_plot        blocks of readers and cases: a block's readers read its cases only, without and with help
stepped_wedge     practices are given help one after the other; each period has cases of its own
================  ========================================================================================
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Lot:
    """Cases that one reader reads in one arm and period.

    Attributes
    ----------
    reader : int
    cases : ndarray of int
        Positions of the cases.
    aided : bool
    period : int
        From 1.
    """

    reader: int
    cases: Ints
    aided: bool
    period: int


class Draws(Protocol):
    """How halves, blocks and steps of a study are drawn."""

    @property
    def n_readers(self) -> int:
        """Return the number of readers."""

    @property
    def n_cases(self) -> int:
        """Return the number of cases."""

    def half(self, reader: int) -> Bools:
        """Return which half of the cases a reader reads with help (first), (n_cases,)."""

    def first_in_block(self, reader: int, cases: Ints) -> Bools:
        """Return which of a block's cases a reader reads with help first, (n_cases of the block,)."""

    def helped(self) -> Bools:
        """Return which readers have help in a parallel design, (n_readers,)."""

    def blocks(self) -> tuple[Ints, Ints]:
        """Return the block of each reader (n_readers,) and of each case (n_cases,), from 0."""

    def steps(self) -> tuple[Ints, Ints, int]:
        """Return each reader's first period with help, each case's period (both from 0), and how many periods."""


def _read_twice(reader: int, cases: Ints, first: Bools) -> list[Lot]:
    """Return the lots of a reader who reads cases in both arms, those that are `first` with help in period 1."""
    half, rest = cases[first], cases[~first]
    lots = [Lot(reader, half, True, 1), Lot(reader, rest, False, 1)]
    return [*lots, Lot(reader, half, False, 2), Lot(reader, rest, True, 2)]


def _crossover(draws: Draws) -> list[Lot]:
    everything = np.arange(draws.n_cases)
    return [lot for reader in range(draws.n_readers) for lot in _read_twice(reader, everything, draws.half(reader))]


def _crossed(draws: Draws) -> list[Lot]:
    everything, nothing = np.arange(draws.n_cases), np.zeros(draws.n_cases, dtype=bool)
    return [lot for reader in range(draws.n_readers) for lot in _read_twice(reader, everything, nothing)]


def _sequential(draws: Draws) -> list[Lot]:
    everything = np.arange(draws.n_cases)
    return [Lot(reader, everything, aided, 1) for reader in range(draws.n_readers) for aided in (False, True)]


def _half_and_half(draws: Draws) -> list[Lot]:
    lots: list[Lot] = []
    for reader in range(draws.n_readers):
        half = draws.half(reader)
        lots += [Lot(reader, np.flatnonzero(half), True, 1), Lot(reader, np.flatnonzero(~half), False, 1)]
    return lots


def _parallel(draws: Draws) -> list[Lot]:
    everything, helped = np.arange(draws.n_cases), draws.helped()
    return [Lot(reader, everything, bool(helped[reader]), 1) for reader in range(draws.n_readers)]


def _split_plot(draws: Draws) -> list[Lot]:
    of_reader, of_case = draws.blocks()
    lots: list[Lot] = []
    for reader in range(draws.n_readers):
        cases = np.flatnonzero(of_case == of_reader[reader])
        lots += _read_twice(reader, cases, draws.first_in_block(reader, cases))
    return lots


def _stepped_wedge(draws: Draws) -> list[Lot]:
    step, of_case, n_periods = draws.steps()
    return [
        Lot(reader, np.flatnonzero(of_case == period), bool(period >= step[reader]), period + 1)
        for reader in range(draws.n_readers)
        for period in range(n_periods)
    ]


DESIGNS: dict[str, Callable[[Draws], list[Lot]]] = {
    "crossover": _crossover,
    "crossed": _crossed,
    "sequential": _sequential,
    "half_and_half": _half_and_half,
    "parallel": _parallel,
    "split_plot": _split_plot,
    "stepped_wedge": _stepped_wedge,
}
READ_TWICE = ("crossover", "crossed", "split_plot")  # the same cases in two periods, with a washout between them
