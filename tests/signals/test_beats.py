from pathlib import Path

import numpy as np
import pytest
import wfdb
from made_ecg import Heart, Wave, usual_waves

from ecg_eval.signals.beats import AFTER_S, BEFORE_S, find_beats, usual_beats
from ecg_eval.signals.preparation import prepare


def prepared(heart: Heart, seed: int = 0, duration_s: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    signal, beats = heart.record(np.random.default_rng(seed), duration_s=duration_s)
    return prepare(signal_mv=signal, sampling_rate_hz=500).signal, beats


@pytest.mark.parametrize("rate_per_min", [35, 60, 100, 150])
@pytest.mark.parametrize("noise_mv", [0.005, 0.08])
def test_every_beat_is_found_at_its_place(rate_per_min: float, noise_mv: float) -> None:
    waves = usual_waves(pr_s=0.13, qt_s=0.28) if rate_per_min == 150 else usual_waves()
    signal, beats = prepared(Heart(waves=waves, rate_per_min=rate_per_min, noise_mv=noise_mv))
    found = find_beats(signal=signal, sampling_rate_hz=500) / 500
    inner = beats[(beats > 0.3) & (beats < 9.7)]
    distance = found[:, None] - inner
    nearest = distance[np.abs(distance).argmin(axis=0), range(len(inner))]
    assert len(found) <= len(beats)
    assert np.abs(nearest - np.median(nearest)).max() <= 0.004  # lined up
    assert abs(np.median(nearest)) <= 0.02


def test_an_irregular_rhythm_keeps_its_intervals() -> None:
    signal, beats = prepared(Heart(rate_per_min=80, rr_spread=0.2))
    found = find_beats(signal=signal, sampling_rate_hz=500) / 500
    np.testing.assert_allclose(np.diff(found), np.diff(beats[: len(found)]), atol=0.006)


def test_a_premature_beat_is_left_out_of_the_median() -> None:
    signal, beats = prepared(Heart(rate_per_min=60))
    at = round(beats[4] * 500)
    signal = signal.copy()
    signal[at - 200 : at + 300] *= 0.1
    wide = Wave(-0.08, 0.1, 2.0, (-0.5, 0.6, 0.6))
    odd, _ = prepared(Heart(waves={"r": wide}, rate_per_min=60))
    signal[at - 200 : at + 300] += odd[at - 200 : at + 300]
    r = find_beats(signal=signal, sampling_rate_hz=500)
    found = usual_beats(signal=signal, r_samples=r, sampling_rate_hz=500)
    assert found is not None
    assert len(found.others) == 1
    assert np.flatnonzero(np.isfinite(found.likeness) & ~found.usual).tolist() == [4]
    assert found.windows.shape == (found.usual.sum(), round((BEFORE_S + AFTER_S) * 500), 12)
    clean = usual_beats(signal=prepared(Heart(rate_per_min=60))[0], r_samples=r, sampling_rate_hz=500)
    assert clean is not None
    np.testing.assert_allclose(found.median, clean.median, atol=0.02)


def test_lone_p_waves_are_no_beats() -> None:
    """Complete AV block: 34 complexes a minute, 80 P waves."""
    usual = usual_waves()
    ventricles, beats = Heart(waves={k: usual[k] for k in "qrst"}, rate_per_min=34).record(np.random.default_rng(0))
    atria, _ = Heart(waves={"p": usual["p"]}, rate_per_min=80, noise_mv=0).record(np.random.default_rng(0))
    signal = prepare(signal_mv=ventricles + atria, sampling_rate_hz=500).signal
    found = find_beats(signal=signal, sampling_rate_hz=500) / 500
    np.testing.assert_allclose(found, beats, atol=0.03)


@pytest.mark.parametrize(("first_s", "seen"), [(0.03, 0), (0.1, 1), (0.2, 1)])
def test_the_first_beat_counts_where_it_is_whole(first_s: float, seen: int) -> None:
    signal, beats = prepared(Heart(rate_per_min=60))
    later = signal[round((beats[0] - first_s) * 500) :]
    found = find_beats(signal=later, sampling_rate_hz=500) / 500
    assert np.sum(found < 0.5) == seen
    assert len(found) == len(beats) - 1 + seen


@pytest.mark.parametrize("rate_per_min", [205, 230])
def test_beats_of_the_fastest_rates_are_found(rate_per_min: float) -> None:
    signal, _ = prepared(Heart(waves=usual_waves(pr_s=0.1, qt_s=0.22), rate_per_min=rate_per_min))
    rr = np.diff(find_beats(signal=signal, sampling_rate_hz=500)) / 500
    assert 60 / rr.mean() == pytest.approx(rate_per_min, abs=1)


@pytest.mark.shared_data
def test_beats_of_the_mit_bih_records_are_found(shared: Path) -> None:
    """Records 100, 201 and 203 (many premature beats, and noise) in pieces of 10 s, within 150 ms, but for the ends."""
    n_beats = n_missed = n_false = 0
    for name in ("100", "201", "203"):
        record = wfdb.rdrecord(str(shared / "data" / "mitdb" / name))
        marks = wfdb.rdann(str(shared / "data" / "mitdb" / name), "atr")
        beats = marks.sample[np.isin(marks.symbol, list("NLRBAaJSVrFejnE/fQ"))]
        for start in range(0, record.sig_len - 3600, 3600):
            piece = prepare(signal_mv=record.p_signal[start : start + 3600], sampling_rate_hz=360).signal
            if not len(piece):
                continue
            found = find_beats(signal=piece, sampling_rate_hz=500) / 500
            true = (beats[(beats >= start) & (beats < start + 3600)] - start) / 360
            apart = np.abs(found[:, None] - true)
            inner = (true > 0.15) & (true < 9.85)
            n_beats += inner.sum()
            n_missed += np.sum(inner & ~(apart < 0.15).any(axis=0))
            n_false += np.sum(~(apart < 0.15).any(axis=1) & (found > 0.15) & (found < 9.85))
    assert n_beats > 6900
    assert n_missed / n_beats < 0.025
    assert n_false / n_beats < 0.005


def test_no_beat_no_median() -> None:
    assert len(find_beats(signal=np.zeros((5000, 12)), sampling_rate_hz=500)) == 0
    none = usual_beats(signal=np.zeros((400, 12)), r_samples=np.array([100]), sampling_rate_hz=500)
    assert none is None


def test_one_lead_is_enough() -> None:
    signal, beats = prepared(Heart())
    lone = np.zeros_like(signal)
    lone[:, 1] = signal[:, 1]
    assert abs(len(find_beats(signal=lone, sampling_rate_hz=500)) - len(beats)) <= 1


def test_a_single_peak_stays() -> None:
    signal, _ = prepared(Heart(rate_per_min=35), duration_s=2.0)
    assert len(find_beats(signal=signal, sampling_rate_hz=500)) <= 1
