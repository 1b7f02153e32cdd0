"""Who reads like whom: a matrix of kappas, and machines' agreement with people beside people's with one another."""

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.palette import machine_styles
from ecg_eval.reports.numbers import two_decimals
from ecg_eval.reports.view import Shown, View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

_NUMBERS_UP_TO = 20  # readers beyond which a cell is too small for its number
_NARROW_NUMBERS_UP_TO = 8

Side = tuple[str, str]  # who is compared with which group of people


class _Matrices(NamedTuple):
    """An agreement coefficient of every two readers, (n_readers, n_readers): over all findings, and of each."""

    metric: str
    arm: str
    readers: list[str]
    overall: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]


def agreement_figure(
    result: StudyResult,
    *,
    metric: str = "",
    arm: str = UNAIDED,
    language: str = "en",
) -> Figure | None:
    """Return the matrix of an agreement coefficient between every two readers; None where no pair has one.

    Parameters
    ----------
    result : StudyResult
    metric : str
        A metric of two readers; the first of the run that is one when not given.
    arm : str
    language : str
    """
    view = look(result, language)
    metric = metric or next(iter(paired_metrics(view)), "")
    readers, matrix = _matrix(view, metric, arm, view.overall)
    if np.isnan(matrix).all():
        return None
    words = view.words
    several = len(view.findings) > 1
    parts = {f: _matrix(view, metric, arm, f)[1] for f in view.findings} if several else {}
    key = "matrix.caption" if parts else "matrix.caption.one"
    draw = partial(_drawn, view, _Matrices(metric, arm, readers, matrix, parts))
    named = words.listed([view.reader(r) for r in readers])
    return Figure(
        caption=words(key, metric=words.metric(metric), arm=words.arm(arm)),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=_table(view, readers, matrix),
        alt=words("matrix.alt", metric=words.metric(metric), readers=named),
    )


