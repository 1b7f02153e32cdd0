"""Means over findings and readers: arithmetic on paper, and what few cases cannot know."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.cluster_totals import ClusterTotals
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import (
    ADDED_CASES,
    Parts,
    ReaderErrors,
    fixed_mean,
    mean_variances,
    ratio_deviations,
    replicate_deviations,
)
from ecg_eval.stats.proportion.proportions import single_proportion
from ecg_eval.stats.proportion.shrinkage import shrunken_proportions

Floats = NDArray[np.float64]


def parts_of(events: Floats, cases: Floats) -> Parts:
    """Return the parts of proportions from events and cases of shape (n_readers, n_findings, n_patients)."""
    x, n = events.sum(-1), cases.sum(-1)
    centres, variances = shrunken_proportions(n_events=x, n=n)
    return Parts(
        values=np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0),
        variances=variances,
        deviations=ratio_deviations(events=events, cases=cases),
        cases=cases,
        centres=centres,
    )


def both(parts: Parts) -> tuple[Floats, Floats]:
    errors = ReaderErrors(parts)
    return errors.by_finding, errors.of_means(np.arange(parts.values.shape[1]))


def of_findings(parts: Parts, *findings: int) -> Estimate:
    """Return the mean of one reader over some findings."""
    return fixed_mean(
        values=parts.values[:, findings].mean(axis=1),
        centres=parts.centres[:, findings].mean(axis=1),
        covariance=ReaderErrors(parts).of_means(findings),
        label="sensitivity",
        n=20,
        span=(0.0, 1.0),
    )


def calls(*shape: int, seed: int = 1, share: float = 0.7) -> Floats:
    return (np.random.default_rng(seed).random(shape) < share).astype(float)


def test_deviations_square_to_the_variance_between_patients() -> None:
    cases = np.array([[2.0, 1.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0]])
    events = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]])
    found = ratio_deviations(events=events, cases=cases)
    assert (found[0] ** 2).sum() == pytest.approx(float(ClusterTotals(events[0], cases[0]).standard_error) ** 2)
    assert not found[1:].any()


def test_deviations_of_resamples_have_the_covariance_of_resamples() -> None:
    drawn = np.random.default_rng(2).normal(size=(2, 50))
    found = replicate_deviations(drawn)
    assert found @ found.T == pytest.approx(np.cov(drawn))
    assert not replicate_deviations(np.array([[np.nan, np.nan], [1.0, np.nan]])).any()


def test_one_finding_of_one_reader_has_its_own_wilson_interval() -> None:
    events = np.array([[[1.0] * 12 + [0.0] * 8]])
    estimate = of_findings(parts_of(events, np.ones((1, 1, 20))), 0)
    expected = single_proportion(n_events=12, n=20)
    assert [estimate.value, estimate.low, estimate.high] == pytest.approx([expected.value, expected.low, expected.high])


def test_findings_of_different_cases_add_up_and_copies_do_not() -> None:
    events = calls(1, 2, 40)
    cases = np.zeros((1, 2, 40))
    cases[0, 0, :20] = cases[0, 1, 20:] = 1
    apart = parts_of(events * cases, cases)
    assert both(apart)[1] == pytest.approx(apart.variances.sum() / 4)
    copied = parts_of(np.repeat(events[:, :1], 2, axis=1), np.ones((1, 2, 40)))
    assert both(copied)[1] == pytest.approx(copied.variances[0, 0])


def test_readers_of_one_case_are_taken_to_err_together_and_of_two_cases_apart() -> None:
    together = parts_of(np.array([[[1.0, 0.0]], [[1.0, 0.0]]]), np.array([[[1.0, 0.0]], [[1.0, 0.0]]]))
    by_finding, of_means = both(together)
    assert of_means == pytest.approx(np.full((2, 2), together.variances[0, 0]))
    assert by_finding[0] == pytest.approx(of_means)
    apart = parts_of(np.array([[[1.0, 0.0]], [[0.0, 1.0]]]), np.array([[[1.0, 0.0]], [[0.0, 1.0]]]))
    assert both(apart)[1] == pytest.approx(np.diag(apart.variances[:, 0]))


def test_a_rare_finding_borrows_the_correlation_of_the_others() -> None:
    hits = calls(2, 1, 200)
    hits[1, 0, :140] = hits[0, 0, :140]  # two readers who mostly go together
    events, cases = np.zeros((2, 2, 201)), np.zeros((2, 2, 201))
    events[:, 0, :200], cases[:, 0, :200] = hits[:, 0], 1
    events[:, 1, 200], cases[:, 1, 200] = 1, 1
    by_finding, _ = both(parts_of(events, cases))
    own = float(np.corrcoef(hits[0, 0], hits[1, 0])[0, 1])
    for finding, error in zip(by_finding, parts_of(events, cases).variances.T, strict=True):
        assert finding[0, 1] / np.sqrt(error.prod()) == pytest.approx(own)


def test_a_finding_of_many_cases_keeps_its_own_correlation() -> None:
    events = np.concatenate([np.repeat(calls(1, 1, 90), 2, axis=0), calls(2, 1, 90, seed=7)], axis=1)
    by_finding, _ = both(parts_of(events, np.ones(events.shape)))
    variances = parts_of(events, np.ones(events.shape)).variances
    found = by_finding[:, 0, 1] / np.sqrt(variances.prod(axis=0))
    own = np.array([1.0, np.corrcoef(events[0, 1], events[1, 1])[0, 1]])
    d = ratio_deviations(events=events, cases=np.ones(events.shape))
    error = np.sqrt((d**2).sum(-1)).prod(axis=0)
    mean = (own * error).sum() / error.sum()
    assert found == pytest.approx((90 * own + ADDED_CASES * mean) / (90 + ADDED_CASES))


def test_a_rare_finding_widens_the_interval() -> None:
    events, cases = calls(1, 2, 60), np.ones((1, 2, 60))
    cases[0, 1, 1:] = 0
    events[0, 1, 0] = 1
    parts = parts_of(events * cases, cases)
    rare, frequent = of_findings(parts, 0, 1), of_findings(parts, 0)
    assert rare.standard_error is not None
    assert frequent.standard_error is not None
    assert rare.standard_error > 1.5 * frequent.standard_error


def test_a_difference_is_tested_by_its_own_error() -> None:
    estimate = fixed_mean(
        values=[0.3, 0.1],
        centres=[0.3, 0.1],
        covariance=[[0.02, 0.0], [0.0, 0.02]],
        label="x",
        n=3,
        span=(-1.0, 1.0),
        null=0.0,
        n_clusters=3,
    )
    assert estimate.standard_error == pytest.approx(0.1)
    assert [estimate.low, estimate.high] == pytest.approx([0.2 - 0.1959964, 0.2 + 0.1959964])
    assert estimate.p_value == pytest.approx(2 * norm.sf(2.0))
    assert "fixed readers, random cases" in estimate.method


def test_without_any_variance_there_is_a_reason() -> None:
    estimate = fixed_mean(values=[1.0], centres=[1.0], covariance=[[0.0]], label="x", n=2, span=(0.0, 1.0))
    assert estimate.low is None
    assert estimate.reason


def test_each_readers_variance_is_that_of_the_covariance_matrix() -> None:
    events, cases = calls(3, 4, 50), (np.random.default_rng(3).random((3, 4, 50)) < 0.4).astype(float)
    cases[:, 3] = 0
    cases[0, 3, 0] = 1  # a finding of one case, read by the first only
    parts = parts_of(events * cases, cases)
    known = ~np.isnan(parts.values)
    found = mean_variances(parts, known)
    errors = ReaderErrors(parts)
    assert found[0] == pytest.approx(errors.of_means([0, 1, 2, 3])[0, 0])
    assert found[1:] == pytest.approx(np.diag(errors.of_means([0, 1, 2]))[1:])
    assert np.isnan(mean_variances(parts, np.zeros_like(known))).all()


def test_shapes_must_belong_together() -> None:
    zero = np.zeros((1, 1))
    with pytest.raises(ArgumentError, match="of one shape"):
        Parts(values=zero, variances=zero, deviations=np.zeros((2, 1, 2)), cases=np.ones((1, 1, 2)), centres=zero)
