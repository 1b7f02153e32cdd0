"""What a reference says, and, where readers disagreed, what an adjudicator says: two readers and a third."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ecg_eval import registry
from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError, EcgEvalError
from ecg_eval.references.votes.adjudication import laid_over, read_answers
from ecg_eval.tables.table_files import file_problem

WHO = "reference.adjudicated"


class Adjudicated(Reference):
    """Another reference, with an adjudicator's answers laid over it.

    Parameters
    ----------
    file : Path
        The sheet that `ecg-eval adjudicate RUN` wrote, filled in (CSV or Excel).
    base : str or mapping
        The reference that stands where the adjudicator did not answer, with its arguments: a majority of two readers,
        whose ties the adjudicator settles, is "2 + 1".
    """

    meaning = "What the readers or labels say, and, where it was disputed, what an adjudicator says."

    def __init__(self, *, file: Path, base: str | Mapping[str, object] = "dataset_labels") -> None:
        arguments: dict[str, object] = {"name": base} if isinstance(base, str) else dict(base)
        name = arguments.pop("name", None)
        if not isinstance(name, str) or name == self.name:
            raise ConfigError(f"{WHO}.base", "name", "that of another reference", name)
        cls = registry.load("references", name, contract=Reference)
        self.file = file
        self.base: Reference = registry.create(cls, arguments, where=f"{WHO}.base")

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with the sheet, and with the reference below it."""
        missing = file_problem(self.file)
        return [*([missing] if missing else []), *self.base.problems()]

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the base's truth with the answers in it; an answer about nothing of the study changes nothing."""
        base = self.base.form(records=records, findings=findings, labels=labels, readings=readings, readers=readers)
        return laid_over(base, read_answers(self.file)).reference
