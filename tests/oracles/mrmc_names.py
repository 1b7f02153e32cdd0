"""The names that MRMCaov, RJafroc, iMRMC and the simulated cases give to the numbers of our reader-study results.

Each function turns one result into {expected name: number}; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.dbm import DorfmanBerbaumMetz
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette
from ecg_eval.stats.mrmc.u_statistic import UStatistic
from ecg_eval.stats.mrmc.u_statistics import UStatistics

Named = dict[str, object]
EFFECTS = {
    "RRRC": {"readers": "random", "cases": "random"},
    "FRRC": {"readers": "fixed", "cases": "random"},
    "RRFC": {"readers": "random", "cases": "fixed"},
}


def with_prefix(prefix: str, named: Iterable[tuple[str, object]]) -> Named:
    """Put a prefix before each name."""
    return {f"{prefix}|{name}": value for name, value in named}


def _fields(estimate: Estimate, names: dict[str, str]) -> Iterator[tuple[str, object]]:
    for attribute, name in names.items():
        yield name, getattr(estimate, attribute)


OWN = {
    "value": "estimate",
    "standard_error": "SE",
    "df": "df",
    "low": "CI low",
    "high": "CI high",
    "p_value": "p",
}


def own_or(result: ObuchowskiRockette, effect: str) -> Iterator[tuple[str, object]]:
    """Name an Obuchowski-Rockette result as the simulated cases do."""
    components, test = result.components, result.test
    yield "Var(R)", components.reader
    yield "Var(TR)", components.modality_reader
    if components.covariances is not None:
        yield "Var(error)", components.covariances.error_variance
        for name in ("Cov1", "Cov2", "Cov3"):
            yield name, getattr(components.covariances, name.lower())
    yield "equality|MS(T)", test.ms_modality
    yield "equality|MS(TR)", test.ms_error
    yield "equality|denominator", test.denominator
    yield f"equality|{test.name}", test.statistic
    yield "equality|df" if effect == "FRRC" else "equality|df1", test.df
    yield "equality|df2", test.df_denominator
    yield "equality|p", test.p_value
    statistic = "z" if effect == "FRRC" else "t"
    for pair in result.differences:
        for name, value in _fields(pair.estimate, {**OWN, "statistic": statistic}):
            yield f"{pair.first} - {pair.second}|{name}", value
    for mean in result.means:
        for name, value in _fields(mean.estimate, OWN):
            yield f"{mean.modality}|{name}", value
        yield f"{mean.modality}|MS(R)", mean.ms_reader
        yield f"{mean.modality}|Cov2", mean.cov2
        yield f"{mean.modality}|Var(error)", mean.error_variance
    for pair in result.reader_differences:
        for name, value in _fields(pair.estimate, {**OWN, "statistic": "z"}):
            yield f"{pair.reader}|{pair.first} - {pair.second}|{name}", value


def own_cells(result: ObuchowskiRockette | UStatistics) -> Iterator[tuple[str, object]]:
    """Name the figure of merit of each reader in each modality."""
    for modality, row in zip(result.modalities, result.values, strict=True):
        for reader, value in zip(result.readers, row, strict=True):
            yield f"{reader}|{modality}", value


def _own_u(statistic: UStatistic, *, biased: bool) -> Iterator[tuple[str, object]]:
    printed = statistic.estimate(biased=biased, quantile="t_truncated", clip=False)
    normal = statistic.estimate(biased=biased, quantile="normal", clip=False)
    yield "estimate", statistic.value
    yield "variance", statistic.variance_biased if biased else statistic.variance
    yield "df (BDG)", statistic.df_biased if biased else statistic.df
    yield "p (t, BDG df)", printed.p_value
    yield "CI low (t, BDG df)", printed.low
    yield "CI high (t, BDG df)", printed.high
    yield "CI low (normal)", normal.low
    yield "CI high (normal)", normal.high


def own_u(result: UStatistics) -> Iterator[tuple[str, object]]:
    """Name a U-statistic result as the simulated cases do."""
    for kind, biased in (("U-statistic", False), ("V-statistic (MLE)", True)):
        for modality, average in result.averages:
            for name, value in _own_u(average, biased=biased):
                yield f"{kind}|{modality}|{name}", value
        for first, second, _ in result.differences:
            for name, value in _own_u(result.difference(first, second, unshared="together"), biased=biased):
                yield f"{kind}|{first} - {second}|{name}", value
    for reader in result.readers:
        for modality in result.modalities:
            value, variance = result.of_reader(reader, modality)
            yield f"per reader|{reader}|{modality}|estimate", value
            yield f"per reader|{reader}|{modality}|U-statistic variance", variance
        for first, second, _ in result.differences:
            value, variance = result.of_reader(reader, first, second)
            yield f"per reader|{reader}|{first} - {second}|estimate", value
            yield f"per reader|{reader}|{first} - {second}|U-statistic variance", variance


def own_dbm(result: DorfmanBerbaumMetz, effect: str) -> Iterator[tuple[str, object]]:
    """Name a Dorfman-Berbaum-Metz result as the simulated cases do."""
    test = result.test
    for name, value in (("F", test.statistic), ("df1", test.df), ("df2", test.df_denominator), ("p", test.p_value)):
        yield f"{effect}|{name}", value
    for name, value in result.components.items():
        yield f"Var{'Err' if name == 'error' else name}", value


AOV = {"value": "Estimate", "standard_error": "StdErr", "df": "df", "low": "CI.Lower", "high": "CI.Upper"}


def mrmcaov(result: ObuchowskiRockette, effect: str, metric: str) -> Iterator[tuple[str, object]]:
    """Name an Obuchowski-Rockette result as MRMCaov's summary does (test `treatment`, reader `reader`)."""
    statistic = {"p_value": "p-value", "statistic": "z" if effect == "FRRC" else "t"}
    for i, modality in enumerate(result.modalities):
        for j, reader in enumerate(result.readers):
            yield f"perf|{metric}|treatment={modality}/reader={reader}", result.values[i, j]
            for name, value in _fields(result.reader_values[i][j], {**AOV, "value": metric}):
                yield f"reader_means|{name}|{reader}/{modality}", value
            if result.reader_standard_errors is not None:
                yield f"reader_means|StdErr|{reader}/{modality}", result.reader_standard_errors[i, j]
    components, test = result.components, result.test
    yield "vcov_comps|Estimate|reader", components.reader
    yield "vcov_comps|Estimate|treatment:reader", components.modality_reader
    if components.covariances is not None:
        yield "vcov_comps|Estimate|Error", components.covariances.error_variance
        for name in ("Cov1", "Cov2", "Cov3"):
            value = getattr(components.covariances, name.lower())
            yield f"vcov_comps|Estimate|{name}", value
            yield f"vcov_comps|Correlation|{name}", components.correlation(name.lower())
            yield f"test_equality|{name}|1", value
    yield "test_equality|MS(T)|1", test.ms_modality
    yield "test_equality|MS(T:R)|1", test.ms_error
    yield "test_equality|Denominator|1", test.denominator
    yield f"test_equality|{'X2' if effect == 'FRRC' else 'F'}|1", test.statistic
    yield f"test_equality|{'df' if effect == 'FRRC' else 'df1'}|1", test.df
    yield "test_equality|df2|1", test.df_denominator
    yield "test_equality|p-value|1", test.p_value
    for pair in result.differences:
        for name, value in _fields(pair.estimate, {**AOV, **statistic}):
            yield f"test_diffs|{name}|{pair.first} - {pair.second}", value
    for mean in result.means:
        for name, value in _fields(mean.estimate, AOV):
            yield f"test_means|{name}|{mean.modality}", value
        yield f"test_means|MS(R)|{mean.modality}", mean.ms_reader
        yield f"test_means|Cov2|{mean.modality}", mean.cov2
        yield f"test_means|Var(Error)|{mean.modality}", mean.error_variance
    for pair in result.reader_differences:
        for name, value in _fields(pair.estimate, {**AOV, "statistic": "z", "p_value": "p-value"}):
            yield f"reader_test_diffs|{name}|{pair.first} - {pair.second}/{pair.reader}", value


