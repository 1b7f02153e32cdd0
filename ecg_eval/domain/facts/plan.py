"""The analysis plan that was locked before a run, and where the run departs from it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """A locked plan, seen from a run.

    Attributes
    ----------
    locked_at : str
        Date and time, UTC, ISO 8601.
    sha256 : str
        Of the locked choices.
    departures : tuple of str
        Choices of the run that are not those that were locked, each with both values.
    """

    locked_at: str
    sha256: str
    departures: tuple[str, ...] = ()
