"""What probabilities are worth, drawn: how often they come true, and errors among the surest answers."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.result import Block, Figure
from ecg_eval.domain.study import Floats
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.palette import machine_styles
from ecg_eval.reports.view import View
from ecg_eval.stats.probability.reliability import reliability_bins
from ecg_eval.stats.probability.reliability_curve import ReliabilityCurve, reliability_curve

_PANELS_AT_MOST = 6
_FEWEST = 20  # ECGs behind a smooth curve
_ANSWERS = 10  # from which on a share of errors is drawn
_LARGEST = 7.0  # of a point, in points of type


def reliability_part(view: View, metric: str) -> list[Block]:
    """Return the reliability curves of all programs with the ECGs behind each point; nothing without probabilities."""
    findings = [f for f in _most_frequent(view) if any(_pairs(view, m, f) is not None for m in _machines(view))]
    if not findings:
        return []
    words = view.words
    made = [one for f in findings for machine in _machines(view) if (one := _reliability(view, machine, f)) is not None]
    records = [
        {
            words("reader"): one.machine,
            words("finding"): words.finding(one.finding),
            words("reliability.predicted"): numbers.number(x, words),
            words("reliability.observed"): f"{numbers.number(y, words)} ({numbers.interval(low, high, words)})",
            words("reliability.ecgs"): numbers.count(int(n), words),
        }
        for one in made
        for x, y, low, high, n in one.points.tolist()
    ]
    draw = partial(_reliability_drawn, view, made, f"question-{metric.replace('_', '-')}")
    return [
        Figure(
            caption=words("reliability.caption"),
            draw=partial(draw, drawing.PAGE_WIDTH_IN),
            draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
            frame=pd.DataFrame.from_records(records),
            alt=words("reliability.alt", findings=words.listed([words.finding(f) for f in findings])),
        )
    ]


class _Reliability(NamedTuple):
    """How often one program's probabilities of a finding come true.

    `points` is (n_bins, 5): mean probability, share that has the finding, both ends of its interval, ECGs. `curve` is
    None of few ECGs, or of one probability for all.
    """

    machine: str
    finding: str
    points: Floats
    curve: ReliabilityCurve | None


def _reliability(view: View, machine: str, finding: str) -> _Reliability | None:
    pair = _pairs(view, machine, finding)
    if pair is None:
        return None
    truth, p, cluster = pair
    bins = reliability_bins(truth=truth, probability=p)
    points = np.stack([bins.mean_predicted, bins.observed, bins.low, bins.high, bins.n], axis=1)
    is_curve = len(p) >= _FEWEST and np.ptp(p) > 0
    curve = reliability_curve(truth=truth, probability=p, cluster=cluster) if is_curve else None
    return _Reliability(machine, finding, points[bins.n > 0], curve)


def _reliability_drawn(view: View, made: Sequence[_Reliability], name: str, width_in: float) -> str:
    """Return a square a finding as SVG, three beside one another, or two where it is narrow."""
    words, styles, narrow = view.words, machine_styles(view), drawing.is_narrow(width_in)
    findings = list(dict.fromkeys(one.finding for one in made))
    columns = min(len(findings), 2 if narrow else 3)
    height = -(-len(findings) // columns)
    legend = drawing.LINE_IN * len(_machines(view)) if narrow else 0.0
    with drawing.canvas(width_in, (2.1 if narrow else 2.45) * height + 0.45 + legend) as figure:
        grid = figure.subplots(height, columns, squeeze=False)
        for axes, finding in zip(grid.flat, findings, strict=False):
            axes.plot([0, 1], [0, 1], color=drawing.LINE, linewidth=0.9)
            for one in made:
                if one.finding != finding:
                    continue
                color, dashes, marker = styles[one.machine]
                if one.curve is not None:
                    axes.plot(one.curve.predicted, one.curve.observed, color=color, linestyle=dashes, linewidth=1.1)
                sizes = 2 + (_LARGEST - 2) * np.sqrt(one.points[:, 4] / one.points[:, 4].sum())
                for (x, y, *_), size in zip(one.points, sizes, strict=True):
                    axes.plot([x], [y], marker=marker, color=color, markersize=size, alpha=0.8, linestyle="none")
            axes.set_xlim(-0.03, 1.03)
            axes.set_ylim(-0.03, 1.03)
            axes.set_title(drawing.wrapped(words.finding(finding), width_in / columns - 0.5, size_pt=8, bold=True))
            axes.xaxis.set_major_formatter(drawing.ticks_in(words))
            axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        for axes in grid.flat[len(findings) :]:
            axes.axis("off")
        figure.supxlabel(words("reliability.predicted"), color=drawing.SOFT, fontsize=7.5)
        figure.supylabel(words("reliability.observed"), color=drawing.SOFT, fontsize=7.5)
        _legend(view, figure)
        return drawing.svg_of(figure, name)


def coverage_part(view: View, metric: str) -> list[Block]:
    """Return errors over the share of ECGs answered, the surest first, one line a program; all findings together."""
    words = view.words
    lines = {machine: line for machine in _machines(view) if len((line := _errors(view, machine))[0])}
    if not lines:
        return []
    records = []
    for machine, (share, error) in lines.items():
        for at in (0.5, 0.8, 0.9, 1.0):
            i = min(int(np.searchsorted(share, at - 1e-9)), len(share) - 1)
            records.append(
                {
                    words("reader"): machine,
                    words("coverage.share"): numbers.number(float(share[i]), words),
                    words("coverage.error"): numbers.number(float(error[i]), words),
                    words("coverage.answers"): numbers.count(round(float(share[i]) * len(share)), words),
                }
            )
    draw = partial(_coverage_drawn, view, lines, metric)
    return [
        Figure(
            caption=words("coverage.caption"),
            draw=partial(draw, drawing.PAGE_WIDTH_IN),
            draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
            frame=pd.DataFrame.from_records(records),
            alt=words("coverage.alt", n=len(lines)),
        )
    ]


def _coverage_drawn(view: View, lines: Mapping[str, tuple[Floats, Floats]], metric: str, width_in: float) -> str:
    """Return the lines of errors over the share of ECGs answered as SVG."""
    words, styles = view.words, machine_styles(view)
    with drawing.canvas(width_in, 2.8) as figure:
        axes = figure.subplots()
        axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
        for machine, (share, error) in lines.items():
            color, dashes, _ = styles[machine]
            axes.plot(share[_ANSWERS - 1 :], error[_ANSWERS - 1 :], color=color, linestyle=dashes, linewidth=1.2)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(drawing.wrapped(words("coverage.share"), width_in - 0.7))
        axes.set_ylabel(drawing.wrapped(words("coverage.error"), 2.0))
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        axes.set_title(drawing.wrapped(words.metric(metric), width_in - 0.7, size_pt=8, bold=True))
        _legend(view, figure)
        return drawing.svg_of(figure, f"question-{metric.replace('_', '-')}")


def _machines(view: View) -> list[str]:
    """Return the programs that give more than one score."""
    readers = dict.fromkeys(reader for reader, _ in view.result.study.reader_arms)
    return [r for r in readers if view.is_machine(r) and not view.is_trivial(r)]


def _most_frequent(view: View) -> list[str]:
    """Return the findings with most ECGs that show them, in the study's order."""
    n = {f: int((view.result.study.truth(f) == 1).sum()) for f in view.findings}
    chosen = sorted(view.findings, key=lambda f: -n[f])[:_PANELS_AT_MOST]
    return [f for f in view.findings if f in chosen and n[f]]


