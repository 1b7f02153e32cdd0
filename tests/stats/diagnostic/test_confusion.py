"""Counts of true and false calls, one by one and by matrix product."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.confusion import confusion_counts


def _calls(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, n)
    return truth, np.where(rng.random(n) < 0.8, truth, 1 - truth)


def test_equal_to_scikit_learn() -> None:
    truth, call = _calls()
    counts = confusion_counts(truth=truth, call=call)
    tn, fp, fn, tp = confusion_matrix(truth, call).ravel()
    assert (counts.true_positive, counts.false_positive, counts.false_negative, counts.true_negative) == (
        tp,
        fp,
        fn,
        tn,
    )
    assert counts.f1 == pytest.approx(f1_score(truth, call))
    assert counts.n == 200


def test_weights_count_like_repeated_cases() -> None:
    truth, call = _calls()
    weights = np.random.default_rng(4).integers(0, 4, (7, truth.size))
    counts = confusion_counts(truth=truth, call=call, weights=weights)
    for r, row in enumerate(weights):
        again = confusion_counts(truth=np.repeat(truth, row), call=np.repeat(call, row))
        for measure in ("sensitivity", "specificity", "accuracy", "f1", "youden", "n"):
            assert getattr(counts, measure)[r] == pytest.approx(float(getattr(again, measure)))
    one = confusion_counts(truth=truth, call=call, weights=weights[0])
    assert one.positive_predictive_value == pytest.approx(counts.positive_predictive_value[0])
    assert one.negative_predictive_value.shape == ()


def test_readers_and_findings_broadcast() -> None:
    truth, call = _calls()
    calls = np.stack([[call, 1 - call, truth]])  # (findings 1, readers 3, cases)
    counts = confusion_counts(truth=truth, call=calls, weights=np.ones((5, truth.size)))
    assert counts.sensitivity.shape == (5, 1, 3)
    assert counts.sensitivity[0, 0, 2] == 1
    assert confusion_counts(truth=truth, call=calls).sensitivity.shape == (1, 3)


def test_missing_is_in_no_cell_and_an_empty_denominator_is_nan() -> None:
    counts = confusion_counts(truth=[1, np.nan, 0, 0], call=[np.nan, 1, 0, 1])
    assert counts.n == 2
    assert np.isnan(counts.sensitivity)
    assert counts.specificity == 0.5


@pytest.mark.parametrize(
    ("call", "weights", "match"),
    [
        ([1, 0, 1], None, "call must be of shape"),
        (1, None, "call must be of shape"),
        (np.ones((3, 2)), None, "broadcasts"),
        ([1, 0], [1, 2, 3], "weights must be of shape"),
        ([1, 0], [-1, 2], "weights must be of shape"),
        ([1, 0], [[[1, 2]]], "weights must be of shape"),
    ],
)
def test_what_does_not_fit_is_refused(call: object, weights: object, match: str) -> None:
    truth = np.ones((4, 2)) if "broadcasts" in match else [1, 0]
    with pytest.raises(ArgumentError, match=match):
        confusion_counts(truth=truth, call=call, weights=weights)  # type: ignore[arg-type]
