"""The picture of one question: each line says whom and what it is about."""

import re

import numpy as np
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.result import Figure, Table
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.figures.questions import _layout, question_figure
from ecg_eval.reports.sections.questions import part_of
from ecg_eval.reports.view import look


def test_lines_of_several_arms_say_which() -> None:
    readings, readers, truth = study_frames()
    stated = {"AF": {"value": 0.068, "source": "SAFE, age 65 and over"}}
    asked = [{"name": "missed_per_thousand", "prevalence": stated}, "calibration_slope"]
    result = ecg_eval.evaluate(readings, truth, readers=readers, metrics=asked).result
    both = question_figure(result, metric="missed_per_thousand")
    alone = question_figure(result, metric="calibration_slope")
    assert both is not None
    assert alone is not None
    labels = list(both.frame.iloc[:, 0])
    assert len(set(labels)) == len(labels)
    assert labels[0].startswith("gp1, unaided, ")
    assert not any("unaided" in label for label in alone.frame.iloc[:, 0])


def test_what_would_be_done_is_of_no_finding_and_fits_a_phone() -> None:
    readings, readers, truth = study_frames(n_records=20)
    readings["management"] = np.where(readings["reading"] == "present", "refer", "nothing")
    people = readings["reader_id"] != "model"
    asked = ecg_eval.evaluate(readings[people], truth, readers=readers.drop("model", errors="ignore"))
    view = look(asked.result, "en")
    blocks = part_of(view, "sent_on")
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert list(table.frame.columns) == ["Reader", "Arm", "Estimate", "Method"]
    assert table.caption == "Groups first, then single readers."
    (picture,) = [block for block in blocks if isinstance(block, Figure)]
    width_pt = float(re.search(r'viewBox="0 0 ([\d.]+)', picture.svg)[1])
    assert width_pt == 3.5 * 72  # half a page, which a phone shows whole
    many = _layout(["reader, AF"] * 7, "title")
    assert many[2] == drawing.PAGE_WIDTH_IN
    labels, title, width, _ = _layout(
        ["8 GPs (mean), unaided"], "a title of more than forty-eight characters, in words"
    )
    assert (labels, title.count("\n"), width) == (["8 GPs (mean),\nunaided"], 1, 3.5)