RJAFROC = {"value": "Estimate", "standard_error": "StdErr", "df": "DF", "low": "CILower", "high": "CIUpper"}


def _rjafroc_labels(result: ObuchowskiRockette | DorfmanBerbaumMetz) -> tuple[dict[object, str], dict[object, str]]:
    return (
        {name: f"trt{i}" for i, name in enumerate(result.modalities)},
        {name: f"rdr{j}" for j, name in enumerate(result.readers)},
    )


def _rjafroc_shared(
    result: ObuchowskiRockette | DorfmanBerbaumMetz, effect: str, statistic: str
) -> Iterator[tuple[str, object]]:
    """Name what both methods print: figures of merit, differences and means."""
    trt, rdr = _rjafroc_labels(result)
    tested = {**RJAFROC, "statistic": statistic, "p_value": f"PrGT{statistic}"}
    for i, modality in enumerate(result.modalities):
        for j, reader in enumerate(result.readers):
            yield f"FOMs|foms|{rdr[reader]}|{trt[modality]}", result.values[i, j]
    for mean in result.means:
        yield f"FOMs|trtMeans|Estimate|{trt[mean.modality]}", mean.estimate.value
        for name, value in _fields(mean.estimate, RJAFROC):
            yield f"{effect}|ciAvgRdrEachTrt|{name}|{trt[mean.modality]}", value
    for pair in result.differences:
        named = f"{trt[pair.first]}-{trt[pair.second]}"
        yield f"FOMs|trtMeanDiffs|Estimate|{named}", pair.estimate.value
        for name, value in _fields(pair.estimate, tested):
            yield f"{effect}|ciDiffTrt|{name}|{named}", value
    for pair in result.reader_differences:
        named = f"{rdr[pair.reader]}::{trt[pair.first]}-{trt[pair.second]}"
        for name, value in _fields(pair.estimate, tested):
            yield f"{effect}|ciDiffTrtEachRdr|{name}|{named}", value


