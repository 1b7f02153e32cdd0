r"""Sensitivity and specificity of several studies, pooled together, since the one is bought with the other.

:math:`tp_i \sim B(tp_i + fn_i, \mathrm{expit}(\mu_1 + u_{1i}))`, :math:`tn_i \sim B(tn_i + fp_i, \mathrm{expit}(\mu_2 +
u_{2i}))`, :math:`u_i` bivariate normal. The exact binomial likelihood needs no correction of zero counts; the normal
approximation (Reitsma) does, and draws both towards one half where counts are small.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.bivariate_normal import fit_normal
from ecg_eval.stats.meta.pooled_accuracy import PooledAccuracy
from ecg_eval.stats.meta.study_counts import CORRECTIONS, StudyCounts
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mixed.result import MixedFit

Floats = NDArray[np.float64]

METHODS = {
    "binomial": "bivariate random effects, binomial likelihood (Laplace)",
    "normal_reml": "bivariate random effects, normal approximation, REML",
    "normal_ml": "bivariate random effects, normal approximation, ML",
}
FEWEST = 3  # studies that tell each of the two, so that two spreads and a correlation can be asked for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BivariateFit:
    """What studies say together of sensitivity and specificity.

    Attributes
    ----------
    accuracy : PooledAccuracy or None
        The pooled point and all that follows from it; None with a `reason`.
    log_likelihood : float or None
    n_studies : int
    n_with_zero : int
        Studies with a 0 among their counts.
    on_edge : bool
        Whether the spread between studies lies on the edge of what it may be: no spread, or a correlation of 1.
    method : str
    reason : str or None
        Why there is no fit.
    """

    accuracy: PooledAccuracy | None
    log_likelihood: float | None
    n_studies: int
    n_with_zero: int
    on_edge: bool = False
    method: str
    reason: str | None = None


def bivariate_meta_analysis(
    *,
    counts: StudyCounts,
    method: str = "binomial",
    correction: str = "studies_with_zero",
    correlated: bool = True,
    convention: str = "exact",
    interval: str = "t",
    level: float = 0.95,
) -> BivariateFit:
    """Pool sensitivity and specificity by a bivariate random-effects model.

    Parameters
    ----------
    counts : StudyCounts
        Three studies or more that tell each of the two; counts that are not whole are rounded by "binomial".
    method : {"binomial", "normal_reml", "normal_ml"}
        ``binomial`` (Chu and Cole, J Clin Epidemiol 2006;59:1331), ``normal_reml`` and ``normal_ml`` (Reitsma).
    correction : {"studies_with_zero", "all_if_any_zero", "none"}
        For the normal approximation alone, see `StudyCounts.logits`.
    correlated : bool
        Whether the two may go together between studies ("binomial" alone).
    convention : {"exact", "lme4"}
        Of the binomial likelihood's errors, see `logistic_mixed_model`.
    interval : {"t", "normal"}
        t with studies - 2 degrees of freedom (default, as SAS NLMIXED has it), or normal as R's packages have it, which
        holds the truth too seldom where studies are few (docs/statistics/meta.md).
    level : float

    Returns
    -------
    BivariateFit
        Without accuracy, with the reason, where studies are too few or the search does not end.
    """
    who = "bivariate_meta_analysis"
    if method not in METHODS:
        raise ArgumentError(who, "method", f"one of {', '.join(METHODS)}", method)
    if correction not in CORRECTIONS:
        raise ArgumentError(who, "correction", f"one of {', '.join(CORRECTIONS)}", correction)
    if interval not in ("t", "normal"):
        raise ArgumentError(who, "interval", "t or normal", interval)
    reported = np.isfinite(counts.successes()[1]).sum(axis=0)
    if reported.min() < FEWEST:
        reason = f"fewer than {FEWEST} studies tell both sensitivity and specificity"
        return _nothing(counts, method, reason)
    df = None if interval == "normal" else int(reported.min()) - 2
    if method == "binomial":
        return _binomial(counts, correlated, convention, level, df)
    if correction == "none" and counts.n_with_zero:
        return _nothing(counts, method, "a count is 0 and nothing is added to it")
    fit = fit_normal(*counts.logits(correction), restricted=method == "normal_reml")
    if not fit.converged:
        return _nothing(counts, method, "the search for the maximum of the likelihood did not converge")
    accuracy = PooledAccuracy(fit.mean, fit.covariance, fit.between, len(counts), level, METHODS[method], df)
    return BivariateFit(
        accuracy=accuracy,
        log_likelihood=fit.log_likelihood,
        n_studies=len(counts),
        n_with_zero=counts.n_with_zero,
        on_edge=_on_edge(fit.between),
        method=METHODS[method],
    )


def correlation_test(*, counts: StudyCounts) -> Estimate:
    """Test whether sensitivity and specificity go together between studies: twice the gain in binomial likelihood."""
    fits = [bivariate_meta_analysis(counts=counts, correlated=c, convention="lme4") for c in (True, False)]
    method = "likelihood ratio, binomial likelihood with and without correlation"
    free, apart = (fit.log_likelihood for fit in fits)
    if free is None or apart is None:
        reason = fits[0].reason or fits[1].reason or "a model could not be fitted"
        return Estimate.undefined(reason=reason, method=method, n=len(counts))
    chi2 = max(0.0, 2 * (free - apart))
    p, none = float(special.chdtrc(1, chi2)), "a test statistic has no interval"
    return Estimate(value=chi2, statistic=chi2, df=1, p_value=p, method=method, n=len(counts), reason=none)


def _binomial(counts: StudyCounts, correlated: bool, convention: str, level: float, df: int | None) -> BivariateFit:
    right, trials = (np.round(a) for a in counts.successes())
    reported = trials > 0
    all_right, all_trials = np.nansum(right, axis=0), np.nansum(trials, axis=0)
    if (all_right == 0).any() or (all_right == all_trials).any():
        return _nothing(counts, "binomial", "all calls of one kind are right, or wrong, in all studies: no logit")
    study, side = np.nonzero(reported)
    sides = {"sensitivity": (side == 0).astype(float), "specificity": (side == 1).astype(float)}
    if correlated:
        groups, slopes = {"study": study}, {"study": dict(sides)}
    else:
        groups = dict.fromkeys(sides, study)
        slopes = {name: {name: column} for name, column in sides.items()}
    fit = logistic_mixed_model(
        outcome=right[reported],
        trials=trials[reported],
        fixed=sides,
        groups=groups,
        slopes=slopes,
        convention=convention,
    )
    if fit.covariance is None or not fit.converged:
        return _nothing(counts, "binomial", fit.reason or "the search did not converge")
    mean = np.array([fit.fixed[name].value for name in sides], float)
    between = _between(fit, correlated)
    method = METHODS["binomial"]
    return BivariateFit(
        accuracy=PooledAccuracy(mean, np.asarray(fit.covariance, float), between, len(counts), level, method, df),
        log_likelihood=fit.log_likelihood,
        n_studies=len(counts),
        n_with_zero=counts.n_with_zero,
        on_edge=_on_edge(between),
        method=method,
    )


def _between(fit: MixedFit, correlated: bool) -> Floats:
    sd = np.array([e.value or 0.0 for e in fit.standard_deviations.values()])
    correlation = np.eye(2)
    if correlated:
        correlation = np.where(np.isfinite(fit.correlations["study"]), fit.correlations["study"], np.eye(2))
    return np.asarray(correlation * np.outer(sd, sd), float)


def _on_edge(between: Floats) -> bool:
    sd = np.sqrt(np.diag(between))
    return bool(sd.min() < 1e-3 or abs(between[0, 1]) > 0.999 * sd[0] * sd[1])


def _nothing(counts: StudyCounts, method: str, reason: str) -> BivariateFit:
    return BivariateFit(
        accuracy=None,
        log_likelihood=None,
        n_studies=len(counts),
        n_with_zero=counts.n_with_zero,
        method=METHODS[method],
        reason=reason,
    )
