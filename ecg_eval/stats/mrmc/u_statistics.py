"""U-statistic analysis of a reader study of any design (Gallas' one-shot method, program iMRMC).

The average over readers is a U-statistic, and so is its total variance with readers and cases random: it is unbiased
whatever the design, made of the reads that exist, and needs no model. Being unbiased, it can come out negative in a
small sample; then it is not estimable. The V-statistic (called MLE in iMRMC) is biased upwards and does not.
"""

from dataclasses import dataclass, field
from itertools import combinations
from math import floor, inf, isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.stats.mrmc.decomposition import Decomposition, decompose
from ecg_eval.stats.mrmc.intervals import Setting
from ecg_eval.stats.mrmc.moments import PairMoments, case_moments, pair_moments
from ecg_eval.stats.mrmc.pair_sums import quotient
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, Label, StudyArrays, study_arrays
from ecg_eval.stats.mrmc.u_statistic import UStatistic

WHO = "u_statistics"
Success = Literal["auc", "sensitivity", "specificity", "mean_score"]
Weighting = Literal["pairs", "reads", "readers"]


def u_statistics(
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    figure_of_merit: Success = "auc",
    weighting: Weighting | None = None,
) -> "UStatistics":
    r"""Estimate reader averages, their differences and their total variance, readers and cases random.

    Parameters
    ----------
    reader, modality, case : array_like (n_reads,)
        Labels. Any design: readers and cases may be crossed, nested, in blocks, or have holes.
    truth : array_like (n_reads,)
        1 or True where the finding is present.
    score : array_like (n_reads,)
        Higher means more suspicion; 0 and 1 for sensitivity and specificity; NaN is a missing read. For the AUC they
        may be infinite, and those that differ by rounding alone are no ties.
    figure_of_merit : {"auc", "sensitivity", "specificity", "mean_score"}
        "mean_score" averages the scores of all cases, whatever their truth.
    weighting : {"pairs", "reads", "readers"}, optional
        How readers weigh when they read different numbers of cases. "pairs": by their number of (diseased, healthy)
        pairs, the default for the AUC; for sensitivity and specificity this is what iMRMC gives when calls are coded
        1 and 0 in the relevant class and 0.5 in the other. "reads": by their number of reads in the relevant class,
        the default for proportions and scores. "readers": all the same.

    Returns
    -------
    UStatistics

    Raises
    ------
    ArgumentError
        An argument contradicts its description above.

    References
    ----------
    Gallas BD (2006). One-shot estimate of MRMC variance: AUC. Academic Radiology 13:353-362.
    Gallas BD, Bandos A, Samuelson FW, Wagner RF (2009). Communications in Statistics - Theory and Methods 38:2586-2603.
    Obuchowski NA, Gallas BD, Hillis SL (2012). Multi-reader ROC studies with split-plot designs: a comparison of
    statistical methods. Academic Radiology 19:1508-1517 (degrees of freedom).
    """
    study = study_arrays(
        WHO,
        reader=reader,
        modality=modality,
        case=case,
        truth=truth,
        score=score,
        by_order=figure_of_merit == "auc",
    )
    successes, study = _successes(study, figure_of_merit, weighting)
    weights = quotient(np.ones_like(successes.count), successes.count) if weighting == "readers" else None
    return UStatistics(
        figure_of_merit=figure_of_merit,
        modalities=study.modalities,
        readers=study.readers,
        study=study,
        successes=successes,
        weights=np.ones_like(successes.count) if weights is None else np.nan_to_num(weights),
        covariance=successes.unbiased_covariance(),
    )


