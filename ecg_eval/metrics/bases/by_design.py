"""The effect of help where no reader read the same ECG both ways: other ECGs, other readers, or a model with periods.

`domain/design.py` says which of these a study asks for. Where ECGs were read both ways the effect is made in `aid.py`.

* Half and half: each reader's share on the ECGs read with help minus that on the others; over readers as any number.
* Parallel arms: the mean of the readers with help minus that of the others (`stats/mrmc/arm_difference.py`). There is
  no effect on one reader.
* Stepped wedge, and whatever the configuration adjusts for: a logistic model of right calls with help, periods and
  findings as fixed, practices, readers and ECGs as random effects, told as a difference in probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import MACRO, POOLED, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.bases.gap import gaps
from ecg_eval.metrics.bases.long_form import LongForm
from ecg_eval.metrics.bases.numbers import Numbers, ReaderArm, Setting, share_numbers, together
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.arm_difference import arm_difference
from ecg_eval.stats.mrmc.part_means import ReaderErrors

Outcomes = tuple[Floats, Floats]
NO_SUCH_ECG = "no such ECG was read in this arm"
UNADJUSTED = "not adjusted for period"


def shares(setting: Setting, outcome: Floats) -> Numbers:
    """Return the shares of an outcome of shape (n_readers, n_findings, n_records): 1, 0, NaN not concerned."""
    is_known = ~np.isnan(outcome)
    return share_numbers(setting, events=np.nan_to_num(outcome), cases=is_known.astype(np.float64), read=is_known)


def own_ecg_numbers(setting: Setting, outcomes: Outcomes, *, note: str = "") -> Numbers:
    """Return each reader's share with help minus that without, each on its own ECGs."""
    first, second = (shares(setting, outcome) for outcome in outcomes)
    differences = gaps(first, second, 1, setting.level)
    few = np.minimum(first.estimates.n, second.estimates.n) == 0
    reason = np.where(few, setting.empty, differences.estimates.reason).astype(object)
    words = "aided minus unaided on other ECGs of the same reader, difference of two Wilson intervals (MOVER)"
    method = np.full(len(differences.estimates), f"{words}, {note}" if note else words, dtype=object)
    return replace(differences, estimates=replace(differences.estimates, reason=reason, method=method))


@dataclass(frozen=True, kw_only=True, eq=False)
class Arms:
    """Outcomes of readers of one arm each.

    Attributes
    ----------
    study : ReaderStudy
    metric, label : str
    readers : tuple of str
        All people with an arm.
    outcomes : tuple of ndarray (n_readers, n_findings, n_records)
        Aided and unaided; NaN where not concerned, and throughout for a reader without the arm.
    level : float
    """

    study: ReaderStudy
    metric: str
    label: str
    arm: str
    readers: tuple[str, ...]
    outcomes: Outcomes
    level: float

    def between_readers(self) -> Iterator[Row]:
        """Yield, for every kind of reader, the difference of the arms by finding, over findings, and all together."""
        study, n_findings = self.study, len(self.study.findings)
        single = self._numbers(self.outcomes, study.cluster)
        once = averaged_once(study.findings)
        flat = (o[:, once].reshape(len(self.readers), 1, -1) for o in self.outcomes)
        pooled = self._numbers((next(flat), next(flat)), np.tile(study.patients, int(once.sum())))
        for group, everybody in study.human_groups.items():
            members = [i for i, (reader, _) in enumerate(single.who) if reader in everybody]
            with_help = np.array([single.who[i][1] == AIDED for i in members], dtype=bool)
            if not members or not with_help.any() or with_help.all():
                continue
            order = np.array(members)[np.argsort(~with_help, kind="stable")]
            parts, errors = single.parts.take(readers=order), ReaderErrors(single.parts.take(readers=order))
            values, n_first = parts.values, int(with_help.sum())
            counts = single.estimates.n.reshape(len(single.who), n_findings)[order]
            usable = np.flatnonzero(once & ~np.isnan(values).any(axis=0))
            everything = ReaderErrors(pooled.parts.take(readers=order))
            rows = [(f, "", values[:, i], errors.by_finding[i], counts[:, i], "") for i, f in enumerate(study.findings)]
            if usable.size:
                counted = n_findings if usable.size == n_findings else f"{usable.size} of {n_findings}"
                over = f", mean over {counted} findings"
                covariance = errors.by_finding[usable[0]] if usable.size == 1 else errors.of_means(usable)
                rows.append((MACRO, MACRO, values[:, usable].mean(axis=1), covariance, counts[:, usable], over))
            else:
                nothing = np.full(len(order), np.nan)
                rows.append((MACRO, MACRO, nothing, errors.by_finding[0], counts, ", mean over no finding"))
            all_together = pooled.parts.values[order, 0], everything.by_finding[0], pooled.estimates.n[order]
            rows.append((POOLED, POOLED, *all_together, ", all findings together"))
            for finding, combined, value, covariance, n, words in rows:
                estimate = arm_difference(
                    first=value[:n_first],
                    second=value[n_first:],
                    covariance=covariance,
                    n=int(n.max()),
                    label=f"{self.label}{words}",
                    level=self.level,
                    n_clusters=study.n_patients,
                )
                yield self._row(group, everybody, [single.who[i][0] for i in order], finding, combined, estimate)

    def _numbers(self, outcomes: Outcomes, cluster: NDArray[np.int64] | None) -> Numbers:
        """Return the shares of every reader with help, then those of every reader without."""
        made = []
        for arm, outcome in zip((AIDED, UNAIDED), outcomes, strict=True):
            at = [i for i, reader in enumerate(self.readers) if self.study.place(reader, arm) is not None]
            who: tuple[ReaderArm, ...] = tuple((self.readers[i], arm) for i in at)
            setting = Setting(who=who, cluster=cluster, level=self.level, empty=NO_SUCH_ECG)
            made.append(shares(setting, outcome[at]))
        return together(made)

    def by_model(self) -> Iterator[Row]:
        """Yield, for every kind of reader, the effect of help on the probability of the outcome, from a model.

        What is said over all findings comes first: who asks for no more has one model fitted, not one a finding.
        """
        study = self.study
        for group, everybody in study.human_groups.items():
            at = [i for i, reader in enumerate(self.readers) if reader in everybody]
            if not at:
                continue
            long = LongForm.of(study, self.readers, at, self.outcomes)
            names = [self.readers[i] for i in at]
            once = np.flatnonzero(averaged_once(study.findings))
            some = long.among(np.isin(long.finding, once))
            sizes = np.bincount(some.finding, minlength=len(study.findings))
            ways = {
                f"{self.label}, findings weighing the same": 1 / np.maximum(sizes, 1)[some.finding],
                f"{self.label}, all findings together": np.ones(len(some.outcome)),
            }
            for word, estimate in zip((MACRO, POOLED), some.effects(study, self.level, ways), strict=True):
                yield self._row(group, everybody, names, word, word, estimate)
            for f, finding in enumerate(study.findings):
                (estimate,) = long.among(long.finding == f).effects(study, self.level, {self.label: None})
                yield self._row(group, everybody, names, finding, "", estimate)

    def _row(
        self, group: str, everybody: list[str], readers: list[str], finding: str, combined: str, estimate: Estimate
    ) -> Row:
        people = list(dict.fromkeys(readers))
        return Row(
            metric=self.metric,
            reader=group,
            reader_kind=self.study.kind(everybody[0]),
            arm=self.arm,
            finding=finding,
            combined=combined,
            is_group=True,
            n_readers=len(people),
            n_people=self.study.people(people),
            n_records=estimate.n if not combined else len(self.study.records),
            estimate=estimate,
        )
