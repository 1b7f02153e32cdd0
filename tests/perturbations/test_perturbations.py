"""What each perturbation does to a tracing is what its dose says, and nothing else."""

import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval import registry
from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ArgumentError, SignalError
from ecg_eval.perturbations._parts.recorded_noise import RecordedNoise, qrs_size
from ecg_eval.perturbations.baseline_wander import BaselineWander
from ecg_eval.perturbations.clipping import Clipping
from ecg_eval.perturbations.electrode_motion import ElectrodeMotion
from ecg_eval.perturbations.gain import Gain
from ecg_eval.perturbations.lead_loss import LeadLoss
from ecg_eval.perturbations.limb_reversal import LimbReversal
from ecg_eval.perturbations.mains import Mains
from ecg_eval.perturbations.muscle_artefact import MuscleArtefact
from ecg_eval.perturbations.polarity import Polarity
from ecg_eval.perturbations.sampling_rate import SamplingRate
from ecg_eval.perturbations.short_strip import ShortStrip
from ecg_eval.pipeline.plugins import load

EVERY = (
    *(BaselineWander, MuscleArtefact, ElectrodeMotion, Clipping, Gain, LeadLoss, LimbReversal, Mains, Polarity),
    *(SamplingRate, ShortStrip),
)
_SIGNAL, _ = Heart().record(np.random.default_rng(1), duration_s=10, sampling_rate_hz=500)
ECG = Recording(
    record_id="a",
    patient_id="a",
    signal=_SIGNAL.astype(np.float32),
    leads=STANDARD_LEADS,
    sampling_rate_hz=500.0,
)
NOISE = Recording(
    record_id="bw",
    patient_id="bw",
    signal=np.random.default_rng(2).normal(3, 0.4, (360 * 60, 2)).astype(np.float32),
    leads=("noise1", "noise2"),
    sampling_rate_hz=360.0,
)


def perturbed(kind: type[Perturbation], dose: float, recording: Recording = ECG, seed: int = 3) -> Recording:
    perturbation = kind()
    perturbation.noise = NOISE
    return perturbation.perturbed(recording, dose, rng=np.random.default_rng(seed))


def added(changed: Recording) -> np.ndarray:
    return changed.signal.astype(float) - ECG.signal


def keeps_relations(recording: Recording) -> bool:
    x = {lead: recording.signal[:, i].astype(float) for i, lead in enumerate(recording.leads)}
    pairs = (
        (x["III"], x["II"] - x["I"]),
        (x["aVR"], -(x["I"] + x["II"]) / 2),
        (x["aVL"], x["I"] - x["II"] / 2),
        (x["aVF"], x["II"] - x["I"] / 2),
    )
    before = (ECG.signal[:, 2] - (ECG.signal[:, 1] - ECG.signal[:, 0])).std()
    return all((one - other).std() < 3 * before + 1e-5 for one, other in pairs)


def test_every_file_is_tried_here() -> None:
    assert {kind.name for kind in EVERY} == set(registry.names("perturbations"))
    assert all(load("perturbations", kind.name) is kind for kind in EVERY)


@pytest.mark.parametrize("kind", EVERY)
def test_the_same_draw_gives_the_same_again_and_leaves_the_recording_alone(kind: type[Perturbation]) -> None:
    before = ECG.signal.copy()
    dose = kind.usual_doses[-1]
    one, other = perturbed(kind, dose), perturbed(kind, dose)
    np.testing.assert_array_equal(one.signal, other.signal)
    np.testing.assert_array_equal(ECG.signal, before)
    assert one.signal.dtype == np.float32
    assert one.leads == ECG.leads
    assert len(one.changes) == 1
    assert one.signal.shape != ECG.signal.shape or not np.array_equal(one.signal, ECG.signal)


@pytest.mark.parametrize("kind", [BaselineWander, MuscleArtefact, ElectrodeMotion])
def test_recorded_noise_is_added_at_the_stated_ratio(kind: type[RecordedNoise]) -> None:
    signal_power = qrs_size(ECG) ** 2 / 8
    for dose in (12.0, 0.0, -6.0):
        noisy = perturbed(kind, dose)
        noise_power = np.mean(added(noisy) ** 2)
        assert 10 * np.log10(signal_power / noise_power) == pytest.approx(dose, abs=0.05)
        assert keeps_relations(noisy)
    # doses differ by the dose alone
    np.testing.assert_allclose(added(perturbed(kind, 0.0)), 2 * added(perturbed(kind, 6.0206)), atol=1e-4)


