"""A reader with himself: each reader's kappa, their mean, and the scatter of repeated measurements."""

import numpy as np
import pytest
from scipy.stats import chi2

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.repeatability import intra_reader_agreement, repeatability_coefficient
from ecg_eval.stats.estimate import is_defined

RNG = np.random.default_rng(41)
TRUTH = RNG.integers(0, 3, 80)
FIRST, SECOND = (
    np.where(RNG.random((80, 4)) < 0.8, TRUTH[:, None], RNG.integers(0, 3, (80, 4))).astype(float) for _ in range(2)
)
SECOND[60:] = np.nan


@pytest.mark.parametrize("weights", [None, "linear"])
def test_each_reader_is_cohens_kappa_and_the_mean_their_mean(weights: str | None) -> None:
    found = intra_reader_agreement(first=FIRST, second=SECOND, weights=weights)
    for j, kappa in enumerate(found.kappa):
        alone = cohen_kappa(first=FIRST[:, j], second=SECOND[:, j], weights=weights, categories=[0, 1, 2])
        assert kappa.value == pytest.approx(alone.value)
        assert kappa.low == pytest.approx(alone.low)
        assert kappa.n == 60
    assert found.mean_kappa.value == pytest.approx(np.mean([k.value for k in found.kappa]))
    assert found.mean_observed.value == pytest.approx(np.mean([k.value for k in found.observed]))


def test_fixed_readers_are_surer_of_themselves_than_random_ones() -> None:
    random = intra_reader_agreement(first=FIRST, second=SECOND).mean_kappa
    fixed = intra_reader_agreement(first=FIRST, second=SECOND, readers="fixed", cluster=np.arange(80)).mean_kappa
    assert fixed.value == random.value
    assert fixed.n_clusters == 80
    assert fixed.low < fixed.value < fixed.high


def test_readers_without_repeats_do_not_count() -> None:
    second = SECOND.copy()
    second[:, 0] = np.nan
    first = FIRST.copy()
    first[:, 1] = second[:, 1] = 1.0
    found = intra_reader_agreement(first=first, second=second)
    assert not is_defined(found.kappa[0])
    assert not is_defined(found.kappa[1])
    assert found.mean_kappa.value == pytest.approx(np.mean([k.value for k in found.kappa[2:]]))
    assert found.mean_observed.value == pytest.approx(np.mean([k.value for k in found.observed[1:]]))
    nobody = intra_reader_agreement(first=FIRST, second=np.full_like(FIRST, np.nan))
    assert not is_defined(nobody.mean_kappa)


def test_text_and_shapes() -> None:
    words = np.array(["a", "b", "c"])[FIRST.astype(int)]
    again = np.where(np.isnan(SECOND), None, np.array(["a", "b", "c"], dtype=object)[np.nan_to_num(SECOND).astype(int)])
    found = intra_reader_agreement(first=words, second=again)
    plain = intra_reader_agreement(first=FIRST, second=SECOND)
    assert found.mean_kappa.value == pytest.approx(plain.mean_kappa.value)
    with pytest.raises(ArgumentError, match="same shape"):
        intra_reader_agreement(first=FIRST, second=SECOND[:, 0])


def test_repeatability_on_paper() -> None:
    # differences 4, 2, 0, 6: variance within = (16 + 4 + 0 + 36) / 2 / 4
    found = repeatability_coefficient(measurements=[[400, 404], [380, 378], [412, 412], [390, 396]])
    assert found.within_sd.value == pytest.approx(np.sqrt(7))
    assert found.coefficient.value == pytest.approx(1.959964 * np.sqrt(14), rel=1e-6)
    assert found.within_sd.low == pytest.approx(np.sqrt(28 / chi2.ppf(0.975, 4)))
    assert found.coefficient.high / found.coefficient.value == pytest.approx(
        found.within_sd.high / found.within_sd.value
    )


def test_unequal_repeats_and_degenerate_data() -> None:
    holed = [[1.0, 3.0, np.nan], [2.0, np.nan, np.nan], [1.0, 2.0, 3.0]]
    found = repeatability_coefficient(measurements=holed)
    assert found.within_sd.value == pytest.approx(np.sqrt((2 + 2) / 3))
    assert (found.within_sd.n, found.within_sd.n_clusters) == (5, 2)
    assert not is_defined(repeatability_coefficient(measurements=[[1.0], [2.0]]).within_sd)
    same = repeatability_coefficient(measurements=[[1.0, 1.0], [2.0, 2.0]])
    assert same.within_sd.value == 0
    assert same.within_sd.low is None


@pytest.mark.parametrize(
    ("options", "what"),
    [({"coverage": 1.0}, "coverage"), ({"measurements": [1.0]}, "measurements")],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        repeatability_coefficient(**({"measurements": [[1.0, 2.0]]} | options))
