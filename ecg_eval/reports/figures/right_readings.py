"""Right readings as they were made: by place in a sitting, by sitting, or by which reading of the ECG it was."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from ecg_eval.domain.design import first_of
from ecg_eval.domain.people.reading_order import reading_order
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.result import Figure
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import View
from ecg_eval.reports.words import Words
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate

TENTHS = 10
FEWEST = 20  # readings behind a point
_LEAST_SPAN = 0.2  # of the axis of shares: a change of one in 100 must not fill the picture
_APART = 0.008  # of the width: bars of two lines stand beside one another
_LOOKS = ((drawing.SOFT, "o", "-"), (drawing.BLUE, "^", "-"), (drawing.INK, "s", "--"))


class Points(NamedTuple):
    """Where readings stand along the axis, whether they are right, and their patients, all (n_readings,)."""

    at: Floats
    right: Floats
    patient: Floats


Lines = dict[str, list[tuple[float, Estimate]]]  # shares along the axis, by the name of the line


def right_readings_figure(view: View, metric: str, picture: str) -> Figure | None:
    """Return the share of right readings of all people, one line an arm or a sequence; None where there is no line.

    Parameters
    ----------
    view : View
    metric : str
    picture : str
        "by_place" (tenths of a sitting), "by_sitting", or "carried": first and second reading of the same ECG, by
        which came first.
    """
    words, study = view.words, view.result.study
    made = _by_sequence(study, words) if picture == "carried" else _by_arm(study, words, by_place=picture == "by_place")
    lines = {name: _shares(points, view.level, by_place=picture == "by_place") for name, points in made.items()}
    lines = {name: shares for name, shares in lines.items() if shares}
    if not lines or all(len(shares) < 2 for shares in lines.values()):
        return None
    names = {1.0: words("over_time.first"), 2.0: words("over_time.second")} if picture == "carried" else {}
    draw = partial(_drawn, view, metric, lines, names, picture == "by_place")
    records = [
        {
            words("over_time.line"): name,
            words(f"over_time.{metric}.x"): names.get(x)
            or (numbers.number(x, words) if picture == "by_place" else f"{x:g}"),
            words("over_time.y"): numbers.estimate(e.value, e.low, e.high, e.reason or "", words),
            words("over_time.readings"): numbers.count(e.n, words),
        }
        for name, shares in lines.items()
        for x, e in shares
    ]
    return Figure(
        caption=words(f"over_time.{metric}.caption", level=view.level_percent),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=pd.DataFrame.from_records(records),
        alt=words("over_time.alt", metric=words.metric(metric)),
    )


def _drawn(view: View, metric: str, lines: Lines, names: dict[float, str], by_place: bool, width_in: float) -> str:
    """Return the shares as SVG, one line an arm or a sequence."""
    words, narrow = view.words, drawing.is_narrow(width_in)
    places = sorted({x for shares in lines.values() for x, _ in shares})
    with drawing.canvas(width_in, 2.8 if narrow else 2.6) as figure:
        axes = figure.subplots()
        axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
        step = _APART * max(places[-1] - places[0], 1e-9)
        for i, (name, shares) in enumerate(lines.items()):
            color, marker, dashes = _LOOKS[i % len(_LOOKS)]
            moved = [x + (i - (len(lines) - 1) / 2) * step for x, _ in shares]
            for x, (_, e) in zip(moved, shares, strict=True):
                if e.low is not None and e.high is not None:
                    axes.plot([x, x], [e.low, e.high], color=color, linewidth=0.7, solid_capstyle="butt")
            axes.plot(moved, [e.value or 0.0 for _, e in shares], color=color, marker=marker, markersize=4,
                      linewidth=1.1, linestyle=dashes, label=name)  # fmt: skip
        axes.set_ylim(*_span([e for shares in lines.values() for _, e in shares]))
        if not by_place:
            axes.set_xticks(places, [names.get(x, f"{x:g}") for x in places])
            axes.set_xlim(places[0] - 0.25, places[-1] + 0.25)
        else:
            axes.set_xlim(0, 1)
            axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.locator_params(axis="y", nbins=5)
        axes.set_xlabel(drawing.wrapped(words(f"over_time.{metric}.x"), width_in - 0.6))
        axes.set_ylabel(words("over_time.y"))
        axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=1 if narrow else 2)
        axes.set_title(drawing.wrapped(words.metric(metric), width_in - 0.6, size_pt=8, bold=True))
        return drawing.svg_of(figure, f"question-{metric.replace('_', '-')}")


def _right(study: ReaderStudy, place: int) -> Floats:
    """Return whether the calls of a reader and arm are right, (n_findings, n_records), of what a mean takes."""
    truth, called = study.truths(judged=(study.reader_arms[place][0],)), study.cube("calls")[place]
    unknown = np.isnan(called) | np.isnan(truth)
    return np.where(unknown, np.nan, called == truth)[averaged_once(study.findings)]


def _points(study: ReaderStudy, right: list[Floats], at: list[Floats]) -> Points:
    """Return the readings of several readers that have a place and are known to be right or wrong."""
    shape = right[0].shape
    patient = np.broadcast_to(study.patients.astype(np.float64), shape).ravel()
    flat = np.concatenate([r.ravel() for r in right])
    where = np.concatenate([np.broadcast_to(x, shape).ravel() for x in at])
    whose = np.tile(patient, len(right))
    keep = ~np.isnan(flat) & ~np.isnan(where)
    return Points(where[keep], flat[keep], whose[keep])


def _by_arm(study: ReaderStudy, words: Words, *, by_place: bool) -> dict[str, Points]:
    """Return the readings of all people in each arm by their place in the sitting, or by the number of the sitting."""
    order = reading_order(study)
    made = {}
    for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
        people = [i for i, (reader, a) in enumerate(study.reader_arms) if a == arm and study.is_human(reader)]
        at = [
            order.place[i] if by_place
            else 1 + np.round(order.sitting[i] * max(order.n_sittings[study.reader_arms[i][0]] - 1, 0))
            for i in people
        ]  # fmt: skip
        if people:
            made[words.arm(arm)] = _points(study, [_right(study, i) for i in people], at)
    return made


def _by_sequence(study: ReaderStudy, words: Words) -> dict[str, Points]:
    """Return first (1) and second (2) readings of the ECGs that people read both ways, by what came first."""
    periods = first_of(study, "period")
    people = [reader for reader in study.readers_with(AIDED, UNAIDED) if study.is_human(reader)]
    made = {}
    for first, second in ((UNAIDED, AIDED), (AIDED, UNAIDED)):
        right, at = [], []
        for one, other in zip(study.places(people, first).values(), study.places(people, second).values(), strict=True):
            sides = _right(study, one), _right(study, other)
            among = (periods[one] < periods[other]) & ~np.isnan(sides[0]) & ~np.isnan(sides[1])
            right += [np.where(among, side, np.nan) for side in sides]
            at += [np.full(side.shape, k) for k, side in zip((1.0, 2.0), sides, strict=True)]
        if right:
            made[words(f"over_time.{first}_first")] = _points(study, right, at)
    return made


def _shares(points: Points, level: float, *, by_place: bool) -> list[tuple[float, Estimate]]:
    """Return the middle of each part of the order and the share of right readings there, with its interval."""
    at = points.at
    part = np.minimum((at * TENTHS).astype(int), TENTHS - 1) if by_place else at.astype(int)
    shares = []
    for p in np.unique(part):
        inside = part == p
        if inside.sum() >= FEWEST:
            share = clustered_proportion(event=points.right[inside], cluster=points.patient[inside], level=level)
            shares.append(((p + 0.5) / TENTHS if by_place else float(p), share))
    return shares


def _span(shares: list[Estimate]) -> tuple[float, float]:
    """Return the ends of the axis: all intervals, and no less than a fifth of all that a share can be."""
    ends = [x for e in shares for x in (e.value, e.low, e.high) if x is not None]
    missing = max(_LEAST_SPAN - (max(ends) - min(ends)), 0.02) / 2
    low, high = min(ends) - missing, max(ends) + missing
    low, high = low - max(high - 1, 0), high - max(high - 1, 0)  # a share is 1 at most
    return max(low, 0.0), high + 0.005
