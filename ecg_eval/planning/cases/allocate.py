"""How many patients each stratum gives: one at least, the levels asked for next, then as evenly as there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Need:
    """How many are still wanted of some strata.

    Attributes
    ----------
    n : int
        0 or less when nothing is.
    inside : ndarray of bool, shape (n_strata,)
    """

    n: int
    inside: NDArray[np.bool_]


def allocated(sizes: Sequence[int], needs: Sequence[Need]) -> NDArray[np.intp]:
    """Return how many each stratum gives, shape (n_strata,), never more than it has.

    Parameters
    ----------
    sizes : sequence of int
        Patients of each stratum.
    needs : sequence of Need
        Lower bounds; the narrowest are met first, so that what is added for the others comes on top of them.

    Examples
    --------
    >>> everything = np.array([True, True, True])
    >>> allocated([2, 50, 50], [Need(22, everything)]).tolist()
    [2, 10, 10]
    >>> allocated([2, 50, 50], [Need(22, everything), Need(15, np.array([False, True, False]))]).tolist()
    [2, 15, 5]
    """
    room = np.asarray(sizes, dtype=np.intp)
    given = np.minimum(room, 1)  # a stratum without an ECG could not be brought back by any weight
    for need in sorted(needs, key=lambda need: int(need.inside.sum())):
        while given[need.inside].sum() < need.n:
            open_ = need.inside & (given < room)
            if not open_.any():
                break
            given[np.flatnonzero(open_)[given[open_].argmin()]] += 1
    return given
