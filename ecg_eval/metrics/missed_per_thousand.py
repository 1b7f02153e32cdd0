"""Missed per 1,000: ECGs whose finding is not called, where it is as frequent as stated."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.patients.at_prevalence import AtPrevalence
from ecg_eval.stats.diagnostic.rates import sensitivity
from ecg_eval.stats.estimate import Estimate


class MissedPerThousand(AtPrevalence):
    """ECGs in 1,000 of a practice that show the finding and are not called: 1000 prevalence (1 - sensitivity)."""

    question = "Of 1,000 ECGs in a practice, in how many would the reader miss the finding?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Takes sensitivity here as that in practice, where disease is often milder, and the prevalence as stated."
    short_name = "missed"
    scale = "log"

    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return it for one finding, the interval of sensitivity on that scale."""
        share = sensitivity(truth=truth, call=call, cluster=study.cluster, level=level)
        return share.mapped(scale=-1000 * prevalence, shift=1000 * prevalence)
