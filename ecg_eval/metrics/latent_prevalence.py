"""How often each finding is there, where nobody knows the truth, from what all readers say."""

from collections.abc import Iterator

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.latent import LatentClassMetric


class LatentPrevalence(LatentClassMetric):
    """Prevalence by the latent class model of the people who read unaided."""

    question = "On how many of the ECGs is the finding most likely there, where nobody knows the truth?"
    short_name = "latent_prev"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield the prevalence of each finding."""
        for finding, fit in zip(study.findings, self.fits(study, level), strict=True):
            yield Row(metric=self.name, arm=UNAIDED, finding=finding, estimate=fit.prevalence)
