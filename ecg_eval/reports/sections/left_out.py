"""What was not used, at which stage, and why: counted, and named up to a limit."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import STAGE_KEPT, Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.view import View, look

_NAMED_AT_MOST = 8


class LeftOut(Section):
    """Records and readings that take no part."""

    title: ClassVar[dict[str, str]] = {"en": "What was left out, and why", "fr": "Ce qui a été écarté, et pourquoi"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return one row a stage and reason; a sentence when nothing was left out."""
        view = look(result, language)
        words = view.words
        left_out = result.left_out.astype("string").fillna("")
        left_out = left_out[left_out["stage"] != STAGE_KEPT]  # those take part, and stand in the study's flow
        if left_out.empty:
            return [Paragraph(words("left_out.nothing"))]
        records = []
        for key, rows in left_out.groupby(["stage", "reason"], sort=False):
            stage, reason = (str(part) for part in key)
            records.append(
                {
                    words("left_out.reason"): words.phrase(reason),
                    words("left_out.stage"): words.phrase(stage),
                    words("left_out.count"): numbers.count(len(rows), words),
                    words("left_out.named"): _named(view, rows),
                }
            )
        return [
            Paragraph(words("left_out.how", total=numbers.count(len(left_out), words))),
            Table(words("left_out.caption"), pd.DataFrame.from_records(records)),
        ]


def _named(view: View, rows: pd.DataFrame) -> str:
    """Name the first few: "101, 102 (gp_01) and 37 more"."""
    names = [
        f"{record} ({reader})" if record and reader else record or reader
        for record, reader in zip(rows["record_id"], rows["reader_id"], strict=True)
    ]
    shown = ", ".join(names[:_NAMED_AT_MOST])
    more = len(names) - _NAMED_AT_MOST
    return shown if more <= 0 else view.words("left_out.more", shown=shown, n=numbers.count(more, view.words))