def _pairs(view: View, machine: str, finding: str) -> tuple[Floats, Floats, NDArray[np.int64]] | None:
    """Return truth, probability and patient where both are known; None where the scores are no probabilities."""
    study = view.result.study
    arm = next(a for r, a in study.reader_arms if r == machine)
    truth, p = study.truth(finding, judged=(machine,)), study.scores(machine, arm, finding)
    is_known = ~(np.isnan(truth) | np.isnan(p))
    if is_known.sum() < 2 or p[is_known].min() < 0 or p[is_known].max() > 1:
        return None
    return truth[is_known], p[is_known], study.patients[is_known]


def _errors(view: View, machine: str) -> tuple[Floats, Floats]:
    """Return shares answered and errors among them, the answers of all findings from the surest on."""
    pairs = [pair for f in view.findings if (pair := _pairs(view, machine, f)) is not None]
    if not pairs:
        return np.empty(0), np.empty(0)
    truth, p = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    order = np.argsort(-np.abs(p - 0.5), kind="stable")
    wrong = ((p >= 0.5) != (truth == 1))[order]
    n = np.arange(1, len(wrong) + 1)
    return n / len(n), np.cumsum(wrong) / n


def _legend(view: View, figure: object) -> None:
    """Name the programs above the picture."""
    from matplotlib.figure import Figure as Canvas
    from matplotlib.lines import Line2D

    styles = machine_styles(view)
    lines = [
        Line2D(
            [], [], color=styles[m].color, linestyle=styles[m].dashes, marker=styles[m].marker, markersize=4, label=m
        )
        for m in _machines(view)
    ]
    if isinstance(figure, Canvas):
        narrow = drawing.is_narrow(figure.get_figwidth())
        figure.legend(handles=lines, loc="outside upper center", ncols=1 if narrow else min(len(lines), 4))
