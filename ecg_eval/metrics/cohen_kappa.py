"""Cohen's kappa: agreement of two readers beyond what their habits would give by chance."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.agreement import Agreement
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.estimate import Estimate


class CohenKappa(Agreement):
    """Cohen's kappa: agreement of two readers beyond what their habits would give by chance."""

    question = "How much more do two readers agree than two who call as often, but at random?"
    source = "Cohen, Educ Psychol Meas 1960;20:37; standard error: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323"
    caveat = (
        "Low for rare findings even when readers nearly always agree: read it beside PABAK, AC1 and specific agreement."
    )
    short_name = "kappa"
    coefficient = "kappa"

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return cohen_kappa(first=first, second=second, categories=[0, 1], cluster=cluster, level=level)
