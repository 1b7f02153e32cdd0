"""From without help to with help, one line a reader: how many recognised, how many false alarms, of 100 each."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from ecg_eval.domain.design import BLOCKS, PAIRED, design_of
from ecg_eval.domain.notes import READ_BOTH_WAYS
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.numbers import per_hundred
from ecg_eval.reports.view import Party, View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED_AT_MOST = 14  # lines that have room for a name each
_HEIGHT_IN, _LETTER = 2.7, 0.045  # of the picture; of a name, as a share of the axis


class Slope(NamedTuple):
    """A reader's or a group's number without help and with it, 0 to 1."""

    party: Party
    before: float
    after: float


def slopes_figure(
    result: StudyResult, *, language: str = "en", width_in: float = drawing.PAGE_WIDTH_IN
) -> Figure | None:
    """Return the slopes of all readers who read in both arms, over all findings; None where there is none.

    Parameters
    ----------
    result : StudyResult
    language : str
    width_in : float
        Of half a page, two panels stand side by side and nobody is named.
    """
    view = look(result, language)
    if design_of(result.study).analysis not in (PAIRED, BLOCKS):
        return None  # no ECG was read both ways: a line from one arm to the other would be of two sets of ECGs
    up, right = view.playing("found"), view.playing("cleared")
    panels = {up: _slopes(view, up), right: [_turned(s) for s in _slopes(view, right)]}
    panels = {metric: slopes for metric, slopes in panels.items() if slopes}
    if not panels:
        return None
    words = view.words
    titled = [(words("slopes.found" if m == up else "slopes.alarms"), slopes) for m, slopes in panels.items()]
    draw = partial(_drawn, view, titled)
    on_half_a_page = drawing.is_narrow(width_in)
    scope = words.finding(view.overall)
    frame = pd.DataFrame.from_records(
        [
            {
                words("reader"): view.name(slope.party, arms=False),
                words("forest.what"): words("slopes.found" if metric == up else "slopes.alarms"),
                words.arm(UNAIDED): per_hundred(slope.before, words),
                words.arm(AIDED): per_hundred(slope.after, words),
            }
            for metric, slopes in panels.items()
            for slope in slopes
        ]
    )
    return Figure(
        caption=words("slopes.caption", scope=scope.lower()),
        draw=partial(draw, width_in, across=len(titled), names=not on_half_a_page),
        draw_narrow=None if on_half_a_page else partial(draw, drawing.NARROW_WIDTH_IN, across=1, names=True),
        frame=frame,
        alt=words("slopes.alt", n=len(frame)),
    )


def _drawn(
    view: View, panels: Sequence[tuple[str, Sequence[Slope]]], width_in: float, *, across: int, names: bool
) -> str:
    """Return the slopes as SVG, so many panels beside one another."""
    down = -(-len(panels) // across)
    with drawing.canvas(width_in, _HEIGHT_IN * down) as figure:
        grid = figure.subplots(down, across, squeeze=False)
        for axes, (title, slopes) in zip(grid.flat, panels, strict=True):
            _panel(axes, view, slopes, names=names)
            axes.set_title(drawing.wrapped(title, width_in / across - 0.3, size_pt=8, bold=True))
        return drawing.svg_of(figure, f"slopes-{round(width_in)}")


def _slopes(view: View, metric: str) -> list[Slope]:
    """Return before and after of everybody for whom both are known, groups last, so that they are drawn on top.

    Both are over the readers and ECGs of the effect: those read both ways, where others were read too.
    """
    some = view.of(metric, subgroup=READ_BOTH_WAYS)
    subgroup = READ_BOTH_WAYS if some else ""
    slopes = []
    for party in view.parties([metric]):
        if party.arm != UNAIDED or not view.is_human(party.reader):
            continue
        rows = [view.within(subgroup, metric, party._replace(arm=arm), view.overall) for arm in (UNAIDED, AIDED)]
        before, after = (None if row is None else row.value for row in rows)
        if before is not None and after is not None:
            slopes.append(Slope(party._replace(arm=f"{AIDED} - {UNAIDED}"), before, after))
    return sorted(slopes, key=lambda slope: slope.party.is_group)


def _turned(slope: Slope) -> Slope:
    return slope._replace(before=1 - slope.before, after=1 - slope.after)


def _panel(axes: "Axes", view: View, slopes: Sequence[Slope], *, names: bool) -> None:
    words = view.words
    for party, before, after in slopes:
        color, width = (drawing.GREEN, 2.2) if party.is_group else (drawing.SOFT, 0.8)
        axes.plot([0, 1], [100 * before, 100 * after], color=color, linewidth=width, zorder=3 if party.is_group else 2)
        # without help round, with help a triangle, as in the other pictures
        for x, y, marker in ((0, before, "o"), (1, after, "^")):
            face = color if party.is_group else "white"
            axes.plot(
                [x], [100 * y], marker, color=color, markerfacecolor=face, markersize=6 if party.is_group else 3.5
            )
    few = len(slopes) <= _NAMED_AT_MOST
    named = [s for s in slopes if names and (few or s.party.is_group)]
    low, high = axes.get_ylim()
    places = _apart([100 * s.after for s in named], gap=_LETTER * (high - low) * 1.35)
    for slope, y in zip(named, places, strict=True):
        weight = "bold" if slope.party.is_group else "normal"
        axes.annotate(
            view.name(slope.party, arms=False),
            (1, 100 * slope.after),
            xytext=(1.1, y),
            fontsize=6.5,
            fontweight=weight,
            va="center",
            arrowprops={"arrowstyle": "-", "color": drawing.LINE, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3},
        )
    axes.set_ylim(min([low, *(y - 1 for y in places)]), max([high, *(y + 1 for y in places)]))
    axes.set_xlim(-0.15, 1.15)
    axes.set_xticks([0, 1], [words.arm(UNAIDED), words.arm(AIDED)])
    axes.tick_params(axis="x", length=0, labelcolor=drawing.INK)
    axes.yaxis.set_major_formatter(drawing.ticks_in(words))
    axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
    axes.set_axisbelow(True)


def _apart(places: Sequence[float], *, gap: float) -> list[float]:
    """Return places in their order, moved as little as needed for none to be nearer to the next than the gap.

    Examples
    --------
    >>> _apart([5.0, 5.0, 9.0], gap=2.0)
    [4.0, 6.0, 9.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    blocks: list[tuple[float, int]] = []  # middle and number of names that stand together
    for i in order:
        blocks.append((places[i], 1))
        while len(blocks) > 1:
            (first, n), (second, m) = blocks[-2:]
            if second - first >= gap * (n + m) / 2:
                break
            blocks[-2:] = [((first * n + second * m) / (n + m), n + m)]
    moved = [0.0] * len(places)
    ranked = iter(order)
    for middle, n in blocks:
        for k in range(n):
            moved[next(ranked)] = middle + (k - (n - 1) / 2) * gap
    return moved
