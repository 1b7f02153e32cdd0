"""What stands beside a kappa: observed agreement, agreement on each category, prevalence and bias index.

Shares get the interval of Agresti and Coull by default, which keeps its level near 1 where agreement usually lies.
With clusters, or weights, it is taken for the effective number of cases p (1 - p) / SE^2 with the linearised SE;
without, that number is the number of cases.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights, weights_name
from ecg_eval.stats.agreement.rater_pair import PairData, RaterPair, binary_pair, rater_pair
from ecg_eval.stats.agreement.share_interval import Counted, ProportionInterval, share_estimate
from ecg_eval.stats.clusters.influence import LinearisedError, check_choice, wald_estimate
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
IndexVariance = Literal["multinomial", "independent"]

NO_CASES = "no case was rated by both raters"


def observed_agreement(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "agresti_coull",
) -> Estimate:
    r"""Give the share of cases on which two raters agree, :math:`p_o = \sum_{kl} w_{kl} p_{kl}`.

    Parameters
    ----------
    first, second, table, categories, weights, cluster, level
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`; cases that one rater did not rate are left out.
    interval : {"agresti_coull", "wilson", "clopper_pearson", "mid_p", "jeffreys", "wald"}
        "agresti_coull" (default), "wilson", which covers 0.85 where agreement is 0.99 among 20 cases, "clopper_pearson"
        (exact), "mid_p", "jeffreys", or "wald": t with the linearised error (irrCAC), far too short there.

    Returns
    -------
    Estimate
        From 0 to 1; `n_positive` counts the cases in full agreement.

    References
    ----------
    Agresti A, Coull BA. Am Stat 1998;52:119-126. Wilson EB. J Am Stat Assoc 1927;22:209-212. Effective sample size:
    Korn EL, Graubard BI. Surv Methodol 1998;24:193-201.
    """
    who = "observed_agreement"
    check_choice(who, "interval", interval, get_args(ProportionInterval))
    data = PairData(first=first, second=second, table=table, categories=categories, cluster=cluster)
    pair = rater_pair(who, data, level)
    w = resolve_weights(who=who, weights=weights, n_categories=len(pair.categories))
    method = "observed agreement" if weights is None else f"observed agreement, {weights_name(weights)}"
    if pair.n == 0:
        return Estimate.undefined(reason=NO_CASES, method=method, n=0, level=level, n_clusters=pair.n_clusters)
    p = pair.proportions()
    share = float((w * p).sum())
    agreeing = round(float(np.trace(p)) * pair.n)
    error = pair.error(w - share, small_sample=interval == "wald")
    if interval == "wald":
        return wald_estimate(
            value=share, error=error, n=pair.n, level=level, method=method, bounds=(0, 1), n_positive=agreeing
        )
    units = pair.n if pair.n_clusters is None else pair.n_clusters
    counted = Counted(n=pair.n, n_positive=agreeing, n_clusters=pair.n_clusters, units=units)
    return share_estimate(share=share, error=error, counted=counted, level=level, method=method, interval=interval)


def specific_agreement(
    *,
    category: object,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "agresti_coull",
) -> Estimate:
    r"""Give the agreement on one category: if one rater chose it, how probably did the other.

    :math:`2 p_{kk} / (p_{k.} + p_{.k}) = 2 \theta / (1 + \theta)`, where :math:`\theta` is the share of cases on
    which both chose k among those where at least one did. Given their number, :math:`\theta` is a binomial share,
    so its interval is carried over.

    Parameters
    ----------
    first, second, table, categories, cluster, level
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`.
    category : object
        The category asked for.
    interval : {"agresti_coull", "wilson", "clopper_pearson", "mid_p", "jeffreys", "wald"}
        Interval of :math:`\theta` carried over, or "wald": the delta method with t.

    Returns
    -------
    Estimate
        From 0 to 1. `n_positive` counts the cases on which both chose it. Undefined where nobody did.

    References
    ----------
    Cicchetti DV, Feinstein AR. J Clin Epidemiol 1990;43:551-558. Graham P, Bull B. J Clin Epidemiol 1998;51:763-771.
    """
    who = "specific_agreement"
    check_choice(who, "interval", interval, get_args(ProportionInterval))
    data = PairData(first=first, second=second, table=table, categories=categories, cluster=cluster)
    pair = rater_pair(who, data, level)
    return _specific(pair, category, level, f"agreement on {category}", interval)


def positive_agreement(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "agresti_coull",
) -> Estimate:
    """Give the agreement of two yes/no raters on presence, 2 n11 / (2 n11 + n10 + n01).

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        0, 1 (or booleans) and NaN for missing.
    table : array_like of int, shape (2, 2)
        Instead of them, counts of cases: rows of the first, columns of the second, each in the order 0, 1.
    cluster, level, interval
        As in `specific_agreement`.

    Returns
    -------
    Estimate
        From 0 to 1; undefined where no rater ever said present.
    """
    data = PairData(first=first, second=second, table=table, cluster=cluster)
    return _on_binary("positive_agreement", data, 1.0, level, interval)


def negative_agreement(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "agresti_coull",
) -> Estimate:
    """Give the agreement of two yes/no raters on absence, 2 n00 / (2 n00 + n10 + n01).

    Parameters and result are those of `positive_agreement`; undefined where no rater ever said absent.
    """
    data = PairData(first=first, second=second, table=table, cluster=cluster)
    return _on_binary("negative_agreement", data, 0.0, level, interval)


def prevalence_index(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    variance: IndexVariance = "multinomial",
) -> Estimate:
    """Give the prevalence index of two yes/no raters, (n11 - n00) / n.

    Far from 0 it pulls kappa down although the raters agree as often (the kappa paradox).

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        0, 1 (or booleans) and NaN for missing.
    table : array_like of int, shape (2, 2)
        Instead of them, counts of cases: rows of the first, columns of the second, each in the order 0, 1.
    cluster, level
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`.
    variance : {"multinomial", "independent"}
        "multinomial" keeps the covariance of the two shares. "independent" leaves it out, as epiR does: too narrow
        here, too wide or too narrow for the bias index; for comparison only.

    Returns
    -------
    Estimate
        From -1 (both always say absent) to 1 (both always say present). p tests 0.

    References
    ----------
    Byrt T, Bishop J, Carlin JB. J Clin Epidemiol 1993;46:423-429.
    """
    contrast = np.array([[-1.0, 0.0], [0.0, 1.0]])
    data = PairData(first=first, second=second, table=table, cluster=cluster)
    return _index("prevalence_index", data, contrast, level, variance)


def bias_index(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    variance: IndexVariance = "multinomial",
) -> Estimate:
    """Give the bias index of two yes/no raters, (n10 - n01) / n: how much more often the first says present.

    Parameters and result are those of `prevalence_index`; 0 means that both say present equally often. With
    "independent" the two marginal shares are taken as independent samples (epiR).
    """
    contrast = np.array([[0.0, -1.0], [1.0, 0.0]])
    data = PairData(first=first, second=second, table=table, cluster=cluster)
    return _index("bias_index", data, contrast, level, variance)


def _on_binary(
    who: str,
    data: PairData,
    category: float,
    level: float,
    interval: ProportionInterval,
) -> Estimate:
    check_choice(who, "interval", interval, get_args(ProportionInterval))
    pair = binary_pair(who, data, level)
    return _specific(pair, category, level, who.replace("_", " "), interval)


def _specific(pair: RaterPair, category: object, level: float, method: str, interval: ProportionInterval) -> Estimate:
    k = np.flatnonzero(pair.categories == category)
    p = pair.proportions()
    chosen = float(p[k, :].sum() + p[:, k].sum() - p[k, k].sum())
    if chosen == 0:
        reason = NO_CASES if pair.n == 0 else f"no rater ever chose {category}"
        return Estimate.undefined(reason=reason, method=method, n=pair.n, level=level, n_clusters=pair.n_clusters)
    either, both = np.zeros_like(p), np.zeros_like(p)
    either[k, :] = either[:, k] = 1
    both[k, k] = 1
    theta = float(p[k, k].sum()) / chosen
    events, units = round(theta * chosen * pair.n), round(chosen * pair.n)
    slope = 2 / (1 + theta) ** 2
    influence = (both - theta * either) / chosen
    value = 2 * theta / (1 + theta)
    if interval == "wald":
        error = pair.error(slope * influence, small_sample=True)
        return wald_estimate(
            value=value, error=error, n=pair.n, level=level, method=method, bounds=(0, 1), n_positive=events
        )
    error = pair.error(influence, small_sample=False)
    if pair.cluster is not None:
        touched = either[pair.codes[:, 0], pair.codes[:, 1]] > 0
        units = len(np.unique(pair.cluster[touched]))
    counted = Counted(n=pair.n, n_positive=events, n_clusters=pair.n_clusters, units=units)
    share = share_estimate(share=theta, error=error, counted=counted, level=level, method=method, interval=interval)
    low, high = (None if x is None else 2 * x / (1 + x) for x in (share.low, share.high))
    se = None if share.standard_error is None else slope * share.standard_error
    return Estimate(
        value=value, low=low, high=high, level=level, method=share.method, n=pair.n, n_positive=events,
        n_clusters=pair.n_clusters, standard_error=se, df=share.df, reason=share.reason,
    )  # fmt: skip


def _index(
    who: str,
    data: PairData,
    contrast: Floats,
    level: float,
    variance: IndexVariance,
) -> Estimate:
    """Give a contrast of the four cells with its interval."""
    check_choice(who, "variance", variance, get_args(IndexVariance))
    if variance == "independent" and data.cluster is not None:
        raise ArgumentError(who, "variance", "'multinomial' where cluster is given", variance)
    pair = binary_pair(who, data, level)
    method = who.replace("_", " ")
    if pair.n == 0:
        return Estimate.undefined(reason=NO_CASES, method=method, n=0, level=level, n_clusters=pair.n_clusters)
    p = pair.proportions()
    value = float((contrast * p).sum())
    if variance == "multinomial":
        error = pair.error(contrast - value, small_sample=False)
    else:
        shares = np.diag(p) if who == "prevalence_index" else np.array([p[1].sum(), p[:, 1].sum()])
        se = float(np.sqrt((shares * (1 - shares)).sum() / pair.n))
        error = LinearisedError(standard_error=se, n_clusters=None, df=None)
        method += ", shares taken as independent"
    return wald_estimate(value=value, error=error, n=pair.n, level=level, method=method)
