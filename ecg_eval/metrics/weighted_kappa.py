"""Weighted kappa of graded answers: agreement beyond chance where neighbours on the scale are nearly agreement."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.pairs.mean_kappa import MeanKappa
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.estimate import Estimate

MOST_GRADES = 10
NO_GRADES = f"more than {MOST_GRADES} different scores are no grades"
WEIGHTS = ("quadratic", "linear")


class WeightedKappa(MeanKappa):
    """Cohen's kappa of two readers' graded answers ("certain" to "excluded", 0 to 4), which are kept as scores.

    Parameters
    ----------
    weights : {"quadratic", "linear"}
        How much a distance of two grades counts against agreement.
    """

    question = "How much more do two readers agree on a graded scale than by chance, near answers counting partly?"
    source = (
        "Cohen, Psychol Bull 1968;70:213; standard error: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323; "
        "mean over pairs: Light, Psychol Bull 1971;76:365"
    )
    caveat = "Hangs on the weights, and on how many grades the scale has: compare it between scales of the same length."
    short_name = "w_kappa"
    nothing = "no ECG has grades of both"
    no_scale = NO_GRADES

    def __init__(self, *, weights: str = "quadratic") -> None:
        if weights not in WEIGHTS:
            raise ConfigError(f"metrics.{self.name}", "weights", f"one of {', '.join(WEIGHTS)}", weights)
        self.weights = weights

    def answered(self, study: ReaderStudy) -> Floats:
        """Return the grades, which are the scores of those who answer in grades."""
        return study.cube("scores")

    def scale(self, study: ReaderStudy, ratings: Floats) -> Floats | None:
        """Return every grade that one of the readers gave."""
        return _grades(ratings)

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding; the scale is every grade that either of them gave."""
        both = ~np.isnan(first + second)
        grades = _grades(np.stack([first[both], second[both]]))
        if grades is None:
            return Estimate.undefined(reason=NO_GRADES, method="weighted kappa", n=int(both.sum()), level=level)
        return cohen_kappa(
            first=first, second=second, categories=grades, weights=self.weights, cluster=cluster, level=level
        )


def _grades(scores: Floats) -> Floats | None:
    """Return the different scores in order; None where there are too many for grades."""
    grades = np.unique(scores[~np.isnan(scores)])
    return None if len(grades) > MOST_GRADES else grades
