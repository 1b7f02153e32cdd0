"""What at least so many readers of a panel say, unaided."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError
from ecg_eval.references.votes.agreement import agreement_of
from ecg_eval.references.votes.voters import check_named, left_out_sentence, stacked, voters_of, votes_of

WHO = "reference.panel_threshold"


class PanelThreshold(Reference):
    """A finding is there where at least `threshold` readers say so: 1 for anybody's word, all for none against it.

    Parameters
    ----------
    threshold : int
        Readers, at least 1.
    readers : sequence of str, optional
        Reader ids of the panel.
    kinds : sequence of str, optional
        Kinds of readers of the panel, when no reader is named.
    """

    meaning = "What at least so many readers of a panel say unaided; its members are not independent of it."

    def __init__(self, *, threshold: int, readers: Sequence[str] = (), kinds: Sequence[str] = ()) -> None:
        check_named(WHO, readers, kinds)
        if threshold < 1:
            raise ConfigError(WHO, "threshold", "a number of readers, 1 or more", threshold)
        self.threshold, self.readers, self.kinds = threshold, tuple(readers), tuple(kinds)

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the panel's word; unknown where votes that were not cast could turn it.

        Raises
        ------
        ConfigError
            When a voter is unknown, or the panel is smaller than the threshold.
        """
        voters = voters_of(WHO, named=self.readers, kinds=self.kinds, readers=readers, fewest=max(2, self.threshold))
        votes = votes_of(voters, readings=readings, records=records.index, findings=findings)
        answers = stacked(votes)
        present, silent = (answers == 1).sum(axis=-1), np.isnan(answers).sum(axis=-1)
        absent = present + silent < self.threshold
        truth = np.where(present >= self.threshold, 1.0, np.where(absent, 0.0, np.nan))
        return ReferenceStandard(
            table=pd.DataFrame(truth, index=records.index, columns=list(findings)),
            method=f"Present where at least {self.threshold} of {len(voters)} readers say so, unaided; unknown where "
            "votes that were not cast could turn it, uncertain and refer do not vote."
            + left_out_sentence(voters, readings),
            formed_by=voters,
            agreement=agreement_of(votes),
        )
