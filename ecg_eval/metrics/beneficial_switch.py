"""Of the readings wrong without the aid, the share that is right with it."""

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import right_calls
from ecg_eval.metrics.bases.switch import Switch


class BeneficialSwitch(Switch):
    """Of the readings wrong without the aid, the share that is right with it."""

    question = "Of the readings that are wrong without help, how many does help put right?"
    source = "Goddard, Roudsari and Wyatt, J Am Med Inform Assoc 2012;19:121 (automation bias); interval: Wilson 1927"
    caveat = (
        "Readers also change their minds without any aid: compare with repeated unaided readings where there are any."
    )
    short_name = "put_right"

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader switched, among ECGs first read wrongly; and who was concerned."""
        aided, unaided, _ = right_calls(study, reader, finding)
        return np.where(unaided == 0, aided, np.nan), unaided
