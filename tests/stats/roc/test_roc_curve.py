"""Points of a ROC curve."""

import numpy as np
import pytest
from sklearn import metrics

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.roc.roc_curve import roc_curve


def test_equals_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(80) < 0.4
    score = np.round(rng.normal(size=80) + truth, 1)
    fpr, tpr, cuts = metrics.roc_curve(truth, score, drop_intermediate=False)
    got = roc_curve(truth=truth, score=score, thresholds="observed")
    assert got.sensitivity == pytest.approx(tpr)
    assert 1 - got.specificity == pytest.approx(fpr)
    assert got.thresholds[1:] == pytest.approx(cuts[1:])
    middle = roc_curve(truth=truth, score=score)
    assert middle.thresholds[1] == pytest.approx((cuts[1] + cuts[2]) / 2)
    assert middle.thresholds[0] == np.inf
    assert middle.thresholds[-1] == -np.inf
    assert (middle.sensitivity == got.sensitivity).all()


def test_midpoints_of_huge_scores_do_not_overflow() -> None:
    got = roc_curve(truth=[0, 1], score=[-1.7e308, 1.7e308])
    assert got.thresholds[1] == 0


def test_neighbours_without_a_number_between_them_take_the_upper_score() -> None:
    got = roc_curve(truth=[0, 1, 0], score=[-np.inf, 1.0, np.nextafter(1.0, 0)])
    assert got.thresholds[1] == 1.0
    assert got.thresholds[2] == np.nextafter(1.0, 0)


@pytest.mark.parametrize("bad", [{"truth": [1, 1]}, {"thresholds": "all"}])
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        roc_curve(**({"truth": [0, 1], "score": [1, 2]} | bad))
