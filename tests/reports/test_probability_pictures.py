"""Reliability curves and errors over coverage: the pictures' tables by hand, and where there is nothing to draw."""

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.domain.result import Figure
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.analysis import Analysis
from ecg_eval.pipeline.plugins import make
from ecg_eval.reports.sections.questions import Questions

IDS = [f"r{i:02d}" for i in range(40)]
SCORE = np.r_[np.full(10, 0.05), np.full(10, 0.35), np.full(10, 0.65), np.full(10, 0.95)]
TRUTH = np.r_[np.zeros(10), [1, 1, 1], np.zeros(7), [0, 0, 0, 0], np.ones(6), np.ones(9), [0]]


def analysed(metric: object, scale: float = 1.0) -> Analysis:
    readings = pd.DataFrame({"record_id": IDS, "reader_id": "net", "finding": "AF", "score": SCORE * scale})
    readings["reading"] = (SCORE >= 0.5).astype(int)
    truth = pd.DataFrame({"record_id": IDS, "AF": TRUTH})
    return ecg_eval.evaluate(readings, truth, readers={"net": "model"}, metrics=[metric], resamples=100)


def figures(analysis: Analysis, language: str = "en") -> list[Figure]:
    return [b for b in Questions().blocks(analysis.result, language=language) if isinstance(b, Figure)]


def test_a_reliability_curve_says_how_many_ecgs_stand_behind_each_point() -> None:
    analysis = analysed("calibration_error")
    (figure,) = figures(analysis)
    assert figure.frame["ECGs"].tolist() == ["10"] * 4
    assert figure.frame["Predicted probability"].tolist() == ["0.05", "0.35", "0.65", "0.95"]
    assert [cell.split(" ")[0] for cell in figure.frame["Share that shows the finding"]] == [
        "0.00",
        "0.30",
        "0.60",
        "0.90",
    ]
    assert "Probabilité prédite" in figures(analysis, "fr")[0].frame.columns


def test_errors_over_coverage() -> None:
    analysis = analysed({"name": "error_at_coverage", "coverage": 0.5})
    row = analysis.frame.iloc[0]
    assert row["value"] == pytest.approx(1 / 20)  # of the 20 surest one is wrong
    assert "20 of 40 ECGs answered, the surest" in row["method"]
    # Wilson's interval: statsmodels 0.14 proportion_confint(1, 20, method="wilson")
    assert (row["low"], row["high"]) == (pytest.approx(0.00888145, abs=1e-7), pytest.approx(0.23613119, abs=1e-7))
    (figure,) = figures(analysis)
    assert figure.frame.iloc[0].tolist() == ["net", "0.50", "0.05", "20"]
    assert figure.frame.iloc[-1].tolist() == ["net", "1.00", "0.20", "40"]
    everything = analysed({"name": "error_at_coverage", "coverage": 1}).frame.iloc[0]
    assert everything["value"] == pytest.approx(8 / 40)


@pytest.mark.parametrize("metric", ["calibration_error", "error_at_coverage"])
def test_scores_that_are_no_probabilities_are_not_drawn(metric: str) -> None:
    analysis = analysed(metric, scale=3.0)
    assert not figures(analysis)
    assert analysis.frame["reason"].tolist() == ["scores outside 0 to 1 are no probabilities"]


@pytest.mark.parametrize("coverage", [0, 1.2, True, "most"])
def test_other_coverages_are_refused(coverage: object) -> None:
    with pytest.raises(ConfigError, match="coverage must be above 0 and at most 1"):
        make("metrics", "error_at_coverage", {"coverage": coverage})
