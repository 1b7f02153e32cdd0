"""The flow diagram: what leaves and why, what stays with a flag, and boxes that do not overlap."""

from dataclasses import replace
from itertools import combinations, product

from reports.study_fixture import toy_result

from ecg_eval.domain.facts.provenance import Provenance
from ecg_eval.domain.facts.screening import FlawCount, FlowStep, QualityFacts, QualityPolicy
from ecg_eval.domain.result import Figure
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.flow import _Box, _placed, _stage, flow_figure
from ecg_eval.reports.view import look

FLOW = (
    FlowStep(step="records in the dataset", records=2000, patients=1800),
    FlowStep(step="in the folds used", records=500, patients=466),
    FlowStep(step="with a signal file", records=498, patients=465),
    FlowStep(step="with a readable signal", records=493, patients=461),
    FlowStep(step="recordings of the test split, read", records=101, patients=95),
)
FLAGS = ("baseline_wander", "muscle_noise", "electrodes", "clipped", "mains_noise", "limb_leads")
QUALITY = QualityFacts(
    examined=498,
    kept=410,
    kept_with_flag=83,
    excluded=5,
    unreadable=2,
    flaws=(
        FlawCount(action="exclude", kind="wrong_units", records=3),
        *(FlawCount(action="flag", kind=kind, records=60 - 9 * i) for i, kind in enumerate(FLAGS)),
        FlawCount(action="note", kind="short", records=7),
    ),
    policy=QualityPolicy(actions={}, limits={}),
)


def drawn(flow: tuple[FlowStep, ...], quality: QualityFacts | None, language: str = "en") -> Figure:
    result = toy_result()
    provenance = replace(result.provenance, flow=flow, quality=quality)
    figure = flow_figure(replace(result, provenance=provenance), language=language)
    assert figure is not None
    return figure


def test_what_leaves_is_counted_and_explained() -> None:
    figure = drawn(FLOW, QUALITY)
    assert figure.frame["Left out before"].tolist() == [
        "\u2013",
        "Left out: n = 1,500; In folds that this run does not use",
        "Left out: n = 2; No signal file",
        "Left out: n = 5; File cannot be read: 2; Amplitude not believable in the unit declared: 3",
        "Not read: n = 392; Taught models or set their thresholds",
    ]
    assert "Of these, kept with a flag: n = 83" in figure.svg
    assert "Baseline wander: 60" in figure.svg
    assert "And rarer flaws" in figure.svg
    assert "Shorter than" not in figure.svg, "what is only noted is no flag"


def test_nothing_stands_beside_a_step_that_leaves_nobody_out() -> None:
    figure = drawn((FlowStep(step="records in the dataset", records=3, patients=3),) * 2, None)
    assert figure.frame["Left out before"].tolist() == ["\u2013", "\u2013"]
    assert "Left out" not in figure.svg


def test_no_flow_no_picture() -> None:
    result = toy_result()
    assert flow_figure(replace(result, provenance=Provenance())) is None


def test_boxes_do_not_overlap_and_stay_on_the_page() -> None:
    result = toy_result()
    for language, width_in in product(("en", "fr"), (drawing.PAGE_WIDTH_IN, drawing.NARROW_WIDTH_IN)):
        view = look(replace(result, provenance=Provenance(flow=FLOW, quality=QUALITY)), language)
        stages = [_stage(view, step, before) for step, before in zip(FLOW, [None, *FLOW[:-1]], strict=True)]
        boxes, _, height = _placed(stages, width_in)
        assert all(box.bottom > -height and box.top < 0 for box in boxes)
        assert all(box.left >= 0 and box.left + box.width <= width_in for box in boxes)
        assert not any(overlap(a, b) for a, b in combinations(boxes, 2))


def overlap(a: _Box, b: _Box) -> bool:
    apart = a.left + a.width <= b.left or b.left + b.width <= a.left
    return not (apart or a.bottom >= b.top or b.bottom >= a.top)
