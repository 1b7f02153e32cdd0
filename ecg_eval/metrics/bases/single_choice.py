"""A number of single choices: each ECG has exactly one of some findings, and the reader names one."""

from abc import ABC
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.arrays.reading_arrays import class_of
from ecg_eval.domain.evaluation import POOLED, Row, Rows
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.metrics.bases.panels import over_panels
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.choice_tables import Measure, single_choice

NO_CHOICE = "no ECG has exactly one of these findings by the truth and by the reader"


class OfSingleChoice(OfReader, ABC):
    """A number of a reader's choices among findings of which each ECG has exactly one.

    Parameters
    ----------
    findings : sequence of str, optional
        The classes; all findings of the study when not given. An ECG with none of them, or several, by the truth or by
        the reader is left out, and counted.
    """

    answers = "question"
    by_subgroup = False
    measure: ClassVar[Measure]

    def __init__(self, *, findings: Sequence[str] | None = None) -> None:
        self.classes = checked_classes(self.name, findings)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield one row a reader and arm, over all classes together."""
        who = self.measured(study)
        places = places_of(study, self.name, self.classes)
        for (reader, arm), values in zip(who, self.values(study, who) if who else (), strict=True):
            chosen = class_of(values[places])
            panels = [class_of(truth[places]) for truth in study.reference.panels(study.findings, judged=reader)]
            by_panel = [self._of(study, truth, chosen, len(places), level) for truth in panels]
            answered = int((~np.isnan(values[places])).any(axis=0).sum())
            estimate = over_panels(by_panel)
            estimate = replace(estimate, method=counted_words(estimate.n, answered, estimate.method))
            yield Row(
                metric=self.name,
                reader=reader,
                reader_kind=study.kind(reader),
                arm=arm,
                finding=POOLED,
                combined=POOLED,
                n_records=estimate.n,
                estimate=estimate,
            )

    def _of(self, study: ReaderStudy, truth: Floats, chosen: Floats, k: int, level: float) -> Estimate:
        if np.isnan(truth + chosen).all():
            return Estimate.undefined(reason=NO_CHOICE, method=self.label, level=level)
        return single_choice(
            truth=truth,
            choice=chosen,
            categories=range(k),
            measure=self.measure,
            cluster=study.patients,
            weights=study.weights,
            level=level,
        )


def counted_words(n: int, n_answered: int, method: str) -> str:
    """Return the method of a number of `n` ECGs, with how many of those answered they are where not all count."""
    return method if n == n_answered else f"{n} of {n_answered} ECGs have one class by truth and reader; {method}"


def checked_classes(metric: str, findings: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the classes that a configuration names; None for all findings of the study."""
    if findings is not None and (isinstance(findings, str) or len(findings) < 2):
        raise ConfigError(f"metrics.{metric}", "findings", "at least two of which each ECG has one", findings)
    return None if findings is None else tuple(findings)


def places_of(study: ReaderStudy, metric: str, classes: tuple[str, ...] | None) -> NDArray[np.intp]:
    """Return where the classes stand among the study's findings."""
    for finding in classes or ():
        if finding not in study.findings:
            remedy = suggestion(finding, study.findings)
            raise ConfigError(f"metrics.{metric}", "findings", "findings of the study", finding, remedy)
    return np.array([study.findings.index(f) for f in classes or study.findings], dtype=np.intp)
