"""Intraclass correlations against Shrout and Fleiss, psych, irr's formulas and the analysis of variance."""

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.measurement.intraclass import IccForm, intraclass_correlation

# Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-428, table 2 and 4
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
FORMS: tuple[IccForm, ...] = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@pytest.mark.parametrize(("form", "icc"), list(zip(FORMS, (0.17, 0.29, 0.71, 0.44, 0.62, 0.91), strict=True)))
def test_the_values_they_printed(form: IccForm, icc: float) -> None:
    found = intraclass_correlation(ratings=JUDGES, form=form).icc
    assert found.value == pytest.approx(icc, abs=0.005)
    assert found.low < found.value < found.high


def test_mean_squares_are_theirs() -> None:
    squares = intraclass_correlation(ratings=JUDGES, form="2,1").mean_squares
    assert squares["between"] == pytest.approx(11.24, abs=0.005)
    assert squares["within"] == pytest.approx(6.26, abs=0.005)
    assert squares["raters"] == pytest.approx(32.49, abs=0.005)
    assert squares["residual"] == pytest.approx(1.02, abs=0.005)


@pytest.mark.parametrize("form", FORMS)
def test_the_test_turns_where_the_interval_does(form: IccForm) -> None:
    """A null value at the lower bound of a 90 % interval has a one-sided p of 0.05 (exactly so for (1,.) and (3,.))."""
    low = intraclass_correlation(ratings=JUDGES, form=form, level=0.9).icc.low
    found = intraclass_correlation(ratings=JUDGES, form=form, null_value=max(low, 0.0)).icc
    if low > 0 and form[0] != "2":
        assert found.p_value == pytest.approx(0.05, abs=1e-9)
    assert 0 <= found.p_value <= 1


def test_irr_null_values() -> None:
    # irr 0.84.1, icc(x, "twoway", "agreement", r0 = 0.1): F = MSr / (a MSc + b MSe), a = k r0 / (n (1 - r0))
    squares = intraclass_correlation(ratings=JUDGES, form="2,1").mean_squares
    a, b = 4 * 0.1 / (6 * 0.9), 1 + 4 * 0.1 * 5 / (6 * 0.9)
    f = squares["between"] / (a * squares["raters"] + b * squares["residual"])
    found = intraclass_correlation(ratings=JUDGES, form="2,1", null_value=0.1)
    assert found.icc.statistic == pytest.approx(f)
    assert found.icc.p_value == pytest.approx(f_distribution.sf(f, 5, found.icc.df_denominator))
    other = intraclass_correlation(ratings=JUDGES, form="2,1", test="mcgraw_wong")
    assert other.icc.df_denominator == pytest.approx(found.icc.df_denominator)
    assert intraclass_correlation(ratings=JUDGES, form="2,1").icc.df_denominator == 15


def test_the_degrees_of_freedom_of_an_average_are_not_those_of_irr() -> None:
    # irr 0.84.1 puts ICC(A,k) itself into v; McGraw and Wong have a single rater's correlation there
    single = intraclass_correlation(ratings=JUDGES, form="2,1", test="mcgraw_wong").icc
    average = intraclass_correlation(ratings=JUDGES, form="2,k", test="mcgraw_wong").icc
    assert average.df_denominator == pytest.approx(single.df_denominator)
    squares = intraclass_correlation(ratings=JUDGES, form="2,k").mean_squares
    a = 4 * average.value / (6 * (1 - average.value))  # type: ignore[operator]
    raters, residual = a * squares["raters"], (1 + 5 * a) * squares["residual"]
    irr = (raters + residual) ** 2 / (raters**2 / 3 + residual**2 / 15)
    assert irr != pytest.approx(average.df_denominator, rel=0.05)


def test_the_order_of_raters_and_cases_does_not_matter() -> None:
    table = np.array(JUDGES)
    for form in FORMS:
        one = intraclass_correlation(ratings=table, form=form).icc
        other = intraclass_correlation(ratings=table[::-1, [2, 0, 3, 1]], form=form).icc
        assert other.value == pytest.approx(one.value)
        assert other.low == pytest.approx(one.low)


def test_incomplete_cases_are_left_out() -> None:
    table = np.vstack([JUDGES, [[1, np.nan, 2, 3]]])
    found = intraclass_correlation(ratings=table, form="3,1").icc
    assert found.n == 6
    assert found.value == pytest.approx(intraclass_correlation(ratings=JUDGES, form="3,1").icc.value)


def test_degenerate_data_have_reasons() -> None:
    for table in (np.full((5, 3), 2.0), [[1.0, 2.0]], [[1.0], [2.0]]):
        assert not is_defined(intraclass_correlation(ratings=table, form="1,1").icc)
    exact = intraclass_correlation(ratings=[[1, 2], [2, 3], [4, 5]], form="3,1")
    assert exact.icc.value == 1
    assert exact.icc.low is None
    assert exact.icc.statistic is None
    level = [[1, 2, 3], [3, 1, 2], [2, 3, 1]]  # every patient has the same mean
    single, average = (intraclass_correlation(ratings=level, form=form).icc for form in ("1,1", "1,k"))
    assert single.value == pytest.approx(-0.5)
    assert not is_defined(average)
    assert "too small" in str(average.reason)


def test_the_lower_bound_of_an_average_may_be_unbounded() -> None:
    contradicting = np.array([[1, -1], [-1, 1], [2, -2], [-2, 2]])
    table = contradicting + np.array([[0], [2], [4], [2]])
    found = intraclass_correlation(ratings=table, form="2,k").icc
    assert found.low is None
    assert "unbounded" in str(found.reason)
    assert found.high > found.value


def test_the_interval_of_a_negative_correlation_holds_it() -> None:
    first = np.random.default_rng(3).normal(size=4)
    table = np.column_stack([first, 10 - first + [0.01, -0.02, 0, 0.01]])
    for form in FORMS:
        found = intraclass_correlation(ratings=table, form=form).icc
        assert found.low is None or found.low <= found.value
        assert found.high >= found.value


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"ratings": [1.0, 2.0]}, "n_raters"),
        ({"ratings": [[1.0, np.inf]]}, "finite"),
        ({"form": "2,2"}, "form"),
        ({"null_value": 1.0}, "null_value"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        intraclass_correlation(**({"ratings": JUDGES, "form": "1,1"} | options))
