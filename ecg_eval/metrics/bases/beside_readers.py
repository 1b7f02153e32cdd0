"""A machine beside the readers of a kind: who is laid beside whom, and the rows of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.notes import READERS
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.stats.estimate import Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class Beside:
    """A machine and the people of one kind who read in the same arm.

    Attributes
    ----------
    study : ReaderStudy
    machine, arm, group : str
        `group` is the label of the readers in tables.
    place : int
        Of the machine on the first axis of the study's cubes.
    readers : tuple of str
    places : tuple of int
        Of the readers, in their order.
    part : str
        "readers: training=gp" where they are a part of the group; empty for all.
    """

    study: ReaderStudy
    machine: str
    arm: str
    group: str
    place: int
    readers: tuple[str, ...]
    places: tuple[int, ...]
    part: str = ""

    def row(self, metric: str, finding: str, estimate: Estimate, *, combined: str = "", reader: str = "") -> Row:
        """Return a row about the machine and the group, or one `reader` of it."""
        return Row(
            metric=metric,
            reader=self.machine,
            reader_kind=self.study.kind(self.machine),
            arm=self.arm,
            compared_with=reader or self.group,
            finding=finding,
            subgroup=self.part,
            combined=combined,
            is_group=not reader,
            n_readers=2 if reader else 1 + len(self.readers),
            n_people=self.study.people([reader] if reader else self.readers),
            estimate=estimate,
        )


def beside_groups(study: ReaderStudy, arm: str) -> Iterator[Beside]:
    """Yield every machine with the people of every kind who read in an arm, two at least."""
    machines = [reader for reader in study.readers_with(arm) if study.is_machine(reader)]
    for group, everybody in study.human_groups.items():
        places = study.places(everybody, arm)
        if len(places) < 2:
            continue
        for machine, place in study.places(machines, arm).items():
            yield Beside(
                study=study,
                machine=machine,
                arm=arm,
                group=group,
                place=place,
                readers=tuple(places),
                places=tuple(places.values()),
            )


def beside_parts(study: ReaderStudy, arm: str) -> Iterator[Beside]:
    """Yield every machine beside each part of the readers of a kind of two or more (`reader_subgroups`)."""
    if study.reader_subgroups is None or study.is_part:
        return
    for beside in beside_groups(study, arm):
        for column in study.reader_subgroups:
            words = study.reader_subgroups[column].reindex(list(beside.readers))
            for value in sorted(words.dropna().unique()):
                inside = [i for i, word in enumerate(words) if word == value]
                if len(inside) > 1:
                    yield replace(
                        beside,
                        readers=tuple(beside.readers[i] for i in inside),
                        places=tuple(beside.places[i] for i in inside),
                        part=f"{READERS}: {column}={value}",
                    )


def margin_checked(metric: str, margin: float, *, what: str = "margin") -> float:
    """Return a margin, a fraction above 0 and below 1."""
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < 1:
        remedy = "A loss of 5 percentage points is 0.05."
        raise ConfigError(f"metrics.{metric}", what, "between 0 and 1", margin, remedy)
    return float(margin)
