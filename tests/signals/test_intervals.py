import numpy as np
import pytest

from ecg_eval.signals.intervals import (
    RHYTHM_NAMES,
    frontal_axis_degrees,
    qtc_bazett_ms,
    qtc_framingham_ms,
    qtc_fridericia_ms,
    rr_statistics,
)


def test_corrected_qt_on_paper() -> None:
    assert qtc_bazett_ms(qt_ms=400, rr_s=0.64) == pytest.approx(500)  # 400 / 0.8
    assert qtc_fridericia_ms(qt_ms=400, rr_s=0.512) == pytest.approx(500)  # 400 / 0.8
    assert qtc_framingham_ms(qt_ms=400, rr_s=0.8) == pytest.approx(430.8)  # 400 + 154 x 0.2


@pytest.mark.parametrize("correct", [qtc_bazett_ms, qtc_fridericia_ms, qtc_framingham_ms])
def test_at_60_per_min_nothing_is_corrected(correct) -> None:
    np.testing.assert_allclose(correct(qt_ms=[380.0, 420.0], rr_s=[1.0, 1.0]), [380, 420])


@pytest.mark.parametrize(
    ("lead_i", "avf", "degrees"),
    [(1, 0, 0), (0, 1, 90), (0, -1, -90), (-1, 0, 180), (1, np.sqrt(3) / 2, 45), (1, -1.5, -60)],
)
def test_axis(lead_i: float, avf: float, degrees: float) -> None:
    assert frontal_axis_degrees(lead_i=lead_i, avf=avf) == pytest.approx(degrees)


def test_no_deflection_has_no_axis() -> None:
    assert np.isnan(frontal_axis_degrees(lead_i=0, avf=0))


def test_rr_statistics_on_paper() -> None:
    found = rr_statistics(rr_ms=np.array([1000.0, 800.0, 1200.0, 1000.0]))
    assert found["rate_per_min"] == 60
    assert found["rr_min_ratio"] == pytest.approx(0.8)
    assert found["rr_max_ratio"] == pytest.approx(1.2)
    assert found["rr_rmssd_ratio"] == pytest.approx(np.sqrt((200**2 + 400**2 + 200**2) / 3) / 1000)
    assert found["rr_mad_ratio"] == pytest.approx(0.2)
    assert found["rr_pnn50"] == 1
    assert found["rr_premature"] == pytest.approx(0.25)
    assert found["rr_turning"] == 1
    assert found["rr_cv"] == pytest.approx(np.sqrt(80_000 / 3) / 1000)


@pytest.mark.parametrize(("n", "known"), [(0, 0), (1, 5), (2, 10), (3, 11)])
def test_too_few_intervals_are_nan(n: int, known: int) -> None:
    found = rr_statistics(rr_ms=np.linspace(800, 900, n))
    assert tuple(found) == RHYTHM_NAMES
    assert np.isfinite(list(found.values())).sum() == known
