"""Each kind of flaw is found where it was made, with its leads and size, and nothing is found in a good recording."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from made_ecg import Heart, usual_waves

from ecg_eval.errors import ArgumentError
from ecg_eval.signals.quality import examine, shorter_than_usual
from ecg_eval.signals.quality_kinds import EXPECTED_LEADS, KINDS, Limits, QualityFinding

LEADS = EXPECTED_LEADS
RATE_HZ = 500.0
TIME_S = np.arange(5000) / RATE_HZ


@pytest.fixture
def good() -> np.ndarray:
    """An ECG with a little noise at the electrodes, so that limb leads keep their relations; rounded to 1 microvolt."""
    signal, _ = Heart(noise_mv=0.0).record(np.random.default_rng(3))
    noise = 0.01 * np.random.default_rng(4).normal(size=(len(signal), 8))
    signal[:, [0, 1]] += noise[:, :2]
    signal[:, 6:] += noise[:, 2:]
    first, second = signal[:, 0], signal[:, 1]
    signal[:, 2:6] = np.column_stack([second - first, -(first + second) / 2, first - second / 2, second - first / 2])
    return np.round(signal, 3)


def found(signal: np.ndarray, *, leads: tuple[str, ...] = LEADS, units: str = "mV") -> dict[str, QualityFinding]:
    findings = examine(signal=signal, leads=leads, sampling_rate_hz=RATE_HZ, units=units)
    return {f.kind: f for f in findings}


def test_a_good_recording_has_no_flaw(good: np.ndarray) -> None:
    assert found(good) == {}


def test_missing_leads_and_samples_are_named(good: np.ndarray) -> None:
    assert found(good[:, :11], leads=LEADS[:11])["missing_lead"].leads == ("V6",)
    good[:, 3] = np.nan
    good[10:60, 7] = np.inf
    told = found(good)
    assert told["empty_lead"].leads == ("aVR",)
    assert told["missing_samples"].leads == ("V2",)
    assert told["missing_samples"].value == pytest.approx(0.01)
    assert set(told) == {"empty_lead", "missing_samples"}


@pytest.mark.parametrize("level", [0.0, 1.7, -1e6])
def test_a_flat_lead(good: np.ndarray, level: float) -> None:
    good[:, 8] = level
    assert {k: f.leads for k, f in found(good).items()} == {"flat_lead": ("V3",)}
    assert found(good)["flat_lead"].text == "lead V3 flat"


def test_a_lead_with_nothing_but_its_amplifier_noise_is_flat(good: np.ndarray) -> None:
    good[:, 8] = 0.001 * np.random.default_rng(1).integers(-1, 2, len(good))
    assert found(good)["flat_lead"].leads == ("V3",)


def test_a_lead_that_is_lost_for_two_seconds(good: np.ndarray) -> None:
    good[2000:3000, 9] = good[2000, 9]
    told = found(good)
    assert {k: f.leads for k, f in told.items()} == {"flat_stretch": ("V4",)}
    assert told["flat_stretch"].value == pytest.approx(2.0, abs=0.01)


def test_clipping_at_either_rail(good: np.ndarray) -> None:
    high, low = good.copy(), good.copy()
    high[:, 9] = np.minimum(high[:, 9], 0.6 * high[:, 9].max())
    low[:, 6] = np.maximum(low[:, 6], 0.6 * low[:, 6].min())
    assert {k: f.leads for k, f in found(high).items()} == {"clipped": ("V4",)}
    assert {k: f.leads for k, f in found(low).items()} == {"clipped": ("V1",)}


@pytest.mark.parametrize("rest", [0.0, np.nan, -3.2])
def test_an_end_without_recording(good: np.ndarray, rest: float) -> None:
    good[3500:] = rest
    told = found(good)
    assert set(told) == {"padded"}
    assert told["padded"].value == pytest.approx(3.0, abs=0.01)


def test_short_recordings(good: np.ndarray) -> None:
    assert found(good[:1500])["short"].value == 3.0
    durations = np.array([10.0, 10.0, 10.0, 8.0])
    told = shorter_than_usual(durations, Limits())
    assert [f and (f.value, f.limit) for f in told] == [None, None, None, (8.0, 9.5)]
    assert shorter_than_usual(np.array([10.0, 20.0, 30.0, 5.0]), Limits()) == [None] * 4
    assert shorter_than_usual(np.empty(0), Limits()) == []


@pytest.mark.parametrize(
    ("factor", "kind", "said"),
    [
        (1000, "wrong_units", "microvolts taken for millivolts"),
        (0.001, "wrong_units", "volts taken for millivolts"),
        (10, "amplitude", "as if 10 times too large"),
        (0.1, "amplitude", "as if 10 times too small"),
    ],
)
def test_wrong_units_and_gains(good: np.ndarray, factor: float, kind: str, said: str) -> None:
    assert found(good * factor)[kind].detail.endswith(said)
    assert kind not in found(good * factor, units="z-score")


def test_leads_scaled_one_by_one_are_no_millivolts(good: np.ndarray) -> None:
    assert "lead_scale" in found(good / np.ptp(good, axis=0))
    assert "lead_scale" in found((good - good.mean(axis=0)) / good.std(axis=0))
    assert found((good - good.mean(axis=0)) / good.std(axis=0), units="z-score") == {}


def test_a_lead_given_twice(good: np.ndarray) -> None:
    good[:, 10] = good[:, 9]
    assert found(good)["same_signal"].leads == ("V4", "V5")


@pytest.mark.parametrize("mains_hz", [49.9, 50.0, 60.0, 60.2])
def test_mains_hum(good: np.ndarray, mains_hz: float) -> None:
    good[:, 6] += 0.1 * np.sin(2 * np.pi * mains_hz * TIME_S)
    told = found(good)
    assert {k: f.leads for k, f in told.items()} == {"mains_noise": ("V1",)}
    assert told["mains_noise"].value == pytest.approx(0.1, rel=0.2)


def test_baseline_wander(good: np.ndarray) -> None:
    good[:, 7] += 0.8 * np.sin(2 * np.pi * 0.2 * TIME_S)
    told = found(good)
    assert {k: f.leads for k, f in told.items()} == {"baseline_wander": ("V2",)}
    assert told["baseline_wander"].value == pytest.approx(1.6, rel=0.1)


def test_muscle_noise(good: np.ndarray) -> None:
    good[:, 11] += 0.15 * np.random.default_rng(0).normal(size=len(good))
    told = found(good)
    assert {k: f.leads for k, f in told.items()} == {"muscle_noise": ("V6",)}
    assert told["muscle_noise"].value == pytest.approx(0.15 * np.sqrt(0.9), rel=0.05)  # a tenth lies below 25 Hz


@pytest.mark.parametrize("units", ["mV", "z-score"])
def test_order_of_leads_and_offsets_do_not_matter(good: np.ndarray, units: str) -> None:
    good[:, 3] *= -1
    good[2000:3000, 9] = good[2000, 9]
    good[:, 6] += 0.1 * np.sin(2 * np.pi * 50 * TIME_S)
    there = found(good, units=units)
    order = np.random.default_rng(2).permutation(12)
    moved = found(good[:, order], leads=tuple(LEADS[i] for i in order), units=units)
    shifted = found(good + np.linspace(-1, 1, 12), units=units)
    for other in (moved, shifted):
        assert {k: (set(f.leads), f.detail) for k, f in other.items()} == {
            k: (set(f.leads), f.detail) for k, f in there.items()
        }


def test_findings_stand_in_the_order_of_their_kinds(good: np.ndarray) -> None:
    good[:, 3] *= -1
    good[:, 8] = 0
    kinds = [f.kind for f in examine(signal=good[:1500], leads=LEADS, sampling_rate_hz=RATE_HZ)]
    places = [list(KINDS).index(k) for k in kinds]
    assert len(kinds) > 2
    assert all(a <= b for a, b in pairwise(places))


ANYTHING = arrays.arrays(
    dtype=st.sampled_from([np.float32, np.float64, np.int16, np.int64]),
    shape=st.tuples(st.integers(0, 40), st.integers(0, 12)),
)


@settings(max_examples=150, deadline=None)
@given(signal=ANYTHING, rate_hz=st.sampled_from([0.5, 4.0, 100.0, 1e6]), units=st.sampled_from(["mV", "z-score"]))
def test_nothing_is_raised_whatever_the_array_holds(signal: np.ndarray, rate_hz: float, units: str) -> None:
    for repeat in (1, 60):
        longer = np.concatenate([signal] * repeat)
        findings = examine(signal=longer, leads=LEADS[: signal.shape[1]], sampling_rate_hz=rate_hz, units=units)
        assert all(f.kind in KINDS and f.text for f in findings)


def test_a_caller_is_told_of_shapes_that_do_not_fit(good: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="shape"):
        examine(signal=good, leads=LEADS[:3], sampling_rate_hz=RATE_HZ)
    for rate_hz in (0.0, -1.0, np.nan):
        with pytest.raises(ArgumentError, match="sampling_rate_hz"):
            examine(signal=good, leads=LEADS, sampling_rate_hz=rate_hz)


@pytest.mark.parametrize(("declared_hz", "said"), [(100.0, "slow by"), (250.0, "slow by"), (2000.0, "fast by")])
def test_a_wrong_sampling_rate(declared_hz: float, said: str) -> None:
    heart = Heart(waves=usual_waves(qrs_s=0.07), rate_per_min=80, noise_mv=0.01)
    signal, _ = heart.record(np.random.default_rng(3), duration_s=30)
    told = {f.kind: f for f in examine(signal=signal, leads=LEADS, sampling_rate_hz=declared_hz)}
    assert told["sampling_rate"].detail.startswith(said)


def test_wide_complexes_of_a_heart_of_usual_rate_do_not_question_the_sampling_rate() -> None:
    wide, _ = Heart(waves=usual_waves(qrs_s=0.18, qt_s=0.46), noise_mv=0.0).record(np.random.default_rng(3))
    assert "sampling_rate" not in found(wide)
