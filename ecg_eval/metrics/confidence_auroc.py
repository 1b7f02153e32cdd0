"""Whether confidence means anything: AUROC of a reader's confidence between right and wrong readings."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.aid.aid_effect_confidence import NO_CONFIDENCE
from ecg_eval.metrics.bases.paired import correct
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.mrmc.reader_mean import reader_mean
from ecg_eval.stats.roc.area import auroc
from ecg_eval.stats.roc.macro_average import auroc_spread

LABEL = "AUROC of confidence between right and wrong readings"


class ConfidenceAuroc(Metric):
    """AUROC of confidence between right and wrong readings, all findings together; 0.5 means nothing."""

    question = "Are readers surer where they are right than where they are wrong?"
    source = (
        "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Says whether confidence sorts right from wrong, not whether it is too high; it rests on the few errors."
    answers = "question"
    short_name = "conf_auroc"
    uses = ("confidence",)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every human reader and arm, and the readers of each kind in each arm."""
        if not study.reference.exists:
            return
        values: dict[tuple[str, str], float] = {}
        errors: dict[tuple[str, str], Floats] = {}
        for reader, arm in study.reader_arms:
            if study.is_human(reader):
                estimate, deviations = self._of_reader(study, reader, arm, level)
                if is_defined(estimate):
                    values[reader, arm], errors[reader, arm] = estimate.value, deviations
                yield pooled_row(self.name, study, (reader, [reader], arm), estimate)
        for group, everybody in study.human_groups.items():
            for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
                members = [(reader, arm) for reader in everybody if (reader, arm) in values]
                if len(members) > 1:
                    deviations = np.stack([errors[m] for m in members])
                    made = reader_mean(
                        values=[values[m] for m in members],
                        covariance=deviations @ deviations.T,
                        n=len(study.records),
                        label=LABEL,
                        lowest=0.0,
                        highest=1.0,
                        null=0.5,
                        level=level,
                        n_clusters=study.n_patients,
                        scale="logit",
                    )
                    who = (group, [reader for reader, _ in members], arm)
                    yield pooled_row(self.name, study, who, made, is_group=True)

    def _of_reader(self, study: ReaderStudy, reader: str, arm: str, level: float) -> tuple[Estimate, Floats]:
        """Return one reader's, and what each patient adds to its error."""
        once = averaged_once(study.findings)
        patients, place = np.tile(study.patients, int(once.sum())), study.reader_arms.index((reader, arm))
        right = correct(study.cube("calls")[place], study.truths(judged=(reader,)))[once].ravel()
        surety = study.cube("confidence")[place][once].ravel()
        complete = ~np.isnan(right + surety)
        if not complete.any():
            return Estimate.undefined(reason=NO_CONFIDENCE, method=LABEL, level=level), np.zeros(study.n_patients)
        right, surety = (np.where(complete, x, np.nan) for x in (right, surety))
        made = auroc(truth=right, score=surety, cluster=patients, level=level)
        if not is_defined(made):
            reason = "every reading is right" if np.nanmin(right) == 1 else "no reading is right"
            return replace(made, method=LABEL, reason=reason), np.zeros(study.n_patients)
        _, deviations = auroc_spread(truth=right, score=surety, cluster=patients)
        return replace(made, method=f"{LABEL}; {made.method}"), deviations
