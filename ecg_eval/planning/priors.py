"""Values that were published, each with its source: a plan may name one in place of a number."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Prior:
    """One published value.

    Attributes
    ----------
    name : str
        What a plan calls it.
    value : float
        On its own scale; shares are fractions.
    low, high : float or None
        Its published 95 % interval, None where none was given.
    what, what_fr : str
        In English and in French.
    source : str
    """

    name: str
    value: float
    low: float | None
    high: float | None
    what: str
    what_fr: str
    source: str

    def cited(self, language: str = "en") -> str:
        """Return the value with its interval and source, in words."""
        between = "" if self.low is None or self.high is None else f" ({self.low:g} to {self.high:g})"
        number = f"{self.value:g}{between}"
        if language == "en":
            return f"{number}, {self.what}: {self.source}"
        return f"{number.replace('.', ',').replace(' to ', ' à ')}, {self.what_fr} : {self.source}"


@cache
def priors() -> dict[str, Prior]:
    """Return the published values that ship with the package, by name."""
    text = files("ecg_eval.planning").joinpath("priors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        row["name"]: Prior(
            name=row["name"],
            value=float(row["value"]),
            low=_or_none(row["low"]),
            high=_or_none(row["high"]),
            what=row["what"],
            what_fr=row["what_fr"],
            source=row["source"],
        )
        for row in rows
    }


def _or_none(text: str) -> float | None:
    return float(text) if text else None
