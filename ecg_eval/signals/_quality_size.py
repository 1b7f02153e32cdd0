"""Whether amplitudes can be what their unit says, and whether leads are leads of their own."""

from itertools import combinations

import numpy as np

from ecg_eval.signals._quality_samples import Floats, Traces
from ecg_eval.signals.quality_kinds import Limits, QualityFinding

_SAME_RANGE = 0.005  # relative; no two leads of a heart are that alike by chance, let alone six
_ENOUGH_LEADS = 6


def size_findings(traces: Traces, limits: Limits) -> list[QualityFinding]:
    """Return implausible amplitudes, leads scaled one by one, and copies of a lead."""
    findings = _copies(traces)
    if not traces.in_mv:
        return findings
    size = float(np.median(traces.span[traces.usable]))
    low, high = limits.smallest_mv, limits.largest_mv
    if not low <= size <= high:
        limit = low if size < low else high
        far = not low / limits.unbelievable <= size <= high * limits.unbelievable
        finding = QualityFinding(
            kind="wrong_units" if far else "amplitude", value=size, limit=limit, unit="mV", detail=_probably(size)
        )
        findings.append(finding)
    spread = _spread(traces)
    if spread < _SAME_RANGE:
        findings.append(QualityFinding(kind="lead_scale", value=spread, limit=_SAME_RANGE, unit="share"))
    return findings


def _probably(size: float) -> str:
    """Return which power of ten would make the size usual (1.1 mV): "as if 1000 times too large"."""
    power = round(np.log10(size / 1.1)) if size > 0 else 0
    if power == 0:
        return ""
    causes = {3: ", microvolts taken for millivolts", -3: ", volts taken for millivolts"}.get(power, "")
    return f"as if {10 ** abs(power):g} times too {'large' if power > 0 else 'small'}{causes}"


def _spread(traces: Traces) -> float:
    """Return by how much the leads' ranges, or their standard deviations, differ: the less of the two, relative."""
    if traces.usable.sum() < _ENOUGH_LEADS:
        return np.inf
    x = traces.signal[traces.usable].astype(float)
    return min(_relative(np.ptp(x, axis=1)), _relative(x.std(axis=1)))


def _relative(values: Floats) -> float:
    return float(np.ptp(values) / values.max()) if values.max() > 0 else np.inf


def _copies(traces: Traces) -> list[QualityFinding]:
    x, usable = traces.signal, np.flatnonzero(traces.usable)
    middles = x[:, x.shape[1] // 2]
    pairs = [
        (traces.leads[i], traces.leads[j])
        for i, j in combinations(usable, 2)
        if middles[i] == middles[j] and np.array_equal(x[i], x[j])
    ]
    return [QualityFinding(kind="same_signal", leads=pair) for pair in pairs]
