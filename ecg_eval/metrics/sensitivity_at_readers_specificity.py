"""A model's sensitivity when it raises as many false alarms as the readers do."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.beside_readers import Beside, beside_groups
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.rate_at_rate import weighted_sensitivity_at_specificity


class SensitivityAtReadersSpecificity(Metric):
    """Sensitivity of a model at the mean specificity of the readers, on the ECGs that the model scored."""

    question = "If the model raised as many false alarms as the readers do, how much of what is there would it find?"
    source = "Platt, Hanley and Yang, Stat Med 2000;19:313"
    caveat = (
        "The threshold is read off the very ECGs that are tested: no program works at it unless it is frozen elsewhere."
    )
    answers = "question"
    short_name = "sens_at_gp"
    needs_scores = True

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every model beside the readers of every kind, finding by finding."""
        if not study.reference.exists:
            return
        for beside in beside_groups(study, UNAIDED):
            if np.isnan(study.cube("scores")[beside.place]).all():
                continue
            truths = study.truths(judged=(beside.machine, *beside.readers))
            for f, finding in enumerate(study.findings):
                yield beside.row(self.name, finding, self._estimate(study, beside, f, truths[f], level))

    @staticmethod
    def _estimate(study: ReaderStudy, beside: Beside, f: int, truth: Floats, level: float) -> Estimate:
        score = study.cube("scores")[beside.place, f]
        calls = study.cube("calls")[list(beside.places), f]
        negative = (truth == 0) & ~np.isnan(score)
        label = "sensitivity at the readers' mean specificity, interpolated"
        is_read = negative & ~np.isnan(calls)
        n, n_positive = int((~np.isnan(truth) & ~np.isnan(score)).sum()), int(((truth == 1) & ~np.isnan(score)).sum())
        if not is_read.any(axis=1).all() or not n_positive:
            reason = "a reader, or the model, has no ECG without the finding, or the model none with it"
            return Estimate.undefined(reason=reason, method=label, n=n, level=level)

        def at(weights: Floats) -> Floats:
            """Return the readers' mean specificity in every resample."""
            total = weights @ is_read.T.astype(np.float64)
            right = weights @ (is_read & (calls == 0)).T.astype(np.float64)
            share = np.divide(right, total, out=np.full(total.shape, np.nan), where=total > 0)
            return np.asarray(share.mean(axis=1))

        one = np.ones((1, len(truth)))
        specificity = at(one)
        value = weighted_sensitivity_at_specificity(truth=truth, score=score, weights=one, specificity=specificity)[0]
        words = f"{label} ({float(specificity[0]):.3f} of {len(beside.readers)} readers)"
        if study.weights is None:
            reason = "no resamples were drawn"
            return Estimate(value=value, method=words, n=n, n_positive=n_positive, level=level, reason=reason)
        drawn = weighted_sensitivity_at_specificity(
            truth=truth, score=score, weights=study.weights, specificity=at(study.weights)
        )
        return interval_from_replicates(
            value=float(value),
            replicates=drawn,
            label=words,
            n=n,
            n_positive=n_positive,
            n_clusters=study.n_patients,
            level=level,
        )
