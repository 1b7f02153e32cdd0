"""One question's estimates with their intervals, groups above single readers, each finding by itself."""

import textwrap
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import Shown, View, look

LINES_AT_MOST = 28
_ROW_IN, _ROW_OF_TWO_LINES_IN = 0.2, 0.32
# what fits beside a plot of half a page's width, which a phone shows whole
_FEW, _LABEL_AT_MOST, _TITLE_AT_MOST = 6, 34, 48
_NARROW_LABEL_IN = 1.5


class Layout(NamedTuple):
    """Labels and title with their line breaks, and the width of the picture and the height of a row in inches."""

    labels: list[str]
    title: str
    width_in: float
    row_in: float


def question_figure(
    result: StudyResult, *, metric: str, language: str = "en", everybody: bool = False
) -> Figure | None:
    """Return the estimates of one metric that have a place of its own; None where none has a value.

    Parameters
    ----------
    result : StudyResult
    metric : str
    language : str
    everybody : bool
        Whether single readers stand under their groups; else they are drawn where there is no group.
    """
    view = look(result, language)
    rows = [row for row in view.asked(metric) if row.value is not None]
    groups = [row for row in rows if row.is_group or row.with_group]
    order = {finding: i for i, finding in enumerate((*view.findings_of([metric]), *view.findings))}
    shown = sorted(
        rows if everybody else groups or rows,
        key=lambda row: (
            bool(row.subgroup),
            everybody and not row.is_group,
            row.finding != view.overall,
            order.get(row.finding, 0),
        ),
    )
    shown = shown[:LINES_AT_MOST]
    if not shown:
        return None
    words = view.words
    wide = _layout(_labels(view, shown), words.metric(metric))
    narrow = None if drawing.is_narrow(wide.width_in) else _narrow_layout(_labels(view, shown), words.metric(metric))
    draw = partial(_drawn, view, metric, shown, f"question-{metric.replace('_', '-')}{'-readers' if everybody else ''}")
    return Figure(
        caption=words("questions.caption", metric=words.metric(metric), level=view.level_percent),
        draw=partial(draw, wide),
        draw_narrow=None if narrow is None else partial(draw, narrow),
        frame=_table(view, metric, shown),
        alt=words("forest.alt", panels=words.metric(metric), n=len(shown)),
    )


def _drawn(view: View, metric: str, shown: Sequence[Shown], name: str, layout: Layout) -> str:
    """Return one line an estimate as SVG."""
    title, row_in = layout.title, layout.row_in
    height = 0.75 + 0.14 * title.count("\n") + row_in * (len(shown) + 0.3)
    with drawing.canvas(layout.width_in, height) as figure:
        axes = figure.subplots()
        if view.is_signed(metric):
            axes.axvline(0, color=drawing.SOFT, linewidth=0.9, zorder=1)
        axes.grid(axis="x", color=drawing.LINE, linewidth=0.4)
        axes.set_axisbelow(True)
        for y, row in enumerate(shown):
            if row.low is not None and row.high is not None:
                axes.plot(
                    [row.low, row.high], [y, y], color=drawing.INK, linewidth=1.1, solid_capstyle="butt", zorder=2
                )
            marker = "D" if row.is_group or row.with_group else "o"
            axes.plot([row.value or 0.0], [y], marker=marker, markersize=4.5, color=drawing.BLUE, zorder=3)
        axes.set_yticks(range(len(shown)), layout.labels)
        axes.tick_params(axis="y", labelcolor=drawing.INK, labelsize=7.5, length=0)
        axes.set_ylim(len(shown) - 0.3, -0.7)
        axes.xaxis.set_major_formatter(drawing.ticks_in(view.words))
        if drawing.is_narrow(layout.width_in):  # from the picture's edge, as labels leave little room above the plot
            figure.suptitle(title, x=0.01, ha="left", fontsize=8, fontweight="bold")
        else:
            axes.set_title(title)
        return drawing.svg_of(figure, name)


def _layout(labels: list[str], title: str) -> Layout:
    """Return how lines stand: few with short labels take half a page, their parts (who, arm) one below the other."""
    broken = [label.replace(", ", ",\n", 1) for label in labels]
    longest = max(len(line) for label in broken for line in label.split("\n"))
    if len(labels) > _FEW or longest > _LABEL_AT_MOST:
        return Layout(labels, title, drawing.PAGE_WIDTH_IN, _ROW_IN)
    has_two_lines = any("\n" in label for label in broken)
    row_in = _ROW_OF_TWO_LINES_IN if has_two_lines else _ROW_IN
    return Layout(broken, textwrap.fill(title, _TITLE_AT_MOST), drawing.NARROW_WIDTH_IN, row_in)


def _narrow_layout(labels: list[str], title: str) -> Layout:
    """Return how lines stand on a phone: as high as the label of most lines needs."""
    broken = [drawing.wrapped(label, _NARROW_LABEL_IN) for label in labels]
    most = max(label.count("\n") for label in broken)
    row_in = _ROW_IN + drawing.LINE_IN * most
    return Layout(broken, textwrap.fill(title, _TITLE_AT_MOST), drawing.NARROW_WIDTH_IN, row_in)


def _labels(view: View, rows: list[Shown]) -> list[str]:
    """Return "model beside gp (mean of 12), AF" for each row, with the arm where there are several."""
    words, arms = view.words, {row.arm for row in rows}
    all_together = all(row.finding == POOLED for row in rows)
    labels = []
    for row in rows:
        name = view.first(row)
        if row.compared_with:
            other = view.second(row)
            name = words("questions.besides", first=name, second=other)
        arm = [words.arm(row.arm)] if len(arms) > 1 else []
        part = [view.part(row)] if row.subgroup else []
        finding = [] if all_together else [words.finding(row.finding)]
        labels.append(", ".join([name, *arm, *finding, *part]))
    return labels


def _table(view: View, metric: str, rows: list[Shown]) -> pd.DataFrame:
    """Return what was drawn, one row a line."""
    words = view.words
    texts = (row.text(words, signed=view.is_signed(metric)) for row in rows)
    records = [
        {words("forest.what"): label, words.metric(metric, short=True): text}
        for label, text in zip(_labels(view, rows), texts, strict=True)
    ]
    return pd.DataFrame.from_records(records)
