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
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.decomposition import PAIR_COMPONENTS
from ecg_eval.stats.mrmc.study import Label
from ecg_eval.stats.mrmc.u_statistics import UStatistics
from ecg_eval.stats.sample_size.arguments import check_between, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, with_and_without

Floats = NDArray[np.float64]
_NO_VARIANCE = "the components add up to no variance at this size; the pilot is too small to plan from"
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

    def variance(self, *, n_readers: int, n_positive: ArrayLike, n_negative: ArrayLike) -> Floats:
        """Variance at sizes (one number, or arrays of one shape); below 0 where interactions are estimated so."""
        j, n1, n0 = n_readers, *_as_floats(n_positive, n_negative)
        n, d, r = max(self.n, 0.0), max(self.d, 0.0), max(self.r, 0.0)
        return n / n0 + d / n1 + self.nd / (n0 * n1) + (r + self.nr / n0 + self.dr / n1 + self.rnd / (n0 * n1)) / j

    def df(self, *, n_readers: int, n_positive: ArrayLike, n_negative: ArrayLike) -> Floats:
        """Degrees of freedom at sizes."""
        j, n1, n0 = n_readers, *_as_floats(n_positive, n_negative)
        shares = (
            ((max(self.r, 0.0) + self.nr / n0 + self.dr / n1 + self.rnd / (n0 * n1)) / j) ** 2 / (j - 1),
            ((max(self.n, 0.0) + self.nd / n1 + self.nr / j + self.rnd / (n1 * j)) / n0) ** 2 / (n0 - 1),
            ((max(self.d, 0.0) + self.nd / n0 + self.dr / j + self.rnd / (n0 * j)) / n1) ** 2 / (n1 - 1),
        )
        variance = self.variance(n_readers=j, n_positive=n1, n_negative=n0)
        return np.asarray(np.maximum(variance**2 / sum(shares), np.minimum(j, np.minimum(n1, n0)) - 1))


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
    inputs: dict[str, float | int | str] = {name: getattr(components, name) for name in components.__dataclass_fields__}
    if margin is not None:
        inputs["margin"] = margin
    tests = _tests(components, n_readers, n_positive, n_negative, effect=effect, margin=margin, alpha=alpha)
    if np.isnan(tests.power):
        return Plan(method=_METHOD, sentence=f"Not computable: {_NO_VARIANCE}.", reason=_NO_VARIANCE, inputs=inputs)
    power = float(tests.power)
    goal = _goal(effect, margin, alpha)
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
        noncentrality=float(tests.shift),
        df_denominator=float(tests.df),
        critical_value=float(tests.critical),
        inputs=inputs,
    )


def case_mix_required_cases(
    *,
    components: CaseMixComponents,
    n_readers: int,
    positive_share: float,
    effect: float,
    power: float = 0.8,
    alpha: float = 0.05,
    max_cases: int = 20_000,
) -> Plan:
    """Give the smallest number of cases, of which a share has the finding, with which readers reach a power.

    Power need not grow with the cases, since the readers' part of the variance stays and the degrees of freedom fall:
    every size up to `max_cases` is looked at.

    Parameters
    ----------
    components, n_readers, effect, alpha
        As in `case_mix_power`, two-sided.
    positive_share : float
        Share of the cases with the finding, in (0, 1); their number is rounded to the nearest.
    power : float
        Wanted, in (alpha, 1).
    max_cases : int
        Where to stop looking.

    Returns
    -------
    Plan
        `n_total` is the size, `power` what it reaches; None with a reason where no size will do.
    """
    who = "case_mix_required_cases"
    check_between(who, 0, 1, positive_share=positive_share)
    check_between(who, alpha, 1, power=power)
    check_whole(who, 2, n_readers=n_readers, max_cases=max_cases)
    totals = np.arange(4, max_cases + 1)
    positive = np.rint(positive_share * totals).astype(int)
    is_mix = (positive >= 2) & (totals - positive >= 2)
    totals, positive = totals[is_mix], positive[is_mix]
    tests = _tests(components, n_readers, positive, totals - positive, effect=effect, margin=None, alpha=alpha)
    reaching = np.flatnonzero(tests.power >= power)
    if reaching.size:
        at = int(reaching[0])
        return case_mix_power(
            components=components,
            n_readers=n_readers,
            n_positive=int(positive[at]),
            n_negative=int(totals[at] - positive[at]),
            effect=effect,
            alpha=alpha,
        )
    reason = _NO_VARIANCE
    if not np.isnan(tests.power).all():
        reason = (
            f"{n_readers} readers reach at most {percent(float(np.nanmax(tests.power)))} with up to {max_cases} cases: "
            "the spread between readers is the limit, not the number of cases"
        )
    sentence = f"No number of cases gives a power of {percent(power)}: {reason}."
    return Plan(method=_METHOD, sentence=sentence, n_readers=n_readers, reason=reason)


class _Tests(NamedTuple):
    """Tests at sizes, each of the sizes' shape: noncentrality on the scale of t, df, critical value, power."""

    shift: Floats
    df: Floats
    critical: Floats
    power: Floats


def _tests(
    components: CaseMixComponents,
    n_readers: int,
    n_positive: ArrayLike,
    n_negative: ArrayLike,
    *,
    effect: float,
    margin: float | None,
    alpha: float,
) -> _Tests:
    """Return the tests at sizes; NaN where the components add up to no variance."""
    variance = components.variance(n_readers=n_readers, n_positive=n_positive, n_negative=n_negative)
    df = components.df(n_readers=n_readers, n_positive=n_positive, n_negative=n_negative)
    df = np.where(variance > 0, df, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(variance > 0, (effect + (margin or 0.0)) / np.sqrt(variance), np.nan)
    critical = np.asarray(stats.t.isf(alpha if margin is not None else alpha / 2, df))
    if margin is None:
        power = 1 - special.ncfdtr(1, df, shift**2, critical**2)
    else:
        power = 1 - special.nctdtr(df, shift, critical)
    return _Tests(shift, df, critical, np.asarray(power, dtype=np.float64))


def _goal(effect: float, margin: float | None, alpha: float) -> str:
    """Return what is to be shown, in words."""
    if margin is None:
        return f"a difference of {effect:g} (two-sided alpha {percent(alpha)})"
    return f"non-inferiority within {margin:g}, if the true difference is {effect:g},"


def _as_floats(*sizes: ArrayLike) -> list[Floats]:
    return [np.asarray(size, dtype=np.float64) for size in sizes]
