"""What is wrong with a recording, before anybody reads it: each flaw with its leads, its size and the limit it passed.

Whatever the array holds (no row, one lead, NaN, infinity), the answer is a list of findings, never an error.
Limits in mV are asked only of signals in mV: a z-score has neither a unit nor lead relations to keep.
"""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.signals._quality_beats import beats_of, rate_findings
from ecg_eval.signals._quality_noise import noise_findings
from ecg_eval.signals._quality_samples import Traces, sample_findings, traces_of
from ecg_eval.signals._quality_size import size_findings
from ecg_eval.signals.electrode_reversal import reversal_findings
from ecg_eval.signals.lead_relations import relation_findings
from ecg_eval.signals.quality_kinds import KINDS, Limits, QualityFinding

_ALIKE, _MOST = 0.01, 0.5  # recordings within 1 % are equally long; half of them make a duration usual


def examine(
    *,
    signal: NDArray[np.floating],
    leads: tuple[str, ...],
    sampling_rate_hz: float,
    units: str = "mV",
    limits: Limits | None = None,
) -> list[QualityFinding]:
    """Return every flaw of a recording, in the order of ``KINDS``.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
        NaN where missing; whatever else it holds is looked at, not refused.
    leads : tuple of str, length n_leads
        Standard spellings; leads that are none of the twelve are examined but not expected.
    sampling_rate_hz : float
    units : str
        "mV", or another for which no limit in mV is asked.
    limits : Limits or None
        None for the defaults.

    Raises
    ------
    ArgumentError
        When the shapes do not fit or the rate is not positive: mistakes of a caller, not of a recording.
    """
    if signal.ndim != 2 or signal.shape[1] != len(leads):
        raise ArgumentError("examine", "signal", f"of shape (n_samples, {len(leads)})", signal.shape)
    if not (np.isfinite(sampling_rate_hz) and sampling_rate_hz > 0):
        raise ArgumentError("examine", "sampling_rate_hz", "positive", sampling_rate_hz)
    limits = limits or Limits()
    traces = traces_of(signal, leads, float(sampling_rate_hz), in_mv=units == "mV", limits=limits)
    findings = sample_findings(traces, limits)
    if traces.usable.any():
        findings += _meaning(traces, limits)
    places = {kind: i for i, kind in enumerate(KINDS)}
    return sorted(findings, key=lambda f: places[f.kind])


def _meaning(traces: Traces, limits: Limits) -> list[QualityFinding]:
    """Return what is wrong with samples that are there: their size, noise, and what the leads say of one another."""
    findings = size_findings(traces, limits)
    if not traces.in_mv or any(f.kind in ("wrong_units", "lead_scale") for f in findings):
        return findings
    findings += [*noise_findings(traces, limits), *relation_findings(traces, limits)]
    view = beats_of(traces)
    if view is not None or all(f.kind != "muscle_noise" for f in findings):
        findings += rate_findings(traces, view, limits)
    if all(f.kind not in ("sampling_rate", "limb_leads") for f in findings):
        findings += reversal_findings(traces, view, limits)
    return findings


def shorter_than_usual(durations_s: NDArray[np.float64], limits: Limits) -> list[QualityFinding | None]:
    """Return which recordings of an archive are shorter than it usually has them.

    Parameters
    ----------
    durations_s : ndarray, shape (n_recordings,)
        Where fewer than half of them are within 1 % of their median, none is usual and none too short.
    limits : Limits
        Of which `duration_share`, the least part of the usual duration, is asked.

    Returns
    -------
    list of QualityFinding or None, length n_recordings
    """
    if not len(durations_s):
        return []
    usual = float(np.median(durations_s))
    if np.mean(np.abs(durations_s - usual) <= _ALIKE * usual) < _MOST:
        return [None] * len(durations_s)
    limit = limits.duration_share * usual
    return [
        QualityFinding(kind="short", value=float(s), limit=limit, unit="s") if s < limit else None for s in durations_s
    ]
