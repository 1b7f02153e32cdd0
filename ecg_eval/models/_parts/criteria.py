"""Published criteria, graded: each answers how far a measurement is from its limit, as a number in [0, 1].

One half is on the limit; ``softness`` is the distance at which it becomes 0.73. A criterion on a wave that is not there
is not met; one on a lead that is missing is NaN.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.signals.measurements import Measurements

# neighbours on the body: the frontal plane from left to right (aVR turned over), then the chest
FRONTAL = ("aVL", "I", "-aVR", "II", "aVF", "III")
CHEST = ("V1", "V2", "V3", "V4", "V5", "V6")
INFERIOR = ("II", "aVF", "III")
ANTERIOR = ("V1", "V2", "V3", "V4")
LATERAL = ("aVL", "I", "V5", "V6")


def above(value: float, limit: float, softness: float) -> float:
    """Return how surely `value` is above `limit`, in [0, 1]; NaN for NaN."""
    return float(1 / (1 + np.exp(-np.clip((value - limit) / softness, -30, 30))))


def below(value: float, limit: float, softness: float) -> float:
    """Return how surely `value` is below `limit`, in [0, 1]; NaN for NaN."""
    return above(-value, -limit, softness)


def every(*degrees: float) -> float:
    """Return the degree to which all criteria are met: the least of them; NaN if any is."""
    return float(np.min(degrees))


def some(*degrees: float) -> float:
    """Return the degree to which one criterion is met: the largest of those known; NaN if none is."""
    measured = [d for d in degrees if not np.isnan(d)]
    return max(measured) if measured else np.nan


def two_neighbours(degrees: dict[str, float], *orders: tuple[str, ...]) -> float:
    """Return the degree to which a criterion is met in two leads that are neighbours in one of the orders."""
    pairs = [every(degrees[a], degrees[b]) for order in orders for a, b in pairwise(order)]
    return some(*pairs)


class Waves:
    """The amplitudes of a recording by lead.

    Parameters
    ----------
    measured : Measurements
        With at least one measurable beat.
    """

    def __init__(self, measured: Measurements) -> None:
        self._waves = measured.amplitudes

    def __call__(self, name: str, lead: str) -> float:
        """Return a measurement of a lead; of "-aVR", the one of aVR with its sign turned."""
        sign = -1.0 if lead.startswith("-") else 1.0
        return sign * float(self._waves[name][STANDARD_LEADS.index(lead.removeprefix("-"))])

    def by_lead(self, name: str, leads: tuple[str, ...]) -> dict[str, float]:
        """Return a measurement of several leads."""
        return {lead: self(name, lead) for lead in leads}

    def row(self, name: str) -> NDArray[np.float64]:
        """Return a measurement of all leads in standard order."""
        return self._waves[name]
