"""What the metrics of practice share: the calls of a reader, where each finding is as frequent as stated."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfEachFinding
from ecg_eval.stats.diagnostic.uncertain_prevalence import Scale, prevalence_bounds, with_uncertain_prevalence
from ecg_eval.stats.estimate import Estimate

NOT_STATED = "no prevalence is stated for this finding"
_REMEDY = 'Write {AF: {value: 0.068, low: 0.05, high: 0.09, source: "..."}}; low and high may both be left out.'


@dataclass(frozen=True)
class Stated:
    """How common a finding is in a practice.

    Attributes
    ----------
    value : float
        Share of the ECGs there that show it, in (0, 1).
    source : str
        Who says so.
    bounds : tuple of float or None
        Its 95 % interval; None where it is taken as known.
    """

    value: float
    source: str
    bounds: tuple[float, float] | None = None


class AtPrevalence(OfEachFinding, ABC):
    """A number of a reader's calls at a stated prevalence.

    Parameters
    ----------
    prevalence : mapping of finding to {value, source} or {value, low, high, source}
        Share of the ECGs of a practice that show the finding, in (0, 1), and where that is from; `low` and `high` are
        its 95 % interval, which is carried into that of the number. A finding that is not named has no number, and says
        why.
    """

    needs_scores = False
    scale: ClassVar[Scale]  # on which prevalence and the reader's rates add up

    def __init__(self, *, prevalence: Mapping[str, Mapping[str, object]] | None = None) -> None:
        where = f"metrics.{self.name}"
        self.prevalence = {code: _stated(f"{where}.{code}", stated) for code, stated in (prevalence or {}).items()}
        self.stated_for = tuple(self.prevalence)

    def of_finding(self, study: ReaderStudy, finding: str, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding, with the prevalence and its source in the method."""
        if finding not in self.prevalence:
            return Estimate.undefined(reason=NOT_STATED, method=self.label, n=len(truth), level=level)
        stated = self.prevalence[finding]
        value, source = stated.value, stated.source
        estimate = self.at(study, truth, values, value, level)
        if stated.bounds is None:
            return replace(estimate, method=f"{estimate.method}; prevalence {value:g} ({source}), taken as known")
        low, high = stated.bounds
        ends = prevalence_bounds(value=value, low=low, high=high, level=level)
        both = (self.at(study, truth, values, end, level) for end in ends)
        words = f"{estimate.method}; prevalence {value:g} ({low:g} to {high:g}; {source})"
        return replace(with_uncertain_prevalence(estimate, *both, scale=self.scale), method=words)

    @abstractmethod
    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return the estimate at one prevalence; arrays of shape (n_records,), NaN missing."""


def _stated(where: str, stated: object) -> Stated:
    """Return a prevalence as a configuration states it.

    Raises
    ------
    ConfigError
        When it is none.
    """
    metric, _, finding = where.rpartition(".")
    key = f"prevalence.{finding}"
    keys = {k for k, v in stated.items() if v is not None} if isinstance(stated, Mapping) else set()
    if not isinstance(stated, Mapping) or keys not in ({"value", "source"}, {"value", "low", "high", "source"}):
        raise ConfigError(metric, key, "a value and its source, and both bounds or none", stated, _REMEDY)
    if not stated["source"]:
        raise ConfigError(metric, key, "a value and its source", stated, _REMEDY)
    low, value, high = (stated.get(k) if k in keys else stated["value"] for k in ("low", "value", "high"))
    numbers = [x for x in (low, value, high) if isinstance(x, int | float) and not isinstance(x, bool)]
    if len(numbers) < 3 or not 0 < numbers[0] <= numbers[1] <= numbers[2] < 1:
        raise ConfigError(metric, key, "above 0 and below 1, low <= value <= high", (low, value, high), _REMEDY)
    bounds = (float(numbers[0]), float(numbers[2])) if "low" in keys else None
    return Stated(float(numbers[1]), str(stated["source"]), bounds)
