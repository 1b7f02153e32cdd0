"""Widest gap between groups in how often the finding is called (demographic parity)."""

from ecg_eval.metrics.bases.patients.fairness import Fairness


class CallRateGap(Fairness):
    """Widest gap between groups in how often the finding is called (demographic parity)."""

    question = "Is the finding called as often in every group of patients?"
    source = "Hardt, Price and Srebro, NIPS 2016; bootstrap by patient, all pairs at once"
    caveat = "Groups in which the finding is more frequent should be called more often: a gap here need not be unfair."
    short_name = "call_gap"
    criterion = "demographic_parity"
    shares = ("calls",)
