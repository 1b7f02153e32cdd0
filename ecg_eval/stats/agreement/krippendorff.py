"""Krippendorff's alpha: any number of raters, any holes, any scale.

Alpha compares the disagreement seen within cases with that among all pairable ratings thrown together. A case with
fewer than two ratings has no pair and is left out altogether.
"""

from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.fleiss import KappaTest, choices
from ecg_eval.stats.agreement.independence_test import many_null_error, with_null_test
from ecg_eval.stats.agreement.many_raters import Linear, ManyData, ManyRaters, many_rater_estimate, many_raters
from ecg_eval.stats.clusters.influence import NO_SPREAD, check_choice
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(  # noqa: PLR0913 - counts stand in for ratings
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    metric: Metric = "nominal",
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval | None = None,
    test: KappaTest | None = None,
) -> Estimate:
    r"""Give Krippendorff's alpha, 1 - observed disagreement / disagreement expected by chance.

    :math:`\alpha = 1 - (N - 1) \sum_{kl} o_{kl} \delta^2_{kl} / \sum_{kl} n_k n_l \delta^2_{kl}` with the coincidences
    :math:`o_{kl} = \sum_i r_{ik} (r_{il} - 1[k = l]) / (r_i - 1)`, their margins :math:`n_k` and sum N.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Numbers, booleans or text; NaN (None, empty text) = missing. Cases with fewer than two ratings are left out.
    counts : array_like of int, shape (n_cases, n_categories)
        Instead of them, how many raters put each case into each category, as a paper prints it.
    metric : {"nominal", "ordinal", "interval", "ratio"}
        Distance between two ratings: 1 if they differ; the ratings lying between them (half of the two themselves);
        their difference; their difference over their sum. "interval" and "ratio" take numbers.
    categories : array_like, optional
        The scale in its order, for "ordinal" on text and for `weights`; the sorted ratings otherwise.
    weights : str or array_like, optional
        Agreement weights instead of a metric, as in `ecg_eval.stats.agreement.kappa.cohen_kappa` (irrCAC). Its
        "ordinal" is by rank and not the ordinal metric; its "quadratic" is the interval metric on ranks.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case: the interval is then cluster-robust, t on clusters - 1.
    level : float
        Coverage that the interval aims at.
    interval : {"adjusted", "wald"}, optional
        "adjusted" (default for categories: nominal, ordinal, weights) keeps its level where categories are rare, see
        `adjusted_interval.py`; "wald" (default for measurements) is value plus and minus t times standard error, cut
        at 1 (irrCAC).
    test : {"null", "wald"}, optional
        Test of alpha = 0, as in `ecg_eval.stats.agreement.fleiss.fleiss_kappa`.

    Returns
    -------
    Estimate
        Up to 1, perfect agreement; 0 is chance, below 0 systematic disagreement. t interval on n - 1 from the
        linearised error over cases (Gwet; irrCAC), cut at 1, and its test of 0. With the ordinal metric the
        distances depend on the data, and the error includes that. Undefined without pairs or with one category.

    Raises
    ------
    ArgumentError
        Ratings and counts, or neither; an unknown metric, a metric other than "nominal" beside weights, text for
        "interval" or "ratio", negative numbers for "ratio", and what all agreement kernels refuse.

    References
    ----------
    Krippendorff K. Content Analysis, 2nd ed., 2004, chapter 11; Computing Krippendorff's alpha-reliability, 2011.
    Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014.

    Examples
    --------
    >>> nan = float("nan")
    >>> print(krippendorff_alpha(ratings=[[1, 1, nan], [2, 2, 1], [2, nan, 2], [1, 1, 1], [2, 2, 2], [nan, 1, nan]]))
    0.714 (95 % CI -0.443 to 1.000; Krippendorff alpha, nominal, adjusted interval, n = 5)
    """
    who = "krippendorff_alpha"
    check_choice(who, "metric", metric, get_args(Metric))
    if weights is not None and metric != "nominal":
        raise ArgumentError(who, "metric", "left at 'nominal' where weights are given", metric)
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    raters = raters.keep(raters.twice)
    method = f"Krippendorff alpha, {metric if weights is None else weights_name(weights)}"
    if interval is None:
        interval = "wald" if metric in ("interval", "ratio") else "adjusted"
    chosen = choices(who, interval, test, raters)
    scale = None if weights is not None else metric
    fit = partial(_linearised, who=who, metric=scale)
    estimate = many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level, by_rating=True)
    if chosen == "wald" or estimate.value is None:
        return estimate
    error = many_null_error(
        codes=raters.codes,
        marginals=np.repeat(raters.mean(raters.counts)[None] / raters.n_ratings.mean(), raters.codes.shape[1], axis=0),
        weights=_metric_weights(raters, who, scale),
        case_weights=raters.n_ratings,
    )
    return with_null_test(estimate, error)


