"""Models' ROC curves with the readers' operating points on them, one small square a finding."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.result import Figure
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.numbers import number
from ecg_eval.reports.view import Party, View, look_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

Floats = NDArray[np.float64]


def roc_figure(study: ReaderStudy, evaluation: Evaluation, *, language: str = "en") -> Figure | None:
    """Return the figure, or None where nobody has both a sensitivity and a specificity for any finding.

    Parameters
    ----------
    study : ReaderStudy
        Scores of readers who gave them make the curves.
    evaluation : Evaluation
        Its sensitivities and specificities make the points.
    language : str
    """
    view = look_at(study, evaluation, language)
    points = {finding: _points(view, finding) for finding in view.findings}
    curves = {finding: _curves(view, finding) for finding in view.findings}
    drawn = [f for f in view.findings if points[f] or curves[f]]
    if not drawn:
        return None
    words = view.words
    machines = [str(r) for r in study.readers.index if study.is_machine(str(r))]
    styles = dict(zip(machines, drawing.MACHINE_STYLES * len(machines), strict=False))
    columns = min(len(drawn), 4 if len(drawn) > 6 else 3)
    rows = -(-len(drawn) // columns)
    side = drawing.PAGE_WIDTH_IN / max(columns, 3)
    with drawing.canvas(side * columns, (side + 0.12) * rows + 0.45) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, finding in zip(grid.flat, drawn, strict=False):
            _panel(axes, view, curves[finding], points[finding], styles)
            axes.set_title(_wrapped(words.finding(finding)))
        for axes in grid.flat[len(drawn) :]:
            axes.axis("off")
        figure.supxlabel(words("roc.x"), color=drawing.SOFT, fontsize=7.5)
        figure.supylabel(words("roc.y"), color=drawing.SOFT, fontsize=7.5)
        _legend(figure, view, styles, [p for ps in points.values() for p, *_ in ps], bool(any(curves.values())))
        svg = drawing.to_svg(figure, "roc")
    caption = words("roc.caption" if any(curves.values()) else "roc.caption.points")
    alt = words("roc.alt", findings=words.listed([words.finding(f) for f in drawn]))
    return Figure(caption=caption, svg=svg, frame=_table(view, points), alt=alt)


def roc_points(truth: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return the corners of an empirical ROC curve: false and true positive rates, from (0, 0) to (1, 1).

    Records whose truth or score is unknown are left out; tied scores make one slanted step. Both are empty where a
    class is.

    Examples
    --------
    >>> roc_points(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.9, 0.9, 0.8]))
    (array([0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]))
    """
    known = ~(np.isnan(truth) | np.isnan(score))
    truth, score = truth[known], score[known]
    positive = float(truth.sum())
    if not 0 < positive < len(truth):
        return np.empty(0), np.empty(0)
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    hits = np.cumsum(truth[order])[last_of_tie]
    alarms = np.cumsum(1 - truth[order])[last_of_tie]
    x = np.concatenate([[0.0], alarms / (len(truth) - positive)])
    y = np.concatenate([[0.0], hits / positive])
    # a point in the middle of a straight stretch says nothing new
    bend = np.abs(np.diff(x)[:-1] * np.diff(y)[1:] - np.diff(y)[:-1] * np.diff(x)[1:]) > 1e-12
    kept = np.concatenate([[True], bend, [True]])
    return x[kept], y[kept]


def _curves(view: View, finding: str) -> dict[str, tuple[Floats, Floats]]:
    study = view.result.study
    found = {}
    for reader, arm in study.reader_arms:
        if view.is_machine(reader):
            x, y = roc_points(study.truth(finding, judged=reader), study.scores(reader, arm, finding))
            if len(x):
                found[reader] = (x, y)
    return found


def _points(view: View, finding: str) -> list[tuple[Party, float, float]]:
    """Return (who, 1 - specificity, sensitivity) of everybody for whom both are known."""
    found = []
    for party in view.parties(["sensitivity", "specificity"]):
        rows = [view.one(metric, party, finding) for metric in ("sensitivity", "specificity")]
        values = [row.value for row in rows if row is not None and row.value is not None]
        if len(values) == 2:
            found.append((party, 1 - values[1], values[0]))
    return found


def _panel(
    axes: "Axes",
    view: View,
    curves: dict[str, tuple[Floats, Floats]],
    points: list[tuple[Party, float, float]],
    styles: dict[str, Any],
) -> None:
    drawing.unit_square(axes, view.words)
    axes.plot([0, 1], [0, 1], color=drawing.LINE, linewidth=0.7, zorder=0)
    for reader, (x, y) in curves.items():
        color, dashes, _ = styles[reader]
        axes.plot(x, y, color=color, linestyle=dashes, linewidth=1.2, zorder=2)
    for party, x0, y0 in points:
        style, size, order = _style(view, party, styles)
        axes.scatter([x0], [y0], s=size, linewidth=0.8, zorder=order, clip_on=False, **style)


def _style(view: View, party: Party, styles: dict[str, Any]) -> tuple[dict[str, Any], float, int]:
    """Return how a party's point looks: machines by their style, people by their arm, groups larger."""
    if view.is_machine(party.reader):
        color, _, marker = styles[party.reader]
        return {"marker": marker, "facecolor": color, "edgecolor": "white"}, 26, 4
    style = dict(drawing.AIDED_STYLE if party.arm == AIDED else drawing.UNAIDED_STYLE)
    if view.is_group(party.reader):
        style["facecolor"], style["edgecolor"] = style["edgecolor"], "white"
        return style, 46, 5
    return style, 12, 3


def _legend(figure: "Canvas", view: View, styles: dict[str, Any], parties: list[Party], curves: bool) -> None:
    """Put one entry a machine, and one for people in each arm, readers apart from their mean."""
    from matplotlib.lines import Line2D

    handles = []
    for reader, (color, dashes, marker) in styles.items():
        if reader in {p.reader for p in parties}:
            line: Any = dashes if curves else "none"
            handles.append(
                Line2D(
                    [],
                    [],
                    color=color,
                    linestyle=line,
                    marker=marker,
                    markersize=5,
                    markeredgecolor="white",
                    label=reader,
                )
            )
    people = dict.fromkeys((view.is_group(p.reader), p.arm) for p in parties if view.is_human(p.reader))
    for group, arm in sorted(people, key=lambda g: (g[1] == AIDED, g[0])):
        label = view.words("roc.mean" if group else "roc.each", arm=view.words.arm(arm))
        style, size, _ = _style(view, Party("\0" if group else _someone(parties, view), arm), styles)
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker=style["marker"],
                markersize=size**0.5,
                markerfacecolor=style["facecolor"],
                markeredgecolor=style["edgecolor"],
                label=label,
            )
        )
    figure.legend(handles=handles, loc="outside upper left", ncols=3, handlelength=2.4, columnspacing=1.6)


def _someone(parties: list[Party], view: View) -> str:
    return next(p.reader for p in parties if view.is_human(p.reader) and not view.is_group(p.reader))


def _wrapped(title: str, width: int = 26) -> str:
    from textwrap import fill

    return fill(title, width)


def _table(view: View, points: dict[str, list[tuple[Party, float, float]]]) -> pd.DataFrame:
    words = view.words
    records = [
        {
            words("finding"): words.finding(finding),
            words("reader"): view.name(party, arms=view.has_aided),
            words.metric("sensitivity"): number(y, words),
            words.metric("specificity"): number(1 - x, words),
        }
        for finding, found in points.items()
        for party, x, y in found
    ]
    return pd.DataFrame.from_records(records)
