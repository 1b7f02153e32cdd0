"""Mean over the classes of a single choice of their F1."""

from ecg_eval.metrics.bases.single_choice import OfSingleChoice


class MacroF1(OfSingleChoice):
    """Mean over the classes of a single choice of their F1."""

    question = "How well are naming each class and not naming it wrongly balanced, on average over the classes?"
    source = "Opitz and Burst, arXiv:1911.03347, 2019; interval: bootstrap by patient"
    caveat = "Depends on how frequent the classes are here; a class that is never named counts as 0."
    short_name = "macro_f1"
    measure = "macro_f1"
