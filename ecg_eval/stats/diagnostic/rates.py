"""How well a yes-or-no call agrees with the truth: sensitivity, specificity, predictive values, ratios, F1.

Every function takes the truth and the call of each case and answers with an `Estimate`. With `cluster` (the patient of
each case) the uncertainty is between patients; where no patient has two cases that makes no difference. A case whose
truth or call is NaN was not read: it is left out and not counted. Where a measure's denominator is empty (no case has
the finding, nobody was called positive) the answer is undefined, with that reason, never 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.clusters.clustered_comparison import clustered_proportion_difference
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts as ConfusionCounts  # noqa: PLC0414
from ecg_eval.stats.diagnostic.confusion import confusion_counts as confusion_counts  # noqa: PLC0414
from ecg_eval.stats.diagnostic.likelihood_ratios import diagnostic_odds_ratio as diagnostic_odds_ratio  # noqa: PLC0414
from ecg_eval.stats.diagnostic.likelihood_ratios import negative_likelihood_ratio as negative_likelihood_ratio  # noqa: PLC0414
from ecg_eval.stats.diagnostic.likelihood_ratios import positive_likelihood_ratio as positive_likelihood_ratio  # noqa: PLC0414
from ecg_eval.stats.diagnostic.predictive_values import (
    predictive_values_at_prevalence as predictive_values_at_prevalence,  # noqa: PLC0414
)
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.proportion.binary_data import Floats, complete_cases
from ecg_eval.stats.proportion.proportions import single_proportion
from ecg_eval.stats.proportion.unpaired import compare_unpaired_proportions

NO_POSITIVE = "no case has the finding"
NO_NEGATIVE = "every case has the finding"
NO_POSITIVE_CALL = "no case was called positive"
NO_NEGATIVE_CALL = "no case was called negative"
NO_CASE = "no case has both a truth and a call"


def sensitivity(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how many of the cases with the finding are called positive: TP / (TP + FN).

    Parameters
    ----------
    truth, call : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and what was called.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str, optional
        Without `cluster` a method of `single_proportion` (default ``wilson``), with it one of `clustered_proportion`
        (default ``wilson_rao_scott``).
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From 0 (all missed) to 1 (none missed); `n` counts the cases with the finding. Undefined when there is none.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    cases = _read("sensitivity", truth, call, cluster)
    return _proportion(cases, cases.call == 1, cases.truth == 1, NO_POSITIVE, method, level)


def specificity(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how many of the cases without the finding are called negative: TN / (TN + FP).

    Parameters, raises and range as for `sensitivity`; `n` counts the cases without the finding.
    """
    cases = _read("specificity", truth, call, cluster)
    return _proportion(cases, cases.call == 0, cases.truth == 0, NO_NEGATIVE, method, level)


