"""Adjusted p-values: statsmodels, arithmetic on paper, and what all methods must keep."""

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.multiplicity import ADJUSTMENTS, adjust_p_values, expected_maximum, gatekeeping

PEERS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "benjamini_hochberg": "fdr_bh",
    "benjamini_yekutieli": "fdr_by",
}


@pytest.mark.parametrize("method", sorted(ADJUSTMENTS))
def test_equal_to_statsmodels(method: str) -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 10, 41):
        p = np.round(rng.random(size) ** 3, 2)  # rounded, so that there are ties
        want = multipletests(p, method=PEERS[method])[1]
        assert adjust_p_values(p, method=method) == pytest.approx(want, abs=1e-12)


def test_hommel_on_paper() -> None:
    # closed testing with Simes: p = 0.02, 0.03, 0.04. The first is in {1,2,3}: min(3*.02, 1.5*.03, .04) = 0.04, in
    # {1,2}: min(.04, .03) = 0.03, in {1,3}: min(.04, .04) = 0.04, alone 0.02: the largest is 0.04
    assert adjust_p_values([0.02, 0.03, 0.04], method="hommel") == pytest.approx([0.04, 0.04, 0.04])


@pytest.mark.parametrize("method", sorted(ADJUSTMENTS))
def test_what_every_method_keeps(method: str) -> None:
    p = np.random.default_rng(1).random((4, 5)) ** 2
    adjusted = adjust_p_values(p, method=method)
    assert adjusted.shape == p.shape
    assert np.all((adjusted >= p) & (adjusted <= 1))
    order = np.random.default_rng(2).permutation(20)
    assert adjust_p_values(p.ravel()[order], method=method) == pytest.approx(adjusted.ravel()[order])
    missing = np.append(p.ravel(), [np.nan, np.nan])
    assert adjust_p_values(missing, method=method)[:-2] == pytest.approx(adjusted.ravel()), "no test does not count"
    assert np.isnan(adjust_p_values([np.nan], method=method)).all()
    assert adjust_p_values([], method=method).size == 0


@pytest.mark.parametrize("p", [[-0.1], [1.1], [np.inf]])
def test_what_is_no_p_value_is_refused(p: list[float]) -> None:
    with pytest.raises(ArgumentError, match="p_values must be in"):
        adjust_p_values(p)


def test_a_gate_opens_only_when_all_before_it_are_rejected() -> None:
    primary, secondary, third = gatekeeping([0.01, [0.02, 0.03], 0.001])
    assert (float(primary), secondary.tolist(), float(third)) == (0.01, [0.04, 0.04], 0.04)
    failed = gatekeeping([0.2, 0.001])
    assert [float(p) for p in failed] == [0.2, 0.2]


def test_an_untested_gate_stays_closed_and_an_empty_one_is_none() -> None:
    untested = gatekeeping([np.nan, 0.001])
    assert np.isnan(untested[0])
    assert float(untested[1]) == 1
    assert float(gatekeeping([[], 0.01])[1]) == 0.01


def test_a_false_discovery_rate_is_no_gate() -> None:
    with pytest.raises(ArgumentError, match="Use holm"):
        gatekeeping([0.01], method="benjamini_hochberg")


# Harter, Biometrika 1961;48:151-165, table 1: expected values of the largest of n standard normals, to five places
HARTER = {
    **{2: 0.56419, 3: 0.84628, 4: 1.02938, 5: 1.16296, 6: 1.26721, 7: 1.35218, 8: 1.42360, 9: 1.48501, 10: 1.53875},
    **{20: 1.86748, 50: 2.24907, 100: 2.50759},
}


@pytest.mark.parametrize("n", HARTER)
def test_the_best_of_equals_is_as_published(n: int) -> None:
    assert expected_maximum(n_candidates=n) == pytest.approx(HARTER[n], abs=6e-6)


def test_the_best_of_two_and_three_on_paper() -> None:
    assert expected_maximum(n_candidates=1) == 0
    assert expected_maximum(n_candidates=2) == pytest.approx(1 / np.sqrt(np.pi), abs=1e-10)
    assert expected_maximum(n_candidates=3) == pytest.approx(1.5 / np.sqrt(np.pi), abs=1e-10)


def test_the_best_of_very_many_grows_slowly() -> None:
    values = [expected_maximum(n_candidates=n) for n in (100, 1_000, 1_000_000)]
    assert values == sorted(values)
    # asymptotically sqrt(2 log n), which is above it (Cramer, Mathematical Methods of Statistics, 1946, 28.6)
    assert 3 < values[1] < np.sqrt(2 * np.log(1_000))
    assert 4 < values[2] < np.sqrt(2 * np.log(1_000_000))


@pytest.mark.parametrize("n", [0, 2.5, float("nan"), True, "12"])
def test_of_nobody_and_of_parts_none_is_best(n: Any) -> None:
    with pytest.raises(ArgumentError, match="a whole number of at least 1"):
        expected_maximum(n_candidates=n)


def test_the_best_of_a_thousand_million() -> None:
    # mpmath 1.3, 50 digits: quad of 1 - ncdf(x)**k - (1 - ncdf(x))**k from 0
    assert expected_maximum(n_candidates=np.int64(10**3)) == pytest.approx(3.24143576913344, abs=1e-10)
    assert expected_maximum(n_candidates=10**9) == pytest.approx(6.08768458444596, abs=1e-10)
