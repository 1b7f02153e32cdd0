import re
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reports.study_fixture import toy_result

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.facts.provenance import Provenance
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.figures import (
    agreement_figure,
    aid_figure,
    beside_figure,
    drawing,
    flow_figure,
    forest_figure,
    roc_figure,
    slopes_figure,
)
from ecg_eval.reports.figures.palette import machine_styles
from ecg_eval.reports.figures.roc import roc_points
from ecg_eval.reports.view import look

DRAWN = {
    "roc": roc_figure,
    "slopes": slopes_figure,
    "agreement": agreement_figure,
    "beside": beside_figure,
    "forest": forest_figure,
    "forest by finding": partial(forest_figure, reader="beat_features"),
    "aid": aid_figure,
    "flow": flow_figure,
}


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return toy_result()


@cache
def figure(name: str) -> Figure:
    drawn = DRAWN[name](toy_result(), language="fr")
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("name", DRAWN)
def test_figures_are_the_same_bytes_and_hand_over_their_table(result: StudyResult, name: str) -> None:
    first = figure(name)
    again = DRAWN[name](result, language="fr")
    assert again is not None
    assert first.svg == again.svg
    assert first.svg.startswith("<svg")
    assert "<metadata" not in first.svg
    assert "DejaVu" not in first.svg, "text must be in the page's own font"
    assert "<text" in first.svg, "text must stay text"
    assert len(first.frame)
    assert first.caption
    assert first.alt


def test_pictures_on_one_page_share_no_id() -> None:
    seen: set[str] = set()
    for name in DRAWN:
        ids = set(re.findall(r'\bid="([^"]+)"', figure(name).svg))
        assert not ids & seen
        seen |= ids


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_to_draw_is_no_figure(result: StudyResult, name: str) -> None:
    empty = toy_result(aided=False, n_readers=0)
    nothing = replace(empty, evaluation=Evaluation.from_rows([]))
    if name == "flow":  # drawn from how the study came about
        nothing = replace(nothing, provenance=Provenance())
    if name == "roc":  # curves need no estimates, but they need truth
        nothing = replace(nothing, study=toy_result(known=False).study)
    assert DRAWN[name](nothing) is None


def test_roc_points_against_paper() -> None:
    # three with the finding (0.9, 0.6, 0.6), two without (0.6, 0.1), one of unknown truth, one without score
    truth = np.array([1.0, 1.0, 1.0, 0.0, 0.0, np.nan, 1.0])
    score = np.array([0.9, 0.6, 0.6, 0.6, 0.1, 0.5, np.nan])
    x, y = roc_points(truth, score)
    assert_allclose(x, [0, 0, 0.5, 1])
    assert_allclose(y, [0, 1 / 3, 1, 1])


def test_roc_points_of_one_class_are_none() -> None:
    x, y = roc_points(np.ones(3), np.array([0.1, 0.2, 0.3]))
    assert len(x) == len(y) == 0


def test_straight_stretches_of_a_curve_have_no_points_inside() -> None:
    x, _ = roc_points(np.array([1.0] * 50 + [0.0] * 50), np.arange(100.0)[::-1])
    assert_allclose(x, [0, 0, 1])


def test_without_scores_the_axis_ends_where_the_points_do(result: StudyResult) -> None:
    readings = result.study.readings.assign(score=np.nan)
    # readers who rarely err crowd at the left edge of a full square
    study = replace(result.study, readings=readings)
    drawn = roc_figure(replace(result, study=study))
    assert drawn is not None
    assert "no curve" in drawn.caption


def test_a_machine_without_an_operating_point_keeps_its_curve(result: StudyResult) -> None:
    frame = result.evaluation.frame
    people = Evaluation(frame[~frame["reader"].isin(["beat_features", "prevalence"])])
    drawn = roc_figure(replace(result, evaluation=people))
    assert drawn is not None
    assert ">beat_features<" in drawn.svg


