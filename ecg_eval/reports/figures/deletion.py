"""How far log odds fall when what moved them most is deleted, beside as much at random: a panel a model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ecg_eval.domain.result import Figure
from ecg_eval.reports import numbers
from ecg_eval.reports.explained import ExplainedAnswer
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import View
from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANEL_IN, _HEIGHT_IN, _COLUMNS = 2.36, 2.2, 3
_FROM = 9  # models, of which no picture is made: the table says it all


def deletion_figure(view: View, answers: Sequence[ExplainedAnswer]) -> Figure | None:
    """Return the picture of the curves, the mean over a model's findings; None where there is none to draw.

    Parameters
    ----------
    view : View
    answers : sequence of ExplainedAnswer
    """
    words = view.words
    readers = list(dict.fromkeys(a.reader for a in answers if a.falls))
    if not 0 < len(readers) < _FROM:
        return None
    columns = min(len(readers), _COLUMNS)
    rows = -(-len(readers) // columns)
    with drawing.canvas(max(_PANEL_IN * columns, 3.5), _HEIGHT_IN * rows + 0.3) as figure:
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for axes, reader in zip(panels.flat, readers, strict=False):
            _panel(axes, words, reader, [a for a in answers if a.reader == reader and a.falls])
        for axes in panels.flat[len(readers) :]:
            axes.axis("off")
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.supylabel(words("explanations.fall"), color=drawing.SOFT, fontsize=7.5)
        draw = drawing.as_svg(figure, "deletion")
    frame = pd.DataFrame.from_records(
        [
            {
                words("reader"): a.reader,
                words("explanations.finding"): words.finding(a.finding),
                words("explanations.share"): numbers.setting(100 * share, words),
                words("explanations.most"): numbers.number(most, words, signed=True),
                words("explanations.random"): numbers.number(random, words, signed=True),
            }
            for a in answers
            for share, most, random in a.falls
        ]
    )
    return Figure(
        caption=words("explanations.figure"), draw=draw, frame=frame, alt=words("explanations.alt", n=len(readers))
    )


def _panel(axes: "Axes", words: Words, reader: str, answers: Sequence[ExplainedAnswer]) -> None:
    falls = np.mean([a.falls for a in answers], axis=0)  # (n_shares, 3)
    x, most, random = np.concatenate([np.zeros((1, 3)), falls]).T
    axes.axhline(0, color=drawing.SOFT, linewidth=0.6)
    axes.plot(100 * x, most, "o-", color=drawing.VERMILION, markersize=4, label=words("explanations.most"))
    axes.plot(100 * x, random, "s--", color=drawing.INK, markersize=3.5, label=words("explanations.random"))
    axes.set_title(reader)
    axes.set_xlabel(words("explanations.share"))
    axes.xaxis.set_major_formatter(drawing.ticks_in(words))
    axes.yaxis.set_major_formatter(drawing.ticks_in(words))
    axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
    axes.set_axisbelow(True)
