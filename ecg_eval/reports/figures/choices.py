"""Who took which class for which: a shaded square a reader, true classes down, classes chosen across."""

from collections.abc import Sequence
from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports import numbers
from ecg_eval.reports.choices import Choices, choices_of, chooser
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

_ACROSS, _SQUARES_AT_MOST = 3, 9
_NUMBERS_UP_TO = 6  # classes beyond which a cell is too small for its numbers
_NAME_LETTERS = 14


def choices_figure(result: StudyResult, *, classes: Sequence[str], language: str = "en") -> Figure | None:
    """Return what readers chose of the ECGs of each class; None where nobody chose, or no ECG has one class.

    Each cell holds the share of the readings of a true class that chose a class, and the counts that it is made of;
    readings without an answer are not among them. Groups of people stand for their readers where these are many.

    Parameters
    ----------
    result : StudyResult
    classes : sequence of str
        Findings of the study of which each ECG has exactly one.
    language : str
    """
    view = look(result, language)
    drawn = drawn_choices(view, [one for one in choices_of(view, tuple(classes)) if one.counts.any()])
    if not drawn:
        return None
    words = view.words
    names = [words.finding(code) for code in classes]
    draw = partial(_drawn, view, drawn, names, f"choices-{'-'.join(classes)[:40]}")
    return Figure(
        caption=words("choices.caption", classes=words.listed(names)),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=choices_table(view, drawn, classes),
        alt=words("choices.alt", readers=words.apart([chooser(view, one.party) for one in drawn])),
    )


def drawn_choices(view: View, choices: Sequence[Choices]) -> list[Choices]:
    """Return the choices that have a square of their own: not of people whose group is drawn, where they are many."""
    shown = view.few([one.party for one in choices], at_most=4)
    return [one for one in choices if one.party in shown][:_SQUARES_AT_MOST]


def choices_table(view: View, choices: Sequence[Choices], classes: Sequence[str]) -> pd.DataFrame:
    """Return the counts, one row a reader and true class."""
    words = view.words
    names = [numbers.capital(words.finding(code)) for code in classes]
    headings = [*(words("choices.as", finding=name) for name in names), words("choices.other"), words("choices.silent")]
    records = [
        {
            words("reader"): chooser(view, one.party),
            words("choices.true"): name,
            **dict(zip(headings, (numbers.count(n, words) for n in (*one.counts[i], one.unanswered[i])), strict=True)),
        }
        for one in choices
        for i, name in enumerate(names)
    ]
    return pd.DataFrame.from_records(records)


def _drawn(view: View, drawn: Sequence[Choices], names: Sequence[str], name: str, width_in: float) -> str:
    """Return a square a reader as SVG, three beside one another, or below one another where it is narrow."""
    words, narrow = view.words, drawing.is_narrow(width_in)
    has_other = any(one.counts[:, -1].any() for one in drawn)
    across = 1 if narrow else min(_ACROSS, len(drawn))
    down = -(-len(drawn) // across)
    side = width_in / _ACROSS if not narrow else width_in - 0.7
    with drawing.canvas(side * across + 0.7, (side + 0.25) * down + 0.3) as figure:
        squares = figure.subplots(down, across, squeeze=False)
        for i, (axes, one) in enumerate(zip(squares.flat, drawn, strict=False)):
            _square(axes, view, one, names, has_other=has_other, first=i % across == 0)
        for axes in squares.flat[len(drawn) :]:
            axes.axis("off")
        figure.supxlabel(words("choices.chosen"), fontsize=7.5, color=drawing.SOFT)
        figure.supylabel(words("choices.true"), fontsize=7.5, color=drawing.SOFT)
        return drawing.svg_of(figure, name)


def _square(axes: "Axes", view: View, one: Choices, names: Sequence[str], *, has_other: bool, first: bool) -> None:
    words = view.words
    counts = one.counts if has_other else one.counts[:, :-1]
    total = one.answered[:, None]
    shares = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    axes.patch.set(hatch="////", edgecolor=drawing.LINE, facecolor="white")
    axes.imshow(np.ma.masked_invalid(shares), cmap="Blues", vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    for spine in axes.spines.values():
        spine.set_visible(False)
    labels = [fill(name, _NAME_LETTERS) for name in names]
    across = [*labels, fill(words("choices.other"), _NAME_LETTERS)] if has_other else labels
    axes.set_xticks(range(len(across)), across, rotation=45, ha="right", rotation_mode="anchor", fontsize=6.5)
    axes.set_yticks(range(len(labels)), labels if first else [""] * len(labels), fontsize=6.5)
    axes.tick_params(length=0, labelcolor=drawing.INK)
    for i in range(len(names)):  # what is right is framed
        axes.add_patch(_frame(i))
    axes.set_title(fill(chooser(view, one.party), 34), fontsize=7.5)
    if len(names) > _NUMBERS_UP_TO:
        return
    for i, j in np.argwhere(~np.isnan(shares)):
        share = float(shares[i, j])
        color = "white" if share > 0.6 else drawing.INK
        axes.text(j, i - 0.1, numbers.two_decimals(share, words), ha="center", va="center", fontsize=7.5, color=color)
        of = f"{numbers.count(int(counts[i, j]), words)}/{numbers.count(one.answered[i], words)}"
        axes.text(j, i + 0.24, of, ha="center", va="center", fontsize=6.5, color=color)


def _frame(i: int) -> "Patch":
    from matplotlib.patches import Rectangle

    return Rectangle((i - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=drawing.INK, linewidth=0.8)
