"""Cases for one ROC curve against chance; two curves are in `roc_pair.py`.

Sizes count positive cases (with the finding); the others follow from `controls_per_case`. Exact sizes are kept beside
the rounded ones, because programs print them (pROC does). All tests are normal; the two-sided ones count only the tail
of the effect, as the literature does.
"""

from math import sqrt

from scipy import optimize, special

from ecg_eval.stats.sample_size.arguments import check_between, check_positive, check_sides, check_whole
from ecg_eval.stats.sample_size.auc_variance import auc_null_variance_obuchowski, auc_variance_obuchowski
from ecg_eval.stats.sample_size.plan import Plan, percent, plan_by_positive, sided, with_and_without

_METHOD = "one ROC curve against 0.5, Obuchowski, Lieber and Wians 2004"


def roc_power(*, auc: float, n_positive: int, n_negative: int, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Say how probably one ROC curve is shown to be better than chance.

    Power = Phi{[sqrt(n) (AUC - 0.5) - z_alpha sqrt(V0)] / sqrt(V)}, n positive cases, V0 = 0.0792 (1 + 1 / R), V from
    `auc_variance_obuchowski` (Clin Chem 2004;50:1118-1125, formulas 2 and 3). Equal to pROC's power.roc.test.

    Parameters
    ----------
    auc : float in (0.5, 1)
        The true area.
    n_positive, n_negative : int
        Cases with and without the finding.
    alpha : float
        Type I error of the test.
    sides : {1, 2}
        One- or two-sided test.
    """
    _check_curve("roc_power", auc, alpha, sides)
    check_whole("roc_power", 1, n_positive=n_positive, n_negative=n_negative)
    null, variance = _spreads(auc, n_negative / n_positive)
    power = float(special.ndtr((sqrt(n_positive) * (auc - 0.5) + special.ndtri(alpha / sides) * null) / variance))
    return Plan(
        method=sided(_METHOD, sides),
        sentence=(
            f"{with_and_without(n_positive, n_negative)} show that an AUC of {auc:g} is above 0.5 with "
            f"a probability of {percent(power)}."
        ),
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        power=power,
        alpha=alpha,
        effect=auc,
        inputs={"auc": auc, "sides": sides},
    )


def roc_required_cases(
    *, auc: float, power: float = 0.8, controls_per_case: float = 1.0, alpha: float = 0.05, sides: int = 2
) -> Plan:
    """Give the cases that show one ROC curve to be better than chance.

    n = [z_alpha sqrt(V0) + z_beta sqrt(V)]^2 / (AUC - 0.5)^2 positive cases, the inverse of `roc_power`.

    Parameters and source as in `roc_power`; `controls_per_case` is R, above 0.
    """
    _check_curve("roc_required_cases", auc, alpha, sides)
    check_between("roc_required_cases", alpha, 1, power=power)
    check_positive("roc_required_cases", controls_per_case=controls_per_case)
    null, variance = _spreads(auc, controls_per_case)
    exact = float(((special.ndtri(alpha / sides) * null - special.ndtri(power) * variance) / (auc - 0.5)) ** 2)
    inputs = {"auc": auc, "power": power, "controls_per_case": controls_per_case, "sides": sides}
    return plan_by_positive(
        method=sided(_METHOD, sides),
        goal=f"show with a probability of {percent(power)} that an AUC of {auc:g} is above 0.5",
        exact=exact,
        controls_per_case=controls_per_case,
        power=power,
        alpha=alpha,
        effect=auc,
        inputs=inputs,
    )


def roc_detectable_auc(
    *, n_positive: int, n_negative: int, power: float = 0.8, alpha: float = 0.05, sides: int = 2
) -> Plan:
    """Give the smallest AUC above 0.5 that a number of cases shows with a power; `Plan.effect` is that AUC."""
    _check_curve("roc_detectable_auc", 0.75, alpha, sides)
    check_between("roc_detectable_auc", alpha, 1, power=power)
    check_whole("roc_detectable_auc", 1, n_positive=n_positive, n_negative=n_negative)

    def shortfall(auc: float) -> float:
        null, variance = _spreads(auc, n_negative / n_positive)
        reach = sqrt(n_positive) * (auc - 0.5) + special.ndtri(alpha / sides) * null
        return float(reach - special.ndtri(power) * variance)

    inputs: dict[str, float | int | str] = {"power": power, "sides": sides}
    top = 1 - 1e-12
    if shortfall(top) < 0:
        reason = f"{n_positive} and {n_negative} cases are too few: not even a perfect curve is shown with this power"
        return Plan(
            method=sided(_METHOD, sides), sentence=f"No AUC can be shown: {reason}.", reason=reason, inputs=inputs
        )
    auc = float(optimize.brentq(shortfall, 0.5, top, xtol=1e-13))
    return Plan(
        method=sided(_METHOD, sides),
        sentence=(
            f"{with_and_without(n_positive, n_negative)} show an AUC to be above 0.5 with a "
            f"probability of {percent(power)} if it is at least {auc:.3f}."
        ),
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        power=power,
        alpha=alpha,
        effect=auc,
        inputs=inputs,
    )


def roc_required_alpha(*, auc: float, n_positive: int, n_negative: int, power: float = 0.8, sides: int = 2) -> Plan:
    """Give the type I error at which a number of cases has a power; `Plan.alpha` is that error."""
    _check_curve("roc_required_alpha", auc, 0.05, sides)
    check_between("roc_required_alpha", 0, 1, power=power)
    check_whole("roc_required_alpha", 1, n_positive=n_positive, n_negative=n_negative)
    null, variance = _spreads(auc, n_negative / n_positive)
    tail = float(special.ndtr((special.ndtri(power) * variance - sqrt(n_positive) * (auc - 0.5)) / null))
    alpha = min(sides * tail, 1.0)
    return Plan(
        method=sided(_METHOD, sides),
        sentence=(
            f"{with_and_without(n_positive, n_negative)} show that an AUC of {auc:g} is above 0.5 with "
            f"a probability of {percent(power)} at a type I error of {percent(alpha)}."
        ),
        n_positive=n_positive,
        n_negative=n_negative,
        n_total=n_positive + n_negative,
        power=power,
        alpha=alpha,
        effect=auc,
        inputs={"auc": auc, "sides": sides},
    )


def _spreads(auc: float, controls_per_case: float) -> tuple[float, float]:
    """Return the standard deviations for one positive case under AUC = 0.5 and under the AUC assumed."""
    null = auc_null_variance_obuchowski(controls_per_case=controls_per_case)
    return sqrt(null), sqrt(float(auc_variance_obuchowski(auc=auc, controls_per_case=controls_per_case)))


def _check_curve(who: str, auc: float, alpha: float, sides: int) -> None:
    """Refuse what no test of one curve can have."""
    check_between(who, 0.5, 1, auc=auc)
    check_between(who, 0, 1, alpha=alpha)
    check_sides(who, sides)
