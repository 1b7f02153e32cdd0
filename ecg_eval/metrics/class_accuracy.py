"""Share of ECGs whose class a reader names rightly, of a single choice."""

from ecg_eval.metrics.bases.single_choice import OfSingleChoice


class ClassAccuracy(OfSingleChoice):
    """Share of ECGs whose class is named rightly."""

    question = "Of how many ECGs does the reader choose the right class?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; bootstrap by patient where patients have several ECGs"
    caveat = "High where one class is common; balanced accuracy weighs the classes alike."
    short_name = "class_acc"
    measure = "accuracy"
