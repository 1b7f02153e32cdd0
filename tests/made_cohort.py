"""A small cohort of made ECGs with a few findings, as the models' contract hands it over."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from made_ecg import Heart, usual_waves

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError

FINDINGS = ("AF", "SBRAD", "LBBB")


@cache
def cohort(n: int = 48, seed: int = 0, duration_s: float = 5.0) -> tuple[dict[str, Recording], pd.DataFrame]:
    """Return recordings by id and their labels; two recordings of each patient."""
    rng = np.random.default_rng(seed)
    recordings, labels = {}, []
    for k in range(n):
        finding = ("", "AF", "SBRAD", "LBBB")[k % 4]
        waves = usual_waves(qrs_s=0.15 if finding == "LBBB" else float(rng.uniform(0.08, 0.1)))
        if finding == "AF":
            del waves["p"]
        heart = Heart(
            waves=waves,
            rate_per_min=float(rng.uniform(42, 52) if finding == "SBRAD" else rng.uniform(65, 85)),
            rr_spread=0.2 if finding == "AF" else 0.01,
            noise_mv=0.02,
            fibrillation_mv=0.04 if finding == "AF" else 0.0,
        )
        signal, _ = heart.record(rng, duration_s=duration_s, sampling_rate_hz=250)
        record_id = f"r{k}"
        recordings[record_id] = Recording(
            record_id=record_id,
            patient_id=f"p{(k // 8) * 4 + k % 4}",
            signal=signal.astype(np.float32),
            leads=STANDARD_LEADS,
            sampling_rate_hz=250.0,
            age_years=float(75 if finding == "AF" else 40 + rng.integers(20)),
            sex="M" if rng.random() < 0.5 else "F",
        )
        labels.append([float(finding == code) for code in FINDINGS])
    return recordings, pd.DataFrame(labels, columns=list(FINDINGS), index=list(recordings))


def handed_over(recordings: dict[str, Recording], ids: list[str] | None = None) -> Recordings:
    """Return the recordings as a model gets them; an id without a recording is one that cannot be read."""

    def load(record_id: str) -> Recording:
        if record_id not in recordings:
            raise SignalError(f"recording {record_id}", "signal file", "there")
        return recordings[record_id]

    return Recordings(tuple(ids or recordings), load)


def changed(recording: Recording, change: Callable[[np.ndarray], np.ndarray], **fields: object) -> Recording:
    """Return a recording with another signal and other fields."""
    names = ("record_id", "patient_id", "leads", "sampling_rate_hz", "units", "age_years", "sex")
    kept = {name: getattr(recording, name) for name in names}
    return Recording(signal=change(recording.signal).astype(np.float32), **(kept | fields))  # type: ignore[arg-type]
