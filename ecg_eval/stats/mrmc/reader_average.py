"""The mean over readers, and the difference of two arms, as one ``Estimate`` each: the short face of the analyses.

Readers and cases are both random by default, so that the interval reaches to other readers reading other cases. Holes
in the study are met in a stated way: a reader without a defined value is left out and counted in `method`; one reader
alone is taken as fixed, and `reason` says so; readers who read different cases share fewer errors, and the covariances
show it.
"""

from dataclasses import replace
from typing import Literal

import numpy.typing as npt

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.mrmc.covariance import CovarianceMethod
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit, Statistic
from ecg_eval.stats.mrmc.intervals import Setting, on_logit_scale
from ecg_eval.stats.mrmc.or_analysis import analyse
from ecg_eval.stats.mrmc.plan import Effect, Plan
from ecg_eval.stats.mrmc.study import Label, StudyArrays, any_along, study_arrays


def reader_average(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    covariance: CovarianceMethod = "jackknife",
    readers: Effect = "random",
    cases: Effect = "random",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
    scale: Literal["logit", "identity"] = "logit",
) -> Estimate:
    """Estimate the mean figure of merit of a population of readers, each reader weighing the same.

    Obuchowski-Rockette with one modality (Hillis 2007, section 5.3): variance MS(R) / r + max(Cov2, 0), t interval with
    df = (r - 1) [variance / (MS(R) / r)]^2.

    Parameters
    ----------
    reader, case : array_like (n_reads,)
        Labels; one read a reader and case.
    truth : array_like (n_reads,)
        1 or True where the finding is present.
    score : array_like (n_reads,)
        Higher means more suspicion; calls are 0 and 1; NaN is a missing read.
    figure_of_merit, covariance, readers, cases, level
        As in `obuchowski_rockette`.
    cluster : array_like (n_reads,), optional
        Patient of the case; the jackknife then leaves out patients.
    scale : {"logit", "identity"}
        Scale on which the interval is symmetric. With few readers and values near 1 the identity, which the reference
        programs use, covers less than it says (about 0.92 for 0.95 with 4 readers of 40 cases); the logit scale holds
        its level better and stays inside the bounds. The standard error is on the scale of the value either way. A
        statistic of one's own without bounds has the identity.

    Returns
    -------
    Estimate
        Undefined, with the reason, where no reader has a value (no read, no case of one class).

    Raises
    ------
    ArgumentError, UnknownNameError
        As `obuchowski_rockette`.
    """
    who = "reader_average"
    plan = _plan(who, figure_of_merit, covariance, readers, cases, level)
    study = study_arrays(
        who,
        reader=reader,
        modality=None,
        case=case,
        truth=truth,
        score=score,
        cluster=cluster,
        by_order=plan.figure.by_order,
    )
    if scale not in ("logit", "identity"):
        raise ArgumentError(who, "scale", "'logit' or 'identity'", scale)
    if study.truth.size == 0:
        return Setting.of(study, method=plan.method, level=level).undefined("there is no read")
    result = analyse(study, plan, "auto", who)
    estimate = result.means[0].estimate
    if scale == "logit" and plan.figure.bounds is not None:
        estimate = on_logit_scale(estimate, plan.figure.bounds)
    return _counted(estimate, len(result.left_out_readers), len(study.readers))


def reader_average_difference(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    minuend: Label,
    subtrahend: Label,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    covariance: CovarianceMethod = "jackknife",
    readers: Effect = "random",
    cases: Effect = "random",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the difference of the readers' mean figure of merit in two arms, such as aided minus unaided.

    Obuchowski-Rockette with Hillis' degrees of freedom on the two arms alone. Where readers have both arms, only these
    readers enter (others are counted in `method`); where no reader has both, the arms are parallel and all enter.

    Parameters
    ----------
    reader, modality, case, truth, score : array_like (n_reads,)
        As in `obuchowski_rockette`; reads of other modalities are ignored.
    minuend, subtrahend : label
        The result is minuend minus subtrahend.
    figure_of_merit, covariance, readers, cases, cluster, level
        As in `reader_average`.

    Returns
    -------
    Estimate
        With `statistic` and two-sided `p_value` of the test of no difference. Undefined, with the reason, where an arm
        has no read or no reader has a value.

    Raises
    ------
    ArgumentError, UnknownNameError
        As `obuchowski_rockette`; also where minuend and subtrahend are the same.
    """
    who = "reader_average_difference"
    plan = _plan(who, figure_of_merit, covariance, readers, cases, level)
    study = study_arrays(
        who,
        reader=reader,
        modality=modality,
        case=case,
        truth=truth,
        score=score,
        cluster=cluster,
        by_order=plan.figure.by_order,
    )
    if minuend == subtrahend:
        raise ArgumentError(who, "minuend", "another modality than subtrahend", minuend)
    missing = [arm for arm in (minuend, subtrahend) if arm not in study.modalities]
    if missing:
        return Setting.of(study, method=plan.method, level=level).undefined(f"there is no read in {missing[0]!r}")
    arms = study.of_modalities((minuend, subtrahend))
    compared = _comparable(arms)
    result = analyse(compared, plan, "auto", who)
    all_readers = int(arms.read.any(axis=(0, 2)).sum())
    return _counted(result.differences[0].estimate, all_readers - len(result.readers), all_readers)


def _comparable(arms: StudyArrays) -> StudyArrays:
    """Keep the readers who have both arms, or everybody where nobody has."""
    has_arm = any_along(arms.read, 2)
    both = ~any_along(~has_arm, 0)
    return arms.of_readers(both if both.any() else any_along(has_arm, 0))


def _plan(
    who: str,
    figure_of_merit: str | FigureOfMerit | Statistic,
    covariance: CovarianceMethod,
    readers: Effect,
    cases: Effect,
    level: float,
) -> Plan:
    return Plan.checked(who, figure_by_name(who, figure_of_merit), covariance, readers, cases, level)


def _counted(estimate: Estimate, left_out: int, of: int) -> Estimate:
    """Say in the method how many readers could not enter."""
    if left_out == 0 or not is_defined(estimate):
        return estimate
    return replace(estimate, method=f"{estimate.method}; {left_out} of {of} readers left out")