def rjafroc_or_anova(result: ObuchowskiRockette) -> Iterator[tuple[str, object]]:
    """Name the table and terms, cases random, that RJafroc prints with every Obuchowski-Rockette analysis."""
    trt, rdr = _rjafroc_labels(result)
    for name, line in result.table.items():
        yield f"ANOVA|TRanova|MS|{name}", line.mean_square
        yield f"ANOVA|TRanova|DF|{name}", line.df
        yield f"ANOVA|TRanova|SS|{name}", line.sum_of_squares
    yield "ANOVA|VarCom|Estimates|VarR", result.components.reader
    yield "ANOVA|VarCom|Estimates|VarTR", result.components.modality_reader
    yield "ANOVA|VarCom|Estimates|Var", result.components.covariances.error_variance
    for name in ("Cov1", "Cov2", "Cov3"):
        yield f"ANOVA|VarCom|Estimates|{name}", getattr(result.components.covariances, name.lower())
        yield f"ANOVA|VarCom|Rhos|{name}", result.components.correlation(name.lower())
    for mean in result.means:
        name = trt[mean.modality]
        yield f"ANOVA|IndividualTrt|DF|{name}", result.table["R"].df
        yield f"ANOVA|IndividualTrt|msREachTrt|{name}", mean.ms_reader
        yield f"ANOVA|IndividualTrt|varEachTrt|{name}", mean.error_variance
        yield f"ANOVA|IndividualTrt|cov2EachTrt|{name}", mean.cov2
    for terms in result.reader_terms:
        name = rdr[terms.reader]
        yield f"ANOVA|IndividualRdr|DF|{name}", result.table["T"].df
        yield f"ANOVA|IndividualRdr|msTEachRdr|{name}", terms.ms_modality
        for part in ("ANOVA|IndividualRdr", "FRRC|IndividualRdrVarCov1"):
            yield f"{part}|varEachRdr|{name}", terms.error_variance
            yield f"{part}|cov1EachRdr|{name}", terms.cov1


def rjafroc_or(result: ObuchowskiRockette, effect: str) -> Iterator[tuple[str, object]]:
    """Name tests and intervals of an Obuchowski-Rockette result as RJafroc does."""
    trt, _ = _rjafroc_labels(result)
    yield from _rjafroc_shared(result, effect, "z" if effect == "FRRC" else "t")
    for mean in result.means:
        yield f"{effect}|ciAvgRdrEachTrt|Cov2|{trt[mean.modality]}", mean.cov2
        if effect == "FRRC":  # printed beside normal intervals, and not used in them
            yield f"FRRC|ciAvgRdrEachTrt|DF|{trt[mean.modality]}", mean.estimate.n_clusters - 1
    test = result.test
    treatment, error = ("T", "TR") if effect == "RRFC" else ("Treatment", "Error")
    statistic = {"RRRC": "FStat", "FRRC": "Chisq", "RRFC": "F"}[effect]
    yield f"{effect}|FTests|DF|{treatment}", test.df
    yield f"{effect}|FTests|MS|{treatment}", test.ms_modality
    yield f"{effect}|FTests|{statistic}|{treatment}", test.statistic
    yield f"{effect}|FTests|p|{treatment}", test.p_value
    yield f"{effect}|FTests|DF|{error}", test.df_denominator
    yield f"{effect}|FTests|MS|{error}", test.denominator


def rjafroc_dbm(result: DorfmanBerbaumMetz, effect: str) -> Iterator[tuple[str, object]]:
    """Name a Dorfman-Berbaum-Metz result as RJafroc does."""
    trt, rdr = _rjafroc_labels(result)
    yield from _rjafroc_shared(result, effect, "t")
    for name, line in result.table.items():
        yield f"ANOVA|TRCanova|SS|{name}", line.sum_of_squares
        yield f"ANOVA|TRCanova|DF|{name}", line.df
        yield f"ANOVA|TRCanova|MS|{name}", line.mean_square
    for name, value in result.components.items():
        yield f"ANOVA|VarCom|Estimates|Var{'Err' if name == 'error' else name}", value
    for mean in result.means:
        for name, line in mean.table.items():
            yield f"ANOVA|IndividualTrt|DF|ms{name}", line.df
            yield f"ANOVA|IndividualTrt|{trt[mean.modality]}|ms{name}", line.mean_square
    for own in result.reader_tables:
        for name, line in own.table.items():
            yield f"ANOVA|IndividualRdr|DF|ms{name}", line.df
            yield f"ANOVA|IndividualRdr|{rdr[own.reader]}|ms{name}", line.mean_square
    test = result.test
    yield f"{effect}|FTests|DF|Treatment", test.df
    yield f"{effect}|FTests|MS|Treatment", test.ms_modality
    yield f"{effect}|FTests|FStat|Treatment", test.statistic
    yield f"{effect}|FTests|p|Treatment", test.p_value
    yield f"{effect}|FTests|DF|Error", test.df_denominator
    yield f"{effect}|FTests|MS|Error", test.denominator


