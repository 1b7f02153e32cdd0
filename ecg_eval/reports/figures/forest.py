"""Differences with their intervals around zero: readers against one another, and readers with help against without."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from ecg_eval.domain.design import BLOCKS, PAIRED, design_of
from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.basis import usable
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import Party, Shown, View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS_AT_MOST = 3
_NAMED_AT_MOST = 6  # readers within a finding who each have a labelled line
_ROW_IN, _DENSE_ROW_IN, _TALLEST_IN = 0.2, 0.055, 8.8
_NARROW_LABEL_IN = 1.3


class Line(NamedTuple):
    """One line of a forest plot: what it is called, how far it stands below the one before, one estimate a panel."""

    label: str
    step: float
    rows: list[Shown | None]
    head: bool = False  # a mean, drawn as a diamond
    title: bool = False  # a label without estimates
    dense: bool = False  # one of many: thin, without a label of its own


def forest_figure(
    result: StudyResult,
    *,
    metrics: Sequence[str] = (),
    reader: str | None = None,
    language: str = "en",
) -> Figure | None:
    """Return a forest plot of differences between readers, first reader minus second; None where there is none.

    Parameters
    ----------
    result : StudyResult
    metrics : sequence of str
        Metrics that compare two readers, one panel each; all that are no tests when not given.
    reader : str, optional
        A reader: one line for everybody whom this reader is compared with, finding by finding. Without it, one line a
        pair of readers, for the mean over findings (or the only finding).
    language : str
    """
    view = look(result, language)
    chosen = list(metrics) or [m for m in view.answering("difference") if not view.is_test(m)]
    pairs = [p for p in view.pairs(chosen) if reader is None or reader in p]
    findings = [view.overall] if reader is None else view.findings_of(chosen)
    panels = [m for m in chosen if any(_known(_row(view, m, p, f)) for p in pairs for f in findings)]
    if not panels:
        return None
    panels = _fullest(view, panels, pairs, findings)
    if reader is None:
        # the pair's labels are long, so that a mean needs no diamond to be told from a reader
        by_pair = [[_row(view, m, p, view.overall) for m in panels] for p in pairs]
        lines = [Line(_versus(view, p, rows), 1.0, rows) for p, rows in zip(pairs, by_pair, strict=True)]
        caption = view.words("forest.caption", level=view.level_percent)
        return _figure(view, panels, lines, caption=caption, name="forest")
    lines = _by_finding(view, panels, reader, pairs, findings)
    arms = [_arm([_row(view, m, p, f) for m in panels for f in findings]) for p in pairs]
    others = view.words.listed([view.reader(_other(p, reader), arm) for p, arm in zip(pairs, arms, strict=True)])
    caption = view.words("forest.caption.reader", reader=view.reader(reader), others=others)
    caption = f"{caption} {view.words('forest.how', level=view.level_percent)}"
    return _figure(view, panels, lines, caption=caption, name=f"forest-{view.places.get(reader, 'g')}")


def aid_figure(result: StudyResult, *, metrics: Sequence[str] = (), language: str = "en") -> Figure | None:
    """Return what help changed, one line a reader and one panel a metric; None where nobody read with help.

    Parameters
    ----------
    result : StudyResult
    metrics : sequence of str
        Metrics between arms, one panel each; all changes that the aid made when not given.
    language : str
    """
    view = look(result, language)
    chosen = list(metrics) or [m for m in view.answering("aid") if view.is_signed(m)]
    parties = view.parties(chosen)
    finding = clearest(view, chosen, parties)
    panels = [m for m in chosen if any(_known(view.one(m, p, finding)) for p in parties)][:_PANELS_AT_MOST]
    if not panels:
        return None
    lines: list[Line] = []
    for party in parties:
        group = party.is_group
        first = not group and (not lines or lines[-1].head)
        rows = [None if (row := view.one(m, party, finding)) is None else usable(view, row) for m in panels]
        lines.append(Line(view.name(party, arms=False), 1.5 if first and lines else 1.0, rows, head=group))
    analysis = design_of(result.study).analysis
    key = "aid.caption" if analysis in (PAIRED, BLOCKS) else "aid.caption.unpaired"
    caption = view.words(key, level=view.level_percent, scope=view.words.finding(finding).lower())
    return _figure(view, panels, lines, caption=caption, name=f"aid-{panels[0].replace('_', '-')}")


def clearest(view: View, metrics: Sequence[str], parties: Sequence[Party]) -> str:
    """Return the mean over findings or all findings together: whichever has more intervals, the mean when equal.

    Where an AI is rarely wrong, a single finding may have no such reading, and the mean over findings then has no
    interval although all findings together have one.
    """
    heads = [f for f in (MACRO, POOLED) if f in view.findings_of(metrics)] or [view.overall]
    rows = {f: [view.one(m, p, f) for m in metrics for p in parties] for f in heads}
    return max(heads, key=lambda f: sum(row is not None and row.low is not None for row in rows[f]))


def _by_finding(
    view: View, panels: list[str], reader: str, pairs: list[tuple[str, str]], findings: list[str]
) -> list[Line]:
    """Return the lines of one reader against all others: labelled where they are few, a dense bundle where many."""
    lines: list[Line] = []
    for finding in findings:
        name = view.words.finding(finding)
        rows = [[_row(view, m, pair, finding) for m in panels] for pair in pairs]
        if len(pairs) == 1:
            lines.append(Line(name, 1.0, rows[0]))
        elif len(pairs) <= _NAMED_AT_MOST:
            lines.append(Line(name, 1.4 if lines else 1.0, [], title=True))
            lines += [
                Line(view.reader(_other(p, reader), _arm(r)), 1.0, r, head=view.is_group(_other(p, reader)))
                for p, r in zip(pairs, rows, strict=True)
            ]
        else:
            step = _DENSE_ROW_IN / _ROW_IN
            lines += [
                Line(name if i == len(rows) // 2 else "", 3 * step if i == 0 and lines else step, r, dense=True)
                for i, r in enumerate(rows)
            ]
    return lines


def _figure(view: View, panels: list[str], lines: list[Line], *, caption: str, name: str) -> Figure:
    words = view.words
    draw = partial(_drawn, view, panels, lines, name)
    return Figure(
        caption=caption,
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=_table(view, panels, lines),
        alt=words("forest.alt", panels=words.listed([words.metric(m) for m in panels]), n=len(lines)),
    )


def _drawn(view: View, panels: list[str], lines: list[Line], name: str, width_in: float) -> str:
    """Return the plot as SVG: panels side by side, or below one another with their labels each, where it is narrow."""
    narrow = drawing.is_narrow(width_in)
    labels = [
        drawing.wrapped(line.label, _NARROW_LABEL_IN, bold=line.title) if narrow else line.label for line in lines
    ]
    places = _places(lines, labels)
    height = 0.75 + _ROW_IN * (places[-1] + 0.3)
    height = height * len(panels) if narrow else min(_TALLEST_IN, height)
    with drawing.canvas(width_in, height) as figure:
        shape = (len(panels), 1) if narrow else (1, len(panels))
        grid = figure.subplots(*shape, sharey=not narrow, squeeze=False)
        for column, (axes, metric) in enumerate(zip(grid.flat, panels, strict=True)):
            _panel(axes, view, lines, places, column)
            axes.set_title(view.words.metric(metric, short=True))
            axes.set_ylim(places[-1] + 0.7, places[0] - 0.7)
        labelled = [(y, label, line) for y, label, line in zip(places, labels, lines, strict=True) if label]
        for axes in grid.flat if narrow else grid.flat[:1]:
            axes.set_yticks([y for y, _, _ in labelled], [label for _, label, _ in labelled])
            axes.tick_params(axis="y", labelcolor=drawing.INK, labelsize=7.5)
            for label, (_, _, line) in zip(axes.get_yticklabels(), labelled, strict=True):
                label.set_fontweight("bold" if line.title else "normal")
        return drawing.svg_of(figure, name)


def _places(lines: list[Line], labels: list[str]) -> list[float]:
    """Return where lines stand, in rows: as far apart as they ask for, and as their labels of several lines need."""
    places: list[float] = []
    for i, (line, label) in enumerate(zip(lines, labels, strict=True)):
        breaks = label.count("\n") + (labels[i - 1].count("\n") if i else 0)
        needed = 1.0 + breaks / 2 * drawing.LINE_IN / _ROW_IN if breaks else 0.0
        places.append((places[-1] if places else 0.0) + max(line.step, needed))
    return places


def _panel(axes: "Axes", view: View, lines: list[Line], places: list[float], column: int) -> None:
    axes.axvline(0, color=drawing.SOFT, linewidth=0.9, zorder=1)
    axes.grid(axis="x", color=drawing.LINE, linewidth=0.4)
    axes.set_axisbelow(True)
    reach = _reach([line.rows[column] for line in lines if line.rows])
    for y, line in zip(places, lines, strict=True):
        if line.title:
            continue
        row = line.rows[column]
        if row is None or row.value is None:
            if not line.dense:
                word = view.words("undefined.short")
                axes.text(0, y, f" {word}", fontsize=6.5, color=drawing.SOFT, ha="left", va="center")
            continue
        clear = row.low is not None and row.high is not None and not row.low <= 0 <= row.high
        # an interval that leaves zero out has a filled marker, so that it is told without colour
        edge = drawing.BLUE if clear else drawing.INK
        if row.low is not None and row.high is not None:
            width = 0.7 if line.dense else 1.1
            axes.plot([row.low, row.high], [y, y], color=edge, linewidth=width, solid_capstyle="butt", zorder=2)
        axes.plot(
            [row.value],
            [y],
            marker="D" if line.head else "o",
            markersize=2.6 if line.dense else 4.5,
            markeredgewidth=0.6 if line.dense else 0.9,
            markerfacecolor=drawing.BLUE if clear else "white",
            markeredgecolor=edge,
            zorder=3,
        )
        _arrows(axes, row, y, reach, edge)
    axes.set_xlim(-reach, reach)
    axes.locator_params(axis="x", nbins=4, steps=[1, 2, 2.5, 5, 10])
    axes.xaxis.set_major_formatter(drawing.ticks_in(view.words))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _reach(rows: list[Shown | None]) -> float:
    """Return how far a panel goes on both sides of zero: the same on both, and for nearly every interval.

    One wide interval does not set the scale of all: where the furthest end is more than twice as far as nine tenths of
    all ends, the panel stops at those, and an arrow says that an interval goes on.
    """
    import numpy as np

    ends = [abs(end) for row in rows if row for end in (row.value, row.low, row.high) if end]
    furthest = max([*ends, 0.02])
    most = float(np.quantile(ends, 0.9)) if len(ends) > 9 else furthest
    return 1.08 * (max(most, 0.02) if furthest > 2 * most else furthest)


def _arrows(axes: "Axes", row: Shown, y: float, reach: float, color: str) -> None:
    """Mark at the edge what goes on beyond it."""
    ends = [end for end in (row.value, row.low, row.high) if end is not None]
    for beyond, x, marker in ((min(ends) < -reach, -reach, "<"), (max(ends) > reach, reach, ">")):
        if beyond:
            axes.plot([x], [y], marker, color=color, markersize=3.5, clip_on=False, zorder=4)


def _table(view: View, panels: list[str], lines: list[Line]) -> pd.DataFrame:
    """Return what was drawn, one row a line."""
    words = view.words
    records = []
    for line in lines:
        row = next((r for r in line.rows if r is not None), None)
        if row is None:
            continue
        record = {words("forest.what"): view.first(row)}
        if row.compared_with:
            record[words("forest.what")] = _versus(view, (row.reader, row.compared_with), [row])
        record[words("finding")] = words.finding(row.finding)
        texts = (words("none") if r is None else r.text(words, signed=True) for r in line.rows)
        records.append(record | dict(zip((words.metric(m, short=True) for m in panels), texts, strict=True)))
    return pd.DataFrame.from_records(records)


def _fullest(view: View, panels: list[str], pairs: list[tuple[str, str]], findings: list[str]) -> list[str]:
    """Return the panels that most pairs have something to say in, in their own order, no more than fit."""
    n_values = {m: sum(_known(_row(view, m, p, f)) for p in pairs for f in findings) for m in panels}
    fullest = sorted(panels, key=lambda m: -n_values[m])[:_PANELS_AT_MOST]
    return [m for m in panels if m in fullest and 2 * n_values[m] >= max(n_values.values())]


def _row(view: View, metric: str, pair: tuple[str, str], finding: str) -> Shown | None:
    return next(
        (usable(view, r) for r in view.of(metric, reader=pair[0], compared_with=pair[1], finding=finding)), None
    )


def _known(row: Shown | None) -> bool:
    return row is not None and row.value is not None


def _other(pair: tuple[str, str], reader: str) -> str:
    return pair[1] if pair[0] == reader else pair[0]


def _versus(view: View, pair: tuple[str, str], rows: list[Shown | None]) -> str:
    arm = _arm(rows)
    return f"{view.reader(pair[0], arm)} \u2212 {view.reader(pair[1], arm)}"


def _arm(rows: list[Shown | None]) -> str:
    """Return the arm that estimates are of, in which a group's readers are counted."""
    return next((row.arm for row in rows if row is not None), "")
