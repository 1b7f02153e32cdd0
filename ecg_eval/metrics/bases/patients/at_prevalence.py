"""What the metrics of practice share: the calls of a reader, where each finding is as frequent as stated."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfEachFinding
from ecg_eval.stats.estimate import Estimate

NOT_STATED = "no prevalence is stated for this finding"
_REMEDY = 'Write {AF: {value: 0.068, source: "SAFE, age 65 and over"}}.'


class AtPrevalence(OfEachFinding, ABC):
    """A number of a reader's calls at a stated prevalence.

    Parameters
    ----------
    prevalence : mapping of finding to {value, source}
        Share of the ECGs of a practice that show the finding, in (0, 1), and where that is from. A finding that is not
        named has no number, and says why.
    """

    needs_scores = False

    def __init__(self, *, prevalence: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.prevalence: dict[str, tuple[float, str]] = {}
        for finding, stated in (prevalence or {}).items():
            where = f"prevalence.{finding}"
            if not isinstance(stated, Mapping) or set(stated) != {"value", "source"} or not stated["source"]:
                raise ConfigError(f"metrics.{self.name}", where, "a value and its source", stated, _REMEDY)
            value = stated["value"]
            if not isinstance(value, int | float) or not 0 < value < 1:
                raise ConfigError(f"metrics.{self.name}", where, "above 0 and below 1", value, _REMEDY)
            self.prevalence[finding] = float(value), str(stated["source"])

    def of_finding(self, study: ReaderStudy, finding: str, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding, with the prevalence and its source in the method."""
        if finding not in self.prevalence:
            return Estimate.undefined(reason=NOT_STATED, method=self.label, n=len(truth), level=level)
        value, source = self.prevalence[finding]
        estimate = self.at(study, truth, values, value, level)
        return replace(estimate, method=f"{estimate.method}; prevalence {value:g} ({source}), taken as known")

    @abstractmethod
    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return the estimate at one prevalence; arrays of shape (n_records,), NaN missing."""
