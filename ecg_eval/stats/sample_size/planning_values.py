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

from scipy import optimize, special, stats

from ecg_eval.stats.sample_size.arguments import check_between, check_positive, check_whole
from ecg_eval.stats.sample_size.clustering import design_effect, sizes_in_clusters
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, with_and_without
from ecg_eval.stats.sample_size.planning_components import (
    ReaderPlanningValues,
    case_variance,
    components_given_case_part,
    difference_variance,
    planned_components,
    uncancelled_share,
)


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
    noncentrality = n_readers / 2 * values.effect**2 / difference_variance(values, n_readers, parts)
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
    fixed = components_given_case_part(values, n_readers, 0.0)
    room = n_readers / 2 * values.effect**2 / noncentrality - difference_variance(values, n_readers, fixed)
    if room <= 0:
        reason = (
            f"{n_readers} readers differ too much from each other and from themselves to show a difference of "
            f"{values.effect:g} with any number of cases"
        )
        sentence = f"No number of cases gives a power of {percent(power)}: {reason}."
        return Plan(method=method, sentence=sentence, n_readers=n_readers, reason=reason, inputs=inputs)
    exact = case_variance(values) * uncancelled_share(values, n_readers) / room
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
