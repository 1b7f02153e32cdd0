"""What is wrong with the samples themselves: not there, not moving, at the rail, too few."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.quality_kinds import EXPECTED_LEADS, Limits, QualityFinding

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
Bools = NDArray[np.bool_]

_LARGEST = 1e12  # beyond it a number is no voltage in any unit, but a mark for something else
_MEDIAN_OF = 50  # samples of a second tell its median
_PLATEAU = 3  # samples at the very highest or lowest value that are no coincidence of rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traces:
    """A recording as the checks need it.

    Attributes
    ----------
    signal : ndarray of float32, shape (n_leads, n_samples)
        Between constant ends; finite, the lead's median where a sample is missing. One lead after the other in memory.
        Sums over samples are taken in float64: those of float32 differ from processor to processor.
    is_number : ndarray of bool, shape (n_leads, n_samples)
        Where a sample is there.
    moves : ndarray of bool, shape (n_leads, n_samples - 1)
        Where the next sample is another.
    leads : tuple of str, length n_leads
    rate_hz : float
    in_mv : bool
    duration_s, padded_s : float
        Of the whole recording, and of its constant ends together.
    span : ndarray, shape (n_leads,)
        Range within a second, median over seconds.
    level : ndarray, shape (n_leads, n_seconds)
        Median of each second.
    empty, flat, usable : ndarray of bool, shape (n_leads,)
        Without any sample; without a signal; neither.
    """

    signal: Samples
    is_number: Bools
    moves: Bools
    leads: tuple[str, ...]
    rate_hz: float
    in_mv: bool
    duration_s: float
    padded_s: float
    span: Floats
    level: Floats
    empty: Bools
    flat: Bools

    @property
    def usable(self) -> Bools:
        """Leads that carry a signal."""
        return ~self.empty & ~self.flat

    def named(self, chosen: Bools) -> tuple[str, ...]:
        """Return the names of the chosen leads."""
        return tuple(lead for lead, is_chosen in zip(self.leads, chosen, strict=True) if is_chosen)


def traces_of(
    signal: NDArray[np.floating], leads: tuple[str, ...], rate_hz: float, *, in_mv: bool, limits: Limits
) -> Traces:
    """Return a recording as the checks need it."""
    with np.errstate(over="ignore", invalid="ignore"):
        x = np.ascontiguousarray(np.asarray(signal, dtype=np.float32).T)
        is_number = np.abs(x) < _LARGEST  # NaN is not
    if not is_number.all():
        x = _filled(x, is_number)
    moves = x[:, 1:] != x[:, :-1]
    duration_s = x.shape[1] / rate_hz
    first, last = _ends(moves)
    padded_s = duration_s - (last - first) / rate_hz
    if padded_s > limits.padded_s:
        x, is_number, moves = x[:, first:last], is_number[:, first:last], moves[:, first : max(last - 1, first)]
    else:
        padded_s = 0.0
    empty = np.asarray(~is_number.any(axis=1))
    constant = np.asarray(~moves.any(axis=1))
    span, level = _by_second(x, rate_hz)
    flat = ~empty & (constant | (span <= _flat_below(span[~empty & ~constant], in_mv, limits)))
    return Traces(
        signal=x,
        is_number=is_number,
        moves=moves,
        leads=leads,
        rate_hz=rate_hz,
        in_mv=in_mv,
        duration_s=duration_s,
        padded_s=padded_s,
        span=span,
        level=level,
        empty=empty,
        flat=flat,
    )


def sample_findings(traces: Traces, limits: Limits) -> list[QualityFinding]:
    """Return what is wrong with the samples of a recording."""
    if not traces.signal.size:
        what = "the signal has no sample" if traces.duration_s == 0 or not traces.leads else "constant throughout"
        return [QualityFinding(kind="no_signal", detail=what)]
    if not traces.usable.any():
        return [QualityFinding(kind="no_signal")]
    findings = _absent(traces, limits)
    if traces.flat.any():
        limit = _flat_below(traces.span[traces.usable], traces.in_mv, limits)
        findings.append(_worst("flat_lead", traces, traces.flat, -traces.span, -limit, "mV" if traces.in_mv else ""))
    stands_s, clipped_s = _longest_still(traces), _clipped(traces)
    still = traces.usable & (stands_s > limits.flat_s)
    if still.any():
        findings.append(_worst("flat_stretch", traces, still, stands_s, limits.flat_s, "s"))
    clipped = traces.usable & (clipped_s > limits.clipped_s)
    if clipped.any():
        findings.append(_worst("clipped", traces, clipped, clipped_s, limits.clipped_s, "s"))
    if traces.padded_s > 0:
        findings.append(QualityFinding(kind="padded", value=traces.padded_s, limit=limits.padded_s, unit="s"))
    if traces.duration_s < limits.duration_s:
        findings.append(QualityFinding(kind="short", value=traces.duration_s, limit=limits.duration_s, unit="s"))
    return findings


def _worst(kind: str, traces: Traces, chosen: Bools, values: Floats, limit: float, unit: str) -> QualityFinding:
    """Return a finding with the value of the lead that is furthest beyond the limit."""
    value = abs(float(values[chosen].max()))
    return QualityFinding(kind=kind, leads=traces.named(chosen), value=value, limit=abs(limit), unit=unit)


def _absent(traces: Traces, limits: Limits) -> list[QualityFinding]:
    findings = []
    missing = tuple(lead for lead in EXPECTED_LEADS if lead not in traces.leads)
    if missing:
        findings.append(QualityFinding(kind="missing_lead", leads=missing, value=len(missing), limit=0, unit="leads"))
    if traces.empty.any():
        findings.append(QualityFinding(kind="empty_lead", leads=traces.named(traces.empty)))
    gaps = 1 - traces.is_number.mean(axis=1)
    some = (gaps > limits.missing_share) & ~traces.empty
    if some.any():
        findings.append(_worst("missing_samples", traces, some, gaps, limits.missing_share, "share"))
    return findings


def _filled(x: Samples, is_known: Bools) -> Samples:
    """Return each lead with its median where a sample is missing, 0 where all are."""
    middle = [np.median(lead[there]) if there.any() else 0.0 for lead, there in zip(x, is_known, strict=True)]
    return np.where(is_known, x, np.array(middle, dtype=np.float32).reshape(-1, 1))


def _ends(moves: Bools) -> tuple[int, int]:
    """Return where the samples between ends at which no lead moves begin and stop."""
    places = np.flatnonzero(moves.any(axis=0))
    return (int(places[0]) + 1, int(places[-1]) + 1) if len(places) else (0, 0)


def _by_second(x: Samples, rate_hz: float) -> tuple[Floats, Floats]:
    """Return the usual range of each lead within a second, and its medians; less than two seconds are one block."""
    n_leads, n_samples = x.shape
    if not x.size:
        return np.zeros(n_leads), np.zeros((n_leads, 0))
    second = max(round(rate_hz), 1)
    n_blocks = max(n_samples // second, 1)
    size = min(second, n_samples)
    blocks = x[:, : n_blocks * size].reshape(n_leads, n_blocks, size)
    few = np.sort(blocks[:, :, :: max(size // _MEDIAN_OF, 1)], axis=2)
    span = np.median(blocks.max(axis=2).astype(float) - blocks.min(axis=2), axis=1)
    return np.asarray(span), few[:, :, few.shape[2] // 2].astype(float)


def _flat_below(spans: Floats, in_mv: bool, limits: Limits) -> float:
    """Return the range below which a lead is flat: absolutely in mV, otherwise beside the other leads.

    Where all leads are that small the unit is in question, not the leads.
    """
    if not spans.size:
        return 0.0
    relative = limits.flat_share * float(np.median(spans))
    return max(relative, min(limits.flat_mv, float(spans.max()) / 10)) if in_mv else relative


def _longest_still(traces: Traces) -> Floats:
    """Return the longest time that each lead stays at one value, in s."""
    still = np.zeros(len(traces.leads))
    last = traces.moves.shape[1]
    for k, moves in enumerate(traces.moves):
        places = np.concatenate([[-1], np.flatnonzero(moves), [last]])
        still[k] = np.diff(places).max() - 1
    return still / traces.rate_hz


def _clipped(traces: Traces) -> Floats:
    """Return how long each lead stands still at its highest and lowest value together, in s.

    One such place is no clipping (a pause of the recorder); two or more are.
    """
    clipped = np.zeros(len(traces.leads))
    for k, x in enumerate(traces.signal):
        runs = np.concatenate([_runs(np.flatnonzero(x == rail)) for rail in (x.max(), x.min())])
        if len(runs) > 1:
            clipped[k] = runs.sum() / traces.rate_hz
    return clipped


def _runs(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the lengths of runs of neighbouring places that are plateaus."""
    if len(places) < _PLATEAU:
        return np.empty(0, dtype=np.intp)
    lengths = np.diff(np.concatenate([[-1], np.flatnonzero(np.diff(places) > 1), [len(places) - 1]]))
    return np.asarray(lengths[lengths >= _PLATEAU])
