"""How recordings come to those who read them: from a packed cache where there can be one, and resampled on request."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.config.caches import user_cache
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.screening import RecordingFacts
from ecg_eval.domain.recording import Recording
from ecg_eval.pipeline.progress import Progress
from ecg_eval.signals.corrections import corrections_of, undone
from ecg_eval.signals.quality import examine
from ecg_eval.signals.quality_kinds import Limits
from ecg_eval.signals.resample import resample


def cache_folder(config: RunConfig) -> Path | None:
    """Return the folder of packed caches; None where the run wants none, or all files are to be read.

    The configuration's own; otherwise what ECG_EVAL_CACHE says, or ``ecg-eval`` in the user's folder of caches.
    """
    if config.cache is False or config.verify == "full":  # packs know a changed file by its size and time
        return None
    if isinstance(config.cache, Path):
        return config.data_root / config.cache.expanduser()
    return user_cache()


def prepare(config: RunConfig, dataset: Dataset, record_ids: Sequence[str], progress: Progress) -> RecordingFacts:
    """Make recordings ready to be loaded by every pass over them; return the facts for provenance."""
    cache = cache_folder(config)
    note = ""
    if cache is not None:
        note = dataset.prepare(record_ids, cache=cache, watch=lambda items: progress(items, "Packing signals"))
    return RecordingFacts(resampled_to_hz=config.resample_hz, cache=note)


def loader(
    dataset: Dataset, resample_hz: float | None, *, correct: Sequence[str] = (), limits: Limits | None = None
) -> Callable[[str], Recording]:
    """Return what loads a recording: corrected, and at another sampling rate, where that was asked for."""
    if resample_hz is None and not correct:
        return dataset.load

    def load(record_id: str) -> Recording:
        recording = dataset.load(record_id)
        if correct:
            recording = corrected(recording, correct, limits or Limits())
        return recording if resample_hz is None else resampled(recording, resample_hz)

    return load


def corrected(recording: Recording, asked: Sequence[str], limits: Limits) -> Recording:
    """Return a recording without the flaws that were asked to be undone, and say in `changes` which these were."""
    flaws = examine(
        signal=recording.signal,
        leads=recording.leads,
        sampling_rate_hz=recording.sampling_rate_hz,
        units=recording.units,
        limits=limits,
    )
    corrections = corrections_of(flaws, asked)
    if not corrections:
        return recording
    signal = undone(recording.signal, recording.leads, corrections).astype(np.float32)
    return replace(recording, signal=signal, changes=(*recording.changes, *(c.words for c in corrections)))


def resampled(recording: Recording, target_rate_hz: float) -> Recording:
    """Return a recording at another sampling rate; where a sample was missing, those that take its place are missing.

    Raises
    ------
    ArgumentError
        When the two rates have no simple ratio.
    """
    if recording.sampling_rate_hz == target_rate_hz or not recording.signal.size:
        return recording
    missing = np.isnan(recording.signal)
    signal = resample(
        signal=_filled(recording.signal, missing),
        sampling_rate_hz=recording.sampling_rate_hz,
        target_rate_hz=target_rate_hz,
    ).astype(np.float32)
    if missing.any():
        nearest = np.rint(np.arange(len(signal)) * (recording.sampling_rate_hz / target_rate_hz)).astype(np.intp)
        signal[missing[np.minimum(nearest, len(missing) - 1)]] = np.nan
    return replace(recording, signal=signal, sampling_rate_hz=float(target_rate_hz))


def _filled(signal: NDArray[np.float32], missing: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Return the signal with straight lines over its gaps, since a filter would spread a missing sample over all."""
    if not missing.any():
        return signal
    filled = signal.copy()
    at = np.arange(len(signal))
    for lead in np.flatnonzero(missing.any(axis=0)):
        gap = missing[:, lead]
        filled[gap, lead] = 0.0 if gap.all() else np.interp(at[gap], at[~gap], signal[~gap, lead])
    return filled
