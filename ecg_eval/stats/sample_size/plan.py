"""The form in which an answer about a study to come leaves this package.

A plan is arithmetic on assumptions, not an observation: it has no interval, and it is right only as far as the planning
values are. So the assumptions travel with it (`inputs`), and one sentence says in plain words what follows from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, isfinite

from ecg_eval.errors import ArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a study of a given size can show, or which size shows what is wanted.

    Attributes
    ----------
    method : str
        Formula and source, in words that a protocol could print.
    sentence : str
        The answer in plain words, for a study lead.
    n_total, n_positive, n_negative : int or None
        Cases: in all, with and without the finding; whole numbers, at least 1. None where the question has no such
        number, or where no size reaches the power (then `reason` is given).
    n_positive_exact, n_negative_exact, n_total_exact : float or None
        The same before rounding up.
    n_readers : int or None
        Readers in all (in each arm where readers are nested in arms).
    n_clusters : int or None
        Patients, where several recordings of a patient enter.
    n_independent : int or None
        Cases (or positive units) that would be enough were they independent of each other.
    n_recruited, n_readers_recruited : int or None
        Cases and readers to start with, to have enough after the losses planned for.
    power : float or None
        Probability, in [0, 1], that the study of this (rounded) size finds the effect assumed.
    alpha : float or None
        Type I error in (0, 1) of the test planned; two-sided unless `method` says one-sided.
    effect : float or None
        The difference (or the smallest detectable value) that power and size refer to, on the metric's own scale.
    half_width : float or None
        Half the width of the interval to be expected, for plans by precision.
    noncentrality, df_numerator, df_denominator, critical_value : float or None
        Of the reference distribution of the test.
    design_effect : float
        Variance of the clustered sample over that of a simple one of the same size, at least 0; 1 = no clustering.
    inputs : mapping of str to float, int or str
        Every assumption that went in.
    reason : str or None
        Why there is no size or no power.
    """

    method: str
    sentence: str
    n_total: int | None = None
    n_positive: int | None = None
    n_negative: int | None = None
    n_total_exact: float | None = None
    n_positive_exact: float | None = None
    n_negative_exact: float | None = None
    n_readers: int | None = None
    n_clusters: int | None = None
    n_independent: int | None = None
    n_recruited: int | None = None
    n_readers_recruited: int | None = None
    power: float | None = None
    alpha: float | None = None
    effect: float | None = None
    half_width: float | None = None
    noncentrality: float | None = None
    df_numerator: float | None = None
    df_denominator: float | None = None
    critical_value: float | None = None
    design_effect: float = 1.0
    inputs: Mapping[str, float | int | str] = field(default_factory=dict)
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that would be read as an answer and are none."""
        for name in (
            "n_total",
            "n_positive",
            "n_negative",
            "n_readers",
            "n_clusters",
            "n_independent",
            "n_recruited",
            "n_readers_recruited",
        ):
            count = getattr(self, name)
            if count is not None:
                object.__setattr__(self, name, int(count))
        for name in (
            "n_total_exact",
            "n_positive_exact",
            "n_negative_exact",
            "power",
            "alpha",
            "effect",
            "half_width",
            "noncentrality",
            "df_numerator",
            "df_denominator",
            "critical_value",
            "design_effect",
        ):
            number = getattr(self, name)
            if number is None:
                continue
            if not isfinite(number):
                raise ArgumentError("Plan", name, "a finite number or None", number, "Use None and say why in reason.")
            object.__setattr__(self, name, float(number))

    @property
    def is_defined(self) -> bool:
        """Whether the question has an answer."""
        return self.reason is None

    def __str__(self) -> str:
        """Give the sentence."""
        return self.sentence


def percent(share: float) -> str:
    """Write a share of one as a percentage for a sentence.

    Examples
    --------
    >>> percent(0.8), percent(0.025), percent(0.8005)
    ('80 %', '2.5 %', '80 %')
    """
    return f"{100 * share:.3g} %"


def with_and_without(n_positive: int, n_negative: int) -> str:
    """Write how many cases have the finding and how many do not."""
    return f"{n_positive} cases with and {n_negative} without the finding"


def sided(method: str, sides: int) -> str:
    """Add the sides of the test to the name of a method."""
    return f"{method}, {'two' if sides == 2 else 'one'}-sided"


def round_up(size: float) -> int:
    """Round a size up, forgiving the last digits that arithmetic leaves behind.

    Examples
    --------
    >>> round_up(29.1), round_up(30.000000000001), round_up(0.2)
    (30, 30, 1)
    """
    return max(1, ceil(size * (1 - 1e-12)))


def plan_by_positive(
    *,
    method: str,
    goal: str,
    exact: float,
    controls_per_case: float,
    power: float | None,
    alpha: float,
    effect: float,
    inputs: Mapping[str, float | int | str],
) -> Plan:
    """Make the plan of a size that counts positive cases, with its controls."""
    n_positive = round_up(exact)
    n_negative = round_up(n_positive * controls_per_case)
    return Plan(
        method=method,
        sentence=f"{with_and_without(n_positive, n_negative)} {goal}.",
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        n_positive_exact=exact,
        n_negative_exact=exact * controls_per_case,
        n_total_exact=exact * (1 + controls_per_case),
        power=power,
        alpha=alpha,
        effect=effect,
        inputs=inputs,
    )
