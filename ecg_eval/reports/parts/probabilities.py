"""What probabilities are worth, drawn: how often they come true, and errors among the surest answers."""

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
from ecg_eval.stats.probability.reliability_curve import reliability_curve

_PANELS_AT_MOST = 6
_FEWEST = 20  # ECGs behind a smooth curve
_ANSWERS = 10  # from which on a share of errors is drawn
_LARGEST = 7.0  # of a point, in points of type


def reliability_part(view: View, metric: str) -> list[Block]:
    """Return the reliability curves of all programs with the ECGs behind each point; nothing without probabilities."""
    findings = [f for f in _most_frequent(view) if any(_pairs(view, m, f) is not None for m in _machines(view))]
    if not findings:
        return []
    words, styles = view.words, machine_styles(view)
    columns = min(len(findings), 3)
    height = -(-len(findings) // columns)
    records = []
    with drawing.canvas(drawing.PAGE_WIDTH_IN, 2.45 * height + 0.45) as figure:
        grid = figure.subplots(height, columns, squeeze=False)
        for axes, finding in zip(grid.flat, findings, strict=False):
            axes.plot([0, 1], [0, 1], color=drawing.LINE, linewidth=0.9)
            for machine in _machines(view):
                pair = _pairs(view, machine, finding)
                if pair is None:
                    continue
                truth, p, cluster = pair
                color, dashes, marker = styles[machine]
                if len(p) >= _FEWEST and np.ptp(p) > 0:
                    curve = reliability_curve(truth=truth, probability=p, cluster=cluster)
                    axes.plot(curve.predicted, curve.observed, color=color, linestyle=dashes, linewidth=1.1)
                bins = reliability_bins(truth=truth, probability=p)
                for x, y, low, high, n in zip(
                    bins.mean_predicted, bins.observed, bins.low, bins.high, bins.n, strict=True
                ):
                    if not n:
                        continue
                    size = 2 + (_LARGEST - 2) * float(np.sqrt(n / len(p)))
                    axes.plot([x], [y], marker=marker, color=color, markersize=size, alpha=0.8, linestyle="none")
                    interval = numbers.interval(float(low), float(high), words)
                    records.append(
                        {
                            words("reader"): machine,
                            words("finding"): words.finding(finding),
                            words("reliability.predicted"): numbers.number(float(x), words),
                            words("reliability.observed"): f"{numbers.number(float(y), words)} ({interval})",
                            words("reliability.ecgs"): numbers.count(int(n), words),
                        }
                    )
            axes.set_xlim(-0.03, 1.03)
            axes.set_ylim(-0.03, 1.03)
            axes.set_title(words.finding(finding))
            axes.xaxis.set_major_formatter(drawing.ticks_in(words))
            axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        for axes in grid.flat[len(findings) :]:
            axes.axis("off")
        figure.supxlabel(words("reliability.predicted"), color=drawing.SOFT, fontsize=7.5)
        figure.supylabel(words("reliability.observed"), color=drawing.SOFT, fontsize=7.5)
        _legend(view, figure)
        draw = drawing.as_svg(figure, f"question-{metric.replace('_', '-')}")
    caption = words("reliability.caption")
    alt = words("reliability.alt", findings=words.listed([words.finding(f) for f in findings]))
    return [Figure(caption=caption, draw=draw, frame=pd.DataFrame.from_records(records), alt=alt)]


def coverage_part(view: View, metric: str) -> list[Block]:
    """Return errors over the share of ECGs answered, the surest first, one line a program; all findings together."""
    words, styles = view.words, machine_styles(view)
    lines = {machine: line for machine in _machines(view) if len((line := _errors(view, machine))[0])}
    if not lines:
        return []
    records = []
    with drawing.canvas(drawing.PAGE_WIDTH_IN, 2.8) as figure:
        axes = figure.subplots()
        axes.grid(axis="y", color=drawing.LINE, linewidth=0.4)
        for machine, (share, error) in lines.items():
            color, dashes, _ = styles[machine]
            axes.plot(share[_ANSWERS - 1 :], error[_ANSWERS - 1 :], color=color, linestyle=dashes, linewidth=1.2)
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
        axes.set_xlim(0, 1.02)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(words("coverage.share"))
        axes.set_ylabel(words("coverage.error"))
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.yaxis.set_major_formatter(drawing.ticks_in(words))
        axes.set_title(words.metric(metric))
        _legend(view, figure)
        draw = drawing.as_svg(figure, f"question-{metric.replace('_', '-')}")
    alt = words("coverage.alt", n=len(lines))
    return [Figure(caption=words("coverage.caption"), draw=draw, frame=pd.DataFrame.from_records(records), alt=alt)]


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
        figure.legend(handles=lines, loc="outside upper center", ncols=min(len(lines), 4))
