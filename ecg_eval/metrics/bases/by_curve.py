"""A number read off a reader's scores whose interval comes from the study's resamples, finding by finding."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.metrics.bases.panels import over_panels
from ecg_eval.stats.estimate import Estimate


class OfEachFinding(OfReader, ABC):
    """A number of a reader's calls or scores, finding by finding."""

    answers = "question"
    by_subgroup = False

    @abstractmethod
    def of_finding(self, study: ReaderStudy, finding: str, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every reader who gives what it is made from, arm and finding."""
        who = self.measured(study)
        for (reader, arm), values in zip(who, self.values(study, who) if who else (), strict=True):
            panels = study.reference.panels(study.findings, judged=reader)
            for f, finding in enumerate(study.findings):
                if np.isnan(values[f]).all():
                    reason = self.why_nothing(study, (reader, arm), finding)
                    estimate = Estimate.undefined(reason=reason, method=self.label, level=level)
                else:
                    by_panel = [self.of_finding(study, finding, truth[f], values[f], level) for truth in panels]
                    estimate = over_panels(by_panel)
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=arm,
                    finding=finding,
                    estimate=estimate,
                )


class OfCurve(OfEachFinding, ABC):
    """A number of a reader's scores."""

    needs_scores = True

    @abstractmethod
    def estimate(self, study: ReaderStudy, truth: Floats, scores: Floats, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    def of_finding(self, study: ReaderStudy, finding: str, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return the estimate for one finding, whichever it is."""
        return self.estimate(study, truth, values, level)
