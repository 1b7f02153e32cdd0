"""Positive agreement: when one reader calls the finding, how often the other does too."""

from ecg_eval.metrics.bases.agreement import Agreement


class PositiveAgreement(Agreement):
    """Positive agreement: when one reader calls the finding, how often the other does too."""

    question = "When one reader calls the finding, how probably does the other call it too?"
    source = "Cicchetti and Feinstein, J Clin Epidemiol 1990;43:551"
    caveat = "Not corrected for chance; cannot be computed when neither ever calls the finding."
    short_name = "pos_agree"
    coefficient = "positive_agreement"
    method = "positive agreement, Agresti-Coull interval"
    clustered = "effective sample size from clusters"
