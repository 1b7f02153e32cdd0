"""How near our measurements come to those that the archive gives: Bland-Altman, and what could not be measured."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.measurements import AGREEMENT, QUANTITIES, WITHIN
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import measurements_figure
from ecg_eval.reports.figures.measurements import agreement_of
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import View, look


class Measurements(Section):
    """PR, QRS, QT and rate against a reference; left out where the archive has none."""

    title: ClassVar[dict[str, str]] = {"en": "Measurements against a reference", "fr": "Mesures et référence"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how it is to be read, the agreement as table and figure, and what was not measurable and why."""
        table = result.measurements
        if table is None or table.empty:
            return []
        view = look(result, language)
        dataset, words = result.provenance.dataset, view.words
        title, labelled_by = (words.phrase(text).rstrip(".") for text in (dataset.title, dataset.labelled_by))
        blocks: list[Block] = [Paragraph(words("measurements.intro", title=title, labelled_by=labelled_by))]
        if dataset.access == "simulated":
            blocks.append(Note(words("measurements.simulated")))
        figure = measurements_figure(result, language=language)
        return [*blocks, *_agreement(view, table), *([figure] if figure else []), *_missing(view, table)]


def _agreement(view: View, table: pd.DataFrame) -> list[Block]:
    words, reasons = view.words, Reasons(view)
    records = []
    for name, quantity in QUANTITIES.items():
        agreement = {part: agreement_of(view, name, part) for part in (*AGREEMENT, WITHIN)}
        bias = agreement["bias"]
        if bias is None:
            continue
        asked = [numbers.count(x, words) for x in (quantity.mean_within, quantity.sd_within) if x is not None]
        records.append(
            {
                words("measurements.quantity"): words(f"measurements.{name}"),
                words("measurements.n"): numbers.count(bias.n, words),
                words("measurements.bias", level=view.level_percent): reasons.cell(bias),
                words("measurements.sd", level=view.level_percent): reasons.cell(agreement["sd"]),
                words("measurements.asked"): " / ".join(asked) or words("none"),
                words("measurements.within"): reasons.cell(agreement[WITHIN]),
            }
        )
    caption = words("measurements.caption")
    blocks: list[Block] = [Table(caption, pd.DataFrame.from_records(records)), *reasons.blocks()] if records else []
    return blocks + _unasked(view, table)


def _unasked(view: View, table: pd.DataFrame) -> list[Block]:
    """Say how often something was measured that the archive says nothing of: a PR where nobody marked a P wave."""
    words = view.words
    texts = []
    for name in QUANTITIES:
        of_quantity = table[table["quantity"] == name]
        n = int((of_quantity["measured"].notna() & of_quantity["reference"].isna()).sum())
        if n:
            quantity = words(f"measurements.{name}")
            texts.append(words("measurements.unasked", n=numbers.count(n, words), quantity=quantity))
    return [Paragraph(" ".join(texts))] if texts else []


def _missing(view: View, table: pd.DataFrame) -> list[Block]:
    words = view.words
    asked = table[table["reference"].notna()]
    records = [
        {
            words("measurements.quantity"): words(f"measurements.{name}"),
            words("measurements.missing.n"): numbers.count(n, words),
            words("measurements.missing.of"): numbers.count(int((asked["quantity"] == name).sum()), words),
            words("measurements.missing.reason"): words.phrase(str(reason)),
        }
        for name in QUANTITIES
        for reason, n in asked.loc[(asked["quantity"] == name) & asked["measured"].isna(), "reason"]
        .value_counts()
        .items()
    ]
    return [Table(words("measurements.missing.caption"), pd.DataFrame.from_records(records))] if records else []
