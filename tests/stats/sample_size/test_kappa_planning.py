"""Agreement: the variance by differences, irr's and kappaSize's formulae written out, and simulation of one table."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.kappa import (
    binary_agreement_table,
    cohen_kappa_cases,
    cohen_kappa_test_cases,
    cohen_kappa_variance,
    common_kappa_cases,
    common_kappa_test_cases,
)


def _kappa(p: np.ndarray) -> float:
    pe = p.sum(axis=1) @ p.sum(axis=0)
    return (np.trace(p) - pe) / (1 - pe)


def test_variance_is_the_delta_method() -> None:
    table = np.array([[0.2, 0.05, 0.01], [0.04, 0.3, 0.06], [0.02, 0.02, 0.3]])
    gradient, h = np.zeros(9), 1e-6
    for k in range(9):
        up, down = table.copy().ravel(), table.copy().ravel()
        up[k] += h
        down[k] -= h
        gradient[k] = (_kappa(up.reshape(3, 3)) - _kappa(down.reshape(3, 3))) / (2 * h)
    p = table.ravel()
    delta = gradient**2 @ p - (gradient @ p) ** 2
    assert cohen_kappa_variance(table=table) == pytest.approx(delta, rel=1e-6)


def test_binary_table_has_the_kappa_and_the_prevalences() -> None:
    table = binary_agreement_table(kappa=0.45, first=0.3, second=0.2)
    assert _kappa(table) == pytest.approx(0.45)
    assert (table.sum(axis=1)[0], table.sum(axis=0)[0]) == pytest.approx((0.3, 0.2))
    with pytest.raises(ArgumentError, match="possible"):
        binary_agreement_table(kappa=0.9, first=0.5, second=0.1)


def test_precision_on_paper() -> None:
    # prevalences of a half: po = (1 + kappa) / 2, and the variance is 1 - kappa^2
    plan = cohen_kappa_cases(kappa=0.6, half_width=0.1, first=0.5)
    assert plan.n_total_exact == pytest.approx(1.959964**2 * 0.64 / 0.01, rel=1e-6)
    assert plan.n_total == 246
    assert plan.half_width is not None
    assert plan.half_width <= 0.1


def test_test_size_equals_irr() -> None:
    # irr 0.84.1: N.cohen.kappa(0.5, 0.5, 0.7, 0.85): with prevalences of a half V = 1 - kappa^2, one-sided 5 %
    expected = (1.644854 * np.sqrt(1 - 0.85**2) + 0.8416212 * np.sqrt(1 - 0.7**2)) ** 2 / 0.15**2
    plan = cohen_kappa_test_cases(kappa=0.7, null=0.85, first=0.5, second=0.5)
    assert plan.n_total_exact == pytest.approx(expected, rel=1e-6)
    two_sided = cohen_kappa_test_cases(kappa=0.7, null=0.85, first=0.5, sides=2)
    assert two_sided.n_total > plan.n_total


def _three(rho: float, p: float) -> np.ndarray:
    """Probabilities of 0 to 3 raters saying yes, as kappaSize writes them."""
    q = 1 - p
    return np.array(
        [q**3 + p * rho * (q**2 + q), 3 * p * (1 - rho) * q**2, 3 * p**2 * q * (1 - rho), p**3 + rho * p * (1 - p**2)]
    )


def test_common_kappa_equals_kappasize() -> None:
    # CIBinary and PowerBinary of kappaSize 1.2, written out for three raters
    misfit = np.sum((_three(0.6, 0.3) - _three(0.4, 0.3)) ** 2 / _three(0.4, 0.3))
    plan = common_kappa_cases(kappa=0.6, low=0.4, prevalence=0.3, n_raters=3)
    assert plan.n_total_exact == pytest.approx(stats.chi2.isf(0.1, 1) / misfit, rel=1e-10)
    upper = np.sum((_three(0.6, 0.3) - _three(0.75, 0.3)) ** 2 / _three(0.75, 0.3))
    both = common_kappa_cases(kappa=0.6, low=0.4, high=0.75, prevalence=0.3, n_raters=3)
    assert both.n_total_exact == pytest.approx(stats.chi2.isf(0.05, 1) / min(misfit, upper), rel=1e-10)
    test = common_kappa_test_cases(kappa=0.6, null=0.4, prevalence=0.3, n_raters=3)
    noncentrality = test.n_total_exact * misfit
    assert stats.ncx2.sf(stats.chi2.isf(0.05, 1), 1, noncentrality) == pytest.approx(0.8, abs=1e-8)


def test_more_raters_need_fewer_cases() -> None:
    sizes = [common_kappa_test_cases(kappa=0.6, null=0.4, prevalence=0.2, n_raters=m).n_total for m in (2, 3, 5, 10)]
    assert sizes == sorted(sizes, reverse=True)


def test_refusals() -> None:
    for table in ([[0.5, 0.5]], [[0.6, 0.3], [0.3, -0.2]], [[0.5, 0.1], [0.1, 0.1]], [[1.0, 0.0], [0.0, 0.0]]):
        with pytest.raises(ArgumentError, match="table"):
            cohen_kappa_variance(table=table)
    with pytest.raises(ArgumentError, match="other than null"):
        cohen_kappa_test_cases(kappa=0.5, null=0.5, first=0.5)
    with pytest.raises(ArgumentError, match="other than null"):
        common_kappa_test_cases(kappa=0.5, null=0.5, prevalence=0.5)
    with pytest.raises(ArgumentError, match="low"):
        common_kappa_cases(kappa=0.5, low=0.6, prevalence=0.5)
    with pytest.raises(ArgumentError, match="high"):
        common_kappa_cases(kappa=0.5, low=0.3, high=0.4, prevalence=0.5)
    with pytest.raises(ArgumentError, match="n_raters"):
        common_kappa_cases(kappa=0.5, low=0.3, prevalence=0.5, n_raters=1)
