"""The difference of two parallel arms: MRMCaov's standard error, Welch's degrees of freedom, and what it cannot say."""

import csv
import json

import numpy as np
import pytest
from oracles import OWN
from scipy.stats import ttest_ind

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.arm_difference import arm_difference
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette


def test_equals_mrmcaov_on_parallel_arms() -> None:
    """MRMCaov 0.3.0, readers nested in tests, jackknife: values in own/03-mrmc-splitplot/expected.json."""
    case = OWN / "03-mrmc-splitplot"
    reads = list(csv.DictReader((case / "reads_parallel.csv").read_text().splitlines()))
    columns = {
        name: np.array([r[column] for r in reads])
        for name, column in (("reader", "reader_id"), ("modality", "modality"), ("case", "ecg_id"))
    }
    result = obuchowski_rockette(
        **columns,
        truth=np.array([int(r["truth"]) for r in reads]),
        score=np.array([float(r["score"]) for r in reads]),
        clip=False,
    )
    first, second = (result.modalities.index(m) for m in ("aided", "unaided"))
    assert result.covariance is not None
    cells = [np.flatnonzero(~np.isnan(result.values[m])).tolist() for m in (first, second)]
    places = [m * len(result.readers) + i for m, part in zip((first, second), cells, strict=True) for i in part]
    made = arm_difference(
        first=result.values[first, cells[0]],
        second=result.values[second, cells[1]],
        covariance=result.covariance[np.ix_(places, places)],
        n=60,
    )
    wanted = result.difference("aided", "unaided")
    for name in ("value", "standard_error", "statistic"):
        assert getattr(made, name) == pytest.approx(getattr(wanted, name), rel=1e-9)
    assert made.df is not None
    assert wanted.df is not None
    assert made.df < wanted.df  # each arm's own spread: never more degrees of freedom than with one of both
    expected = {e["name"]: e["value"] for e in json.loads((case / "expected.json").read_text())["expected"]}
    printed = [v for k, v in expected.items() if k.endswith("|SE") and "parallel" in k.lower()]
    assert not printed or any(abs(made.standard_error - v) < 1e-6 for v in printed if made.standard_error)


def test_by_hand() -> None:
    # variance within arms 0.01 in both, no error: SE = sqrt(0.01 (1/3 + 1/3)), df = 4
    made = arm_difference(first=[0.7, 0.8, 0.9], second=[0.5, 0.6, 0.7], covariance=np.zeros((6, 6)), n=10)
    assert made.value == pytest.approx(0.2)
    assert made.standard_error == pytest.approx((0.01 * 2 / 3) ** 0.5)
    assert made.df == pytest.approx(4)


def test_is_welchs_test_where_cases_are_no_source_of_error() -> None:
    """Arms of different spread and size: scipy.stats.ttest_ind(equal_var=False), another program."""
    first, second = np.array([0.91, 0.89, 0.92, 0.9, 0.93, 0.88, 0.9]), np.array([0.5, 0.75, 0.95])
    wanted = ttest_ind(first, second, equal_var=False)
    bounds = wanted.confidence_interval(0.95)
    made = arm_difference(first=first, second=second, covariance=np.zeros((10, 10)), n=50)
    assert made.statistic == pytest.approx(wanted.statistic)
    assert made.df == pytest.approx(wanted.df)
    assert made.p_value == pytest.approx(wanted.pvalue)
    assert (made.low, made.high) == pytest.approx((bounds.low, bounds.high))


def test_readers_of_one_arm_share_its_cases_and_those_of_both_cancel() -> None:
    # two readers an arm, SD 0.1: 0.01 / 2 + 0.01 / 2 + (0.002 + 0.004 - 2 x 0.001) = 0.014
    covariance = np.full((4, 4), 0.001)
    covariance[:2, :2], covariance[2:, 2:] = 0.002, 0.004
    at = 0.1 / np.sqrt(2) * np.array([-1, 1])
    made = arm_difference(first=0.8 + at, second=0.6 + at, covariance=covariance, n=50)
    assert made.standard_error == pytest.approx(0.014**0.5)
    assert made.df == pytest.approx(0.014**2 / (2 * 0.005**2))


def test_a_reader_without_a_number_is_left_out_and_counted() -> None:
    values = {"first": [0.7, np.nan, 0.9], "second": [0.5, 0.6, 0.7]}
    made = arm_difference(**values, covariance=np.zeros((6, 6)), n=10)
    assert made.value == pytest.approx(0.2)
    assert "2 of 3 readers against 3 others" in made.method


def test_one_reader_in_an_arm_is_taken_as_fixed() -> None:
    covariance = np.diag([0.001, 0.002, 0.002])
    made = arm_difference(first=[0.8], second=[0.6, 0.7], covariance=covariance, n=10)
    assert "fixed readers" in made.method
    assert made.df is None
    assert made.standard_error == pytest.approx((0.001 + 0.004 / 4) ** 0.5)


def test_an_arm_without_numbers_has_no_difference() -> None:
    made = arm_difference(first=[np.nan], second=[0.6], covariance=np.eye(2), n=3)
    assert made.value is None
    assert made.reason == "no reader of one of the two arms has a value"


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ArgumentError, match="of shapes"):
        arm_difference(first=[0.5], second=[0.6], covariance=np.eye(3), n=3)
