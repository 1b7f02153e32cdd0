"""What models are worth against what reading costs them, with the line that no cheaper model rises above."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.palette import machine_styles
from ecg_eval.reports.statements.frugal import Costed, costed, frontier, worth
from ecg_eval.reports.view import View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT_IN = 3.0
_ROOM = 0.14  # beside the points, for the names, as a share of their range


def frontier_figure(result: StudyResult, *, language: str = "en") -> Figure | None:
    """Return the picture of two models or more whose value and cost are known; None where there are fewer."""
    view = look(result, language)
    models = [m for m in costed(view) if m.cpu_s]
    if len(models) < 2:
        return None
    words = view.words
    metric = words.metric(worth(view))
    on_line = {m.party for m in frontier(models)}
    frame = pd.DataFrame.from_records(
        [
            {
                words("reader"): m.party.reader,
                metric: m.row.text(words),
                words("costs.cpu"): numbers.number(m.cpu_s or 0.0, words),
                words("costs.on_line"): words("yes") if m.party in on_line else words("no"),
            }
            for m in models
        ]
    )
    draw = partial(_drawn, view, models)
    return Figure(
        caption=words("costs.figure", metric=metric, scope=words.finding(view.overall).lower()),
        draw=partial(draw, drawing.PAGE_WIDTH_IN * 0.8),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=frame,
        alt=words("costs.alt", n=len(models)),
    )


def _drawn(view: View, models: list[Costed], width_in: float) -> str:
    """Return the picture as SVG: names beside their points, or in a legend above where it is narrow."""
    from matplotlib.ticker import LogLocator

    words, narrow = view.words, drawing.is_narrow(width_in)
    with drawing.canvas(width_in, _HEIGHT_IN + (drawing.LINE_IN * len(models) if narrow else 0)) as figure:
        axes = figure.subplots()
        _points(axes, view, models, named=not narrow)
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        axes.xaxis.set_minor_formatter(drawing.ticks_in(words))  # the usual one has exponents, too small to read
        axes.set_xlabel(drawing.wrapped(words("costs.x"), width_in - 0.7))
        axes.set_ylabel(drawing.wrapped(words.metric(worth(view)), _HEIGHT_IN - 0.7))
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        axes.margins(x=_ROOM, y=_ROOM)
        axes.grid(color=drawing.LINE, linewidth=0.4)
        axes.set_axisbelow(True)
        if narrow:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left")
        return drawing.svg_of(figure, "frontier")


def _points(axes: "Axes", view: View, models: list[Costed], *, named: bool) -> None:
    styles = machine_styles(view)
    line = frontier(models)
    for m in models:
        color, _, marker = styles[m.party.reader]
        x, y = m.cpu_s or 0.0, m.row.value or 0.0
        low, high = (y if end is None else end for end in (m.row.low, m.row.high))
        axes.plot([x, x], [low, high], color=color, linewidth=1.0, zorder=2)
        label = drawing.wrapped(m.party.reader, drawing.NARROW_WIDTH_IN - 0.5)
        axes.plot([x], [y], marker, color=color, markersize=6, markeredgecolor="white", zorder=3, label=label)
        if not named:
            continue
        is_above = m in line  # no line runs above these, and none below the others
        axes.annotate(
            m.party.reader,
            (x, high if is_above else low),
            xytext=(0, 5 if is_above else -5),
            textcoords="offset points",
            va="bottom" if is_above else "top",
            ha="center",
            fontsize=7,
        )
    xs, ys = [m.cpu_s or 0.0 for m in line], [m.row.value or 0.0 for m in line]
    axes.step(xs, ys, where="post", color=drawing.SOFT, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
