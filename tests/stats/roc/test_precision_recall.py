"""Average precision over cases and resamples."""

import numpy as np
import pytest
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights, jackknife_weights
from ecg_eval.stats.roc.precision_recall import average_precision, precision_recall_curve, weighted_average_precision

RNG = np.random.default_rng(0)
TRUTH = (RNG.random((120, 3)) < 0.2).astype(int)
SCORE = np.round(RNG.normal(size=(120, 3)) + TRUTH, 1)
WEIGHTS = draw_weights(cluster=np.arange(120), n_resamples=60, rng=RNG)


def test_by_hand() -> None:
    # from the top: positive (precision 1), negative, positive (2/3): (1 + 2/3) / 2
    got = average_precision(truth=[1, 0, 1, 0], score=[4, 3, 2, 1])
    assert got.value == pytest.approx(5 / 6)


def test_equals_scikit_learn_on_resamples() -> None:
    got = weighted_average_precision(truth=TRUTH, score=SCORE, weights=WEIGHTS)
    for b in range(60):
        for f in range(3):
            want = metrics.average_precision_score(TRUTH[:, f], SCORE[:, f], sample_weight=WEIGHTS[b])
            assert got[b, f] == pytest.approx(want, abs=1e-12)


def test_curve_equals_scikit_learn() -> None:
    precision, recall, cuts = metrics.precision_recall_curve(TRUTH[:, 0], SCORE[:, 0])
    got = precision_recall_curve(truth=TRUTH[:, 0], score=SCORE[:, 0])
    assert got.precision[::-1] == pytest.approx(precision[:-1])
    assert got.recall[::-1] == pytest.approx(recall[:-1])
    assert got.thresholds[::-1] == pytest.approx(cuts)
    assert got.prevalence == TRUTH[:, 0].mean()
    with pytest.raises(ArgumentError):
        precision_recall_curve(truth=[0, 0], score=[1, 2])


def test_logit_interval_by_hand_and_by_patients() -> None:
    got = average_precision(truth=TRUTH[:, 0], score=SCORE[:, 0])
    m = TRUTH[:, 0].sum()
    half = 1.959964 / np.sqrt(m * got.value * (1 - got.value))
    assert np.log(got.high / (1 - got.high)) - np.log(got.value / (1 - got.value)) == pytest.approx(half, rel=1e-5)
    assert got.low < got.value < got.high
    grouped = average_precision(truth=TRUTH[:, 0], score=SCORE[:, 0], cluster=np.arange(120) // 4)
    assert grouped.low < got.low
    assert grouped.n_clusters == 30


@pytest.mark.parametrize("method", ["percentile", "basic", "normal", "bc", "bca"])
def test_intervals_from_resamples(method: str) -> None:
    leave_out = weighted_average_precision(
        truth=TRUTH[:, 0], score=SCORE[:, 0], weights=jackknife_weights(cluster=np.arange(120))
    )
    got = average_precision(truth=TRUTH[:, 0], score=SCORE[:, 0], weights=WEIGHTS, method=method, jackknife=leave_out)
    assert got.low < got.value < got.high


def test_edges() -> None:
    assert not is_defined(average_precision(truth=[0, 0], score=[1, 2]))
    assert not is_defined(average_precision(truth=[], score=[]))
    all_positive = average_precision(truth=[1, 1], score=[1, 2])
    assert all_positive.value == 1
    assert "any score" in all_positive.reason
    perfect = average_precision(truth=[0, 1, 1], score=[1, 2, 3])
    assert perfect.high == 1
    assert perfect.low == pytest.approx(proportion_confint(2, 2, method="wilson")[0])
    got = weighted_average_precision(truth=[0, 1, np.nan], score=[1, 2, 3], weights=[[1, 0, 1], [1, 1, 1]])
    assert np.isnan(got[0])
    assert got[1] == 1
    assert np.isnan(weighted_average_precision(truth=[0, 0], score=[1, 2], weights=[[1, 1]])).all()


@pytest.mark.parametrize("bad", [{"method": "x"}, {"method": "percentile"}, {"score": [1, 2, 3]}], ids=str)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        average_precision(**({"truth": [0, 1], "score": [1, 2]} | bad))
    with pytest.raises(ArgumentError):
        weighted_average_precision(truth=[0, 1], score=[1, 2, 3], weights=[[1, 1]])
