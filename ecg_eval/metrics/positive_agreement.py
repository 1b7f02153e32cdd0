"""Positive agreement: when one reader calls the finding, how often the other does too."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.agreement import Agreement
from ecg_eval.stats.agreement.specific_agreement import positive_agreement
from ecg_eval.stats.estimate import Estimate


class PositiveAgreement(Agreement):
    """Positive agreement: when one reader calls the finding, how often the other does too."""

    question = "When one reader calls the finding, how probably does the other call it too?"
    source = "Cicchetti and Feinstein, J Clin Epidemiol 1990;43:551"
    caveat = "Not corrected for chance; cannot be computed when neither ever calls the finding."
    short_name = "pos_agree"
    coefficient = "positive_agreement"

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return positive_agreement(first=first, second=second, cluster=cluster, level=level)
