"""Who reads what, in which arm, period and order: the designs of a reader study with and without an AI's help.

A design is a table with one row per reader and recording read (an assignment). Order within a reader's period is drawn
at random, as a study must.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.allotment.designs import DESIGNS, Lot
from ecg_eval.stats.allotment.draws import Plain

ASSIGNMENT_COLUMNS = ("reader", "record", "aided", "period", "position")


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
    plan = (
        DESIGNS[design](Plain(practices, n_records, rng))
        if aided
        else [Lot(reader, np.arange(n_records), aided=False, period=1) for reader in range(len(practices))]
    )
    parts = []
    order: dict[tuple[int, int], list[Lot]] = {}
    for lot in plan:
        order.setdefault((lot.reader, lot.period), []).append(lot)
    for (reader, period), lots in order.items():
        record = np.concatenate([lot.cases for lot in lots])
        with_help = np.concatenate([np.full(len(lot.cases), lot.aided) for lot in lots])
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
