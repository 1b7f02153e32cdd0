"""What the kernels for binary outcomes refuse, and how they treat what is missing."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.binary_data import (
    binary_array,
    check_count,
    check_method,
    check_part,
    cluster_codes,
    complete_cases,
    normal_quantile,
)
from ecg_eval.stats.proportion.root_finding import bisect


@pytest.mark.parametrize("count", [-1, 2.5, float("nan"), "3", [1, 2], None])
def test_what_is_no_count_is_refused(count: object) -> None:
    with pytest.raises(ArgumentError, match="n_events must be a whole number"):
        check_count("kernel", "n_events", count)  # type: ignore[arg-type]


def test_counts_may_come_as_numpy_numbers_and_whole_floats() -> None:
    assert [check_count("k", "n", c) for c in (3, np.int64(3), 3.0, True)] == [3, 3, 3, 1]


def test_a_part_is_at_most_the_whole() -> None:
    assert check_part("k", "x", 2, "n", 2) == (2, 2)
    with pytest.raises(ArgumentError, match="x must be at most n = 2; got 3"):
        check_part("k", "x", 3, "n", 2)


def test_a_wrong_method_gets_a_suggestion() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'wilson'"):
        check_method("k", "wilsn", ["wilson", "wald"])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level: float) -> None:
    with pytest.raises(ArgumentError, match="level must be between 0 and 1"):
        normal_quantile("k", level)


@pytest.mark.parametrize("values", [[0, 2], ["0", "1"], [0.5]])
def test_only_0_1_and_nan_are_binary(values: list[object]) -> None:
    with pytest.raises(ArgumentError, match="call must be an array of 0 and 1"):
        binary_array("k", "call", values)


def test_booleans_and_integers_are_binary() -> None:
    assert binary_array("k", "call", [True, False]).tolist() == [1.0, 0.0]
    assert binary_array("k", "call", np.array([1, 0], dtype=np.int8)).tolist() == [1.0, 0.0]


def test_cases_that_miss_a_value_are_left_out_with_their_patients() -> None:
    cases = complete_cases("k", cluster=["a", "b", "b", "c"], truth=[1, 0, np.nan, 1], call=[1, 1, 1, np.nan])
    assert [column.tolist() for column in cases.columns] == [[1.0, 0.0], [1.0, 1.0]]
    assert (cases.cluster.tolist(), cases.n_clusters) == ([0, 1], 2)


def test_without_patients_every_case_is_its_own() -> None:
    assert complete_cases("k", truth=[1, 0, 1]).n_clusters == 3


@pytest.mark.parametrize("call", [[1, 0], [[1, 0, 1]], 1])
def test_arrays_of_unequal_shape_are_refused(call: object) -> None:
    with pytest.raises(ArgumentError, match="call must be of one dimension and as long as truth"):
        complete_cases("k", truth=[1, 0, 1], call=call)  # type: ignore[arg-type]


@pytest.mark.parametrize("cluster", [[1.0, np.nan], np.array(["a", None], dtype=object)])
def test_a_case_without_a_patient_is_refused(cluster: object) -> None:
    with pytest.raises(ArgumentError, match="cluster must be given for every case"):
        cluster_codes("k", cluster, 2)  # type: ignore[arg-type]


def test_patients_are_as_many_as_cases() -> None:
    with pytest.raises(ArgumentError, match="cluster must be one patient for each of the 3 cases"):
        cluster_codes("k", [1, 2], 3)
    assert cluster_codes("k", np.array(["b", "a", "b"], dtype=object), 3).tolist() == [1, 0, 1]


def test_bisection_finds_the_crossing_from_either_side() -> None:
    falling = bisect(lambda x: 1 - x, np.array([0.0, 3.0]), np.array([3.0, 3.0]))
    assert falling[0] == pytest.approx(1.0, abs=1e-15)
    backwards = bisect(lambda x: x - 1, np.array([3.0]), np.array([0.0]))
    assert backwards[0] == pytest.approx(1.0, abs=1e-15)
    assert bisect(lambda x: 1 - x, np.array([0.0]), np.array([4.0]), n_steps=2)[0] == pytest.approx(1.0, abs=0.5)
