"""Models' ROC curves with the readers' operating points on them, one small square a finding."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.palette import machine_styles
from ecg_eval.reports.numbers import number
from ecg_eval.reports.view import Party, View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.typing import LineStyleType

Floats = NDArray[np.float64]
Curves = dict[str, tuple[Floats, Floats]]  # of a finding, by reader
Points = list[tuple[Party, float, float]]

_HALF_IN, _SQUARE_IN = 3.4, 1.95


class Style(NamedTuple):
    """How a party's point looks, and its curve where it has one."""

    marker: str
    face: str
    edge: str
    dashes: "LineStyleType"
    size: float
    order: int


def roc_figure(result: StudyResult, *, overall_alone: bool = False, language: str = "en") -> Figure | None:
    """Return the figure, zoomed to where readers are.

    None where nobody has both a sensitivity and a specificity for any finding.

    Parameters
    ----------
    result : StudyResult
        Scores of readers who gave them make the curves, sensitivities and specificities the points.
    overall_alone : bool
        One square, half a page wide, for the mean over findings, which has no curve.
    language : str
    """
    view = look(result, language)
    findings = [view.overall] if overall_alone else view.findings
    points = {finding: _points(view, finding) for finding in findings}
    curves = {finding: {} if overall_alone else _curves(view, finding) for finding in findings}
    drawn = [f for f in findings if points[f] or curves[f]]
    if not drawn:
        return None
    words = view.words
    curved = {reader for by_reader in curves.values() for reader in by_reader}
    key = "roc.caption.overall" if overall_alone else "roc.caption" if curved else "roc.caption.points"
    squares = {finding: (curves[finding], points[finding]) for finding in drawn}
    draw = partial(_drawn, view, squares, "roc-overall" if overall_alone else "roc")
    return Figure(
        caption=words(key),
        draw=partial(draw, _HALF_IN if overall_alone else drawing.PAGE_WIDTH_IN),
        draw_narrow=None if overall_alone else partial(draw, drawing.NARROW_WIDTH_IN),
        frame=_table(view, points),
        alt=words("roc.alt", findings=words.listed([words.finding(f) for f in drawn])),
    )


