"""F-beta of whole calls: sensitivity weighs beta times as much as positive predictive value."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfEachFinding
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.f_measure import f_beta


class FBeta(OfEachFinding):
    """F-beta of yes/no calls.

    Parameters
    ----------
    beta : float
        How many times finding it matters as much as not raising false alarms; 2 in the Challenge of 2020.
    """

    question = "How well are finding it and not raising false alarms balanced, where a miss weighs more?"
    source = "van Rijsbergen, Information Retrieval, 1979; interval: Cochran, Sampling Techniques, 1977, chapter 6"
    caveat = "Depends on prevalence and ignores true negatives; what beta should be is a judgement."
    name = "f_beta"
    short_name = "f_beta"

    def __init__(self, *, beta: float = 2.0) -> None:
        if not beta > 0:
            raise ConfigError(f"metrics.{self.name}", "beta", "above 0", beta)
        self.beta = beta

    def of_finding(self, study: ReaderStudy, finding: str, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding."""
        return f_beta(truth=truth, call=values, beta=self.beta, cluster=study.cluster, level=level)
