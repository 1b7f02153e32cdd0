"""Proportions when cases share patients: other programs, the fallback to Wilson, and what is undefined."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.clustered import CLUSTERED_METHODS, clustered_bounds, clustered_proportion
from ecg_eval.stats.clusters.intracluster import design_effect, intracluster_correlation
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.proportion.proportions import single_proportion

METHODS = sorted(CLUSTERED_METHODS)


def _data(seed: int = 5, k: int = 30) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(k), rng.integers(1, 6, k))
    own = rng.random(k) ** 0.5
    return {"event": (rng.random(cluster.size) < own[cluster]).astype(int), "cluster": cluster}


@pytest.mark.parametrize("x", range(6))
def test_one_case_a_patient_is_exactly_wilson(x: int) -> None:
    event = [1] * x + [0] * (5 - x)
    clustered, single = clustered_proportion(event=event, cluster=list("abcde")), single_proportion(n_events=x, n=5)
    assert (clustered.value, clustered.low, clustered.high) == (single.value, single.low, single.high)
    assert clustered_proportion(event=[1], cluster=["a"]).low == single_proportion(n_events=1, n=1).low


def test_standard_error_on_paper() -> None:
    # patients with 2 of 2, 0 of 1, 1 of 1: p = 3/4; residuals 0.5, -0.75, 0.25; SE^2 = 3/2 (0.25+0.5625+0.0625)/16
    e = clustered_proportion(event=[1, 1, 0, 1], cluster=[1, 1, 2, 3], method="ratio")
    assert e.standard_error == pytest.approx(np.sqrt(1.5 * 0.875) / 4)
    assert (e.df, e.n, e.n_positive, e.n_clusters) == (2, 4, 3, 3)


@pytest.mark.parametrize("method", METHODS)
def test_what_every_method_keeps(method: str) -> None:
    data = _data()
    e = clustered_proportion(**data, method=method)
    assert e.low is not None
    assert e.high is not None
    assert 0 <= e.low < e.value < e.high <= 1  # type: ignore[operator]
    order = np.random.default_rng(6).permutation(data["event"].size)
    names = np.array([f"patient {c}" for c in data["cluster"]])
    again = clustered_proportion(event=data["event"][order], cluster=names[order], method=method)
    assert (again.low, again.high) == pytest.approx((e.low, e.high)), "order and names do not matter"
    turned = clustered_proportion(event=1 - data["event"], cluster=data["cluster"], method=method)
    assert (turned.low, turned.high) == pytest.approx((1 - e.high, 1 - e.low))
    missing = clustered_proportion(
        event=np.append(data["event"], np.nan), cluster=np.append(data["cluster"], 999), method=method
    )
    assert (missing.low, missing.n, missing.n_clusters) == (e.low, e.n, e.n_clusters)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0, 1])
def test_at_0_and_1_there_is_width_or_no_interval(method: str, value: int) -> None:
    e = clustered_proportion(event=[value] * 6, cluster=[1, 1, 2, 2, 3, 4], method=method)
    assert e.standard_error is None
    if method == "wilson_rao_scott":
        # as many independent cases as copies would leave: 36 / 10, of which t(3) leaves fewer
        assert e.low != e.high
        assert abs(e.high - e.low) > 1 - single_proportion(n_events=3, n=3).low  # type: ignore[operator]
    else:
        assert (e.low, e.high) == (None, None)
        assert "alike" in str(e.reason)


@pytest.mark.parametrize("method", METHODS)
def test_one_patient_says_nothing_about_others(method: str) -> None:
    e = clustered_proportion(event=[1, 0, 1], cluster=[7, 7, 7], method=method)
    assert e.value == pytest.approx(2 / 3)
    assert (e.low, e.df, e.standard_error) == (None, None, None)
    assert "one patient" in str(e.reason)


def test_without_cases_there_is_no_proportion() -> None:
    e = clustered_proportion(event=[np.nan], cluster=[1])
    assert (e.value, e.reason) == (None, "there is no case")


def test_many_at_once_equal_one_by_one() -> None:
    studies = [_data(seed) for seed in range(4)]
    sums = [
        (np.bincount(d["cluster"], weights=d["event"], minlength=30), np.bincount(d["cluster"], minlength=30))
        for d in studies
    ]
    low, _ = clustered_bounds(n_events=[x for x, _ in sums], n_cases=[n for _, n in sums])
    assert low == pytest.approx([clustered_proportion(**d).low for d in studies])


@pytest.mark.parametrize("events", [[1, 3], [[1, 1]], 1])
def test_sums_that_do_not_fit_are_refused(events: object) -> None:
    with pytest.raises(ArgumentError, match="n_events and n_cases"):
        clustered_bounds(n_events=events, n_cases=[1, 2])  # type: ignore[arg-type]


def test_copies_and_strangers() -> None:
    copies = {"event": [1, 1, 0, 0, 1, 1], "cluster": [1, 1, 2, 2, 3, 3]}
    assert intracluster_correlation(**copies).value == pytest.approx(1)
    assert design_effect(**copies, method="anova").value == pytest.approx(2)
    assert design_effect(event=[1, 0, 1], cluster=[1, 2, 3]).value == 1


@pytest.mark.parametrize("data", [([1, 0, 1], [1, 2, 3]), ([1, 1, 1], [1, 1, 2]), ([1, 0], [1, 1]), ([np.nan], [1])])
def test_resemblance_needs_repeated_patients_and_variation(data: tuple[list[float], list[int]]) -> None:
    e = intracluster_correlation(event=data[0], cluster=data[1])
    assert (e.value, is_defined(e)) == (None, False)
