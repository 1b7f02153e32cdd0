"""Of the readings wrong without the aid, the share that is right with it."""

import numpy as np

from ecg_eval.metrics.bases.aid import Outcomes, RightCalls
from ecg_eval.metrics.bases.switch import Switch


class BeneficialSwitch(Switch):
    """Of the readings wrong without the aid, the share that is right with it."""

    question = "Of the readings that are wrong without help, how many does help put right?"
    source = (
        "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); "
        "interval: Wilson, J Am Stat Assoc 1927;22:209"
    )
    caveat = (
        "Readers also change their minds without any aid: compare with repeated unaided readings where there are any."
    )
    short_name = "put_right"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers switched, among ECGs first read wrongly; and who was concerned."""
        return np.where(right.unaided == 0, right.aided, np.nan), right.unaided
