"""What an adjudicator's answers changed: truths, and the numbers that rest on them."""

from dataclasses import dataclass

from ecg_eval.stats.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class MovedNumber:
    """One estimate before and after.

    Attributes
    ----------
    metric, reader, reader_kind, arm, finding : str
        As the evaluation has them.
    is_group, pre_specified : bool
    before, after : Estimate
    """

    metric: str
    reader: str
    reader_kind: str
    arm: str
    finding: str
    is_group: bool
    pre_specified: bool
    before: Estimate
    after: Estimate

    @property
    def change(self) -> float | None:
        """After minus before; None where one of them cannot be computed."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value


@dataclass(frozen=True, kw_only=True)
class ChangedTruths:
    """How often the truth of one finding went from one value to another.

    Attributes
    ----------
    finding : str
    before, after : str
        "present", "absent" or "unknown".
    n : int
    """

    finding: str
    before: str
    after: str
    n: int


@dataclass(frozen=True, kw_only=True)
class AdjudicationFacts:
    """What came of an adjudication.

    Attributes
    ----------
    n_answered, n_blank, n_strange, n_confirmed : int
        Answers about readings of the study; rows left blank; answers about nothing of the study; answers that say what
        stood there already.
    changed : tuple of ChangedTruths
    moved : tuple of MovedNumber
    """

    n_answered: int
    n_blank: int
    n_strange: int
    n_confirmed: int
    changed: tuple[ChangedTruths, ...]
    moved: tuple[MovedNumber, ...]

    @property
    def n_changed(self) -> int:
        """Truths that are others now."""
        return sum(change.n for change in self.changed)
