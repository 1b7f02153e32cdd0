"""Gaps between groups on paper, and what must hold; fairlearn's values: tests/oracles/own/26-gaps-and-fairness."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.group_fairness import ONE_GROUP, GroupRates, fairness, group_fairness

RNG = np.random.default_rng(2)
N = 300
TRUTH, GROUP = RNG.integers(0, 2, N).astype(float), RNG.integers(0, 3, N)
CALL = np.where(RNG.random(N) < 0.8, TRUTH, 1 - TRUTH)
WEIGHTS = RNG.multinomial(N, np.full(N, 1 / N), 300)


def rates(**given: list[float]) -> GroupRates:
    return GroupRates(**{name: np.array(values) for name, values in given.items()})


def test_gaps_on_paper() -> None:
    made = rates(sensitivity=[0.9, 0.6], false_alarm=[0.1, 0.2], call=[0.4, 0.5])
    assert float(fairness(made, criterion="equalised_odds")) == pytest.approx(0.3)
    assert float(fairness(made, criterion="equalised_odds", over="mean")) == pytest.approx(0.2)
    assert float(fairness(made, criterion="equalised_odds", as_ratio=True)) == pytest.approx(0.5)
    assert float(fairness(made, criterion="demographic_parity", as_ratio=True)) == pytest.approx(0.8)
    whole = GroupRates(sensitivity=np.array(0.75), false_alarm=np.array(0.15), call=np.array(0.45))
    assert float(fairness(made, criterion="equal_opportunity", overall=whole)) == pytest.approx(0.15)
    assert float(fairness(made, criterion="equal_opportunity", overall=whole, as_ratio=True)) == pytest.approx(0.8)


def test_groups_without_both_kinds_are_left_out() -> None:
    made = rates(sensitivity=[0.9, 0.6, np.nan], false_alarm=[0.1, 0.2, 0.9], call=[0.4, 0.5, 0.9])
    assert float(fairness(made, criterion="equalised_odds")) == pytest.approx(0.3)
    assert float(fairness(made, criterion="demographic_parity")) == pytest.approx(0.5)


@pytest.mark.parametrize("criterion", ["equalised_odds", "equal_opportunity", "demographic_parity"])
def test_an_interval_holds_its_value_and_order_does_not_matter(criterion: str) -> None:
    e = group_fairness(truth=TRUTH, call=CALL, group=GROUP, criterion=criterion, weights=WEIGHTS)  # type: ignore[arg-type]
    assert e.low is not None
    assert e.high is not None
    assert e.low <= e.value <= e.high  # type: ignore[operator]
    renamed = group_fairness(truth=TRUTH, call=CALL, group=2 - GROUP, criterion=criterion, weights=WEIGHTS)  # type: ignore[arg-type]
    assert (renamed.value, renamed.low, renamed.high) == pytest.approx((e.value, e.low, e.high))
    assert renamed.p_value == pytest.approx(e.p_value)
    assert e.df == {"equalised_odds": 4}.get(criterion, 2)


def test_two_groups_have_the_test_of_two_shares() -> None:
    two = np.where(GROUP == 2, -1, GROUP)
    e = group_fairness(truth=TRUTH, call=CALL, group=two, criterion="equal_opportunity", weights=WEIGHTS)
    sides = [CALL[(two == k) & (TRUTH == 1)] for k in (0, 1)]
    z = np.subtract(*(s.mean() for s in sides)) / np.sqrt(sum(s.var() / s.size for s in sides))
    assert e.statistic == pytest.approx(z**2, rel=0.3)
    assert e.df == 1


def test_what_has_no_number_or_no_interval() -> None:
    one = group_fairness(truth=TRUTH, call=CALL, group=np.zeros(N), criterion="equal_opportunity")
    assert one.reason == ONE_GROUP
    nobody = group_fairness(truth=TRUTH, call=CALL, group=np.full(N, -1), criterion="equal_opportunity")
    assert nobody.reason == ONE_GROUP
    plain = group_fairness(truth=TRUTH, call=CALL, group=GROUP, criterion="equal_opportunity")
    assert plain.reason == "no resamples were given (weights)"
    few = group_fairness(truth=TRUTH, call=CALL, group=GROUP, criterion="equal_opportunity", weights=WEIGHTS[:9])
    assert few.reason == "only 9 of 9 resamples could be used"
    same = group_fairness(truth=TRUTH, call=TRUTH, group=GROUP, criterion="equalised_odds", weights=WEIGHTS)
    assert (same.value, same.reason) == (0, "all resamples give the same value")
    part = np.where(GROUP == 0, TRUTH, CALL)  # one group is perfect: its false alarms never vary
    assert (
        group_fairness(truth=TRUTH, call=part, group=GROUP, criterion="equalised_odds", weights=WEIGHTS).low is not None
    )


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="one shape"):
        group_fairness(truth=[1], call=[1, 0], group=[0], criterion="equal_opportunity")
    with pytest.raises(ArgumentError, match="one of equalised_odds"):
        group_fairness(truth=[1], call=[1], group=[0], criterion="equal_odds")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="one of worst"):
        fairness(rates(sensitivity=[1], false_alarm=[1], call=[1]), criterion="equalised_odds", over="best")  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_widest_gap_is_held_and_no_gap_is_seldom_seen() -> None:
    """200 studies of three groups; three Monte-Carlo errors of 95 % are 4.6 %."""
    rng, held, seen = np.random.default_rng(9), 0, 0
    truth, group = np.ones(240), np.repeat([0, 1, 2], 80)
    weights = np.concatenate([rng.multinomial(80, np.full(80, 1 / 80), 1000) for _ in range(3)], axis=1)
    given = {"truth": truth, "group": group, "criterion": "demographic_parity", "weights": weights}
    for _ in range(200):
        apart = (rng.random(240) < np.array([0.9, 0.8, 0.7])[group]).astype(float)
        alike = (rng.random(240) < 0.8).astype(float)
        e = group_fairness(call=apart, **given)  # type: ignore[arg-type]
        held += e.low <= 0.2 <= e.high  # type: ignore[operator]
        p = group_fairness(call=alike, **given).p_value  # type: ignore[arg-type]
        seen += p is not None and p < 0.05
    assert held / 200 >= 0.95 - 0.046
    assert seen / 200 <= 0.05 + 0.046
