"""Measured against reference values, as Bland and Altman draw them."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ecg_eval.domain.measurements import AGREEMENT, QUANTITIES
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import Shown, View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 2
_ROW_IN = 2.2


def measurements_figure(result: StudyResult, *, language: str = "en") -> Figure | None:
    """Return the difference against the mean of both, one panel a quantity; None where nothing was compared.

    The table is that of bias and limits; the points stand in measurements.csv of the run folder.
    """
    table = result.measurements
    if table is None:
        return None
    view, words = look(result, language), look(result, language).words
    points = table.assign(difference=table["measured"] - table["reference"]).dropna(subset=["difference"])
    shown = [name for name in QUANTITIES if (points["quantity"] == name).sum() > 1]
    if not shown:
        return None
    records = []
    for name in shown:
        agreement = {part: agreement_of(view, name, part) for part in AGREEMENT}
        cells = {
            words(f"measurements.{part}", level=view.level_percent): words("none") if row is None else row.text(words)
            for part, row in agreement.items()
        }
        records.append({words("measurements.quantity"): words(f"measurements.{name}")} | cells)
    draw = partial(_drawn, view, shown, points)
    return Figure(
        caption=words("measurements.figure"),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=pd.DataFrame.from_records(records),
        alt=words("measurements.alt"),
    )


def _drawn(view: View, shown: list[str], points: pd.DataFrame, width_in: float) -> str:
    """Return a panel a quantity as SVG, two beside one another, or below one another where it is narrow."""
    columns = 1 if drawing.is_narrow(width_in) else _COLUMNS
    rows = -(-len(shown) // columns)
    with drawing.canvas(width_in, _ROW_IN * rows) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, name in zip(grid.flat, shown, strict=False):
            of_quantity = points[points["quantity"] == name]
            _panel(axes, view, name, of_quantity["measured"].to_numpy(float), of_quantity["reference"].to_numpy(float))
        for axes in grid.flat[len(shown) :]:
            axes.axis("off")
        return drawing.svg_of(figure, "measurements")


def agreement_of(view: View, quantity: str, part: str) -> Shown | None:
    """Return an estimate of the agreement of a quantity; None where the evaluation has none."""
    return next(iter(view.of(QUANTITIES[quantity].metric(part))), None)


def _panel(axes: "Axes", view: View, name: str, measured: np.ndarray, reference: np.ndarray) -> None:
    words, within = view.words, QUANTITIES[name].mean_within
    if within is not None:
        axes.axhspan(-within, within, color=drawing.LINE, alpha=0.35, linewidth=0)
    middle = (measured + reference) / 2
    axes.plot(middle, measured - reference, "o", color=drawing.BLUE, markersize=2.2, alpha=0.6, markeredgewidth=0)
    for part, style in (("bias", "-"), ("lower_limit", "--"), ("upper_limit", "--")):
        row = agreement_of(view, name, part)
        if row is not None and row.value is not None:
            axes.axhline(row.value, color=drawing.INK, linewidth=1, linestyle=style)
    axes.xaxis.set_major_formatter(drawing.ticks_in(words))
    axes.yaxis.set_major_formatter(drawing.ticks_in(words))
    axes.set_title(words(f"measurements.{name}"))
    axes.set_xlabel(words("measurements.x", quantity=words(f"measurements.{name}")))
    axes.set_ylabel(words("measurements.y"))
