"""Ways of damaging a recording on purpose, each with the kind of flaw that it makes."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.recording import Recording
from ecg_eval.signals._quality_beats import INDEPENDENT_LEADS
from ecg_eval.signals.electrode_reversal import exchanges
from ecg_eval.signals.lead_relations import LIMB_VIEWS

Floats = NDArray[np.float64]
Rng = np.random.Generator
Change = Callable[[Recording, Rng], Recording]

_WANDER_HZ = (0.12, 0.4)


class Damage(NamedTuple):
    """One way of damaging a recording: the kind of flaw it makes, how bad, how it is done, and what should be said."""

    kind: str
    how: str
    apply: Callable[[Recording, Rng], Recording]
    said: str = ""


def one_lead(change: Callable[..., Floats], **settings: float) -> Change:
    """Damage one chest lead, drawn at random."""

    def apply(r: Recording, rng: Rng) -> Recording:
        signal = r.signal.astype(float)
        lead = r.leads.index(f"V{rng.integers(1, 7)}")
        signal[:, lead] = change(signal[:, lead], r.sampling_rate_hz, rng, **settings)
        return replace(r, signal=signal.astype(np.float32))

    return apply


def whole(change: Callable[[Floats], Floats]) -> Change:
    """Damage all leads."""
    return lambda r, _: replace(r, signal=change(r.signal.astype(float)).astype(np.float32))


def times(factor: float) -> Change:
    """Multiply all leads."""
    return whole(lambda x: x * factor)


def cut(seconds: float) -> Change:
    """Cut the recording."""
    return lambda r, _: replace(r, signal=r.signal[: round(seconds * r.sampling_rate_hz)])


def ended(seconds: float) -> Change:
    """Let a file's last seconds be zeros."""

    def apply(r: Recording, _: Rng) -> Recording:
        signal = r.signal.copy()
        signal[-round(seconds * r.sampling_rate_hz) :] = 0
        return replace(r, signal=signal)

    return apply


def constant(x: Floats, rate_hz: float, rng: Rng, *, level: float, mv: float) -> Floats:
    """Return a lead with nothing but its amplifier's noise."""
    return np.asarray(level + mv * rng.normal(size=len(x)))


def hold(x: Floats, rate_hz: float, rng: Rng, *, seconds: float) -> Floats:
    """Hold a lead at one value for a while."""
    n = round(seconds * rate_hz)
    first = int(rng.integers(0, len(x) - n))
    return np.concatenate([x[:first], np.full(n, x[first]), x[first + n :]])


def rail(x: Floats, rate_hz: float, rng: Rng, *, share: float) -> Floats:
    """Cut the lead's larger deflection to a share of it."""
    level = np.median(x)
    high, low = x.max() - level, level - x.min()
    cut_off = np.minimum(x, level + share * high) if high >= low else np.maximum(x, level - share * low)
    return np.asarray(cut_off)


def lost(x: Floats, rate_hz: float, rng: Rng, *, seconds: float) -> Floats:
    """Lose samples."""
    n = round(seconds * rate_hz)
    first = int(rng.integers(0, len(x) - n))
    return np.concatenate([x[:first], np.full(n, np.nan), x[first + n :]])


def hum(x: Floats, rate_hz: float, rng: Rng, *, hz: float, mv: float) -> Floats:
    """Add mains hum."""
    return np.asarray(x + mv * np.sin(2 * np.pi * (hz * np.arange(len(x)) / rate_hz + rng.random())))


def wander(x: Floats, rate_hz: float, rng: Rng, *, mv: float) -> Floats:
    """Add slow wander with this range."""
    phase = 2 * np.pi * (rng.uniform(*_WANDER_HZ) * np.arange(len(x)) / rate_hz + rng.random())
    return np.asarray(x + mv / 2 * np.sin(phase))


def noise(x: Floats, rate_hz: float, rng: Rng, *, mv: float) -> Floats:
    """Add white noise of this standard deviation."""
    return np.asarray(x + rng.normal(0, mv, len(x)))


def dropped(r: Recording, rng: Rng) -> Recording:
    """Leave a lead out of the file."""
    out = int(rng.integers(0, len(r.leads)))
    kept = [i for i in range(len(r.leads)) if i != out]
    return replace(r, signal=r.signal[:, kept], leads=tuple(r.leads[i] for i in kept))


def copied(r: Recording, rng: Rng) -> Recording:
    """Give a lead the samples of another."""
    signal = r.signal.copy()
    first, second = rng.choice(12, 2, replace=False)
    signal[:, first] = signal[:, second]
    return replace(r, signal=signal)


def swapped(r: Recording, rng: Rng) -> Recording:
    """Exchange two channels of the file, one of them a limb lead."""
    first = int(rng.integers(0, 6))
    second = int(rng.choice([i for i in range(12) if i != first]))
    order = np.arange(12)
    order[[first, second]] = order[[second, first]]
    return replace(r, signal=r.signal[:, order])


