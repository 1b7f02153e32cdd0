from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_ecg import Heart, Wave, usual_waves

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError
from ecg_eval.signals.features import FEATURE_NAMES, beat_features
from ecg_eval.signals.marks import MARKS, beat_marks
from ecg_eval.signals.measurements import LEADS, _doubt_about_t, measure
from ecg_eval.signals.waves import WAVE_NAMES


def recorded(heart: Heart, seed: int = 0, **how: float) -> np.ndarray:
    return heart.record(np.random.default_rng(seed), **how)[0]


def _one_complex() -> np.ndarray:
    signal, _ = Heart(rate_per_min=15, noise_mv=0).record(np.random.default_rng(0), duration_s=3.0)
    return signal


def _colliding() -> np.ndarray:
    """Complexes of random shapes at random times, as in ventricular fibrillation."""
    rng = np.random.default_rng(3)
    return np.repeat(rng.normal(size=(50, 12)), 100, axis=0)


def test_leads_are_in_the_order_of_the_house() -> None:
    assert LEADS == STANDARD_LEADS


TRUTHS = [{}, {"pr_s": 0.12}, {"pr_s": 0.24}, {"qrs_s": 0.07}, {"qrs_s": 0.15}, {"qt_s": 0.44}, {"qt_s": 0.33}]
USUAL = {"pr_s": 0.16, "qrs_s": 0.09, "qt_s": 0.38}
CASES = [
    (truth, rate)
    for truth in TRUTHS
    for rate in (45, 60, 75, 90)
    if sum((USUAL | truth)[name] for name in ("pr_s", "qt_s")) < 60 / rate - 0.1  # P does not lie on T
]


@pytest.mark.parametrize(("truth", "rate_per_min"), CASES)
def test_intervals_of_made_ecgs(truth: dict[str, float], rate_per_min: float) -> None:
    want = USUAL | truth
    found = measure(
        signal_mv=recorded(Heart(waves=usual_waves(**truth), rate_per_min=rate_per_min)), sampling_rate_hz=500
    )
    assert found.reasons == {}
    assert found.rhythm["rate_per_min"] == pytest.approx(rate_per_min, abs=0.5)
    assert found.pr_ms == pytest.approx(1000 * want["pr_s"], abs=10)
    assert found.qrs_ms == pytest.approx(1000 * want["qrs_s"], abs=10)
    assert found.qt_ms == pytest.approx(1000 * want["qt_s"], abs=20)
    assert found.p_ms == pytest.approx(100, abs=20)
    assert found.qtc_bazett_ms == pytest.approx(found.qt_ms * np.sqrt(rate_per_min / 60), rel=0.01)
    assert -180 < found.qrs_axis_degrees <= 180


@pytest.mark.parametrize("rate_per_min", [110, 130, 150])
def test_at_fast_rates_qrs_is_right_and_the_rest_right_or_not_measurable(rate_per_min: float) -> None:
    waves = usual_waves(pr_s=0.12, qt_s=0.26)
    found = measure(signal_mv=recorded(Heart(waves=waves, rate_per_min=rate_per_min)), sampling_rate_hz=500)
    assert found.qrs_ms == pytest.approx(90, abs=10)
    for name, truth in (("pr_ms", 120), ("qt_ms", 260)):
        value = getattr(found, name)
        assert np.isnan(value) == (name in found.reasons)
        assert np.isnan(value) or value == pytest.approx(truth, abs=60)


def test_without_room_for_p_and_t_neither_is_measured() -> None:
    only_qrs = {name: wave for name, wave in usual_waves(qrs_s=0.2).items() if name in "qrs"}
    found = measure(signal_mv=recorded(Heart(waves=only_qrs, rate_per_min=195)), sampling_rate_hz=500)
    assert {"pr_ms", "qt_ms"} <= set(found.reasons)
    assert np.isnan(found.amplitudes["t_mv"]).all()


@pytest.mark.parametrize("rate_per_min", [200, 230])
def test_waves_that_melt_into_each_other_still_give_a_rate(rate_per_min: float) -> None:
    found = measure(signal_mv=recorded(Heart(rate_per_min=rate_per_min)), sampling_rate_hz=500)
    assert found.reason is None
    assert found.rhythm["rate_per_min"] > 90  # every beat, or every other


