"""From a value and its variance to an ``Estimate``: one place that says what is not estimable.

A variance of zero is an artefact of a sample that is too easy (every reader perfect, all readers alike), and a negative
one of an unbiased estimator in a small sample. Neither gives an interval; the reason is said.
"""

from dataclasses import dataclass, replace
from math import isfinite, sqrt

from scipy.special import expit, logit, ndtr, ndtri, stdtr, stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.study import StudyArrays

ZERO_VARIANCE = 1e-14  # figures of merit are of order 1; a standard error below 1e-7 is rounding, not information
MAXIMUM_DF = 1e12  # above it, the t distribution is the normal one to machine precision


def check_level(who: str, level: float) -> None:
    """Refuse a level that is no proportion."""
    if not 0 < level < 1:
        raise ArgumentError(who, "level", "between 0 and 1", level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the estimates of one analysis have in common.

    Attributes
    ----------
    method : str
        How the estimates were made.
    level : float
        Coverage aimed at.
    n, n_positive, n_clusters : int
        Cases, diseased ones (None where that has no meaning), patients.
    caution : str or None
        A reason to give with every estimate that has no other one.
    """

    method: str
    level: float
    n: int
    n_positive: int | None
    n_clusters: int
    caution: str | None = None

    @classmethod
    def of(cls, study: StudyArrays, *, method: str, level: float, caution: str | None = None) -> "Setting":
        """Count a study's cases."""
        return cls(
            method=method,
            level=level,
            n=int(study.truth.size),
            n_positive=int(study.truth.sum()),
            n_clusters=study.n_clusters,
            caution=caution,
        )

    def named(self, method: str) -> "Setting":
        """Return the same setting with another method."""
        return replace(self, method=method)

    def undefined(self, reason: str) -> Estimate:
        """Return the estimate that cannot be computed."""
        return Estimate.undefined(
            reason=reason,
            method=self.method,
            n=self.n,
            level=self.level,
            n_positive=self.n_positive,
            n_clusters=self.n_clusters,
        )

    def estimate(
        self,
        value: float,
        variance: float,
        *,
        df: float | None = None,
        null: float | None = None,
        bounds: tuple[float, float] | None = None,
    ) -> Estimate:
        """Make an estimate with a symmetric interval.

        Parameters
        ----------
        value, variance : float
            NaN where they are undefined.
        df : float, optional
            Of the t distribution; the normal one without it.
        null : float, optional
            Value that the two-sided test is against; no test without it.
        bounds : (float, float), optional
            The interval is cut at these.
        """
        if not isfinite(value):
            return self.undefined("the figure of merit is undefined: a class of cases is empty")
        if df is not None and not df < MAXIMUM_DF:
            df = None
        problem = no_interval_reason(variance)
        if problem is not None:
            return self._bare(value, problem, variance)
        error = sqrt(variance)
        reach = error * two_sided_quantile(self.level, df)
        low, high = value - reach, value + reach
        if bounds is not None:
            low, high = max(low, bounds[0]), min(high, bounds[1])
        statistic = None if null is None else (value - null) / error
        return replace(
            self._bare(value, self.caution, variance),
            low=low,
            high=high,
            df=df,
            statistic=statistic,
            p_value=None if statistic is None else two_sided_p(statistic, df),
        )

    def without_interval(self, value: float, reason: str) -> Estimate:
        """Return a value whose uncertainty cannot be told, with the reason why; undefined where the value is NaN."""
        return self._bare(value, reason, float("nan")) if isfinite(value) else self.estimate(value, 0.0)

    def _bare(self, value: float, reason: str | None, variance: float) -> Estimate:
        return Estimate(
            value=value,
            level=self.level,
            method=self.method,
            n=self.n,
            n_positive=self.n_positive,
            n_clusters=self.n_clusters,
            standard_error=sqrt(variance) if isfinite(variance) and variance > ZERO_VARIANCE else None,
            reason=reason,
        )


def on_logit_scale(estimate: Estimate, bounds: tuple[float, float]) -> Estimate:
    """Return the estimate with its interval made on the logit scale between bounds, and so always inside them.

    With p the value's place between the bounds: logit p +- quantile x SE(p) / [p (1 - p)], carried back.
    """
    if estimate.value is None or estimate.low is None or estimate.standard_error is None:
        return estimate
    low, width = bounds[0], bounds[1] - bounds[0]
    place = (estimate.value - low) / width
    reach = two_sided_quantile(estimate.level, estimate.df) * estimate.standard_error / (width * place * (1 - place))
    ends = [low + width * float(expit(logit(place) + side * reach)) for side in (-1, 1)]
    return replace(estimate, low=ends[0], high=ends[1], method=f"{estimate.method}, logit interval")


def no_interval_reason(variance: float) -> str | None:
    """Say why a variance gives no interval, or None where it gives one."""
    if not isfinite(variance):
        return "the variance is undefined: too few cases or readers to leave one out"
    if variance < -ZERO_VARIANCE:
        return "the variance estimate is negative, so it is not estimable from this sample"
    if variance <= ZERO_VARIANCE:
        return "the variance estimate is zero, an artefact of this sample and not certainty"
    return None


def two_sided_p(statistic: float, df: float | None) -> float:
    """Return the two-sided p-value of a t (or normal) statistic."""
    return float(2 * (ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))))


def two_sided_quantile(level: float, df: float | None) -> float:
    """Return the value that a t (or normal) variable exceeds in size with probability 1 - level."""
    tail = (1 + level) / 2
    return float(ndtri(tail) if df is None else stdtrit(df, tail))
