"""The steps of an Obuchowski-Rockette analysis, from a study's arrays to its result."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.anova import (
    Covariances,
    Design,
    MeanSquares,
    checked_design,
    mean_squares,
    reader_blocks,
)
from ecg_eval.stats.mrmc.covariance import cell_values, relevant_cases, values_and_covariance
from ecg_eval.stats.mrmc.intervals import Setting
from ecg_eval.stats.mrmc.or_result import (
    Difference,
    EqualityTest,
    ModalityMean,
    ObuchowskiRockette,
    ReaderTerms,
    VarianceComponents,
)
from ecg_eval.stats.mrmc.or_terms import denominator_of, equality_test, finite, mean_variance, no_test
from ecg_eval.stats.mrmc.plan import Plan
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, IntArray, Label, StudyArrays, any_along

ONE_READER = "there is one reader, taken as fixed: the interval does not reach to other readers"
NO_READER = "no reader has a defined figure of merit in every modality: a class of cases is empty or too small"
ONE_MODALITY = "there is one modality"
NOTHING_VARIES = "one reader, and cases are fixed: nothing varies"


def analyse(study: StudyArrays, plan: Plan, design: str, who: str) -> ObuchowskiRockette:
    """Analyse a study by a plan, without the readers who have an undefined cell that the design expects."""
    study = relevant_cases(study, plan.figure).without_unread_cases()
    recognised = checked_design(who, design, study)
    table = _Table.of(study, plan, who)
    nested = recognised == "readers_nested_in_modalities"
    usable = any_along(table.has_value, 0) if nested else ~any_along(~table.has_value, 0)
    left_out = tuple(r for r, fine in zip(study.readers, usable, strict=True) if not fine)
    if not usable.any():  # keep the cases, so that the undefined estimates can say how many there were
        study = replace(study, readers=(), scores=study.scores[:, :0])
        table = _Table(table.values[:, :0], None)
    elif left_out:
        study = study.of_readers(usable)
        table = _Table.of(study, plan, who)
    return _Analysis(study, plan, recognised, left_out, table, reader_blocks(study)).result()


@dataclass(frozen=True, slots=True)
class _Table:
    """Values (n_modalities, n_readers) and their covariance; a value without an error variance counts as undefined."""

    values: FloatArray
    covariance: FloatArray | None

    @property
    def has_value(self) -> BoolArray:
        """Which cells are defined."""
        return np.isfinite(self.values)

    @classmethod
    def of(cls, study: StudyArrays, plan: Plan, who: str) -> "_Table":
        if plan.cases == "fixed":
            return cls(cell_values(study, plan.figure), None)
        values, covariance = values_and_covariance(study, plan.figure, plan.covariance, who)
        finite_cells = np.isfinite(np.diag(covariance)).reshape(values.shape)
        return cls(np.where(finite_cells, values, np.nan), covariance)


@dataclass(frozen=True, slots=True)
class _Analysis:
    """One analysis under way; the readers are those that are usable."""

    study: StudyArrays
    plan: Plan
    design: Design
    left_out: tuple[Label, ...]
    table: _Table
    blocks: IntArray

    @property
    def values(self) -> FloatArray:
        return self.table.values

    @property
    def covariance(self) -> FloatArray | None:
        return self.table.covariance

    @property
    def has_value(self) -> BoolArray:
        return self.table.has_value

    def covariances(
        self, modality: int | None = None, reader: int | None = None, *, design: Design | None = None
    ) -> Covariances | None:
        """Average the covariance matrix, over all cells or those of one modality or reader."""
        if self.covariance is None:
            return None
        at_modality, at_reader = np.nonzero(self.has_value)
        counted = np.ones(at_modality.size, dtype=bool)
        if modality is not None:
            counted &= at_modality == modality
        if reader is not None:
            counted &= at_reader == reader
        at_modality, at_reader = at_modality[counted], at_reader[counted]
        cell = at_modality * len(self.study.readers) + at_reader
        part = self.covariance[np.ix_(cell, cell)]
        return Covariances.averaged(part, at_modality, at_reader, design or self.design, self.blocks[at_reader])

    def setting(self, caution: str | None = None) -> Setting:
        """Return what the estimates have in common; a caution is that of one reader, taken as fixed."""
        method = self.plan.method_with("fixed") if caution else self.plan.method
        return Setting.of(self.study, method=method, level=self.plan.level, caution=caution)

    def result(self) -> ObuchowskiRockette:
        none = not self.study.readers
        squares = None if none else mean_squares(self.values, self.design, self.blocks)
        covariances = None if none else self.covariances()
        test, differences = self._modalities(squares, covariances)
        return ObuchowskiRockette(
            figure_of_merit=self.plan.figure.name,
            modalities=self.study.modalities,
            readers=self.study.readers,
            left_out_readers=self.left_out,
            design=self.design,
            values=self.values,
            covariance=self.covariance,
            table={} if squares is None else squares.table,
            components=self._components(squares, covariances),
            test=test,
            means=tuple(self._mean(i, name) for i, name in enumerate(self.study.modalities)),
            differences=differences,
            reader_values=self._reader_values(),
            reader_differences=self._reader_differences(),
            reader_terms=self._reader_terms(),
        )

    def _components(self, squares: MeanSquares | None, covariances: Covariances | None) -> VarianceComponents:
        """Solve the expected mean squares for the variances.

        Crossed: Var(R) = (MS(R) - MS(TR)) / t - Cov1 + Cov3 and Var(TR) = MS(TR) - Var(error) + Cov1 + Cov2 - Cov3;
        readers within modalities: Var(R) = MS(R) - Var(error) + Cov2.
        """
        if squares is None or covariances is None:
            return VarianceComponents(reader=None, modality_reader=None, covariances=covariances)
        c = covariances
        if squares.nested:
            reader = squares.table["R"].mean_square - c.error_variance + c.cov2
            return VarianceComponents(reader=finite(reader), modality_reader=None, covariances=c)
        over_all = self.covariances(design="crossed") if self.design == "split_plot" else c
        cov3 = c.cov3 if over_all is None else over_all.cov3
        ms_reader, ms_interaction = squares.table["R"].mean_square, squares.table["TR"].mean_square
        reader = (ms_reader - ms_interaction) / self.values.shape[0] - c.cov1 + cov3
        interaction = squares.error.mean_square - c.error_variance + c.cov1 + c.cov2 - c.cov3
        return VarianceComponents(reader=finite(reader), modality_reader=finite(interaction), covariances=c)

    def _modalities(
        self, squares: MeanSquares | None, covariances: Covariances | None
    ) -> tuple[EqualityTest, tuple[Difference, ...]]:
        """Test that all modalities are alike, and estimate their differences."""
        pairs = list(combinations(range(len(self.study.modalities)), 2))
        if squares is None or not pairs:
            reason = NO_READER if squares is None else ONE_MODALITY
            undefined = self.setting().undefined(reason)
            return no_test(reason), tuple(self._pair(i, j, undefined) for i, j in pairs)
        fixed = self.plan.readers == "fixed"
        caution = None
        if not fixed and squares.error.df == 0:
            if covariances is None:
                mean = np.nanmean(self.values, axis=1)
                bare = [self.setting().without_interval(float(mean[i] - mean[j]), NOTHING_VARIES) for i, j in pairs]
                return no_test(NOTHING_VARIES), tuple(self._pair(*ij, e) for ij, e in zip(pairs, bare, strict=True))
            fixed, caution = True, ONE_READER
        denominator, df2 = denominator_of(squares, covariances, fixed=fixed, constrain=self.plan.constrain)
        mean = np.nanmean(self.values, axis=1)
        differences = tuple(
            self._pair(
                i,
                j,
                self.setting(caution).estimate(
                    float(mean[i] - mean[j]),
                    float(denominator * (1 / squares.n_readers[i] + 1 / squares.n_readers[j])),
                    df=df2,
                    null=0.0,
                ),
            )
            for i, j in pairs
        )
        test = equality_test(
            ms_modality=squares.table["T"].mean_square,
            ms_error=squares.error.mean_square,
            denominator=denominator,
            df=len(self.study.modalities) - 1,
            df_denominator=df2,
            chi_square=fixed,
        )
        return test, differences

    def _pair(self, i: int, j: int, estimate: Estimate, reader: Label = None) -> Difference:
        names = self.study.modalities
        return Difference(first=names[i], second=names[j], estimate=estimate, reader=reader)

    def _mean(self, index: int, name: Label) -> ModalityMean:
        """Estimate the mean over readers in one modality from that modality alone (Hillis 2007, section 5.3)."""
        row = self.values[index][self.has_value[index]]
        r = row.size
        if r == 0:
            undefined = self.setting().undefined(NO_READER)
            return ModalityMean(modality=name, estimate=undefined, ms_reader=None, error_variance=None, cov2=None)
        covariances = self.covariances(index, design="crossed" if self.design == "split_plot" else None)
        ms_reader = float(row.var(ddof=1)) if r > 1 else np.nan
        fixed, caution = self.plan.readers == "fixed", None
        if not fixed and r == 1:
            fixed, caution = True, ONE_READER
        if covariances is None and r == 1:
            estimate = self.setting().without_interval(float(row[0]), NOTHING_VARIES)
        else:
            variance, df = mean_variance(ms_reader, covariances, r, fixed=fixed)
            estimate = self.setting(caution).estimate(float(row.mean()), variance, df=df, bounds=self.plan.bounds)
        return ModalityMean(
            modality=name,
            estimate=estimate,
            ms_reader=finite(ms_reader),
            error_variance=None if covariances is None else covariances.error_variance,
            cov2=None if covariances is None else covariances.cov2,
        )

    def _of_one_reader(self, value: float, variance: float, *, null: float | None = None) -> Estimate:
        """Estimate for one reader as he is, over cases."""
        if self.covariance is None:
            return self.setting().without_interval(value, NOTHING_VARIES)
        setting = self.setting().named(f"{self.plan.covariance}, this reader only, random cases")
        return setting.estimate(value, variance, null=null, bounds=self.plan.bounds if null is None else None)

    def _reader_values(self) -> tuple[tuple[Estimate, ...], ...]:
        variance = np.full(self.values.shape, np.nan)
        if self.covariance is not None:
            variance = np.diag(self.covariance).reshape(self.values.shape)
        return tuple(
            tuple(
                self._of_one_reader(float(value), float(of_reader))
                for value, of_reader in zip(row, variances, strict=True)
            )
            for row, variances in zip(self.values, variance, strict=True)
        )

    def _reader_differences(self) -> tuple[Difference, ...]:
        """Estimate each reader's differences, error variance and Cov1 averaged over the modalities of the reader."""
        has_value, estimates = self.has_value, []
        for j, reader in enumerate(self.study.readers):
            of_reader = self.covariances(reader=j)
            variance = np.nan if of_reader is None else 2 * (of_reader.error_variance - of_reader.cov1)
            for i, k in combinations(np.flatnonzero(has_value[:, j]).tolist(), 2):
                difference = float(self.values[i, j] - self.values[k, j])
                estimates.append(self._pair(i, k, self._of_one_reader(difference, variance, null=0.0), reader))
        return tuple(estimates)

    def _reader_terms(self) -> tuple[ReaderTerms, ...]:
        estimates = []
        for j, reader in enumerate(self.study.readers):
            of_reader = self.covariances(reader=j)
            column = self.values[self.has_value[:, j], j]
            estimates.append(
                ReaderTerms(
                    reader=reader,
                    ms_modality=float(column.var(ddof=1)) if column.size > 1 else None,
                    error_variance=None if of_reader is None else of_reader.error_variance,
                    cov1=None if of_reader is None else of_reader.cov1,
                )
            )
        return tuple(estimates)
