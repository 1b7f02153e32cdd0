"""What became of the recordings before anybody read them: the flow, flaws of signals, tracings that are there twice."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FlowStep:
    """How many recordings took part up to one step.

    Attributes
    ----------
    step : str
        What was done, in words.
    records, patients : int
    """

    step: str
    records: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class FlawCount:
    """How many recordings show one kind of flaw.

    Attributes
    ----------
    action : str
        What followed: "exclude", "correct" (undone on request), "flag" or "note".
    kind : str
        A kind of ``signals.quality_kinds``.
    records : int
    """

    action: str
    kind: str
    records: int


@dataclass(frozen=True, kw_only=True)
class QualityPolicy:
    """What is looked for in a signal, and what follows from it.

    Attributes
    ----------
    actions : mapping of str to str
        Kind of flaw -> "exclude", "flag", "note" or "off".
    limits : mapping of str to float
        From where on something is a flaw, by name; the unit is in the name.
    """

    actions: Mapping[str, str]
    limits: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class QualityFacts:
    """What the gate in front of the readers did.

    Attributes
    ----------
    examined : int
        Recordings with a signal file.
    kept, kept_with_flag, excluded : int
        Their fates, which add up to `examined`.
    unreadable : int
        Of those excluded, the ones that could not be loaded at all.
    flaws : tuple of FlawCount
    policy : QualityPolicy
    """

    examined: int
    kept: int
    kept_with_flag: int
    excluded: int
    unreadable: int
    flaws: tuple[FlawCount, ...]
    policy: QualityPolicy


@dataclass(frozen=True, kw_only=True)
class RecordingFacts:
    """How recordings came to those who read them.

    Attributes
    ----------
    resampled_to_hz : float or None
        None where they were read at the rate at which they were recorded.
    cache : str
        What could not be packed, and why; empty where all is well.
    """

    resampled_to_hz: float | None
    cache: str


@dataclass(frozen=True, kw_only=True)
class TracingFacts:
    """Which tracings were read, whatever their ids say.

    Attributes
    ----------
    records : int
    sha256 : str
        Digest of all of them.
    copies : int
        Records whose tracing was met before among those read.
    copies_of_another_patient : int
        Those of them that bear another patient's id.
    """

    records: int
    sha256: str
    copies: int
    copies_of_another_patient: int