def _drawn(view: View, squares: dict[str, tuple[Curves, Points]], name: str, width_in: float) -> str:
    """Return the squares as SVG: two beside one another where the picture is narrow, three or four where it is wide."""
    words, narrow = view.words, drawing.is_narrow(width_in)
    curved = {reader for curves, _ in squares.values() for reader in curves}
    parties = view.parties(_rates(view))
    silent = sorted(curved - {p.reader for p in parties})
    styles = _styles(view, [*parties, *(Party(reader, UNAIDED) for reader in silent)])
    most = 2 if narrow else 4 if len(squares) > 6 else 3
    columns = min(len(squares), most)
    rows = -(-len(squares) // columns)
    side = width_in / (columns if narrow else max(columns, 3))
    square = _SQUARE_IN if width_in == _HALF_IN else side + 0.2  # both pictures of a summary stay on its first page
    legend = drawing.LINE_IN * len(set(styles.values()))
    height = square * rows + 0.5 + legend if narrow else (side + 0.27) * rows + 0.55
    with drawing.canvas(side * columns, height) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, (finding, (curves, points)) in zip(grid.flat, squares.items(), strict=False):
            _axes(axes, view, _upper(view, points))
            _panel(axes, curves, points, styles)
            axes.set_title(_titled(view, finding, side))
        for axes in grid.flat[len(squares) :]:
            axes.axis("off")
        # one square has its names beside itself, not beside the legend above it
        only = grid[0, 0] if len(squares) == 1 else None
        name_x, name_y = (only.set_xlabel, only.set_ylabel) if only else (figure.supxlabel, figure.supylabel)
        name_x(words("roc.x"), color=drawing.SOFT, fontsize=7.5)
        name_y(words("roc.y"), color=drawing.SOFT, fontsize=7.5)
        _legend(figure, view, styles, curved, columns=1 if narrow else 3)
        return drawing.svg_of(figure, name)


def roc_points(truth: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return the corners of an empirical ROC curve: false and true positive rates, from (0, 0) to (1, 1).

    Records whose truth or score is unknown are left out; tied scores make one slanted step. Both are empty where a
    class is.

    Examples
    --------
    >>> roc_points(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.9, 0.9, 0.8]))
    (array([0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]))
    """
    complete = ~(np.isnan(truth) | np.isnan(score))
    truth, score = truth[complete], score[complete]
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
    corners = np.concatenate([[True], bend, [True]])
    return x[corners], y[corners]


def _curves(view: View, finding: str) -> dict[str, tuple[Floats, Floats]]:
    study = view.result.study
    curves = {}
    for reader, arm in study.reader_arms:
        if view.is_machine(reader):
            panels = study.reference.panels((finding,), judged=reader)[:, 0]  # beside voters, all that leave one out
            x, y = roc_points(panels.ravel(), np.tile(study.scores(reader, arm, finding), len(panels)))
            if len(x):
                curves[reader] = (x, y)
    return curves


def _rates(view: View) -> tuple[str, str]:
    """Return the metrics that are the two axes: up, and 1 less it to the right."""
    return view.playing("found"), view.playing("cleared")


def _points(view: View, finding: str) -> Points:
    """Return (who, 1 - specificity, sensitivity) of everybody for whom both are known."""
    points = []
    for party in view.parties(_rates(view)):
        rows = [view.one(metric, party, finding) for metric in _rates(view)]
        values = [row.value for row in rows if row is not None and row.value is not None]
        if len(values) == 2:
            points.append((party, 1 - values[1], values[0]))
    return points


def _panel(
    axes: "Axes",
    curves: Curves,
    points: Points,
    styles: dict[Party, Style],
) -> None:
    if curves:
        axes.plot([0, 1], [0, 1], color=drawing.LINE, linewidth=0.7, zorder=0)
    for reader, (x, y) in curves.items():
        style = next(s for p, s in styles.items() if p.reader == reader)
        axes.plot(x, y, color=style.edge, linestyle=style.dashes, linewidth=1.2, zorder=2)
    alike: dict[Style, list[tuple[float, float]]] = {}
    for party, x0, y0 in points:
        alike.setdefault(styles[party], []).append((x0, y0))
    for style, places in alike.items():
        x, y = np.transpose(places)
        axes.scatter(
            x,
            y,
            s=style.size,
            marker=style.marker,
            facecolor=style.face,
            edgecolor=style.edge if style.face == "none" else "white",
            linewidth=0.8,
            zorder=style.order,
            clip_on=False,
        )


def _styles(view: View, parties: list[Party]) -> dict[Party, Style]:
    """Return how each party looks: machines by colour, dashes and marker, people by a marker for their kind and arm.

    The arm has a colour besides. A group's mean is large and filled, one person small and hollow.
    """
    machines = machine_styles(view)
    kinds = list(dict.fromkeys(view.kinds[p.reader] for p in parties if view.is_human(p.reader)))
    styles = {}
    for party in parties:
        if view.is_machine(party.reader):
            color, dashes, marker = machines[party.reader]
            styles[party] = Style(marker, color, color, dashes, size=26, order=4)
            continue
        color = drawing.GREEN if party.arm == AIDED else drawing.INK
        pair = drawing.PEOPLE_MARKERS[kinds.index(view.kinds[party.reader]) % len(drawing.PEOPLE_MARKERS)]
        marker = pair[party.arm == AIDED]
        if party.is_group:
            styles[party] = Style(marker, color, color, "none", size=46, order=5)
        else:
            styles[party] = Style(marker, "none", color, "none", size=13, order=3)
    return styles


def _legend(figure: "Canvas", view: View, styles: dict[Party, Style], curved: set[str], *, columns: int) -> None:
    """Put one entry a machine and a group, and one for all single people of a kind in an arm."""
    from matplotlib.lines import Line2D

    entries: dict[str, Style] = {}
    for party, style in styles.items():
        name = view.name(party, arms=view.has_aided)
        if view.is_human(party.reader) and not party.is_group:
            name = view.words.kind(view.kinds[party.reader])
            name = f"{name}, {view.words.arm(party.arm)}" if view.has_aided else name
        drawn = style if party.reader in curved else style._replace(dashes="none")
        entries.setdefault(name, drawn)
    handles = [
        Line2D(
            [],
            [],
            color=style.edge,
            linestyle=style.dashes,
            linewidth=1.2,
            marker=style.marker,
            markersize=style.size**0.5,
            markerfacecolor=style.face,
            markeredgecolor=style.edge if style.face == "none" else "white",
            label=name,
        )
        for name, style in entries.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.4, columnspacing=1.6)


def _axes(axes: "Axes", view: View, upper: float) -> None:
    axes.set(xlim=(-0.02 * upper, 1.02 * upper), ylim=(-0.02, 1.02), box_aspect=1)
    axes.set_xticks([0, upper / 2, upper])
    axes.set_yticks([0, 0.5, 1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(drawing.ticks_in(view.words))


def _upper(view: View, points: Points) -> float:
    """Return where the horizontal axis ends: just beyond the readers, floors apart, since curves go on to (1, 1)."""
    floors = {r for r, style in machine_styles(view).items() if style == drawing.FLOOR_STYLE}
    furthest = max((x for party, x, _ in points if party.reader not in floors), default=1.0)
    return min((end for end in (0.05, 0.1, 0.2, 0.3, 0.5) if 1.1 * furthest <= end), default=1.0)


def _titled(view: View, finding: str, side_in: float) -> str:
    """Return a finding's name with how many ECGs show it, of how many that are judged."""
    truth = view.result.study.truth(finding) if finding in view.findings else np.empty(0)
    judged = truth[~np.isnan(truth)]
    title = drawing.wrapped(view.words.finding(finding), side_in - 0.15, size_pt=8, bold=True)
    if not len(judged):
        return title
    counts = view.words("answer.of", top=int(judged.sum()), bottom=len(judged))
    return f"{title}\n{counts}"


def _table(view: View, points: dict[str, Points]) -> pd.DataFrame:
    words = view.words
    up, right = _rates(view)
    records = [
        {
            words("finding"): words.finding(finding),
            words("reader"): view.name(party, arms=view.has_aided),
            words.metric(up): number(y, words),
            words.metric(right): number(1 - x, words),
        }
        for finding, placed in points.items()
        for party, x, y in placed
    ]
    return pd.DataFrame.from_records(records)
