"""Cases for one algorithm alone: its sensitivity or AUC to a stated precision, with assurance."""

from math import sqrt

from scipy import special

from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive
from ecg_eval.stats.sample_size.auc_variance import auc_variance_hanley_mcneil, auc_variance_obuchowski
from ecg_eval.stats.sample_size.clustering import design_effect, sizes_in_clusters
from ecg_eval.stats.sample_size.plan import Plan, percent, with_and_without

VARIANCES = ("auc", "auc_hanley_mcneil", "proportion")


def standalone_required_cases(
    *,
    expected: float,
    half_width: float,
    variance: str = "auc",
    controls_per_case: float = 1.0,
    assurance: float = 0.8,
    level: float = 0.95,
    units_per_case: float = 1.0,
    icc: float = 0.0,
) -> Plan:
    """Give the cases for which an algorithm's accuracy is known to a stated precision.

    n = (z_level + z_assurance)^2 V / L^2 positive cases, L the half-width: the lower limit lies within L of the truth
    with the probability `assurance` (Flahault et al., J Clin Epidemiol 2005;58:859-862; Zhou, Obuchowski and McClish
    2011, ch. 6). With an assurance of 0.5 it is the usual size by expected width.

    Parameters
    ----------
    expected : float
        Accuracy that is expected, in (0, 1).
    half_width : float
        L, in (0, 1).
    variance : {"auc", "auc_hanley_mcneil", "proportion"}
        V of an AUC (Obuchowski's binormal or Hanley and McNeil's exponential model, the latter in large samples), or
        p (1 - p) for sensitivity and as Blume's upper bound for an AUC.
    controls_per_case : float
        Cases without the finding for each case with it, above 0.
    assurance : float
        In (0, 1).
    level : float
        Of the two-sided interval.
    units_per_case, icc : float
        Units scored in a positive case, at least 1, and their correlation in [0, 1].

    Returns
    -------
    Plan
        `n_independent` units would be needed were they independent; `n_positive` cases are, after the design effect.
    """
    who = "standalone_required_cases"
    check_between(who, 0, 1, expected=expected, half_width=half_width, assurance=assurance, level=level)
    check_positive(who, controls_per_case=controls_per_case)
    check_one_of(who, "variance", variance, VARIANCES)
    if variance == "auc":
        v = float(auc_variance_obuchowski(auc=expected, controls_per_case=controls_per_case))
    elif variance == "auc_hanley_mcneil":
        v = auc_variance_hanley_mcneil(auc=expected, controls_per_case=controls_per_case)
    else:
        v = expected * (1 - expected)
    exact = float(((special.ndtri((1 + level) / 2) + special.ndtri(assurance)) * sqrt(v) / half_width) ** 2)
    sizes = sizes_in_clusters(exact, controls_per_case, units_per_case, icc)
    return Plan(
        method=f"precision with assurance, Flahault et al. 2005, variance: {variance.replace('_', ' ')}",
        sentence=(
            f"{with_and_without(sizes['n_positive'], sizes['n_negative'])} give an interval whose limit lies within "
            f"{half_width:g} of an accuracy of {expected:g} with a probability of {percent(assurance)}."
        ),
        n_independent=sizes["n_independent"],
        n_positive=sizes["n_positive"],
        n_negative=sizes["n_negative"],
        n_total=sizes["n_positive"] + sizes["n_negative"],
        n_positive_exact=exact,
        power=assurance,
        alpha=1 - level,
        half_width=half_width,
        design_effect=design_effect(cluster_size=units_per_case, icc=icc),
        inputs={
            "expected": expected,
            "variance": variance,
            "controls_per_case": controls_per_case,
            "units_per_case": units_per_case,
            "icc": icc,
        },
    )
