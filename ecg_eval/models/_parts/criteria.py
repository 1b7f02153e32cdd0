"""Published criteria, graded: each answers how far a measurement is from its limit, as a number in [0, 1].

One half is on the limit; ``softness`` is the distance at which it becomes 0.73. A criterion on a wave that is not there
is not met; one on a lead that is missing is NaN.

Whoever wants to know what was looked at lists it (``looked_at``): measurements then remember their names (``Named``),
also in sums of them, and each ``above`` and ``below`` leaves a line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.signals.measurements import Measurements

# neighbours on the body: the frontal plane from left to right (aVR turned over), then the chest
FRONTAL = ("aVL", "I", "-aVR", "II", "aVF", "III")
CHEST = ("V1", "V2", "V3", "V4", "V5", "V6")
INFERIOR = ("II", "aVF", "III")
ANTERIOR = ("V1", "V2", "V3", "V4")
LATERAL = ("aVL", "I", "V5", "V6")


_LISTED: ContextVar[list[Criterion] | None] = ContextVar("criteria looked at", default=None)


class Named(float):
    """A measurement that knows what it is, also where it is turned over or one of several in a sum."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: float, name: str) -> Self:
        """Make a float with a name."""
        made = super().__new__(cls, value)
        made.name = name
        return made

    def __add__(self, other: float) -> "Named":
        return Named(float(self) + float(other), f"{self.name} + {_name(other)}")

    def __sub__(self, other: float) -> "Named":
        return Named(float(self) - float(other), f"{self.name} - {_name(other)}")


def _name(value: float) -> str:
    return value.name if isinstance(value, Named) else f"{value:g}"


@contextmanager
def looked_at() -> Iterator[list[Criterion]]:
    """List, while the context lasts, each measurement with a name that is held against a limit."""
    listed: list[Criterion] = []
    token = _LISTED.set(listed)
    try:
        yield listed
    finally:
        _LISTED.reset(token)


def above(value: float, limit: float, softness: float) -> float:
    """Return how surely `value` is above `limit`, in [0, 1]; NaN for NaN."""
    return _graded(value, limit, softness, asks_above=True)


def below(value: float, limit: float, softness: float) -> float:
    """Return how surely `value` is below `limit`, in [0, 1]; NaN for NaN."""
    return _graded(value, limit, softness, asks_above=False)


def _graded(value: float, limit: float, softness: float, *, asks_above: bool) -> float:
    beyond = value - limit if asks_above else limit - value
    degree = float(1 / (1 + np.exp(-np.clip(float(beyond) / softness, -30, 30))))
    listed = _LISTED.get()
    if listed is not None and isinstance(value, Named) and not np.isnan(value):
        about = Criterion(
            measure=value.name, value=float(value), limit=float(limit), asks_above=asks_above, degree=degree
        )
        listed.append(about)
    return degree


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
        value = sign * float(self._waves[name][STANDARD_LEADS.index(lead.removeprefix("-"))])
        return value if _LISTED.get() is None else Named(value, f"{name} {lead}")

    def by_lead(self, name: str, leads: tuple[str, ...]) -> dict[str, float]:
        """Return a measurement of several leads."""
        return {lead: self(name, lead) for lead in leads}

    def row(self, name: str) -> NDArray[np.float64]:
        """Return a measurement of all leads in standard order."""
        return self._waves[name]
