"""An Estimate is a value with its uncertainty, or the reason why there is none; nothing in between."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate


def test_undefined_carries_its_reason() -> None:
    estimate = Estimate.undefined(reason="no positives", method="Wilson", n=3, n_positive=0, n_clusters=3)
    assert not estimate.is_defined
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