def _successes(
    study: StudyArrays, figure_of_merit: Success, weighting: Weighting | None
) -> tuple[PairMoments, StudyArrays]:
    """Return the moments of the cells' successes, and the study of the cases that enter."""
    if weighting not in (None, "pairs", "reads", "readers"):
        raise ArgumentError(WHO, "weighting", "'pairs', 'reads' or 'readers'", weighting)
    if figure_of_merit == "auc":
        if weighting == "reads":
            raise ArgumentError(WHO, "weighting", "'pairs' or 'readers' for the AUC", weighting)
        return pair_moments(study.cells, study.truth), study
    if figure_of_merit == "mean_score":
        if weighting == "pairs":
            raise ArgumentError(WHO, "weighting", "'reads' or 'readers' for the mean score", weighting)
        return case_moments(study.cells), study
    if figure_of_merit not in ("sensitivity", "specificity"):
        names = ["auc", "sensitivity", "specificity", "mean_score"]
        remedy = suggestion(str(figure_of_merit), names)
        raise UnknownNameError(WHO, "figure_of_merit", "a known name", figure_of_merit, remedy)
    relevant = study.truth if figure_of_merit == "sensitivity" else ~study.truth
    calls = study.of_cases(relevant).cells
    if not np.isin(calls[~np.isnan(calls)], (0.0, 1.0)).all():
        remedy = "Turn scores into calls at a threshold first."
        raise ArgumentError(WHO, "score", f"0 or 1 for {figure_of_merit}", "other values", remedy)
    if weighting == "pairs":
        return pair_moments(_half_in_the_other_class(study.cells, relevant), study.truth), study
    relevant_study = study.of_cases(relevant)
    return case_moments(
        relevant_study.cells if figure_of_merit == "sensitivity" else 1 - relevant_study.cells
    ), relevant_study


