"""Every design gives each reader what it says, in a random order."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.panels._simulation.designs import assignments
from ecg_eval.stats.allotment.designs import DESIGNS

PRACTICES = np.array([0, 0, 1, 1, 2, 2])
N = 31


def plan(
    design: str, *, aided: bool = True, practices: np.ndarray = PRACTICES, n: int = N, seed: int = 1
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return assignments(design, practices=practices, n_records=n, aided=aided, rng=rng)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("practices", "n"), [(PRACTICES, N), (np.array([0]), 1), (np.array([0, 0]), 2), (PRACTICES, 0)]
)
def test_nobody_reads_a_recording_twice_in_an_arm(design: str, practices: np.ndarray, n: int) -> None:
    table = plan(design, practices=practices, n=n)
    assert not table.duplicated(["reader", "record", "aided"]).any()
    at_once = design == "sequential"
    assert table.duplicated(["reader", "record", "period"]).any() == (at_once and n > 0)
    for _, part in table.groupby(["reader", "period"]):
        assert sorted(part["position"].unique()) == list(range(1, len(part) // (1 + at_once) + 1))


@pytest.mark.parametrize("design", DESIGNS)
def test_without_help_everybody_reads_everything_once(design: str) -> None:
    table = plan(design, aided=False)
    assert len(table) == len(PRACTICES) * N
    assert not table["aided"].any()
    assert (table["period"] == 1).all()


@pytest.mark.parametrize("design", ["crossed", "crossover"])
def test_both_arms_of_everything(design: str) -> None:
    table = plan(design)
    assert (table.groupby(["reader", "record"])["aided"].nunique() == 2).all()
    assert len(table) == 2 * len(PRACTICES) * N


def test_crossed_is_unaided_first() -> None:
    table = plan("crossed")
    assert (table["period"] == 1 + table["aided"]).all()


def test_sequential_shows_the_ai_at_once() -> None:
    table = plan("sequential")
    assert (table["period"] == 1).all()
    assert (table.groupby(["reader", "record"])["position"].agg(lambda p: p.max() - p.min()) == 0).all()
    assert (table.groupby(["reader", "record"])["aided"].agg(list).map(tuple) == (False, True)).all()


def test_half_and_half_reads_everything_once() -> None:
    table = plan("half_and_half")
    assert not table.duplicated(["reader", "record"]).any()
    assert len(table) == len(PRACTICES) * N
    assert set(table.groupby("reader")["aided"].sum()) == {N // 2}


def test_crossover_has_half_aided_in_each_period() -> None:
    table = plan("crossover")
    share = table.groupby(["reader", "period"])["aided"].sum()
    assert set(share) == {N // 2, N - N // 2}
    halves = table[table["aided"] & (table["period"] == 1)].groupby("reader")["record"].agg(frozenset)
    assert len(set(halves)) > 1  # each reader has halves of its own


def test_parallel_splits_the_readers() -> None:
    table = plan("parallel")
    assert len(table[["reader", "aided"]].drop_duplicates()) == len(PRACTICES)
    assert table.groupby("reader")["aided"].first().sum() == 3
    assert len(table) == len(PRACTICES) * N


def test_split_plot_reads_blocks() -> None:
    table = plan("split_plot")
    records = table.groupby("reader")["record"].agg(frozenset)
    assert records.nunique() == 3
    assert frozenset().union(*records.unique()) == frozenset(range(N))
    assert sum(map(len, records.unique())) == N


def test_stepped_wedge_changes_once_and_for_good_by_practice() -> None:
    table = plan("stepped_wedge")
    table["practice"] = PRACTICES[table["reader"]]
    by_period = table.groupby(["practice", "period"])["aided"].agg(["min", "max"])
    assert (by_period["min"] == by_period["max"]).all()
    starts = set()
    for _, course in by_period["max"].groupby("practice"):
        helped = course.to_numpy()
        assert not helped[0]
        assert helped[-1]
        assert (np.diff(helped.astype(int)) >= 0).all()
        starts.add(int(np.argmax(helped)))
    assert starts == {1, 2, 3}


def test_is_the_same_for_the_same_seed_only() -> None:
    pd.testing.assert_frame_equal(plan("crossover"), plan("crossover"))
    assert not plan("crossover").equals(plan("crossover", seed=2))


def test_an_unknown_design_is_refused() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'crossover'"):
        plan("cross-over")
