"""How large a study must be along the power or the precision that is wanted: a line for each choice of readers."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from ecg_eval.domain.result import Figure
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.words import Words

_STYLES = (*drawing.MACHINE_STYLES, drawing.FLOOR_STYLE)
_SPAN = 12  # sizes that differ more than so many times are drawn on a logarithmic axis


def size_curve_figure(
    x: Sequence[float],
    lines: Mapping[str, Sequence[int | None]],
    *,
    x_label: str,
    y_label: str,
    caption: str,
    language: str,
) -> Figure:
    """Return the curve with its table, a row for each value along the axis and a column for each line.

    Parameters
    ----------
    x : sequence of float
        Powers, or half-widths.
    lines : mapping of str to sequence of int or None
        Label -> sizes at `x`; None where no size will do, which is not drawn.
    x_label, y_label, caption : str
    language : str
        Of numbers on the axes.
    """
    draw = partial(_drawn, x, lines, x_label, y_label, Words(language))
    frame = pd.DataFrame({x_label: list(x)} | {label or y_label: list(sizes) for label, sizes in lines.items()})
    return Figure(
        caption=caption,
        draw=partial(draw, drawing.PAGE_WIDTH_IN * 0.72),
        frame=frame.convert_dtypes(),
        alt=f"{caption} {y_label}, {x_label}.",
    )


def _drawn(
    x: Sequence[float],
    lines: Mapping[str, Sequence[int | None]],
    x_label: str,
    y_label: str,
    words: Words,
    width_in: float,
) -> str:
    """Return the curve as SVG."""
    all_sizes = [size for sizes in lines.values() for size in sizes if size is not None]
    with drawing.canvas(width_in, 3.2) as figure:
        axes = figure.subplots()
        axes.grid(color=drawing.LINE, linewidth=0.4)
        axes.set_axisbelow(True)
        for (label, sizes), (colour, dashes, marker) in zip(lines.items(), _STYLES, strict=False):
            heights = [float("nan") if size is None else size for size in sizes]
            axes.plot(
                x, heights, label=label, color=colour, linestyle=dashes, marker=marker, markersize=3.5, linewidth=1.3
            )
        if all_sizes and max(all_sizes) > _SPAN * min(all_sizes):
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        ticks = drawing.ticks_in(words)
        axes.xaxis.set_major_formatter(ticks)
        axes.yaxis.set_major_formatter(ticks)
        axes.yaxis.set_minor_formatter(lambda *_: "")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        if len(lines) > 1:
            axes.legend()
        return drawing.svg_of(figure, "size")
