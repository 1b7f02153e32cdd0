"""Intervals that end where a range does are named, those whose value is there and those of resamples are not."""

import pandas as pd
import pytest

from ecg_eval.domain.notes import CUT, notes_of
from ecg_eval.pipeline.study.evaluate import cut_named


@pytest.mark.parametrize(
    ("metric", "value", "low", "high", "method", "is_cut"),
    [
        ("brier", 0.1, 0.0, 0.4, "larger spread", True),
        ("cohen_kappa", 0.8, 0.5, 1.0, "adjusted interval", True),
        ("cohen_kappa", 0.2, 0.0, 0.4, "adjusted interval", False),
        ("sensitivity_difference", -0.6, -1.0, 0.2, "normal interval", True),
        ("sensitivity", 1.0, 0.7, 1.0, "Wilson", False),
        ("cohen_kappa", 0.8, 0.5, 1.0, "bootstrap percentile, 1000 resamples", False),
        ("sensitivity", None, None, None, "Wilson", False),
    ],
)
def test_an_interval_cut_at_an_end_says_so(
    metric: str, value: float | None, low: float | None, high: float | None, method: str, is_cut: bool
) -> None:
    row = pd.DataFrame({"metric": [metric], "value": [value], "low": [low], "high": [high], "method": [method]})
    named = cut_named(row, from_zero=["brier", "sensitivity"])["method"][0]
    assert (notes_of(named) == [CUT]) == is_cut
    assert named.startswith(method)
