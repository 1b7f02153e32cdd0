"""Individual equivalence against a plain loop over pairs, the jackknife over readers, and simulation."""

from itertools import combinations

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.individual_equivalence import individual_equivalence
from ecg_eval.stats.estimate import is_defined

RNG = np.random.default_rng(31)
TRUTH = (RNG.random(150) < 0.4).astype(float)
READERS = np.where(RNG.random((150, 5)) < 0.8, TRUTH[:, None], 1 - TRUTH[:, None])
MODEL = np.where(RNG.random(150) < 0.85, TRUTH, 1 - TRUTH)


def test_equals_a_plain_loop_over_pairs() -> None:
    between = np.mean([(READERS[:, i] == READERS[:, j]).mean() for i, j in combinations(range(5), 2)])
    with_model = (MODEL[:, None] == READERS).mean()
    found = individual_equivalence(model=MODEL, readers=READERS, margin=0.05)
    assert found.between_readers.value == pytest.approx(between)
    assert found.with_model.value == pytest.approx(with_model)
    assert found.difference.value == pytest.approx(with_model - between)
    assert found.equivalent == (found.difference.low > -0.05)


def test_random_readers_spread_as_the_jackknife_over_readers_does() -> None:
    """The readers' values are the jackknife pseudo-values of the difference."""
    whole = individual_equivalence(model=MODEL, readers=READERS, margin=0.05).difference.value
    left_out = [
        individual_equivalence(model=MODEL, readers=np.delete(READERS, j, axis=1), margin=0.05).difference.value
        for j in range(5)
    ]
    pseudo = 5 * whole - 4 * np.array(left_out)
    found = individual_equivalence(model=MODEL, readers=READERS, margin=0.05, cluster=np.arange(150) % 2)
    assert np.mean(pseudo) == pytest.approx(whole)
    fixed = individual_equivalence(model=MODEL, readers=READERS, margin=0.05, kind="fixed").difference
    assert fixed.standard_error > 0
    assert found.difference.standard_error**2 >= pseudo.var(ddof=1) / 5 - 1e-12


def test_fixed_readers_are_the_spread_over_cases() -> None:
    pairs = np.mean([READERS[:, i] == READERS[:, j] for i, j in combinations(range(5), 2)], axis=0)
    by_case = (MODEL[:, None] == READERS).mean(axis=1) - pairs
    found = individual_equivalence(model=MODEL, readers=READERS, margin=0.05, kind="fixed").difference
    assert found.standard_error == pytest.approx(by_case.std(ddof=1) / np.sqrt(150))


def test_missing_readings_are_left_out() -> None:
    readers, model = READERS.copy(), MODEL.copy()
    readers[:20, 1:] = np.nan
    model[20:30] = np.nan
    found = individual_equivalence(model=model, readers=readers, margin=0.05)
    assert found.difference.n == 120
    plain = individual_equivalence(model=MODEL[30:], readers=READERS[30:], margin=0.05)
    assert found.difference.value == pytest.approx(plain.difference.value)


def test_two_readers_say_nothing_of_others() -> None:
    found = individual_equivalence(model=MODEL, readers=READERS[:, :2], margin=0.05)
    assert found.difference.low is None
    assert "two readers" in str(found.difference.reason)
    assert found.equivalent is None
    assert individual_equivalence(model=MODEL, readers=READERS[:, :2], margin=0.05, kind="fixed").equivalent is not None


def test_without_cases_it_is_undefined() -> None:
    found = individual_equivalence(model=[np.nan, 1.0], readers=[[1, 1], [1, np.nan]], margin=0.05)
    assert not is_defined(found.difference)
    assert found.equivalent is None


def test_text_weights_and_clusters() -> None:
    words = np.where(READERS == 1, "AF", "SR")
    own = np.where(MODEL == 1, "AF", "SR")
    found = individual_equivalence(model=own, readers=words, margin=0.05, cluster=np.arange(150) // 3)
    plain = individual_equivalence(model=MODEL, readers=READERS, margin=0.05)
    assert found.difference.value == pytest.approx(plain.difference.value)
    assert found.difference.n_clusters == 50
    half = individual_equivalence(model=MODEL, readers=READERS, margin=0.05, weights=[[1, 0.5], [0.5, 1]])
    assert half.difference.value == pytest.approx(plain.difference.value / 2)


def test_one_case_or_patient_gives_no_interval() -> None:
    for data in ({"model": MODEL[:1], "readers": READERS[:1]}, {"model": MODEL, "readers": READERS}):
        found = individual_equivalence(**data, margin=0.05, cluster=np.zeros(len(data["model"])))
        assert found.difference.low is None
        assert "alone" in str(found.difference.reason)
        assert found.equivalent is None


def test_a_model_that_always_agrees_is_not_certain() -> None:
    same = np.ones((30, 4))
    found = individual_equivalence(model=np.ones(30), readers=same, margin=0.05).difference
    assert found.value == 0
    assert found.low < -0.05
    assert found.high > 0


def test_a_negative_margin_is_refused() -> None:
    with pytest.raises(ArgumentError, match="margin"):
        individual_equivalence(model=MODEL, readers=READERS, margin=-0.1)
