"""One rate at a given other rate. Numbers of pROC stand in the oracle cases 06-roc and 06a-roc-delong-aSAH."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights
from ecg_eval.stats.roc.rate_at_rate import (
    sensitivity_at_specificity,
    specificity_at_sensitivity,
    weighted_sensitivity_at_specificity,
    weighted_specificity_at_sensitivity,
)

# points (1 - specificity, sensitivity): (0, 0) (0, 1/2) (1/2, 1/2) (1/2, 1) (1, 1)
STEPS = {"truth": [1, 0, 1, 0], "score": [4, 3, 2, 1]}
# one tie: (0, 0) (1/2, 1/2) (1, 1)
RAMP = {"truth": [1, 0, 1, 0], "score": [2, 2, 1, 1]}


@pytest.mark.parametrize(("given", "expected"), [(1, 0.5), (0.75, 0.5), (0.5, 1), (0.25, 1), (0, 1)])
def test_sensitivity_on_steps(given: float, expected: float) -> None:
    assert sensitivity_at_specificity(**STEPS, specificity=given).value == pytest.approx(expected)


@pytest.mark.parametrize(("given", "expected"), [(0, 1), (0.25, 1), (0.5, 1), (0.75, 0.5), (1, 0.5)])
def test_specificity_on_steps(given: float, expected: float) -> None:
    assert specificity_at_sensitivity(**STEPS, sensitivity=given).value == pytest.approx(expected)


def test_interpolation_on_a_ramp() -> None:
    for given in (0, 0.1, 0.5, 0.9, 1):
        assert sensitivity_at_specificity(**RAMP, specificity=given).value == pytest.approx(1 - given)
        assert specificity_at_sensitivity(**RAMP, sensitivity=given).value == pytest.approx(1 - given)


def test_rounding_does_not_move_a_rate_that_is_met_exactly() -> None:
    truth, score = np.r_[np.zeros(95), np.ones(10)], np.r_[np.arange(95), np.full(10, 75.5)]
    # 76 of 95 negatives lie below 75.5, so that specificity 0.8 goes with sensitivity 1
    assert sensitivity_at_specificity(truth=truth, score=score, specificity=0.8).value == 1


def test_intervals_and_undefined() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(80) < 0.5
    score = rng.normal(size=80) + truth
    weights = draw_weights(cluster=np.arange(80), n_resamples=200, rng=rng)
    for got in (
        sensitivity_at_specificity(truth=truth, score=score, specificity=0.8, weights=weights),
        specificity_at_sensitivity(truth=truth, score=score, sensitivity=0.8, weights=weights),
    ):
        assert got.low <= got.value <= got.high
        assert got.high - got.low > 0.05
    assert not is_defined(sensitivity_at_specificity(truth=[1, 1], score=[1, 2], specificity=0.8))
    for truth in ([1, 1], [0, 0]):
        once = {"truth": truth, "score": [1, 2], "weights": [[1, 1]]}
        assert np.isnan(weighted_sensitivity_at_specificity(**once, specificity=0.5)).all()
        assert np.isnan(weighted_specificity_at_sensitivity(**once, sensitivity=0.5)).all()


def test_a_rate_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ArgumentError):
        sensitivity_at_specificity(**STEPS, specificity=90)
