"""The result of an Obuchowski-Rockette analysis: the table of figures of merit, its terms, its tests and estimates."""

from dataclasses import dataclass, replace

import numpy as np

from ecg_eval.errors import UnknownNameError, suggestion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.anova import Covariances, Design, SumOfSquares
from ecg_eval.stats.mrmc.study import FloatArray, Label


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityTest:
    """Test that all modalities are alike.

    Attributes
    ----------
    name : {"F", "chi2"}
        Which distribution.
    statistic, df, df_denominator, p_value : float or None
        None where the test cannot be made; `df_denominator` None for chi2.
    ms_modality, ms_error, denominator : float or None
        Mean square of modalities, of what it is compared with, and the denominator of the statistic.
    reason : str or None
        Why there is no test.
    """

    name: str
    statistic: float | None
    df: float | None
    df_denominator: float | None
    p_value: float | None
    ms_modality: float | None
    ms_error: float | None
    denominator: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalityMean:
    """Mean over readers in one modality, from that modality's reads alone, with the terms of its variance."""

    modality: Label
    estimate: Estimate
    ms_reader: float | None
    error_variance: float | None
    cov2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """First modality minus second; of the mean over readers, or of one `reader`."""

    first: Label
    second: Label
    estimate: Estimate
    reader: Label = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTerms:
    """One reader across modalities: mean square of modalities, mean error variance, mean covariance of modalities."""

    reader: Label
    ms_modality: float | None
    error_variance: float | None
    cov1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponents:
    """Variance components as the analysis of variance gives them, negative ones not cut at zero.

    The convention is that of the print of the Iowa program (OR-DBM MRMC), which MRMCaov shares: Var(TR) takes Cov2 -
    Cov3 as it is estimated. RJafroc puts max(Cov2 - Cov3, 0) there, so that its Var(TR) is larger and its Var(R)
    smaller where Cov2 is below Cov3 (Franken's data: Var(TR) -0.000713 by Iowa, -0.000684 by RJafroc).

    Attributes
    ----------
    reader : float or None
        Variance between readers (within modalities, in parallel arms).
    modality_reader : float or None
        Variance of the interaction of modality and reader.
    covariances : Covariances or None
        Error variance and Cov1 to Cov3; None where cases are fixed.
    """

    reader: float | None
    modality_reader: float | None
    covariances: Covariances | None

    @property
    def not_estimable(self) -> tuple[str, ...]:
        """Names of the components whose estimate is negative: no variance is, so the sample cannot tell it from 0."""
        named = {"reader": self.reader, "modality_reader": self.modality_reader}
        if self.covariances is not None:
            named["error_variance"] = self.covariances.error_variance
        return tuple(name for name, value in named.items() if value is not None and value < 0)

    def correlation(self, name: str) -> float | None:
        """Return Cov1, Cov2 or Cov3 (by its name in lower case) over the error variance."""
        if self.covariances is None or not self.covariances.error_variance > 0:
            return None
        return float(getattr(self.covariances, name)) / self.covariances.error_variance


@dataclass(frozen=True, slots=True, kw_only=True)
class ObuchowskiRockette:
    """Result of `obuchowski_rockette`.

    Attributes
    ----------
    figure_of_merit : str
        What was measured.
    modalities, readers : tuple
        Labels of the rows and columns of `values`.
    left_out_readers : tuple
        Readers without a value in some cell; they are in none of the results.
    design : str
        As recognised or asked for.
    values : ndarray (n_modalities, n_readers)
        Figure of merit of each cell; NaN where a reader has no such arm.
    covariance : ndarray (n_cells, n_cells) or None
        Error covariance, readers varying fastest; None where cases are fixed.
    table : dict
        Lines T (modality), R (reader) and TR of the analysis of variance of `values`; in parallel arms T and R, the
        readers within modalities. Empty where no reader is usable.
    components : VarianceComponents
    test : EqualityTest
    means : tuple of ModalityMean
    differences : tuple of Difference
        Every pair of modalities, the earlier one of `modalities` first.
    reader_values : tuple of tuple of Estimate
        As `values`; cases random, this reader fixed, normal intervals.
    reader_differences : tuple of Difference
        Every pair of modalities for every reader who has both, normal intervals.
    reader_terms : tuple of ReaderTerms
    """

    figure_of_merit: str
    modalities: tuple[Label, ...]
    readers: tuple[Label, ...]
    left_out_readers: tuple[Label, ...]
    design: Design
    values: FloatArray
    covariance: FloatArray | None
    table: dict[str, SumOfSquares]
    components: VarianceComponents
    test: EqualityTest
    means: tuple[ModalityMean, ...]
    differences: tuple[Difference, ...]
    reader_values: tuple[tuple[Estimate, ...], ...]
    reader_differences: tuple[Difference, ...]
    reader_terms: tuple[ReaderTerms, ...]

    @property
    def reader_standard_errors(self) -> FloatArray | None:
        """Standard error of each cell over cases, shape of `values`; 0 where a perfect cell shows no error."""
        if self.covariance is None:
            return None
        variances: FloatArray = np.diag(self.covariance).reshape(self.values.shape)
        return np.sqrt(np.maximum(variances, 0.0))

    def mean(self, modality: Label) -> ModalityMean:
        """Return the mean over readers in one modality."""
        for mean in self.means:
            if mean.modality == modality:
                return mean
        raise self._unknown(modality)

    def difference(self, first: Label, second: Label) -> Estimate:
        """Return first minus second, in the order asked for."""
        for pair in self.differences:
            if (pair.first, pair.second) == (first, second):
                return pair.estimate
            if (pair.first, pair.second) == (second, first):
                return reversed_difference(pair.estimate)
        raise self._unknown(first if first not in self.modalities else second)

    def _unknown(self, modality: Label) -> UnknownNameError:
        remedy = suggestion(str(modality), map(str, self.modalities))
        return UnknownNameError("ObuchowskiRockette", "modality", "one of the study", modality, remedy)


def reversed_difference(estimate: Estimate) -> Estimate:
    """Return the estimate of the difference the other way round."""
    t = None if estimate.statistic is None else -estimate.statistic
    # the test is two-sided, so that only the sign of t changes
    return replace(estimate.mapped(scale=-1), statistic=t, p_value=estimate.p_value)
