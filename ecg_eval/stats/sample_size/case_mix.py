"""Readers x cases where the mix of cases is to change: U-statistic components, positive and negative cases apart.

`mrmc.py` keeps the pilot's share of positive cases. Where the new study enriches a rare finding, the variance of the
readers' mean AUC has to be split by what it comes from: readers (R), positive (D) and negative (N) cases, and their
interactions. Each part is divided by its own number (Gallas, Acad Radiol 2006;13:353-362; program iMRMC):

    Var = s_N / n0 + s_D / n1 + s_ND / (n0 n1) + s_R / J + s_NR / (J n0) + s_DR / (J n1) + s_RND / (J n0 n1),

for a difference between two arms the components of the difference. With MS_R = s_R + s_NR / n0 + s_DR / n1 +
s_RND / (n0 n1), what the readers' means spread by, and MS_N, MS_D likewise, the test is t on

    df = Var^2 / [(MS_R / J)^2 / (J - 1) + (MS_N / n0)^2 / (n0 - 1) + (MS_D / n1)^2 / (n1 - 1)]

(Obuchowski, Gallas and Hillis, Acad Radiol 2012;19:1508-1517), not below the smallest of the three.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.decomposition import PAIR_COMPONENTS
from ecg_eval.stats.mrmc.study import Label
from ecg_eval.stats.mrmc.u_statistics import UStatistics
from ecg_eval.stats.sample_size.arguments import check_between, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, with_and_without

_METHOD = "Gallas components by kind of case, t after Obuchowski, Gallas and Hillis 2012"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMixComponents:
    """Variance components of a difference between two arms (or of one arm's mean), crossed design.

    Attributes
    ----------
    n, d, nd : float
        Negative cases, positive cases, their interaction.
    r, nr, dr, rnd : float
        Readers, and their interactions with the cases. Main effects estimated below 0 count as 0 in a plan, as Var(TR)
        and Cov2 - Cov3 do in `mrmc.py`: taken at their word they would promise power that no study has.
    """

    n: float
    d: float
    nd: float
    r: float
    nr: float
    dr: float
    rnd: float

    @classmethod
    def from_analysis(cls, *, result: UStatistics, first: Label, second: Label | None = None) -> "CaseMixComponents":
        """Take the components of a pilot's difference first minus second, or of the mean of one arm.

        The pilot is crossed, with a figure of merit of pairs of cases (AUC).
        """
        parts = [result.decomposition(first, first)]
        signs = [1.0]
        if second is not None:
            parts += [result.decomposition(second, second), result.decomposition(first, second)]
            signs += [1.0, -2.0]
        if not parts[0].of_pairs or not all(min(p.component_coefficients.values()) > 0 for p in parts):
            rule = "of a crossed study, with a figure of merit of pairs of cases"
            raise ArgumentError("CaseMixComponents.from_analysis", "result", rule, result.figure_of_merit)
        sums = {
            name: sum(s * p.components()[name] for s, p in zip(signs, parts, strict=True)) for name in PAIR_COMPONENTS
        }
        return cls(**{name.lower(): value for name, value in sums.items()})

    def variance(self, *, n_readers: int, n_positive: int, n_negative: int) -> float:
        """Variance at a size; below 0 where the interactions are estimated so."""
        j, n1, n0 = n_readers, n_positive, n_negative
        n, d, r = max(self.n, 0.0), max(self.d, 0.0), max(self.r, 0.0)
        return n / n0 + d / n1 + self.nd / (n0 * n1) + (r + self.nr / n0 + self.dr / n1 + self.rnd / (n0 * n1)) / j

    def df(self, *, n_readers: int, n_positive: int, n_negative: int) -> float:
        """Degrees of freedom at a size."""
        j, n1, n0 = n_readers, n_positive, n_negative
        spreads = (
            (j, max(self.r, 0.0) + self.nr / n0 + self.dr / n1 + self.rnd / (n0 * n1)),
            (n0, max(self.n, 0.0) + self.nd / n1 + self.nr / j + self.rnd / (n1 * j)),
            (n1, max(self.d, 0.0) + self.nd / n0 + self.dr / j + self.rnd / (n0 * j)),
        )
        shares = [(spread / size) ** 2 / (size - 1) for size, spread in spreads]
        variance = self.variance(n_readers=j, n_positive=n1, n_negative=n0)
        return float(max(variance**2 / sum(shares), min(j, n1, n0) - 1))


def case_mix_power(
    *,
    components: CaseMixComponents,
    n_readers: int,
    n_positive: int,
    n_negative: int,
    effect: float,
    margin: float | None = None,
    alpha: float = 0.05,
) -> Plan:
    """Say how probably a crossed reader study with a given mix of cases finds a difference, readers and cases random.

    Parameters
    ----------
    components : CaseMixComponents
        Of the difference between the arms (or of one arm's mean, for a difference from a stated value).
    n_readers, n_positive, n_negative : int
        At least 2 of each.
    effect : float
        True difference; with a margin, new minus old.
    margin : float, optional
        Above 0: one-sided test that the loss is smaller than this. Otherwise two-sided.
    alpha : float
        Two-sided without, one-sided with a margin.

    Returns
    -------
    Plan
        Power in (0, 1], noncentrality on the scale of t, df; None with a reason where the pilot's estimates add up to a
        variance that is not above 0.
    """
    who = "case_mix_power"
    check_whole(who, 2, n_readers=n_readers, n_positive=n_positive, n_negative=n_negative)
    check_between(who, 0, 1, alpha=alpha)
    check_between(who, -1, 1, effect=effect)
    if margin is not None and not (margin > 0 and effect > -margin):
        rule = "above 0 and larger than the loss that is expected"
        raise ArgumentError(who, "margin", rule, margin, "No size shows what is not so.")
    variance = components.variance(n_readers=n_readers, n_positive=n_positive, n_negative=n_negative)
    inputs: dict[str, float | int | str] = {name: getattr(components, name) for name in components.__dataclass_fields__}
    if variance <= 0:
        reason = "the components add up to no variance at this size; the pilot is too small to plan from"
        return Plan(method=_METHOD, sentence=f"Not computable: {reason}.", reason=reason, inputs=inputs)
    df = components.df(n_readers=n_readers, n_positive=n_positive, n_negative=n_negative)
    shift = (effect if margin is None else effect + margin) / float(np.sqrt(variance))
    if margin is None:
        critical = float(stats.t.isf(alpha / 2, df))
        power = 1 - float(special.ncfdtr(1, df, shift**2, critical**2))
        goal = f"a difference of {effect:g} (two-sided alpha {percent(alpha)})"
    else:
        critical = float(stats.t.isf(alpha, df))
        power = 1 - float(special.nctdtr(df, shift, critical))
        goal = f"non-inferiority within {margin:g}, if the true difference is {effect:g},"
        inputs["margin"] = margin
    cases = with_and_without(n_positive, n_negative)
    return Plan(
        method=_METHOD,
        sentence=f"{n_readers} readers of {cases} show {goal} with a probability of {percent(power)}.",
        n_total=n_positive + n_negative,
        n_positive=n_positive,
        n_negative=n_negative,
        n_readers=n_readers,
        power=power,
        alpha=alpha,
        effect=effect,
        noncentrality=shift,
        df_denominator=df,
        critical_value=critical,
        inputs=inputs,
    )
