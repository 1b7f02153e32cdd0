import numpy as np
from made_ecg import Heart, usual_waves

from ecg_eval.signals.pacing import pacing_spikes, without_spikes

AT = 150  # of the window below, 100 ms before R


def one_beat(*, qrs_s: float = 0.16) -> np.ndarray:
    heart = Heart(waves=usual_waves(qrs_s=qrs_s), noise_mv=0.002, rate_per_min=50)
    signal, beats = heart.record(np.random.default_rng(0))
    middle = round(beats[3] * 500)
    return signal[middle - 200 : middle + 350]


def spiked(beat: np.ndarray, at: int) -> np.ndarray:
    """Add a spike of 4 ms, of 0.6 to 1.2 mV by lead."""
    added = beat.copy()
    added[at : at + 2] += np.linspace(0.6, 1.2, beat.shape[1])
    return added


def test_no_spike_in_ordinary_beats() -> None:
    for qrs_s in (0.06, 0.08, 0.1, 0.16):
        assert len(pacing_spikes(median=one_beat(qrs_s=qrs_s), sampling_rate_hz=500)) == 0


def test_finds_and_removes_a_spike() -> None:
    clean = one_beat()
    found = pacing_spikes(median=spiked(clean, AT), sampling_rate_hz=500)
    assert len(found) == 1
    assert abs(found[0] - AT) <= 1
    mended = without_spikes(signal=spiked(clean, AT), spikes=found, sampling_rate_hz=500)
    assert np.abs(mended - clean).max() < 0.1


def test_two_chambers() -> None:
    both = spiked(spiked(one_beat(), AT), 60)
    found = pacing_spikes(median=both, sampling_rate_hz=500)
    np.testing.assert_allclose(found, [60, AT], atol=1)


def test_beats_are_mended_like_their_median() -> None:
    beat = spiked(one_beat(), AT)
    found = np.array([AT])
    once = without_spikes(signal=beat, spikes=found, sampling_rate_hz=500)
    all_at_once = without_spikes(signal=np.stack([beat, 2 * beat]), spikes=found, sampling_rate_hz=500)
    np.testing.assert_allclose(all_at_once, np.stack([once, 2 * once]))


def test_at_100_hz_a_spike_is_not_looked_for_in_vain() -> None:
    assert len(pacing_spikes(median=one_beat()[::5], sampling_rate_hz=100)) == 0
