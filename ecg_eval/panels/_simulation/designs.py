"""Who reads what, in which arm, period and order: the designs of a reader study with and without an AI's help.

A design is a table with one row per reader and recording read (an assignment). Order within a reader's period is drawn
at random, as a study must.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError, suggestion

ASSIGNMENT_COLUMNS = ("reader", "record", "aided", "period", "position")

Assignment = list[tuple[int, NDArray[np.int64], bool, int]]


def assignments(
    design: str, *, practices: NDArray[np.int64], n_records: int, aided: bool, rng: np.random.Generator
) -> pd.DataFrame:
    """Return who reads what.

    Parameters
    ----------
    design : str
        One of ``DESIGNS``.
    practices : ndarray of int, shape (n_readers,)
        Practice of each reader.
    n_records : int
    aided : bool
        Whether there is an aided arm at all; without one everybody reads everything once, unaided.
    rng : numpy Generator

    Returns
    -------
    DataFrame
        One row a reading of a recording: `reader`, `record` (positions), `aided` (bool), `period`, `position` (from 1).

    Raises
    ------
    ArgumentError
        For an unknown design.
    """
    if design not in DESIGNS:
        rule = f"one of {', '.join(DESIGNS)}"
        raise ArgumentError("simulated_gps", "design", rule, design, suggestion(str(design), DESIGNS))
    everything = np.arange(n_records)
    plan: Assignment = (
        DESIGNS[design](practices, n_records, rng)
        if aided
        else [(reader, everything, False, 1) for reader in range(len(practices))]
    )
    parts = []
    order: dict[tuple[int, int], list[int]] = {}
    for i, (reader, _, _, period) in enumerate(plan):
        order.setdefault((reader, period), []).append(i)
    for (reader, period), places in order.items():
        record = np.concatenate([plan[i][1] for i in places])
        with_help = np.concatenate([np.full(len(plan[i][1]), plan[i][2]) for i in places])
        if design == "sequential" and aided:
            parts.append(_one_after_the_other(reader, period, rng.permutation(n_records)))
            continue
        shuffled = rng.permutation(len(record))
        parts.append(
            pd.DataFrame(
                {
                    "reader": reader,
                    "record": record[shuffled],
                    "aided": with_help[shuffled],
                    "period": period,
                    "position": np.arange(1, len(record) + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[list(ASSIGNMENT_COLUMNS)]


def _one_after_the_other(reader: int, period: int, order: NDArray[np.int64]) -> pd.DataFrame:
    """Return the readings of one reader who reads each recording without help and at once again with it."""
    return pd.DataFrame(
        {
            "reader": reader,
            "record": np.repeat(order, 2),
            "aided": np.tile([False, True], len(order)),
            "period": period,
            "position": np.repeat(np.arange(1, len(order) + 1), 2),
        }
    )


def _crossed(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Everybody reads everything, unaided first and aided after the washout."""
    everything = np.arange(n_records)
    return [(reader, everything, help_, 1 + help_) for reader in range(len(practices)) for help_ in (False, True)]


def _crossover(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Everybody reads everything twice: half of it aided first, the other half unaided first."""
    plan: Assignment = []
    for reader in range(len(practices)):
        first = rng.permutation(n_records) < n_records // 2
        half, rest = np.flatnonzero(first), np.flatnonzero(~first)
        plan += [(reader, half, True, 1), (reader, rest, False, 1), (reader, half, False, 2), (reader, rest, True, 2)]
    return plan


def _sequential(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Everybody reads everything without help, then sees the AI's answer and changes the reading or keeps it."""
    everything = np.arange(n_records)
    return [(reader, everything, help_, 1) for reader in range(len(practices)) for help_ in (False, True)]


def _half_and_half(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Everybody reads everything once, a half of it (another one for each reader) with help, mixed as they come."""
    plan: Assignment = []
    for reader in range(len(practices)):
        first = rng.permutation(n_records) < n_records // 2
        plan += [(reader, np.flatnonzero(first), True, 1), (reader, np.flatnonzero(~first), False, 1)]
    return plan


def _parallel(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Half of the readers are aided, the others are not; everybody reads everything once."""
    everything = np.arange(n_records)
    helped = rng.permutation(len(practices)) < (len(practices) + 1) // 2
    return [(reader, everything, bool(helped[reader]), 1) for reader in range(len(practices))]


def _split_plot(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Readers and recordings in blocks: a block's readers read its recordings only, in both arms."""
    n_blocks = max(1, min(3, len(practices) // 2, n_records))
    block_of_reader = rng.permutation(len(practices)) % n_blocks
    block_of_record = rng.permutation(n_records) % n_blocks
    return [
        (reader, np.flatnonzero(block_of_record == block_of_reader[reader]), help_, 1 + help_)
        for reader in range(len(practices))
        for help_ in (False, True)
    ]


def _stepped_wedge(practices: NDArray[np.int64], n_records: int, rng: np.random.Generator) -> Assignment:
    """Practices begin without help and are given it one after the other; each period has recordings of its own."""
    distinct = np.unique(practices)
    step = dict(zip(rng.permutation(distinct).tolist(), range(1, len(distinct) + 1), strict=True))
    n_periods = len(distinct) + 1
    period_of_record = rng.permutation(n_records) % n_periods
    return [
        (reader, np.flatnonzero(period_of_record == period), period >= step[int(practices[reader])], period + 1)
        for reader in range(len(practices))
        for period in range(n_periods)
    ]


DESIGNS: dict[str, Callable[[NDArray[np.int64], int, np.random.Generator], Assignment]] = {
    "crossover": _crossover,
    "crossed": _crossed,
    "sequential": _sequential,
    "half_and_half": _half_and_half,
    "parallel": _parallel,
    "split_plot": _split_plot,
    "stepped_wedge": _stepped_wedge,
}
