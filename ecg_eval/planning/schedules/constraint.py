"""One constraint of a schedule, and how often it holds."""

from dataclasses import dataclass

# strict ones make the study another one; the others are relaxed by a few where nothing better can be
STRICT = (
    *("ids", "key", "readers", "everything_read", "one_arm", "at_once", "help_stays", "practice_together"),
    *("washout", "session_length", "calendar", "order", "study_days", "repeats"),
)
BALANCES = ("arms_balanced", "order_balanced", "ecgs_balanced", "parts_balanced", "sessions_balanced", "arms_alike")
KINDS = (*STRICT, *BALANCES)


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """Whether a constraint holds.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    n_broken, n : int
        Where it does not hold, of where it was looked at: readings, readers, sessions or counts, as the kind says.
    worst : str
        The first or worst places; empty where it holds. Of the washout, the fewest days; of the study, its days.
    """

    kind: str
    n_broken: int
    n: int
    worst: str = ""

    @property
    def holds(self) -> bool:
        """Whether it holds everywhere."""
        return self.n_broken == 0

    @property
    def is_strict(self) -> bool:
        """Whether a schedule that breaks it is wrong; the others are balances, which are relaxed."""
        return self.kind in STRICT
