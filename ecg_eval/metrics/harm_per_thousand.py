"""Harm in 1,000 ECGs: every missed and every needlessly called finding weighed by what it costs the patient."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import BLOCKS, PAIRED, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row, Rows
from ecg_eval.domain.findings import URGENCIES, vocabulary
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.numbers import Numbers, ReaderArm
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.part_means import Parts, ratio_deviations
from ecg_eval.stats.probability.expected_harm import expected_harm

FREE = "neither missing nor calling this finding costs anything"
NOT_ALL = "no ECG has an answer and a truth for all findings"
# The unit is one missed finding of the urgency "routine". A judgement that clinicians are to replace by theirs.
BY_URGENCY: Mapping[str, tuple[float, float]] = {
    "act_now": (100.0, 10.0),
    "urgent": (10.0, 1.0),
    "routine": (1.0, 0.1),
    "none": (0.0, 0.0),
}
_REMEDY = "Write {MI: {missed: 100, called: 10}, urgent: {missed: 10, called: 1}}."


class HarmPerThousand(Metric):
    """Sum of the costs of wrong readings in 1,000 ECGs, by finding and over findings.

    Parameters
    ----------
    costs : mapping of finding or urgency to {missed, called}
        What a missed finding costs, and one that is called and not there, in a unit of the study's own. A finding that
        is not named takes the costs of its urgency in the vocabulary, and an urgency that is not named ``BY_URGENCY``.
    """

    question = "If a missed infarction weighs more than a missed routine finding, how much harm do the readings do?"
    source = "Expected loss: Wald 1950, Statistical Decision Functions; interval: Zou and Donner, Stat Med 2008;27:1693"
    caveat = (
        "The costs are a judgement, and findings are as frequent as in these ECGs: let clinicians set the costs before "
        "the data are seen."
    )
    answers = "question"
    short_name = "harm"

    def __init__(self, *, costs: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.costs: dict[str, tuple[float, float]] = {}
        for name, stated in (costs or {}).items():
            where = f"costs.{name}"
            if name not in URGENCIES and name not in vocabulary():
                rule, remedy = "a finding or an urgency", suggestion(name, [*URGENCIES, *vocabulary()])
                raise ConfigError(f"metrics.{self.name}", where, rule, name, remedy)
            if not isinstance(stated, Mapping) or set(stated) != {"missed", "called"}:
                raise ConfigError(f"metrics.{self.name}", where, "the costs `missed` and `called`", stated, _REMEDY)
            pair = [stated[key] for key in ("missed", "called")]
            if not all(isinstance(x, int | float) and not isinstance(x, bool) and 0 <= x < np.inf for x in pair):
                raise ConfigError(f"metrics.{self.name}", where, "costs of 0 or more", stated, _REMEDY)
            self.costs[name] = float(str(pair[0])), float(str(pair[1]))
        self.stated_for = tuple(name for name in self.costs if name not in URGENCIES)

    def of(self, finding: str) -> tuple[float, float]:
        """Return what a missed and a needlessly called finding cost."""
        if finding in self.costs:
            return self.costs[finding]
        entry = vocabulary().get(finding)
        urgency = entry.urgency if entry else URGENCIES[-1]
        return self.costs.get(urgency, BY_URGENCY[urgency])

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield each reader's harm by finding, over findings, the change by help, and means over readers."""
        if not study.reference.exists:
            return
        who = tuple(study.reader_arms)
        calls = study.cube("calls")
        costs = np.array([self.of(finding) for finding in study.findings])
        cost = np.stack([_cost(calls[i], study.truths(judged=(reader,)), costs) for i, (reader, _) in enumerate(who)])
        for i, (reader, arm) in enumerate(who):
            for f, finding in enumerate(study.findings):
                label = f"harm per 1,000 ECGs, missed {costs[f, 0]:g}, called {costs[f, 1]:g}"
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=arm,
                    finding=finding,
                    estimate=_mean_cost(study, cost[i, f], label, level, free=not costs[f].any()),
                )
        once = averaged_once(study.findings)
        total: Floats = cost[:, once].sum(axis=1)  # NaN where one of the findings has no answer
        most = 1000 * float(costs[once].max(axis=1).sum())
        label = "harm per 1,000 ECGs, all findings together"
        yield from self._averages(study, who, total, label, (0.0, most), level).rows()
        design = design_of(study)
        people = [r for r in study.readers_with(AIDED, UNAIDED) if study.is_human(r)]
        if design.analysis not in (PAIRED, BLOCKS) or not people:
            return
        aided, unaided = (total[list(study.places(people, arm).values())] for arm in (AIDED, UNAIDED))
        both = tuple((reader, AIDED_MINUS_UNAIDED) for reader in people)
        change = f"{label}, aided minus unaided"
        yield from self._averages(study, both, aided - unaided, change, (-most, most), level).rows()

    def _averages(
        self,
        study: ReaderStudy,
        who: tuple[ReaderArm, ...],
        cost: Floats,
        label: str,
        span: tuple[float, float],
        level: float,
    ) -> Averages:
        """Return costs of shape (n_readers, n_records) as numbers of which means over readers are made."""
        is_known = ~np.isnan(cost)[:, None]
        n = patient_sums(values=is_known.astype(np.float64), cluster=study.cluster)
        events = patient_sums(values=1000 * np.nan_to_num(cost)[:, None], cluster=study.cluster)
        deviations = ratio_deviations(events=events, cases=n)
        estimates = Estimates.of([_mean_cost(study, one, label, level) for one in cost])
        values = estimates.value.reshape(-1, 1)
        variances = (deviations**2).sum(axis=-1)
        parts = Parts(values=values, variances=variances, deviations=deviations, cases=n, centres=values)
        return Averages(
            study=study,
            measure=Measure(metric=self.name, label=label, span=span, null=0.0 if span[0] < 0 else None),
            numbers=Numbers(who=who, estimates=estimates, parts=parts, used=is_known, read=is_known),
            level=level,
            findings=(POOLED,),
            combined=POOLED,
        )


def _cost(call: Floats, truth: Floats, costs: Floats) -> Floats:
    """Return what each reading costs, (n_findings, n_records), NaN where answer or truth is unknown."""
    missed, called = (truth == 1) & (call == 0), (truth == 0) & (call == 1)
    cost = missed * costs[:, :1] + called * costs[:, 1:]
    return np.where(np.isnan(call) | np.isnan(truth), np.nan, cost)


def _mean_cost(study: ReaderStudy, cost: Floats, label: str, level: float, *, free: bool = False) -> Estimate:
    """Return the mean cost of ECGs, times 1,000, by the kernel of expected harm: one class, a decision each cost."""
    is_known = ~np.isnan(cost)
    if not is_known.any():
        return Estimate.undefined(reason=NOT_ALL, method=label, level=level)
    if free:
        return Estimate.undefined(reason=FREE, method=label, n=int(is_known.sum()), level=level)
    distinct, taken = np.unique(cost[is_known], return_inverse=True)
    cluster = None if study.cluster is None else study.cluster[is_known]
    made = expected_harm(
        truth=np.zeros(len(taken)),
        decision=taken.reshape(-1),
        costs=1000 * distinct[None],
        cluster=cluster,
        level=level,
    )
    return replace(made, method=f"{label}; {made.method}")
