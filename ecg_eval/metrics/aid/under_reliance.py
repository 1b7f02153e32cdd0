"""Under-reliance: the share of right advice that aided readings leave aside."""

import numpy as np

from ecg_eval.metrics.bases.aid import Outcomes, RightCalls
from ecg_eval.metrics.bases.switch import Switch


class UnderReliance(Switch):
    """The share of right advice that aided readings leave aside."""

    question = "Where the AI is right, how often does the reader say something else all the same?"
    source = (
        "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); "
        "intervals: Wilson, J Am Stat Assoc 1927;22:209"
    )
    caveat = (
        "Leaving right advice aside may be sound where the reader sees more than the AI does; it is only a cost here."
    )
    short_name = "under_rel"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the aided reading is wrong, where the AI shown was right."""
        advised = right.ai == 1
        return np.where(advised, 1 - right.aided, np.nan), np.where(advised, 1.0, np.nan)
