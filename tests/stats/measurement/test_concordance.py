"""Lin's coefficient against paper arithmetic, epiR and scipy."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.measurement.concordance import lin_ccc

RNG = np.random.default_rng(9)
FIRST = RNG.normal(400, 25, 40)
SECOND = FIRST + RNG.normal(4, 10, 40)


def test_it_is_correlation_times_accuracy() -> None:
    found = lin_ccc(first=FIRST, second=SECOND)
    assert found.ccc.value == pytest.approx(found.pearson.value * found.accuracy.value)
    cov = ((FIRST - FIRST.mean()) * (SECOND - SECOND.mean())).mean()
    expected = 2 * cov / (FIRST.var() + SECOND.var() + (FIRST.mean() - SECOND.mean()) ** 2)
    assert found.ccc.value == pytest.approx(expected)


def test_pearson_is_scipys() -> None:
    peer = pearsonr(FIRST, SECOND)
    found = lin_ccc(first=FIRST, second=SECOND).pearson
    assert found.p_value == pytest.approx(peer.pvalue)
    interval = peer.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_symmetric_but_for_the_shifts() -> None:
    one, other = lin_ccc(first=FIRST, second=SECOND), lin_ccc(first=SECOND, second=FIRST)
    assert one.ccc.value == pytest.approx(other.ccc.value)
    assert one.ccc.low == pytest.approx(other.ccc.low)
    assert one.scale_shift.value == pytest.approx(1 / other.scale_shift.value)
    assert one.location_shift.value == pytest.approx(-other.location_shift.value)


def test_the_error_is_near_the_jackknife() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    y = x + rng.normal(0.2, 0.5, 400)
    left_out = [lin_ccc(first=np.delete(x, i), second=np.delete(y, i)).ccc.value for i in range(400)]
    jackknife = np.sqrt(399 / 400 * ((np.array(left_out) - np.mean(left_out)) ** 2).sum())
    assert lin_ccc(first=x, second=y).ccc.standard_error == pytest.approx(jackknife, rel=0.1)


def test_asymptotic_interval_is_symmetric() -> None:
    found = lin_ccc(first=FIRST, second=SECOND, interval="asymptotic").ccc
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_degenerate_data_have_reasons() -> None:
    assert not is_defined(lin_ccc(first=[1.0, 2.0], second=[1.0, 2.0]).ccc)
    assert not is_defined(lin_ccc(first=[1.0, 1.0, 1.0], second=[1.0, 2.0, 3.0]).ccc)
    exact = lin_ccc(first=[1.0, 2.0, 3.0], second=[2.0, 3.0, 4.0])
    assert exact.ccc.low is None
    assert exact.pearson.low is None
    none = lin_ccc(first=[1.0, 2.0, 1.0, 2.0], second=[1.0, 1.0, 2.0, 2.0]).ccc
    assert none.value == pytest.approx(0)
    assert "correlation is 0" in str(none.reason)
    three = lin_ccc(first=[1.0, 2.0, 4.0], second=[1.0, 2.5, 3.0]).pearson
    assert three.low is None
    assert three.p_value is not None
