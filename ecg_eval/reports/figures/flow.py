"""From the archive to the recordings that were read: a flow diagram as STARD asks for, exclusions with their reasons.

What takes part runs down on the left; what leaves stands to the right, in grey, with how many and why. Recordings that
stay in spite of a flaw stand to the right too, in a dashed box.
"""

from dataclasses import dataclass, field
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from ecg_eval.domain.facts.screening import FlowStep, QualityFacts
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import View, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_READABLE = "with a readable signal"  # the step that the quality gate makes
_READ = "recordings of the test split, read"
_WHY = {  # what those were that a step left behind
    "in the folds used": "flow.out.folds",
    "with a signal file": "flow.out.no_file",
    _READ: "flow.out.learning",
}
_LEFT_IN, _GAP_IN, _MARGIN_IN, _ARROW_IN, _EDGE_IN = 2.75, 0.55, 0.08, 0.28, 0.01
_NARROW_LEFT_IN, _NARROW_GAP_IN = 1.6, 0.25
_LINE_IN, _PADDING_IN, _CHARACTER_IN = 0.155, 0.08, 0.062
_FLAWS_AT_MOST = 5
_DASHES = (0, (3, 2))
_MAIN, _LEAVES, _STAYS = "main", "leaves", "stays"
_GREY = "#f1f4f6"


@dataclass
class _Stage:
    """One box of the main line, and what stands beside the arrow to it."""

    title: str
    count: str
    out: list[str] = field(default_factory=list)
    flagged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    width: float
    lines: list[str]
    role: str
    strong: range  # lines that stand out

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE_IN + 2 * _PADDING_IN

    @property
    def bottom(self) -> float:
        return self.top - self.height

    @property
    def middle(self) -> float:
        return self.top - self.height / 2


@dataclass(frozen=True)
class _Arrow:
    start: tuple[float, float]
    end: tuple[float, float]
    dashed: bool = False


def flow_figure(result: StudyResult, *, language: str = "en") -> Figure | None:
    """Return the flow diagram of a run, or None where the run kept no flow.

    Parameters
    ----------
    result : StudyResult
        Its provenance holds the flow and what the quality gate found.
    language : str
    """
    view = look(result, language)
    steps = result.provenance.flow
    if not steps:
        return None
    words = view.words
    stages = [_stage(view, step, before) for step, before in zip(steps, [None, *steps[:-1]], strict=True)]
    frame = pd.DataFrame.from_records([_row(view, step, stage) for step, stage in zip(steps, stages, strict=True)])
    draw = partial(_drawn, stages)
    return Figure(
        caption=words("flow.records"),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=frame,
        alt="; ".join(f"{stage.title}: {stage.count}" for stage in stages),
    )


def _drawn(stages: list[_Stage], width_in: float) -> str:
    """Return boxes and arrows as SVG."""
    boxes, arrows, height = _placed(stages, width_in)
    with drawing.canvas(width_in, height) as figure:
        figure.set_layout_engine("none")  # everything is placed already
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width_in), ylim=(-height, 0))
        axes.axis("off")
        for arrow in arrows:
            _draw_arrow(axes, arrow)
        for box in boxes:
            _draw_box(axes, box)
        return drawing.svg_of(figure, "flow")


def _stage(view: View, step: FlowStep, before: FlowStep | None) -> _Stage:
    words, quality = view.words, view.result.provenance.quality
    count = f"n = {numbers.count(step.records, words)}"
    count += f" ({view.counted('patient', step.patients)})" if view.knows_patients else ""
    stage = _Stage(numbers.capital(words.phrase(step.step)), count)
    lost = 0 if before is None else before.records - step.records
    if lost > 0:
        head = "flow.out" if step.step != _READ else "flow.not_read"
        stage.out.append(words(head, n=numbers.count(lost, words)))
        stage.out += _reasons(view, quality) if quality and step.step == _READABLE else []
        if step.step in _WHY:
            stage.out.append(words(_WHY[step.step] if step.step != _READ or _teaches(view) else "flow.out.folds"))
    if quality and step.step == _READABLE and quality.kept_with_flag:
        stage.flagged.append(words("flow.flagged", n=numbers.count(quality.kept_with_flag, words)))
        stage.flagged += _flaws(view, quality, "flag")
    return stage


def _teaches(view: View) -> bool:
    """Whether models of the run learnt from recordings, or had thresholds set on them."""
    provenance = view.result.provenance
    return bool(provenance.thresholds) or any(model.fit_s for model in provenance.models.values())


def _reasons(view: View, quality: QualityFacts) -> list[str]:
    """Return why recordings were left out by the gate."""
    broken = quality.unreadable
    unreadable = [view.words("flow.out.unreadable", n=numbers.count(broken, view.words))] if broken else []
    return unreadable + _flaws(view, quality, "exclude")