def _half_in_the_other_class(cells: FloatArray, relevant: BoolArray) -> FloatArray:
    """Return scores whose AUC is the proportion of right calls: a call in one class, 0.5 in the other."""
    return np.where(np.isnan(cells) | relevant, cells, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class UStatistics:
    """Result of `u_statistics`.

    Attributes
    ----------
    figure_of_merit : str
        What was measured.
    modalities, readers : tuple
        Labels of the rows and columns of `values`.
    study : StudyArrays
        Cases that enter.
    successes : PairMoments
        Moments between every two cells.
    weights : ndarray (n_cells,)
        Weight of each success of a cell.
    covariance : ndarray (n_cells, n_cells)
        Unbiased covariance of the cells over cases, readers varying fastest.
    """

    figure_of_merit: str
    modalities: tuple[Label, ...]
    readers: tuple[Label, ...]
    study: StudyArrays = field(repr=False)
    successes: PairMoments = field(repr=False)
    weights: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)

    @property
    def values(self) -> FloatArray:
        """Figure of merit of each cell, (n_modalities, n_readers); NaN where undefined."""
        return self.successes.values.reshape(len(self.modalities), len(self.readers))

    def of_reader(self, reader: Label, first: Label, second: Label | None = None) -> tuple[float, float]:
        """Return one reader's value in a modality, or first minus second, and its unbiased variance over cases."""
        if reader not in self.readers:
            raise UnknownNameError(
                "UStatistics", "reader", "one of the study", reader, suggestion(str(reader), map(str, self.readers))
            )
        j, values = self.readers.index(reader), self.successes.values
        a = self._cells(first).start + j
        if second is None:
            return float(values[a]), float(self.covariance[a, a])
        b, c = self._cells(second).start + j, self.covariance
        return float(values[a] - values[b]), float(c[a, a] + c[b, b] - 2 * c[a, b])

    def decomposition(self, first: Label, second: Label) -> Decomposition:
        """Return the moments of the covariance of two modalities' averages (the same one: of its variance)."""
        return decompose(self.successes, self.weights, self._cells(first), self._cells(second))

    def average(self, modality: Label) -> UStatistic:
        """Return the average over readers in one modality."""
        parts = self.decomposition(modality, modality)
        own_df = {name: _component_df(parts, name) for name in self._main_effects}
        components = parts.components(biased=True)
        spread = sum(_share(components[name], own_df[name]) for name in own_df)
        return self._statistic(
            self._average(modality),
            parts.covariance,
            parts.covariance_biased,
            spread,
            own_df,
            is_difference=False,
        )

    def difference(
        self, first: Label, second: Label, *, unshared: Literal["apart", "together"] = "apart"
    ) -> UStatistic:
        """Return the first modality's average minus the second's.

        Parameters
        ----------
        first, second : label
            Modalities.
        unshared : {"apart", "together"}
            How an effect that the modalities do not share (readers, in parallel arms) enters the degrees of freedom:
            by the mean squares of the two modalities apart (Obuchowski, Gallas and Hillis 2012), or by their sum, on
            the smaller of the two degrees of freedom, as doIMRMC prints; this gives fewer degrees of freedom.
        """
        if unshared not in ("apart", "together"):
            raise ArgumentError("UStatistics.difference", "unshared", "'apart' or 'together'", unshared)
        a, b, ab = (self.decomposition(*pair) for pair in ((first, first), (second, second), (first, second)))
        in_a, in_b, in_ab = (part.components(biased=True) for part in (a, b, ab))
        spread, least = 0.0, {}
        for name in self._main_effects:
            df_a, df_b = _component_df(a, name), _component_df(b, name)
            least[name] = min(df_a, df_b)
            if ab.component_coefficients[name] > 0 or unshared == "together":
                spread += _share(in_a[name] + in_b[name] - 2 * in_ab[name], least[name])
            else:
                spread += _share(in_a[name], df_a) + _share(in_b[name], df_b)
        return self._statistic(
            self._average(first) - self._average(second),
            a.covariance + b.covariance - 2 * ab.covariance,
            a.covariance_biased + b.covariance_biased - 2 * ab.covariance_biased,
            spread,
            least,
            is_difference=True,
        )

    @property
    def averages(self) -> tuple[tuple[Label, UStatistic], ...]:
        """Average of every modality."""
        return tuple((name, self.average(name)) for name in self.modalities)

    @property
    def differences(self) -> tuple[tuple[Label, Label, UStatistic], ...]:
        """Difference of every two modalities, the earlier one of `modalities` first."""
        return tuple((a, b, self.difference(a, b)) for a, b in combinations(self.modalities, 2))

    @property
    def _main_effects(self) -> tuple[str, ...]:
        return ("N", "D", "R") if self.successes.of_pairs else ("C", "R")

    def _cells(self, modality: Label) -> slice:
        if modality not in self.modalities:
            remedy = suggestion(str(modality), map(str, self.modalities))
            raise UnknownNameError("UStatistics", "modality", "one of the study", modality, remedy)
        start = self.modalities.index(modality) * len(self.readers)
        return slice(start, start + len(self.readers))

    def _average(self, modality: Label) -> float:
        cells = self._cells(modality)
        weights = self.weights[cells]
        return float(
            quotient(weights @ self.successes.total[cells, None], weights @ self.successes.count[cells, None])[0]
        )

    def _statistic(
        self,
        value: float,
        variance: float,
        biased: float,
        spread: float,
        df: dict[str, float],
        *,
        is_difference: bool,
    ) -> UStatistic:
        """Put together a statistic; df = variance^2 / sum of (component^2 / df^3), not below the smallest, nor 2."""

        def degrees(of: float) -> float | None:
            if not isfinite(of) or of < 0 or not spread > 0:
                return None
            return max(of**2 / spread, min(df.values()), 2.0)

        return UStatistic(
            value=value,
            variance=variance,
            variance_biased=biased,
            df=degrees(variance),
            df_biased=degrees(biased),
            is_difference=is_difference,
            setting=Setting.of(self.study, method=self.figure_of_merit, level=0.95),
        )


def _component_df(parts: Decomposition, name: str) -> float:
    """Return the number of levels of an effect less one, the levels counted as the inverse of its coefficient."""
    coefficient = parts.component_coefficients[name]
    return floor(1 / coefficient - 1 + 0.5) if coefficient > 0 else inf


def _share(component: float, df: float) -> float:
    """Return component^2 / df^3: the square of the effect's mean square over its df, in Satterthwaite's sum."""
    return component**2 / df**3 if df > 0 else inf
