"""Partial AUC. Numbers of pROC stand in the oracle cases 06-roc and 06a-roc-delong-aSAH."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights
from ecg_eval.stats.roc.area import auroc, weighted_auroc
from ecg_eval.stats.roc.partial_auc import partial_auc, weighted_partial_auc
from ecg_eval.stats.roc.rate_at_rate import weighted_sensitivity_at_specificity

RNG = np.random.default_rng(0)
TRUTH = (RNG.random(90) < 0.4).astype(int)
SCORE = np.round(RNG.normal(size=90) + TRUTH, 1)
WEIGHTS = draw_weights(cluster=np.arange(90), n_resamples=120, rng=RNG)


@pytest.mark.parametrize("axis", ["specificity", "sensitivity"])
def test_the_whole_range_is_the_auc_and_parts_add_up(axis: str) -> None:
    whole = weighted_partial_auc(truth=TRUTH, score=SCORE, weights=WEIGHTS, **{axis: (0, 1)})
    assert whole == pytest.approx(weighted_auroc(truth=TRUTH, score=SCORE, weights=WEIGHTS), abs=1e-12)
    parts = [
        weighted_partial_auc(truth=TRUTH, score=SCORE, weights=WEIGHTS, **{axis: r}) for r in ((0, 0.37), (0.37, 1))
    ]
    assert sum(parts) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("most", [0.05, 0.1, 0.5])
def test_mcclish_correction_equals_scikit_learn(most: float) -> None:
    got = partial_auc(truth=TRUTH, score=SCORE, specificity=(1 - most, 1), corrected=True)
    assert got.value == pytest.approx(roc_auc_score(TRUTH, SCORE, max_fpr=most), abs=1e-12)


def test_the_diagonal_is_corrected_to_one_half_and_perfection_to_one() -> None:
    flat = {"truth": [0, 1, 0, 1], "score": [1, 1, 1, 1]}
    for part in ({"specificity": (0.8, 1)}, {"sensitivity": (0.8, 1)}):
        assert partial_auc(**flat, **part, corrected=True).value == pytest.approx(0.5)
        assert partial_auc(truth=TRUTH, score=TRUTH, **part, corrected=True).value == pytest.approx(1)


def test_interval_from_resamples_and_none_without() -> None:
    got = partial_auc(truth=TRUTH, score=SCORE, specificity=(0.8, 1), weights=WEIGHTS, cluster=np.arange(90))
    assert got.low < got.value < got.high
    assert got.n_clusters == 90
    bare = partial_auc(truth=TRUTH, score=SCORE, specificity=(1, 0.8))
    assert bare.value == got.value
    assert "weights" in bare.reason


def test_missing_cases_and_one_class() -> None:
    more = partial_auc(truth=np.r_[TRUTH, np.nan], score=np.r_[SCORE, 1.0], specificity=(0.8, 1))
    assert more.value == pytest.approx(partial_auc(truth=TRUTH, score=SCORE, specificity=(0.8, 1)).value)
    for truth in ([0, 0], [1, 1]):
        assert not is_defined(partial_auc(truth=truth, score=[1, 2], specificity=(0.8, 1)))
        area = weighted_partial_auc(truth=truth, score=[1, 2], weights=[[1, 1]], specificity=(0.8, 1))
        assert np.isnan(area).all()


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"specificity": (0, 1), "sensitivity": (0, 1)},
        {"specificity": (0.5, 0.5)},
        {"sensitivity": (0.5, 1.5)},
        {"specificity": (0, 1), "score": [1.0]},
    ],
    ids=str,
)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        weighted_partial_auc(**({"truth": TRUTH, "score": SCORE, "weights": WEIGHTS} | bad))


def test_area_against_a_fine_grid() -> None:
    grid = np.linspace(0.6, 1, 801)
    once = np.ones((1, 90))
    heights = [
        weighted_sensitivity_at_specificity(truth=TRUTH, score=SCORE, weights=once, specificity=s)[0] for s in grid
    ]
    got = partial_auc(truth=TRUTH, score=SCORE, specificity=(0.6, 1)).value
    assert got == pytest.approx(np.trapezoid(heights, grid), abs=4e-3)
    assert got < auroc(truth=TRUTH, score=SCORE).value
