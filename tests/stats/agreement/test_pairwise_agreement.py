"""The fast path must give what the single-pair kernels give, for samples and for resamples."""

from collections.abc import Callable

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.gwet import gwet_ac1
from ecg_eval.stats.agreement.kappa import cohen_kappa, pabak
from ecg_eval.stats.agreement.pairwise_agreement import COEFFICIENTS, pairwise_agreement
from ecg_eval.stats.agreement.specific_agreement import negative_agreement, positive_agreement
from ecg_eval.stats.estimate import Estimate


def readings(kind: str) -> np.ndarray:
    rng = np.random.default_rng(2)
    n = 150
    truth = rng.random(n) < {"common": 0.4, "whole": 0.4, "rare": 0.02}[kind]
    table = np.where(rng.random((n, 5)) < 0.85, truth[:, None], rng.random((n, 5)) < 0.1).astype(float)
    if kind != "whole":
        table[rng.random(table.shape) < 0.1] = np.nan
    table[:, 4] = table[:, 3]  # two readers who always agree
    if kind == "rare":
        table[:, :2] = 0.0  # two who never call it
    return table


def single(interval: str) -> dict[str, Callable[..., Estimate]]:
    share = "agresti_coull" if interval == "adjusted" else "wald"

    def ac1(first: np.ndarray, second: np.ndarray, cluster: np.ndarray | None) -> Estimate:
        both = ~np.isnan(first + second)
        return gwet_ac1(
            ratings=np.column_stack([first, second])[both],
            categories=[0.0, 1.0],
            cluster=None if cluster is None else cluster[both],
            interval=interval,
        )

    return {
        "kappa": lambda **data: cohen_kappa(**data, interval=interval),
        "pabak": lambda **data: pabak(**data, interval=share),
        "ac1": ac1,
        "positive_agreement": lambda **data: positive_agreement(**data, interval=share),
        "negative_agreement": lambda **data: negative_agreement(**data, interval=share),
    }


@pytest.mark.parametrize("kind", ["common", "whole", "rare"])
@pytest.mark.parametrize("interval", ["adjusted", "wald"])
@pytest.mark.parametrize("clusters", ["none", "some", "one"])
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_every_pair_is_the_single_pair(kind: str, interval: str, clusters: str, name: str) -> None:
    table = readings(kind)
    patient = {"none": None, "some": np.arange(150) % 61, "one": np.zeros(150)}[clusters]
    found = pairwise_agreement(ratings=table, cluster=patient, interval=interval)
    estimates = found.estimates(name)
    for (i, j), estimate in zip(found.pairs, estimates, strict=True):
        alone = single(interval)[name](first=table[:, i], second=table[:, j], cluster=patient)
        assert alone.low is None or (estimate.df, estimate.n_clusters) == (alone.df, alone.n_clusters)
        for part in ("value", "low", "high", "standard_error", "n"):
            ours, theirs = getattr(estimate, part), getattr(alone, part)
            assert (ours is None) == (theirs is None), (part, i, j)
            if ours is not None:
                assert ours == pytest.approx(theirs, abs=1e-10), (part, i, j)
        assert bool(estimate.reason) == (estimate.low is None)


@pytest.mark.parametrize("complete", [True, False])
def test_weights_are_resamples(complete: bool) -> None:
    table = np.nan_to_num(readings("common")) if complete else readings("common")
    rng = np.random.default_rng(3)
    weights = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=4).astype(float)
    found = pairwise_agreement(ratings=table, weights=weights)
    for b, weight in enumerate(weights):
        drawn = pairwise_agreement(ratings=np.repeat(table, weight.astype(int), axis=0))
        for name in COEFFICIENTS:
            np.testing.assert_allclose(getattr(found, name)[b], getattr(drawn, name), atol=1e-12)
    assert found.kappa.shape == (4, 10)
    assert found.n_unusable("kappa").tolist() == [0] * 10


def test_some_pairs_alone_are_the_same() -> None:
    table, weights = readings("common"), np.ones((2, 150))
    every = pairwise_agreement(ratings=table, weights=weights)
    some = pairwise_agreement(ratings=table, weights=weights, pairs=slice(3, 7))
    assert some.pairs.tolist() == every.pairs[3:7].tolist()
    np.testing.assert_array_equal(some.ac1, every.ac1[:, 3:7])
    with pytest.raises(ArgumentError, match="with weights"):
        pairwise_agreement(ratings=table, pairs=slice(2))


def test_unusable_resamples_are_counted_and_not_zero() -> None:
    table = np.array([[1, 1], [0, 0], [0, 0.0]])
    found = pairwise_agreement(ratings=table, weights=[[1, 1, 1], [0, 2, 1], [3, 0, 0]])
    assert np.isnan(found.kappa[1:, 0]).all()
    assert found.n_unusable("kappa").tolist() == [2]
    with pytest.raises(ArgumentError, match="without weights"):
        found.estimates("kappa")
    with pytest.raises(ArgumentError, match="without weights"):
        found.matrix("kappa")


def test_matrix_is_symmetric_with_ones() -> None:
    table = pairwise_agreement(ratings=readings("common")).matrix("ac1")
    np.testing.assert_array_equal(table, table.T)
    np.testing.assert_array_equal(np.diag(table), 1)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"ratings": [[0, 2]]}, "0 and 1"),
        ({"ratings": [[0], [1]]}, "two readers"),
        ({"weights": [[1, 1]]}, "n_resamples"),
        ({"weights": [[1, -1, 1]]}, "0 or more"),
        ({"weights": [[1, 1, 1]], "cluster": [1, 2, 3]}, "one at a time"),
        ({"interval": "exact"}, "interval"),
        ({"level": 0}, "level"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        pairwise_agreement(**({"ratings": [[0, 1], [1, 1], [0, 0]]} | options))


def test_an_unknown_coefficient_gets_a_suggestion() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'kappa'"):
        pairwise_agreement(ratings=[[0, 1], [1, 1]]).estimates("kapa")


def test_weights_told_once_a_patient_give_the_same_bits() -> None:
    rng = np.random.default_rng(6)
    patient = rng.integers(0, 90, 300)
    patient[patient == 7] = 8  # of whom no case is left
    ratings = rng.choice([0.0, 1.0, np.nan], size=(300, 4), p=[0.6, 0.3, 0.1])
    by_patient = rng.integers(0, 4, (50, 90)).astype(np.uint8)
    for table in (ratings, np.nan_to_num(ratings)):
        by_case = pairwise_agreement(ratings=table, weights=by_patient[:, patient].astype(float))
        of_units = pairwise_agreement(ratings=table, weights=by_patient, units=patient)
        for name in ("kappa", "pabak", "ac1", "positive_agreement", "negative_agreement"):
            np.testing.assert_array_equal(getattr(of_units, name), getattr(by_case, name))


@pytest.mark.parametrize("units", [[0, 1], [0, 1, -1, 0], [0, 1, 2, 0]])
def test_units_that_are_no_column_are_refused(units: list[int]) -> None:
    with pytest.raises(ArgumentError, match="units must be one column of weights, below 2, for each of the 4 cases"):
        pairwise_agreement(ratings=np.ones((4, 2)), weights=np.ones((3, 2)), units=units)
