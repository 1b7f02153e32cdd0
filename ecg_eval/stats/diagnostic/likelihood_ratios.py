"""What a call does to the odds of the finding: likelihood ratios and the diagnostic odds ratio.

Unlike predictive values these do not depend on how frequent the finding is among the cases, so that they can be carried
from an enriched reader study to practice, as far as the cases themselves are alike. A likelihood ratio is the ratio of
two proportions (calls among cases with and without the finding), so that the score interval holds where a count is 0
and the usual logarithmic one does not exist.
"""

from collections.abc import Mapping
from math import isfinite, isnan

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.diagnostic.two_rates import (
    ODDS_METHODS,
    RATIO_METHODS,
    Ratio,
    TwoRates,
    rate_odds_ratio,
    rate_ratio,
    score_ratio_bounds,
    two_rates,
)
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import normal_quantile


def positive_likelihood_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how much a positive call raises the odds of the finding: sensitivity / (1 - specificity).

    Parameters
    ----------
    truth, call : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and what was called.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str, optional
        ``score`` (default where no patient is repeated; Miettinen and Nurminen, see `unpaired_bounds`); ``mover``
        (default otherwise; of the clustered Wilson intervals of both proportions, with their correlation between
        patients); ``log``: exp(log LR -+ z SE), SE² = 1/TP - 1/(TP + FN) + 1/FP - 1/(FP + TN) (Simel, Samsa and
        Matchar, J Clin Epidemiol 1991;44:763-770), with repeated patients the SE of the linearised logarithm between
        patients and t with (patients - 1) degrees of freedom.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        0 or more; 1 says nothing, above 10 is strong. `standard_error` is that of the logarithm. Undefined without
        cases of both kinds and without any positive call; where only cases with the finding are called positive the
        ratio is infinite: the value is None and the lower bound stands.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    rates = two_rates("positive_likelihood_ratio", truth, call, cluster)
    return likelihood_ratio(rates, "positive", method, level)


def negative_likelihood_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how much a negative call lowers the odds of the finding: (1 - sensitivity) / specificity.

    Parameters, raises and undefined cases as for `positive_likelihood_ratio`, with negative calls in the place of
    positive ones. From 0 (rules out); 1 says nothing, below 0.1 is strong.
    """
    rates = two_rates("negative_likelihood_ratio", truth, call, cluster)
    return likelihood_ratio(rates._replace(call=1 - rates.call), "negative", method, level)


def diagnostic_odds_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the odds of a positive call with the finding over those without: TP TN / (FP FN) = LR+ / LR-.

    Parameters and raises as for `positive_likelihood_ratio`, with the methods ``score`` (default where no patient is
    repeated, see `unpaired_bounds`) and ``log`` (default otherwise; Woolf: SE² = 1/TP + 1/FP + 1/FN + 1/TN).
    0 or more; 1 says nothing. Infinite, with the lower bound standing, where FP or FN is 0. The same ratio can come
    from very different pairs of sensitivity and specificity.
    """
    rates = two_rates("diagnostic_odds_ratio", truth, call, cluster)
    normal_quantile("diagnostic_odds_ratio", level)
    words = _words(rates, ODDS_METHODS, method, "log")
    if rates.one_class:
        return rates.undefined(rates.one_class, words, level)
    ratio = rate_odds_ratio(rates, method, level)
    if isnan(ratio.value):
        return rates.undefined("every call is the same", words, level)
    return _estimate(rates, ratio, words, level)


def likelihood_ratios(
    *, kind: str, truth: ArrayLike, call: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95
) -> list[Estimate]:
    """Estimate many likelihood ratios of one kind at once, by the default method.

    Parameters
    ----------
    kind : str
        "positive" or "negative".
    truth, call : (n_rows, n_cases) arrays of 0, 1; NaN where missing (left out)
    cluster, level
        As for `positive_likelihood_ratio`.

    Returns
    -------
    list of Estimate, length n_rows
        What `positive_likelihood_ratio` or `negative_likelihood_ratio` gives for each row alone.
    """
    who = f"{kind}_likelihood_ratio"
    table = [two_rates(who, *row, cluster) for row in zip(np.asarray(truth), np.asarray(call), strict=True)]
    if kind == "negative":
        table = [rates._replace(call=1 - rates.call) for rates in table]
    bounds = score_ratio_bounds(table, level)
    return [likelihood_ratio(rates, kind, None, level, ends) for rates, ends in zip(table, bounds, strict=True)]


def likelihood_ratio(
    rates: TwoRates, kind: str, method: str | None, level: float, score_bounds: tuple[float, float] | None = None
) -> Estimate:
    """Estimate the ratio of the two rates of the calls of one kind ("positive" or "negative")."""
    normal_quantile("likelihood ratio", level)
    words = _words(rates, RATIO_METHODS, method, "mover")
    if rates.one_class:
        return rates.undefined(rates.one_class, words, level)
    ratio = rate_ratio(rates, method, level, score_bounds)
    if isnan(ratio.value):
        return rates.undefined(f"no case was called {kind}", words, level)
    return _estimate(rates, ratio, words, level)


def _words(rates: TwoRates, methods: Mapping[str, str], method: str | None, clustered: str) -> str:
    """Name the method; an unknown one is refused where it is used."""
    method = method or (clustered if rates.repeated else "score")
    words = methods.get(method, method)
    return f"{words}, between patients, t" if rates.repeated and method == "log" else words


def _estimate(rates: TwoRates, ratio: Ratio, words: str, level: float) -> Estimate:
    low, high = (b if isfinite(b) else None for b in (ratio.low, ratio.high))
    reason = None
    if not isfinite(ratio.value):
        reason = "no call of this kind is wrong, so that the ratio is infinite"
    elif low is None:
        reason = "this method has no interval here: a count is 0, or patients are repeated or only one"
    elif high is None:
        reason = "there is no upper bound"
    return Estimate(
        value=ratio.value if isfinite(ratio.value) else None,
        low=low,
        high=high,
        level=level,
        method=words,
        n=rates.truth.size,
        n_positive=int(rates.truth.sum()),
        n_clusters=rates.n_clusters,
        standard_error=ratio.standard_error if ratio.standard_error > 0 else None,
        df=rates.n_clusters - 1 if words.endswith(", t") else None,
        reason=reason,
    )