@pytest.mark.parametrize("sampling_rate_hz", [100, 250, 360, 1000])
def test_the_sampling_rate_hardly_matters(sampling_rate_hz: float) -> None:
    found = measure(
        signal_mv=recorded(Heart(rate_per_min=60), sampling_rate_hz=sampling_rate_hz), sampling_rate_hz=sampling_rate_hz
    )
    assert found.pr_ms == pytest.approx(160, abs=12)
    assert found.qrs_ms == pytest.approx(90, abs=16)
    assert found.qt_ms == pytest.approx(380, abs=20)
    assert found.r_samples[2] == pytest.approx(2.35 * sampling_rate_hz, abs=0.02 * sampling_rate_hz)


@pytest.mark.parametrize("gain", [0.25, 0.5, 2.0, 8.0])
def test_no_interval_depends_on_the_gain_of_the_file(gain: float) -> None:
    signal = recorded(Heart(rate_per_min=70, noise_mv=0.02))
    as_it_is, other = (measure(signal_mv=k * signal, sampling_rate_hz=500) for k in (1.0, gain))
    for name in ("p_ms", "pr_ms", "qrs_ms", "qt_ms"):
        assert getattr(other, name) == getattr(as_it_is, name)
    assert other.amplitudes["r_mv"] == pytest.approx(gain * as_it_is.amplitudes["r_mv"])


def test_one_lead_of_another_gain_hardly_matters() -> None:
    signal = recorded(Heart(rate_per_min=70))
    louder = signal * np.where(np.arange(12) == 7, 4.0, 1.0)
    usual, loud = (measure(signal_mv=x, sampling_rate_hz=500) for x in (signal, louder))
    assert loud.qrs_ms == pytest.approx(usual.qrs_ms, abs=6)
    assert loud.qt_ms == pytest.approx(usual.qt_ms, abs=10)


def test_a_t_wave_that_ends_elsewhere_in_most_leads_gives_no_qt() -> None:
    """The six chest leads alone show something broad behind T, as flutter or a large U wave may be."""
    waves = usual_waves(qt_s=0.36)
    signal = recorded(Heart(waves=waves, rate_per_min=50))
    _, beats = Heart(waves=waves, rate_per_min=50).record(np.random.default_rng(0))
    time = np.arange(len(signal)) / 500
    for beat in beats:
        phase = (time - beat - 0.34) / 0.2
        lobe = np.where((phase > 0) & (phase < 1), (1 - np.cos(2 * np.pi * phase)) / 2, 0.0)
        signal[:, 6:12] += 0.5 * lobe[:, None]
    found = measure(signal_mv=signal, sampling_rate_hz=500)
    assert found.reasons["qt_ms"] == "most leads end their T wave much earlier"
    assert np.isnan(found.qt_ms)
    assert np.isnan(found.qtc_fridericia_ms)
    assert np.isfinite(found.qrs_ms)


def test_a_qt_longer_than_the_short_cycles_is_not_believed() -> None:
    points = measure(signal_mv=recorded(Heart(rate_per_min=60)), sampling_rate_hz=500).fiducials
    assert points is not None
    rr_ms = np.array([400.0, 420.0, 900.0, 1000.0, 410.0])
    assert _doubt_about_t(points, 420.0, rr_ms) == "T would end in the next beat"
    assert _doubt_about_t(points, 380.0, rr_ms) == ""
    assert _doubt_about_t(points, 380.0, np.empty(0)) == ""


def test_amplitudes_are_in_mv() -> None:
    waves = {"r": Wave(-0.04, 0.04, 1.0, (1, 0, 0)), "t": Wave(0.12, 0.32, 0.4, (1, 0, 0))}
    found = measure(signal_mv=recorded(Heart(waves=waves, noise_mv=0.001)), sampling_rate_hz=500)
    lead = dict(zip(LEADS, range(12), strict=True))
    assert set(found.amplitudes) == set(WAVE_NAMES)
    assert found.amplitudes["r_mv"][lead["I"]] == pytest.approx(1.0, abs=0.05)
    assert found.amplitudes["t_mv"][lead["I"]] == pytest.approx(0.4, abs=0.05)
    assert found.amplitudes["q_mv"][lead["aVR"]] + found.amplitudes["s_mv"][lead["aVR"]] == pytest.approx(
        0.75, abs=0.06
    )
    assert found.amplitudes["t_mv"][lead["aVR"]] == pytest.approx(-0.3, abs=0.04)
    assert found.qrs_axis_degrees == pytest.approx(0, abs=3)
    assert found.reasons["pr_ms"] == "no steady P wave before QRS"
    assert np.isnan(found.amplitudes["p_mv"]).all()


