"""Difference in specificity between two readers of the same ECGs."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_pair import Comparison
from ecg_eval.metrics.bases.paired import paired_difference, where
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.weighted_mean import weighted_mean


class SpecificityDifference(Comparison):
    """Specificity of the first reader minus that of the second, on the ECGs that both have read."""

    question = "Among ECGs that do not show the finding, how many more does the first reader get right than the second?"
    source = "Tango, Stat Med 1998;17:891; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Look at the other of sensitivity and specificity too: one is easily bought with the other."

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the paired difference with Tango's interval."""
        one, other = where(truth == 0, 1 - first), where(truth == 0, 1 - second)
        return paired_difference(
            one, other, cluster, level, empty="no record without the finding has a call of both readers"
        )

    def replicates(self, truth: Floats, first: Floats, second: Floats, weights: Floats) -> Floats:
        """Return the difference of each resample."""
        among = truth == 0
        return weighted_mean(values=(second - first)[among], weights=weights[:, among])