def _metric_weights(raters: ManyRaters, who: str, metric: Metric | None) -> Floats:
    """Give 1 - distance / largest distance."""
    if metric is None:
        distance = 1 - raters.weights
    else:
        distance = squared_distances(who, raters.categories, raters.case_weights @ raters.counts, metric)
    return np.asarray(1 - distance / max(float(distance.max(initial=0)), np.finfo(float).tiny))


def _linearised(raters: ManyRaters, *, who: str, metric: Metric | None) -> Linear | None:
    """Give alpha by a metric, or by the raters' weights, and the influence of each case; None with one category."""
    totals = raters.case_weights @ raters.counts
    weights = _metric_weights(raters, who, metric)
    if totals @ (1 - weights) @ totals <= NO_SPREAD * totals.sum() ** 2:
        return None
    value, influence = _weighted_alpha(raters, weights)
    if metric == "ordinal":
        influence = influence + _metric_influence(
            raters, totals, squared_distances(who, raters.categories, totals, metric)
        )
    return value, influence


def squared_distances(who: str, categories: NDArray[np.generic], totals: Floats, metric: Metric) -> Floats:
    r"""Give the squared distances of a metric between categories, shape (n_categories, n_categories).

    nominal :math:`1[k \ne l]`; ordinal :math:`(M_k - M_l)^2` with mid-ranks :math:`M_k = \sum_{h<k} n_h + n_k / 2`;
    interval :math:`(x_k - x_l)^2`; ratio :math:`((x_k - x_l) / (x_k + x_l))^2`.
    """
    if metric == "nominal":
        return 1 - np.eye(len(categories))
    if metric == "ordinal":
        place = np.cumsum(totals) - totals / 2
    elif categories.dtype.kind in "biuf":
        place = categories.astype(float)
    else:
        raise ArgumentError(who, "ratings", f"numbers for the {metric} metric", categories.tolist())
    difference = np.subtract.outer(place, place)
    if metric != "ratio":
        return np.asarray(difference**2)
    if (place < 0).any():
        raise ArgumentError(who, "ratings", "0 or more for the ratio metric", float(place.min()))
    total = np.add.outer(place, place)
    return np.divide(difference, total, out=np.zeros_like(total), where=total > 0) ** 2


def _weighted_alpha(raters: ManyRaters, weights: Floats) -> Linear:
    """Give alpha from agreement weights as Gwet writes it, and the influence of each case.

    With 1 - distance / largest distance for weight it is Krippendorff's coefficient exactly.
    """
    r = raters.n_ratings
    mean = float(raters.mean(r))
    by_case = (raters.counts * (raters.counts @ weights - 1)).sum(axis=1) / (mean * (r - 1))
    raw = float(raters.mean(by_case))
    observed = raw + (1 - raw) / (raters.case_weights @ r)
    prevalence = raters.mean(raters.counts) / mean
    chance = float(prevalence @ weights @ prevalence)
    excess = (r - mean) / mean
    chance_by_case = raters.counts @ weights @ prevalence / mean - chance * excess
    uncorrected = (raw - chance) / (1 - chance)
    linear = (by_case - observed * excess - chance) - 2 * (1 - uncorrected) * (chance_by_case - chance)
    return float((observed - chance) / (1 - chance)), linear / (1 - chance) - uncorrected


def _metric_influence(raters: ManyRaters, totals: Floats, distance: Floats) -> Floats:
    """Give what a case adds to its influence by moving the mid-ranks that the ordinal distances are made of."""
    scaled = (raters.case_weights / (raters.n_ratings - 1))[:, None] * raters.counts
    coincidences = raters.counts.T @ scaled - np.diag(scaled.sum(axis=0))
    expected = np.outer(totals, totals)
    scale = (expected * distance).sum()
    excess = coincidences - (coincidences * distance).sum() / scale * expected
    middle = np.cumsum(totals) - totals / 2
    pull = (excess * np.subtract.outer(middle, middle)).sum(axis=1)
    own_middle = np.cumsum(raters.counts, axis=1) - raters.counts / 2
    return np.asarray(-4 * raters.case_weights.sum() * (totals.sum() - 1) / scale * (own_middle @ pull))
