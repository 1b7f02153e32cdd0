"""The mean kappa over pairs of raters: Light's kappa by value, its error by leaving raters out one after the other."""

import numpy as np
import pytest

from ecg_eval.stats.agreement.fleiss import light_kappa
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.pair_mean import (
    ALL_WITH_ONE,
    NO_PAIR,
    NOTHING_VARIES,
    TOO_FEW,
    mean_kappa_with,
    pair_mean_kappa,
)
from ecg_eval.stats.estimate import Estimate

N, R, K = 50, 6, 3


def drawn(seed: int = 0, n: int = N, r: int = R) -> np.ndarray:
    """Give classes of raters who know two ECGs in three on average, each rater more or fewer."""
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(0, K, n), rng.uniform(0.45, 0.85, r)
    return np.where(rng.random((n, r)) < skill, truth[:, None], rng.integers(0, K, (n, r))).astype(float)


def test_its_value_is_lights_kappa() -> None:
    ratings = drawn()
    ratings[:7, 2] = np.nan
    assert pair_mean_kappa(ratings=ratings).value == pytest.approx(light_kappa(ratings=ratings).value)


def test_its_error_is_the_jackknife_over_raters_and_what_is_left_of_the_cases() -> None:
    ratings, factor = drawn(), (R - 1) / R
    without = np.array([light_kappa(ratings=np.delete(ratings, i, axis=1)).value for i in range(R)])
    of_raters = factor * ((without - without.mean()) ** 2).sum()

    def of_cases(members: list[int]) -> float:
        error = light_kappa(ratings=ratings[:, members], categories=range(K), interval="wald").standard_error
        assert error is not None
        return error**2

    # the cases' part by light_kappa's errors alone: sum_i |u_i - u|^2 = sum_i |u_i|^2 - r |u|^2 of the linear parts
    everybody = of_cases(list(range(R)))
    left_out = [of_cases([j for j in range(R) if j != i]) for i in range(R)]
    of_both = factor * (sum(left_out) - R * everybody)
    wanted = of_raters + max(everybody - of_both, 0.0)
    assert pair_mean_kappa(ratings=ratings).standard_error == pytest.approx(np.sqrt(wanted))


def test_patients_with_the_same_ecg_twice_count_once() -> None:
    ratings = drawn()
    once = pair_mean_kappa(ratings=ratings)
    twice = pair_mean_kappa(ratings=np.repeat(ratings, 2, axis=0), cluster=np.repeat(np.arange(N), 2))
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
    assert (twice.n, twice.n_clusters) == (2 * N, N)


def test_neither_the_order_nor_the_names_of_classes_matter() -> None:
    ratings = drawn()
    once, other = pair_mean_kappa(ratings=ratings), pair_mean_kappa(ratings=2 - ratings[::-1, ::-1])
    assert (other.value, other.low, other.high) == pytest.approx((once.value, once.low, once.high))


def test_what_cannot_be_computed_says_why() -> None:
    ratings = drawn()
    assert pair_mean_kappa(ratings=ratings[:, :2]).reason == TOO_FEW
    assert pair_mean_kappa(ratings=np.repeat(ratings[:, :1], 4, axis=1)).reason == NOTHING_VARIES
    apart = np.full((4, 3), np.nan)
    apart[[0, 1, 2], [0, 1, 2]] = 1
    assert pair_mean_kappa(ratings=apart).reason == NO_PAIR
    assert mean_kappa_with(first=np.full(4, np.nan), ratings=apart).reason == NO_PAIR


def test_a_pair_without_kappa_is_left_out() -> None:
    ratings = drawn()
    ratings[:, 4:] = 1  # two who always choose the same: their kappa is undefined
    found = pair_mean_kappa(ratings=ratings)
    assert "14 of 15 pairs" in found.method
    kappas = [
        cohen_kappa(first=ratings[:, i], second=ratings[:, j]).value
        for i in range(R)
        for j in range(i + 1, R)
        if (i, j) != (4, 5)
    ]
    assert found.value == pytest.approx(np.mean(kappas))


def test_a_reader_without_a_pair_says_nothing_of_readers() -> None:
    ratings = drawn()
    alone = np.full((N + 4, 1), np.nan)
    alone[N:] = 1  # has read four ECGs that nobody else has
    beside = np.column_stack([np.vstack([ratings, np.full((4, R), np.nan)]), alone])
    once, other = pair_mean_kappa(ratings=ratings), pair_mean_kappa(ratings=beside)
    for name in ("value", "low", "high", "df", "n"):
        assert getattr(other, name) == pytest.approx(getattr(once, name))
    assert "mean over 15 of 21 pairs; jackknife over 6 readers" in other.method


def test_a_pair_of_too_few_ecgs_in_common_is_left_out_where_asked() -> None:
    ratings = drawn()
    ratings[:47, 0] = np.nan  # the first reader has three ECGs
    others = pair_mean_kappa(ratings=ratings[:, 1:])
    for made in (
        pair_mean_kappa(ratings=ratings, fewest_cases=4),
        mean_kappa_with(first=ratings[:, 1], ratings=ratings[:, [0, 2, 3, 4, 5]], fewest_cases=4),
    ):
        assert "10 of 15 pairs" in made.method or "4 of 5 readers" in made.method
    assert pair_mean_kappa(ratings=ratings, fewest_cases=4).value == pytest.approx(others.value)
    assert "of 15" not in pair_mean_kappa(ratings=ratings, fewest_cases=3).method


