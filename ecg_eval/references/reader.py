"""One reader's readings are the truth: an adjudicator, an expert panel, a second look."""

from collections.abc import Sequence

import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reading import ABSENT, AIDED, PRESENT
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError, suggestion


class Reader(Reference):
    """The readings of one reader of the study, who is then not judged.

    Parameters
    ----------
    reader : str
        Reader id.
    formed_by : sequence of str
        Readers of this study who took part in it (an adjudication panel's members): the report names them.
    method : str
        How it came about, in a sentence that the report prints.
    """

    meaning = "What one reader (an adjudicator, an expert panel) says of each recording."

    def __init__(self, *, reader: str, formed_by: Sequence[str] = (), method: str = "") -> None:
        self.reader, self.formed_by, self.method = reader, tuple(formed_by), method

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return that reader's readings without help; uncertain, refer and missing are unknown.

        Raises
        ------
        ConfigError
            When a reader is not in the study, or the one whose readings are the truth has none without help.
        """
        for name in (self.reader, *self.formed_by):
            if name not in readers.index:
                remedy = suggestion(name, readers.index)
                raise ConfigError("reference.reader", "reader", "one of the study's", name, remedy)
        own = readings[(readings["reader_id"] == self.reader) & (readings["arm"] != AIDED)]
        if own.empty:
            remedy = "A reading made with the AI's help is no truth to judge the AI by."
            raise ConfigError("reference.reader", "reader", "one who read without help", self.reader, remedy)
        own = own.sort_values("period", kind="stable")
        first = own.drop_duplicates(["record_id", "finding"])
        said = first.assign(said=first["reading"].map({PRESENT: 1.0, ABSENT: 0.0}))
        wide = said.pivot_table(index="record_id", columns="finding", values="said", observed=True)
        return ReferenceStandard(
            table=wide.reindex(index=records.index, columns=list(findings)).astype(float),
            method=self.method or f"The readings of {self.reader}; uncertain, refer and missing are unknown.",
            formed_by=self.formed_by,
            is_reading_of=self.reader,
        )
