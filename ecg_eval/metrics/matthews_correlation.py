"""Correlation of the class that is there with the class that is named."""

from ecg_eval.metrics.bases.single_choice import OfSingleChoice


class MatthewsCorrelation(OfSingleChoice):
    """Correlation of the class that is there with the class that is named."""

    question = "How closely do the classes that the reader names go with those that are there?"
    source = "Gorodkin, Comput Biol Chem 2004;28:367; interval: bootstrap by patient"
    caveat = "0 is chance and 1 is perfect; it has no meaning as a share of ECGs or patients."
    short_name = "mcc"
    measure = "matthews_correlation"
