import numpy as np
import pytest

from ecg_eval.reports import numbers
from ecg_eval.reports.words import Words

ENGLISH, FRENCH = Words("en"), Words("fr")


def test_a_value_is_never_rounded_to_one_or_zero_that_is_neither() -> None:
    for value in [*np.linspace(1e-9, 1 - 1e-9, 4001), 0.9999999, 1e-6]:
        text = numbers.number(float(value), ENGLISH)
        assert text not in ("0.00", "1.00", "0.000", "1.000"), value


def test_what_arithmetic_leaves_of_zero_is_zero() -> None:
    assert numbers.number(-2.4e-16, ENGLISH) == "0.00"
    assert numbers.number(1.8e-16, ENGLISH, signed=True) == "0.00"
    assert numbers.number(-0.0002, ENGLISH) == "0.000"


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.85, 0.79, 0.90, "0.85 (0.79 to 0.90)"),
        (0.85, None, 0.90, "0.85 (unbounded to 0.90)"),
        (12.5, 3.0, None, "12.5 (3.00 to unbounded)"),
        (0.85, None, None, "0.85"),
        (None, None, None, "cannot be computed: no ECG shows it"),
    ],
)
def test_estimates(value: float | None, low: float | None, high: float | None, shown: str) -> None:
    assert numbers.estimate(value, low, high, "no ECG shows it", ENGLISH) == shown


def test_a_missing_reason_is_said_to_be_unknown() -> None:
    assert numbers.estimate(None, None, None, "", ENGLISH) == "cannot be computed: unknown"


def test_an_infinite_ratio_is_said_with_its_lower_bound_and_is_not_called_uncomputable() -> None:
    assert numbers.estimate(None, 4.147, None, "so that the ratio is infinite", ENGLISH) == "infinite (4.15 or more)"
    assert numbers.estimate(None, 4.147, None, "so that the ratio is infinite", FRENCH) == "infini (4,15 ou plus)"
    assert numbers.estimate(None, None, None, "so that the ratio is infinite", ENGLISH) == "infinite"


def test_french_writes_commas() -> None:
    assert numbers.estimate(0.851, 0.79, 0.9, "", FRENCH) == "0,85 (0,79 à 0,90)"
    assert numbers.p_value(0.0001, FRENCH) == "<0,001"
    assert numbers.count(21837, FRENCH) == "21\u202f837"
    assert numbers.per_hundred(0.0034, FRENCH) == "0,3"


def test_changes_carry_their_sign() -> None:
    assert numbers.estimate(0.05, -0.01, 0.11, "", ENGLISH, signed=True) == "+0.05 (−0.01 to +0.11)"


def test_p_values_at_their_edges() -> None:
    assert [numbers.p_value(p, ENGLISH) for p in (None, 0.0, 0.0994, 0.0996, 0.1)] == [
        "–",
        "<0.001",
        "0.099",
        "0.10",
        "0.10",
    ]
