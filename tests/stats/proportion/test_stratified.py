"""Strata on paper, and what they must be at their ends; values of R and metafor: own/16-stratified-2x2."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.stratified import NO_STRATUM, Strata, mantel_haenszel, peto_odds_ratio
from ecg_eval.stats.proportion.stratified_tests import (
    breslow_day_test,
    cochran_mantel_haenszel,
    exact_odds_ratio,
    woolf_test,
)

TWO = Strata.of(events_first=[8, 6], n_first=[10, 10], events_second=[5, 4], n_second=[10, 10])
NONE = Strata.of(events_first=[3], n_first=[3], events_second=[0], n_second=[0])
NO_EVENTS = Strata.of(events_first=[0, 0], n_first=[5, 5], events_second=[0, 0], n_second=[5, 5])
ONE_SIDED = Strata.of(events_first=[5], n_first=[5], events_second=[0], n_second=[5])


def test_equal_strata_are_the_mean_of_their_differences() -> None:
    e = mantel_haenszel(TWO)
    assert e.value == pytest.approx((0.3 + 0.2) / 2)
    assert (e.n, e.n_positive) == (40, 23)


def test_a_confounder_is_taken_out() -> None:
    """Within each stratum nothing differs; the first group has more of the easy one."""
    made = Strata.of(events_first=[72, 3], n_first=[80, 20], events_second=[18, 12], n_second=[20, 80])
    assert mantel_haenszel(made).value == pytest.approx(0)
    assert mantel_haenszel(made, measure="odds_ratio").value == pytest.approx(1)
    assert mantel_haenszel(made, measure="risk_ratio").value == pytest.approx(1)
    assert breslow_day_test(made).value == pytest.approx(0, abs=1e-9)
    crude = Strata.of(events_first=[75], n_first=[100], events_second=[30], n_second=[100])
    assert mantel_haenszel(crude).value == pytest.approx(0.45)


def test_the_exact_test_of_one_table_is_fishers() -> None:
    from scipy.stats import fisher_exact
    from scipy.stats.contingency import odds_ratio

    table = np.array([[8, 2], [3, 7]])
    e = exact_odds_ratio(Strata.of(events_first=[8], n_first=[10], events_second=[3], n_second=[10]))
    wanted = odds_ratio(table)
    bounds = wanted.confidence_interval(0.95)
    assert (e.value, e.low, e.high) == pytest.approx((wanted.statistic, bounds.low, bounds.high), rel=1e-6)
    assert e.p_value == pytest.approx(fisher_exact(table).pvalue)


def test_what_has_no_number() -> None:
    for kernel in (peto_odds_ratio, cochran_mantel_haenszel, exact_odds_ratio):
        assert kernel(NONE).reason == NO_STRATUM
        assert kernel(NO_EVENTS).value is None
    assert mantel_haenszel(NONE).reason == NO_STRATUM
    assert mantel_haenszel(NO_EVENTS).reason == "no case differs from another: this method has no interval"
    for measure in ("odds_ratio", "risk_ratio"):
        assert mantel_haenszel(ONE_SIDED, measure=measure).value is None  # type: ignore[arg-type]
    assert exact_odds_ratio(ONE_SIDED).value is None
    assert exact_odds_ratio(ONE_SIDED).p_value == pytest.approx(2 / 252)
    mirrored = Strata.of(events_first=[0], n_first=[5], events_second=[5], n_second=[5])
    assert exact_odds_ratio(mirrored).value is None
    assert breslow_day_test(ONE_SIDED).reason == "fewer than two strata have events and non-events"
    twice = Strata.of(events_first=[5, 5], n_first=[5, 5], events_second=[0, 0], n_second=[5, 5])
    assert breslow_day_test(twice).reason == "there is no odds ratio"
    assert woolf_test(ONE_SIDED).reason == "fewer than two strata have both groups"


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="one shape"):
        Strata.of(events_first=[1], n_first=[1, 2], events_second=[1], n_second=[1])
    with pytest.raises(ArgumentError, match="from 0 to the cases"):
        Strata.of(events_first=[3], n_first=[2], events_second=[1], n_second=[1])
    with pytest.raises(ArgumentError, match="one of odds_ratio"):
        mantel_haenszel(TWO, measure="odds")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="one of sato"):
        mantel_haenszel(TWO, variance="saito")  # type: ignore[arg-type]
