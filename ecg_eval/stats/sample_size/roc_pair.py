"""Cases for two ROC curves on the same cases: an algorithm and a reader, a reader without and with help.

The variances of the two areas and their covariance come from a pilot (DeLong) or from two binormal curves with the
correlation of their scores (Obuchowski and McClish, Stat Med 1997;16:1529-1542). They shrink in proportion to the
number of positive cases, in the pilot's mix of cases.
"""

from dataclasses import dataclass
from math import sqrt

from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive, check_sides, check_whole
from ecg_eval.stats.sample_size.auc_variance import binormal_auc_covariance, binormal_auc_variance
from ecg_eval.stats.sample_size.plan import Plan, percent, plan_by_positive, sided

NULLS = ("first", "alternative")
_METHOD = "two ROC curves on the same cases, Obuchowski and McClish 1997"


@dataclass(frozen=True, slots=True, kw_only=True)
class RocPair:
    """Two areas under ROC curves of the same cases, with how they vary.

    Attributes
    ----------
    difference : float
        First area minus second, not 0.
    variance_1, variance_2, covariance : float
        Of the areas, in a study with `n_positive` positive cases.
    n_positive : int
        Positive cases that the variances belong to; 1 where they are given for one case.
    controls_per_case : float
        Cases without the finding for each case with it, above 0.
    null : {"first", "alternative"}
        Variance of the difference if the areas were equal: 2 Var1 - 2 Cov, both curves as the first (Obuchowski and
        McClish, and pROC, where the order of the curves then matters), or Var1 + Var2 - 2 Cov, as under the
        alternative, which is the simple normal approximation.
    """

    difference: float
    variance_1: float
    variance_2: float
    covariance: float
    n_positive: int
    controls_per_case: float
    null: str = "first"

    def __post_init__(self) -> None:
        """Refuse variances that no pair of curves can have."""
        who = "RocPair"
        check_positive(who, variance_1=self.variance_1, variance_2=self.variance_2)
        check_positive(who, controls_per_case=self.controls_per_case, n_positive=self.n_positive)
        check_one_of(who, "null", self.null, NULLS)
        if self.difference == 0:
            raise ArgumentError(who, "difference", "other than 0", self.difference, "No size shows a difference of 0.")
        if min(self.null_variance, self.variance) <= 0:
            rule = "small enough that the difference of the areas has a variance above 0"
            raise ArgumentError(who, "covariance", rule, self.covariance)

    @classmethod
    def from_binormal(
        cls,
        *,
        difference: float,
        first: tuple[float, float],
        second: tuple[float, float],
        correlation_positive: float,
        correlation_negative: float,
        controls_per_case: float = 1.0,
        fpr_range: tuple[float, float] = (0.0, 1.0),
        null: str = "first",
    ) -> "RocPair":
        """Make the pair from two binormal curves TPR = Phi(a + b probit(FPR)), each given as (a, b).

        Parameters
        ----------
        difference : float
            Of the (partial) areas that the study should find; given apart, because planners round it.
        first, second : (float, float)
            Intercept and slope of the two curves.
        correlation_positive, correlation_negative : float in [-1, 1]
            Of the two scores within cases with and without the finding.
        controls_per_case : float
            Above 0.
        fpr_range : (float, float)
            False positive rates between which the areas are taken.
        null : {"first", "alternative"}
            As for the attribute.
        """
        r = controls_per_case
        return cls(
            difference=difference,
            variance_1=binormal_auc_variance(a=first[0], b=first[1], controls_per_case=r, fpr_range=fpr_range),
            variance_2=binormal_auc_variance(a=second[0], b=second[1], controls_per_case=r, fpr_range=fpr_range),
            covariance=binormal_auc_covariance(
                first=first,
                second=second,
                correlation_positive=correlation_positive,
                correlation_negative=correlation_negative,
                controls_per_case=r,
                fpr_range=fpr_range,
            ),
            n_positive=1,
            controls_per_case=r,
            null=null,
        )

    @property
    def null_variance(self) -> float:
        """Variance of the difference for one positive case, were the areas equal."""
        if self.null == "first":
            return self.n_positive * 2 * (self.variance_1 - self.covariance)
        return self.variance

    @property
    def variance(self) -> float:
        """Variance of the difference for one positive case."""
        return self.n_positive * (self.variance_1 + self.variance_2 - 2 * self.covariance)

    @property
    def inputs(self) -> dict[str, float | int | str]:
        """The assumptions, for a plan."""
        return {
            "difference": self.difference,
            "variance_1": self.variance_1,
            "variance_2": self.variance_2,
            "covariance": self.covariance,
            "pilot_positive": self.n_positive,
            "controls_per_case": self.controls_per_case,
            "null": self.null,
        }


