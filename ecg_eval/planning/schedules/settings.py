"""What a schedule is asked to be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from math import ceil

from ecg_eval.errors import ArgumentError, InputFileError, suggestion
from ecg_eval.stats.allotment.designs import DESIGNS, READ_TWICE

WHO = "plan schedule"
_LEAST = {
    "washout_days": 0,
    "session_ecgs": 1,
    "session_every_days": 1,
    "period_days": 0,
    "study_days": 1,
    "repeats": 0,
    "blocks": 2,
    "steps": 2,
    "seed": 0,
}
# as the command line calls them, where that is not the name with dashes
_OPTIONS = {"washout_days": "--washout", "session_ecgs": "--session", "session_every_days": "--every"}


def option(name: str, value: object = "") -> str:
    """Return what the command line calls a setting, with a value where one is given: "--washout 28"."""
    return f"{_OPTIONS.get(name, '--' + name.replace('_', '-'))} {value}".rstrip()


def works(*plans: str) -> str:
    """Return the sentence that names the nearest plans that work."""
    return f"The nearest plan that works: {', or '.join(plan for plan in plans if plan)}."


@dataclass(frozen=True, kw_only=True)
class ScheduleSettings:
    """What is asked of a schedule.

    Attributes
    ----------
    design : str
        One of ``stats.allotment.designs.DESIGNS``.
    washout_days : int
        Days between a reader's two readings of an ECG, at least; 28 where not said. Sequential readings have none.
    session_ecgs : int
        ECGs of a session, at most.
    session_minutes : float or None
        A session's length in place of a number of ECGs; `seconds_per_ecg` turns it into one.
    seconds_per_ecg : float
        How long an ECG takes.
    session_every_days : int
        Days from one session of a reader to the next.
    period_days : int
        Days from one period's start to the next one's, at least; 0 for as soon as it may be.
    start : date or None
        Of the first session; without it the schedule has days and no dates.
    study_days : int or None
        Days that the whole study may take.
    repeats : int
        ECGs that each reader reads once more in the same arm, in a period of their own, for repeatability.
    blocks : int or None
        Of a split plot; three where there are six readers, else two.
    steps : int or None
        Of a stepped wedge: groups of practices that are given help together; one a practice where not said.
    balance : tuple of str
        Columns of the cases that must be balanced; empty for every column that can be.
    seed : int
    """

    design: str = "crossover"
    washout_days: int = 28
    session_ecgs: int = 50
    session_minutes: float | None = None
    seconds_per_ecg: float = 60.0
    session_every_days: int = 1
    period_days: int = 0
    start: date | None = None
    study_days: int | None = None
    repeats: int = 0
    blocks: int | None = None
    steps: int | None = None
    balance: tuple[str, ...] = ()
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what no schedule can be."""
        if self.design not in DESIGNS:
            rule = f"one of {', '.join(DESIGNS)}"
            raise ArgumentError(WHO, "design", rule, self.design, suggestion(self.design, DESIGNS))
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ArgumentError(WHO, option(name), f"{least} or more", value, works(option(name, least)))
        if not self.seconds_per_ecg > 0:
            remedy = "It is how long an ECG takes, 60 where not said."
            raise ArgumentError(WHO, option("seconds_per_ecg"), "above 0", self.seconds_per_ecg, remedy)
        if self.session_minutes is not None and not self.session_minutes * 60 >= self.seconds_per_ecg:
            rule = f"long enough for one ECG of {self.seconds_per_ecg:g} s"
            # rounded up to what can be typed
            remedy = works(option("session_minutes", f"{ceil(self.seconds_per_ecg / 0.6) / 100:g}"))
            raise ArgumentError(WHO, option("session_minutes"), rule, self.session_minutes, remedy)

    @property
    def ecgs_a_session(self) -> int:
        """ECGs of a session, at most."""
        if self.session_minutes is None:
            return self.session_ecgs
        return int(self.session_minutes * 60 // self.seconds_per_ecg)

    @property
    def has_washout(self) -> bool:
        """Whether a reader reads an ECG again in another period."""
        return self.design in READ_TWICE or self.repeats > 0

    def to_json(self) -> dict[str, object]:
        """Return the settings as JSON holds them."""
        start = None if self.start is None else self.start.isoformat()
        return {**asdict(self), "start": start, "balance": list(self.balance)}

    @classmethod
    def from_json(cls, stated: Mapping[str, object], *, who: str) -> "ScheduleSettings":
        """Return the settings that JSON says.

        Raises
        ------
        InputFileError
            For settings of another version, or none.
        """
        names = {f.name for f in fields(cls)}
        if not set(stated) <= names:
            remedy = "Make the schedule again with this version."
            raise InputFileError(who, "settings", f"among {', '.join(sorted(names))}", sorted(stated), remedy)
        values = dict(stated)
        balance, start = values.get("balance", ()), values.get("start")
        values["balance"] = tuple(map(str, balance)) if isinstance(balance, list) else ()
        values["start"] = None if start is None else date.fromisoformat(str(start))
        return cls(**values)  # type: ignore[arg-type] # checked by name above, by value in __post_init__
