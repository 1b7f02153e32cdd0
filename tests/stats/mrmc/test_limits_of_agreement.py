"""Against iMRMC's definitions written out with full matrices, and against the classical formulas where crossed."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.limits_of_agreement import limits_between_readers, limits_within_readers
from ecg_eval.stats.mrmc.projections import Reads, sequential_terms

Columns = dict[str, np.ndarray]


def measurements(seed: int = 1, share: float = 1.0) -> Columns:
    """Return 4 readers x 2 arms x 12 cases with all effects of the three-way model, some reads missing."""
    rng = np.random.default_rng(seed)
    modality, reader, case = (index.ravel() for index in np.indices((2, 4, 12)))
    score = (
        100
        + 5 * modality
        + rng.normal(0, 3, 4)[reader]
        + rng.normal(0, 20, 12)[case]
        + rng.normal(0, 4, (4, 12))[reader, case]
        + rng.normal(0, 2, (2, 4))[modality, reader]
        + rng.normal(0, 2, (2, 12))[modality, case]
        + rng.normal(0, 3, case.size)
    )
    keep = rng.random(case.size) < share
    return {
        "reader": reader[keep],
        "modality": np.array(["a", "b"])[modality[keep]],
        "case": case[keep],
        "score": score[keep],
    }


def full_matrices(reads: Reads, effects: tuple[str, ...]) -> list[tuple[float, int, dict[str, float]]]:
    """Sequential sums of squares, degrees of freedom and coefficients tr(M X X') by projections of full size."""

    def indicators(name: str) -> np.ndarray:
        level = reads.levels(name)
        return (level[:, None] == np.arange(level.max() + 1)).astype(float)

    y, columns, found = reads.score, np.ones((reads.score.size, 1)), []
    random = [name for name in effects if name != "M"]
    for name in ("mean", *effects):
        if name != "mean":
            columns = np.hstack((columns, indicators(name)))
        left, length, _ = np.linalg.svd(columns, full_matrices=False)
        basis = left[:, length > 1e-9 * length[0]]
        residual = np.eye(y.size) - basis @ basis.T
        traces = {k: float(np.trace(residual @ indicators(k) @ indicators(k).T)) for k in random}
        found.append((float(y @ residual @ y), y.size - basis.shape[1], traces))
    steps = [(a[0] - b[0], a[1] - b[1], {k: a[2][k] - b[2][k] for k in random}) for a, b in pairwise(found)]
    return [*steps, found[-1]]


@pytest.mark.parametrize("share", [1.0, 0.75])
@pytest.mark.parametrize("effects", [("R", "C"), ("R", "C", "M", "RC", "RM", "CM")])
def test_terms_equal_those_of_full_matrices(share: float, effects: tuple[str, ...]) -> None:
    columns = measurements(share=share)
    scores = np.full((2, 4, 12), np.nan)
    scores[(columns["modality"] == "b").astype(int), columns["reader"], columns["case"]] = columns["score"]
    reads = Reads.of(scores if len(effects) > 2 else scores[:1])
    for term, (squares, df, traces) in zip(
        sequential_terms(reads, effects), full_matrices(reads, effects), strict=True
    ):
        assert term.sum_of_squares == pytest.approx(squares, abs=1e-7), term.effect
        assert term.df == df
        assert {k: term.coefficients[k] for k in traces} == pytest.approx(traces, abs=1e-7)


def test_within_readers_where_crossed() -> None:
    """Two-way random effects of the differences: classical mean squares."""
    columns = measurements()
    result = limits_within_readers(**columns, first="a", second="b")
    d = np.reshape(columns["score"], (2, 4, 12))
    d = d[0] - d[1]
    ms_r = 12 * d.mean(axis=1).var(ddof=1)
    ms_c = 4 * d.mean(axis=0).var(ddof=1)
    rest = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    error = (rest**2).sum() / 33
    assert result.components == pytest.approx({"R": (ms_r - error) / 12, "C": (ms_c - error) / 4, "error": error})
    assert result.variance_of_difference == pytest.approx(sum(result.components.values()))
    assert result.variance_of_mean == pytest.approx((ms_r + ms_c - error) / 48)
    assert result.mean_difference.value == pytest.approx(d.mean())
    reach = norm.ppf(0.975) * np.sqrt(result.variance_of_difference)
    assert (result.low, result.high) == pytest.approx((d.mean() - reach, d.mean() + reach))
    assert result.mean_difference.n_positive is None


def test_replicates_have_no_order() -> None:
    result = limits_within_readers(**measurements(), first="a", second="b", replicates=True)
    assert result.mean_difference.value == 0
    assert result.mean_difference.low is None
    assert "symmetry" in result.mean_difference.reason
    assert result.low == -result.high


def test_two_readers_in_one_arm() -> None:
    result = limits_between_readers(**measurements(share=0.8), first="a")
    assert result.low == -result.high
    parts = result.components
    assert result.variance_of_difference == pytest.approx(2 * (parts["R"] + parts["error"]))


def test_two_readers_in_two_arms_where_crossed() -> None:
    columns = measurements()
    result = limits_between_readers(**columns, first="a", second="b")
    x = np.reshape(columns["score"], (2, 4, 12))
    d = x[0] - x[1]
    means = d.mean(axis=1, keepdims=True), d.mean(axis=0, keepdims=True)
    rest = d - means[0] - means[1] + d.mean()
    error = (rest**2).sum() / 33 / 2
    assert result.components["error"] == pytest.approx(error)
    assert result.components["RM"] == pytest.approx((12 * means[0].var(ddof=1) / 2 - error) / 12)
    assert result.components["CM"] == pytest.approx((4 * means[1].var(ddof=1) / 2 - error) / 4)
    parts = result.components
    of_mean = 2 * (parts["RM"] / 4 + parts["CM"] / 12 + error / 48)
    assert result.variance_of_mean == pytest.approx(of_mean)
    assert result.mean_difference.value == pytest.approx(d.mean())


def test_mean_over_pairs_of_different_readers() -> None:
    columns = measurements(share=0.7)
    result = limits_between_readers(**columns, first="a", second="b")
    rows = list(zip(*(columns[name] for name in ("reader", "modality", "case", "score")), strict=True))
    pairs = [p[3] - q[3] for p in rows for q in rows if (p[1], q[1]) == ("a", "b") and p[2] == q[2] and p[0] != q[0]]
    assert result.mean_difference.value == pytest.approx(np.mean(pairs))


def test_variances_come_out_on_average() -> None:
    found = [
        limits_between_readers(**measurements(seed, 0.8), first="a", second="b").variance_of_difference
        for seed in range(150)
    ]
    assert np.mean(found) == pytest.approx(2 * (9 + 16 + 4 + 4 + 9), rel=0.12)


def test_too_small_a_design_is_not_estimable() -> None:
    one = {name: column[measurements()["reader"] == 0] for name, column in measurements().items()}
    for result in (
        limits_within_readers(**one, first="a", second="b"),
        limits_within_readers(**one, first="a", second="b", replicates=True),
        limits_between_readers(**one, first="a", second="b"),
        limits_between_readers(**one, first="a"),
    ):
        assert result.low is None
        assert "too few" in result.reason
        assert result.mean_difference.low is None


def test_no_common_case_is_undefined() -> None:
    columns = measurements()
    apart = {**columns, "case": [f"{m}{c}" for m, c in zip(columns["modality"], columns["case"], strict=True)]}
    assert not is_defined(limits_within_readers(**apart, first="a", second="b").mean_difference)
    assert not is_defined(limits_between_readers(**apart, first="a", second="b").mean_difference)


def test_negative_variance_is_not_estimable() -> None:
    """A pure three-way interaction: all mean squares 0 but that of the error, 8; the variance is 2 x 8 x -1/4."""
    modality, reader, case = (index.ravel() for index in np.indices((2, 2, 2)))
    score = (-1.0) ** (modality + reader + case)
    result = limits_between_readers(reader=reader, modality=modality, case=case, score=score, first=0, second=1)
    assert result.variance_of_difference == pytest.approx(-4)
    assert "negative" in result.reason
    assert result.low is None


def test_wrong_modalities_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'a'"):
        limits_within_readers(**measurements(), first="A", second="b")
    with pytest.raises(ArgumentError, match="another modality"):
        limits_between_readers(**measurements(), first="a", second="a")
    with pytest.raises(ArgumentError, match="level"):
        limits_between_readers(**measurements(), first="a", level=0)
