"""How far apart the scores of two readers are: Lin's concordance, 1 where every ECG has the same score of both."""

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.pairs.pair_agreement import PairAgreement
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.concordance import lin_ccc


class ScoreAgreement(PairAgreement):
    """Lin's concordance correlation of two readers' scores of the same ECGs, from -1 to 1."""

    question = "Do two readers give the same ECG the same score?"
    source = "Lin, Biometrics 1989;45:255; interval: Lin's, z-transformed"
    caveat = "Lower where the scores of these ECGs hardly differ; two scales that rank alike need not agree."
    short_name = "score_ccc"
    nothing = "no ECG has scores of both"

    def answered(self, study: ReaderStudy) -> Floats:
        """Return the scores."""
        return study.cube("scores")

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, patients not allowed for."""
        return lin_ccc(first=first, second=second, level=level).ccc
