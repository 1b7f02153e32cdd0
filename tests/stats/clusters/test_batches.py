"""Many proportions and paired differences at once equal the same one by one, to the last digits."""

from dataclasses import asdict

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.clusters.clustered_paired import clustered_mcnemar
from ecg_eval.stats.clusters.paired_estimates import Pairs, paired_estimates
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.clusters.proportion_estimates import proportion_estimates
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.paired import compare_paired_proportions
from ecg_eval.stats.proportion.proportions import single_proportion

PATIENT = np.array([3, 0, 0, 1, 2, 2, 2, 3, 4, 4])
SHARES = (0.0, 0.3, 0.8, 1.0)


def same(found: Estimate, expected: Estimate, *but: str) -> None:
    for name, wanted in asdict(expected).items():
        if name not in ("method", "reason", *but):
            got = getattr(found, name)
            assert got == wanted if wanted is None else got == pytest.approx(wanted, rel=1e-12, abs=1e-12), name
    assert (found.method, found.reason) == (expected.method, expected.reason)


def columns(seed: int, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    calls = [(rng.random(n) < share).astype(float) for share in SHARES for _ in range(6)]
    other = [(rng.random(n) < 0.5).astype(float) for _ in calls]
    missing = rng.random((len(calls), n)) < rng.choice([0.0, 0.3, 0.95], size=(len(calls), 1))
    return np.where(missing, np.nan, calls), np.array(other)


def test_sums_by_patient_by_hand() -> None:
    assert patient_sums(values=[[1, 2, 4]], cluster=[1, 0, 1]).tolist() == [[2, 5]]
    assert patient_sums(values=[1, 2, 4], cluster=None).tolist() == [1, 2, 4]
    with pytest.raises(ArgumentError, match="one patient for each of the 3 cases"):
        patient_sums(values=[1, 2, 4], cluster=[0, 1])


@pytest.mark.parametrize("repeated", [True, False])
def test_proportions(repeated: bool) -> None:
    calls, _ = columns(1)
    cluster = PATIENT if repeated else None
    cases = ~np.isnan(calls)
    sums = (patient_sums(values=v, cluster=cluster) for v in (np.nan_to_num(calls), cases))
    found = proportion_estimates(
        **dict(zip(("n_events", "n_cases"), sums, strict=True)), repeated=repeated, empty="none"
    )
    for estimate, row in zip(found, calls, strict=True):
        known = ~np.isnan(row)
        if not known.any():
            assert (estimate.value, estimate.n, estimate.reason) == (None, 0, "none")
        elif repeated:
            same(estimate, clustered_proportion(event=row[known], cluster=PATIENT[known]))
        else:
            same(estimate, single_proportion(n_events=int(row[known].sum()), n=int(known.sum())))


@pytest.mark.parametrize("repeated", [True, False])
def test_paired_differences(repeated: bool) -> None:
    first, second = columns(2)
    pairs = Pairs(first, second, PATIENT.astype(np.int64) if repeated else None)
    found = paired_estimates(pairs.tables(), repeated=repeated, empty="none")
    for estimate, one, two in zip(found, first, second, strict=True):
        known = ~np.isnan(one)
        one, two = one[known], two[known]  # noqa: PLW2901
        assert estimate.n_discordant == int((one != two).sum())
        if not known.any():
            assert (estimate.value, estimate.n, estimate.reason) == (None, 0, "none")
        elif repeated:
            same(estimate, clustered_mcnemar(first=one, second=two, cluster=PATIENT[known]), "n_discordant", "df")
        else:
            kinds = [int(((one == a) & (two == b)).sum()) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
            names = ("n_both", "n_only_first", "n_only_second", "n_neither")
            expected = compare_paired_proportions(**dict(zip(names, kinds, strict=True)))
            same(estimate, expected, "n_discordant", "n_clusters")
