"""How long an ECG takes to read: the median of the seconds of each reader, and its mean over readers."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.aid.aid_effect_seconds import NO_TIMES
from ecg_eval.metrics.bases.of_ecg import of_ecgs
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import replicate_deviations
from ecg_eval.stats.mrmc.reader_mean import reader_mean
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.resampling.weighted_median import weighted_median


class Seconds(Metric):
    """Median seconds an ECG; the mean of the medians over the readers of a kind."""

    question = "How long does an ECG take to read?"
    source = (
        "Bootstrap by patient: Efron and Tibshirani, An Introduction to the Bootstrap, 1993; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Times of a study are not those of a practice; a page left open counts as reading."
    answers = "question"
    short_name = "seconds"
    uses = ("seconds",)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every human reader and arm, and the readers of each kind in each arm."""
        times = of_ecgs(study, "seconds")
        medians, drawn = self._medians(study, times)
        for i, (reader, arm) in enumerate(study.reader_arms):
            if study.is_human(reader):
                estimate = self._of_reader(study, times[i], medians[i], drawn[i], level)
                yield pooled_row(self.name, study, (reader, [reader], arm), estimate)
        for group, everybody in study.human_groups.items():
            for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
                places = study.places(everybody, arm)
                if len(places) > 1:
                    at = list(places.values())
                    deviations = replicate_deviations(drawn[at])
                    made = reader_mean(
                        values=medians[at],
                        covariance=deviations @ deviations.T,
                        n=int((~np.isnan(times[at])).any(axis=0).sum()),
                        label="median seconds an ECG",
                        lowest=0.0,
                        level=level,
                        n_clusters=study.n_patients,
                    )
                    made = made if made.value is not None else replace(made, reason=NO_TIMES)
                    yield pooled_row(self.name, study, (group, list(places), arm), made, is_group=True)

    def _medians(self, study: ReaderStudy, times: Floats) -> tuple[Floats, Floats]:
        """Return the median of each reader and arm, and those of the resamples, (n_reader_arms, n_resamples)."""
        weights = np.ones((1, times.shape[1])) if study.weights is None else study.weights
        everything = np.ones((1, times.shape[1]))
        return (
            np.array([weighted_median(values=t, weights=everything)[0] for t in times]),
            np.stack([weighted_median(values=t, weights=weights) for t in times]),
        )

    def _of_reader(self, study: ReaderStudy, times: Floats, median: float, drawn: Floats, level: float) -> Estimate:
        n, label = int((~np.isnan(times)).sum()), "median seconds an ECG"
        if not n:
            return Estimate.undefined(reason=NO_TIMES, method=label, level=level)
        return interval_from_replicates(
            value=median,
            replicates=drawn,
            label=label,
            n=n,
            n_clusters=len(np.unique(study.patients[~np.isnan(times)])),
            level=level,
        )
