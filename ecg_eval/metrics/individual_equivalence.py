"""Individual equivalence: whether swapping one reader for the model changes how often two readings agree."""

from collections.abc import Iterator
from dataclasses import replace

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.metrics.bases.beside_readers import beside_groups, margin_checked
from ecg_eval.stats.agreement import individual_equivalence as kernel
from ecg_eval.stats.agreement.average_reader import Readers


class IndividualEquivalence(Metric):
    """Agreement of the model with readers minus that of the readers with one another.

    Parameters
    ----------
    margin : float
        What loss of agreement is still acceptable, a fraction, chosen before the data were seen.
    """

    question = "If one reader were replaced by the model, would two readings of an ECG agree as often as before?"
    source = "Obuchowski, Stat Med 2001;20:2845; Obuchowski et al., Acad Radiol 2014;21:1483 (interchangeability)"
    caveat = "Agreement, not truth: a model may agree with readers as they do with one another, and be wrong with them."
    answers = "question"
    short_name = "equivalence"
    signed = True

    def __init__(self, *, margin: float = 0.05) -> None:
        self.margin = margin_checked(self.name, margin)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every model beside the readers of every kind, finding by finding."""
        calls = study.cube("calls")
        for beside in beside_groups(study, UNAIDED):
            kind: Readers = "random" if len(beside.readers) >= FEWEST_RANDOM_READERS else "fixed"
            for f, finding in enumerate(study.findings):
                equivalence = kernel.individual_equivalence(
                    model=calls[beside.place, f],
                    readers=calls[list(beside.places), f].T,
                    margin=self.margin,
                    cluster=study.cluster,
                    kind=kind,
                    level=level,
                )
                verdict = {True: "equivalent within", False: "not shown equivalent within", None: "nothing is shown of"}
                e = equivalence.difference
                words = f"{e.method}; {kind} readers; {verdict[equivalence.equivalent]} the margin of {self.margin:g}"
                yield beside.row(self.name, finding, replace(e, method=words))