def _imrmc_tests(statistic: UStatistic, *, biased: bool) -> Iterator[tuple[str, object]]:
    null = None if statistic.is_difference else 0.5
    normal = statistic.estimate(biased=biased, quantile="normal", null=null, clip=False)
    printed = statistic.estimate(biased=biased, quantile="t_truncated", null=null, clip=False)
    yield "dfBDG", statistic.df_biased if biased else statistic.df
    for name, estimate in (("BDG", printed), ("normal", normal)):
        yield f"pValue{name.capitalize() if name == 'normal' else name}", estimate.p_value
        yield f"botCI{name}", estimate.low
        yield f"topCI{name}", estimate.high


def imrmc(result: UStatistics, modality_label: str = "") -> Iterator[tuple[str, object]]:
    """Name a U-statistic result as doIMRMC does; `modality_label` stands before each modality."""
    label = {name: f"{modality_label}{name}" for name in result.modalities}
    for kind, biased in (("Ustat", False), ("MLEstat", True)):
        variance = "variance_biased" if biased else "variance"
        for modality, average in result.averages:
            row = f"{label[modality]}/NO_MOD"
            yield f"{kind}|AUCA|{row}", average.value
            yield f"{kind}|varAUCA|{row}", getattr(average, variance)
            for name, value in _imrmc_tests(average, biased=biased):
                yield f"{kind}|{name}|{row}", value
        for first, second, _ in result.differences:
            difference = result.difference(first, second, unshared="together")
            row = f"{label[first]}/{label[second]}"
            for letter, modality in (("A", first), ("B", second)):
                average = result.average(modality)
                yield f"{kind}|AUC{letter}|{row}", average.value
                yield f"{kind}|varAUC{letter}|{row}", getattr(average, variance)
            yield f"{kind}|AUCAminusAUCB|{row}", difference.value
            yield f"{kind}|varAUCAminusAUCB|{row}", getattr(difference, variance)
            for name, value in _imrmc_tests(difference, biased=biased):
                yield f"{kind}|{name}|{row}", value


def imrmc_readers(
    result: UStatistics, reader_label: str = "", modality_label: str = ""
) -> Iterator[tuple[str, object]]:
    """Name each reader's values and variances as doIMRMC does."""
    for reader in result.readers:
        for modality in result.modalities:
            row = f"{reader_label}{reader}/{modality_label}{modality}/NO_MOD"
            value, variance = result.of_reader(reader, modality)
            yield f"perReader|AUCA|{row}", value
            yield f"perReader|varAUCA|{row}", variance
        for first, second, _ in result.differences:
            row = f"{reader_label}{reader}/{modality_label}{first}/{modality_label}{second}"
            sides = {"A": (first,), "B": (second,), "AminusAUCB": (first, second)}
            for letter, modalities in sides.items():
                value, variance = result.of_reader(reader, *modalities)
                yield f"perReader|AUC{letter}|{row}", value
                yield f"perReader|varAUC{letter}|{row}", variance


def imrmc_decomposition(result: UStatistics, modality_label: str = "") -> Iterator[tuple[str, object]]:
    """Name moments, components and their coefficients as doIMRMC does."""
    for first in result.modalities:
        for second in result.modalities:
            row = f"{modality_label}{first}/{modality_label}{second}"
            parts = result.decomposition(first, second)
            for kind, biased in (("Ustat", False), ("MLE", True)):
                moments = parts.moments_biased if biased else parts.moments
                for i in range(8):
                    yield f"varDecomp|BDG|{kind}|comp|M{i + 1}|{row}", moments[i]
                    yield f"varDecomp|BDG|{kind}|coeff|M{i + 1}|{row}", parts.coefficients[i]
                for name, value in parts.components(biased=biased).items():
                    yield f"varDecomp|BCK|{kind}|comp|{name}|{row}", value
                for name, value in parts.component_coefficients.items():
                    yield f"varDecomp|BCK|{kind}|coeff|{name}|{row}", value
