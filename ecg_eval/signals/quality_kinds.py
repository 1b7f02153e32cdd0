"""The kinds of flaws that a recording may have, the limits that make them, and what follows from each by default.

The defaults leave out only what nobody could read, and flag the rest; a run's configuration may say otherwise.
"""

from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

Action = Literal["exclude", "flag", "note", "off"]

LIMB_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")
EXPECTED_LEADS = (*LIMB_LEADS, "V1", "V2", "V3", "V4", "V5", "V6")


class Kind(NamedTuple):
    """A kind of flaw.

    Attributes
    ----------
    action : "exclude", "flag", "note" or "off"
        What follows by default: the recording is left out; it stays and is marked; it stays and the flaw is written
        down only; it is not looked for.
    words : str
        What is wrong, after the names of the leads where there are any.
    """

    action: Action
    words: str


KINDS: dict[str, Kind] = {
    "no_signal": Kind("exclude", "no lead carries a signal (all flat or missing)"),
    "wrong_units": Kind("exclude", "amplitude not believable in the unit declared"),
    "missing_lead": Kind("flag", "missing"),
    "empty_lead": Kind("flag", "without any sample"),
    "missing_samples": Kind("flag", "with missing samples"),
    "flat_lead": Kind("flag", "flat"),
    "flat_stretch": Kind("flag", "flat for a while"),
    "clipped": Kind("flag", "clipped"),
    "padded": Kind("flag", "nothing recorded at an end (all leads constant)"),
    "short": Kind("flag", "shorter than it should be"),
    "amplitude": Kind("flag", "amplitude implausibly small or large: wrong gain or unit"),
    "lead_scale": Kind(
        "flag", "every lead has the same range: scaled lead by lead, so that amplitudes are no millivolts"
    ),
    "same_signal": Kind("flag", "with the same samples"),
    "mains_noise": Kind("flag", "with mains hum"),
    "baseline_wander": Kind("flag", "with baseline wander"),
    "muscle_noise": Kind("flag", "with muscle or other broadband noise"),
    "sampling_rate": Kind("flag", "faster or slower than a heart: wrong sampling rate"),
    "limb_leads": Kind("flag", "not related as limb leads are (Einthoven, Goldberger)"),
    "electrodes": Kind("flag", "electrodes exchanged"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is a flaw.

    Attributes
    ----------
    missing_share : float
        Share of a lead's samples that may be missing.
    flat_mv : float
        A lead is flat when its usual range within a second is smaller, or smaller than `flat_share` of that of the
        middle lead.
    flat_share : float
    flat_s : float
        Longest stretch that one lead may stay at one value.
    clipped_s : float
        Longest time in all that a lead may stand still at its highest or lowest value, in two or more places.
    padded_s : float
        Longest time that all leads may stay constant at an end.
    duration_s : float
        Shortest recording.
    duration_share : float
        Shortest recording as a share of the archive's usual duration, where it has one.
    smallest_mv, largest_mv : float
        Range within a second, median over time and leads, that an ECG may have. 0.25 and 5 lie outside everything in
        the 600 recordings that they were chosen on (0.48 to 3.5 mV) and tell most gains that are wrong by 10.
    unbelievable : float
        A range beyond those by this factor is a wrong unit (microvolts or volts taken for millivolts).
    mains_mv : float
        Amplitude at 50 or 60 Hz.
    wander_mv : float
        Range of the median of each second.
    muscle_mv : float
        Root mean square above 25 Hz between the complexes.
    clock_slow_octaves, clock_fast_octaves : float
        By how many octaves the heart may seem slow or fast at the sampling rate declared.
    exchange_probability : float
        From where on an exchange of electrodes is named.
    limb_mv : float
        Root mean square by which limb leads may miss their relations. Rounding leaves up to 0.001 in seven archives.
    """

    missing_share: float = 0.0
    flat_mv: float = 0.01
    flat_share: float = 0.02
    flat_s: float = 1.0
    clipped_s: float = 0.02
    padded_s: float = 0.5
    duration_s: float = 5.0
    duration_share: float = 0.95
    smallest_mv: float = 0.25
    largest_mv: float = 5.0
    unbelievable: float = 20.0
    mains_mv: float = 0.05
    wander_mv: float = 1.0
    muscle_mv: float = 0.05
    limb_mv: float = 0.005
    clock_slow_octaves: float = 0.7
    clock_fast_octaves: float = 0.55
    exchange_probability: float = 0.5


LIMITS = tuple(f.name for f in fields(Limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What would undo a flaw: each lead that it changed as a sum of the leads that are stored.

    Attributes
    ----------
    words : str
        What is undone, for `Recording.changes`: "left arm and right arm exchanged back".
    weights : tuple of (str, tuple of (str, float))
        Lead -> the stored leads that it is made of, with their weights.
    """

    words: str
    weights: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFinding:
    """One flaw of one recording.

    Attributes
    ----------
    kind : str
        A key of ``KINDS``.
    leads : tuple of str
        In the order of the recording; empty when it concerns the whole.
    value, limit : float
        Of the worst lead, in `unit`; NaN where nothing is measured.
    unit : str
    detail : str
        What more can be said, such as which leads have changed places.
    correction : Correction or None
        What would undo it, where one cause is far more probable than any other. Applied on request only.
    """

    kind: str
    leads: tuple[str, ...] = ()
    value: float = float("nan")
    limit: float = float("nan")
    unit: str = ""
    detail: str = ""
    correction: Correction | None = None

    @property
    def text(self) -> str:
        """Say it: "leads V1, V2 flat"."""
        named = f"{'lead' if len(self.leads) == 1 else 'leads'} {', '.join(self.leads)} " if self.leads else ""
        return f"{named}{KINDS[self.kind].words}{f': {self.detail}' if self.detail else ''}"
