"""Specificity of each reader beside a truth that nobody knows, from what all readers say."""

from collections.abc import Iterator

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.latent import LatentClassMetric


class LatentSpecificity(LatentClassMetric):
    """Specificity by the latent class model of the people who read unaided."""

    question = (
        "Of the ECGs that most likely do not show the finding, how many does the reader leave uncalled, where nobody "
        "knows the truth?"
    )
    short_name = "latent_spec"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every reader's number, finding by finding."""
        yield from self.by_reader(study, level, lambda fit, i: fit.specificity[i])
