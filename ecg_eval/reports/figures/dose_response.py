"""How numbers of models fall as tracings get worse: a panel a perturbation, doses from left to right."""

from collections.abc import Sequence
from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.domain.facts.stress import StressNumber, StressPart, StressResult
from ecg_eval.domain.result import Figure
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 3
_APART = 0.12  # of two doses, between models at the same one


def dose_response(result: StressResult, *, metric: str, words: Words) -> Figure | None:
    """Return the picture of one metric over all findings; None where no perturbation has a number.

    Parameters
    ----------
    result : StressResult
    metric : str
    words : Words
    """
    shown = [x for x in result.numbers if x.metric == metric and x.finding == result.overall]
    drawn = [
        p for p in result.parts if any(x.perturbation == p.perturbation and x.value.value is not None for x in shown)
    ]
    if not drawn:
        return None
    n_models = len({x.model for x in shown})
    draw = partial(_drawn, drawn, shown, metric, words)
    return Figure(
        caption=words("stress.figure", metric=words.metric(metric), scope=words.finding(result.overall).lower()),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=pd.DataFrame.from_records([_record(x, drawn, words) for x in shown]),
        alt=words("stress.alt", n=len(drawn), models=n_models),
    )


def _drawn(
    parts: Sequence[StressPart], shown: Sequence[StressNumber], metric: str, words: Words, width_in: float
) -> str:
    """Return a panel a perturbation as SVG, three beside one another, or below one another where it is narrow."""
    narrow = drawing.is_narrow(width_in)
    models = list(dict.fromkeys(x.model for x in shown))
    columns = 1 if narrow else _COLUMNS
    rows = -(-len(parts) // columns)
    legend = len(models) if narrow else 1
    with drawing.canvas(width_in, 1.95 * rows + 0.25 + 0.15 * legend) as figure:
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for axes, part in zip(grid.flat, parts, strict=False):
            _panel(axes, part, [x for x in shown if x.perturbation == part.perturbation], models, words)
            if narrow:
                axes.tick_params(axis="x", labelsize=6.5)
        for axes in grid.flat[len(parts) :]:
            axes.axis("off")
        handles, labels = grid.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=1 if narrow else min(len(models), 4))
        figure.supylabel(words.metric(metric), color=drawing.SOFT, fontsize=7.5)
        return drawing.svg_of(figure, f"dose-{metric}")


def dose_text(part: StressPart, dose: float | None, words: Words) -> str:
    """Return a dose as it is shown: "0.5 mV", or what it is where it is a kind."""
    if dose is None:
        return words("stress.clean")
    if not part.unit:
        return words.phrase(part.dose_words[part.doses.index(dose)])
    return f"{numbers.setting(dose, words)} {words.phrase(part.unit)}"


def _tick(part: StressPart, dose: float, words: Words) -> str:
    return numbers.setting(dose, words) if part.unit else fill(dose_text(part, dose, words), 12)


def _goes_one_way(doses: Sequence[float]) -> bool:
    return list(doses) in (sorted(doses), sorted(doses, reverse=True))


def _panel(axes: "Axes", part: StressPart, shown: Sequence[StressNumber], models: Sequence[str], words: Words) -> None:
    for i, model in enumerate(models):
        color, dashes, marker = drawing.MACHINE_STYLES[i % len(drawing.MACHINE_STYLES)]
        at = {x.dose: x for x in shown if x.model == model and x.value.value is not None}
        places = [(k, at[dose]) for k, dose in enumerate((None, *part.doses)) if dose in at]
        shift = (i - (len(models) - 1) / 2) * _APART
        xs = [k + shift for k, _ in places]
        ys = [x.value.value or 0.0 for _, x in places]
        # kinds are no degrees, and doses that go two ways are no course: no line joins them
        style = dashes if part.unit and _goes_one_way(part.doses) else ""
        axes.plot(xs, ys, linestyle=style, marker=marker, color=color, markersize=4, linewidth=1.0, label=model)
        for x, (_, number) in zip(xs, places, strict=True):
            if number.value.low is not None and number.value.high is not None:
                axes.plot([x, x], [number.value.low, number.value.high], color=color, linewidth=0.7)
    ticks = [words("stress.clean"), *(_tick(part, dose, words) for dose in part.doses)]
    axes.set_xticks(range(len(ticks)), ticks, fontsize=6 if part.unit else 5.5)
    unit = f" ({words.phrase(part.unit)})" if part.unit else ""
    axes.set_title(
        f"{words(f'stress.{part.perturbation}')}{unit}"
        if words.has(f"stress.{part.perturbation}")
        else part.perturbation
    )
    axes.yaxis.set_major_formatter(drawing.ticks_in(words))
    axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
    axes.set_axisbelow(True)


def _record(x: StressNumber, parts: Sequence[StressPart], words: Words) -> dict[str, str]:
    part = next(p for p in parts if p.perturbation == x.perturbation)
    v, c = x.value, x.change
    return {
        words("reader"): x.model,
        words("stress.what"): words(f"stress.{part.perturbation}")
        if words.has(f"stress.{part.perturbation}")
        else part.perturbation,
        words("stress.dose"): dose_text(part, x.dose, words),
        words("estimate"): numbers.estimate(v.value, v.low, v.high, v.reason or "", words),
        words("stress.change"): words("none")
        if c is None
        else numbers.estimate(c.value, c.low, c.high, c.reason or "", words, signed=True),
    }
