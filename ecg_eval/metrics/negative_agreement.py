"""Negative agreement: when one reader leaves an ECG alone, how often the other does too."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.agreement import Agreement
from ecg_eval.stats.agreement.specific_agreement import negative_agreement
from ecg_eval.stats.estimate import Estimate


class NegativeAgreement(Agreement):
    """Negative agreement: when one reader leaves an ECG alone, how often the other does too."""

    question = "When one reader does not call the finding, how probably does the other not call it either?"
    source = "Cicchetti and Feinstein, J Clin Epidemiol 1990;43:551"
    caveat = "Close to 1 for any rare finding."
    short_name = "neg_agree"
    coefficient = "negative_agreement"

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return negative_agreement(first=first, second=second, cluster=cluster, level=level)
