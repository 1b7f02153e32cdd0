"""Right readings over the order of reading: what is said of a change, its picture, and every reader's own."""

from dataclasses import replace

import pandas as pd

from ecg_eval.domain.result import Block, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures.questions import question_figure
from ecg_eval.reports.figures.right_readings import right_readings_figure
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import Shown, View


def over_time_part(view: View, metric: str) -> list[Block]:
    """Return what the change is over readers, the picture of right readings, and every reader's own change."""
    rows = [row for row in view.of(metric) if row.value is not None]
    groups = [row for row in rows if row.is_group]
    picture = view.result.provenance.metrics[metric].picture
    figure = right_readings_figure(view, metric, picture)
    sentences = [sentence for row in groups or rows[:4] if (sentence := _sentence(view, metric, row))]
    return [
        *([Paragraph(" ".join(sentences))] if sentences else []),
        *([figure] if figure else []),
        *_every_reader(view, metric),
    ]


def _sentence(view: View, metric: str, row: Shown) -> str:
    """Say how many more or fewer readings are right, and whether the study settles it."""
    if row.value is None or row.low is None or row.high is None:
        return ""
    settled = "clear" if row.leaves_zero_out and row.outlasts_adjustment else "open"
    tenths = numbers.in_tenths(row.value, row.low, row.high)
    change, low, high = (
        numbers.per_hundred(x, view.words, signed=True, tenths=tenths) for x in (row.value, row.low, row.high)
    )
    return view.words(
        f"over_time.{metric}.{settled}",
        who=numbers.capital(view.reader(row.reader, form="sentence", is_group=row.is_group)),
        change=change,
        low=low,
        high=high,
    )


def _every_reader(view: View, metric: str) -> list[Block]:
    """Return the change of every reader and of the readers of a kind, drawn where there is one, with its p."""
    words, reasons = view.words, Reasons(view)
    rows = sorted(view.of(metric), key=lambda row: (not row.is_group, view.places.get(row.reader, 0)))
    records = [
        {
            words("reader"): view.reader(row.reader, is_group=row.is_group) if row.reader else words("none"),
            words("estimate"): reasons.cell(row, signed=True),
            words("p"): numbers.p_value(row.p_value, words),
        }
        for row in rows
    ]
    frame, figure = (
        pd.DataFrame.from_records(records),
        question_figure(view.result, metric=metric, language=view.language, everybody=True),
    )
    if figure is not None:
        return [replace(figure, frame=frame), *reasons.blocks()]
    caption = words("over_time.table", metric=words.metric(metric))
    return [Table(caption, frame, folds=len(records) > 6), *reasons.blocks()]
