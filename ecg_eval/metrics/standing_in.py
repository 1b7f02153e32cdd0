"""Standing in for one reader: whether a model represents the others at least as well as that reader does."""

from collections.abc import Iterator
from dataclasses import replace

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.beside_readers import beside_groups, margin_checked
from ecg_eval.stats.agreement.standing_in import AlternativeAnnotatorTest, alternative_annotator_test
from ecg_eval.stats.estimate import Estimate


class StandingIn(Metric):
    """The alternative annotator test, finding by finding.

    Parameters
    ----------
    epsilon : float
        What is conceded to the model because it costs less: 0.2 beside experts, 0.15 beside trained readers (default).
    min_cases : int
        Readers with fewer common ECGs are not tested.
    """

    question = (
        "Could the model stand in for one reader: does it read as the others do, at least as well as that reader?"
    )
    source = "Calderon, Reichart and Dror, Proc ACL 2025:16051 (alternative annotator test)"
    caveat = (
        "On a rare finding nearly all readings agree, and a model that never calls it passes; it asks for no truth."
    )
    answers = "question"
    short_name = "stands_in"

    def __init__(self, *, epsilon: float = 0.15, min_cases: int = 30) -> None:
        self.epsilon = margin_checked(self.name, epsilon, what="epsilon")
        self.min_cases = min_cases

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield how often the model represents the others as well as a reader does: each reader, then all of a kind."""
        calls = study.cube("calls")
        for beside in beside_groups(study, UNAIDED):
            for f, finding in enumerate(study.findings):
                test = alternative_annotator_test(
                    model=calls[beside.place, f],
                    readers=calls[list(beside.places), f].T,
                    epsilon=self.epsilon,
                    cluster=study.cluster,
                    min_cases=self.min_cases,
                    level=level,
                )
                for i, reader in enumerate(beside.readers):
                    yield beside.row(self.name, finding, self._of_reader(test, i), reader=reader)
                yield beside.row(self.name, finding, self._of_group(test, len(beside.readers)))

    def _of_reader(self, test: AlternativeAnnotatorTest, i: int) -> Estimate:
        """Return the share of ECGs on which the model is as good, with the p of the test against this reader."""
        advantage, against = test.advantages[i], test.against[i]
        words = f"as good as this reader or better; one-sided p of falling behind by {self.epsilon:g} or more"
        reason = advantage.reason or (against.reason if against.p_value is None else None)
        return replace(advantage, method=words, p_value=against.p_value, reason=reason)

    def _of_group(self, test: AlternativeAnnotatorTest, n_readers: int) -> Estimate:
        tested = sum(e.p_value is not None for e in test.against)
        rate = test.winning_rate
        won = 0 if rate is None else round(rate * tested)
        passes = "no reader was tested" if rate is None else "passes" if test.passes else "does not pass"
        words = f"mean over readers; epsilon {self.epsilon:g}; {passes}"
        words = f"{words}: wins {won} of {tested} readers tested, {n_readers} in all"
        return replace(test.advantage_probability, method=words)
