"""One stand-alone algorithm against a group of readers on the same cases.

The algorithm is one and does not vary; readers do, and so do cases. The difference of each reader and the algorithm
is analysed as one modality (Hillis 2007, section 5.3), with the error covariances of the differences. Comparing the
readers with the algorithm's value as if it were a known number forgets the cases, and is far too sure of itself.

References
----------
Hillis SL (2007). A comparison of denominator degrees of freedom methods for multiple observer ROC analysis. Statistics
in Medicine 26:596-619.
Hupse R et al. (2013). Standalone computer-aided detection compared to radiologists' performance for the detection of
mammographic masses. European Radiology 23:93-100.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.anova import Covariances
from ecg_eval.stats.mrmc.covariance import CovarianceMethod, cell_values, error_covariance, relevant_cases
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit, Statistic
from ecg_eval.stats.mrmc.intervals import Setting
from ecg_eval.stats.mrmc.or_analysis import NOTHING_VARIES, ONE_READER, analyse
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette
from ecg_eval.stats.mrmc.or_terms import finite, mean_variance
from ecg_eval.stats.mrmc.plan import Effect, Plan
from ecg_eval.stats.mrmc.study import FloatArray, Label, StudyArrays, study_arrays

WHO = "standalone_against_readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandaloneComparison:
    """Result of `standalone_against_readers`.

    Attributes
    ----------
    figure_of_merit : str
    standalone_value : float
        Figure of merit of the algorithm; NaN where undefined.
    readers : tuple
        Readers with a defined value.
    left_out_readers : tuple
        Readers without one.
    reader_values : ndarray (n_readers,)
    reader_mean : float
        Mean of `reader_values`.
    difference : Estimate
        Mean of readers minus algorithm, with its test against 0.
    reader_mean_given_standalone : Estimate
        Mean of readers with the interval of `difference` around it, the algorithm's value taken as known: what RJafroc
        prints. For the readers' mean by itself use `reader_average`.
    ms_reader : float or None
        Variance between readers.
    difference_error_variance, difference_cov2 : float or None
        Error variance of a difference, covariance of two differences; None where cases are fixed.
    pairs : tuple of Estimate
        Algorithm minus each reader, over cases, with normal intervals and tests.
    covariance : ndarray (1 + n_readers, 1 + n_readers) or None
        Error covariance, the algorithm first; None where cases are fixed.
    """

    figure_of_merit: str
    standalone_value: float
    readers: tuple[Label, ...]
    left_out_readers: tuple[Label, ...]
    reader_values: FloatArray
    reader_mean: float
    difference: Estimate
    reader_mean_given_standalone: Estimate
    ms_reader: float | None
    difference_error_variance: float | None
    difference_cov2: float | None
    pairs: tuple[Estimate, ...]
    covariance: FloatArray | None


def standalone_against_readers(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    standalone: Label,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    covariance: CovarianceMethod = "jackknife",
    readers: Effect = "random",
    cases: Effect = "random",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> StandaloneComparison:
    """Compare one algorithm with the mean of a group of readers, in one modality.

    With random readers and cases (1T-RRRC of RJafroc): d = mean of readers minus algorithm,
    Var(d) = MS(R) / r + max(Cov2, 0) of the differences, df = (r - 1) [Var(d) / (MS(R) / r)]^2. With fixed cases
    (1T-RRFC): a one-sample t test of the readers against the algorithm's value, which ignores that other cases would
    have given other values, and rejects too often.

    Parameters
    ----------
    reader, case, truth, score : array_like (n_reads,)
        As in `obuchowski_rockette`; the algorithm is one of the readers.
    standalone : label
        Which one.
    figure_of_merit, covariance, readers, cases, cluster, level
        As in `obuchowski_rockette`.

    Returns
    -------
    StandaloneComparison
        Estimates are undefined, with the reason, where the algorithm or every reader has no value.

    Raises
    ------
    ArgumentError, UnknownNameError
        `standalone` is not among the readers, or an argument contradicts its description.
    """
    plan = Plan.checked(WHO, figure_by_name(WHO, figure_of_merit), covariance, readers, cases, level)
    study = _standalone_first(plan.figure, reader, case, truth, score, cluster, standalone)
    study = relevant_cases(study, plan.figure)
    values = cell_values(study, plan.figure)[0]
    errors = error_covariance(study, plan.figure, covariance, WHO) if cases == "random" else None
    defined = np.isfinite(values) if errors is None else np.isfinite(values) & np.isfinite(np.diag(errors))
    usable = np.flatnonzero(defined[1:]) + 1
    names = tuple(study.readers[i] for i in usable)
    left_out = tuple(name for i, name in enumerate(study.readers) if i and not defined[i])
    setting = Setting.of(study, method=f"one modality, {plan.method}", level=level)
    if not defined[0] or not usable.size:
        return _undefined(plan.figure.name, values[0], names, left_out, values[usable], setting)
    index = np.concatenate(([0], usable))
    values = values[index]
    errors = None if errors is None else errors[np.ix_(index, index)]
    return _comparison(plan, setting, names, left_out, values, errors)


def standalone_as_modality(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    standalone: Label,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    covariance: CovarianceMethod = "jackknife",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> ObuchowskiRockette:
    """Enter the algorithm as a modality in which all readers give its scores (2T-RRRC of RJafroc).

    The test of the two modalities ("standalone", "readers") has the statistic (squared), degrees of freedom and p-value
    of `standalone_against_readers` with random readers and cases; the analysis adds the intervals of both.

    Parameters
    ----------
    reader, case, truth, score, standalone, figure_of_merit, covariance, cluster, level
        As in `standalone_against_readers`.

    Returns
    -------
    ObuchowskiRockette

    Raises
    ------
    ArgumentError, UnknownNameError
        As `standalone_against_readers`.
    """
    figure = figure_by_name(WHO, figure_of_merit)
    study = _standalone_first(figure, reader, case, truth, score, cluster, standalone)
    humans = study.scores[0, 1:]
    doubled = replace(
        study,
        modalities=("standalone", "readers"),
        readers=study.readers[1:],
        scores=np.stack((np.broadcast_to(study.scores[0, :1], humans.shape), humans)),
    )
    plan = replace(Plan.checked(WHO, figure, covariance, "random", "random", level), clip=False)
    return analyse(doubled, plan, "crossed", WHO)


def _standalone_first(
    figure: FigureOfMerit,
    reader: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    cluster: npt.ArrayLike | None,
    standalone: Label,
) -> StudyArrays:
    """Return the study with the algorithm as its first reader."""
    study = study_arrays(
        WHO,
        reader=reader,
        modality=None,
        case=case,
        truth=truth,
        score=score,
        cluster=cluster,
        by_order=figure.by_order,
    )
    if standalone not in study.readers:
        remedy = suggestion(str(standalone), map(str, study.readers))
        raise UnknownNameError(WHO, "standalone", "one of the readers", standalone, remedy)
    if len(study.readers) < 2:
        raise ArgumentError(WHO, "reader", "the algorithm and one reader at least", study.readers)
    order = sorted(range(len(study.readers)), key=lambda i: study.readers[i] != standalone)
    return replace(study, readers=tuple(study.readers[i] for i in order), scores=study.scores[:, order])


def _comparison(
    plan: Plan,
    setting: Setting,
    names: tuple[Label, ...],
    left_out: tuple[Label, ...],
    values: FloatArray,
    errors: FloatArray | None,
) -> StandaloneComparison:
    """Analyse values (1 + n_readers,) and their error covariance, the algorithm first."""
    r = len(names)
    of_differences = None if errors is None else _covariances_of_differences(errors)
    difference = float(values[1:].mean() - values[0])
    ms_reader = float(values[1:].var(ddof=1)) if r > 1 else np.nan
    fixed = plan.readers == "fixed" or (r == 1 and errors is not None)
    if fixed and plan.readers == "random":
        setting = replace(setting, caution=ONE_READER, method=f"one modality, {plan.method_with('fixed')}")
    if errors is None and r == 1:
        estimate = setting.without_interval(difference, NOTHING_VARIES)
    else:
        variance, df = mean_variance(ms_reader, of_differences, r, fixed=fixed)
        estimate = setting.estimate(difference, variance, df=df, null=0.0)
    return StandaloneComparison(
        figure_of_merit=plan.figure.name,
        standalone_value=float(values[0]),
        readers=names,
        left_out_readers=left_out,
        reader_values=values[1:],
        reader_mean=float(values[1:].mean()),
        difference=estimate,
        reader_mean_given_standalone=_shifted(estimate, float(values[0])),
        ms_reader=finite(ms_reader),
        difference_error_variance=None if of_differences is None else of_differences.error_variance,
        difference_cov2=None if of_differences is None else of_differences.cov2,
        pairs=_pairs(plan, setting, values, errors),
        covariance=errors,
    )


def _covariances_of_differences(errors: FloatArray) -> Covariances:
    """Return the error variance and covariance of reader minus algorithm, from errors with the algorithm first."""
    with_standalone = errors[1:, :1]
    differences = errors[1:, 1:] - with_standalone - with_standalone.T + errors[0, 0]
    count = differences.shape[0]
    cov2 = (differences.sum() - np.trace(differences)) / (count * (count - 1)) if count > 1 else 0.0
    return Covariances(error_variance=float(np.trace(differences) / count), cov1=0.0, cov2=float(cov2), cov3=0.0)


def _pairs(plan: Plan, setting: Setting, values: FloatArray, errors: FloatArray | None) -> tuple[Estimate, ...]:
    """Estimate algorithm minus each reader over cases."""
    setting = replace(setting, method=f"{plan.covariance}, one pair of readers, random cases", caution=None)
    pairs = []
    for i in range(1, values.size):
        difference = float(values[0] - values[i])
        if errors is None:
            pairs.append(setting.without_interval(difference, NOTHING_VARIES))
        else:
            variance = float(errors[0, 0] + errors[i, i] - 2 * errors[0, i])
            pairs.append(setting.estimate(difference, variance, null=0.0))
    return tuple(pairs)


def _shifted(estimate: Estimate, by: float) -> Estimate:
    """Return the estimate of the readers' mean from that of the difference, the algorithm's value being `by`."""
    return replace(
        estimate,
        value=None if estimate.value is None else estimate.value + by,
        low=None if estimate.low is None else estimate.low + by,
        high=None if estimate.high is None else estimate.high + by,
        statistic=None,
        p_value=None,
    )


def _undefined(
    name: str,
    value: float,
    names: tuple[Label, ...],
    left_out: tuple[Label, ...],
    values: FloatArray,
    setting: Setting,
) -> StandaloneComparison:
    undefined = setting.undefined("the algorithm, or every reader, has no defined figure of merit")
    return StandaloneComparison(
        figure_of_merit=name,
        standalone_value=float(value),
        readers=names,
        left_out_readers=left_out,
        reader_values=values,
        reader_mean=float(values.mean()) if values.size else float("nan"),
        difference=undefined,
        reader_mean_given_standalone=undefined,
        ms_reader=None,
        difference_error_variance=None,
        difference_cov2=None,
        pairs=tuple(undefined for _ in names),
        covariance=None,
    )
