"""What people's answers say of truth and of their own errors, where nobody knows the truth: shared by three metrics."""

from abc import ABC
from collections.abc import Callable, Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.latent.latent_accuracy import LatentAccuracy, latent_accuracy

RESAMPLES_AT_MOST = 400  # of the study's: each costs a fit


class LatentClassMetric(Metric, ABC):
    """One number of the latent class model of all people who read unaided, finding by finding."""

    source = "Dawid and Skene, J R Stat Soc C 1979;28:20 (latent class); bootstrap by patient"
    caveat = (
        "It assumes that readers, given the truth, err independently of one another and alike on all ECGs: an error "
        "that most of them share is taken for right."
    )
    answers = "question"

    def people(self, study: ReaderStudy) -> list[str]:
        """Return the people who read unaided."""
        return [reader for reader in study.readers_with(UNAIDED) if study.is_human(reader)]

    def fits(self, study: ReaderStudy, level: float) -> list[LatentAccuracy]:
        """Return the model of each finding, made once for all metrics that ask."""
        return study.once(("latent class", level), lambda: _fits(study, self.people(study), level))

    def by_reader(
        self, study: ReaderStudy, level: float, pick: Callable[[LatentAccuracy, int], Estimate]
    ) -> Iterator[Row]:
        """Yield one number of each reader and finding."""
        people = self.people(study)
        for finding, fit in zip(study.findings, self.fits(study, level), strict=True):
            for i, reader in enumerate(people):
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=UNAIDED,
                    finding=finding,
                    estimate=pick(fit, i),
                )


def _fits(study: ReaderStudy, people: list[str], level: float) -> list[LatentAccuracy]:
    calls = study.cube("calls")[[p for r in people if (p := study.place(r, UNAIDED)) is not None]]
    weights = None if study.weights is None else np.asarray(study.weights[:RESAMPLES_AT_MOST], float)
    return [
        latent_accuracy(answers=calls[:, f].T, weights=weights, n_clusters=study.n_patients, level=level)
        for f in range(len(study.findings))
    ]
