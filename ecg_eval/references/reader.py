"""One reader's readings are the truth: an adjudicator, an expert panel, a second look."""

from collections.abc import Sequence

import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reading import ABSENT, AIDED, PRESENT, UNAIDED, is_answered
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError, suggestion

NO_TRUTH = "A reading made with the AI's help is no truth to judge the AI by."


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
    arm : str
        The arm whose readings are the truth; never one with an AI's help.
    """

    meaning = "What one reader (an adjudicator, an expert panel) says of each recording."

    def __init__(self, *, reader: str, formed_by: Sequence[str] = (), method: str = "", arm: str = UNAIDED) -> None:
        if arm == AIDED:
            raise ConfigError("reference.reader", "arm", "one without help", arm, NO_TRUTH)
        self.reader, self.formed_by, self.method, self.arm = reader, tuple(formed_by), method, arm

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
        mine = readings[readings["reader_id"] == self.reader]
        of_reader = mine[(mine["arm"] == self.arm) & mine["ai_reading"].isna() & mine["ai_score"].isna()]
        if of_reader.empty:
            arms = ", ".join(sorted(set(mine["arm"]) - {self.arm, AIDED}))
            remedy = (
                f"{NO_TRUTH} Say `arm:` where an arm of another name was without help: {arms}." if arms else NO_TRUTH
            )
            rule = f"one who read without help, in the arm {self.arm}"
            raise ConfigError("reference.reader", "reader", rule, self.reader, remedy)
        shown = int(((mine["arm"] == self.arm) & ~mine.index.isin(of_reader.index)).sum())
        method = self.method or f"The readings of {self.reader}; uncertain, refer and missing are unknown."
        if shown:
            method += f" {shown} of these readings, made with an AI's output in view, are no truth and left out."
        of_reader = of_reader[is_answered(of_reader)].sort_values("period", kind="stable")
        first = of_reader.drop_duplicates(["record_id", "finding"])
        answers = first.assign(said=first["reading"].map({PRESENT: 1.0, ABSENT: 0.0}))
        wide = answers.pivot_table(index="record_id", columns="finding", values="said", observed=True)
        return ReferenceStandard(
            table=wide.reindex(index=records.index, columns=list(findings)).astype(float),
            method=method,
            formed_by=self.formed_by,
            is_reading_of=self.reader,
        )
