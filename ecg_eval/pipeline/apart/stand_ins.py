"""Plug-ins from outside, kept apart: what stands in their place here, and makes or asks them in another process.

A model from outside is made where it is asked, so that its weights, its GPU and whatever it does when it is made are
never this process's; what it states is asked of one that is made for that alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings, Section
from ecg_eval.domain.facts.attribution import Attribution
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.result import Block, StudyResult
from ecg_eval.pipeline.apart.processes import NO_LIMIT, Allowed, apart, end_copies


@dataclass(frozen=True)
class _Stated:
    trained_on: tuple[str, ...]
    needs: str


class ModelApart(Model):
    """A model that is made when it is first asked something, by whichever process asks.

    Parameters
    ----------
    kind : type
        Its class.
    make : callable
        () -> the model.
    who : str
        Its place in the configuration, for messages.
    allowed : Allowed
        What making it may take.
    """

    trained_on: tuple[str, ...] = ()  # until it is known
    needs = ""

    def __init__(self, kind: type[Model], make: Callable[[], Model], who: str, allowed: Allowed = NO_LIMIT) -> None:
        self.kind, self.name, self.is_floor = kind, kind.name, kind.is_floor  # type: ignore[misc]
        self.reads_signals, self.works_elsewhere = kind.reads_signals, kind.works_elsewhere  # type: ignore[misc]
        self._make = make
        self._made: Model | None = None
        stated = apart(lambda: _stated(make()), who, "plug-in", allowed)
        self.trained_on, self.needs = stated.trained_on, stated.needs

    @property
    def made(self) -> Model:
        """Return the model itself."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Let it learn; see ``Model.fit``."""
        self.made.fit(recordings, labels, rng=rng)
        end_copies()
        self.trained_on = self.made.trained_on

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return its scores; see ``Model.scores``."""
        scores = self.made.scores(recordings, findings)
        end_copies()
        return scores

    def criteria(self, recordings: Recordings, findings: Sequence[str]) -> dict[str, dict[str, tuple[Criterion, ...]]]:
        """Return what its answers rest on; see ``Model.criteria``."""
        criteria = self.made.criteria(recordings, findings)
        end_copies()
        return criteria

    def attributions(
        self, recordings: Recordings, findings: Sequence[str], *, shuffled: np.random.Generator | None = None
    ) -> dict[str, dict[str, Attribution]]:
        """Return what moved its answers; see ``Model.attributions``."""
        attributions = self.made.attributions(recordings, findings, shuffled=shuffled)
        end_copies()
        return attributions

    def card(self) -> ModelCard:
        """Return its facts for the report."""
        return self.made.card()


def _stated(model: Model) -> _Stated:
    return _Stated(model.trained_on, model.needs)


class SectionApart(Section):
    """A section of a report that is asked for its blocks in a process of its own.

    Parameters
    ----------
    section : Section
    allowed : Allowed
    """

    title: dict[str, str] = {}  # type: ignore[misc]  # noqa: RUF012 - each has that of its section

    def __init__(self, section: Section, allowed: Allowed = NO_LIMIT) -> None:
        self.section, self.allowed = section, allowed
        self.title, self.name = section.title, section.name  # type: ignore[misc]

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return what it says; see ``Section.blocks``."""
        return apart(
            lambda: self.section.blocks(result, language=language), f"section {self.name}", "blocks", self.allowed
        )
