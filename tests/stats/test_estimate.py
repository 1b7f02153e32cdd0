"""An Estimate is a value with its uncertainty, or the reason why there is none; nothing in between."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import NO_COUNT, Estimate, Estimates, is_defined


def test_undefined_carries_its_reason() -> None:
    estimate = Estimate.undefined(reason="no positives", method="Wilson", n=3, n_positive=0, n_clusters=3)
    assert not is_defined(estimate)
    assert str(estimate) == "not computable: no positives (Wilson, n = 3)"


def test_numpy_numbers_become_plain() -> None:
    estimate = Estimate(value=np.float64(0.5), low=np.float32(0.25), high=1, method="m", n=2)
    assert all(type(x) is float for x in (estimate.value, estimate.low, estimate.high))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ArgumentError, match="finite number or None"):
        Estimate(value=0.5, high=bad, method="m", n=1)


def test_a_missing_value_needs_a_reason() -> None:
    with pytest.raises(ArgumentError, match="reason"):
        Estimate(value=None, method="m", n=1)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_level_is_a_fraction(level: float) -> None:
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        Estimate(value=0.1, method="m", n=1, level=level)


def test_text_tells_what_bound_is_missing() -> None:
    assert "no interval: one patient" in str(Estimate(value=1.0, method="m", n=1, reason="one patient"))
    assert "(no interval; m, n = 1)" in str(Estimate(value=1.0, method="m", n=1))
    assert "2.000 to unbounded" in str(Estimate(value=3.0, low=2.0, method="m", n=1, reason="no false positive"))
    assert "unbounded to 4.000" in str(Estimate(value=3.0, high=4.0, method="m", n=1, reason="x"))


def test_adjusted_names_the_adjustment() -> None:
    estimate = Estimate(value=0.5, method="McNemar", n=9, p_value=0.01).adjusted(0.02, by="Holm")
    assert (estimate.p_adjusted, estimate.method) == (0.02, "McNemar; p adjusted by Holm")


FULL = Estimate(
    value=0.5, low=0.25, high=1.0, standard_error=0.125, df=7, statistic=4.0, p_value=0.01, p_adjusted=0.02,
    method="Newcombe", n=40, n_positive=12, n_clusters=30, pre_specified=True,
)  # fmt: skip


def test_a_shift_drops_the_test_of_0() -> None:
    # Youden's J and its test of 0; balanced accuracy is (1 + J) / 2, where no skill is 1/2
    balanced = FULL.mapped(scale=0.5, shift=0.5, method="balanced accuracy")
    assert (balanced.value, balanced.low, balanced.high, balanced.standard_error) == (0.75, 0.625, 1.0, 0.0625)
    assert (balanced.statistic, balanced.p_value, balanced.p_adjusted) == (None, None, None)
    assert balanced.method == "balanced accuracy"


def test_a_change_of_unit_keeps_the_test_and_what_was_counted() -> None:
    percent = FULL.mapped(scale=100)
    assert (percent.value, percent.low, percent.high, percent.standard_error) == (50, 25, 100, 12.5)
    assert (percent.statistic, percent.p_value, percent.p_adjusted, percent.df) == (4.0, 0.01, 0.02, 7)
    assert (percent.method, percent.n, percent.n_positive, percent.n_clusters) == ("Newcombe", 40, 12, 30)
    assert percent.pre_specified


def test_a_negative_scale_exchanges_the_bounds_and_drops_the_test() -> None:
    rest = FULL.mapped(scale=-1, shift=1)
    assert (rest.value, rest.low, rest.high, rest.standard_error) == (0.5, 0.0, 0.75, 0.125)
    assert FULL.mapped(scale=-1).p_value is None  # a one-sided p would be that of the other side


def test_what_is_not_there_stays_away() -> None:
    undefined = Estimate.undefined(reason="no positives", method="Wilson", n=3).mapped(scale=2, shift=-1)
    assert (undefined.value, undefined.low, undefined.standard_error) == (None, None, None)
    assert undefined.reason == "no positives"


@pytest.mark.parametrize(("scale", "shift"), [(0.0, 1.0), (float("nan"), 0.0), (1.0, float("inf"))])
def test_a_map_that_loses_the_value_is_refused(scale: float, shift: float) -> None:
    with pytest.raises(ArgumentError, match="finite, the scale not 0"):
        FULL.mapped(scale=scale, shift=shift)


SINGLE = [
    Estimate(value=0.5, low=0.2, high=0.8, method="Wilson", n=4, n_positive=0, p_value=0.04, df=3.0),
    Estimate.undefined(reason="nobody called", method="Wilson", n=0, n_clusters=0),
    Estimate(value=1.0, method="DeLong", n=9, reason="no spread", n_discordant=2, pre_specified=True, n_unusable=3),
]


def test_columns_hold_the_same_estimates() -> None:
    columns = Estimates.of(SINGLE)
    assert list(columns) == SINGLE
    assert columns[1] == SINGLE[1]
    assert list(Estimates.concatenate([columns, columns.take([2, 0])])) == [*SINGLE, SINGLE[2], SINGLE[0]]
    assert list(Estimates.of([])) == []


def test_columns_are_made_of_arrays_and_single_values() -> None:
    columns = Estimates.of_columns(value=[0.1, np.nan], n=[3, 0], method="m", reason=["", "no case"])
    assert columns.n_positive.tolist() == [NO_COUNT, NO_COUNT]
    assert columns[0] == Estimate(value=0.1, n=3, method="m")
    assert columns[1] == Estimate.undefined(reason="no case", method="m", n=0)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"value": [np.nan]}, "reason"),
        ({"value": [0.1], "low": -np.inf}, "finite"),
        ({"value": [0.1], "level": 1.0}, "between 0 and 1"),
        ({"value": [0.1], "bound": 3}, "fields of an Estimate"),
    ],
)
def test_columns_are_as_strict_as_single_estimates(wrong: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        Estimates.of_columns(method="m", n=1, **wrong)
