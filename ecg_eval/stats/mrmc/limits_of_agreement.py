"""Limits of agreement between two scores of one case, by whom and in which arm they were given.

How far apart do two scores of one case lie, when the second is given by the same reader in the other arm, by another
reader in the same arm, or by another reader in the other arm? Readers and cases are random, so the difference has
components of variance, estimated by an analysis of variance; the limits are mean difference +- z x standard deviation
of one difference. Reads may be missing: sums of squares are then sequential (type I, readers before cases), and their
expectations hold the counts of the design.

References
----------
Wen S, Gallas BD (2022). Three-way mixed effect ANOVA to estimate MRMC limits of agreement. Statistics in
Biopharmaceutical Research 14:532-541.
Wen S, Gallas BD (2023). Expanding to arbitrary study designs: ANOVA to estimate limits of agreement for MRMC studies.
arXiv:2312.16097.
"""

from dataclasses import dataclass, replace
from math import isfinite, sqrt

import numpy as np
import numpy.typing as npt

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.intervals import Setting, check_level, two_sided_quantile
from ecg_eval.stats.mrmc.projections import Reads, SumOfSquaresTerm, sequential_terms, solve_components
from ecg_eval.stats.mrmc.study import FloatArray, Label, StudyArrays, study_arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsOfAgreement:
    """Limits of agreement of one kind of difference.

    Attributes
    ----------
    mean_difference : Estimate
        With its interval; of replicates and of two readers in one arm it is 0 by symmetry, and has no interval.
    low, high : float or None
        Limits that hold the share `level` of single differences; None where not estimable.
    variance_of_difference : float
        Of one difference; NaN where not estimable.
    variance_of_mean : float
        Of the mean difference.
    components : dict
        Variances of the effects of the analysis of variance, not cut at zero; NaN where not estimable.
    table : tuple of SumOfSquaresTerm
        Sums of squares in the order in which the effects enter.
    reason : str or None
        Why there are no limits.
    """

    mean_difference: Estimate
    low: float | None
    high: float | None
    variance_of_difference: float
    variance_of_mean: float
    components: dict[str, float]
    table: tuple[SumOfSquaresTerm, ...]
    reason: str | None = None


def limits_within_readers(
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    score: npt.ArrayLike,
    first: Label,
    second: Label,
    replicates: bool = False,
    level: float = 0.95,
) -> LimitsOfAgreement:
    """Return the limits of the difference of two scores by the same reader: first minus second modality.

    Model of the differences: mean + reader + case + error, all random. Variance of one difference: the sum of the three
    components.

    Parameters
    ----------
    reader, modality, case : array_like (n_reads,)
        Labels.
    score : array_like (n_reads,)
        Any measurement; NaN is a missing read. Only cases that a reader scored in both modalities enter.
    first, second : label
        Modalities, or the two replicates of one modality.
    replicates : bool
        Whether the two are replicates: their order has no meaning, and the mean difference is 0.
    level : float
        Share of single differences within the limits, and coverage of the interval of the mean.

    Returns
    -------
    LimitsOfAgreement

    Raises
    ------
    ArgumentError, UnknownNameError
        A modality is not among the reads, or an argument contradicts its description.
    """
    who = "limits_within_readers"
    study = _study(who, level, reader, modality, case, score, (first, second))
    difference = study.scores[0] - study.scores[1]
    reads = Reads.of(difference[None])
    terms = sequential_terms(reads, ("R", "C"))
    components = solve_components(terms)
    variance = sum(components.values())
    of_mean = reads.variance_of_mean(components)
    setting = _setting(study, "limits of agreement within readers", level)
    if replicates:
        return _limits(setting, 0.0, np.nan, variance, components, terms)
    mean = float(reads.score.mean()) if reads.score.size else np.nan
    return _limits(setting, mean, of_mean, variance, components, terms)


