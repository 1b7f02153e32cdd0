"""Forest plots of pooled numbers: one line a study, a diamond for what they say together, a bar for the next study."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.domain.facts.pooled import PooledNumber, StudyNumber
from ecg_eval.domain.result import Figure
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES_AT_MOST = 40
_ROW_IN = 0.2
_NARROW_LABEL_IN = 1.3

Line = tuple[str, str, str]  # study, version of the program, period


def pooled_forest(pooled: Sequence[PooledNumber], *, name: str, title: str, words: Words, level: str) -> Figure | None:
    """Return the plot of numbers of the same readers and finding, a panel each; None where no study tells anything.

    Parameters
    ----------
    pooled : sequence of PooledNumber
        Sensitivity and specificity, or kappa alone.
    name : str
        Put before the ids of the picture.
    title : str
        Whom and what it is of.
    words : Words
    level : str
        Of the intervals, in percent.
    """
    shown = [number for number in pooled if number.studies]
    if not shown:
        return None
    # a study may tell one of two numbers, and one study two versions of a program
    lines = list(dict.fromkeys((s.study, s.software_version, s.period) for number in shown for s in number.studies))
    lines = lines[:LINES_AT_MOST]
    draw = partial(_drawn, shown, lines, name, words)
    return Figure(
        caption=words("pool.forest.caption", title=title, level=level),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=_table(shown, lines, words),
        alt=words("pool.forest.alt", title=title, n=len(lines)),
    )


def _drawn(shown: Sequence[PooledNumber], lines: Sequence[Line], name: str, words: Words, width_in: float) -> str:
    """Return the plot as SVG: panels side by side, or below one another where it is narrow."""
    narrow = drawing.is_narrow(width_in)
    # a dollar sign would begin a formula
    labels = [f"{study} {version}".strip().replace("$", r"\$") for study, version, _ in lines]
    broken = [
        drawing.wrapped(label, _NARROW_LABEL_IN) if narrow else label for label in [*labels, words("pool.together")]
    ]
    row_in = _ROW_IN + drawing.LINE_IN * max(label.count("\n") for label in broken)
    height = 1.0 + row_in * (len(lines) + 1.6)
    with drawing.canvas(width_in, height * len(shown) if narrow else height) as figure:
        shape = (len(shown), 1) if narrow else (1, len(shown))
        grid = figure.subplots(*shape, sharey=not narrow, squeeze=False)
        for axes, number in zip(grid.flat, shown, strict=True):
            _panel(axes, number, lines, words)
            axes.set_title(words(f"pool.{number.question.quantity}"))
            axes.set_ylim(len(lines) + 0.9, -0.7)
        for axes in grid.flat if narrow else grid.flat[:1]:
            axes.set_yticks(range(len(lines) + 1), broken)
            axes.tick_params(axis="y", labelcolor=drawing.INK, labelsize=7.5, length=0)
        return drawing.svg_of(figure, name)


def _panel(axes: "Axes", number: PooledNumber, lines: Sequence[Line], words: Words) -> None:
    axes.grid(axis="x", color=drawing.LINE, linewidth=0.4)
    axes.set_axisbelow(True)
    for study in number.studies:
        key = (study.study, study.software_version, study.period)
        if key not in lines:
            continue
        y = lines.index(key)
        if study.low is not None and study.high is not None:
            axes.plot(
                [study.low, study.high], [y, y], color=drawing.INK, linewidth=1.1, solid_capstyle="butt", zorder=2
            )
        size = 3.0 + 5.0 * (study.weight or 0.2) ** 0.5
        axes.plot([study.value], [y], marker="s", markersize=size, color=drawing.BLUE, zorder=3)
    y = len(lines)
    mean = number.estimate
    if number.prediction_low is not None and number.prediction_high is not None:
        ends = [number.prediction_low, number.prediction_high]
        axes.plot(ends, [y, y], color=drawing.SOFT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
    if mean.value is not None and len(number.studies) > 1:
        low, high = mean.low or mean.value, mean.high or mean.value
        axes.fill([low, mean.value, high, mean.value], [y, y - 0.28, y, y + 0.28], color=drawing.VERMILION, zorder=3)
    if number.question.quantity != "kappa":
        axes.set_xlim(-0.02, 1.02)
    axes.locator_params(axis="x", nbins=5, steps=[1, 2, 2.5, 5, 10])
    axes.xaxis.set_major_formatter(drawing.ticks_in(words))
    axes.spines["left"].set_visible(False)


def _table(shown: Sequence[PooledNumber], lines: Sequence[Line], words: Words) -> pd.DataFrame:
    """Return what was drawn, one row a study, what they say together last."""
    records = []
    for key in lines:
        record = {words("pool.study"): key[0], words("pool.version"): key[1] or words("none")}
        for number in shown:
            at = next((s for s in number.studies if (s.study, s.software_version, s.period) == key), None)
            record[words(f"pool.{number.question.quantity}")] = words("none") if at is None else _text(at, words)
        records.append(record)
    together = {words("pool.study"): words("pool.together"), words("pool.version"): ""}
    for number in shown:
        e = number.estimate
        together[words(f"pool.{number.question.quantity}")] = numbers.estimate(e.value, e.low, e.high, "", words)
    return pd.DataFrame.from_records([*records, together])


def _text(study: StudyNumber, words: Words) -> str:
    return numbers.estimate(study.value, study.low, study.high, "", words)
