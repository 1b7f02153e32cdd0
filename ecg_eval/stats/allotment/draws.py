"""Two ways to draw the halves, blocks and steps of a design: plainly at random, and balanced over what is known."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.allotment.balanced import balanced_parts, equal_sizes

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plain:
    """Draws that know nothing of the cases.

    Attributes
    ----------
    practices : ndarray of int (n_readers,)
        Practice of each reader.
    n_cases : int
    rng : numpy Generator
    """

    practices: Ints
    n_cases: int
    rng: np.random.Generator

    @property
    def n_readers(self) -> int:
        """Return the number of readers."""
        return len(self.practices)

    def half(self, reader: int) -> Bools:
        """Return another half for each reader."""
        return self.rng.permutation(self.n_cases) < self.n_cases // 2

    def first_in_block(self, reader: int, cases: Ints) -> Bools:
        """Return nothing: all of a block is read without help first."""
        return np.zeros(len(cases), dtype=bool)

    def helped(self) -> Bools:
        """Return half of the readers, the larger where they are odd."""
        return self.rng.permutation(self.n_readers) < (self.n_readers + 1) // 2

    def blocks(self) -> tuple[Ints, Ints]:
        """Return three blocks, or as many as there are two readers for."""
        n_blocks = max(1, min(3, self.n_readers // 2, self.n_cases))
        of_reader = self.rng.permutation(self.n_readers) % n_blocks
        return of_reader, self.rng.permutation(self.n_cases) % n_blocks

    def steps(self) -> tuple[Ints, Ints, int]:
        """Return one step a practice."""
        distinct = np.unique(self.practices)
        step = dict(zip(self.rng.permutation(distinct).tolist(), range(1, len(distinct) + 1), strict=True))
        n_periods = len(distinct) + 1
        of_reader = np.array([step[practice] for practice in self.practices.tolist()], dtype=np.int64)
        return of_reader, self.rng.permutation(self.n_cases) % n_periods, n_periods


@dataclass(kw_only=True, eq=False)
class Balanced:
    """Draws that are balanced over levels of cases and readers, as ``balanced_parts`` balances.

    Attributes
    ----------
    practices : ndarray of int (n_readers,)
        Practice of each reader, from 0.
    case_levels : ndarray of int (n_cases, n_columns)
        What is known of each case.
    reader_levels : ndarray of int (n_readers, n_columns)
        What is known of each reader.
    n_blocks : int
        Blocks of a split plot.
    n_steps : int
        Groups of practices that are given help together, of a stepped wedge.
    rng : numpy Generator
    """

    practices: Ints
    case_levels: Ints
    reader_levels: Ints
    n_blocks: int
    n_steps: int
    rng: np.random.Generator
    # cases -> their half that waits for the second reader of a pair
    _waiting: dict[tuple[int, ...], Bools] = field(default_factory=dict, repr=False)

    @property
    def n_readers(self) -> int:
        """Return the number of readers."""
        return len(self.practices)

    @property
    def n_cases(self) -> int:
        """Return the number of cases."""
        return len(self.case_levels)

    def half(self, reader: int) -> Bools:
        """Return a balanced half; the next reader is given the other one, so that each case is in as many of both."""
        return self.first_in_block(reader, np.arange(self.n_cases))

    def first_in_block(self, reader: int, cases: Ints) -> Bools:
        """Return a balanced half of some cases; the next reader of the same is given the other one."""
        key = tuple(cases.tolist())
        if key in self._waiting:
            return self._waiting.pop(key)
        half: Bools = np.asarray(self._parts(self.case_levels[cases], 2) == 0)
        self._waiting[key] = ~half
        return half

    def helped(self) -> Bools:
        """Return a balanced half of the readers."""
        return np.asarray(self._parts(self.reader_levels, 2) == 0)

    def blocks(self) -> tuple[Ints, Ints]:
        """Return balanced blocks of readers and of cases."""
        return self._parts(self.reader_levels, self.n_blocks), self._parts(self.case_levels, self.n_blocks)

    def steps(self) -> tuple[Ints, Ints, int]:
        """Return steps of as many practices each as can be, and balanced cases for each period."""
        distinct = np.unique(self.practices)
        group = self.rng.permutation(len(distinct)) % self.n_steps
        n_periods = self.n_steps + 1
        of_reader = 1 + group[np.searchsorted(distinct, self.practices)]
        return of_reader, self._parts(self.case_levels, n_periods), n_periods

    def _parts(self, levels: Ints, n_parts: int) -> Ints:
        sizes = equal_sizes(len(levels), n_parts)
        return balanced_parts(levels=levels, sizes=sizes, rng=self.rng)
