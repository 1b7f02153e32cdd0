"""Net benefit per 1,000: what acting on a reader's calls is worth, where the finding is as frequent as stated."""

from collections.abc import Mapping

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.patients.at_prevalence import AtPrevalence
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.decision import net_benefit


class NetBenefitPerThousand(AtPrevalence):
    """True positives in 1,000 ECGs of a practice, less false alarms at the exchange rate of the threshold.

    Parameters
    ----------
    prevalence : mapping of finding to {value, source}
    threshold : float
        The probability of the finding from which on somebody would act, in (0, 1): at 0.1 one missed finding is as bad
        as nine needless actions.
    """

    question = "How many findings does acting on the reader's calls gain in 1,000 ECGs, false alarms paid off?"
    source = "Vickers and Elkin, Med Decis Making 2006;26:565; interval: Zou and Donner, Stat Med 2008;27:1693"
    caveat = "Hangs on the threshold, which says how many false alarms a missed finding is worth; nobody acting is 0."
    short_name = "benefit"
    scale = "identity"

    def __init__(self, *, prevalence: Mapping[str, Mapping[str, object]] | None = None, threshold: float = 0.1) -> None:
        super().__init__(prevalence=prevalence)
        if not 0 < threshold < 1:
            raise ConfigError(f"metrics.{self.name}", "threshold", "above 0 and below 1", threshold)
        self.threshold = threshold

    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return it for one finding; a call acts, whatever the threshold."""
        return net_benefit(
            truth=truth,
            probability=call,
            threshold=self.threshold,
            prevalence=prevalence,
            cluster=study.cluster,
            level=level,
        ).mapped(scale=1000)
