"""One question's estimates with their intervals, groups above single readers, each finding by itself."""

import textwrap

import pandas as pd

from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import Shown, View, look

LINES_AT_MOST = 28
_ROW_IN, _ROW_OF_TWO_LINES_IN = 0.2, 0.32
# what fits beside a plot of half a page's width, which a phone shows whole
_FEW, _HALF_IN, _LABEL_AT_MOST, _TITLE_AT_MOST = 6, 3.5, 34, 48


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
    words, signed = view.words, view.is_signed(metric)
    labels, title, width, row_in = _layout(_labels(view, shown), words.metric(metric))
    with drawing.canvas(width, 0.75 + 0.14 * title.count("\n") + row_in * (len(shown) + 0.3)) as figure:
        axes = figure.subplots()
        if signed:
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
        axes.set_yticks(range(len(shown)), labels)
        axes.tick_params(axis="y", labelcolor=drawing.INK, labelsize=7.5, length=0)
        axes.set_ylim(len(shown) - 0.3, -0.7)
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        if width == drawing.PAGE_WIDTH_IN:
            axes.set_title(title)
        else:  # from the picture's edge, as labels leave little room above the plot
            figure.suptitle(title, x=0.01, ha="left", fontsize=8, fontweight="bold")
        draw = drawing.as_svg(figure, f"question-{metric.replace('_', '-')}{'-readers' if everybody else ''}")
    caption = words("questions.caption", metric=words.metric(metric), level=view.level_percent)
    alt = words("forest.alt", panels=words.metric(metric), n=len(shown))
    return Figure(caption=caption, draw=draw, frame=_table(view, metric, shown), alt=alt)


def _layout(labels: list[str], title: str) -> tuple[list[str], str, float, float]:
    """Return labels and title with their line breaks, and the width of the picture and the height of a row in inches.

    Few lines with short labels take half a page's width, their parts (who, arm) one below the other.
    """
    broken = [label.replace(", ", ",\n", 1) for label in labels]
    longest = max(len(line) for label in broken for line in label.split("\n"))
    if len(labels) > _FEW or longest > _LABEL_AT_MOST:
        return labels, title, drawing.PAGE_WIDTH_IN, _ROW_IN
    has_two_lines = any("\n" in label for label in broken)
    row_in = _ROW_OF_TWO_LINES_IN if has_two_lines else _ROW_IN
    return broken, textwrap.fill(title, _TITLE_AT_MOST), _HALF_IN, row_in


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
