"""What a reader of rules looked at to give its answer: a measurement beside the limit that it was held against."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One measurement beside its limit.

    Attributes
    ----------
    measure : str
        What was measured, its unit at the end of its first word, then the lead where there is one ("qrs_ms",
        "q_mv V6"); several joined by signs where it was made of them ("s_mv V1 + r_mv V5").
    value, limit : float
    asks_above : bool
        Whether the criterion is a value above the limit; else one below.
    degree : float
        How surely it is met, 0 to 1; one half is on the limit.
    """

    measure: str
    value: float
    limit: float
    asks_above: bool
    degree: float

    @property
    def is_met(self) -> bool:
        """Whether the value lies on the side of the limit that the criterion asks for."""
        return self.degree >= 0.5
