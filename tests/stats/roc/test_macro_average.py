"""The mean over findings."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights
from ecg_eval.stats.roc.area import auroc
from ecg_eval.stats.roc.macro_average import macro_auroc, macro_average

RNG = np.random.default_rng(0)
TRUTH = (RNG.random((200, 5)) < 0.2).astype(int)
SCORE = RNG.normal(size=(200, 5)) + TRUTH
WEIGHTS = draw_weights(cluster=np.arange(200), n_resamples=1500, rng=RNG)


def test_mean_leaves_out_what_is_not_there() -> None:
    values = [[0.5, np.nan, 1.0], [np.nan] * 3]
    assert macro_average(values=values)[0] == 0.75
    assert np.isnan(macro_average(values=values)[1])
    assert np.isnan(macro_average(values=values, incomplete="drop")).all()
    with pytest.raises(ArgumentError):
        macro_average(values=values, incomplete="zero")


def test_value_is_the_mean_and_one_finding_is_delong() -> None:
    got = macro_auroc(truth=TRUTH, score=SCORE)
    assert got.value == pytest.approx(np.mean([auroc(truth=TRUTH[:, f], score=SCORE[:, f]).value for f in range(5)]))
    one = macro_auroc(truth=TRUTH[:, :1], score=SCORE[:, :1], method="delong_logit")
    same = auroc(truth=TRUTH[:, 0], score=SCORE[:, 0], method="delong_logit")
    assert (one.low, one.high) == pytest.approx((same.low, same.high))


def test_analytic_error_agrees_with_the_bootstrap_also_for_dependent_findings() -> None:
    truth, score = np.repeat(TRUTH[:, :2], 2, axis=1), np.repeat(SCORE[:, :2], 2, axis=1)
    for t, s in ((TRUTH, SCORE), (truth, score)):
        analytic = macro_auroc(truth=t, score=s, method="delong_logit").standard_error
        drawn = macro_auroc(truth=t, score=s, weights=WEIGHTS, method="percentile")
        assert analytic == pytest.approx(drawn.standard_error, rel=0.1)
        assert drawn.low < drawn.value < drawn.high


def test_the_floor_is_never_narrower() -> None:
    plain, floor = (macro_auroc(truth=TRUTH, score=SCORE, method=m) for m in ("delong_logit", "delong_floor"))
    assert floor.standard_error >= plain.standard_error


def test_repeated_patients() -> None:
    doubled = macro_auroc(
        truth=np.tile(TRUTH, (2, 1)),
        score=np.tile(SCORE, (2, 1)),
        cluster=np.tile(np.arange(200), 2),
        method="delong_logit",
    )
    once = macro_auroc(truth=TRUTH, score=SCORE, method="delong_logit")
    assert doubled.standard_error == pytest.approx(once.standard_error)
    assert doubled.n_clusters == 200


def test_findings_without_both_classes_are_left_out_and_said() -> None:
    truth, score = np.c_[TRUTH, np.zeros(200)], np.c_[SCORE, np.zeros(200)]
    got = macro_auroc(truth=truth, score=score)
    assert got.value == macro_auroc(truth=TRUTH, score=SCORE).value
    assert "5 of 6 findings" in got.method
    assert not is_defined(macro_auroc(truth=np.zeros((4, 2)), score=np.zeros((4, 2))))


def test_rare_findings() -> None:
    truth = TRUTH.copy()
    truth[:, 0] = np.arange(200) == 3
    plain, floor = (macro_auroc(truth=truth, score=SCORE, method=m) for m in ("delong_logit", "delong_floor"))
    assert "finding 0" in plain.reason
    assert floor.low < floor.value < floor.high
    available = macro_auroc(truth=truth, score=SCORE, weights=WEIGHTS, method="percentile")
    assert "resamples lack a finding" in available.method
    assert available.n_unusable == 0
    strict = macro_auroc(truth=truth, score=SCORE, weights=WEIGHTS, method="percentile", incomplete="drop")
    assert strict.n_unusable > 400
    perfect = macro_auroc(truth=TRUTH, score=TRUTH)
    assert perfect.value == 1
    assert perfect.low is None


@pytest.mark.parametrize("bad", [{"method": "x"}, {"method": "bc"}, {"truth": [0, 1], "score": [0, 1]}], ids=str)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        macro_auroc(**({"truth": TRUTH, "score": SCORE} | bad))
