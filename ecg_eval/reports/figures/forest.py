"""Differences with their intervals around zero: readers against one another, and readers with help against without."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.result import Figure
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import Shown, View, view_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = tuple[str, list[Shown | None]]  # a label and its estimates, one a panel

_ROW_IN = 0.215
_PANELS_AT_MOST = 3


def forest_figure(
    study: ReaderStudy,
    evaluation: Evaluation,
    *,
    metrics: Sequence[str] = (),
    pair: tuple[str, str] | None = None,
    language: str = "en",
) -> Figure | None:
    """Return a forest plot of differences between readers, first reader minus second; None where there is none.

    Parameters
    ----------
    study : ReaderStudy
    evaluation : Evaluation
    metrics : sequence of str
        Metrics that compare two readers, one panel each; all whose name ends in "_difference" when not given.
    pair : (str, str), optional
        A reader and the one it is compared with: one line a finding. Without it, one line a pair of readers, for the
        mean over findings.
    language : str
    """
    view = view_of(study, evaluation, language)
    chosen = list(metrics) or [m for m in view.metrics if m.endswith("_difference")]
    pairs = view.pairs(chosen) if pair is None else [pair]
    panels = [m for m in chosen if any(r.value is not None for p in pairs for r in _between(view, m, p))]
    panels = panels[:_PANELS_AT_MOST]
    if not panels:
        return None
    if pair is None:
        lines = [(_versus(view, p), [_first(_between(view, m, p), view.overall) for m in panels]) for p in pairs]
    else:
        findings = [*([view.overall] if view.overall not in view.findings else []), *view.findings]
        lines = [(view.words.finding(f), [_first(_between(view, m, pair), f) for m in panels]) for f in findings]
    lines = [line for line in lines if any(row is not None for row in line[1])]
    words = view.words
    key = "forest.caption" if pair is None else "forest.caption.findings"
    named = {} if pair is None else {"first": words.reader(pair[0]), "second": words.reader(pair[1])}
    caption = words(key, level=view.level_percent, **named)
    name = "forest" if pair is None else "forest-" + "-".join(str(view.places.get(r, "g")) for r in pair)
    return _figure(view, panels, lines, caption=caption, name=name, heads=1 if pair else 0)


def aid_figure(
    study: ReaderStudy, evaluation: Evaluation, *, metrics: Sequence[str] = (), language: str = "en"
) -> Figure | None:
    """Return what help changed, one line a reader and one panel a metric; None where nobody read with help.

    Parameters
    ----------
    study : ReaderStudy
    evaluation : Evaluation
    metrics : sequence of str
        Metrics between arms, one panel each; all whose name begins with "aid_effect" when not given.
    language : str
    """
    view = view_of(study, evaluation, language)
    chosen = list(metrics) or [m for m in view.metrics if m.startswith("aid_effect")]
    parties = [p for p in view.parties(chosen) if any(view.one(m, p, view.overall) for m in chosen)]
    panels = [m for m in chosen if any(_known(view.one(m, p, view.overall)) for p in parties)][:_PANELS_AT_MOST]
    if not panels:
        return None
    lines = [(view.words.reader(p.reader), [view.one(m, p, view.overall) for m in panels]) for p in parties]
    groups = sum(view.is_group(p.reader) for p in parties)
    caption = view.words("aid.caption", level=view.level_percent)
    return _figure(view, panels, lines, caption=caption, name="aid", heads=groups)


def _figure(view: View, panels: list[str], lines: list[Line], *, caption: str, name: str, heads: int) -> Figure:
    """Draw lines by panels; the first `heads` lines (means) are set apart from the others."""
    words = view.words
    reach = _reach(lines)
    height = 0.75 + _ROW_IN * (len(lines) + (0.6 if heads else 0))
    with drawing.canvas(drawing.PAGE_WIDTH_IN, height) as figure:
        grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)
        places = [i + (0.6 if heads and i >= heads else 0) for i in range(len(lines))]
        for column, (axes, metric) in enumerate(zip(grid.flat, panels, strict=True)):
            _panel(axes, view, [(y, line[1][column]) for y, line in zip(places, lines, strict=True)], reach, heads)
            axes.set_title(words.metric(metric, short=True))
        first = grid.flat[0]
        first.set_yticks(places, [label for label, _ in lines])
        first.tick_params(axis="y", labelcolor=drawing.INK, labelsize=7.5)
        first.set_ylim(places[-1] + 0.6, -0.6)
        svg = drawing.to_svg(figure, name)
    records = [
        {words("forest.what"): label}
        | {words.metric(m, short=True): _text(row, view) for m, row in zip(panels, rows, strict=True)}
        for label, rows in lines
    ]
    alt = words("forest.alt", panels=words.listed([words.metric(m) for m in panels]), n=len(lines))
    return Figure(caption=caption, svg=svg, frame=pd.DataFrame.from_records(records), alt=alt)


def _panel(axes: "Axes", view: View, rows: list[tuple[float, Shown | None]], reach: float, heads: int) -> None:
    axes.axvline(0, color=drawing.SOFT, linewidth=0.8, zorder=0)
    axes.grid(axis="x", color=drawing.LINE, linewidth=0.4, zorder=0)
    for i, (y, row) in enumerate(rows):
        if row is None or row.value is None:
            axes.text(
                0,
                y,
                view.words("undefined.short"),
                fontsize=6.5,
                color=drawing.SOFT,
                ha="center",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
            continue
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [y, y], color=drawing.INK, linewidth=1.1, solid_capstyle="butt", zorder=2)
        # an interval that leaves zero out is filled, so that it is told without colour
        clear = row.low is not None and row.high is not None and not row.low <= 0 <= row.high
        marker = "D" if i < heads else "o"
        face = drawing.BLUE if clear else "white"
        edge = drawing.BLUE if clear else drawing.INK
        axes.plot([row.value], [y], marker=marker, markersize=5, markerfacecolor=face, markeredgecolor=edge, zorder=3)
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_formatter(drawing.ticks_in(view.words))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _reach(lines: list[Line]) -> float:
    """Return how far the axes go on both sides of zero: far enough for every interval, the same for all panels."""
    ends = [abs(end) for _, rows in lines for row in rows if row for end in (row.value, row.low, row.high) if end]
    return 1.08 * max([*ends, 0.05])


def _between(view: View, metric: str, pair: tuple[str, str]) -> list[Shown]:
    return view.of(metric, reader=pair[0], compared_with=pair[1])


def _first(rows: list[Shown], finding: str) -> Shown | None:
    return next((row for row in rows if row.finding == finding), None)


def _known(row: Shown | None) -> bool:
    return row is not None and row.value is not None


def _versus(view: View, pair: tuple[str, str]) -> str:
    return f"{view.words.reader(pair[0])} \u2212 {view.words.reader(pair[1])}"


def _text(row: Shown | None, view: View) -> str:
    return view.words("none") if row is None else row.text(view.words, signed=True)