def test_fibrillation_has_no_pr() -> None:
    waves = {name: wave for name, wave in usual_waves().items() if name != "p"}
    none = 0
    for seed in range(10):
        heart = Heart(waves=waves, rate_per_min=85, rr_spread=0.2, fibrillation_mv=0.05)
        none += "pr_ms" in measure(signal_mv=recorded(heart, seed), sampling_rate_hz=500).reasons
    assert none >= 9


def test_unusable_leads_are_nan_and_the_rest_is_measured() -> None:
    signal = recorded(Heart())
    signal[:, [3, 8]] = [np.nan, 0.5]
    found = measure(signal_mv=signal, sampling_rate_hz=500)
    assert found.qrs_ms == pytest.approx(90, abs=10)
    for name in ("r_mv", "j_mv", "t_mv", "p_mv"):
        assert np.flatnonzero(np.isnan(found.amplitudes[name])).tolist() == [3, 8]


def test_a_flat_end_makes_t_unmeasurable_with_a_reason() -> None:
    waves = {"r": Wave(-0.04, 0.04, 1.0, (1, 0, 0))}
    found = measure(signal_mv=recorded(Heart(waves=waves, noise_mv=0, rate_per_min=170)), sampling_rate_hz=500)
    assert found.reason is None
    assert np.isnan(found.qt_ms) == ("qt_ms" in found.reasons)


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (np.zeros((500, 12)), "shorter than 2 s"),
        (np.zeros((5000, 12)), "every lead is flat"),
        (np.full((5000, 12), np.nan), "every lead misses more than 10% of its samples"),
        (_one_complex(), "fewer than two beats found"),
        (_colliding(), "no two beats are alike (noise, or a chaotic rhythm)"),
    ],
)
def test_what_cannot_be_measured_says_why(signal: np.ndarray, reason: str) -> None:
    found = measure(signal_mv=signal, sampling_rate_hz=500)
    assert found.reason == reason
    assert np.isnan([found.pr_ms, found.qrs_ms, found.qt_ms, found.rhythm["rate_per_min"]]).all()
    names, values, why = beat_features(signal_mv=signal, sampling_rate_hz=500)
    assert names == FEATURE_NAMES
    assert why == reason
    assert np.isnan(values).all()
    assert beat_marks(measured=found).shape == (0, len(MARKS))


def test_noise_is_no_ecg() -> None:
    for seed in range(5):
        found = measure(signal_mv=np.random.default_rng(seed).normal(size=(5000, 12)), sampling_rate_hz=500)
        assert found.reason in ("fewer than two beats found", "no two beats are alike (noise, or a chaotic rhythm)")


def test_beats_at_both_ends_only() -> None:
    signal, _ = Heart(rate_per_min=40).record(np.random.default_rng(0), duration_s=2.2)
    found = measure(signal_mv=signal, sampling_rate_hz=500)
    assert found.reason in ("no beat lies whole in the recording", "fewer than two beats found")


@settings(max_examples=15, deadline=None)
@given(
    arrays(np.float32, (1200, 12), elements=st.floats(-5, 5, width=32), fill=st.sampled_from([0, 1, np.nan])),
    st.sampled_from([100.0, 257.0, 500.0]),
)
def test_never_raises_for_what_a_recording_may_hold(signal: np.ndarray, sampling_rate_hz: float) -> None:
    _, values, reason = beat_features(signal_mv=signal, sampling_rate_hz=sampling_rate_hz)
    assert values.shape == (len(FEATURE_NAMES),)
    assert np.isnan(values).all() == (reason is not None)