def _drawn(view: View, of: _Matrices, width_in: float) -> str:
    """Return the large matrix above the small ones as SVG; where it is narrow, its scale lies below it."""
    words, parts, narrow = view.words, of.parts, drawing.is_narrow(width_in)
    columns = 3 if narrow else max(4, len(parts)) if len(parts) <= 6 else 5 if len(parts) <= 10 else 6
    rows = -(-len(parts) // columns)
    side = min(4.9, 0.9 + 0.36 * len(of.readers))
    if narrow:  # a row is no lower than a name
        side = 1.2 + max(min(0.3 * len(of.readers), 2.4), 0.13 * len(of.readers))
    small = (width_in / columns + (0.3 if narrow else 0.1)) * rows
    with drawing.canvas(width_in, side + small + 0.5) as figure:
        ratios = [side + 0.4, max(small, 0.01)][: 1 + bool(parts)]
        top, *below = figure.subfigures(1 + bool(parts), 1, height_ratios=ratios, squeeze=False).flat
        axes = top.subplots()
        image = _large(axes, view, of, width_in)
        axes.set_title(words.finding(view.overall))
        place = {"location": "bottom", "shrink": 0.9, "pad": 0.03} if narrow else {"shrink": 0.7, "pad": 0.02}
        bar = top.colorbar(image, ax=axes, aspect=24, format=drawing.ticks_in(words), **place)
        bar.outline.set_visible(False)
        bar.set_label(words.metric(of.metric))
        if below:
            grid = below[0].subplots(rows, columns, squeeze=False)
            for small_axes, (finding, part) in zip(grid.flat, parts.items(), strict=False):
                _shades(small_axes, part)
                title = drawing.wrapped(words.finding(finding), width_in / columns - 0.1, size_pt=7, bold=True)
                small_axes.set_title(title, fontsize=7)
                small_axes.set(xticks=[], yticks=[])
            for small_axes in grid.flat[len(parts) :]:
                small_axes.axis("off")
        return drawing.svg_of(figure, f"agreement-{of.arm.replace(' ', '-')}")


def beside_figure(
    result: StudyResult,
    *,
    metric: str = "",
    arm: str = UNAIDED,
    overall_alone: bool = False,
    language: str = "en",
) -> Figure | None:
    """Return each machine's agreement with people beside people's agreement with one another, one line a finding.

    Drawn from the means over pairs of readers that the evaluation holds for groups of people; None where there are
    none, since no kind of people has two readers.
    """
    view = look(result, language)
    metric = metric or next(iter(paired_metrics(view)), "")
    asked = [view.overall] if overall_alone else view.findings_of([metric])
    findings = [f for f in asked if group_sides(view, metric, arm, f)]
    sides = {f: group_sides(view, metric, arm, f) for f in findings}
    if not any(row.value is not None for by_side in sides.values() for row in by_side.values()):
        return None
    names = list(dict.fromkeys(s for by_side in sides.values() for s in by_side))
    words = view.words
    name = f"beside-{'overall-' * overall_alone}{arm.replace(' ', '-')}"
    draw = partial(_beside, view, metric, sides, name)
    records = [
        {words("finding"): words.finding(f)}
        | {side_name(view, s): words("none") if (row := sides[f].get(s)) is None else row.text(words) for s in names}
        for f in findings
    ]
    return Figure(
        caption=words("beside.caption", metric=words.metric(metric), arm=words.arm(arm), level=view.level_percent),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=pd.DataFrame.from_records(records),
        alt=words("beside.alt"),
    )


def _beside(view: View, metric: str, sides: dict[str, dict[Side, Shown]], name: str, width_in: float) -> str:
    """Return one line a finding with a mark for each side as SVG."""
    words, narrow = view.words, drawing.is_narrow(width_in)
    names = list(dict.fromkeys(s for by_side in sides.values() for s in by_side))
    styles = _side_styles(view, names)
    rows, columns = (len(names), 1) if narrow else (-(-len(names) // 2), 2)
    findings = [words.finding(f) for f in sides]
    row_in = drawing.row_in(findings, width_in=width_in, least_in=0.1 + 0.11 * len(names))
    height = 0.63 + 0.16 * max(rows, 2) + len(sides) * row_in
    with drawing.canvas(width_in, height) as figure:
        axes = figure.subplots()
        for i, by_side in enumerate(sides.values()):
            for j, side in enumerate(names):
                _side(axes, i + (j - (len(names) - 1) / 2) * 0.8 / len(names), by_side.get(side), styles[side])
            axes.axhline(i + 0.5, color=drawing.LINE, linewidth=0.5)
        drawing.name_ticks(axes, findings, width_in=width_in)
        axes.set_ylim(len(sides) - 0.5, -0.5)
        ends = [end for by_side in sides.values() for row in by_side.values() for end in (row.low, row.value) if end]
        axes.set_xlim(min([0.0, *ends]) - 0.02, 1.02)
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.grid(axis="x", color=drawing.LINE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.set_xlabel(words.metric(metric))
        axes.spines["left"].set_visible(False)
        labels = [drawing.wrapped(side_name(view, s), width_in - 0.5) if narrow else side_name(view, s) for s in names]
        handles = [_handle(styles[s], label) for s, label in zip(names, labels, strict=True)]
        figure.legend(handles=handles, loc="outside upper left", ncols=columns)
        return drawing.svg_of(figure, name)


def paired_metrics(view: View) -> list[str]:
    """Return the metrics of the agreement between two readers."""
    return [m for m in view.answering("agreement") if any(r.compared_with for r in view.of(m))]


def group_sides(view: View, metric: str, arm: str, finding: str) -> dict[Side, Shown]:
    """Return the means over pairs: a group among itself (named twice), then each machine with the group."""
    rows = [r for r in view.of(metric, arm=arm, finding=finding) if r.with_group]
    rows.sort(key=lambda r: (r.compared_with, r.reader != r.compared_with, view.places.get(r.reader, 0)))
    return {(row.reader, row.compared_with): row for row in rows}


def side_name(view: View, side: Side) -> str:
    """Return what a side of the comparison is called."""
    group = view.reader(side[1], form="plain")
    if side[0] == side[1]:
        return view.words("beside.among", group=group)
    return view.words("beside.with", reader=side[0], group=group)


def _matrix(view: View, metric: str, arm: str, finding: str) -> tuple[list[str], NDArray[np.float64]]:
    """Return readers (machines first, then people, each by likeness) and the symmetric matrix.

    NaN on the diagonal and where nothing is known. Every finding has the order of the mean over all.
    """
    rows = [
        r for r in view.of(metric, arm=arm, finding=finding) if r.compared_with and not r.is_group and not r.with_group
    ]
    met = {name for row in rows for name in (row.reader, row.compared_with)}
    readers = sorted(met, key=lambda r: (not view.is_machine(r), view.places.get(r, 0)))
    if finding == view.overall:
        return _by_likeness(view, *_filled(readers, rows))
    order = {reader: i for i, reader in enumerate(_matrix(view, metric, arm, view.overall)[0])}
    return _filled(sorted(readers, key=lambda r: order.get(r, len(order))), rows)


def _filled(readers: list[str], rows: list[Shown]) -> tuple[list[str], NDArray[np.float64]]:
    place = {reader: i for i, reader in enumerate(readers)}
    matrix = np.full((len(readers), len(readers)), np.nan)
    for row in rows:
        if row.value is not None:
            i, j = place[row.reader], place[row.compared_with]
            matrix[i, j] = matrix[j, i] = row.value
    return readers, matrix


def _by_likeness(view: View, readers: list[str], matrix: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
    """Put those who read alike beside one another: leaves of an average-linkage tree, turned for near neighbours.

    Machines stay before people. Source: Bar-Joseph, Gifford and Jaakkola, Bioinformatics 2001;17:S22 (optimal leaf
    ordering).
    """
    from scipy.cluster.hierarchy import leaves_list, linkage

    order: list[int] = []
    for machines in (True, False):
        places = np.array([i for i, r in enumerate(readers) if view.is_machine(r) == machines], dtype=int)
        if len(places) > 2:
            part = matrix[np.ix_(places, places)]
            apart = 1 - np.where(np.isnan(part), 0, part)
            condensed = apart[np.triu_indices(len(places), 1)]
            places = places[leaves_list(linkage(condensed, "average", optimal_ordering=True))]
        order += places.tolist()
    return [readers[i] for i in order], matrix[np.ix_(order, order)]


def _shades(axes: "Axes", matrix: NDArray[np.float64]) -> "AxesImage":
    """Shade a matrix from 0 (light) to 1 (dark); below chance is white, unknown is hatched."""
    axes.patch.set(hatch="////", edgecolor=drawing.LINE, facecolor="white")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes.imshow(np.ma.masked_invalid(matrix), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")


def _large(axes: "Axes", view: View, of: _Matrices, width_in: float) -> "AxesImage":
    """Draw the matrix over all findings with its names; where it is narrow, cells take the room that there is."""
    readers, matrix, narrow = of.readers, of.overall, drawing.is_narrow(width_in)
    image = _shades(axes, matrix)
    names = [drawing.wrapped(view.reader(r), 0.9, size_pt=7) if narrow else view.reader(r) for r in readers]
    if narrow:
        axes.set_aspect("auto")
        axes.set_xticks(range(len(readers)), names, rotation=90, fontsize=6.5)
    else:
        axes.set_xticks(range(len(readers)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(readers)), names, fontsize=6.5 if narrow else 7)
    axes.tick_params(length=0, labelcolor=drawing.INK)
    machines = sum(view.is_machine(r) for r in readers)
    if 0 < machines < len(readers):
        for line in (axes.axhline, axes.axvline):
            line(machines - 0.5, color="white", linewidth=3)
    if len(readers) <= (_NARROW_NUMBERS_UP_TO if narrow else _NUMBERS_UP_TO):
        for (i, j), value in np.ndenumerate(matrix):
            if not np.isnan(value):
                color = "white" if value > 0.6 else drawing.INK
                axes.text(j, i, two_decimals(value, view.words), ha="center", va="center", fontsize=6.5, color=color)
    return image


def _side(axes: "Axes", y: float, row: Shown | None, style: dict[str, Any]) -> None:
    if row is None or row.value is None:
        return
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [y, y], color=style["color"], linewidth=1.3, zorder=2, solid_capstyle="butt")
    axes.plot([row.value], [y], linestyle="none", markersize=5, zorder=3, **style)


def _side_styles(view: View, sides: list[Side]) -> dict[Side, dict[str, Any]]:
    """Give people among one another dark circles, each machine its style; a second group is drawn hollow."""
    machines = machine_styles(view)
    groups = list(dict.fromkeys(side[1] for side in sides))
    styles: dict[Side, dict[str, Any]] = {}
    for side in sides:
        color, marker = drawing.INK, "o"
        if side[0] in machines:
            color, _, marker = machines[side[0]]
        face = color if groups.index(side[1]) == 0 else "white"
        styles[side] = {"color": color, "marker": marker, "markerfacecolor": face, "markeredgecolor": color}
    return styles


def _handle(style: dict[str, Any], label: str) -> "Line2D":
    from matplotlib.lines import Line2D

    return Line2D([], [], linewidth=1.1, markersize=5, label=label, **style)


def _table(view: View, readers: list[str], matrix: NDArray[np.float64]) -> pd.DataFrame:
    names = [view.reader(r) for r in readers]
    cells = [[view.words("none") if np.isnan(v) else two_decimals(v, view.words) for v in row] for row in matrix]
    frame = pd.DataFrame(cells, columns=names)
    frame.insert(0, view.words("reader"), names)
    return frame
