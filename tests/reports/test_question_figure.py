"""The picture of one question: each line says whom and what it is about."""

from conftest import study_frames

import ecg_eval
from ecg_eval.reports.figures.questions import question_figure


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
