"""Widest gap between groups in sensitivity."""

from ecg_eval.metrics.bases.patients.fairness import Fairness


class EqualOpportunityGap(Fairness):
    """Widest gap between groups in sensitivity."""

    question = "Are findings found as often in every group of patients?"
    source = "Hardt, Price and Srebro, NIPS 2016; bootstrap by patient, all pairs at once"
    caveat = (
        "The widest gap of several groups is above 0 by chance alone: look at p, and at how many ECGs the worst group "
        "has."
    )
    short_name = "eq_opp"
    criterion = "equal_opportunity"
    shares = ("sensitivity",)