@pytest.mark.parametrize(
    ("signal", "rate", "message"),
    [(np.zeros((500, 8)), 500, "shape"), (np.zeros(500), 500, "shape"), (np.zeros((500, 12)), 0, "positive")],
)
def test_mistakes_of_a_caller_raise(signal: np.ndarray, rate: float, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        measure(signal_mv=signal, sampling_rate_hz=rate)


def test_features_have_names_and_values() -> None:
    names, values, reason = beat_features(signal_mv=recorded(Heart()), sampling_rate_hz=500)
    assert reason is None
    assert len(set(names)) == len(names) == len(values)
    assert np.isfinite(values).all()
    named = dict(zip(names, values, strict=True))
    assert named["pr_ms"] == pytest.approx(160, abs=10)
    assert named["sokolow_lyon_mv"] == pytest.approx(named["V1_s_mv"] + max(named["V5_r_mv"], named["V6_r_mv"]))
    assert named["V2_r_ratio"] == pytest.approx(named["V2_r_mv"] / named["V2_qrs_size_mv"])


def test_features_without_t_or_chest_leads() -> None:
    signal = recorded(Heart(waves={"r": Wave(-0.04, 0.04, 1.0, (1, 0.2, 0))}, noise_mv=0.002, rate_per_min=170))
    signal[:, 6:] = np.nan
    named = dict(zip(*beat_features(signal_mv=signal, sampling_rate_hz=500)[:2], strict=True))
    assert np.isnan(named["precordial_size_mv"])
    assert named["limb_size_mv"] > 0.8
    assert named["lead_of_transition"] == 7


def test_marks_lie_on_the_beats() -> None:
    signal, beats = Heart(rate_per_min=60).record(np.random.default_rng(0))
    marks = beat_marks(measured=measure(signal_mv=signal, sampling_rate_hz=500))
    at = dict(zip(MARKS, marks[3], strict=True))
    assert at["r_peak"] == pytest.approx(beats[3], abs=0.02)
    assert at["p_onset"] == pytest.approx(beats[3] - 0.205, abs=0.012)
    assert at["qrs_offset"] == pytest.approx(beats[3] + 0.045, abs=0.012)
    assert at["t_end"] == pytest.approx(beats[3] + 0.335, abs=0.02)
    assert (np.diff(marks[np.isfinite(marks).all(axis=1)], axis=1) > 0).all()


def test_marks_of_an_odd_beat_are_its_own() -> None:
    signal, beats = Heart(rate_per_min=60).record(np.random.default_rng(0))
    other, _ = Heart(waves={"r": Wave(-0.09, 0.09, 2.0, (-0.5, 0.6, 0.6))}, rate_per_min=60).record(
        np.random.default_rng(0)
    )
    part = slice(round((beats[4] - 0.4) * 500), round((beats[4] + 0.5) * 500))
    signal[part] = other[part]
    marks = beat_marks(measured=measure(signal_mv=signal, sampling_rate_hz=500))
    odd, usual = (dict(zip(MARKS, marks[k], strict=True)) for k in (4, 3))
    assert np.isnan(odd["p_onset"])
    assert odd["qrs_offset"] - odd["qrs_onset"] > 0.15 > usual["qrs_offset"] - usual["qrs_onset"]
    inside = marks[np.isfinite(marks)]
    assert ((inside >= 0) & (inside < 10)).all()


@pytest.mark.shared_data
def test_agrees_with_cardiologists(shared: Path) -> None:
    """Every fourth LUDB record by the benchmark's own reading; its table in docs/measurements.md has all."""
    import runpy

    bench = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "measurements.py"))
    tallies, n_records = bench["run"](shared / "data" / "ludb", range(1, 101, 4), {"ours": bench["ours"]})
    assert n_records == 25
    limits = {"PR": (10, 15), "QRS": (10, 10), "QT": (25, 30)}
    for name, (bias, spread) in limits.items():
        values = np.array(tallies["ours"].differences[name])
        values = values[np.isfinite(values)]
        assert abs(values.mean()) < bias
        assert values.std(ddof=1) < spread
    counts = tallies["ours"].counts
    assert counts["QRS", "hit"] / counts["QRS", "true"] > 0.98
    assert counts["QRS", "right"] / counts["QRS", "said"] > 0.98
