"""Electrodes exchanged by computation on made and on real recordings."""

from pathlib import Path

import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.signals import electrode_reversal
from ecg_eval.signals._quality_beats import INDEPENDENT_LEADS
from ecg_eval.signals.electrode_reversal import Moments, evidence, exchange_probabilities, exchanges, shipped_model
from ecg_eval.signals.quality import examine
from ecg_eval.signals.quality_kinds import EXPECTED_LEADS, Limits

LEADS = EXPECTED_LEADS
LIMB = [np.array(v) for v in ((1, 0), (0, 1), (-1, 1), (-0.5, -0.5), (1, -0.5), (-0.5, 1))]


@pytest.fixture(scope="module")
def good() -> np.ndarray:
    """An ECG of a made heart with a little noise at the electrodes."""
    signal, _ = Heart(noise_mv=0.0).record(np.random.default_rng(3))
    noise = 0.01 * np.random.default_rng(4).normal(size=(len(signal), 8))
    return exchanged(signal, np.eye(8)) + noise @ _from_independent()


def _from_independent() -> np.ndarray:
    """Return what the twelve leads are made of, shape (8, 12)."""
    views = np.zeros((8, 12))
    views[:2, :6] = np.array(LIMB).T
    views[2:, 6:] = np.eye(6)
    return views


def exchanged(signal: np.ndarray, change: np.ndarray) -> np.ndarray:
    independent = signal[:, [LEADS.index(lead) for lead in INDEPENDENT_LEADS]]
    return independent @ change.T @ _from_independent()


def said(signal: np.ndarray, rate_hz: float = 500.0, limits: Limits | None = None) -> str:
    told = examine(signal=signal, leads=LEADS, sampling_rate_hz=rate_hz, limits=limits)
    told = [f for f in told if f.kind == "electrodes"]
    return told[0].detail if told else ""


def test_exchanges_do_what_the_textbook_says() -> None:
    """Left and right arm: I inverted, II and III exchanged (so aVR and aVL too); Batchvarov et al., Europace 2007."""
    eight = np.array([1.0, 2.0, 3, 4, 5, 6, 7, 8])
    arms = exchanges()["left arm and right arm"] @ eight
    assert arms.tolist() == [-1, 1, 3, 4, 5, 6, 7, 8]  # III was 2 - 1
    assert (exchanges()["left arm and left leg"] @ eight)[:2].tolist() == [2, 1]  # I and II exchanged
    assert (exchanges()["right arm and left leg"] @ eight)[:2].tolist() == [-1, -2]  # I is -III, II inverted
    assert (exchanges()["V1 and V3"] @ eight)[2:].tolist() == [5, 4, 3, 6, 7, 8]
    for matrix in exchanges().values():
        assert abs(np.linalg.det(matrix)) == pytest.approx(1)


@pytest.mark.parametrize("apart", [-1e-9, 1e-9])
def test_exchanges_that_rounding_alone_tells_apart_are_both_named(
    good: np.ndarray, monkeypatch: pytest.MonkeyPatch, apart: float
) -> None:
    alike = {"V1 and V2": 0.46, "V2 and V3": 0.46 + apart, "V3 and V4": 0.459}
    monkeypatch.setattr(electrode_reversal, "exchange_probabilities", lambda *_: alike)
    lenient = Limits(exchange_probability=0.4)
    assert said(good, limits=lenient) == "possibly V1 and V2 or V2 and V3"


def test_a_made_heart_is_wired_as_it_should_be(good: np.ndarray) -> None:
    assert said(good) == ""


@pytest.mark.parametrize(
    "name", ["left arm and right arm", "right arm and left leg", "V1 and V2", "V1 and V3", "V1 to V6 in reverse"]
)
def test_plain_exchanges_of_a_made_heart_are_named(good: np.ndarray, name: str) -> None:
    assert said(exchanged(good, exchanges()[name])).endswith(name)


@pytest.mark.parametrize(
    ("flat", "named"), [("II", "right arm and right leg"), ("III", "left arm"), ("I", "both arms and both legs")]
)
def test_the_right_leg_is_found_by_the_lead_that_it_silences(good: np.ndarray, flat: str, named: str) -> None:
    """Between two legs there is next to no voltage."""
    change = np.eye(8)
    change[:2, :2] = {"I": [[0.04, 0], [0, 1]], "II": [[1, 0], [0.04, 0]], "III": [[1, 0], [1, 0.04]]}[flat]
    assert named in said(exchanged(good, change))


def test_undoing_an_exchange_is_exact() -> None:
    """What a record shows after an exchange is undone is what it showed before it."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 8, 8))
    moments = Moments(products=root @ root.swapaxes(1, 2), means=rng.normal(size=(3, 8)))
    plain = evidence(moments, shipped_model())[0]
    for place, matrix in enumerate(exchanges().values(), start=1):
        other = Moments(products=matrix @ moments.products @ matrix.T, means=moments.means @ matrix.T)
        np.testing.assert_allclose(evidence(other, shipped_model())[place], plain)


def test_probabilities_leave_room_for_none(good: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 8, 8))
    told = exchange_probabilities(
        Moments(products=root @ root.swapaxes(1, 2), means=rng.normal(size=(3, 8))), shipped_model()
    )
    assert set(told) == set(exchanges())
    assert 0 < sum(told.values()) < 1


@pytest.mark.shared_data
def test_on_real_recordings_that_the_model_has_not_seen(shared: Path) -> None:
    """Modest bounds on 60 odd ids; docs/quality.md has the figures for all."""
    archive = PtbXl(shared / "data" / "ptb-xl", sampling_rate_hz=100)
    ids = [str(i) for i in range(1, 121, 2)]
    signals = [archive.load(i).signal for i in ids]
    assert sum(said(s, 100.0) != "" for s in signals) <= 3
    for name, at_least in (("left arm and right arm", 45), ("V1 and V2", 50), ("V1 to V6 in reverse", 50)):
        named = sum(said(exchanged(s, exchanges()[name]), 100.0).endswith(name) for s in signals)
        assert named >= at_least, name