def limb_gain(factor: float) -> Change:
    """Multiply one limb lead."""

    def apply(r: Recording, rng: Rng) -> Recording:
        signal = r.signal.copy()
        signal[:, int(rng.integers(0, 6))] *= factor
        return replace(r, signal=signal)

    return apply


def rewired(change: Floats) -> Change:
    """Change the eight independent leads and derive the other four anew."""
    views = np.zeros((8, 12))
    views[:2, :6] = np.array([LIMB_VIEWS[lead] for lead in LIMB_VIEWS]).T
    views[2:, 6:] = np.eye(6)

    def apply(r: Recording, _: Rng) -> Recording:
        independent = r.signal[:, [r.leads.index(lead) for lead in INDEPENDENT_LEADS]]
        return replace(r, signal=(independent @ (change.T @ views)).astype(np.float32))

    return apply


def declared(rate_hz: float) -> Change:
    """Declare another sampling rate."""
    return lambda r, _: replace(r, sampling_rate_hz=rate_hz)


def damages() -> list[Damage]:
    """Return every way but exchanged electrodes."""
    return [
        Damage("missing_lead", "one lead not in the file", dropped),
        Damage("empty_lead", "one lead all NaN", one_lead(constant, level=np.nan, mv=0)),
        *(Damage("missing_samples", f"{s:g} s of a lead NaN", one_lead(lost, seconds=s)) for s in (0.02, 1.0)),
        Damage("flat_lead", "one lead at 0", one_lead(constant, level=0, mv=0)),
        Damage("flat_lead", "one lead with 2 µV of noise alone", one_lead(constant, level=0, mv=0.002)),
        *(
            Damage("flat_stretch", f"a lead stands still for {s:g} s", one_lead(hold, seconds=s))
            for s in (0.5, 1.5, 4.0)
        ),
        *(Damage("clipped", f"a lead cut at {p:.0%} of its peak", one_lead(rail, share=p)) for p in (0.9, 0.7, 0.4)),
        *(Damage("padded", f"last {s:g} s zeros", ended(s)) for s in (0.4, 1.0, 5.0)),
        *(Damage("short", f"cut after {s:g} s", cut(s)) for s in (9.0, 4.0)),
        Damage("wrong_units", "times 1000", times(1000), "microvolts taken"),
        Damage("wrong_units", "times 0.001", times(0.001), "volts taken"),
        *(Damage("amplitude", f"times {k:g}", times(k)) for k in (2, 0.5, 10, 0.1)),
        Damage("lead_scale", "each lead scaled to a range of 1", whole(lambda x: x / np.ptp(x, axis=0))),
        Damage("lead_scale", "each lead z-scored", whole(lambda x: (x - x.mean(axis=0)) / x.std(axis=0))),
        Damage("same_signal", "a lead copied onto another", copied),
        *(
            Damage("mains_noise", f"{mv:g} mV at {hz} Hz", one_lead(hum, hz=hz, mv=mv))
            for hz, mv in ((50, 0.03), (50, 0.1), (60, 0.1))
        ),
        *(Damage("baseline_wander", f"{mv:g} mV from low to high", one_lead(wander, mv=mv)) for mv in (0.5, 1.5, 3.0)),
        *(Damage("muscle_noise", f"{mv:g} mV (SD) of white noise", one_lead(noise, mv=mv)) for mv in (0.03, 0.1, 0.3)),
        *(
            Damage("sampling_rate", f"500 Hz declared as {hz:g}", declared(hz), "some 500 Hz")
            for hz in (100, 250, 400, 1000)
        ),
        Damage("limb_leads", "two channels exchanged, one a limb lead", swapped, "changed places"),
        Damage("limb_leads", "a limb lead inverted", limb_gain(-1), "inverted"),
        Damage("limb_leads", "a limb lead doubled", limb_gain(2), "2 times its size"),
        Damage("limb_leads", "a limb lead 5 % too large", limb_gain(1.05)),
    ]


def rewirings() -> list[Damage]:
    """Return every exchange of electrodes; one that takes in the right leg leaves 5 % of a lead, not nothing."""
    found = [Damage("electrodes", name, rewired(change)) for name, change in exchanges().items()]
    quiet = {
        "right arm and right leg": [[1.0, 0.0], [0.05, 0.0]],
        "left arm and right leg": [[1.0, 0.0], [1.0, 0.05]],
        "both arms and both legs": [[0.05, 0.0], [0.0, 1.0]],
    }
    for name, limbs in quiet.items():
        change = np.eye(8)
        change[:2, :2] = limbs
        found.append(Damage("electrodes", name, rewired(change)))
    return found
