"""Negative agreement: when one reader leaves an ECG alone, how often the other does too."""

from ecg_eval.metrics.bases.agreement import Agreement


class NegativeAgreement(Agreement):
    """Negative agreement: when one reader leaves an ECG alone, how often the other does too."""

    question = "When one reader does not call the finding, how probably does the other not call it either?"
    source = "Cicchetti and Feinstein, J Clin Epidemiol 1990;43:551"
    caveat = "Close to 1 for any rare finding."
    short_name = "neg_agree"
    coefficient = "negative_agreement"
    method = "negative agreement, Agresti-Coull interval"
    clustered = "effective sample size from clusters"
