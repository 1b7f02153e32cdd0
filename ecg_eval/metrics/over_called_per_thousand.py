"""Over-called per 1,000: ECGs called without the finding, where it is as frequent as stated."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.patients.at_prevalence import AtPrevalence
from ecg_eval.stats.diagnostic.rates import specificity
from ecg_eval.stats.estimate import Estimate


class OverCalledPerThousand(AtPrevalence):
    """ECGs in 1,000 of a practice called without the finding: 1000 (1 - prevalence) (1 - specificity)."""

    question = "Of 1,000 ECGs in a practice, in how many would the reader call a finding that is not there?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Takes specificity here as that in practice, where other patients are read, and the prevalence as stated."
    short_name = "over_called"
    scale = "log"

    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return it for one finding, the interval of specificity on that scale."""
        share = specificity(truth=truth, call=call, cluster=study.cluster, level=level)
        scale = 1000 * (1 - prevalence)
        return share.mapped(scale=-scale, shift=scale)
