"""Losses in a population, on paper; with weights by scikit-learn: tests/oracles/own/22-weighted-auroc-accuracy."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.probability.population_losses import NOTHING_VARIES, population_brier, population_log_loss

EVEN = SamplingDesign.of(weight=[1, 1, 2])


def test_on_paper() -> None:
    y, p = [1, 0, 0], [0.5, 0.5, 0.25]
    brier = population_brier(truth=y, probability=p, design=EVEN)
    assert brier.value == pytest.approx((0.25 + 0.25 + 2 * 0.0625) / 4)
    assert (brier.n, brier.n_positive) == (3, 1)
    loss = population_log_loss(truth=y, probability=p, design=EVEN)
    assert loss.value == pytest.approx((2 * np.log(2) - 2 * np.log(0.75)) / 4)
    assert loss.low is not None


def test_what_has_no_number_or_no_interval() -> None:
    assert population_log_loss(truth=[1, 0, 0], probability=[0, 0.5, 0.5], design=EVEN).value is None
    missing = np.full(3, np.nan)
    assert population_log_loss(truth=missing, probability=missing, design=EVEN).n == 0
    assert population_brier(truth=missing, probability=missing, design=EVEN).value is None
    alike = population_log_loss(truth=[1, 0, 0], probability=[0.5, 0.5, 0.5], design=EVEN)
    assert alike.reason == NOTHING_VARIES
    with pytest.raises(ArgumentError, match="in \\[0, 1\\]"):
        population_brier(truth=[1, 0, 0], probability=[2, 0, 0], design=EVEN)
    with pytest.raises(ArgumentError, match="3 cases"):
        population_brier(truth=[1, 0], probability=[1, 0], design=EVEN)
