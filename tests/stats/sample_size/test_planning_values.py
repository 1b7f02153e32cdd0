"""Planning without a pilot: MRMCsamplesize 1.0.0, arithmetic, and the noncentral F itself."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.planning_components import (
    ReaderPlanningValues,
    expected_normal_range,
    planned_components,
)
from ecg_eval.stats.sample_size.planning_values import mrmc_planned_cases, mrmc_planned_power, noncentrality_of_f
from ecg_eval.stats.sample_size.standalone import standalone_required_cases

# sampleSize_MRMC(endpoint = 'auc', J = 10, delta = 0.10, theta = 0.75, rangeb = 0.1, rangew = 0.05, R = 1, r1 = 0.47)
FIRST = ReaderPlanningValues(expected=0.75, effect=0.10, inter_reader_range=0.1, intra_reader_range=0.05, r1=0.47)


def test_help_page_examples() -> None:
    plan = mrmc_planned_cases(values=FIRST, n_readers=10)
    assert (plan.n_independent, plan.n_positive, plan.n_negative, plan.n_total) == (25, 25, 25, 50)
    assert plan.n_positive_exact is not None
    parts = planned_components(values=FIRST, n_readers=10, n_positive=plan.n_positive_exact)
    assert parts.error == pytest.approx(0.00737021605664276, rel=1e-8)
    assert parts.test_reader == pytest.approx(0.000211170053992787, rel=1e-8)
    assert parts.within_reader == pytest.approx(0.00196349540849362, rel=1e-8)
    # sampleSize_MRMC(endpoint = 'se', J = 15, delta = 0.05, theta = 0.75, rangeb = 0.2, rangew = 0.025, R = 1,
    #                 r1 = 0.5, corr = TRUE, ICC = 0.5, s = 1.25)
    values = ReaderPlanningValues(
        expected=0.75, effect=0.05, inter_reader_range=0.2, intra_reader_range=0.025, variance="proportion", r1=0.5
    )
    plan = mrmc_planned_cases(values=values, n_readers=15, units_per_case=1.25, icc=0.5)
    assert (plan.n_independent, plan.n_positive, plan.n_total, plan.design_effect) == (103, 93, 186, 1.125)


def test_standalone_help_page_examples() -> None:
    # sampleSize_Standalone(endpoint = "auc", theta = 0.9, precision = 0.05, R = 1, corr = TRUE, ICC = 0.5, s = 1.25)
    plan = standalone_required_cases(expected=0.9, half_width=0.05, units_per_case=1.25, icc=0.5)
    assert (plan.n_independent, plan.n_positive, plan.n_negative, plan.n_total) == (215, 194, 194, 388)
    # sampleSize_Standalone(endpoint = "Se", theta = 0.8, precision = 0.05, R = 1)
    plan = standalone_required_cases(expected=0.8, half_width=0.05, variance="proportion")
    assert (plan.n_independent, plan.n_total, plan.power) == (503, 1006, 0.8)
    # an even chance is the usual size by expected width: 1.96^2 x 0.16 / 0.05^2
    assert standalone_required_cases(
        expected=0.8, half_width=0.05, variance="proportion", assurance=0.5
    ).n_positive_exact == pytest.approx(1.959964**2 * 0.16 / 0.0025, rel=1e-6)


def test_standalone_with_the_exponential_model() -> None:
    plan = standalone_required_cases(expected=0.8, half_width=0.05, variance="auc_hanley_mcneil", assurance=0.5)
    # Q1 - A^2 + Q2 - A^2 with Q1 = 0.8 / 1.2 and Q2 = 1.28 / 1.8
    assert plan.n_positive_exact == pytest.approx(1.959964**2 * (0.8 / 1.2 + 1.28 / 1.8 - 1.28) / 0.0025, rel=1e-6)


def test_power_and_size_are_inverse() -> None:
    for j in (8, 10, 30):
        plan = mrmc_planned_cases(values=FIRST, n_readers=j)
        assert plan.n_positive is not None
        enough = mrmc_planned_power(values=FIRST, n_readers=j, n_positive=plan.n_positive)
        short = mrmc_planned_power(values=FIRST, n_readers=j, n_positive=plan.n_positive - 1)
        assert short.power is not None
        assert enough.power is not None
        assert short.power < 0.8 <= enough.power


def test_readers_who_differ_too_much_have_no_size() -> None:
    values = ReaderPlanningValues(expected=0.75, effect=0.02, inter_reader_range=0.3, intra_reader_range=0.1)
    plan = mrmc_planned_cases(values=values, n_readers=5)
    assert plan.n_positive is None
    assert plan.reason is not None
    assert "any number of cases" in plan.reason


def test_quarter_rule() -> None:
    values = ReaderPlanningValues(
        expected=0.75, effect=0.1, inter_reader_range=0.2, intra_reader_range=0.04, range_rule="quarter"
    )
    parts = planned_components(values=values, n_readers=10, n_positive=50)
    assert (parts.reader, parts.within_reader) == pytest.approx((0.0025, 0.0001))


@pytest.mark.parametrize(
    ("n", "d2"), [(2, 1.128379), (5, 2.325929), (10, 3.077505), (25, 3.930629)]
)  # published tables of control chart constants
def test_expected_range(n: int, d2: float) -> None:
    assert expected_normal_range(n=n) == pytest.approx(d2, abs=2e-6)


def test_expected_range_of_many_by_simulation() -> None:
    draws = np.random.default_rng(1).normal(size=(4000, 500))
    assert expected_normal_range(n=500) == pytest.approx(np.ptp(draws, axis=1).mean(), abs=0.03)


@pytest.mark.parametrize(("power", "df"), [(0.8, 9), (0.95, 3), (0.1, 30), (0.999, 2)])
def test_noncentrality_is_the_root(power: float, df: float) -> None:
    found = noncentrality_of_f(power=power, df_denominator=df)
    assert stats.ncf.sf(stats.f.isf(0.05, 1, df), 1, df, found) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        {"expected": 1.0},
        {"effect": 0.0},
        {"rb": 1.0},
        {"intra_reader_range": 0.0},
        {"controls_per_case": 0.0},
        {"variance": "blume"},
        {"range_rule": "half"},
        {"n_readings": 0},
        {"n_sessions": 1},
    ],
)
def test_values_outside_the_method_are_refused(bad: dict[str, object]) -> None:
    good = {"expected": 0.8, "effect": 0.05, "inter_reader_range": 0.1, "intra_reader_range": 0.05}
    with pytest.raises(ArgumentError):
        ReaderPlanningValues(**{**good, **bad})  # type: ignore[arg-type]


def test_refusals() -> None:
    with pytest.raises(ArgumentError):
        mrmc_planned_cases(values=FIRST, n_readers=1)
    with pytest.raises(ArgumentError):
        mrmc_planned_cases(values=FIRST, n_readers=5, power=0.01)
    with pytest.raises(ArgumentError, match="variance"):
        standalone_required_cases(expected=0.8, half_width=0.05, variance="pauc")
