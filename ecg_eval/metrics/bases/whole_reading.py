"""A number of whole readings: all findings of an ECG at once, on the ECGs whose reading and truth are complete."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import POOLED, Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.metrics.bases.panels import over_panels
from ecg_eval.stats.estimate import Estimate

NOT_COMPLETE = "no ECG has an answer and a known truth for every finding"


@dataclass(frozen=True, kw_only=True, eq=False)
class Complete:
    """A reader's whole readings.

    Attributes
    ----------
    findings : tuple of str
    truth, values : ndarray (n_records, n_findings)
        Without gaps; `values` are calls or scores.
    cluster : ndarray of int (n_records,), or None
    weights : ndarray (n_resamples, n_records), or None
    """

    findings: tuple[str, ...]
    truth: Floats
    values: Floats
    cluster: Codes | None
    weights: Floats | None


class OfWholeReadings(OfReader, ABC):
    """A number of a reader's calls, or scores, about all findings of an ECG."""

    answers = "question"
    by_subgroup = False

    @abstractmethod
    def estimate(self, readings: Complete, level: float) -> Estimate:
        """Return the estimate of one reader."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield one row a reader and arm, over all findings together."""
        who = self.measured(study)
        for (reader, arm), values in zip(who, self.values(study, who) if who else (), strict=True):
            panels = study.reference.panels(study.findings, judged=reader)
            complete = ~np.isnan(panels + values).any(axis=1)
            by_panel = [self._of_complete(study, t, values, c, level) for t, c in zip(panels, complete, strict=True)]
            yield Row(
                metric=self.name,
                reader=reader,
                reader_kind=study.kind(reader),
                arm=arm,
                finding=POOLED,
                combined=POOLED,
                n_records=int(complete.any(axis=0).sum()),
                estimate=over_panels(by_panel),
            )

    def _of_complete(
        self, study: ReaderStudy, truth: Floats, values: Floats, complete: NDArray[np.bool_], level: float
    ) -> Estimate:
        """Return the estimate by one reference, of the ECGs of which all is known."""
        if not complete.any():
            return Estimate.undefined(reason=NOT_COMPLETE, method=self.label, n=0, level=level)
        readings = Complete(
            findings=study.findings,
            truth=truth[:, complete].T,
            values=values[:, complete].T,
            cluster=None if study.cluster is None else study.cluster[complete],
            weights=None if study.weights is None else study.weights[:, complete],
        )
        estimate = self.estimate(readings, level)
        n, of = int(complete.sum()), int((~np.isnan(values)).any(axis=0).sum())
        if n == of:
            return estimate
        return replace(estimate, method=f"{n} of {of} ECGs are complete; {estimate.method}")
