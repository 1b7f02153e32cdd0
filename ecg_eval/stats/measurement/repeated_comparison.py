"""Bland-Altman with several pairs of measurements a patient, where the true value may change between them.

Taking the pairs as independent understates or overstates the limits. A one-way analysis of variance of the differences
splits their spread into that between patients (a bias that differs from one to the next) and that within.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from ecg_eval.stats.clusters.influence import (
    LinearisedError,
    check_choice,
    check_level,
    linearised_error,
    wald_estimate,
)
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.method_comparison import limit_multiplier, paired_measurements
from ecg_eval.stats.proportion.binary_data import cluster_codes

Floats = NDArray[np.float64]
Estimator = Literal["anova", "reml"]

TOO_FEW = "it takes two patients, and one of them measured twice in both ways"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedBlandAltman:
    r"""Agreement of two ways of measuring with several pairs a patient, in the unit of the measurements.

    Attributes
    ----------
    bias : Estimate
        Mean difference: of all differences ("anova"), or the mixed model's fixed effect ("reml"). `n` counts the pairs,
        `n_clusters` the patients.
    sd_between, sd_within, total_sd : Estimate
        Standard deviation of the differences between patients, within a patient, and of a single difference.
    lower_limit, upper_limit : Estimate
        Limits of agreement, bias plus and minus `multiplier` total standard deviations.
    mean_square_between, mean_square_within : Estimate
        Of the analysis of variance of the differences by patient.
    replicates : float
        :math:`m_0 = (N^2 - \sum m_i^2) / ((k - 1) N)`, the number of pairs a patient that unequal numbers amount to.
    multiplier : float
        Standard deviations between bias and limit.
    """

    bias: Estimate
    sd_between: Estimate
    sd_within: Estimate
    total_sd: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    mean_square_between: Estimate
    mean_square_within: Estimate
    replicates: float
    multiplier: float


def bland_altman_repeated(
    *,
    first: ArrayLike,
    second: ArrayLike,
    patient: ArrayLike,
    coverage: float = 0.95,
    multiplier: float | None = None,
    level: float = 0.95,
    estimator: Estimator = "anova",
) -> RepeatedBlandAltman:
    r"""Give bias and limits of agreement of two ways of measuring, several pairs a patient, the true value varying.

    :math:`\sigma^2 = \sigma_b^2 + \sigma_w^2` with :math:`\sigma_w^2 = MS_w` and :math:`\sigma_b^2 = (MS_b - MS_w)
    / m_0`.

    Parameters
    ----------
    first, second : array_like, shape (n_pairs,)
        Measurements in the same unit, each pair taken at the same moment; NaN = missing, such pairs are left out.
    patient : array_like, shape (n_pairs,)
        Whose pair it is.
    coverage, multiplier, level
        As in `ecg_eval.stats.measurement.method_comparison.bland_altman`.
    estimator : {"anova", "reml"}
        Variance components by the analysis of variance (Bland and Altman 2007; epiR), or by restricted maximum
        likelihood in a model with a random patient, whose bias weighs patients by their information (lme4).

    Returns
    -------
    RepeatedBlandAltman
        Bias with a cluster-robust t interval on patients - 1 ("anova") or the model's ("reml"). Intervals of
        variances are chi-squared, of their sum and of the limits by the MOVER method. A negative variance between
        patients is not estimable and left undefined; the total then keeps it, as the sum of mean squares that it
        is.

    Raises
    ------
    ArgumentError
        Unequal lengths, infinite values, one patient label a pair missing, level or coverage outside (0, 1).

    References
    ----------
    Bland JM, Altman DG. Agreement between methods of measurement with multiple observations per individual. J Biopharm
    Stat 2007;17:571-582. Zou GY. Stat Methods Med Res 2013;22:630-642 (MOVER).
    """
    who = "bland_altman_repeated"
    check_level(who, level)
    check_choice(who, "estimator", estimator, get_args(Estimator))
    z = limit_multiplier(who, coverage, multiplier)
    a, b, both = paired_measurements(who, first, second)
    labels = cluster_codes(who, patient, len(a))
    codes = np.unique(labels[both], return_inverse=True)[1]
    difference = (a - b)[both]
    groups = _groups(difference, codes)
    if groups is None:
        blank = Estimate.undefined(
            reason=TOO_FEW, method=f"repeated pairs, {estimator}", n=len(difference), level=level
        )
        return RepeatedBlandAltman(**dict.fromkeys(_PARTS, blank), replicates=float("nan"), multiplier=z)
    return _anova(groups, difference, codes, z, level) if estimator == "anova" else _reml(groups, z, level)


_PARTS = (
    "bias",
    "sd_between",
    "sd_within",
    "total_sd",
    "lower_limit",
    "upper_limit",
    "mean_square_between",
    "mean_square_within",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """Differences by patient: how many, their means, and the sums of squares between and within."""

    sizes: Floats
    means: Floats
    between: float
    within: float

    @property
    def n(self) -> int:
        return int(self.sizes.sum())

    @property
    def k(self) -> int:
        return len(self.sizes)

    @property
    def mean_squares(self) -> tuple[float, float]:
        return self.between / (self.k - 1), self.within / (self.n - self.k)

    @property
    def replicates(self) -> float:
        return float((self.n**2 - (self.sizes**2).sum()) / ((self.k - 1) * self.n))


def _groups(difference: Floats, codes: NDArray[np.intp]) -> _Groups | None:
    """Split the differences by patient; None with one patient, or with one pair a patient throughout."""
    sizes = np.bincount(codes).astype(float)
    if len(sizes) < 2 or sizes.max() < 2:
        return None
    means = np.bincount(codes, weights=difference) / sizes
    within = float(((difference - means[codes]) ** 2).sum())
    return _Groups(
        sizes=sizes,
        means=means,
        between=float((sizes * (means - difference.mean()) ** 2).sum()),
        within=within,
    )


def _anova(groups: _Groups, difference: Floats, codes: NDArray[np.intp], z: float, level: float) -> RepeatedBlandAltman:
    overall = float(difference.mean())
    error = linearised_error(influence=difference - overall, cluster=codes)
    bias = wald_estimate(
        value=overall,
        error=error,
        n=groups.n,
        level=level,
        method="bias, mean of all differences",
        bounds=(-np.inf, np.inf),
        no_spread="the patients' differences are all alike, so their spread gives no interval",
    )
    between, within = groups.mean_squares
    return _assemble(groups, bias, (between - within) / groups.replicates, within, "analysis of variance", z, level)


def _reml(groups: _Groups, z: float, level: float) -> RepeatedBlandAltman:
    """Fit differences = bias + patient + error by restricted maximum likelihood, profiled to the ratio of variances."""

    def at(ratio: float) -> tuple[float, float, float, float]:
        weights = groups.sizes / (1 + groups.sizes * ratio)
        mean = float(weights @ groups.means / weights.sum())
        error = float(groups.within + weights @ (groups.means - mean) ** 2) / (groups.n - 1)
        spread = np.log1p(groups.sizes * ratio).sum() + np.log(weights.sum())
        deviance = (groups.n - 1) * np.log(max(error, np.finfo(float).tiny)) + spread
        return float(deviance), mean, error, float(np.sqrt(error / weights.sum()))

    best = minimize_scalar(lambda x: at(np.exp(x))[0], bounds=(-20, 20), method="bounded", options={"xatol": 1e-9})
    ratio = float(np.exp(best.x)) if best.fun < at(0.0)[0] else 0.0
    _, mean, error, se = at(ratio)
    linearised = LinearisedError(standard_error=se, n_clusters=groups.k, df=groups.k - 1.0)
    bias = wald_estimate(
        value=mean,
        error=linearised,
        n=groups.n,
        level=level,
        method="bias, mixed model (REML)",
        bounds=(-np.inf, np.inf),
        no_spread="the differences are all alike, so their spread gives no interval",
    )
    return _assemble(groups, bias, ratio * error, error, "mixed model (REML)", z, level)


def _assemble(
    groups: _Groups, bias: Estimate, between: float, within: float, how: str, z: float, level: float
) -> RepeatedBlandAltman:
    """Make standard deviations and limits from the two variances."""
    n, k = groups.n, groups.k
    m0, (ms_between, ms_within) = groups.replicates, groups.mean_squares

    def part(value: float, what: str, bounds: tuple[float | None, float | None] = (None, None)) -> Estimate:
        why = "no interval is made for it" if bounds[0] is None else None
        return Estimate(
            value=value,
            low=bounds[0],
            high=bounds[1],
            level=level,
            method=f"{what}, {how}",
            n=n,
            n_clusters=k,
            reason=why,
        )

    total = between + within
    low_b, high_b = _chi_squared(ms_between, k - 1, level)
    low_w, high_w = _chi_squared(ms_within, n - k, level)
    share = 1 - 1 / m0
    down = np.hypot((ms_between - low_b) / m0, share * (ms_within - low_w))
    up = np.hypot((high_b - ms_between) / m0, share * (high_w - ms_within))
    sd = float(np.sqrt(total))
    sd_low, sd_high = float(np.sqrt(max(total - down, 0.0))), float(np.sqrt(total + up))
    if between < 0:
        reason = "the variance between patients is estimated negative"
        sd_between = Estimate.undefined(
            reason=reason, method=f"between patients, {how}", n=n, level=level, n_clusters=k
        )
    else:
        sd_between = part(float(np.sqrt(between)), "between patients")
    lower, upper = (_mover(bias, side * z, (sd_low, sd, sd_high)) for side in (-1, 1))
    value = float(bias.value or 0.0)
    return RepeatedBlandAltman(
        bias=bias,
        sd_between=sd_between,
        sd_within=part(float(np.sqrt(within)), "within patients", _roots(_chi_squared(within, n - k, level))),
        total_sd=part(sd, "single difference, MOVER", (sd_low, sd_high)),
        lower_limit=part(value - z * sd, "limit of agreement, MOVER", lower),
        upper_limit=part(value + z * sd, "limit of agreement, MOVER", upper),
        mean_square_between=part(ms_between, "mean square between patients"),
        mean_square_within=part(ms_within, "mean square within patients"),
        replicates=m0,
        multiplier=z,
    )


def _chi_squared(mean_square: float, df: int, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    return df * mean_square / float(chi2.ppf(1 - tail, df)), df * mean_square / float(chi2.ppf(tail, df))


def _roots(bounds: tuple[float, float]) -> tuple[float, float]:
    return float(np.sqrt(bounds[0])), float(np.sqrt(bounds[1]))


def _mover(bias: Estimate, z: float, sd: tuple[float, float, float]) -> tuple[float | None, float | None]:
    """Give the bounds of bias + z sd from those of its two parts: their distances add as squares."""
    if bias.value is None or bias.low is None or bias.high is None:
        return None, None
    value = bias.value + z * sd[1]
    toward_low, toward_high = (sd[0], sd[2]) if z > 0 else (sd[2], sd[0])
    return (
        value - float(np.hypot(bias.value - bias.low, z * (sd[1] - toward_low))),
        value + float(np.hypot(bias.high - bias.value, z * (toward_high - sd[1]))),
    )
