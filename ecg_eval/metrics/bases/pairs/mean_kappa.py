"""Kappa of pairs of readers, and its mean over the pairs of a group and over those of a program with each of them.

From four readers on the means are for readers and ECGs like these, of fewer for these readers. All pairs of a mean are
on one scale: weights by rank would otherwise hang on which grades a pair happened to use.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.evaluation import POOLED, Row, Rows
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.all_pairs import Side, sides
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.metrics.bases.pairs.pair_agreement import FEWEST, TOO_FEW_OF_BOTH, PairAgreement
from ecg_eval.stats.agreement.agreement_weights import Weights
from ecg_eval.stats.agreement.fleiss import light_kappa
from ecg_eval.stats.agreement.pair_mean import mean_kappa_with, pair_mean_kappa
from ecg_eval.stats.estimate import Estimate


class MeanKappa(PairAgreement, ABC):
    """Cohen's kappa of every pair, then the means over the readers of each group."""

    takes_patients = True
    weights: Weights = None
    no_scale = ""  # why answers have no scale, where that can be

    @abstractmethod
    def scale(self, study: ReaderStudy, ratings: Floats) -> Floats | None:
        """Return the categories of some readers' answers, (n_records, n_readers), in order; None where it has none."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every pair, arm and finding, then the means over the readers of each group."""
        yield from super().rows(study, level=level)
        answers = self.answered(study)
        for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
            of_arm = {r: answers[study.reader_arms.index((r, arm))] for r in study.readers_with(arm)}
            for row, finding in enumerate(self.findings(study)):
                given = {r: some[row] for r, some in of_arm.items() if not np.isnan(some[row]).all()}
                for side in sides(study, list(given)):
                    yield self._of_side(study, arm, side, finding, given, level)

    def _of_side(
        self, study: ReaderStudy, arm: str, side: Side, finding: str, given: dict[str, Floats], level: float
    ) -> Row:
        """Return the mean over the pairs of a group, or over those of a program with each of the group."""
        members = [reader for reader in study.human_groups[side.other] if reader in given]
        people = members if side.one == side.other else [side.one, *members]
        made = self._mean(study, np.column_stack([given[r] for r in people]), level, within=side.one == side.other)
        return Row(
            metric=self.name,
            reader=side.one,
            reader_kind=side.kind,
            arm=arm,
            compared_with=side.other,
            finding=finding,
            combined=POOLED if finding == POOLED else "",
            is_group=True,
            n_readers=len(people),
            n_people=study.people(people),
            n_records=made.n,
            estimate=made,
        )

    def _mean(self, study: ReaderStudy, ratings: Floats, level: float, *, within: bool) -> Estimate:
        """Return it for answers of shape (n_records, n_readers); the program's come first where not `within`."""
        categories = self.scale(study, ratings)
        is_sample = ratings.shape[1] - (not within) >= FEWEST_RANDOM_READERS
        if categories is None:
            n = int((~np.isnan(ratings)).any(axis=1).sum())
            return Estimate.undefined(reason=self.no_scale, method=self.name.replace("_", " "), n=n, level=level)
        if not within:
            return mean_kappa_with(
                first=ratings[:, 0],
                ratings=ratings[:, 1:],
                categories=categories,
                weights=self.weights,
                cluster=study.cluster,
                readers="random" if is_sample else "fixed",
                fewest_cases=FEWEST,
                level=level,
            )
        if is_sample:
            return pair_mean_kappa(
                ratings=ratings,
                categories=categories,
                weights=self.weights,
                cluster=study.cluster,
                fewest_cases=FEWEST,
                level=level,
            )
        made = light_kappa(
            ratings=ratings, categories=categories, weights=self.weights, cluster=study.cluster, level=level
        )
        answered = (~np.isnan(ratings)).astype(np.intp)
        if (answered.T @ answered).min() >= FEWEST:
            return made
        return Estimate.undefined(reason=TOO_FEW_OF_BOTH, method=made.method, n=made.n, level=level)
