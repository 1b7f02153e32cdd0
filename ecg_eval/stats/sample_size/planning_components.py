"""What readers are assumed to be like before any pilot, as variance components.

An expected range of the accuracies of J readers becomes a standard deviation through the mean range of J normal values;
correlations that were typical of published studies (Rockette et al., Acad Radiol 1999;6:723-729) do the rest. The
variance of one reader's accuracy is a part from cases, sigma_c^2 = V / n (n positive cases), and a part from rereading,
sigma_w^2.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import integrate, special

from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive, check_whole
from ecg_eval.stats.sample_size.auc_variance import auc_variance_obuchowski

VARIANCES = ("auc", "proportion")
RANGE_RULES = ("normal", "quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPlanningValues:
    """What is assumed of the readers and of the metric, before any pilot.

    Attributes
    ----------
    expected : float
        Accuracy of the average reader, in (0, 1).
    effect : float
        Difference between the arms that the study should find, in (0, 1).
    inter_reader_range : float
        Best minus worst reader's accuracy that is expected among the readers of one arm, in (0, 1).
    intra_reader_range : float
        Difference that is expected between two readings of the same cases by one reader, in (0, 1).
    variance : {"auc", "proportion"}
        V: of an AUC (Obuchowski), or p (1 - p), for sensitivity and, as Blume's (2009) upper bound, for an AUC.
    controls_per_case : float
        Cases without the finding for each case with it, above 0.
    r1 : float
        Correlation of one reader's accuracies in the two arms on the same cases.
    r2, r3 : float
        The same for two readers in one arm, and for two readers in different arms.
    rb : float
        Correlation of the readers' true accuracies in the two arms; Var(TR) = sigma_b^2 (1 - rb).
    range_rule : {"normal", "quarter"}
        How a range becomes a standard deviation: through the mean range of so many normal values, or a quarter of it.
    n_readings : int
        K, readings of each case in each arm by each reader.
    n_sessions : int
        Readings that `intra_reader_range` spans.
    """

    expected: float
    effect: float
    inter_reader_range: float
    intra_reader_range: float
    variance: str = "auc"
    controls_per_case: float = 1.0
    r1: float = 0.47
    r2: float = 0.3
    r3: float = 0.3
    rb: float = 0.8
    range_rule: str = "normal"
    n_readings: int = 1
    n_sessions: int = 2

    def __post_init__(self) -> None:
        """Refuse what lies outside the method."""
        who = "ReaderPlanningValues"
        check_between(who, 0, 1, expected=self.expected, effect=self.effect, r1=self.r1, r2=self.r2, r3=self.r3)
        check_between(who, 0, 1, rb=self.rb, inter_reader_range=self.inter_reader_range)
        check_between(who, 0, 1, intra_reader_range=self.intra_reader_range)
        check_positive(who, controls_per_case=self.controls_per_case)
        check_one_of(who, "variance", self.variance, VARIANCES)
        check_one_of(who, "range_rule", self.range_rule, RANGE_RULES)
        check_whole(who, 1, n_readings=self.n_readings)
        check_whole(who, 2, n_sessions=self.n_sessions)

    @property
    def inputs(self) -> dict[str, float | int | str]:
        """The assumptions, for a plan."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedComponents:
    """Variance components that planning values amount to, on the metric's squared scale.

    Attributes
    ----------
    reader : float
        Var(R), from the inter-reader range.
    test_reader : float
        Var(TR) = Var(R) (1 - rb).
    within_reader : float
        sigma_w^2, from the intra-reader range.
    case : float
        sigma_c^2 = V / n.
    error, cov1, cov2, cov3 : float
        Var(error) = sigma_c^2 + sigma_w^2 and its products with r1, r2, r3.
    """

    reader: float
    test_reader: float
    within_reader: float
    case: float
    error: float
    cov1: float
    cov2: float
    cov3: float


def expected_normal_range(*, n: int) -> float:
    """Mean range of n independent standard normal values (d2 in quality control): 2 n int x phi(x) Phi(x)^(n-1) dx.

    Examples
    --------
    >>> round(expected_normal_range(n=2), 6), round(expected_normal_range(n=10), 6)
    (1.128379, 3.077505)
    """
    check_whole("expected_normal_range", 2, n=n)

    def integrand(x: float) -> float:
        return float(x * np.exp(-(x**2) / 2) * special.ndtr(x) ** (n - 1))

    # Phi^(n-1) is a step near its quantile for many values; splitting there keeps the quadrature exact
    step = float(special.ndtri(0.5 ** (1 / n)))
    area = (
        integrate.quad(integrand, -inf, step, epsabs=1e-13)[0] + integrate.quad(integrand, step, inf, epsabs=1e-13)[0]
    )
    return float(2 * n * area / np.sqrt(2 * np.pi))


def planned_components(*, values: ReaderPlanningValues, n_readers: int, n_positive: float) -> PlannedComponents:
    """Turn planning values into variance components for a number of positive cases (which need not be whole)."""
    check_whole("planned_components", 2, n_readers=n_readers)
    check_positive("planned_components", n_positive=n_positive)
    return components_given_case_part(values, n_readers, case_variance(values) / n_positive)


def components_given_case_part(values: ReaderPlanningValues, n_readers: int, case: float) -> PlannedComponents:
    """Turn ranges and correlations into components, given sigma_c^2."""
    if values.range_rule == "normal":
        sd_reader = values.inter_reader_range / expected_normal_range(n=n_readers)
        sd_within = values.intra_reader_range / expected_normal_range(n=values.n_sessions)
    else:
        sd_reader, sd_within = values.inter_reader_range / 4, values.intra_reader_range / 4
    error = case + sd_within**2
    return PlannedComponents(
        reader=sd_reader**2,
        test_reader=sd_reader**2 * (1 - values.rb),
        within_reader=sd_within**2,
        case=case,
        error=error,
        cov1=values.r1 * error,
        cov2=values.r2 * error,
        cov3=values.r3 * error,
    )


def case_variance(values: ReaderPlanningValues) -> float:
    """Variance V of the metric for one positive case."""
    if values.variance == "proportion":
        return values.expected * (1 - values.expected)
    return float(auc_variance_obuchowski(auc=values.expected, controls_per_case=values.controls_per_case))


def uncancelled_share(values: ReaderPlanningValues, n_readers: int) -> float:
    """Share of sigma_c^2 that does not cancel in the difference between the arms."""
    return 1 - values.r1 + (n_readers - 1) * (values.r2 - values.r3)


def difference_variance(values: ReaderPlanningValues, n_readers: int, parts: PlannedComponents) -> float:
    """Denominator of the noncentrality."""
    return (
        parts.test_reader + parts.within_reader / values.n_readings + parts.case * uncancelled_share(values, n_readers)
    )
