"""Obuchowski-Rockette analysis with Hillis' degrees of freedom.

The figure of merit of each reader in each modality is one number; an analysis of variance of these numbers compares the
modalities, corrected for the covariances that common cases bring. Works for any figure of merit.

References
----------
Obuchowski NA, Rockette HE (1995). Hypothesis testing of diagnostic accuracy for multiple readers and multiple tests: an
ANOVA approach with dependent observations. Communications in Statistics - Simulation 24:285-308.
Hillis SL (2007). A comparison of denominator degrees of freedom methods for multiple observer ROC analysis. Statistics
in Medicine 26:596-619.
Hillis SL (2014). A marginal-mean ANOVA approach for analyzing multireader multicase radiological imaging data.
Statistics in Medicine 33:330-360.
"""

from dataclasses import replace

import numpy.typing as npt

from ecg_eval.stats.mrmc.covariance import CovarianceMethod
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit, Statistic
from ecg_eval.stats.mrmc.or_analysis import analyse
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette
from ecg_eval.stats.mrmc.plan import Effect, Plan
from ecg_eval.stats.mrmc.study import study_arrays

WHO = "obuchowski_rockette"


def obuchowski_rockette(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    covariance: CovarianceMethod = "jackknife",
    readers: Effect = "random",
    cases: Effect = "random",
    design: str = "auto",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
    clip: bool = True,
    constrain: bool = True,
) -> ObuchowskiRockette:
    """Compare modalities by the readers' figures of merit, for the population of readers, of cases, or of both.

    Parameters
    ----------
    reader, modality, case : array_like (n_reads,)
        Labels.
    truth : array_like (n_reads,)
        1 or True where the finding is present.
    score : array_like (n_reads,)
        Higher means more suspicion; 0 and 1 for figures of merit of calls; NaN is a missing read. Where nothing but
        their order counts (areas, points of the curve) they may be infinite, and those that differ by rounding alone
        are no ties.
    figure_of_merit : str, FigureOfMerit or callable
        "auc", "partial_auc", "sensitivity", "specificity", "accuracy", "positive_predictive_value",
        "negative_predictive_value", one with its own settings (`PartialArea`, `SensitivityAt`, ...), or a function of
        (truth, score) of the cases that one reader read in one modality.
    covariance : {"jackknife", "delong", "unbiased"}
        How the error covariances are estimated; the last two for the AUC only. The jackknife is the default because
        it serves every figure of merit and clustered cases; it leaves out the cases that enter the figure: for
        sensitivity the diseased ones alone (n is their number), for specificity the healthy ones, as MRMCaov and
        RJafroc do.
    readers, cases : {"random", "fixed"}
        Random: the conclusion reaches to other readers, or cases, of the same kind. One of the two must be random.
        With one reader, readers are fixed and the estimates say so.
    design : str
        "auto" recognises it from who read what; or "crossed", "cases_nested_in_readers",
        "cases_nested_in_modalities", "readers_nested_in_modalities" (parallel arms), "split_plot" (blocks of readers
        with cases of their own, each read in all modalities).
    cluster : array_like (n_reads,), optional
        Patient of the case, where patients have several; the jackknife then leaves out patients.
    level : float
        Coverage of the intervals.
    clip : bool
        Cut the intervals of values (not of differences) at the bounds of the figure of merit, as MRMCaov does.
    constrain : bool
        Where Cov2 - Cov3 is estimated below 0 take 0 when readers are fixed, as RJafroc and OR-DBM MRMC do; False
        leaves it, as MRMCaov does. With random readers it is always taken as 0, after Hillis (2007).

    Returns
    -------
    ObuchowskiRockette
        A reader with an undefined value in some cell (no case of one class) is left out and named.

    Raises
    ------
    ArgumentError, UnknownNameError
        An argument contradicts its description above, or the design asked for is not the one of the reads.
    """
    figure = figure_by_name(WHO, figure_of_merit)
    study = study_arrays(
        WHO,
        reader=reader,
        modality=modality,
        case=case,
        truth=truth,
        score=score,
        cluster=cluster,
        by_order=figure.by_order,
    )
    plan = replace(Plan.checked(WHO, figure, covariance, readers, cases, level), clip=clip, constrain=constrain)
    return analyse(study, plan, design, WHO)