def limits_between_readers(
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    score: npt.ArrayLike,
    first: Label,
    second: Label | None = None,
    level: float = 0.95,
) -> LimitsOfAgreement:
    """Return the limits of the difference of two scores of one case by two readers.

    In one modality (`second` None): scores = mean + reader + case + error; a difference has variance
    2 (reader + error) and mean 0. In two modalities: scores = mean + reader + case + modality + their interactions +
    error, modality fixed; a difference has variance 2 (reader + reader x case + reader x modality + case x modality +
    error).

    Parameters
    ----------
    reader, modality, case, score, level
        As in `limits_within_readers`.
    first, second : label
        Modality of the one reader, and of the other where that is another.

    Returns
    -------
    LimitsOfAgreement

    Raises
    ------
    ArgumentError, UnknownNameError
        As `limits_within_readers`.
    """
    who = "limits_between_readers"
    modalities = (first,) if second is None else (first, second)
    study = _study(who, level, reader, modality, case, score, modalities)
    reads = Reads.of(study.scores)
    setting = _setting(study, "limits of agreement between readers", level)
    if second is None:
        terms = sequential_terms(reads, ("R", "C"))
        components = solve_components(terms)
        return _limits(setting, 0.0, np.nan, 2 * (components["R"] + components["error"]), components, terms)
    terms = sequential_terms(reads, ("R", "C", "M", "RC", "RM", "CM"))
    components = solve_components(terms)
    varying = ("R", "RC", "RM", "CM", "error")
    variance = 2 * sum(components[name] for name in varying)
    of_mean = reads.variance_of_modality_difference(components)
    return _limits(setting, _mean_between(study.scores), of_mean, variance, components, terms)


def _study(
    who: str,
    level: float,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    score: npt.ArrayLike,
    modalities: tuple[Label, ...],
) -> StudyArrays:
    check_level(who, level)
    truth = np.zeros(np.asarray(score).shape)  # agreement needs none
    study = study_arrays(who, reader=reader, modality=modality, case=case, truth=truth, score=score)
    for name in modalities:
        if name not in study.modalities:
            remedy = suggestion(str(name), map(str, study.modalities))
            raise UnknownNameError(who, "modality", "one of the reads", name, remedy)
    if len(set(modalities)) < len(modalities):
        raise ArgumentError(who, "second", "another modality than first", modalities[0])
    return study.of_modalities(modalities)


def _setting(study: StudyArrays, method: str, level: float) -> Setting:
    setting = Setting.of(study, method=f"{method}, analysis of variance", level=level)
    return replace(setting, n_positive=None)


def _mean_between(scores: FloatArray) -> float:
    """Return the mean over cases and ordered pairs of different readers of first minus second modality."""
    present = ~np.isnan(scores)
    filled = np.nan_to_num(scores)
    # sums over pairs of readers of each case, less the pairs of a reader with himself
    count = present[0].sum(axis=0) * present[1].sum(axis=0) - (present[0] & present[1]).sum(axis=0)
    both = present[0] & present[1]
    total = (
        filled[0].sum(axis=0) * present[1].sum(axis=0)
        - filled[1].sum(axis=0) * present[0].sum(axis=0)
        - np.where(both, filled[0] - filled[1], 0.0).sum(axis=0)
    )
    return float(total.sum() / count.sum()) if count.sum() else np.nan


def _limits(
    setting: Setting,
    mean: float,
    variance_of_mean: float,
    variance: float,
    components: dict[str, float],
    table: tuple[SumOfSquaresTerm, ...],
) -> LimitsOfAgreement:
    reason = None
    if not isfinite(variance):
        reason = "the design has too few readers, cases or reads to tell the effects apart"
    elif variance < 0:
        reason = "the variance estimate is negative, so it is not estimable from this sample"
    low = high = None
    if reason is None and isfinite(mean):
        reach = two_sided_quantile(setting.level, None) * sqrt(variance)
        low, high = mean - reach, mean + reach
    if isfinite(variance_of_mean) or not isfinite(mean):
        estimate = setting.estimate(mean, variance_of_mean)
    elif mean == 0 and reason is None:
        estimate = setting.without_interval(0.0, "the order of the two scores has no meaning: 0 by symmetry")
    else:
        estimate = setting.without_interval(mean, reason or "the variance is undefined")
    return LimitsOfAgreement(
        mean_difference=estimate,
        low=low,
        high=high,
        variance_of_difference=variance,
        variance_of_mean=variance_of_mean,
        components=components,
        table=table,
        reason=reason,
    )
