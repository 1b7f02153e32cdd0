"""Metrics as an outside package brings them, built on the public bases alone."""

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import Effect, calls_among
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import specificity
from ecg_eval.stats.estimate import Estimate


class FalseAlarmRate(OfCalls):
    """Of the ECGs that do not show the finding, the share that is called."""

    question = "Of the ECGs that do not show the finding, how many does the reader call?"
    source = "One minus specificity: Wilson, J Am Stat Assoc 1927;22:209"
    caveat = "Says nothing of what is missed."
    short_name = "alarms"

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return specificity(truth=truth, call=values, cluster=cluster, level=level).mapped(scale=-1.0, shift=1.0)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return it for each resample."""
        return 1 - counts.specificity


class AidEffectOnAlarms(Effect):
    """False alarms with the aid minus those without it."""

    question = "With the aid, how many more ECGs without the finding does the reader call?"
    source = "Tango, Stat Med 1998;17:891"
    caveat = "Says nothing of what is missed."

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader called it, aided and unaided, among ECGs that do not show the finding."""
        right_aided, right_unaided = calls_among(study, reader, finding, 0.0)
        return 1 - right_aided, 1 - right_unaided
