"""How alike two readers answer the same ECGs; no truth is needed for it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.stats.estimate import Estimate

FEWEST = 4  # ECGs that both answered, below which nothing is said of how alike they are
TOO_FEW_OF_BOTH = f"fewer than {FEWEST} ECGs have answers of both"


class PairAgreement(Metric, ABC):
    """A number of two readers' answers to the same ECGs, for every pair in an arm."""

    answers = "question"
    nothing: str  # why there is none without an ECG that both answered
    takes_patients = False  # whether its error allows for ECGs of one patient

    @abstractmethod
    def answered(self, study: ReaderStudy) -> Floats:
        """Return what readers answered, (n_reader_arms, n_rows, n_records), NaN where nothing."""

    def findings(self, study: ReaderStudy) -> Sequence[str]:
        """Return what each row of the answers is of."""
        return study.findings

    @abstractmethod
    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one row; arrays of shape (n_records,), NaN missing, four or more of both."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every pair of readers who both answered, arm and finding."""
        answers, label = self.answered(study), self.name.replace("_", " ")
        for one, other, arm in study.pairs():
            sides = [answers[study.reader_arms.index((reader, arm))] for reader in (one, other)]
            if any(np.isnan(side).all() for side in sides):
                continue
            for row, finding in enumerate(self.findings(study)):
                first, second = (side[row] for side in sides)
                n = int((~np.isnan(first + second)).sum())
                if n < FEWEST:
                    reason = self.nothing if not n else TOO_FEW_OF_BOTH
                    estimate = Estimate.undefined(reason=reason, method=label, n=n, level=level)
                else:
                    made = self.estimate(first, second, study.cluster, level)
                    independent = study.cluster is not None and not self.takes_patients
                    note = "; ECGs of one patient taken as independent" if independent else ""
                    estimate = replace(made, method=f"{made.method}{note}")
                yield Row(
                    metric=self.name,
                    reader=one,
                    reader_kind=study.kind(one),
                    arm=arm,
                    compared_with=other,
                    finding=finding,
                    estimate=estimate,
                )
