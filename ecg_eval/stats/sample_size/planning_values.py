"""Readers x cases without a pilot: from ranges that readers' accuracies are expected to span.

Obuchowski and Hillis (AJR 2011;197:W821-W828); Zhou, Obuchowski and McClish, Statistical Methods in Diagnostic
Medicine, 2nd ed. 2011, ch. 6. An expected range of the accuracies of J readers becomes a standard deviation through the
mean range of J normal values; correlations that were typical of published studies (Rockette et al., Acad Radiol
1999;6:723-729) do the rest. The answer is rough: its use is to see whether a study is within reach, and a pilot then
takes its place.

The variance of a reader's accuracy is a part from cases, sigma_c^2 = V / n (n positive cases), and a part from
rereading, sigma_w^2. With J readers and a true difference d the test has noncentrality

    lambda = (J / 2) d^2 / {Var(TR) + sigma_w^2 / K + sigma_c^2 [(1 - r1) + (J - 1)(r2 - r3)]}

on F(1, J - 1), K readings of each case in each arm.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import integrate, optimize, special, stats

from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive, check_whole
from ecg_eval.stats.sample_size.auc_variance import auc_variance_obuchowski
from ecg_eval.stats.sample_size.clustering import design_effect, sizes_in_clusters
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, with_and_without

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
    return _components(values, n_readers, _case_variance(values) / n_positive)


def mrmc_planned_power(*, values: ReaderPlanningValues, n_readers: int, n_positive: int, alpha: float = 0.05) -> Plan:
    """Say how probably a crossed reader study finds the difference assumed, from planning values.

    Parameters
    ----------
    values : ReaderPlanningValues
    n_readers : int
        At least 2.
    n_positive : int
        Cases with the finding (cases of either kind that count, where the metric is specificity).
    alpha : float
        Type I error of the two-sided test.

    Returns
    -------
    Plan
        Power in (0, 1], noncentrality lambda, df J - 1.
    """
    check_between("mrmc_planned_power", 0, 1, alpha=alpha)
    parts = planned_components(values=values, n_readers=n_readers, n_positive=n_positive)
    noncentrality = n_readers / 2 * values.effect**2 / _difference_variance(values, n_readers, parts)
    critical = float(stats.f.isf(alpha, 1, n_readers - 1))
    power = 1 - float(special.ncfdtr(1, n_readers - 1, noncentrality, critical))
    n_negative = round_up(n_positive * values.controls_per_case)
    return Plan(
        method="Obuchowski and Hillis 2011, planning values, two-sided",
        sentence=(
            f"{n_readers} readers, each reading {with_and_without(n_positive, n_negative)} in both arms, "
            f"show a difference of {values.effect:g} with a probability of {percent(power)}."
        ),
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        n_readers=n_readers,
        power=power,
        alpha=alpha,
        effect=values.effect,
        noncentrality=noncentrality,
        df_numerator=1.0,
        df_denominator=n_readers - 1.0,
        critical_value=critical,
        inputs=values.inputs,
    )


def mrmc_planned_cases(
    *,
    values: ReaderPlanningValues,
    n_readers: int,
    power: float = 0.8,
    alpha: float = 0.05,
    units_per_case: float = 1.0,
    icc: float = 0.0,
) -> Plan:
    """Give the cases that a number of readers needs, from planning values.

    Parameters
    ----------
    values, n_readers, alpha
        As in `mrmc_planned_power`.
    power : float
        Wanted, in (alpha, 1).
    units_per_case : float
        Units that are scored in a positive case (lesions, or recordings of a patient), at least 1; they share `icc`.
    icc : float
        Their intra-class correlation, in [0, 1].

    Returns
    -------
    Plan
        `n_independent` units would be needed were they independent; `n_positive` cases are, after the design effect.
    """
    who = "mrmc_planned_cases"
    check_between(who, alpha, 1, power=power)
    check_whole(who, 2, n_readers=n_readers)
    method = "Obuchowski and Hillis 2011, planning values, two-sided"
    inputs = {**values.inputs, "power": power, "units_per_case": units_per_case, "icc": icc}
    noncentrality = noncentrality_of_f(power=power, df_denominator=n_readers - 1, alpha=alpha)
    fixed = _components(values, n_readers, 0.0)
    room = n_readers / 2 * values.effect**2 / noncentrality - _difference_variance(values, n_readers, fixed)
    if room <= 0:
        reason = (
            f"{n_readers} readers differ too much from each other and from themselves to show a difference of "
            f"{values.effect:g} with any number of cases"
        )
        sentence = f"No number of cases gives a power of {percent(power)}: {reason}."
        return Plan(method=method, sentence=sentence, n_readers=n_readers, reason=reason, inputs=inputs)
    exact = _case_variance(values) * _shared(values, n_readers) / room
    sizes = sizes_in_clusters(exact, values.controls_per_case, units_per_case, icc)
    n_positive, n_negative = sizes["n_positive"], sizes["n_negative"]
    return Plan(
        method=method,
        sentence=(
            f"{n_readers} readers, each reading {with_and_without(n_positive, n_negative)} in both arms, "
            f"show a difference of {values.effect:g} with a probability of {percent(power)}."
        ),
        n_independent=sizes["n_independent"],
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        n_positive_exact=exact,
        n_readers=n_readers,
        power=power,
        alpha=alpha,
        effect=values.effect,
        noncentrality=noncentrality,
        df_numerator=1.0,
        df_denominator=n_readers - 1.0,
        design_effect=design_effect(cluster_size=units_per_case, icc=icc),
        inputs=inputs,
    )


def noncentrality_of_f(*, power: float, df_denominator: float, alpha: float = 0.05, df_numerator: float = 1.0) -> float:
    """Noncentrality at which an F test has a power: the root of P(F'(df1, df2, lambda) > F_alpha) = power.

    Parameters
    ----------
    power : float
        In (alpha, 1).
    df_denominator, df_numerator : float
        Above 0.
    alpha : float
        Type I error in (0, 1).

    Returns
    -------
    float
        Above 0.
    """
    check_between("noncentrality_of_f", 0, 1, alpha=alpha)
    check_between("noncentrality_of_f", alpha, 1, power=power)
    check_positive("noncentrality_of_f", df_denominator=df_denominator, df_numerator=df_numerator)
    critical = stats.f.isf(alpha, df_numerator, df_denominator)

    def missed(noncentrality: float) -> float:
        return float(special.ncfdtr(df_numerator, df_denominator, noncentrality, critical)) - (1 - power)

    high = 1.0
    while missed(high) > 0:
        high *= 2
    return float(optimize.brentq(missed, 0, high, xtol=1e-12, rtol=1e-12))


def _components(values: ReaderPlanningValues, n_readers: int, case: float) -> PlannedComponents:
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


def _case_variance(values: ReaderPlanningValues) -> float:
    """Variance V of the metric for one positive case."""
    if values.variance == "proportion":
        return values.expected * (1 - values.expected)
    return float(auc_variance_obuchowski(auc=values.expected, controls_per_case=values.controls_per_case))


def _shared(values: ReaderPlanningValues, n_readers: int) -> float:
    """Share of sigma_c^2 that does not cancel in the difference between the arms."""
    return 1 - values.r1 + (n_readers - 1) * (values.r2 - values.r3)


def _difference_variance(values: ReaderPlanningValues, n_readers: int, parts: PlannedComponents) -> float:
    """Denominator of the noncentrality."""
    return parts.test_reader + parts.within_reader / values.n_readings + parts.case * _shared(values, n_readers)
