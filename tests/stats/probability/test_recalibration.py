"""Maps to calibrated probabilities."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.calibration import log_loss
from ecg_eval.stats.probability.recalibration import (
    fit_isotonic_map,
    fit_logistic_map,
    fit_softmax_temperature,
    fit_temperature,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=400)
TRUTH = RNG.random(400) < expit(X - 0.5)


def test_temperature_is_the_best_of_its_neighbours_and_recovers_a_known_one() -> None:
    hot = expit(3 * (X - 0.5))
    got = fit_temperature(truth=TRUTH, probability=hot)
    assert got.temperature == pytest.approx(3, rel=0.25)
    best = log_loss(truth=TRUTH, probability=got(hot)).value
    for factor in (0.99, 1.01):
        other = expit(logit(hot) / (factor * got.temperature))
        assert log_loss(truth=TRUTH, probability=other).value > best
    assert got([0.0, 1.0]).tolist() == [0, 1]
    timid = expit(0.3 * (X - 0.5))
    assert fit_temperature(truth=TRUTH, probability=timid).temperature == pytest.approx(got.temperature / 10)


def test_logistic_map_equals_scikit_learn_and_has_mean_prevalence() -> None:
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(X[:, None], TRUTH)
    got = fit_logistic_map(truth=TRUTH, score=X)
    assert (got.intercept, got.slope) == pytest.approx((peer.intercept_[0], peer.coef_[0, 0]), abs=1e-4)
    assert got(X).mean() == pytest.approx(TRUTH.mean())


def test_shrunk_outcomes_have_a_map_where_the_score_separates_the_classes() -> None:
    got = fit_logistic_map(truth=[0, 0, 1, 1], score=[1, 2, 3, 4], shrunk=True)
    assert got([1, 2, 3, 4]).mean() == pytest.approx(0.5)  # Platt's outcomes are 1/4 and 3/4
    balanced = fit_logistic_map(truth=[0, 1], score=[-1, 1], shrunk=True)
    assert balanced([-1, 1]) == pytest.approx([1 / 3, 2 / 3])  # one of each: 1/3 and 2/3, met exactly


def test_a_temperature_of_two_classes_is_that_of_their_difference() -> None:
    score = 3 * (X - 0.5)
    pair = fit_softmax_temperature(truth=TRUTH.astype(int), scores=np.column_stack([np.zeros(400), score]))
    assert pair.temperature == pytest.approx(fit_temperature(truth=TRUTH, probability=expit(score)).temperature)
    assert pair([[0.0, 2.0]])[0, 1] == pytest.approx(expit(2 / pair.temperature))


def test_isotonic_map_equals_scikit_learn_with_ties() -> None:
    score = np.round(X, 1)
    peer = IsotonicRegression(out_of_bounds="clip").fit(score, TRUTH)
    grid = np.linspace(-4, 4, 301)
    assert fit_isotonic_map(truth=TRUTH, score=score)(grid) == pytest.approx(peer.predict(grid))
    assert fit_isotonic_map(truth=[1], score=[0.2])(0.7) == 1


@pytest.mark.parametrize(
    ("fit", "arguments"),
    [
        (fit_temperature, {"truth": [1, 1], "probability": [0.5, 0.6]}),
        (fit_temperature, {"truth": [0, 1], "probability": [0.1, 0.9]}),
        (fit_temperature, {"truth": [1, 0], "probability": [0.1, 0.9]}),
        (fit_logistic_map, {"truth": [0, 1], "score": [0, np.inf]}),
        (fit_logistic_map, {"truth": [0, 0, 1, 1], "score": [1, 2, 3, 4]}),
        (fit_logistic_map, {"truth": [0, 1], "score": [1, 1]}),
        (fit_logistic_map, {"truth": [1, 1], "score": [1, 2]}),
        (fit_isotonic_map, {"truth": [], "score": []}),
        (fit_softmax_temperature, {"truth": [0, 1], "scores": [[1, 0], [0, 1]]}),
        (fit_softmax_temperature, {"truth": [1, 0], "scores": [[1, 0], [0, 1]]}),
        (fit_softmax_temperature, {"truth": [2, 0], "scores": [[1, 0], [0, 1]]}),
        (fit_softmax_temperature, {"truth": [0], "scores": [[np.nan, 0]]}),
    ],
)
def test_maps_without_a_solution_are_refused(fit: object, arguments: dict) -> None:
    with pytest.raises(ArgumentError):
        fit(**arguments)