def _flaws(view: View, quality: QualityFacts, action: str) -> list[str]:
    """Return the commonest flaws and their numbers, and that there are more."""
    words = view.words
    flaws = sorted((f for f in quality.flaws if f.action == action), key=lambda f: -f.records)
    lines = [
        words("flow.flaw", flaw=words(f"flaw.{f.kind}"), n=numbers.count(f.records, words))
        for f in flaws[:_FLAWS_AT_MOST]
    ]
    return lines + ([words("flow.more_flaws")] if len(flaws) > _FLAWS_AT_MOST else [])


def _row(view: View, step: FlowStep, stage: _Stage) -> dict[str, str]:
    words = view.words
    return {
        words("flow.step"): stage.title,
        words("flow.n_records"): numbers.count(step.records, words),
        words("flow.n_patients"): numbers.count(step.patients if view.knows_patients else None, words),
        words("flow.left_out"): words.apart(stage.out) or words("none"),
    }


def _placed(stages: list[_Stage], width_in: float) -> tuple[list[_Box], list[_Arrow], float]:
    """Return boxes and arrows from the top down, and the height of it all."""
    boxes: list[_Box] = []
    arrows: list[_Arrow] = []
    left, gap = (_NARROW_LEFT_IN, _NARROW_GAP_IN) if drawing.is_narrow(width_in) else (_LEFT_IN, _GAP_IN)
    middle, right, edge = left / 2, left + gap, width_in - left - gap - _EDGE_IN
    y, free = -_MARGIN_IN, -_MARGIN_IN  # where the main line stands, and from where down the right side is free
    for i, stage in enumerate(stages):
        if i:
            start = y
            y -= _ARROW_IN
            if stage.out:
                beside = _side_box(right, min(start - _MARGIN_IN, free), edge, stage.out, _LEAVES)
                boxes.append(beside)
                arrows.append(_Arrow((middle, beside.middle), (right, beside.middle)))
                free = beside.bottom - _MARGIN_IN
                y = min(y, free)
            arrows.append(_Arrow((middle, start), (middle, y)))
        title, count = _lines([stage.title], left), _lines([stage.count], left)
        strong = range(len(title), len(title) + len(count))
        box = _Box(_EDGE_IN, y, left - _EDGE_IN, [*title, *count], _MAIN, strong)
        boxes.append(box)
        if stage.flagged:
            beside = _side_box(right, min(y, free), edge, stage.flagged, _STAYS)
            level = max(box.middle, beside.bottom)
            boxes.append(beside)
            arrows.append(_Arrow((left, level), (right, level), dashed=True))
            free = beside.bottom - _MARGIN_IN
        y = box.bottom
    return boxes, arrows, _MARGIN_IN - min(y, free)


def _side_box(left: float, top: float, width: float, texts: list[str], role: str) -> _Box:
    """Return a box beside the main line: its first text, how many leave or stay, stands out."""
    return _Box(left, top, width, _lines(texts, width), role, range(len(_lines(texts[:1], width))))


def _lines(texts: list[str], width_in: float) -> list[str]:
    """Return texts as lines that fit a box."""
    return [line for text in texts for line in wrap(text, int(width_in / _CHARACTER_IN))]


def _draw_arrow(axes: "Axes", arrow: _Arrow) -> None:
    style: dict[str, object] = {"color": drawing.SOFT, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    style |= {"arrowstyle": "-", "linestyle": _DASHES} if arrow.dashed else {"arrowstyle": "-|>", "mutation_scale": 8}
    axes.annotate("", xy=arrow.end, xytext=arrow.start, arrowprops=style)


def _draw_box(axes: "Axes", box: _Box) -> None:
    """Draw a box and its lines; what it counts stands out."""
    from matplotlib.patches import Rectangle

    main = box.role == _MAIN
    look_of: dict[str, Any] = {"facecolor": _GREY if box.role == _LEAVES else "white"}
    look_of |= {"edgecolor": drawing.INK if main else drawing.SOFT, "linewidth": 0.9 if main else 0.7}
    look_of |= {"linestyle": _DASHES} if box.role == _STAYS else {}
    axes.add_patch(Rectangle((box.left, box.bottom), box.width, box.height, **look_of))
    for i, line in enumerate(box.lines):
        strong = i in box.strong
        axes.text(
            box.left + (box.width / 2 if main else 2 * _PADDING_IN),
            box.top - _PADDING_IN - (i + 0.5) * _LINE_IN,
            line,
            ha="center" if main else "left",
            va="center",
            color=drawing.INK if strong or main else drawing.SOFT,
            fontweight="bold" if strong else "normal",
        )
