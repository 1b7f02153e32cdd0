r"""Dorfman-Berbaum-Metz analysis: an analysis of variance of jackknife pseudovalues, modality x reader x case.

The pseudovalue of a case in a cell is K A - (K - 1) A_(k), with A_(k) the figure of merit without case k; centred so
that their mean is A. With random readers it gives what Obuchowski-Rockette with the jackknife gives; with fixed readers
it uses an F test where that uses chi-square, so that the p-value is slightly larger.

References
----------
Dorfman DD, Berbaum KS, Metz CE (1992). Receiver operating characteristic rating analysis: generalization to the
population of readers and patients with the jackknife method. Investigative Radiology 27:723-731.
Hillis SL, Berbaum KS, Metz CE (2008). Recent developments in the Dorfman-Berbaum-Metz procedure for multireader ROC
study analysis. Academic Radiology 15:647-661.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from math import inf

import numpy as np
import numpy.typing as npt

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.anova import SumOfSquares
from ecg_eval.stats.mrmc.covariance import cell_values, relevant_cases
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit, Statistic
from ecg_eval.stats.mrmc.intervals import Setting
from ecg_eval.stats.mrmc.or_result import Difference, EqualityTest
from ecg_eval.stats.mrmc.or_terms import equality_test
from ecg_eval.stats.mrmc.plan import Effect, Plan
from ecg_eval.stats.mrmc.study import FloatArray, Label, StudyArrays, study_arrays

WHO = "dorfman_berbaum_metz"


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudovalueMean:
    """Mean over readers in one modality, from that modality alone, with its mean squares (R, C, RC)."""

    modality: Label
    estimate: Estimate
    table: dict[str, SumOfSquares]


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudovalueReader:
    """One reader, with the mean squares (T, C, TC) of that reader alone."""

    reader: Label
    table: dict[str, SumOfSquares]


@dataclass(frozen=True, slots=True, kw_only=True)
class DorfmanBerbaumMetz:
    """Result of `dorfman_berbaum_metz`.

    Attributes
    ----------
    figure_of_merit : str
    modalities, readers : tuple
        Labels of the first two axes.
    values : ndarray (n_modalities, n_readers)
        Figure of merit of each cell.
    pseudovalues : ndarray (n_modalities, n_readers, n_clusters)
        Centred.
    table : dict
        Lines T, R, C, TR, TC, RC, TRC and Total of the analysis of variance of the pseudovalues.
    components : dict
        Variances R, C, TR, TC, RC and error, not cut at zero.
    test : EqualityTest
    means : tuple of PseudovalueMean
    differences : tuple of Difference
        Every pair of modalities, the earlier one first.
    reader_differences : tuple of Difference
        The same for each reader alone, cases random, t with n_clusters - 1 degrees of freedom.
    reader_tables : tuple of PseudovalueReader
    """

    figure_of_merit: str
    modalities: tuple[Label, ...]
    readers: tuple[Label, ...]
    values: FloatArray
    pseudovalues: FloatArray
    table: dict[str, SumOfSquares]
    components: dict[str, float]
    test: EqualityTest
    means: tuple[PseudovalueMean, ...]
    differences: tuple[Difference, ...]
    reader_differences: tuple[Difference, ...]
    reader_tables: tuple[PseudovalueReader, ...]


def dorfman_berbaum_metz(  # noqa: PLR0913 - a study and its analysis plan
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    figure_of_merit: str | FigureOfMerit | Statistic = "auc",
    readers: Effect = "random",
    cases: Effect = "random",
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
    clip: bool = True,
) -> DorfmanBerbaumMetz:
    """Compare modalities in a fully crossed study by pseudovalues.

    Parameters
    ----------
    reader, modality, case, truth, score, figure_of_merit, readers, cases, cluster, level, clip
        As in `obuchowski_rockette`. Every reader reads every case in every modality, and there are at least two
        modalities, two readers and two cases (patients).

    Returns
    -------
    DorfmanBerbaumMetz

    Raises
    ------
    ArgumentError, UnknownNameError
        The study is not fully crossed, too small, or a figure of merit is undefined with a case left out; or an
        argument contradicts its description.
    """
    figure = figure_by_name(WHO, figure_of_merit)
    plan = replace(Plan.checked(WHO, figure, "jackknife", readers, cases, level), clip=clip)
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
    study = relevant_cases(study, figure)
    remedy = "Use obuchowski_rockette for other designs."
    if not study.read.all() or min(*study.scores.shape[:2], study.n_clusters) < 2:
        rule = "fully crossed, with two modalities, readers and cases at least"
        raise ArgumentError(WHO, "study", rule, study.scores.shape, remedy)
    values = cell_values(study, figure)
    pseudovalues = _pseudovalues(study, figure, values)
    if not np.isfinite(pseudovalues).all():
        raise ArgumentError(WHO, "figure of merit", "defined with any one case left out", figure.name, remedy)
    return _analysis(study, plan, values, pseudovalues)


def _pseudovalues(study: StudyArrays, figure: FigureOfMerit, values: FloatArray) -> FloatArray:
    k = study.n_clusters
    left_out = figure.left_out(study.cells, study.truth, study.cluster, k).reshape(*values.shape, k)
    raw = k * values[:, :, None] - (k - 1) * left_out
    centred: FloatArray = raw + (values - raw.mean(axis=2))[:, :, None]
    return centred


def _table(array: FloatArray, names: str) -> dict[str, SumOfSquares]:
    """Return the analysis of variance of a full array whose axes are named by letters, one value a cell."""
    lines = {}
    effects: dict[str, FloatArray] = {}
    for order in range(len(names) + 1):
        for letters in map("".join, combinations(names, order)):
            others = tuple(i for i, letter in enumerate(names) if letter not in letters)
            effect = array.mean(axis=others, keepdims=True) if others else array
            effect = effect - sum(
                (part for name, part in effects.items() if set(name) < set(letters)), np.zeros_like(effect)
            )
            effects[letters] = effect
            if letters:
                df = int(np.prod([array.shape[names.index(letter)] - 1 for letter in letters]))
                squares = float((effect**2).sum() * array.size / effect.size)
                lines[letters] = SumOfSquares(sum_of_squares=squares, df=df)
    total = float(((array - array.mean()) ** 2).sum())
    lines["Total"] = SumOfSquares(sum_of_squares=total, df=array.size - 1)
    return lines


def _mean_squares(table: dict[str, SumOfSquares]) -> dict[str, float]:
    return {name: line.mean_square for name, line in table.items()}


def _satterthwaite(leading: float, added: float, df: int) -> tuple[float, float]:
    """Return leading + max(added, 0) and its degrees of freedom, leading having `df`."""
    denominator = leading + max(added, 0.0)
    return denominator, df * (denominator / leading) ** 2 if leading > 0 else inf


def _analysis(study: StudyArrays, plan: Plan, values: FloatArray, pseudovalues: FloatArray) -> DorfmanBerbaumMetz:
    t, r, k = pseudovalues.shape
    table = _table(pseudovalues, "TRC")
    ms = _mean_squares(table)
    denominator, df2 = {
        ("random", "random"): _satterthwaite(ms["TR"], ms["TC"] - ms["TRC"], (t - 1) * (r - 1)),
        ("fixed", "random"): (ms["TC"], float((t - 1) * (k - 1))),
        ("random", "fixed"): (ms["TR"], float((t - 1) * (r - 1))),
    }[plan.readers, plan.cases]
    method = f"Dorfman-Berbaum-Metz, {plan.readers} readers, {plan.cases} cases"
    setting = Setting.of(study, method=method, level=plan.level)
    mean = values.mean(axis=1)
    pairs = list(combinations(range(t), 2))
    differences = tuple(
        Difference(
            first=study.modalities[i],
            second=study.modalities[j],
            estimate=setting.estimate(float(mean[i] - mean[j]), 2 * denominator / (r * k), df=df2, null=0.0),
        )
        for i, j in pairs
    )
    return DorfmanBerbaumMetz(
        figure_of_merit=plan.figure.name,
        modalities=study.modalities,
        readers=study.readers,
        values=values,
        pseudovalues=pseudovalues,
        table=table,
        components=_components(ms, t, r, k),
        test=equality_test(
            ms_modality=ms["T"],
            ms_error=ms["TC" if plan.readers == "fixed" else "TR"],
            denominator=denominator,
            df=t - 1,
            df_denominator=df2,
        ),
        means=tuple(
            _mean(name, float(mean[i]), pseudovalues[i], plan, setting) for i, name in enumerate(study.modalities)
        ),
        differences=differences,
        reader_differences=_reader_differences(study, values, pseudovalues, setting),
        reader_tables=tuple(
            PseudovalueReader(reader=name, table=_table(pseudovalues[:, j], "TC"))
            for j, name in enumerate(study.readers)
        ),
    )


def _components(ms: dict[str, float], t: int, r: int, k: int) -> dict[str, float]:
    """Solve the expected mean squares for the variances."""
    error = ms["TRC"]
    return {
        "R": (ms["R"] - ms["TR"] - ms["RC"] + error) / (t * k),
        "C": (ms["C"] - ms["TC"] - ms["RC"] + error) / (t * r),
        "TR": (ms["TR"] - error) / k,
        "TC": (ms["TC"] - error) / r,
        "RC": (ms["RC"] - error) / t,
        "error": error,
    }


def _mean(name: Label, value: float, pseudovalues: FloatArray, plan: Plan, setting: Setting) -> PseudovalueMean:
    """Estimate the mean over readers in one modality from its own pseudovalues (n_readers, n_clusters)."""
    r, k = pseudovalues.shape
    table = _table(pseudovalues, "RC")
    ms = _mean_squares(table)
    denominator, df = {
        ("random", "random"): _satterthwaite(ms["R"], ms["C"] - ms["RC"], r - 1),
        ("fixed", "random"): (ms["C"], float(k - 1)),
        ("random", "fixed"): (ms["R"], float(r - 1)),
    }[plan.readers, plan.cases]
    estimate = setting.estimate(value, denominator / (r * k), df=df, bounds=plan.bounds)
    return PseudovalueMean(modality=name, estimate=estimate, table=table)


def _reader_differences(
    study: StudyArrays, values: FloatArray, pseudovalues: FloatArray, setting: Setting
) -> tuple[Difference, ...]:
    """Estimate each reader's differences over cases: variance 2 MS(TC) / k of that reader, t on k - 1."""
    k = pseudovalues.shape[2]
    setting = setting.named("Dorfman-Berbaum-Metz, this reader only, random cases")
    differences = []
    for j, reader in enumerate(study.readers):
        variance = 2 * _mean_squares(_table(pseudovalues[:, j], "TC"))["TC"] / k
        for i, m in combinations(range(len(study.modalities)), 2):
            estimate = setting.estimate(float(values[i, j] - values[m, j]), variance, df=float(k - 1), null=0.0)
            first, second = study.modalities[i], study.modalities[m]
            differences.append(Difference(first=first, second=second, estimate=estimate, reader=reader))
    return tuple(differences)
