"""Rankings in a population: equal to the weighted kernels, their derivatives to numerical ones; DeLong's unweighted.

Values with weights by scikit-learn: tests/oracles/own/22-weighted-auroc-accuracy.
"""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.roc.area import auroc, weighted_auroc
from ecg_eval.stats.roc.population_ranking import (
    NO_BOUND,
    ONE_UNIT,
    population_auroc,
    population_average_precision,
    ranked_auroc,
    ranked_average_precision,
)
from ecg_eval.stats.roc.precision_recall import weighted_average_precision

RNG = np.random.default_rng(4)
TRUTH = (RNG.random(50) < 0.4).astype(float)
SCORE = np.round(TRUTH + RNG.normal(0, 1, 50), 1)  # some are tied
WEIGHT = RNG.uniform(0.5, 5, 50)
TRUTH[3], SCORE[7], WEIGHT[9] = np.nan, np.nan, 0.0


@pytest.mark.parametrize(
    ("ranked", "plain"), [(ranked_auroc, weighted_auroc), (ranked_average_precision, weighted_average_precision)]
)
def test_value_and_derivative(ranked: object, plain: object) -> None:
    found = ranked(TRUTH, SCORE, WEIGHT)  # type: ignore[operator]
    at = plain(truth=TRUTH, score=SCORE, weights=WEIGHT[None])[0]  # type: ignore[operator]
    assert found.value == pytest.approx(at)
    h = 1e-5
    up, down = (WEIGHT + sign * h * np.diag(np.where(WEIGHT > 0, WEIGHT, 0)) for sign in (1, -1))
    slopes = np.subtract(*(plain(truth=TRUTH, score=SCORE, weights=w) for w in (up, down))) / (2 * h)  # type: ignore[operator]
    assert found.deviations == pytest.approx(slopes, abs=1e-8)


def test_without_weights_the_error_is_delongs() -> None:
    truth, score = np.nan_to_num(TRUTH), np.nan_to_num(SCORE)
    e = population_auroc(truth=truth, score=score, design=SamplingDesign.of(weight=np.ones(50)))
    delong = auroc(truth=truth, score=score, method="delong").standard_error
    assert e.standard_error == pytest.approx(delong, rel=0.03)


def test_a_perfect_ranking_has_a_width() -> None:
    design = SamplingDesign.of(weight=[1.0, 2, 1, 3])
    e = population_auroc(truth=[1, 1, 0, 0], score=[4, 3, 2, 1], design=design)
    assert e.value == 1
    assert e.low is not None
    assert e.low < 0.9
    assert population_average_precision(truth=[1, 1, 0, 0], score=[4, 3, 2, 1], design=design).reason == NO_BOUND


def test_no_number_without_both_classes_and_no_interval_of_one_patient() -> None:
    design = SamplingDesign.of(weight=[1.0, 2], cluster=[0, 0])
    for kernel in (population_auroc, population_average_precision):
        assert kernel(truth=[0, 0], score=[1, 2], design=design).value is None
        with pytest.raises(ArgumentError, match="2 cases"):
            kernel(truth=[1], score=[1], design=design)
    both = population_average_precision(truth=[1, 0], score=[1, 2], design=design)
    assert (both.value, both.reason) == (pytest.approx(1 / 3), ONE_UNIT)