def test_without_a_reader_of_all_pairs_nothing_is_left() -> None:
    ratings = drawn(r=4)
    for j in (1, 2, 3):  # each of them reads ECGs of the first reader's, and no others'
        ratings[[i for i in range(N) if i % 3 != j - 1], j] = np.nan
    assert pair_mean_kappa(ratings=ratings).reason == ALL_WITH_ONE


@pytest.mark.parametrize("seed", range(4))
def test_the_test_of_chance_belongs_to_the_interval(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = np.where(rng.random((N, R)) < 0.1, 1, rng.integers(0, K, (N, R))).astype(float)

    def made(level: float) -> list[Estimate]:
        return [
            pair_mean_kappa(ratings=ratings, level=level),
            mean_kappa_with(first=ratings[:, 0], ratings=ratings[:, 1:], level=level),
        ]

    for i, estimate in enumerate(made(0.95)):
        assert estimate.p_value is not None
        end = made(1 - estimate.p_value)[i]
        assert end.low is not None
        assert end.high is not None
        assert min(abs(end.low), abs(end.high)) == pytest.approx(0, abs=1e-9)


def test_one_with_several_counts_the_ecgs_of_both_and_those_left_out() -> None:
    ratings = drawn()
    first = ratings[:, 0].copy()
    first[:20] = np.nan
    others = ratings[:, 1:].copy()
    others[20:25] = np.nan
    others[20:, 0] = np.nan  # shares no ECG with the first
    found = mean_kappa_with(first=first, ratings=others, cluster=np.arange(N) // 2)
    assert (found.n, found.n_clusters) == (25, 13)
    assert found.method.startswith("Cohen kappa, mean over 4 of 5 readers, random readers")


def test_one_who_agrees_with_all_throughout_has_no_interval_and_says_why() -> None:
    first = np.array([0, 1, 1, 0, 1, 0])
    estimate = mean_kappa_with(first=first, ratings=np.column_stack([first, first]))
    assert (estimate.value, estimate.low, estimate.p_value) == (1.0, None, None)
    assert "neither cases nor readers differ" in str(estimate.reason)
    assert "Fisher" not in estimate.method


def test_one_with_each_of_several_is_the_mean_of_their_kappas() -> None:
    ratings = drawn()
    found = mean_kappa_with(first=ratings[:, 0], ratings=ratings[:, 1:])
    kappas = [cohen_kappa(first=ratings[:, 0], second=ratings[:, j]).value for j in range(1, R)]
    assert found.value == pytest.approx(np.mean(kappas))
    alone = mean_kappa_with(first=ratings[:, 0], ratings=ratings[:, 1:2], readers="fixed")
    plain = cohen_kappa(first=ratings[:, 0], second=ratings[:, 1], interval="wald").standard_error
    assert plain is not None
    assert alone.standard_error == pytest.approx(plain * np.sqrt(N / (N - 1)))


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_near_grades_count_partly_in_all_pairs_alike(weights: str) -> None:
    ratings = drawn()
    ratings[ratings[:, 0] == 1, 0] = 2  # the first never gives the middle grade, which stays a grade all the same
    pairs = [
        cohen_kappa(first=ratings[:, i], second=ratings[:, j], categories=range(K), weights=weights).value
        for i in range(R)
        for j in range(i + 1, R)
    ]
    made = pair_mean_kappa(ratings=ratings, weights=weights)
    assert made.value == pytest.approx(np.mean(pairs))
    assert made.method.startswith(f"Cohen kappa, {weights} weights, mean over 15 pairs")
    beside = mean_kappa_with(first=ratings[:, 0], ratings=ratings[:, 1:], weights=weights)
    assert beside.value == pytest.approx(np.mean(pairs[: R - 1]))


def test_weighted_means_by_hand() -> None:
    # grades of three readers of four ECGs. Quadratic weights are 1, 3/4 and 0 at distances 0, 1 and 2, and kappa is
    # 1 - observed / expected mean squared distance: of a and b (1/4) / (20/16), of a and c (4/4) / (26/16), and
    # of b and c (1/4) / (20/16)
    a, b, c = [0, 1, 2, 2], [0, 1, 1, 2], [0, 1, 0, 2]
    by_hand = [1 - 4 / 20, 1 - 16 / 26, 1 - 4 / 20]
    table = np.column_stack([a, b, c])
    assert pair_mean_kappa(ratings=table, weights="quadratic").value == pytest.approx(np.mean(by_hand))
    assert mean_kappa_with(first=a, ratings=table[:, 1:], weights="quadratic").value == pytest.approx(
        np.mean(by_hand[:2])
    )


def test_it_covers_the_agreement_of_other_such_raters_where_lights_interval_does_not() -> None:
    truth = np.mean([light_kappa(ratings=drawn(seed, 2_000, 12)).value for seed in range(8)])
    covered = {pair_mean_kappa: 0, light_kappa: 0}
    for seed in range(100, 180):
        ratings = drawn(seed, 80, 5)
        for kernel in covered:
            e = kernel(ratings=ratings)
            covered[kernel] += e.low <= truth <= e.high
    assert covered[pair_mean_kappa] >= 0.92 * 80
    assert covered[light_kappa] < 0.92 * 80
