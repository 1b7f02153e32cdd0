"""Gwet's AC1: agreement of two readers beyond chance, steady when the finding is rare."""

from ecg_eval.metrics.bases.agreement import Agreement


class GwetAc1(Agreement):
    """Gwet's AC1: agreement of two readers beyond chance, steady when the finding is rare."""

    question = "How much do two readers agree beyond chance, where chance means cases that are hard to read?"
    source = "Gwet, Br J Math Stat Psychol 2008;61:29"
    caveat = "Its notion of chance is debated; it is higher than kappa for rare findings."
    short_name = "ac1"
    coefficient = "ac1"
    method = "Gwet AC1, adjusted interval"
