"""What most of the named readers say, unaided; each reader is judged by the others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reading import ABSENT, PRESENT, UNAIDED
from ecg_eval.domain.reference import ReferenceStandard, majority
from ecg_eval.errors import ConfigError, suggestion


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
        if bool(readers) == bool(kinds):
            got = {"readers": list(readers), "kinds": list(kinds)}
            raise ConfigError("reference.majority", "voters", "named by either readers or kinds", got)
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
        for reader in self.readers:
            if reader not in readers.index:
                remedy = suggestion(reader, readers.index)
                raise ConfigError("reference.majority.readers", "reader", "one of the study's", reader, remedy)
        voters = self.readers or tuple(readers.index[readers["kind"].isin(self.kinds)])
        if len(voters) < 2:
            remedy = f"Kinds in this study: {', '.join(sorted(set(readers['kind'])))}."
            raise ConfigError("reference.majority", "voters", "at least two readers", list(voters), remedy)
        votes = {voter: _votes(voter, readings, records.index, findings) for voter in voters}
        stacked = np.stack([v.to_numpy() for v in votes.values()], axis=-1)
        result = np.column_stack([majority(stacked[:, i]) for i in range(len(findings))])
        return ReferenceStandard(
            table=pd.DataFrame(result, index=records.index, columns=list(findings)),
            method=f"Majority of {len(voters)} readers, unaided; ties are unknown, uncertain and refer do not vote.",
            formed_by=voters,
            votes=votes,
        )


def _votes(voter: str, readings: pd.DataFrame, records: pd.Index, findings: Sequence[str]) -> pd.DataFrame:
    of_voter = readings[(readings["reader_id"] == voter) & (readings["arm"] == UNAIDED)]
    first = of_voter.sort_values("period", kind="stable").drop_duplicates(["record_id", "finding"])
    cast = first.assign(vote=first["reading"].map({PRESENT: 1.0, ABSENT: 0.0}))
    wide = cast.pivot_table(index="record_id", columns="finding", values="vote", observed=True)
    return wide.reindex(index=records, columns=list(findings)).astype(float)
