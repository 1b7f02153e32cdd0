"""Over-reliance: the share of wrong advice that aided readings follow."""

import numpy as np

from ecg_eval.metrics.bases.aid import Outcomes, RightCalls
from ecg_eval.metrics.bases.switch import Switch


class OverReliance(Switch):
    """The share of wrong advice that aided readings follow."""

    question = "Where the AI is wrong, how often does the reader say what it says?"
    source = (
        "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); "
        "intervals: Wilson, J Am Stat Assoc 1927;22:209"
    )
    caveat = "Includes readers who would have erred alike without it: see harmful_switch for those whom it turned."
    short_name = "over_rel"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the aided reading is wrong, where the AI shown was wrong."""
        advised = right.ai == 0
        return np.where(advised, 1 - right.aided, np.nan), np.where(advised, 1.0, np.nan)
