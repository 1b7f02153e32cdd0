"""What a pooled interval holds in simulated studies whose truth is known."""

import numpy as np
import pytest
from scipy.special import expit

from ecg_eval.stats.meta.bivariate import bivariate_meta_analysis
from ecg_eval.stats.meta.study_counts import StudyCounts

TRUTH, BETWEEN = np.array([1.2, 2.0]), np.array([[0.25, -0.1], [-0.1, 0.25]])
STUDIES, DRAWS = 8, 200


@pytest.mark.slow
def test_pooled_intervals_hold_the_truth_nearly_as_often_as_they_say() -> None:
    rng = np.random.default_rng(20260101)
    held = {"t": [], "normal": []}
    for _ in range(DRAWS):
        logits = rng.multivariate_normal(TRUTH, BETWEEN, size=STUDIES)
        positive, negative = rng.integers(25, 80, STUDIES), rng.integers(100, 250, STUDIES)
        right, kept = rng.binomial(positive, expit(logits[:, 0])), rng.binomial(negative, expit(logits[:, 1]))
        counts = StudyCounts.of(
            true_positive=right, false_negative=positive - right, false_positive=negative - kept, true_negative=kept
        )
        for interval, holds in held.items():
            made = bivariate_meta_analysis(counts=counts, interval=interval).accuracy
            assert made is not None
            for estimate, truth in zip((made.sensitivity, made.specificity), expit(TRUTH), strict=True):
                assert estimate.low is not None
                assert estimate.high is not None
                holds.append(estimate.low <= truth <= estimate.high)
    error = np.sqrt(0.95 * 0.05 / (2 * DRAWS))
    assert abs(np.mean(held["t"]) - 0.95) < 3 * error
    assert np.mean(held["normal"]) < np.mean(held["t"])
