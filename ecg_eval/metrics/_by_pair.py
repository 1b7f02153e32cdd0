"""What comparisons of two readers share: every pair with readings in the same arm, finding by finding."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.stats.estimate import Estimate

PAIRS = ("all", "with_machine")


class _Comparison(Metric, ABC):
    """A difference or test between two readers of the same recordings, judged by the reference.

    Parameters
    ----------
    pairs : str
        "all", or "with_machine": only those in which at least one reader is a model or a vendor's program.
    """

    family = "comparison"

    def __init__(self, *, pairs: str = "all") -> None:
        if pairs not in PAIRS:
            raise ConfigError(f"metrics.{self.name}", "pairs", f"one of {', '.join(PAIRS)}", pairs)
        self.pairs = pairs

    @abstractmethod
    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the comparison for one finding; arrays of shape (n_records,), NaN missing."""

    def values(self, study: ReaderStudy, reader: str, arm: str, finding: str) -> Floats:
        """Return what is compared, shape (n_records,)."""
        return study.calls(reader, arm, finding)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every pair, arm and finding; the machine of a pair is named first."""
        if not study.reference.exists:
            return
        for one, other, arm in study.pairs():
            if self.pairs == "with_machine" and not (study.is_machine(one) or study.is_machine(other)):
                continue
            first, second = (other, one) if study.is_machine(other) and not study.is_machine(one) else (one, other)
            for finding in study.findings:
                truth = study.truth(finding, judged=(first, second))
                values = [self.values(study, r, arm, finding) for r in (first, second)]
                yield Row(
                    metric=self.name,
                    reader=first,
                    reader_kind=study.kind(first),
                    arm=arm,
                    compared_with=second,
                    finding=finding,
                    estimate=self.estimate(truth, values[0], values[1], study.cluster, level),
                )
