"""Challenge scores. The official programs' numbers stand in the case 03a-challenge-metric."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.probability.challenge import (
    challenge_score,
    exact_match_accuracy,
    label_count_weights,
    merge_classes,
    sensitivity_at_capacity,
    weighted_challenge_score,
    weighted_sensitivity_at_capacity,
)
from ecg_eval.stats.resampling.draws import draw_weights

CREDIT = np.array([[1, 0.5, 0.3], [0.5, 1, 0.3], [0.3, 0.3, 1]])
RNG = np.random.default_rng(0)
TRUTH = (RNG.random((200, 3)) < 0.4).astype(int)
CALL = np.where(RNG.random((200, 3)) < 0.8, TRUTH, 1 - TRUTH)
WEIGHTS = draw_weights(cluster=np.arange(200), n_resamples=1000, rng=RNG)


def test_anchors() -> None:
    common = {"truth": TRUTH, "credit": CREDIT, "normal": 2}
    assert challenge_score(call=TRUTH, **common).value == 1
    inactive = np.zeros_like(TRUTH)
    inactive[:, 2] = 1
    assert challenge_score(call=inactive, **common).value == 0


def test_by_hand() -> None:
    # one recording labelled 0, called 0 and 1: (1 + 0.5)/2 = 0.75; truth 1; normal 0.3/2 = 0.15
    common = {"truth": [[1, 0, 0]], "call": [[1, 1, 0]], "credit": CREDIT, "normal": 2}
    assert challenge_score(**common).value == pytest.approx((0.75 - 0.15) / (1 - 0.15))
    # divided by the calls alone, normal earns 0.3
    assert challenge_score(**common, normalization="outputs").value == pytest.approx((0.75 - 0.3) / (1 - 0.3))
    assert "one patient" in challenge_score(**common).reason


def test_error_agrees_with_the_bootstrap() -> None:
    common = {"truth": TRUTH, "call": CALL, "credit": CREDIT, "normal": 2}
    got = challenge_score(**common)
    drawn = weighted_challenge_score(**common, weights=WEIGHTS)
    assert got.standard_error == pytest.approx(drawn.std(), rel=0.1)
    assert got.low < got.value < got.high
    twice = challenge_score(
        truth=np.tile(TRUTH, (2, 1)),
        call=np.tile(CALL, (2, 1)),
        credit=CREDIT,
        normal=2,
        cluster=np.tile(np.arange(200), 2),
    )
    assert twice.standard_error == pytest.approx(got.standard_error)


def test_undefined_where_the_truth_earns_nothing_more() -> None:
    common = {"truth": [[0, 0, 1]], "call": [[1, 0, 0]], "credit": CREDIT, "normal": 2}
    assert not is_defined(challenge_score(**common))
    assert np.isnan(weighted_challenge_score(**common, weights=[[1]])).all()


@pytest.mark.parametrize(
    "bad",
    [
        {"call": [[1, 0]]},
        {"call": [[1, 0, np.nan]]},
        {"credit": CREDIT[:2]},
        {"normal": 3},
        {"normalization": "labels"},
    ],
    ids=str,
)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        challenge_score(**({"truth": [[1, 0, 0]], "call": [[1, 0, 0]], "credit": CREDIT, "normal": 2} | bad))


def test_merging_codes() -> None:
    values = [[1, 0, 0.5], [0, 0, 1.0]]
    assert merge_classes(values=values, groups=[[0, 2], [1], []], how="any").tolist() == [[1, 0, 0], [1, 0, 0]]
    assert merge_classes(values=values, groups=[[0, 2]], how="mean").tolist() == [[0.75], [0.5]]
    for bad in ({"how": "max"}, {"values": [1, 2]}):
        with pytest.raises(ArgumentError):
            merge_classes(**({"values": values, "groups": [[0]], "how": "any"} | bad))


def test_exact_match_and_label_counts() -> None:
    got = exact_match_accuracy(truth=[[1, 0], [0, 1], [1, 1]], call=[[1, 0], [0, 0], [1, 1]])
    assert got.value == pytest.approx(2 / 3)
    assert got.low < got.value < got.high
    assert not is_defined(exact_match_accuracy(truth=np.zeros((0, 2)), call=np.zeros((0, 2))))
    assert label_count_weights(truth=[[1, 1], [0, 0], [1, 0]]).tolist() == [[0.5, 1, 1]]
    with pytest.raises(ArgumentError):
        exact_match_accuracy(truth=[1, 0], call=[1, 0])
    with pytest.raises(ArgumentError):
        label_count_weights(truth=[1, 0])


def by_permutation(truth: np.ndarray, score: np.ndarray, capacity: float, n: int = 4000) -> float:
    """Average over random orders of ties, as the Challenge's own program does."""
    rng, places, found = np.random.default_rng(1), int(capacity * truth.size), []
    for _ in range(n):
        order = rng.permutation(truth.size)
        top = order[np.argsort(score[order], kind="stable")[::-1][:places]]
        found.append(truth[top].sum())
    return np.mean(found) / truth.sum()


@pytest.mark.parametrize("decimals", [0, 1, 6])
def test_capacity_is_the_expectation_over_ties(decimals: int) -> None:
    truth, score = TRUTH[:, 0], np.round(RNG.normal(size=200) + TRUTH[:, 0], decimals)
    got = sensitivity_at_capacity(truth=truth, score=score, capacity=0.23)
    assert got.value == pytest.approx(by_permutation(truth, score, 0.23), abs=0.01)
    assert got.low <= got.value <= got.high
    drawn = weighted_sensitivity_at_capacity(truth=truth, score=score, weights=WEIGHTS, capacity=0.23)
    repeated = np.repeat(np.arange(200), WEIGHTS[5])
    assert drawn[5] == pytest.approx(
        sensitivity_at_capacity(truth=truth[repeated], score=score[repeated], capacity=0.23).value
    )


def test_capacity_edges() -> None:
    assert sensitivity_at_capacity(truth=[1, 0], score=[2, 1]).value == 0  # 5 % of two cases is none
    assert sensitivity_at_capacity(truth=[1, 0], score=[2, 1], capacity=1).value == 1
    assert not is_defined(sensitivity_at_capacity(truth=[0, 0], score=[2, 1]))
    lacking = weighted_sensitivity_at_capacity(truth=[1, 0], score=[2, 1], weights=[[0, 1]], capacity=0.5)
    assert np.isnan(lacking).all()
    for bad in ({"capacity": 0}, {"score": [1.0]}):
        with pytest.raises(ArgumentError):
            weighted_sensitivity_at_capacity(**({"truth": [1, 0], "score": [2, 1], "weights": [[1, 1]]} | bad))
