"""Mean probability less the share of ECGs that shows the finding: whether probabilities are too high on the whole."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfScores
from ecg_eval.stats.clusters.influence import linearised_error, wald_estimate
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import ratio_deviations

LABEL = "mean probability less the share with the finding"


class MeanExcess(OfScores):
    """Mean probability less the share that shows the finding, from -1 to 1; 0 is right on the whole."""

    question = "Are the reader's probabilities too high, or too low, on the whole?"
    source = "Binder, Int Stat Rev 1983;51:279 (error between patients)"
    caveat = "0 on the whole can hide probabilities that are too high for some ECGs and too low for others."
    answers = "question"
    by_subgroup = False
    signed = True
    short_name = "mean_excess"
    span = (-1.0, 1.0)

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding; undefined for scores that are no probabilities."""
        judged = ~np.isnan(truth + values)
        n = int(judged.sum())
        if not n:
            return Estimate.undefined(reason="no case has both a truth and a score", method=LABEL, level=level)
        if values[judged].min() < 0 or values[judged].max() > 1:
            reason = "scores outside 0 to 1 are no probabilities"
            return Estimate.undefined(reason=reason, method=LABEL, n=n, level=level)
        excess = (values - truth)[judged]
        of_patient = None if cluster is None else np.unique(cluster[judged], return_inverse=True)[1]
        error = linearised_error(influence=excess - excess.mean(), cluster=of_patient)
        return wald_estimate(
            value=float(excess.mean()),
            error=error,
            n=n,
            level=level,
            method=LABEL,
            n_positive=int((truth[judged] == 1).sum()),
            no_spread="no case or patient differs from another: this method has no interval",
        )

    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return the variance between patients of a mean, and what each adds to its error."""
        is_known, excess = ~np.isnan(truth + values), np.nan_to_num(values - truth)
        events, cases = (patient_sums(values=v, cluster=study.cluster) for v in (excess, is_known))
        deviations = ratio_deviations(events=events, cases=cases)
        return float((deviations**2).sum()), deviations
