"""A tracing keeps its digest whatever file it is in, and loses it when a sample changes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.signal_digest import signal_digest
from ecg_eval.pipeline.plugins import make

SIGNAL = np.round(np.random.default_rng(3).normal(0, 0.5, (250, 12)), 3).astype(np.float32)


def recording(signal: np.ndarray = SIGNAL, leads: tuple[str, ...] = STANDARD_LEADS, **words: Any) -> Recording:
    facts: dict[str, Any] = {"record_id": "1", "patient_id": "1", "sampling_rate_hz": 500.0}
    return Recording(signal=signal, leads=leads, **(facts | words))


def test_identity_order_and_rounding_do_not_matter() -> None:
    same = [
        recording(record_id="HR00001", patient_id="x", age_years=60.0, sex="F"),
        recording(SIGNAL[:, ::-1], STANDARD_LEADS[::-1]),
        recording(SIGNAL + np.float32(1e-4)),  # as another gain rounds
        recording(np.asfortranarray(SIGNAL)),
    ]
    assert {signal_digest(r) for r in same} == {signal_digest(recording())}


def test_samples_leads_rate_unit_and_length_matter() -> None:
    changed = SIGNAL.copy()
    changed[7, 3] += 0.001
    missing = SIGNAL.copy()
    missing[7, 3] = np.nan
    lowest = SIGNAL.copy()
    lowest[7, 3] = -1e9
    others = [
        *(recording(changed), recording(missing), recording(lowest), recording(SIGNAL[:-1])),
        *(recording(sampling_rate_hz=250.0), recording(units="z-score")),
        recording(leads=(*STANDARD_LEADS[:-1], "V7")),
        recording(SIGNAL[:, [1, 0, *range(2, 12)]]),
    ]
    digests = {signal_digest(r) for r in [recording(), *others]}
    assert len(digests) == len(others) + 1


def test_nothing_is_a_tracing_too() -> None:
    assert len(signal_digest(recording(SIGNAL[:0]))) == 64


@pytest.mark.shared_data
def test_the_challenge_holds_ptb_xl(shared: Path) -> None:
    ptb_xl = make("datasets", "ptb_xl", {"root": shared / "data/ptb-xl"})
    challenge = make("datasets", "challenge2021", {"root": shared / "data/cinc2021/training"})
    records = [r for r in challenge.records().index if r.startswith("HR") and int(r[2:]) <= 500]
    assert len(records) == 10
    for record_id in records:  # the same recordings, with other headers, formats and lead spellings
        assert signal_digest(challenge.load(record_id)) == signal_digest(ptb_xl.load(str(int(record_id[2:]))))
    # two rows of PTB-XL's table, of two patients in two folds, and one tracing
    assert signal_digest(ptb_xl.load("145")) == signal_digest(ptb_xl.load("463"))
