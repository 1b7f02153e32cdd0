"""Difference in sensitivity between two readers of the same ECGs."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_pair import Comparison
from ecg_eval.metrics.bases.paired import paired_difference, where
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.weighted_mean import weighted_mean


class SensitivityDifference(Comparison):
    """Sensitivity of the first reader minus that of the second, on the ECGs that both have read."""

    question = "Among ECGs that show the finding, how many more does the first reader get right than the second?"
    source = "Tango, Stat Med 1998;17:891; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Look at the other of sensitivity and specificity too: one is easily bought with the other."

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the paired difference with Tango's interval."""
        one, other = where(truth == 1, first), where(truth == 1, second)
        return paired_difference(
            one, other, cluster, level, empty="no record with the finding has a call of both readers"
        )

    def replicates(self, truth: Floats, first: Floats, second: Floats, weights: Floats) -> Floats:
        """Return the difference of each resample."""
        among = truth == 1
        return weighted_mean(values=(first - second)[among], weights=weights[:, among])
