"""Mean over the classes of a single choice of the share that is named rightly."""

from ecg_eval.metrics.bases.single_choice import OfSingleChoice


class BalancedAccuracy(OfSingleChoice):
    """Mean over the classes of a single choice of the share that is named rightly."""

    question = "Of each class, what share does the reader name rightly, on average over the classes?"
    source = "Brodersen et al., ICPR 2010; interval: bootstrap by patient"
    caveat = "A rare class weighs as much as a common one; chance gets one over the number of classes."
    short_name = "bal_acc"
    measure = "balanced_accuracy"
