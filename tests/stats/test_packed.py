"""Numbers of which each row has few different ones take a byte each, and come back to the bit."""

import numpy as np
import pytest

from ecg_eval.stats import packed as packing
from ecg_eval.stats.mrmc.part_means import Parts, ReaderErrors, mean_variances, parts_together, ratio_deviations
from ecg_eval.stats.packed import Packed, concatenated, packed
from ecg_eval.stats.proportion.shrinkage import shrunken_proportions


def numbers(seed: int = 1, n: int = 300) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.choice(rng.normal(size=9), size=(3, 4, n))


def test_packed_numbers_come_back() -> None:
    made = packed(numbers())
    assert isinstance(made, Packed)
    assert made.shape == (3, 4, 300)
    np.testing.assert_array_equal(np.asarray(made), numbers())
    some = made.take([2, 0], slice(1, 3))
    np.testing.assert_array_equal(np.asarray(some), numbers()[[2, 0]][:, 1:3])
    np.testing.assert_array_equal(np.asarray(packed(np.zeros((2, 1, 0)))), np.zeros((2, 1, 0)))


def test_missing_numbers_stay_missing() -> None:
    with_missing = np.array([[[np.nan, 1.0, np.nan, -2.0]]])
    np.testing.assert_array_equal(np.asarray(packed(with_missing)), with_missing)


def test_many_different_numbers_stay_as_they_are() -> None:
    many = np.random.default_rng(1).normal(size=(1, 2, 300))
    assert packed(many) is many


@pytest.mark.parametrize("axis", [0, 1])
def test_packed_arrays_are_put_together(axis: int) -> None:
    both = concatenated([packed(numbers(1)), packed(np.repeat(numbers(2), 1, axis=0))], axis)
    assert isinstance(both, Packed)
    np.testing.assert_array_equal(np.asarray(both), np.concatenate([numbers(1), numbers(2)], axis=axis))
    mixed = concatenated([packed(numbers(1)), numbers(2)], axis)
    np.testing.assert_array_equal(np.asarray(mixed), np.asarray(both))


def parts(n_findings: int = 5, n_patients: int = 400) -> Parts:
    rng = np.random.default_rng(4)
    cases = rng.integers(0, 3, (3, n_findings, n_patients)).astype(float)
    events = rng.binomial(cases.astype(int), 0.7).astype(float)
    x, n = events.sum(-1), cases.sum(-1)
    centres, variances = shrunken_proportions(n_events=x, n=n)
    deviations = ratio_deviations(events=events, cases=cases)
    return Parts(values=x / n, variances=variances, deviations=deviations, cases=cases, centres=centres)


def test_means_of_packed_parts_in_blocks_are_those_of_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parts()
    chosen = np.array([[True] * 5, [True, False, True, True, False], [False] * 5])
    variances, errors = mean_variances(whole, chosen), ReaderErrors(whole)
    of_means = errors.of_means([0, 2, 3])
    monkeypatch.setattr(packing, "_AT_ONCE", 3 * 400 * 2)  # two findings at a time
    small = parts_together(
        [whole.take(findings=slice(0, 2)).compact(), whole.take(findings=slice(2, 5)).compact()], axis=1
    )
    assert isinstance(small.deviations, Packed)
    in_blocks = ReaderErrors(small)
    np.testing.assert_allclose(mean_variances(small, chosen), variances, rtol=1e-12)
    np.testing.assert_allclose(in_blocks.by_finding, errors.by_finding, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(in_blocks.of_means([0, 2, 3]), of_means, rtol=1e-12)
