"""What a model is, what it was taught, and how its scores become calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.facts.cost import EnergyFacts, ModelCost
from ecg_eval.errors import ArgumentError

FEWEST = 10  # ECGs with a finding, and without it, below which a threshold chosen on them is a matter of chance
NEAR = 1e-6  # scores of one model differ by this much between processors, and a call at the threshold with them
GIVEN = "a score of"  # how the rule of a threshold begins that was not chosen on ECGs
Fact = str | bool | int | float | tuple[str | bool | int | float, ...]


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What a model says of itself once it is taught.

    Attributes
    ----------
    facts : mapping of str to text, number, truth value, or a tuple of them
        Single facts by name, as the report prints them (its size, what it calibrates).
    settings : mapping
        Its parameters, by their names in the library that it is made with.
    by_finding : mapping of str to mapping of str to number
        What there is one number a finding of (a penalty, an odds ratio): what -> finding -> number.
    not_taught : mapping of str to str
        Finding -> why it could not be learnt.
    counts : mapping of str to mapping of str to int
        How many recordings, by reason: what (not read, not measurable in training) -> why -> how many.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    settings: Mapping[str, Fact] = field(default_factory=dict)
    by_finding: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    not_taught: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read numpy's numbers as Python's, and refuse what a file of facts cannot hold."""
        for part in ("facts", "settings"):
            plain = {str(name): _fact(value, f"{part}.{name}") for name, value in getattr(self, part).items()}
            object.__setattr__(self, part, plain)
        numbers = {
            str(what): {str(finding): _number(x, f"by_finding.{what}.{finding}") for finding, x in by_finding.items()}
            for what, by_finding in self.by_finding.items()
        }
        object.__setattr__(self, "by_finding", numbers)

    def also(self, **facts: Fact) -> "ModelCard":
        """Return the card with more single facts."""
        return replace(self, facts={**self.facts, **facts})


def _fact(value: object, place: str) -> Fact:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return tuple(_single(item, place) for item in value)
    return _single(value, place)


def _single(value: object, place: str) -> str | bool | int | float:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    rule = "a text, a finite number, a truth value, or a tuple of them"
    raise ArgumentError("ModelCard", place, rule, value)


def _number(value: object, place: str) -> float:
    if isinstance(value, int | float | np.number) and isfinite(value):
        return float(value)
    raise ArgumentError("ModelCard", place, "a finite number", value)


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A model as it took part.

    Attributes
    ----------
    plugin : str
    trained_on : tuple of str
        What its weights had seen before this run.
    needs : str
        What input it needs, in words.
    card : ModelCard
    n_train : int
        Recordings of the training split that it learnt from.
    fit_s, fit_cpu_s : float or None
        How long that took; None where it was not taught.
    read_s, read_cpu_s : float or None
        How long it took to read the recordings of the test split, loading included; None where it left no reading.
    cost : ModelCost
        What reading costs, measured apart from loading.
    energy : EnergyFacts or None
        None where the run did not ask for it.
    failed : str
        Why it left no reading; empty where it did.
    digest : str
        SHA-256 of what makes it this version: arguments, code, files, version in a registry and, where this run taught
        it, its lessons; empty where that is not known.
    """

    plugin: str
    trained_on: tuple[str, ...]
    needs: str
    card: ModelCard = ModelCard()
    n_train: int = 0
    fit_s: float | None = None
    fit_cpu_s: float | None = None
    read_s: float | None = None
    read_cpu_s: float | None = None
    cost: ModelCost = field(default_factory=ModelCost)
    energy: EnergyFacts | None = None
    failed: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A frozen threshold, or the reason why there is none.

    Attributes
    ----------
    reader, finding : str
    threshold : float or None
        A score at or above it is a call. None where no threshold separates anything, or nothing was known.
    calls : bool
        Whether yes/no readings can be made from the scores.
    from_folds : tuple of int
    rule, reason : str
    n, n_positive : int
        Records with a known truth and a score on those folds.
    near : tuple of str
        Records read whose score is within ``NEAR`` of the threshold: their calls may differ on another machine.
    """

    reader: str
    finding: str
    threshold: float | None
    calls: bool
    from_folds: tuple[int, ...]
    rule: str
    reason: str
    n: int
    n_positive: int
    near: tuple[str, ...] = ()

    @property
    def rests_on_few(self) -> bool:
        """Whether it was chosen, or nothing called, on fewer than ``FEWEST`` ECGs that show the finding or do not."""
        chosen = self.calls and not self.rule.startswith(GIVEN)
        return chosen and min(self.n_positive, self.n - self.n_positive) < FEWEST

    def apply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1, 0 or NaN (no score, or no threshold) for scores of shape (n_records,)."""
        if not self.calls:
            return np.full(scores.shape, np.nan)
        limit = np.inf if self.threshold is None else self.threshold
        return np.where(np.isnan(scores), np.nan, (scores >= limit).astype(float))

    def beside(self, readings: pd.DataFrame) -> "Threshold":
        """Return the threshold with the records of a table of readings that it only just calls, or does not."""
        if self.threshold is None:
            return self
        mine = readings[(readings["reader_id"] == self.reader) & (readings["finding"] == self.finding)]
        close = np.abs(mine["score"].to_numpy(dtype=float, na_value=np.nan) - self.threshold) <= NEAR
        return replace(self, near=tuple(sorted(mine["record_id"][close].astype(str))))