def roc_pair_power(*, pair: RocPair, n_positive: int, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Say how probably two ROC curves on the same cases are shown to differ.

    Power = Phi{[sqrt(n) |d| - z_alpha sqrt(V0)] / sqrt(V)}, n positive cases; V0, V as in `RocPair`.
    Equal to pROC's power.roc.test for two curves.
    """
    check_between("roc_pair_power", 0, 1, alpha=alpha)
    check_sides("roc_pair_power", sides)
    check_whole("roc_pair_power", 1, n_positive=n_positive)
    reach = sqrt(n_positive) * abs(pair.difference) + special.ndtri(alpha / sides) * sqrt(pair.null_variance)
    power = float(special.ndtr(reach / sqrt(pair.variance)))
    return plan_by_positive(
        method=sided(_METHOD, sides),
        goal=f"show a difference of areas of {pair.difference:.3g} with a probability of {percent(power)}",
        exact=n_positive,
        controls_per_case=pair.controls_per_case,
        power=power,
        alpha=alpha,
        effect=pair.difference,
        inputs={**pair.inputs, "sides": sides},
    )


def roc_pair_required_cases(*, pair: RocPair, power: float = 0.8, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Give the cases that show two ROC curves to differ: n = [z_a sqrt(V0) + z_b sqrt(V)]^2 / d^2 positive cases."""
    check_between("roc_pair_required_cases", 0, 1, alpha=alpha)
    check_between("roc_pair_required_cases", alpha, 1, power=power)
    check_sides("roc_pair_required_cases", sides)
    needed = special.ndtri(power) * sqrt(pair.variance) - special.ndtri(alpha / sides) * sqrt(pair.null_variance)
    return plan_by_positive(
        method=sided(_METHOD, sides),
        goal=f"show a difference of areas of {pair.difference:.3g} with a probability of {percent(power)}",
        exact=float((needed / pair.difference) ** 2),
        controls_per_case=pair.controls_per_case,
        power=power,
        alpha=alpha,
        effect=pair.difference,
        inputs={**pair.inputs, "sides": sides},
    )


def roc_pair_required_alpha(*, pair: RocPair, n_positive: int, power: float = 0.8, sides: int = 2) -> Plan:
    """Give the type I error at which a number of positive cases has a power; `Plan.alpha` is that error."""
    check_between("roc_pair_required_alpha", 0, 1, power=power)
    check_sides("roc_pair_required_alpha", sides)
    check_whole("roc_pair_required_alpha", 1, n_positive=n_positive)
    gap = special.ndtri(power) * sqrt(pair.variance) - sqrt(n_positive) * abs(pair.difference)
    alpha = min(sides * float(special.ndtr(gap / sqrt(pair.null_variance))), 1.0)
    return plan_by_positive(
        method=sided(_METHOD, sides),
        goal=(
            f"show a difference of areas of {pair.difference:.3g} with a probability of {percent(power)} at a type I "
            f"error of {percent(alpha)}"
        ),
        exact=n_positive,
        controls_per_case=pair.controls_per_case,
        power=power,
        alpha=alpha,
        effect=pair.difference,
        inputs={**pair.inputs, "sides": sides},
    )
