"""Leads are taken by name, and a recording refuses what would be read wrongly."""

import numpy as np
import pytest

from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead, lead_positions
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError


def recording(**changes: object) -> Recording:
    parts: dict[str, object] = {"record_id": "7", "patient_id": "p", "leads": ("II", "I"), "sampling_rate_hz": 100.0}
    parts["signal"] = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    return Recording(**(parts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("spelling", ["AVF", "avf", "aVF", " Lead aVF", "MDC_ECG_LEAD_aVF"])
def test_spellings(spelling: str) -> None:
    assert canonical_lead(spelling) == "aVF"


def test_there_are_twelve() -> None:
    assert len(set(STANDARD_LEADS)) == 12


def test_leads_are_selected_by_name_not_by_place() -> None:
    assert recording().select(("I", "II")).tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert recording().duration_s == pytest.approx(0.02)


@pytest.mark.parametrize("leads", [("I", "II"), ("II", "II", "I")])
def test_missing_and_repeated_leads(leads: tuple[str, ...]) -> None:
    with pytest.raises(SignalError, match="lead V1 must be present exactly once"):
        lead_positions(leads, ("V1",), who="x")


def test_shape_rate_and_units() -> None:
    with pytest.raises(SignalError, match=r"of shape \(n_samples, 2\)"):
        recording(signal=np.zeros((5, 3), dtype=np.float32))
    with pytest.raises(SignalError, match="positive"):
        recording(sampling_rate_hz=0.0)
    with pytest.raises(SignalError, match="z-score"):
        recording(units="z-score").require_millivolts(who="model")
    recording().require_millivolts(who="model")
