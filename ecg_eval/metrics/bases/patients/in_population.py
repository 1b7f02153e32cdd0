"""What the metrics of a population share: numbers of an enriched draw, each ECG weighing as many as it stands for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row, Rows
from ecg_eval.domain.facts.metric import Answers
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfCalls, OfStudyScores
from ecg_eval.metrics.bases.numbers import Masks, Numbers, Setting
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.clusters.weighted_shares import ratio_errors, weighted_shares
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import Parts
from ecg_eval.stats.proportion.shrinkage import shrunken_proportions

NO_POPULATION = "no ECG has a sampling weight, and no target population is described"
CAVEAT = "Holds where the weights do: few ECGs of great weight decide it, and what was never drawn is not in it."


def population_design(study: ReaderStudy) -> SamplingDesign | None:
    """Return how the study's ECGs were drawn from the population; None where nobody says."""

    def make() -> SamplingDesign | None:
        given = study.sampling_weight
        weight = None if given is None else np.nan_to_num(given)
        if weight is None or not weight.any():
            return None
        column = study.records.get("sampling_stratum")
        stratum = None if column is None else column.astype("string").fillna("").to_numpy(dtype=object).astype(str)
        return SamplingDesign.of(weight=weight, cluster=study.patients, stratum=stratum)

    return study.once(("population_design",), make)


def weighted_words(study: ReaderStudy, method: str) -> str:
    """Return a method with whom the weights stand for, and how many ECGs have none."""
    whose = study.population or "the population that the ECGs were drawn from"
    given = study.sampling_weight
    without = 0 if given is None else int(np.isnan(given).sum())
    left = f", {without} ECGs without a weight left out" if without else ""
    return f"weighted to {whose}{left}; {method}"


class InPopulation(Metric, ABC):
    """A number of a reader in the population that the ECGs stand for."""

    answers: ClassVar[Answers] = "question"
    by_subgroup = False
    caveat = CAVEAT

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield every reader's rows and their means; the reason where the ECGs stand for nobody."""
        if population_design(study) is not None:
            yield from super().rows(study, level=level)  # type: ignore[safe-super]
            return
        label = self.name.replace("_", " ")
        for reader, arm in study.reader_arms if study.reference.exists else ():
            estimate = Estimate.undefined(reason=NO_POPULATION, method=label, level=level)
            yield Row(
                metric=self.name,
                reader=reader,
                reader_kind=study.kind(reader),
                arm=arm,
                finding=MACRO,
                combined=MACRO,
                estimate=estimate,
            )


class ShareInPopulation(InPopulation, OfCalls, ABC):
    """A share that is counted from yes/no calls, each ECG weighing as many as it stands for."""

    def shares(self, study: ReaderStudy, setting: Setting, events: Floats, cases: Floats, read: Masks) -> Numbers:
        """Return weighted shares: Korn and Graubard's interval, patients the units of the draw."""
        design = population_design(study)
        if design is None:  # rows() has said so
            return super().shares(study, setting, events, cases, read)
        estimates = weighted_shares(design, events=events, cases=cases, empty=self.empty, level=setting.level)
        words = [weighted_words(study, method) for method in estimates.method]
        estimates = replace(estimates, method=np.array(words, dtype=object))
        p, deviations = ratio_errors(design, events=events, cases=cases)
        counted = cases * (design.weight > 0)
        worth = _equal_cases(p, design, cases, design.variance(deviations))
        centres, variances = shrunken_proportions(n_events=worth * np.nan_to_num(p), n=worth)
        parts = Parts(
            values=p,
            variances=variances,
            deviations=patient_sums(values=deviations, cluster=setting.cluster),
            cases=patient_sums(values=counted, cluster=setting.cluster),
            centres=centres,
        )
        return Numbers(who=setting.who, estimates=estimates, parts=parts, used=counted > 0, read=read)


def _equal_cases(p: Floats, design: SamplingDesign, cases: Floats, variance: Floats) -> Floats:
    """Return how many cases drawn evenly would tell as much, of shape (n_readers, n_findings); Kish's at 0 and 1."""
    weight = design.weight * (cases > 0)
    squares = (weight**2).sum(axis=-1)
    kish = np.divide(weight.sum(axis=-1) ** 2, squares, out=np.zeros_like(squares), where=squares > 0)
    varies = variance > 1e-15
    return np.asarray(np.where(varies, p * (1 - p) / np.where(varies, variance, 1.0), kish))


class ScoreInPopulation(InPopulation, OfStudyScores, ABC):
    """A number of scores, each ECG weighing as many as it stands for."""

    @abstractmethod
    def weighted(self, design: SamplingDesign, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return the estimate under a draw; arrays of shape (n_records,), NaN missing."""

    @abstractmethod
    def deviations(self, design: SamplingDesign, truth: Floats, values: Floats) -> Floats:
        """Return what each ECG adds to the error of an estimate that there is, (n_records,)."""

    def of_study(self, study: ReaderStudy, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding."""
        design = population_design(study)
        if design is None:  # rows() has said so
            return Estimate.undefined(reason=NO_POPULATION, method=self.label, level=level)
        made = self.weighted(design, truth, values, level)
        return replace(made, method=weighted_words(study, made.method))

    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return the variance under the draw, and what each patient adds to the error."""
        design = population_design(study)
        if design is None:
            return 0.0, np.zeros(study.n_patients)
        deviations = self.deviations(design, truth, values)
        return float(design.variance(deviations)), patient_sums(values=deviations, cluster=study.patients)
