"""Difference in specificity between two readers of the same ECGs."""

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_pair import Compared, OutcomeComparison
from ecg_eval.metrics.bases.paired import where


class SpecificityDifference(OutcomeComparison):
    """Specificity of the first reader minus that of the second, on the ECGs that both have read."""

    question = "Among ECGs that do not show the finding, how many more does the first reader get right than the second?"
    source = "Tango, Stat Med 1998;17:891; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Look at the other of sensitivity and specificity too: one is easily bought with the other."
    role = "cleared_difference"
    empty = "no record without the finding has a call of both readers"

    def outcomes(self, data: Compared) -> tuple[Floats, Floats]:
        """Return whether each call is right, among records without the finding."""
        among = data.truth == 0
        return where(among, 1 - data.first), where(among, 1 - data.second)
