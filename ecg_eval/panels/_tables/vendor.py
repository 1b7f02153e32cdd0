"""From what a machine stated of recordings to its readings: one rule for all vendors.

A machine that writes a list of statements says "absent" by leaving out: a finding that it has a statement for, and did
not state, is absent. What it doubts ("possible", "cannot rule out") is uncertain. A finding that it has no statement
for has no reading at all, and neither has a recording of which it said nothing; where it gave up ("no further
analysis"), only what it stated counts. A statement that leaves another open by its meaning (an acute infarction without
its wall) makes that one uncertain, unless it was made as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.domain.findings import descendants, finding
from ecg_eval.domain.reading import ABSENT, PRESENT, UNCERTAIN, readers_table, readings_table
from ecg_eval.domain.result import left_out_table


@dataclass(frozen=True)
class Statements:
    """What a machine stated of one recording, in codes of the vocabulary.

    Attributes
    ----------
    present, uncertain, absent : frozenset of str
    is_complete : bool
        Whether what it did not state counts as absent.
    """

    present: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    is_complete: bool = True

    def answer(self, family: frozenset[str], code: str) -> str | None:
        """Return the answer to a finding, given the codes that imply it; None where there is none."""
        if self.present & family:
            return PRESENT
        if self.uncertain & family or self._leave_open(family):
            return UNCERTAIN
        return ABSENT if self.is_complete or code in self.absent else None

    def _leave_open(self, family: frozenset[str]) -> bool:
        for code in self.present:
            opened = finding(code).leaves_open
            if family & set(opened) and not self.present & frozenset().union(*map(descendants, opened)):
                return True
        return False


def vendor_readings(
    request: PanelRequest, stated: Mapping[str, Statements], *, reader_id: str, description: str, spoken: Iterable[str]
) -> PanelReadings:
    """Return a machine's readings of the records and findings asked for.

    Parameters
    ----------
    request : PanelRequest
    stated : mapping of record id to Statements
    reader_id, description : str
    spoken : iterable of str
        Every code that the machine may state.
    """
    askable_codes = frozenset(spoken)
    families = {code: descendants(code) for code in request.findings}
    mute = [code for code, family in families.items() if not family & askable_codes]
    left_out = [("", reader_id, "readings", f"{code}: the machine has no statement of it") for code in mute]
    heard = [(str(record), stated[record]) for record in request.records.index if record in stated]
    rows = [
        {"record_id": record, "reader_id": reader_id, "finding": code, "reading": answer}
        for record, statements in heard
        for code, family in families.items()
        if code not in mute and (answer := statements.answer(family, code)) is not None
    ]
    n_silent = len(request.records) - len(heard)
    if n_silent:
        left_out.append(("", reader_id, "readings", f"{n_silent} recordings that the machine's table does not hold"))
    n_partial = sum(not statements.is_complete for _, statements in heard)
    if n_partial:
        reason = f"{n_partial} recordings whose analysis the machine gave up, so that only what it stated counts"
        left_out.append(("", reader_id, "readings", reason))
    columns = ["record_id", "reader_id", "finding", "reading"]
    readers = pd.DataFrame([{"reader_id": reader_id, "kind": "vendor", "description": description}])
    return PanelReadings(
        readings=readings_table(pd.DataFrame(rows, columns=columns), who=reader_id),
        readers=readers_table(readers if rows else readers.iloc[:0], who=reader_id),
        left_out=left_out_table(left_out),
    )
