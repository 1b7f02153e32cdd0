"""What is undone on request: exchanges of electrodes made by computation, and leads stored upside down."""

import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.signals._quality_beats import INDEPENDENT_LEADS
from ecg_eval.signals.corrections import corrections_of, undone
from ecg_eval.signals.electrode_reversal import exchanges
from ecg_eval.signals.quality import examine
from ecg_eval.signals.quality_kinds import EXPECTED_LEADS, QualityFinding

LIMB = np.array(((1, 0), (0, 1), (-1, 1), (-0.5, -0.5), (1, -0.5), (-0.5, 1)))
PLACES = [EXPECTED_LEADS.index(lead) for lead in INDEPENDENT_LEADS]


@pytest.fixture(scope="module")
def good() -> np.ndarray:
    """Twelve leads of a made heart whose limb leads keep their relations."""
    signal, _ = Heart(noise_mv=0.0).record(np.random.default_rng(3))
    eight = signal[:, PLACES] + 0.01 * np.random.default_rng(4).normal(size=(len(signal), 8))
    return twelve(eight)


def twelve(eight: np.ndarray) -> np.ndarray:
    return np.hstack([eight[:, :2] @ LIMB.T, eight[:, 2:]])


def flaws(signal: np.ndarray) -> list[QualityFinding]:
    return examine(signal=signal, leads=EXPECTED_LEADS, sampling_rate_hz=500.0)


@pytest.mark.parametrize("exchange", ["left arm and right arm", "V1 to V6 in reverse"])
def test_a_probable_exchange_is_undone_to_what_was_there_before(good: np.ndarray, exchange: str) -> None:
    wrong = twelve(good[:, PLACES] @ exchanges()[exchange].T)
    (correction,) = corrections_of(flaws(wrong), ["electrodes"])
    assert correction.words == f"{exchange} exchanged back"
    np.testing.assert_allclose(undone(wrong, EXPECTED_LEADS, [correction]), good, atol=1e-9)


def test_a_limb_lead_upside_down_is_turned_over(good: np.ndarray) -> None:
    wrong = good.copy()
    wrong[:, 2] *= -1
    (correction,) = corrections_of(flaws(wrong), ["polarity"])
    assert correction.words == "III turned over"
    np.testing.assert_allclose(undone(wrong, EXPECTED_LEADS, [correction]), good, atol=1e-12)
    assert wrong[0, 2] == -good[0, 2]  # what was given is left as it is


def test_nothing_is_undone_that_was_not_asked_for(good: np.ndarray) -> None:
    wrong = twelve(good[:, PLACES] @ exchanges()["left arm and right arm"].T)
    assert corrections_of(flaws(wrong), ["polarity"]) == []
    assert corrections_of(flaws(good), ["electrodes", "polarity"]) == []
