"""Agreement of a reader with himself or herself: the same ECG read again in the same arm."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.metrics.bases.repeats import second_calls
from ecg_eval.stats.agreement.repeatability import intra_reader_agreement
from ecg_eval.stats.estimate import Estimate

NEVER_TWICE = "no ECG was read twice in this arm"


class Repeatability(Metric):
    """Cohen's kappa between a reader's first and second reading of the same ECG, without the AI's answer changing."""

    question = "How well does a reader agree with himself or herself, reading the same ECG again?"
    source = (
        "Cohen, Educ Psychol Meas 1960;20:37; mean over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "A short time between the two readings makes it look better: the first answer is remembered."
    answers = "question"
    short_name = "repeat"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every reader's kappa, and the mean over readers of a kind, finding by finding."""
        first, second = study.cube("calls"), second_calls(study)
        for i, (reader, arm) in enumerate(study.reader_arms):
            for f, finding in enumerate(study.findings):
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=arm,
                    finding=finding,
                    estimate=self._of_reader(study, first[i, f], second[i, f], level),
                )
        for group, everybody in study.human_groups.items():
            for arm in dict.fromkeys(a for _, a in study.reader_arms):
                places = [
                    p for r in everybody if (p := study.place(r, arm)) is not None and (~np.isnan(second[p])).any()
                ]
                if len(places) < 2:
                    continue
                for f, finding in enumerate(study.findings):
                    agreement = intra_reader_agreement(
                        first=first[places, f].T,
                        second=second[places, f].T,
                        categories=[0, 1],
                        cluster=study.cluster,
                        readers="random" if len(places) >= FEWEST_RANDOM_READERS else "fixed",
                        level=level,
                    )
                    twice = ~(np.isnan(first[places, f]) | np.isnan(second[places, f]))
                    names = [study.reader_arms[p][0] for p in places]
                    yield Row(
                        metric=self.name,
                        reader=group,
                        reader_kind=study.kind(everybody[0]),
                        arm=arm,
                        finding=finding,
                        is_group=True,
                        n_readers=len(places),
                        n_people=study.people(names),
                        n_records=int(twice.any(axis=0).sum()),
                        estimate=replace(agreement.mean_kappa, p_value=None, n=int(twice.any(axis=0).sum())),
                    )

    @staticmethod
    def _of_reader(study: ReaderStudy, first: np.ndarray, second: np.ndarray, level: float) -> Estimate:
        if np.isnan(second).all():
            return Estimate.undefined(reason=NEVER_TWICE, method="repeatability", n=0, level=level)
        agreement = intra_reader_agreement(
            first=first[:, None], second=second[:, None], categories=[0, 1], cluster=study.cluster, level=level
        )
        return replace(
            agreement.kappa[0], p_value=None, method=f"{agreement.kappa[0].method}, first and second reading"
        )
