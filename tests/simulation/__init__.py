"""What our intervals and tests do when the truth is known: coverage, type I error and power by simulation.

One module a topic (``binary.py``, ``roc.py``, ...), each with

``SCENARIOS``
    a sequence of functions without arguments. Each gives a `Grid` (methods by settings, one rate in each cell), or a
    title and rows ``(str, list of dict)`` where the rows differ in other ways; in those the columns ``coverage`` and
    ``rejected at 0.05`` are drawn.

A scenario makes its own generators from fixed seeds, so that its numbers never change; it stays under half a minute.
``scripts/simulate_statistics.py`` runs all scenarios and writes docs/statistics/coverage.md with its plot;
``test_simulation.py`` (marker ``slow``) asserts the limits that the cells of a `Grid`, or a row's ``limits`` (of the
drawn column), carry. The first line of a module's docstring is its heading in the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

DRAWN = {"coverage": 0.95, "rejected at 0.05": 0.05}


@dataclass(frozen=True)
class Cell:
    """How often something happened in one setting, by one method.

    Attributes
    ----------
    method : str
        The method's name as users write it; the rows of the table.
    setting : str
        The setting in few words ("n 20, p 0.1"); the columns of the table.
    rate : float
        Share of simulations that covered the truth, or rejected a true hypothesis; NaN where there was none.
    limits : (float, float), optional
        What the rate must lie between; None for methods shown for comparison.
    """

    method: str
    setting: str
    rate: float
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Grid:
    """One table of methods by settings.

    Attributes
    ----------
    title : str
    note : str
        What was simulated, how often, and what the reader should see.
    target : float
        The nominal rate, such as 0.95 or 0.05.
    cells : sequence of Cell
    default : str
        The method that is the default.
    """

    title: str
    note: str
    target: float
    cells: Sequence[Cell]
    default: str


Rows = tuple[str, Sequence[Mapping[str, object]]]
Scenario = Callable[[], Grid | Rows]


def topics() -> list[ModuleType]:
    """Return the modules of this folder that have scenarios, by name."""
    found = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if not m.name.startswith("test_"))
    return [module for module in found if hasattr(module, "SCENARIOS")]


def scenarios() -> dict[str, Scenario]:
    """Return every scenario by "topic:function"."""
    return {f"{t.__name__.rpartition('.')[2]}:{s.__name__}": s for t in topics() for s in t.SCENARIOS}


def points(table: Grid | Rows) -> Iterator[Cell]:
    """Give every rate of a table that can be drawn or has limits."""
    if isinstance(table, Grid):
        yield from table.cells
        return
    for row in table[1]:
        for column, rate in row.items():
            if column in DRAWN and isinstance(rate, float | int):
                words = ", ".join(str(v) for k, v in row.items() if isinstance(v, str) and k != "limits")
                yield Cell(words, column, float(rate), row.get("limits"))  # type: ignore[arg-type]