def test_the_size_of_the_qrs_is_found_without_looking_for_beats() -> None:
    sizes = np.ptp(_SIGNAL, axis=0)
    assert qrs_size(ECG) == pytest.approx(float(np.median(sizes)), rel=0.1)


def test_noise_that_is_not_there_or_too_short_is_said() -> None:
    with pytest.raises(SignalError, match="the record 'bw'"):
        BaselineWander().perturbed(ECG, 6, rng=np.random.default_rng(1))
    long = Recording(
        record_id="l",
        patient_id="l",
        signal=np.zeros((500 * 90, 12), dtype=np.float32),
        leads=STANDARD_LEADS,
        sampling_rate_hz=500.0,
    )
    with pytest.raises(SignalError, match="shorter than the noise"):
        perturbed(BaselineWander, 6, long)


def test_mains_have_their_peak_and_frequency() -> None:
    hum = added(perturbed(Mains, 0.2))
    assert hum[:, 0].std() * np.sqrt(2) == pytest.approx(0.2, rel=0.01)
    spectrum = np.abs(np.fft.rfft(hum[:, 7]))
    assert np.fft.rfftfreq(5000, 1 / 500)[spectrum.argmax()] == 50
    assert keeps_relations(perturbed(Mains, 0.2))
    slow = perturbed(SamplingRate, 100)
    with pytest.raises(SignalError, match="above 100 Hz"):
        perturbed(Mains, 0.2, slow)
    with pytest.raises(ArgumentError, match="positive"):
        Mains(frequency_hz=0)


def test_leads_are_lost_and_turned_over_and_more_hold_those_of_fewer() -> None:
    lost = {n: set(np.flatnonzero(~perturbed(LeadLoss, n).signal.any(axis=0))) for n in (1, 2, 4, 8)}
    assert [len(leads) for leads in lost.values()] == [1, 2, 4, 8]
    assert lost[1] < lost[2] < lost[4] < lost[8]
    turned = perturbed(Polarity, 3).signal
    signs = [np.array_equal(turned[:, i], -ECG.signal[:, i]) for i in range(12)]
    assert sum(signs) == 3
    assert all(np.array_equal(turned[:, i], ECG.signal[:, i]) for i in range(12) if not signs[i])
    with pytest.raises(SignalError, match="more than 12"):
        perturbed(LeadLoss, 12)


def test_exchanged_electrodes_give_the_leads_that_the_textbooks_say() -> None:
    lead = {name: ECG.signal[:, i] for i, name in enumerate(STANDARD_LEADS)}

    def close(recording: Recording, **expected: np.ndarray) -> None:
        for name, signal in expected.items():
            np.testing.assert_allclose(recording.select((name,))[:, 0], signal, atol=0.05)

    # Batchvarov VN, Malik M, Camm AJ. Europace 2007;9:1081-1090, table 1
    close(perturbed(LimbReversal, 1), I=-lead["I"], II=lead["III"], III=lead["II"], aVR=lead["aVL"], aVL=lead["aVR"])
    close(perturbed(LimbReversal, 2), I=lead["II"], II=lead["I"], III=-lead["III"], aVL=lead["aVF"], aVF=lead["aVL"])
    close(perturbed(LimbReversal, 3), I=-lead["III"], II=-lead["II"], III=-lead["I"], aVR=lead["aVF"], aVF=lead["aVR"])
    np.testing.assert_array_equal(perturbed(LimbReversal, 1).signal[:, 6:], ECG.signal[:, 6:])
    with pytest.raises(ArgumentError, match="1 \\(both arms\\)"):
        LimbReversal(doses=[4])


def test_gain_rate_length_and_peaks() -> None:
    np.testing.assert_allclose(perturbed(Gain, 0.5).signal, ECG.signal / 2)
    slow = perturbed(SamplingRate, 125)
    assert (slow.sampling_rate_hz, slow.signal.shape) == (125.0, (1250, 12))
    short = perturbed(ShortStrip, 2.5)
    np.testing.assert_array_equal(short.signal, ECG.signal[1875:3125])
    assert np.abs(perturbed(Clipping, 0.25).signal).max() == np.float32(0.25)
    with pytest.raises(SignalError, match="above 500 Hz"):
        perturbed(SamplingRate, 500)
    with pytest.raises(SignalError, match="more than 10 s"):
        perturbed(ShortStrip, 10)
    with pytest.raises(ArgumentError, match="one or more"):
        Gain(doses=[])
