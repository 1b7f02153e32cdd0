"""Widest gap between groups in sensitivity or in false alarms, whichever is wider."""

from ecg_eval.metrics.bases.patients.fairness import Fairness


class EqualisedOddsGap(Fairness):
    """Widest gap between groups in sensitivity or in false alarms, whichever is wider."""

    question = "Are findings found as often, and false alarms as rare, in every group of patients?"
    source = "Hardt, Price and Srebro, NIPS 2016; bootstrap by patient, all pairs at once"
    caveat = (
        "The widest gap of several groups is above 0 by chance alone: look at p, and at how many ECGs the worst group "
        "has."
    )
    short_name = "eq_odds"
    criterion = "equalised_odds"
    shares = ("sensitivity", "false alarms")
