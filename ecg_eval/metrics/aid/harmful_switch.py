"""Of the readings right without the aid, the share that is wrong with it."""

import numpy as np

from ecg_eval.metrics.bases.aid import Outcomes, RightCalls
from ecg_eval.metrics.bases.switch import Switch


class HarmfulSwitch(Switch):
    """Of the readings right without the aid, the share that is wrong with it."""

    question = "Of the readings that are right without help, how many does help turn wrong?"
    source = (
        "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); "
        "interval: Wilson, J Am Stat Assoc 1927;22:209"
    )
    caveat = (
        "Readers also change their minds without any aid: compare with repeated unaided readings where there are any."
    )
    short_name = "put_wrong"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers switched, among ECGs first read rightly; and who was concerned."""
        return np.where(right.unaided == 1, 1 - right.aided, np.nan), right.unaided
