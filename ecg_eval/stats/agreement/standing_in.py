"""The alternative annotator test: a model must represent the readers as well as the one it would stand in for.

Each reader is left out in turn. Case by case the model and that reader are scored by their agreement with the
remaining readers; the model wins a reader when, in a one-sided test, it does not fall behind by epsilon or more. No
truth is needed.

On a rare finding nearly all cases are ties, and a model that never calls it passes. Apply it to the whole reading,
or to cases where the finding is in question, and never alone.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights
from ecg_eval.stats.agreement.average_reader import Readers, mean_over_readers
from ecg_eval.stats.agreement.ratings import MISSING, code_beside
from ecg_eval.stats.clusters.influence import NO_SPREAD, check_choice, check_level, linearised_error
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.multiplicity import adjust_p_values
from ecg_eval.stats.proportion.binary_data import cluster_codes

Floats = NDArray[np.float64]
Scoring = Literal["agreement", "negative_rmse"]

TIE = 1e-12  # scores that differ by rounding alone are equal


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeAnnotatorTest:
    """Whether a model can stand in for a group of readers.

    Attributes
    ----------
    winning_rate : float or None
        Share of the tested readers whom the model wins; None where no reader could be tested.
    advantage_probability : Estimate
        Mean over readers of the share of cases on which the model represents the others as well as the reader, or
        better.
    against : tuple of Estimate
        For each reader: how much more often the reader does strictly better than the model than the reverse, with the
        one-sided p of epsilon or more and that after Benjamini and Yekutieli.
    advantages : tuple of Estimate
        For each reader: the share of cases on which the model is as good or better.
    passes : bool or None
        Whether the winning rate is at least one half.
    epsilon : float
        What the model may fall behind.
    """

    winning_rate: float | None
    advantage_probability: Estimate
    against: tuple[Estimate, ...]
    advantages: tuple[Estimate, ...]
    passes: bool | None
    epsilon: float


def alternative_annotator_test(
    *,
    model: ArrayLike,
    readers: ArrayLike,
    epsilon: float,
    scoring: Scoring = "agreement",
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    min_cases: int = 30,
    level: float = 0.95,
) -> AlternativeAnnotatorTest:
    r"""Run the alternative annotator test of Calderon, Reichart and Dror.

    For reader j and case i, with the scores S of the model and of j against the other readers, :math:`d_{ij} =
    1[S_j \ge S_f] - 1[S_f \ge S_j]`; the model wins j when the mean of d is below epsilon by a one-sided t test,
    after correction over readers.

    Parameters
    ----------
    model : array_like, shape (n_cases,)
        The model's readings; missing as NaN, None or empty text, such cases are left out.
    readers : array_like, shape (n_cases, n_readers)
        The readers' readings; a case counts for its readers when two or more read it.
    epsilon : float
        From 0 to 1: what is conceded to the model because it costs less. The authors propose 0.2 where readers are
        experts, 0.15 where trained, 0.1 for lay people; at 0 the model must do better.
    scoring : {"agreement", "negative_rmse"}
        Mean agreement with the others, by `weights`; or minus the root mean squared difference, for numbers.
    weights : None, str or array_like
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`, for agreement on an ordered scale.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case; the tests are then cluster-robust.
    min_cases : int
        Readers with fewer cases are not tested, for the t test's sake.
    level : float
        Coverage of the intervals; 1 - level is the false discovery rate.

    Returns
    -------
    AlternativeAnnotatorTest
        Where all d of a reader are the same the t test has no spread; p is then :math:`(1 - \epsilon)^n` (n
        clusters), the largest probability that no case favours the reader although a share epsilon should, or 1.

    Raises
    ------
    ArgumentError
        Shapes that do not fit, an epsilon outside [0, 1], text where numbers are needed.

    References
    ----------
    Calderon N, Reichart R, Dror R. The alternative annotator test for LLM-as-a-judge. Proc ACL 2025:16051-16081.
    """
    who = "alternative_annotator_test"
    check_level(who, level)
    check_choice(who, "scoring", scoring, get_args(Scoring))
    if not 0 <= epsilon <= 1:
        raise ArgumentError(who, "epsilon", "from 0 to 1", epsilon)
    ours, others, used = _scores(who, model, readers, scoring, weights)
    labels = None if cluster is None else cluster_codes(who, cluster, len(used))
    wins = [(ours[s, j] >= others[s, j] - TIE, others[s, j] >= ours[s, j] - TIE) for j, s in enumerate(used.T)]
    groups = [None if labels is None else np.unique(labels[s], return_inverse=True)[1] for s in used.T]
    against = [
        _against(theirs * 1.0 - mine, group, epsilon, min_cases, level)
        for (mine, theirs), group in zip(wins, groups, strict=True)
    ]
    tested = [j for j, estimate in enumerate(against) if estimate.p_value is not None]
    p_values = np.array([against[j].p_value for j in tested], dtype=float)
    adjusted = adjust_p_values(p_values, method="benjamini_yekutieli")
    for j, p in zip(tested, adjusted.tolist(), strict=True):
        against[j] = against[j].adjusted(p, by="Benjamini-Yekutieli")
    rate = float((adjusted <= 1 - level).mean()) if tested else None
    return AlternativeAnnotatorTest(
        winning_rate=rate,
        advantage_probability=_advantage(ours, others, used, tested, labels, "random", level),
        against=tuple(against),
        advantages=tuple(_advantage(ours, others, used, [j], labels, "fixed", level) for j in range(len(against))),
        passes=None if rate is None else rate >= 0.5,
        epsilon=epsilon,
    )


def _scores(
    who: str, model: ArrayLike, readers: ArrayLike, scoring: Scoring, weights: Weights
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Give scores of the model and of each reader against the others, and which count, all (n_cases, n_readers)."""
    if scoring == "agreement":
        return _agreement_scores(who, model, readers, weights)
    try:
        numbers, mine = np.asarray(readers, dtype=float), np.asarray(model, dtype=float)
    except (TypeError, ValueError) as error:
        raise ArgumentError(who, "readers and model", "numbers for this scoring") from error
    if numbers.ndim != 2 or mine.shape != (len(numbers),):
        raise ArgumentError(who, "readers", f"of shape (n_cases, n_readers) beside {mine.shape}", numbers.shape)
    seen = ~np.isnan(numbers)
    used = seen & ~np.isnan(mine)[:, None] & (seen.sum(axis=1, keepdims=True) >= 2)
    filled, others = np.where(seen, numbers, 0.0), np.maximum(seen.sum(axis=1, keepdims=True) - 1, 1)

    def mean_square(value: Floats) -> Floats:
        """Average (value - reading)^2 over all readers but the one of the column."""
        square = np.where(seen[:, None, :], (value[:, :, None] - filled[:, None, :]) ** 2, 0.0)
        own_part = np.einsum("njj->nj", square) if value.shape[1] == numbers.shape[1] else square[:, 0, :]
        return np.asarray((square.sum(axis=2) - own_part) / others)

    ours = -np.sqrt(np.maximum(mean_square(np.nan_to_num(mine)[:, None]), 0.0))
    return ours, -np.sqrt(np.maximum(mean_square(filled), 0.0)), used


def _agreement_scores(
    who: str, model: ArrayLike, readers: ArrayLike, weights: Weights
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    coded = code_beside(who=who, model=model, readers=readers)
    w = resolve_weights(who=who, weights=weights, n_categories=coded.n_categories)
    mine, codes = coded.codes[:, 0], coded.codes[:, 1:]
    seen = codes != MISSING
    others = seen.sum(axis=1, keepdims=True) - 1
    used = seen & (mine != MISSING)[:, None] & (others >= 1)
    counts = coded.counts()
    counts[mine != MISSING, mine[mine != MISSING]] -= 1
    towards = counts @ w.T  # agreement of each category, summed over all readers of a case
    of_mine = np.take_along_axis(towards, np.maximum(mine, 0)[:, None], axis=1)
    ours = (of_mine - w[np.maximum(mine, 0)[:, None], np.maximum(codes, 0)]) / np.maximum(others, 1)
    theirs = (np.take_along_axis(towards, np.maximum(codes, 0), axis=1) - 1) / np.maximum(others, 1)
    return ours, theirs, used


def _against(
    difference: Floats, cluster: NDArray[np.intp] | None, epsilon: float, min_cases: int, level: float
) -> Estimate:
    """Test one reader: d of the cases that count, against a mean of epsilon."""
    method = f"reader better minus model better, one-sided p of {epsilon:g} or more"
    n = len(difference)
    n_clusters = None if cluster is None else int(cluster.max(initial=-1)) + 1
    if n == 0:
        reason = "no case was read by this reader, the model and another reader"
        return Estimate.undefined(reason=reason, method=method, n=0, level=level, n_clusters=n_clusters)
    value = float(difference.mean())
    blank = Estimate(value=value, level=level, method=method, n=n, n_clusters=n_clusters, reason="no interval")
    if n < min_cases:
        return replace(blank, reason=f"fewer than {min_cases} cases; this reader is not tested")
    error = linearised_error(influence=difference - value, cluster=cluster)
    se, df = error.standard_error, error.df
    if se is None or df is None:
        return replace(blank, reason="one case or cluster alone has no spread")
    if se < NO_SPREAD:
        p = 1.0 if value >= epsilon else (1 - epsilon) ** (n if n_clusters is None else n_clusters)
        return replace(blank, p_value=p, reason="every case tells the same, so there is no spread")
    half = float(t.ppf(0.5 + level / 2, df)) * se
    statistic = (value - epsilon) / se
    return replace(
        blank,
        low=max(value - half, -1.0),
        high=min(value + half, 1.0),
        standard_error=se,
        df=df,
        statistic=statistic,
        p_value=float(t.cdf(statistic, df)),
        reason=None,
    )


def _advantage(
    ours: Floats,
    others: Floats,
    used: NDArray[np.bool_],
    columns: list[int],
    labels: NDArray[np.intp] | None,
    kind: Readers,
    level: float,
) -> Estimate:
    """Give the share of cases on which the model is as good or better, averaged over some readers."""
    counts = used[:, columns].sum(axis=0)
    if not len(columns) or not counts.all():
        reason = "no reader has enough cases" if not len(columns) else "no case counts for this reader"
        return Estimate.undefined(reason=reason, method="advantage probability", n=0, level=level)
    wins = (ours >= others - TIE)[:, columns]
    values = (wins & used[:, columns]).sum(axis=0) / counts
    influence = np.where(used[:, columns], (wins - values) * (len(used) / counts), 0.0)
    estimate = mean_over_readers(
        values=values,
        influence=influence,
        cluster=labels,
        readers=kind,
        level=level,
        method="advantage probability",
    )
    if estimate.low is None or estimate.high is None:
        return estimate
    return replace(estimate, low=max(estimate.low, 0.0), high=min(estimate.high, 1.0), statistic=None, p_value=None)
