"""What most of the named readers say, unaided; each reader is judged by the others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard, majority
from ecg_eval.references.votes.agreement import agreement_of
from ecg_eval.references.votes.voters import check_named, left_out_sentence, stacked, voters_of, votes_of

WHO = "reference.majority"


class Majority(Reference):
    """The majority of readers who are named or of a kind, from their unaided readings.

    Parameters
    ----------
    readers : sequence of str, optional
        Reader ids that vote.
    kinds : sequence of str, optional
        Kinds of readers that vote ("gp", "cardiologist", ...), when no reader is named.
    """

    meaning = "What most of the voting readers say unaided; a voting reader is judged by the majority of the others."

    def __init__(self, *, readers: Sequence[str] = (), kinds: Sequence[str] = ()) -> None:
        check_named(WHO, readers, kinds)
        self.readers, self.kinds = tuple(readers), tuple(kinds)

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the majority of votes; a tie, or no vote, is unknown. Uncertain and refer are no votes.

        Raises
        ------
        ConfigError
            When a voter is unknown, or fewer than two vote.
        """
        voters = voters_of(WHO, named=self.readers, kinds=self.kinds, readers=readers)
        votes = votes_of(voters, readings=readings, records=records.index, findings=findings)
        answers = stacked(votes)
        result = np.column_stack([majority(answers[:, i]) for i in range(len(findings))])
        return ReferenceStandard(
            table=pd.DataFrame(result, index=records.index, columns=list(findings)),
            method=f"Majority of {len(voters)} readers, unaided; ties are unknown, uncertain and refer do not vote."
            + left_out_sentence(voters, readings),
            formed_by=voters,
            votes=votes,
            agreement=agreement_of(votes),
        )
