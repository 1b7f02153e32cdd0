"""Draws by patient, their reproducibility, and the intervals made of replicates."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.bootstrap_bounds import acceleration_from_jackknife
from ecg_eval.stats.resampling.draws import (
    BLOCK,
    difference_from_replicates,
    draw_two_way_weights,
    draw_weights,
    interval_from_replicates,
    jackknife_weights,
    weight_blocks,
    weights_from_indices,
)

CLUSTER = np.array(["p3", "p1", "p1", "p2", "p3", "p3", "p9"])


def test_cases_of_a_patient_share_their_weight_and_patients_are_drawn_as_often_as_there_are() -> None:
    w = draw_weights(cluster=CLUSTER, n_resamples=200, rng=np.random.default_rng(0))
    assert w.shape == (200, 7)
    assert w.dtype == np.int32
    assert (w[:, 1] == w[:, 2]).all()
    assert (w[:, 0] == w[:, 4]).all()
    _, first = np.unique(CLUSTER, return_index=True)
    assert (w[:, first].sum(axis=1) == 4).all()


def test_mean_and_variance_of_a_weight_are_those_of_multinomial_draws() -> None:
    w = draw_weights(cluster=np.arange(50), n_resamples=4000, rng=np.random.default_rng(1))
    assert w.mean(axis=0) == pytest.approx(np.ones(50), abs=0.1)
    assert w.var() == pytest.approx(1 - 1 / 50, rel=0.02)


def test_same_seed_same_draw_on_any_number_of_workers_and_block_by_block() -> None:
    n = 2 * BLOCK + 5
    one, four = (
        draw_weights(cluster=CLUSTER, n_resamples=n, rng=np.random.default_rng(7), n_workers=k) for k in (1, 4)
    )
    assert (one == four).all()
    blocks = list(weight_blocks(cluster=CLUSTER, n_resamples=n, rng=np.random.default_rng(7)))
    assert [b[0] for b in blocks] == [slice(0, BLOCK), slice(BLOCK, 2 * BLOCK), slice(2 * BLOCK, n)]
    assert (np.concatenate([b[1] for b in blocks]) == one).all()


def test_a_longer_draw_begins_like_a_shorter_one_and_a_second_draw_differs() -> None:
    short = draw_weights(cluster=CLUSTER, n_resamples=BLOCK, rng=np.random.default_rng(7))
    rng = np.random.default_rng(7)
    long = draw_weights(cluster=CLUSTER, n_resamples=2 * BLOCK, rng=rng)
    assert (long[:BLOCK] == short).all()
    assert (draw_weights(cluster=CLUSTER, n_resamples=BLOCK, rng=rng) != short).any()


def test_strata_keep_their_size() -> None:
    truth = np.array([1, 0, 0, 0, 1, 1, 0])
    w = draw_weights(cluster=np.arange(7), n_resamples=100, rng=np.random.default_rng(2), stratum=truth)
    assert (w[:, truth == 1].sum(axis=1) == 3).all()
    assert (w[:, truth == 0].sum(axis=1) == 4).all()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"cluster": [], "n_resamples": 3}, "cluster"),
        ({"cluster": [[1, 2]], "n_resamples": 3}, "cluster"),
        ({"cluster": [1.0, np.nan], "n_resamples": 3}, "cluster"),
        ({"cluster": [1, 2], "n_resamples": 0}, "n_resamples"),
        ({"cluster": [1, 2], "n_resamples": 3, "stratum": [0]}, "stratum"),
        ({"cluster": [1, 1], "n_resamples": 3, "stratum": [0, 1]}, "stratum"),
    ],
)
def test_bad_draws_are_refused(arguments: dict, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        draw_weights(rng=np.random.default_rng(0), **arguments)
    assert caught.value.what == what


def test_two_way_draws_are_of_readers_and_of_patients() -> None:
    readers, cases = draw_two_way_weights(
        reader=["r1", "r2", "r3"], cluster=CLUSTER, n_resamples=30, rng=np.random.default_rng(3)
    )
    assert readers.shape == (30, 3)
    assert cases.shape == (30, 7)
    assert (readers.sum(axis=1) == 3).all()


def test_jackknife_leaves_each_patient_out_once() -> None:
    assert jackknife_weights(cluster=["b", "a", "b"]).tolist() == [[1, 0, 1], [0, 1, 0]]


def test_indices_of_another_program_become_multiplicities() -> None:
    assert weights_from_indices(index=[[2, 2, 0], [1, 1, 1]], n_cases=3).tolist() == [[1, 0, 2], [0, 3, 0]]
    for bad in ([0, 1], [[0.5]], [[3]], [[-1]]):
        with pytest.raises(ArgumentError):
            weights_from_indices(index=bad, n_cases=3)


def mean_of_skewed(n: int = 40) -> tuple[np.ndarray, float, np.ndarray]:
    x = np.random.default_rng(5).exponential(size=n)
    w = draw_weights(cluster=np.arange(n), n_resamples=4000, rng=np.random.default_rng(6))
    return x, x.mean(), (w @ x) / n


@pytest.mark.parametrize(("ours", "theirs"), [("percentile", "percentile"), ("basic", "basic"), ("bca", "BCa")])
def test_intervals_agree_with_scipy_up_to_the_randomness_of_the_draws(ours: str, theirs: str) -> None:
    x, value, replicates = mean_of_skewed()
    leave_one_out = (jackknife_weights(cluster=np.arange(x.size)) @ x) / (x.size - 1)
    got = interval_from_replicates(
        value=value, replicates=replicates, label="mean", n=x.size, method=ours, jackknife=leave_one_out
    )
    peer = stats.bootstrap((x,), np.mean, n_resamples=20_000, method=theirs, rng=np.random.default_rng(8))
    assert got.low == pytest.approx(peer.confidence_interval.low, abs=0.02)
    assert got.high == pytest.approx(peer.confidence_interval.high, abs=0.02)
    assert got.low <= got.value <= got.high


def test_intervals_by_hand() -> None:
    replicates = np.arange(101) / 100  # quantiles are exact
    kind = {"value": 0.4, "replicates": replicates, "label": "x", "n": 10, "level": 0.9}
    assert interval_from_replicates(**kind).low == pytest.approx(0.05)
    assert interval_from_replicates(**kind).high == pytest.approx(0.95)
    assert interval_from_replicates(**kind, method="basic").low == pytest.approx(0.8 - 0.95)
    normal = interval_from_replicates(**kind, method="normal")
    assert normal.high - 0.4 == pytest.approx(1.6448536 * np.std(replicates, ddof=1))
    # 40 of 101 below and one tie: z0 = Phi^-1(40.5 / 101); bounds at Phi(2 z0 -+ 1.645)
    z0 = stats.norm.ppf(40.5 / 101)
    assert interval_from_replicates(**kind, method="bc").low == pytest.approx(stats.norm.cdf(2 * z0 - 1.6448536))


def test_acceleration_by_hand() -> None:
    # deviations from the mean 2 of (1, 1, 4): 1, 1, -2: sum of cubes -6, of squares 6
    assert acceleration_from_jackknife(jackknife=[1, 1, 4]) == pytest.approx(-6 / (6 * 6**1.5))
    assert acceleration_from_jackknife(jackknife=[2, 2]) == 0
    assert acceleration_from_jackknife(jackknife=[np.nan]) == 0


def test_unusable_resamples_are_counted_and_left_out() -> None:
    replicates = np.r_[np.linspace(0, 1, 60), np.full(40, np.nan)]
    got = interval_from_replicates(value=0.5, replicates=replicates, label="x", n=9)
    assert got.n_unusable == 40
    assert got.low == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("replicates", "reason"),
    [
        (np.r_[np.linspace(0, 1, 49), np.full(51, np.nan)], "only 49 of 100"),
        (np.linspace(0, 1, 30), "only 30 of 30"),
        (np.ones(100), "same value"),
        ([], "only 0 of 0"),
    ],
)
def test_no_interval_is_made_of_nothing(replicates: np.ndarray, reason: str) -> None:
    got = interval_from_replicates(value=1.0, replicates=replicates, label="x", n=9)
    assert got.value == 1
    assert got.low is None
    assert got.high is None
    assert reason in got.reason


@pytest.mark.parametrize("value", [None, np.nan])
def test_a_value_that_does_not_exist_is_undefined(value: float | None) -> None:
    got = interval_from_replicates(value=value, replicates=np.linspace(0, 1, 100), label="x", n=9)
    assert not is_defined(got)


def test_a_value_at_the_end_of_its_replicates_has_no_bias_correction() -> None:
    got = interval_from_replicates(value=2.0, replicates=np.linspace(0, 1, 100), label="x", n=9, method="bc")
    assert got.low is None
    assert "infinite" in got.reason


def test_an_extreme_acceleration_gives_no_interval() -> None:
    got = interval_from_replicates(
        value=0.0001,
        replicates=np.linspace(0, 1, 20_001),
        label="x",
        n=9,
        method="bca",
        jackknife=np.r_[np.zeros(99), 1.0],  # acceleration -0.163
        level=0.9999,
    )
    assert got.value == 0.0001
    assert got.low is None


@pytest.mark.parametrize(
    "bad", [{"method": "magic"}, {"method": "bca"}, {"replicates": np.ones((3, 3))}], ids=["name", "jackknife", "shape"]
)
def test_bad_arguments_of_an_interval(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        interval_from_replicates(**({"value": 1.0, "replicates": np.ones(50), "label": "x", "n": 9} | bad))


def test_a_difference_over_shared_resamples_is_paired() -> None:
    x, value, replicates = mean_of_skewed()
    same = difference_from_replicates(
        value_first=value,
        value_second=value,
        replicates_first=replicates,
        replicates_second=replicates,
        label="d",
        n=x.size,
    )
    assert same.value == 0
    assert same.low is None
    shifted = difference_from_replicates(
        value_first=value,
        value_second=2 * value,
        replicates_first=replicates,
        replicates_second=2 * replicates,
        label="d",
        n=x.size,
    )
    assert shifted.statistic == pytest.approx(-value / np.std(replicates, ddof=1))
    assert shifted.p_value == pytest.approx(2 * stats.norm.sf(abs(shifted.statistic)))
    lacking = difference_from_replicates(
        value_first=None,
        value_second=value,
        replicates_first=replicates,
        replicates_second=replicates,
        label="d",
        n=x.size,
    )
    assert not is_defined(lacking)
    with pytest.raises(ArgumentError):
        difference_from_replicates(
            value_first=1.0, value_second=1.0, replicates_first=[1, 2], replicates_second=[1], label="d", n=x.size
        )


def test_a_spread_of_rounding_alone_is_no_interval() -> None:
    replicates = np.random.default_rng(1).choice([-4e-16, 0.0, 3e-16], size=200)
    estimate = interval_from_replicates(value=0.0, replicates=replicates, label="mean", n=10)
    assert estimate.low is None
    assert "same value" in str(estimate.reason)
