"""Two readers of the same ECGs, beside differences of shares: ratios and predictive values."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_pair import PAIRS
from ecg_eval.stats.estimate import Estimate

NO_COMMON = "no ECG whose truth is known was read by both"


class TwoReaders(Metric, ABC):
    """A number of two readers' calls of the same ECGs, finding by finding; the machine of a pair comes first.

    Parameters
    ----------
    pairs : str
        "with_machine" (default): pairs in which at least one reader is a model or a vendor's program. "all": doctors
        beside each other too.
    """

    answers = "question"

    def __init__(self, *, pairs: str = "with_machine") -> None:
        if pairs not in PAIRS:
            raise ConfigError(f"metrics.{self.name}", "pairs", f"one of {', '.join(PAIRS)}", pairs)
        self.pairs = pairs

    @abstractmethod
    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing, with a case of all three."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every pair, arm and finding."""
        if not study.reference.exists:
            return
        calls, label = study.cube("calls"), self.name.replace("_", " ")
        for one, other, arm in study.pairs():
            machines = [study.is_machine(reader) for reader in (one, other)]
            if self.pairs != "all" and not any(machines):
                continue
            pair = (other, one) if machines[1] and not machines[0] else (one, other)
            truth = study.truths(judged=pair)
            pair_calls = [calls[study.reader_arms.index((reader, arm))] for reader in pair]
            for f, finding in enumerate(study.findings):
                judged = ~np.isnan(truth[f] + pair_calls[0][f] + pair_calls[1][f])
                if judged.any():
                    made = self.estimate(truth[f], pair_calls[0][f], pair_calls[1][f], study.cluster, level)
                    estimate = replace(made, n_positive=int((judged & (truth[f] == 1)).sum()))
                else:
                    estimate = Estimate.undefined(reason=NO_COMMON, method=label, level=level)
                yield Row(
                    metric=self.name,
                    reader=pair[0],
                    reader_kind=study.kind(pair[0]),
                    arm=arm,
                    compared_with=pair[1],
                    finding=finding,
                    estimate=estimate,
                )
