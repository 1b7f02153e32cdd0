"""A difference over strata between patients: equal to counts where all stand alone, to pairs where all are paired."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.stratified_difference import NO_SPREAD, NO_STRATUM, stratified_difference
from ecg_eval.stats.proportion.stratified import Strata, mantel_haenszel

RNG = np.random.default_rng(3)
N = 200
GROUP, STRATUM = RNG.random(N) < 0.5, RNG.integers(0, 3, N)
Y = (RNG.random(N) < 0.4 + 0.2 * GROUP + 0.1 * STRATUM).astype(float)


def counts(side: np.ndarray) -> tuple[list[int], list[int]]:
    inside = [side & (s == STRATUM) for s in range(3)]
    return [int(Y[i].sum()) for i in inside], [int(i.sum()) for i in inside]


def test_of_independent_cases_the_value_is_mantel_haenszels_and_the_error_nearly() -> None:
    made = stratified_difference(outcome=Y, first=GROUP, stratum=STRATUM, cluster=np.arange(N))
    (x1, n1), (x0, n0) = counts(GROUP), counts(~GROUP)
    wanted = mantel_haenszel(
        Strata.of(events_first=x1, n_first=n1, events_second=x0, n_second=n0), variance="greenland_robins"
    )
    assert made.common.value == pytest.approx(wanted.value)
    assert made.common.standard_error == pytest.approx(wanted.standard_error, rel=0.02)
    assert made.strata == ("0", "1", "2")
    assert [e.value for e in made.by_stratum] == pytest.approx(np.subtract(np.divide(x1, n1), np.divide(x0, n0)))
    assert made.homogeneity.df == 2


def test_pairs_are_compared_within_patients() -> None:
    """With one stratum and every patient in both groups, the error is that of the mean of paired differences."""
    first, second = RNG.integers(0, 2, 60).astype(float), RNG.integers(0, 2, 60).astype(float)
    made = stratified_difference(
        outcome=np.r_[first, second],
        first=np.repeat([True, False], 60),
        stratum=np.full(120, "all"),
        cluster=np.tile(np.arange(60), 2),
    )
    d = first - second
    assert made.common.value == pytest.approx(d.mean())
    assert made.common.standard_error == pytest.approx(d.std(ddof=1) / np.sqrt(60))
    assert made.homogeneity.reason == "one stratum alone has both groups"


def test_what_has_no_number() -> None:
    alone = stratified_difference(outcome=[1, 0], first=[1, 1], stratum=["a", "b"], cluster=[1, 2])
    assert (alone.common.reason, alone.strata) == (NO_STRATUM, ())
    same = stratified_difference(
        outcome=[1, 1, 0, 0, np.nan], first=[1, 0, 1, 0, 1], stratum=list("aabba"), cluster=[1, 2, 3, 4, 5]
    )
    assert same.common.reason == NO_SPREAD
    assert same.homogeneity.reason == "in some strata no case differs from another"
    with pytest.raises(ArgumentError, match="one shape"):
        stratified_difference(outcome=[1, 0], first=[1], stratum=["a"], cluster=[1])
