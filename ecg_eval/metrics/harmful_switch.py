"""Of the readings right without the aid, the share that is wrong with it."""

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import right_calls
from ecg_eval.metrics.bases.switch import Switch


class HarmfulSwitch(Switch):
    """Of the readings right without the aid, the share that is wrong with it."""

    question = "Of the readings that are right without help, how many does help turn wrong?"
    source = "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); interval: Wilson 1927"
    caveat = (
        "Readers also change their minds without any aid: compare with repeated unaided readings where there are any."
    )
    short_name = "put_wrong"

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader switched, among ECGs first read rightly; and who was concerned."""
        aided, unaided, _ = right_calls(study, reader, finding)
        return np.where(unaided == 1, 1 - aided, np.nan), unaided
