"""What the coefficients of agreement between two readers share; no truth is needed for any of them.

Beside every pair of readers stand two means that answer the main question: how well the people agree with one another,
and how well each program agrees with the people. Their intervals are for other ECGs read by these readers. A pair whose
value cannot be computed is left out of a mean, its readers and ECGs with it, and the words of the mean say of how many.
"""

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row, Rows
from ecg_eval.domain.study import ReaderStudy, averaged_once
from ecg_eval.metrics.bases.all_pairs import ArmAgreement, Side, agreement, pairs_of, sides
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.resampling.draws import interval_from_replicates

NO_COMMON_ECG = "the two readers have read no ECG in common"


class Agreement(Metric, ABC):
    """A coefficient for every pair of readers of an arm.

    Attributes
    ----------
    coefficient : str
        Its name in ``PairwiseAgreement``.
    method, clustered : str
        How value and interval are made, in words, and what is added where patients have several ECGs.
    """

    answers = "agreement"
    coefficient: ClassVar[str]
    method: ClassVar[str]
    clustered: ClassVar[str] = "cluster-robust"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every arm, pair and finding, the mean over findings, then the means over pairs."""
        for arm in dict.fromkeys(a for _, a in study.reader_arms):
            readers = study.readers_with(arm)
            if len(readers) < 2:
                continue
            of_arm = agreement(study, arm, level)[self.coefficient]
            yield self._of_pairs(study, arm, readers, of_arm)
            for i, side in enumerate(sides(study, readers)):
                yield from self._of_side(study, arm, side, of_arm, i, level)

    def _of_pairs(self, study: ReaderStudy, arm: str, readers: list[str], of_arm: ArmAgreement) -> Rows:
        """Return the rows of every pair; the machine of a pair is named first."""
        pairs = [self._machine_first(study, pair) for pair in pairs_of(readers)]
        n_rows = len(study.findings) + 1
        first, second = (np.repeat(np.array(column, dtype=object), n_rows) for column in zip(*pairs, strict=True))
        kinds = {reader: study.kind(reader) for reader in readers}
        people = {reader: study.people([reader]) for reader in readers}
        macro = np.tile(np.arange(n_rows) == n_rows - 1, len(pairs))
        return Rows(
            metric=self.name,
            reader=first,
            reader_kind=np.array([kinds[r] for r in first], dtype=object),
            arm=arm,
            compared_with=second,
            finding=np.tile(np.array([*study.findings, MACRO], dtype=object), len(pairs)),
            combined=np.where(macro, MACRO, "").astype(object),
            n_readers=2,
            n_people=np.repeat([people[a] + people[b] for a, b in pairs], n_rows),
            estimates=self._told(of_arm.estimates, macro, clustered=study.cluster is not None),
        )

    def _told(self, estimates: Estimates, macro: np.ndarray, *, clustered: bool) -> Estimates:
        """Put the method's words, and this project's reason where two readers share no ECG."""
        words = f"{self.method}, {self.clustered}" if clustered else self.method
        apart = ~macro & (estimates.n == 0)
        reason = np.where(apart, NO_COMMON_ECG, estimates.reason).astype(object)
        method = np.where(macro, estimates.method, words).astype(object)
        return replace(estimates, method=method, reason=reason)

    @staticmethod
    def _machine_first(study: ReaderStudy, pair: tuple[str, str]) -> tuple[str, str]:
        one, other = pair
        return (other, one) if study.is_machine(other) and not study.is_machine(one) else (one, other)

    def _of_side(
        self, study: ReaderStudy, arm: str, side: Side, of_arm: ArmAgreement, place: int, level: float
    ) -> Iterator[Row]:
        """Yield the mean over the pairs of a side, for every finding and for the mean over findings."""
        values, drawn = of_arm.values[side.pairs], of_arm.of_sides[place]
        readers = study.readers_with(arm)
        pairs = pairs_of(readers)
        computed = ~np.isnan(values).all(axis=0)
        averaged = np.flatnonzero(computed & averaged_once(study.findings))
        for finding, chosen in [*zip(study.findings, np.arange(values.shape[1])[:, None], strict=True), (MACRO, None)]:
            among = averaged if chosen is None else np.intersect1d(np.flatnonzero(computed), chosen)
            is_known = ~np.isnan(values[:, among])
            which = side.pairs[is_known.any(axis=1)]
            apart = {reader for i in which for reader in pairs[i]}
            who = [reader for reader in readers if reader in apart]
            counts = of_arm.counts[:, side.pairs][:, :, among] * is_known
            yield Row(
                metric=self.name,
                reader=side.one,
                reader_kind=side.kind,
                arm=arm,
                compared_with=side.other,
                finding=finding,
                combined=MACRO if chosen is None else "",
                is_group=True,
                n_readers=len(who),
                n_people=study.people(who),
                estimate=self._mean(values[:, among], counts, drawn[among], study, level, macro=chosen is None),
            )

    def _mean(
        self,
        values: np.ndarray,
        counts: np.ndarray,
        drawn: np.ndarray,
        study: ReaderStudy,
        level: float,
        *,
        macro: bool,
    ) -> Estimate:
        """Return the mean over findings of the means over pairs; values of shape (n_pairs, n_findings)."""
        label = self.name.replace("_", " ")
        is_known = ~np.isnan(values)
        words = f"{label}, mean over {_pairs(is_known.sum(axis=0), len(values))} of these readers"
        if macro:
            n_all = len(study.findings)
            words += f" and {n_all if is_known.shape[1] == n_all else f'{is_known.shape[1]} of {n_all}'} findings"
        if (~is_known).any():
            words += "; pairs whose value cannot be computed are left out"
        if not is_known.any():
            reason = "no pair's value can be computed"
            return Estimate.undefined(reason=reason, method=words, n=0, level=level)
        n, n_positive = int(counts[0].max()), int(counts[1].max(axis=0).sum())
        value = float(np.nanmean(values, axis=0).mean())
        if not drawn.shape[1]:
            reason = "no resamples were drawn"
            return Estimate(value=value, method=words, n=n, n_positive=n_positive, level=level, reason=reason)
        return interval_from_replicates(
            value=value,
            replicates=drawn.mean(axis=0),
            label=words,
            n=n,
            n_positive=n_positive,
            n_clusters=study.n_patients,
            level=level,
        )


def _pairs(n_pairs: np.ndarray, of: int) -> str:
    """Say over how many pairs a mean is, where findings may differ: "10 pairs", "9 of 10 pairs", "8 to 10 of 10 pairs".

    Examples
    --------
    >>> _pairs(np.array([10, 10]), 10), _pairs(np.array([9]), 10), _pairs(np.array([8, 10]), 10)
    ('10 pairs', '9 of 10 pairs', '8 to 10 of 10 pairs')
    >>> _pairs(np.array([1]), 1)
    '1 pair'
    """
    least, most = (int(n_pairs.min()), int(n_pairs.max())) if n_pairs.size else (0, 0)
    if least == of:
        return "1 pair" if of == 1 else f"{of} pairs"
    return f"{least} of {of} pairs" if least == most else f"{least} to {most} of {of} pairs"
