"""Practices that are given help one after the other: how many show that it does something.

Every practice reads in every period, and is helped from its step on. What is left of time and of practices decides the
effect (Hussey and Hughes, Contemp Clin Trials 2007;28:182-191); a practice may change from period to period, and a
reader comes back in each (Hooper, Teerenstra, de Hoop and Eldridge, Stat Med 2016;35:4718-4728). Practices read the
same ECGs in a period, so that how hard those are is part of the period, and does not blur the effect.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt

import numpy as np
from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_at_least, check_between, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent

_METHOD = "stepped wedge, Hussey and Hughes 2007, Hooper et al. 2016, two-sided"
MOST_CLUSTERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WedgeValues:
    """What is assumed of a stepped wedge, but for its number of practices.

    Attributes
    ----------
    unaided, aided : float
        Shares right without and with help in the same period, in (0, 1), different.
    steps : int
        Times at which practices are given help, 2 or more; there is one period more.
    readers : int
        Readers of a practice, 1 or more.
    cases : int
        ECGs that count, of a reader in a period, 1 or more.
    icc : float
        Correlation of being right between two readers of one practice in one period, in [0, 1).
    autocorrelation : float
        Of a practice with itself in another period, in [0, 1]; 1 where practices do not change.
    reader_icc : float
        What the correlation of two readings by one reader exceeds `icc` by, in [0, 1); both together below 1.
    """

    unaided: float
    aided: float
    steps: int
    readers: int
    cases: int
    icc: float
    autocorrelation: float = 1.0
    reader_icc: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what lies outside the method."""
        who = "WedgeValues"
        check_between(who, 0, 1, unaided=self.unaided, aided=self.aided)
        if self.unaided == self.aided:
            raise ArgumentError(who, "aided", "other than unaided", self.aided, "No size shows a difference of 0.")
        check_whole(who, 2, steps=self.steps)
        check_whole(who, 1, readers=self.readers, cases=self.cases)
        check_at_least(who, 0, icc=self.icc, reader_icc=self.reader_icc, autocorrelation=self.autocorrelation)
        if self.autocorrelation > 1:
            raise ArgumentError(who, "autocorrelation", "in [0, 1]", self.autocorrelation)
        if self.icc + self.reader_icc >= 1:
            raise ArgumentError(who, "icc and reader_icc", "below 1 together", self.icc + self.reader_icc)

    @property
    def variance(self) -> float:
        """Variance of an answer: the mean of p (1 - p) without and with help."""
        return (self.unaided * (1 - self.unaided) + self.aided * (1 - self.aided)) / 2

    @property
    def lasting(self) -> float:
        """Variance of a practice's mean that it keeps from period to period: its own, and its readers'."""
        return self.variance * (self.icc * self.autocorrelation + self.reader_icc / self.readers)

    @property
    def passing(self) -> float:
        """Variance of a practice's mean that is another one in each period."""
        single = (1 - self.icc - self.reader_icc) / (self.readers * self.cases)
        return self.variance * (self.icc * (1 - self.autocorrelation) + single)


def wedge_effect_variance(*, clusters_of_steps: Sequence[int], lasting: float, passing: float) -> float:
    """Variance of the effect of help from the means of practices and periods, by weighted least squares.

    I s (s + T t) / [(I U - W) s + (U^2 + I T U - T W - I V) t] for I practices in T periods, s the variance that
    passes and t the one that lasts; U counts practices and periods with help, W adds the squares of that count by
    period, V by practice (Hussey and Hughes 2007, equation 8).

    Parameters
    ----------
    clusters_of_steps : sequence of int
        Practices that are given help at each step, in order; there is one period more than steps.
    lasting, passing : float
        Variances of a practice's mean in a period, 0 or more; `passing` above 0.

    Returns
    -------
    float
        Above 0.

    Examples
    --------
    >>> round(wedge_effect_variance(clusters_of_steps=[5, 5], lasting=0.01, passing=0.066), 6)
    0.02947
    """
    per_step = np.asarray(clusters_of_steps, dtype=float)
    n_periods = len(per_step) + 1
    periods_helped = n_periods - 1 - np.arange(len(per_step))
    helped_in_period = np.concatenate([[0.0], np.cumsum(per_step)])
    i, u = per_step.sum(), float(per_step @ periods_helped)
    w, v = float(helped_in_period @ helped_in_period), float(per_step @ periods_helped**2)
    of_passing = (i * u - w) * passing
    of_lasting = (u**2 + i * n_periods * u - n_periods * w - i * v) * lasting
    return float(i * passing * (passing + n_periods * lasting) / (of_passing + of_lasting))


def stepped_wedge_power(*, values: WedgeValues, n_clusters: int, alpha: float = 0.05) -> Plan:
    """Say how probably a stepped wedge shows that help changes the share right.

    Phi(|aided - unaided| / SE - z), practices spread over the steps as evenly as can be.

    Parameters
    ----------
    values : WedgeValues
    n_clusters : int
        Practices, at least one a step.
    alpha : float
        Two-sided, in (0, 1).

    Returns
    -------
    Plan
        `n_clusters` practices, `n_readers` readers, and as `n_total` the ECGs that count, of all periods.
    """
    who = "stepped_wedge_power"
    check_between(who, 0, 1, alpha=alpha)
    check_whole(who, values.steps, n_clusters=n_clusters)
    effect = values.aided - values.unaided
    each, more = divmod(n_clusters, values.steps)
    per_step = [each + (step < more) for step in range(values.steps)]
    variance = wedge_effect_variance(clusters_of_steps=per_step, lasting=values.lasting, passing=values.passing)
    reach = abs(effect) / sqrt(variance)
    critical = float(special.ndtri(1 - alpha / 2))
    power = float(special.ndtr(reach - critical))
    return Plan(
        method=_METHOD,
        sentence=(
            f"{n_clusters} practices of {values.readers} readers, given help in {values.steps} steps, each reader with "
            f"{values.cases} ECGs that count in each of {values.steps + 1} periods, show a change from "
            f"{percent(values.unaided)} to {percent(values.aided)} with a probability of {percent(power)}."
        ),
        n_total=values.cases * (values.steps + 1),
        n_clusters=n_clusters,
        n_readers=n_clusters * values.readers,
        power=power,
        alpha=alpha,
        effect=effect,
        noncentrality=reach,
        critical_value=critical,
        inputs=asdict(values),
    )


def stepped_wedge_clusters(*, values: WedgeValues, power: float = 0.8, alpha: float = 0.05) -> Plan:
    """Give the fewest practices with which a stepped wedge shows that help changes the share right.

    Parameters
    ----------
    values, alpha
        As in `stepped_wedge_power`.
    power : float
        Wanted, in (alpha, 1).

    Returns
    -------
    Plan
        As `stepped_wedge_power` gives it; without a size, and with the reason, where a thousand are not enough.
    """
    check_between("stepped_wedge_clusters", alpha, 1, power=power)
    for n_clusters in range(values.steps, MOST_CLUSTERS + 1):
        # plainly the first that is enough: practices that do not divide into the steps may do a little worse
        plan = stepped_wedge_power(values=values, n_clusters=n_clusters, alpha=alpha)
        if plan.power is not None and plan.power >= power:
            return plan
    reason = f"{MOST_CLUSTERS} practices of {values.readers} readers do not reach a power of {percent(power)}"
    return Plan(method=_METHOD, sentence=f"No size: {reason}.", reason=reason, inputs=asdict(values))