def test_many_readers_are_a_bundle_and_few_are_named() -> None:
    few = forest_figure(toy_result(overall=False), reader="beat_features")
    many = forest_figure(toy_result(overall=False, n_readers=7, findings=("AF", "LBBB")), reader="beat_features")
    assert few is not None
    assert many is not None
    assert ">gp_01<" in few.svg
    assert ">gp_01<" not in many.svg
    assert len(many.frame) == 7 * 2
    assert "gp_07" in many.caption


def test_panels_are_those_that_most_pairs_can_fill(result: StudyResult) -> None:
    drawn = forest_figure(result, metrics=["sensitivity_difference", "specificity_difference", "mcnemar"])
    assert drawn is not None
    assert "McNemar" not in drawn.svg


def test_an_undefined_difference_is_said() -> None:
    result = toy_result(overall=False)
    frame = result.evaluation.frame.copy()
    one = (
        (frame["metric"] == "sensitivity_difference") & (frame["compared_with"] == "gp_02") & (frame["finding"] == "AF")
    )
    frame.loc[one, ["value", "low", "high"]] = None
    frame.loc[one, "reason"] = "no case has the finding"
    drawn = forest_figure(replace(result, evaluation=Evaluation(frame)), reader="beat_features")
    assert drawn is not None
    assert "not computable" in drawn.svg
    assert "cannot be computed: no case has the finding" in set(drawn.frame["Sensitivity"])


def test_help_is_shown_for_the_mean_that_has_intervals(result: StudyResult) -> None:
    drawn = aid_figure(result, metrics=["aid_effect_ai_wrong"])
    assert drawn is not None
    assert "all findings together" in drawn.caption


def test_a_matrix_too_large_for_numbers_has_none() -> None:
    large = agreement_figure(toy_result(n_readers=20, n_records=30, findings=("AF",), aided=False))
    small = agreement_figure(toy_result(findings=("AF",)))
    assert large is not None
    assert small is not None
    assert re.search(r">0\.\d\d<", small.svg)
    assert not re.search(r">0\.\d\d<", large.svg)


def test_a_matrix_of_one_finding_needs_no_small_ones() -> None:
    drawn = agreement_figure(toy_result(findings=("AF",)))
    assert drawn is not None
    assert "each finding below" not in drawn.caption


@pytest.mark.parametrize("name", ["aid", "forest"])
def test_two_readers_have_no_interval_for_readers_like_these(name: str) -> None:
    result = toy_result(n_readers=2, kind="gp")
    frame = result.evaluation.frame.copy()
    group = frame["reader"].str.contains("mean of") | frame["compared_with"].str.contains("mean of")
    frame.loc[group, "method"] = "Obuchowski-Rockette, random readers and cases"
    drawn = DRAWN[name](replace(result, evaluation=Evaluation(frame)), language="en")
    assert drawn is not None
    of_group = drawn.frame[drawn.frame.iloc[:, 0].str.contains("2 GPs")]
    assert len(of_group)
    assert not of_group.iloc[:, 2:].map(lambda cell: " to " in cell).any(axis=None)


# Machado, Oliveira and Fernandes, IEEE Trans Vis Comput Graph 2009;15:1291, tables of severity 1
SEEN_BY = {
    "everybody": np.eye(3),
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}


def lab(color: str, seen: object) -> np.ndarray:
    """Return CIE L*a*b* of a colour as somebody sees it."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = xyz @ np.clip(np.array(seen) @ light, 0, 1) / xyz.sum(axis=1)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("who", SEEN_BY)
def test_machines_have_colours_that_everybody_tells_apart(who: str) -> None:
    colors = [color for color, _, _ in drawing.MACHINE_STYLES]
    seen = [lab(color, SEEN_BY[who]) for color in colors]
    nearest = min(np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[i + 1 :])
    assert nearest > 15  # a difference of 2 to 3 is just seen side by side
    markers = [marker for _, _, marker in (*drawing.MACHINE_STYLES, drawing.FLOOR_STYLE)]
    assert len(set(markers)) == len(markers)  # in grey the marker tells


def test_a_floor_takes_no_colour_from_a_model() -> None:
    styles = machine_styles(look(toy_result(), "en"))
    assert styles["prevalence"] == drawing.FLOOR_STYLE
    assert styles["beat_features"] == drawing.MACHINE_STYLES[0]
