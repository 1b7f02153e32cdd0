"""F-measures of calls, over thresholds, and Fmax."""

import numpy as np
import pytest
from sklearn import metrics

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights
from ecg_eval.stats.roc.f_measure import best_f, f_beta, fmax, weighted_f_beta, weighted_fmax, weighted_g_beta

RNG = np.random.default_rng(0)
TRUTH = (RNG.random((150, 3)) < 0.3).astype(int)
CALL = np.where(RNG.random((150, 3)) < 0.8, TRUTH, 1 - TRUTH)
SCORE = np.clip(0.5 * TRUTH + 0.6 * RNG.random((150, 3)), 0, 1)
WEIGHTS = draw_weights(cluster=np.arange(150), n_resamples=40, rng=RNG)


@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_equals_scikit_learn(beta: float) -> None:
    got = weighted_f_beta(truth=TRUTH, call=CALL, weights=WEIGHTS, beta=beta)
    one = f_beta(truth=TRUTH[:, 0], call=CALL[:, 0], beta=beta)
    assert one.value == pytest.approx(metrics.fbeta_score(TRUTH[:, 0], CALL[:, 0], beta=beta))
    assert one.low < one.value < one.high
    for b in (0, 17):
        for f in range(3):
            want = metrics.fbeta_score(TRUTH[:, f], CALL[:, f], beta=beta, sample_weight=WEIGHTS[b])
            assert got[b, f] == pytest.approx(want)


def test_g_beta_by_hand() -> None:
    once = np.ones((1, 4))
    assert weighted_g_beta(truth=[1, 1, 0, 0], call=[1, 0, 1, 0], weights=once, beta=2)[0] == 1 / (1 + 1 + 2)
    assert np.isnan(weighted_g_beta(truth=[0, 0, 0, 0], call=[0, 0, 0, 0], weights=once)[0])


def test_interval_with_repeated_patients_is_wider() -> None:
    two = {"truth": np.tile(TRUTH[:, 0], 2), "call": np.tile(CALL[:, 0], 2)}
    grouped = f_beta(**two, cluster=np.tile(np.arange(150), 2))
    alone = f_beta(**two, cluster=np.arange(300))
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)
    assert "one patient" in f_beta(**two, cluster=np.ones(300)).reason


@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_edges_of_f(beta: float) -> None:
    assert not is_defined(f_beta(truth=[0, 0], call=[0, 0], beta=beta))
    zero = f_beta(truth=[0, 1], call=[1, 0], beta=beta)
    assert zero.value == zero.low == 0
    assert zero.high > 0.4
    one = f_beta(truth=[0, 1], call=[0, 1], beta=beta)
    assert one.value == one.high == 1
    assert one.low < 0.6
    assert f_beta(truth=[0, 1, np.nan], call=[0, 1, 1], beta=beta).n == 2


def test_best_threshold_is_the_best_of_all() -> None:
    truth, score = TRUTH[:, 0], np.round(SCORE[:, 0], 2)
    got = best_f(truth=truth, score=score)
    every = [metrics.f1_score(truth, score >= t) for t in np.unique(score)]
    assert got.f.value == pytest.approx(max(every))
    assert metrics.f1_score(truth, score >= got.threshold) == pytest.approx(max(every))
    assert got.n_called == np.sum(score >= got.threshold)
    assert got.next_lower_score == score[score < got.threshold].max()
    assert got.f.value == pytest.approx(2 * got.precision * got.recall / (got.precision + got.recall))
    assert "chosen on these cases" in got.f.method
    assert best_f(truth=[0, 1], score=[1, 1]).next_lower_score is None


def test_fmax_by_definition_and_its_interval() -> None:
    f = []
    for t in np.linspace(0, 1, 101):
        called = t <= SCORE
        some = called.any(axis=1)
        labelled = TRUTH.any(axis=1)
        right = (called & (TRUTH == 1)).sum(axis=1)
        p = (right[some] / called[some].sum(axis=1)).mean() if some.any() else 0
        r = (right[labelled] / TRUTH[labelled].sum(axis=1)).mean()
        f.append(2 * p * r / (p + r) if p + r else 0)
    got = fmax(truth=TRUTH, score=SCORE, weights=WEIGHTS)
    assert got.value == pytest.approx(max(f))
    assert got.low <= got.value <= got.high
    assert "weights" in fmax(truth=TRUTH, score=SCORE).reason
    assert fmax(truth=TRUTH, score=SCORE, thresholds=[0.5]).value <= got.value
    repeated = np.repeat(np.arange(150), WEIGHTS[3])
    assert weighted_fmax(truth=TRUTH, score=SCORE, weights=WEIGHTS)[3] == pytest.approx(
        fmax(truth=TRUTH[repeated], score=SCORE[repeated]).value
    )


def test_fmax_without_findings_is_undefined() -> None:
    assert not is_defined(fmax(truth=np.zeros((3, 2)), score=np.zeros((3, 2))))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (f_beta, {"truth": [0, 1], "call": [0, 1], "beta": 0}),
        (f_beta, {"truth": [0, 1], "call": [0, 0.5]}),
        (weighted_f_beta, {"truth": [0, 1], "call": [0], "weights": [[1, 1]]}),
        (fmax, {"truth": [0, 1], "score": [0, 1]}),
        (fmax, {"truth": 1, "score": 1}),
        (fmax, {"truth": [[0, np.nan]], "score": [[0, 1]]}),
    ],
)
def test_bad_arguments(function: object, arguments: dict) -> None:
    with pytest.raises(ArgumentError):
        function(**arguments)
