"""Thresholds and what they mean in cases."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.roc.operating_points import (
    operating_point,
    point_at_sensitivity,
    point_at_specificity,
    youden_point,
)

TRUTH = np.array([0, 0, 0, 0, 0, 1, 1, 1])
SCORE = np.array([1, 2, 3, 4, 5, 3, 5, 6])


def test_counts_by_hand() -> None:
    at = operating_point(truth=TRUTH, score=SCORE, threshold=5)
    assert (at.tp, at.fp, at.fn, at.tn) == (2, 1, 1, 4)
    assert at.sensitivity.value == 2 / 3
    assert at.specificity.value == 4 / 5
    assert at.ppv.value == 2 / 3
    assert at.npv.value == 4 / 5
    assert at.accuracy.value == 6 / 8
    above = operating_point(truth=TRUTH, score=SCORE, threshold=5, positive_if=">")
    assert (above.tp, above.fp) == (1, 0)


def test_intervals_are_wilsons_and_their_sum() -> None:
    at = operating_point(truth=TRUTH, score=SCORE, threshold=5)
    low, high = proportion_confint(2, 3, method="wilson")
    assert at.sensitivity.low == pytest.approx(low)
    assert at.sensitivity.high == pytest.approx(high)
    low2, _ = proportion_confint(4, 5, method="wilson")
    j = 2 / 3 + 4 / 5 - 1
    assert at.youden.value == pytest.approx(j)
    assert at.youden.low == pytest.approx(j - np.hypot(2 / 3 - low, 4 / 5 - low2))
    assert at.youden.low < j < at.youden.high


def test_empty_denominators_are_undefined() -> None:
    at = operating_point(truth=[1, 1], score=[1, 2], threshold=5)
    assert not is_defined(at.specificity)
    assert not is_defined(at.ppv)
    assert not is_defined(at.youden)
    assert at.sensitivity.value == 0
    assert at.sensitivity.high > 0.5


def test_youden_takes_the_most_specific_of_equal_points() -> None:
    # J: threshold above 5: 1/3; 4.5: 2/3 + 4/5 - 1; 2.5: 1 + 2/5 - 1; the second is best
    best = youden_point(truth=TRUTH, score=SCORE)
    assert best.threshold == 4.5
    assert "chosen on these cases" in best.youden.method
    # two points with J = 1/2: sensitivity 1/2 and specificity 1, or 1 and 1/2
    tied = youden_point(truth=[0, 1, 0, 1], score=[1, 2, 3, 4])
    assert tied.specificity.value == 1
    assert youden_point(truth=TRUTH, score=SCORE, thresholds="observed").threshold == 5


def test_other_criteria_and_weights() -> None:
    near = youden_point(truth=TRUTH, score=SCORE, criterion="closest_topleft")
    assert near.threshold == 4.5
    cautious = youden_point(truth=TRUTH, score=SCORE, relative_cost=10, prevalence=0.5)
    assert cautious.sensitivity.value == 1
    rare = youden_point(truth=TRUTH, score=SCORE, prevalence=0.01)
    assert rare.specificity.value == 1


@pytest.mark.parametrize(
    "bad", [{"criterion": "x"}, {"prevalence": 1}, {"relative_cost": 0}, {"truth": np.ones(8)}], ids=str
)
def test_bad_arguments_of_youden(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        youden_point(**({"truth": TRUTH, "score": SCORE} | bad))


@pytest.mark.parametrize(("least", "sensitivity"), [(1, 1 / 3), (0.81, 1 / 3), (0.8, 2 / 3), (0.4, 1), (0, 1)])
def test_at_least_a_specificity(least: float, sensitivity: float) -> None:
    at = point_at_specificity(truth=TRUTH, score=SCORE, specificity=least)
    assert at.specificity.value >= least
    assert at.sensitivity.value == pytest.approx(sensitivity)


@pytest.mark.parametrize(("least", "specificity"), [(0, 1), (1 / 3, 1), (0.5, 0.8), (1, 0.4)])
def test_at_least_a_sensitivity(least: float, specificity: float) -> None:
    at = point_at_sensitivity(truth=TRUTH, score=SCORE, sensitivity=least)
    assert at.sensitivity.value >= least - 1e-12
    assert at.specificity.value == pytest.approx(specificity)


def test_bad_targets_and_rules() -> None:
    with pytest.raises(ArgumentError):
        point_at_specificity(truth=TRUTH, score=SCORE, specificity=90)
    with pytest.raises(ArgumentError):
        point_at_sensitivity(truth=TRUTH, score=SCORE, sensitivity=-1)
    with pytest.raises(ArgumentError):
        operating_point(truth=TRUTH, score=SCORE, threshold=1, positive_if="<")
