"""Expected harm under a matrix of costs."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.probability.expected_harm import expected_harm, least_harm_decision, weighted_expected_harm
from ecg_eval.stats.resampling.draws import draw_weights

COSTS = np.array([[0.0, 1, 4], [2, 0, 1], [50, 10, 0]])  # three degrees of urgency
RNG = np.random.default_rng(0)
TRUTH = RNG.choice(3, size=400, p=[0.7, 0.2, 0.1])
TAKEN = np.where(RNG.random(400) < 0.7, TRUTH, RNG.integers(0, 3, size=400))
WEIGHTS = draw_weights(cluster=np.arange(400), n_resamples=1500, rng=RNG)


def test_by_hand() -> None:
    got = expected_harm(truth=[0, 0, 1, 1], decision=[0, 1, 0, 1], costs=[[0, 1], [9, 0]])
    assert got.value == 10 / 4
    # re-weighted: 0.9 x 1/2 x 1 + 0.1 x 1/2 x 9
    target = expected_harm(truth=[0, 0, 1, 1], decision=[0, 1, 0, 1], costs=[[0, 1], [9, 0]], prevalence=[0.9, 0.1])
    assert target.value == pytest.approx(0.9)


@pytest.mark.parametrize("shares", [None, [0.9, 0.08, 0.02], [0.9, 0.1, 0.0]])
def test_error_agrees_with_the_bootstrap(shares: list | None) -> None:
    common = {"truth": TRUTH, "decision": TAKEN, "costs": COSTS, "prevalence": shares}
    got = expected_harm(**common)
    drawn = weighted_expected_harm(**common, weights=WEIGHTS)
    assert got.standard_error == pytest.approx(drawn.std(), rel=0.1)
    assert got.low < got.value < got.high
    assert weighted_expected_harm(**common, weights=np.ones((1, 400)))[0] == pytest.approx(got.value)


def test_repeated_patients_count_once() -> None:
    twice = expected_harm(
        truth=np.tile(TRUTH, 2), decision=np.tile(TAKEN, 2), costs=COSTS, cluster=np.tile(np.arange(400), 2)
    )
    assert twice.standard_error == pytest.approx(expected_harm(truth=TRUTH, decision=TAKEN, costs=COSTS).standard_error)


def test_undefined_and_no_interval() -> None:
    assert not is_defined(expected_harm(truth=[], decision=[], costs=COSTS))
    assert not is_defined(expected_harm(truth=[0], decision=[0], costs=COSTS, prevalence=[0.5, 0.5, 0]))
    assert "one patient" in expected_harm(truth=[0, 1], decision=[0, 0], costs=COSTS, cluster=[1, 1]).reason
    assert "alike" in expected_harm(truth=[0, 1], decision=[0, 0], costs=np.ones((2, 2))).reason
    never = expected_harm(truth=[0, 0], decision=[0, 0], costs=COSTS)
    assert never.value == never.low == 0
    assert never.high > 10  # a cost of 50 that did not occur in two cases is not ruled out
    assert expected_harm(truth=[0, np.nan, 1], decision=[0, 1, np.nan], costs=COSTS).n == 1
    lacking = weighted_expected_harm(truth=[0, 1], decision=[0, 1], costs=[[0, 1], [1, 0]], weights=[[0, 0], [1, 0]])
    assert np.isnan(lacking[0])
    assert lacking[1] == 0


def test_least_harm_by_hand() -> None:
    # P(urgent) 0.05: 2.5 for "none" against 0.5 + 0.95 for "soon"
    assert least_harm_decision(probabilities=[[0.95, 0, 0.05], [1, 0, 0]], costs=COSTS).tolist() == [1, 0]


@pytest.mark.parametrize(
    "bad",
    [
        {"costs": [1, 2]},
        {"truth": [3]},
        {"truth": [0.5]},
        {"decision": [0, 1]},
        {"prevalence": [0.5, 0.5]},
        {"prevalence": [0.5, 0.6, -0.1]},
    ],
    ids=str,
)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        expected_harm(**({"truth": [0], "decision": [0], "costs": COSTS} | bad))


@pytest.mark.parametrize("p", [[[0.5, 0.5]], [[0.5, 0.6, -0.1]], [[0.5, 0.2, 0.2]]])
def test_bad_probabilities(p: list) -> None:
    with pytest.raises(ArgumentError):
        least_harm_decision(probabilities=p, costs=COSTS)
