"""What the metrics of conformal sets share: sets of "present" and "absent", learnt on one half of the patients each."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.metrics.bases.panels import over_panels
from ecg_eval.metrics.bases.patients.parts import patient_parts
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.conformal import fit_conformal_sets
from ecg_eval.stats.proportion.proportions import single_proportion

LEARNT = "limits learnt on the other half of the patients, taken as they are"
ALWAYS_IN = "too few ECGs teach one answer, which then is in every set"


class OfConformalSets(OfReader, ABC):
    """A share of ECGs, by the set of answers that a reader's probability leaves open; all ECGs, and each subgroup."""

    answers = "question"
    by_subgroup = False  # the limits are learnt on all ECGs, so that subgroups can be let down by them
    needs_scores = True

    def __init__(self, *, confidence: float = 0.9, by_class: bool = True) -> None:
        if not 0 < confidence < 1:
            raise ConfigError(f"metrics.{self.name}", "confidence", "between 0 and 1", confidence)
        self.confidence = confidence
        self.by_class = by_class

    @abstractmethod
    def event(self, truth: NDArray[np.bool_], sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say of which ECGs it is so: truth (n_cases,), sets (n_cases, 2) of whether absent and present are in."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every reader, arm and finding, of all ECGs and of each subgroup."""
        who = self.measured(study)
        groups = [("", np.ones(len(study.records), dtype=bool)), *((s, inside) for s, inside, _ in study.sides())]
        half = patient_parts(study, 2)
        for (reader, arm), values in zip(who, self.values(study, who) if who else (), strict=True):
            panels = study.reference.panels(study.findings, judged=reader)
            for f, finding in enumerate(study.findings):
                judged = [self._events(truth[f], values[f], half) for truth in panels]
                for subgroup, inside in groups:
                    if np.isnan(values[f]).all():
                        reason = self.why_nothing(study, (reader, arm), finding)
                        estimate = Estimate.undefined(reason=reason, method=self.label, level=level)
                    else:
                        estimate = over_panels([self._share(study, one, inside, level) for one in judged])
                    yield Row(
                        metric=self.name,
                        reader=reader,
                        reader_kind=study.kind(reader),
                        arm=arm,
                        finding=finding,
                        subgroup=subgroup,
                        estimate=estimate,
                    )

    def _events(self, truth: Floats, probability: Floats, half: Codes) -> tuple[Floats, str]:
        """Return whether it is so of each ECG, NaN where unknown, and how the sets were made or why there are none."""
        if (np.nan_to_num(probability, nan=0.5) < 0).any() or (np.nan_to_num(probability, nan=0.5) > 1).any():
            return np.full(truth.size, np.nan), "scores outside 0 to 1 are no probabilities"
        apart = ", with and without the finding apart" if self.by_class else ""
        event, words = np.full(truth.size, np.nan), [f"sets that aim at {100 * self.confidence:g} %{apart}", LEARNT]
        is_judged = ~np.isnan(truth + probability)
        if np.unique(half[is_judged]).size < 2:
            return event, "there are ECGs in one half of the patients alone, so that no limit can be learnt for it"
        answers = np.column_stack([1 - probability, probability])
        for one in (0, 1):
            taught, judged = (is_judged & (half == side) for side in (1 - one, one))
            made = fit_conformal_sets(
                truth=truth[taught],
                probability=answers[taught],
                miscoverage=1 - self.confidence,
                by_class=self.by_class,
            )
            event[judged] = self.event(truth[judged] == 1, made(answers[judged]))
            if np.isinf(made.quantiles).any() and ALWAYS_IN not in words:
                words.append(ALWAYS_IN)
        return event, "; ".join(words)

    def _share(
        self, study: ReaderStudy, judged: tuple[Floats, str], inside: NDArray[np.bool_], level: float
    ) -> Estimate:
        event, words = judged
        if np.isnan(event).all():
            return Estimate.undefined(reason=words, method=self.label, level=level)
        among = inside & ~np.isnan(event)
        if study.cluster is None:
            made = single_proportion(n_events=int(event[among].sum()), n=int(among.sum()), level=level)
        else:
            made = clustered_proportion(event=event[among], cluster=study.cluster[among], level=level)
        return replace(made, method=f"{made.method}; {words}")