def positive_predictive_value(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how many of the positive calls are right: TP / (TP + FP), also called precision.

    It holds for the share of positives in these data; elsewhere see `predictive_values_at_prevalence`. Parameters,
    raises and range as for `sensitivity`; `n` counts the positive calls.
    """
    cases = _read("positive_predictive_value", truth, call, cluster)
    return _proportion(cases, cases.truth == 1, cases.call == 1, NO_POSITIVE_CALL, method, level)


def negative_predictive_value(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how many of the negative calls are right: TN / (TN + FN).

    It holds for the share of positives in these data; elsewhere see `predictive_values_at_prevalence`. Parameters,
    raises and range as for `sensitivity`; `n` counts the negative calls.
    """
    cases = _read("negative_predictive_value", truth, call, cluster)
    return _proportion(cases, cases.truth == 0, cases.call == 0, NO_NEGATIVE_CALL, method, level)


def accuracy(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how many calls are right: (TP + TN) / n.

    Rare findings make it high for a reader who never calls any: it does not say whether findings are found.
    Parameters, raises and range as for `sensitivity`; `n` counts all cases.
    """
    cases = _read("accuracy", truth, call, cluster)
    return _proportion(cases, cases.truth == cases.call, cases.all, NO_CASE, method, level)


def prevalence(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
    apparent: bool = False,
) -> Estimate:
    """Estimate how many of the cases read have the finding, or (`apparent`) are called positive.

    Other parameters, raises and range as for `sensitivity`; `n` counts all cases.
    """
    cases = _read("prevalence", truth, call, cluster)
    positive = (cases.call if apparent else cases.truth) == 1
    return _proportion(cases, positive, cases.all, NO_CASE, method, level)


def f1(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the harmonic mean of sensitivity and precision: F1 = 2 TP / (2 TP + FP + FN).

    F1 = 2 J / (1 + J) with J = TP / (TP + FP + FN), which is a plain proportion of the cases that are not true
    negatives. The interval is that of J, mapped the same way ("indirect Wilson"): it stays inside [0, 1] and keeps a
    width at 0 and 1.

    Parameters, raises and range as for `sensitivity`; `n` counts TP + FP + FN. Undefined when that is 0. True negatives
    do not enter: F1 of a rare finding and of a frequent one cannot be compared.

    Notes
    -----
    Source: Lam et al., Confidence intervals for the F1 score: a comparison of four methods, arXiv:2309.14621 (2023).
    The standard error is mapped by the delta method.
    """
    cases = _read("f1", truth, call, cluster)
    involved = (cases.truth == 1) | (cases.call == 1)
    reason = "no case has the finding and none was called positive"
    share = _proportion(cases, (cases.truth == 1) & (cases.call == 1), involved, reason, method, level)
    if share.value is None:
        return share

    def mapped(j: float | None) -> float | None:
        return None if j is None else 2 * j / (1 + j)

    slope = 2 / (1 + share.value) ** 2
    return Estimate(
        value=mapped(share.value),
        low=mapped(share.low),
        high=mapped(share.high),
        level=level,
        method=f"{share.method}, through TP / (TP + FP + FN)",
        n=share.n,
        n_positive=share.n_positive,
        n_clusters=share.n_clusters,
        standard_error=None if share.standard_error is None else slope * share.standard_error,
        df=share.df,
        reason=share.reason,
    )


def youden_index(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate sensitivity + specificity - 1, how much more often a case with the finding is called positive.

    Parameters and raises as for `sensitivity`. From -1 to 1; 0 says that the call knows nothing, 1 that it is always
    right. It is the difference of two independent proportions, so that the interval is Newcombe's, or, where patients
    are repeated, `clustered_proportion_difference`. Undefined without cases of both kinds.
    """
    cases = _read("youden_index", truth, call, cluster)
    counts = confusion_counts(truth=cases.truth, call=cases.call)
    positives, negatives = int(cases.truth.sum()), int((1 - cases.truth).sum())
    repeated = cases.cluster is not None and np.unique(cases.cluster).size < cases.truth.size
    if cases.cluster is not None and repeated:
        estimate = clustered_proportion_difference(
            event=cases.call, group=cases.truth, cluster=cases.cluster, level=level
        )
    else:
        estimate = compare_unpaired_proportions(
            n_events_first=int(counts.true_positive),
            n_first=positives,
            n_events_second=int(counts.false_positive),
            n_second=negatives,
            level=level,
        )
    if is_defined(estimate):
        return estimate
    reason = NO_NEGATIVE if positives else NO_POSITIVE
    return Estimate.undefined(reason=reason, method=estimate.method, n=cases.truth.size, level=level)


class _Read(NamedTuple):
    """Cases with a truth and a call; the patient of each where patients were given."""

    truth: Floats
    call: Floats
    cluster: NDArray[np.intp] | None

    @property
    def all(self) -> NDArray[np.bool_]:
        return np.ones(self.truth.shape, dtype=bool)


def _read(who: str, truth: ArrayLike, call: ArrayLike, cluster: ArrayLike | None) -> _Read:
    (truth_, call_), codes, _ = complete_cases(who, cluster=cluster, truth=truth, call=call)
    return _Read(truth_, call_, None if cluster is None else codes)


def _proportion(
    cases: _Read,
    event: NDArray[np.bool_],
    among: NDArray[np.bool_],
    reason: str,
    method: str | None,
    level: float,
) -> Estimate:
    """Estimate how often `event` is true among the cases where `among` is."""
    if cases.cluster is None:
        estimate = single_proportion(
            n_events=int((event & among).sum()), n=int(among.sum()), method=method or "wilson", level=level
        )
    else:
        estimate = clustered_proportion(
            event=event[among], cluster=cases.cluster[among], method=method or "wilson_rao_scott", level=level
        )
    if is_defined(estimate):
        return estimate
    return Estimate.undefined(reason=reason, method=estimate.method, level=level)
