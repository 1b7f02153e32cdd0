"""Krippendorff's alpha against his own example, a plain computation over pairs, and the jackknife."""

from itertools import permutations

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.estimate import is_defined

NAN = np.nan
# Krippendorff, Computing Krippendorff's alpha-reliability (2011), example C: 4 observers, 12 units
PAPER = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T


@pytest.mark.parametrize(
    ("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_values_he_printed(metric: str, alpha: float) -> None:
    found = krippendorff_alpha(ratings=PAPER, metric=metric)
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.n == 11


def plain_alpha(ratings: np.ndarray, metric: str) -> float:
    """Compute alpha pair by pair, as the definition says."""
    values = [row[~np.isnan(row)] for row in ratings]
    values = [v for v in values if len(v) > 1]
    pool = np.concatenate(values)
    total = {x: float((pool == x).sum()) for x in np.unique(pool)}

    def distance(a: float, b: float) -> float:
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return (a - b) ** 2
        if metric == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        low, high = min(a, b), max(a, b)
        between = sum(n for x, n in total.items() if low <= x <= high)
        return 0.0 if a == b else (between - (total[a] + total[b]) / 2) ** 2

    seen = sum(distance(a, b) / (len(v) - 1) for v in values for a, b in permutations(v, 2))
    chance = sum(distance(a, b) for a, b in permutations(pool, 2)) / (len(pool) - 1)
    return 1 - seen / chance


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", [1, 2])
def test_equals_the_definition(metric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = np.clip(rng.integers(0, 5, (15, 1)) + rng.integers(-1, 2, (15, 4)), 0, 5).astype(float)
    ratings[rng.random(ratings.shape) < 0.2] = np.nan
    assert krippendorff_alpha(ratings=ratings, metric=metric).value == pytest.approx(plain_alpha(ratings, metric))


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_the_linearised_error_is_near_the_jackknife(metric: str) -> None:
    rng = np.random.default_rng(4)
    ratings = np.clip(rng.integers(1, 6, (150, 1)) + rng.integers(-1, 2, (150, 4)), 1, 6).astype(float)
    ratings[rng.random(ratings.shape) < 0.2] = np.nan
    ratings = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    n = len(ratings)
    left_out = [krippendorff_alpha(ratings=np.delete(ratings, i, axis=0), metric=metric).value for i in range(n)]
    jackknife = np.sqrt((n - 1) / n * ((np.array(left_out) - np.mean(left_out)) ** 2).sum())
    assert krippendorff_alpha(ratings=ratings, metric=metric).standard_error == pytest.approx(jackknife, rel=0.03)


def test_interval_metric_is_quadratic_weights_on_a_scale_without_gaps() -> None:
    by_metric = krippendorff_alpha(ratings=PAPER, metric="interval")
    by_weights = krippendorff_alpha(ratings=PAPER, weights="quadratic", interval="wald")
    assert by_metric.value == pytest.approx(by_weights.value)
    assert by_metric.low == pytest.approx(by_weights.low)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"metric": "ordina"}, "Did you mean 'ordinal'"),
        ({"metric": "ordinal", "weights": "linear"}, "nominal"),
        ({"ratings": [["a", "b"]], "metric": "interval"}, "numbers"),
        ({"ratings": [[-1.0, 2.0]], "metric": "ratio"}, "0 or more"),
        ({"interval": "normal"}, "choice"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        krippendorff_alpha(**({"ratings": PAPER} | options))


def test_zero_is_a_value_of_the_ratio_metric() -> None:
    assert is_defined(krippendorff_alpha(ratings=[[0, 0], [1, 1], [0, 1]], metric="ratio"))


def test_ordinal_text_takes_its_order_from_categories() -> None:
    words = [["low", "mid"], ["high", "high"], ["low", "low"], ["mid", "high"]]
    found = krippendorff_alpha(ratings=words, metric="ordinal", categories=["low", "mid", "high"])
    numbers = krippendorff_alpha(ratings=[[0, 1], [2, 2], [0, 0], [1, 2]], metric="ordinal")
    assert found.value == pytest.approx(numbers.value)
