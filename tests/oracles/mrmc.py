"""Reader studies: our answers to the simulated and published multi-reader multi-case cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ecg_eval.stats.mrmc.curve_figures import PartialArea
from ecg_eval.stats.mrmc.dbm import dorfman_berbaum_metz
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.standalone import StandaloneComparison, standalone_against_readers, standalone_as_modality
from ecg_eval.stats.mrmc.u_statistics import UStatistics, u_statistics
from oracles.mrmc_names import (
    EFFECTS,
    RJAFROC,
    Named,
    imrmc,
    imrmc_decomposition,
    imrmc_readers,
    mrmcaov,
    own_cells,
    own_dbm,
    own_or,
    own_u,
    rjafroc_dbm,
    rjafroc_or,
    rjafroc_or_anova,
    with_prefix,
)

Reads = dict[str, object]
COVARIANCES = {"jackknife": "jackknife", "DeLong": "delong", "unbiased": "unbiased"}


def reads(path: Path, **columns: str) -> Reads:
    """Read a long table; each argument of the kernels is named with its column."""
    table = pd.read_csv(path, float_precision="round_trip")
    return {argument: table[column].to_numpy() for argument, column in columns.items()}


def _own_reads(path: Path, score: str = "score") -> Reads:
    return reads(path, reader="reader_id", modality="modality", case="ecg_id", truth="truth", score=score)


def own_scores(case_dir: Path) -> Named:
    """Answer the fully crossed study with scores."""
    study = _own_reads(case_dir / "reads.csv")
    answers: Named = {}
    for covariance, method in COVARIANCES.items():
        for effect, setting in EFFECTS.items():
            result = obuchowski_rockette(**study, covariance=method, **setting)
            answers |= with_prefix(f"AUC|OR|{covariance}|{effect}", own_or(result, effect))
            answers |= with_prefix("AUC", own_cells(result))
    partial = obuchowski_rockette(
        **study, figure_of_merit=PartialArea(minimum=0.8, maximum=1, interpolation="vertices")
    )
    name = "partial AUC (specificity 0.8-1)"
    answers |= with_prefix(f"{name}|OR|jackknife|RRRC", own_or(partial, "RRRC"))
    answers |= with_prefix(name, own_cells(partial))
    for effect, setting in EFFECTS.items():
        answers |= with_prefix("AUC|DBM|jackknife", own_dbm(dorfman_berbaum_metz(**study, **setting), effect))
    return answers | with_prefix("AUC", own_u(u_statistics(**study)))


def own_binary(case_dir: Path) -> Named:
    """Answer the fully crossed study with calls."""
    study = _own_reads(case_dir / "reads.csv", "call")
    answers: Named = {}
    for figure in ("sensitivity", "specificity"):
        for effect, setting in EFFECTS.items():
            result = obuchowski_rockette(**study, figure_of_merit=figure, **setting)
            answers |= with_prefix(f"{figure}|OR|jackknife|{effect}", own_or(result, effect))
            answers |= with_prefix(figure, own_cells(result))
        answers |= with_prefix(figure, own_u(u_statistics(**study, figure_of_merit=figure, weighting="pairs")))
    return answers


def own_splitplot(case_dir: Path) -> Named:
    """Answer the studies that are not fully crossed."""
    answers: Named = {}
    for path in sorted(case_dir.glob("reads_*.csv")):
        name = path.stem.removeprefix("reads_")
        study = _own_reads(path)
        answers |= with_prefix(f"{name}|AUC", own_u(u_statistics(**study)))
        result = obuchowski_rockette(**study)
        answers |= with_prefix(f"{name}|AUC|OR|jackknife|RRRC", own_or(result, "RRRC"))
        delong = obuchowski_rockette(**study, covariance="delong")
        cells = iter(delong.covariance.diagonal())
        for modality, row in zip(delong.modalities, delong.reader_values, strict=True):
            for reader, estimate in zip(delong.readers, row, strict=True):
                cell = f"{name}|AUC|DeLong|{reader}|{modality}"
                answers[f"{cell}|estimate"] = estimate.value
                answers[f"{cell}|variance"] = next(cells)
                answers[f"{cell}|CI low"], answers[f"{cell}|CI high"] = estimate.low, estimate.high
    return answers


STANDALONE = {"1T-RRFC": {"cases": "fixed"}, "1T-RRRC": {"cases": "random"}}


def own_standalone(case_dir: Path) -> Named:
    """Answer one model against the mean of readers."""
    study = reads(case_dir / "scores.csv", reader="reader_id", case="ecg_id", truth="truth", score="score")
    answers: Named = {}
    for method, setting in STANDALONE.items():
        result = standalone_against_readers(**study, standalone="model", **setting)
        difference, readers = result.difference, result.reader_mean_given_standalone
        answers |= with_prefix(
            f"AUC|{method}",
            (
                ("model", result.standalone_value),
                ("mean of readers", result.reader_mean),
                ("readers - model", difference.value),
                ("p", difference.p_value),
                ("df", difference.df),
                ("t", difference.statistic),
                ("CI low", difference.low),
                ("CI high", difference.high),
                ("Var(readers)", result.ms_reader),
                ("Var(error) of the differences", result.difference_error_variance),
                ("Cov2 of the differences", result.difference_cov2),
                ("readers CI low", readers.low),
                ("readers CI high", readers.high),
            ),
        )
    two = standalone_as_modality(**study, standalone="model")
    difference = two.difference("readers", "standalone")
    answers |= with_prefix(
        "AUC|2T-RRRC",
        (
            ("model", two.mean("standalone").estimate.value),
            ("mean of readers", two.mean("readers").estimate.value),
            ("readers - model", difference.value),
            ("p", two.test.p_value),
            ("df", two.test.df_denominator),
            ("F", two.test.statistic),
            ("SE", difference.standard_error),
            ("CI low", difference.low),
            ("CI high", difference.high),
        ),
    )
    return answers | with_prefix(
        "AUC", _own_pairs(standalone_against_readers(**study, standalone="model", covariance="delong"))
    )


def _own_pairs(result: StandaloneComparison) -> list[tuple[str, object]]:
    named: list[tuple[str, object]] = [("model|DeLong variance", result.covariance[0, 0])]
    for i, (reader, value, pair) in enumerate(zip(result.readers, result.reader_values, result.pairs, strict=True), 1):
        named += [(reader, value), (f"{reader}|DeLong variance", result.covariance[i, i])]
        fields = {"estimate": pair.value, "z": pair.statistic, "p": pair.p_value, "CI low": pair.low}
        fields |= {"CI high": pair.high, "covariance": result.covariance[0, i]}
        named += [(f"pairwise DeLong|model - {reader}|{name}", number) for name, number in fields.items()]
    return named


VAN_DYKE = {"reader": "reader", "modality": "treatment", "case": "case", "truth": "truth", "score": "rating"}


def van_dyke_auc(case_dir: Path) -> Named:
    """Answer Van Dyke's study, AUC, by all programs."""
    path = next(case_dir.glob("*.csv"))
    study = reads(path, **VAN_DYKE)
    answers: Named = {}
    for label, method in {"jack": "jackknife", "DeLong": "delong", "unbiased": "unbiased"}.items():
        for effect, setting in EFFECTS.items():
            result = obuchowski_rockette(**study, covariance=method, constrain=False, **setting)
            answers |= with_prefix(f"emp.{label}.{effect}", mrmcaov(result, effect, "empirical_auc"))
    with_terms = obuchowski_rockette(**study)
    for effect, setting in EFFECTS.items():
        result = obuchowski_rockette(**study, clip=False, **setting)
        answers |= with_prefix(f"RJafroc.OR.{effect}", rjafroc_or_anova(with_terms))
        answers |= with_prefix(f"RJafroc.OR.{effect}", rjafroc_or(result, effect))
        pseudo = dorfman_berbaum_metz(**study, clip=False, **setting)
        answers |= with_prefix(f"RJafroc.DBM.{effect}", rjafroc_dbm(pseudo, effect))
    u = u_statistics(**study)
    for part in (imrmc(u, "m"), imrmc_readers(u, "r", "m"), imrmc_decomposition(u, "m")):
        answers |= with_prefix("iMRMC", part)
    return answers | with_prefix("iowa", _iowa(study)) | _one_reader(path)


def _iowa(study: Reads) -> Iterator[tuple[str, object]]:
    """Name what the program OR-DBM MRMC of the University of Iowa prints."""
    results = {effect: obuchowski_rockette(**study, clip=False, **setting) for effect, setting in EFFECTS.items()}
    random, components = results["RRRC"], results["RRRC"].components
    for name, printed in (("T", "MS(T)"), ("R", "MS(R)"), ("TR", "MS(T*R)")):
        yield printed, random.table[name].mean_square
    yield "Var(R)", components.reader
    yield "Var(T*R)", components.modality_reader
    yield "Var(Error)", components.covariances.error_variance
    for name in ("cov1", "cov2", "cov3"):
        yield name.upper(), getattr(components.covariances, name)
    printed = {"TR": "T*R", "TC": "T*C", "RC": "R*C"}
    for name, value in dorfman_berbaum_metz(**study).components.items():
        yield f"DBM Var({printed.get(name, name)})" if name != "error" else "DBM Var(T*R*C)+Var(Error)", value
    for i, modality in enumerate(random.modalities):
        for j, reader in enumerate(random.readers):
            yield f"AUC|treatment{modality}|reader{reader}", random.values[i, j]
    for effect, result in results.items():
        yield f"{effect}|{'X2' if effect == 'FRRC' else 'F'}", result.test.statistic
        yield f"{effect}|ddf", result.test.df_denominator
        yield f"{effect}|p", result.test.p_value
        for pair in result.differences:
            yield f"{effect}|diff {pair.first}-{pair.second}", pair.estimate.value
            yield f"{effect}|SE", pair.estimate.standard_error
            yield f"{effect}|CI low", pair.estimate.low
            yield f"{effect}|CI high", pair.estimate.high
        for mean in result.means:
            yield f"{effect}|treatment{mean.modality} df", mean.estimate.df
            yield f"{effect}|treatment{mean.modality} CI low", mean.estimate.low
            yield f"{effect}|treatment{mean.modality} CI high", mean.estimate.high


def _one_reader(path: Path) -> Named:
    """Answer MRMCaov's analyses of one reader (srmc) and of one reader in one modality (stmc)."""
    table = pd.read_csv(path, float_precision="round_trip")
    answers: Named = {}
    for reader, own in table.groupby("reader"):
        result = obuchowski_rockette(
            **{argument: own[column].to_numpy() for argument, column in VAN_DYKE.items()},
            covariance="delong",
            readers="fixed",
        )
        answers |= with_prefix(f"srmc.reader{reader}.DeLong", mrmcaov(result, "FRRC", "empirical_auc"))
        for modality, (estimate,) in zip(result.modalities, result.reader_values, strict=True):
            answers |= with_prefix(
                f"stmc.treatment{modality}.reader{reader}.DeLong",
                (
                    ("empirical_auc", estimate.value),
                    ("StdErr", estimate.standard_error),
                    ("CI.Lower", estimate.low),
                    ("CI.Upper", estimate.high),
                ),
            )
    return answers


def van_dyke_binary(case_dir: Path) -> Named:
    """Answer Van Dyke's study, ratings turned into calls."""
    study = reads(next(case_dir.glob("*.csv")), **{**VAN_DYKE, "score": "binary"})
    answers: Named = {}
    for figure, metric, label in (("sensitivity", "binary_sens", "tpf"), ("specificity", "binary_spec", "fpf")):
        for effect, setting in EFFECTS.items():
            result = obuchowski_rockette(**study, figure_of_merit=figure, constrain=False, **setting)
            answers |= with_prefix(f"{metric}.jack.{effect}", mrmcaov(result, effect, metric))
        u = u_statistics(**study, figure_of_merit=figure, weighting="pairs")
        answers |= with_prefix(f"iMRMC.{label}", imrmc(u, "m"))
        answers |= with_prefix(f"iMRMC.{label}", imrmc_readers(u, "r", "m"))
    return answers


def van_dyke_nested(case_dir: Path) -> Named:
    """Answer Van Dyke's study with cases coded as nested in readers (case2) or in modalities (case3).

    The file's columns case2 and case3 are decimal numbers in which case 10 of reader 1 (1.10) reads as case 1 (1.1);
    the codes are made anew from their two parts.
    """
    crossed = reads(next(case_dir.glob("*.csv")), **VAN_DYKE)
    answers: Named = {}
    for case, within in {"case2": "reader", "case3": "modality"}.items():
        nested = [f"{outer}/{inner}" for outer, inner in zip(crossed[within], crossed["case"], strict=True)]
        study = {**crossed, "case": nested}
        for label, method in {"jack": "jackknife", "unbiased": "unbiased"}.items():
            result = obuchowski_rockette(**study, covariance=method)
            answers |= with_prefix(f"emp.{label}.{case}", mrmcaov(result, "RRRC", "empirical_auc"))
    return answers


def nico_standalone(case_dir: Path) -> Named:
    """Answer one algorithm (reader 1) against nine radiologists, by RJafroc's names."""
    study = reads(case_dir / "ratings.csv", reader="reader", case="case", truth="truth", score="rating")
    algorithm = min(study["reader"])
    answers: Named = {}
    for method, setting in STANDALONE.items():
        result = standalone_against_readers(**study, standalone=algorithm, **setting)
        difference, readers = result.difference, result.reader_mean_given_standalone
        interval = "CIAvgRadFom" if method == "1T-RRFC" else "CIAvgRad"
        answers |= with_prefix(
            method,
            (
                ("fomCAD", result.standalone_value),
                *((f"fomRAD|{i}", value) for i, value in enumerate(result.reader_values, 1)),
                ("avgRadFom", result.reader_mean),
                (f"{interval}|1", readers.low),
                (f"{interval}|2", readers.high),
                ("avgDiffFom", difference.value),
                ("CIAvgDiffFom|1", difference.low),
                ("CIAvgDiffFom|2", difference.high),
                ("varR", result.ms_reader),
                ("varError", result.difference_error_variance),
                ("cov2", result.difference_cov2),
                ("Tstat", difference.statistic),
                ("df", difference.df),
                ("pval", difference.p_value),
            ),
        )
    return answers | with_prefix("2T-RRRC", _two_modalities(study, algorithm))


def _two_modalities(study: Reads, algorithm: object) -> Iterator[tuple[str, object]]:
    """Name the analysis with the algorithm as modality trt1 and the readers as trt2."""
    two = standalone_as_modality(**study, standalone=algorithm)
    one = standalone_against_readers(**study, standalone=algorithm)
    yield "fomCAD", one.standalone_value
    yield from ((f"fomRAD|{i}", value) for i, value in enumerate(one.reader_values, 1))
    yield "avgRadFom", one.reader_mean
    yield "avgDiffFom", one.difference.value
    yield "varDiffFom", one.ms_reader
    difference = two.difference("readers", "standalone")
    for attribute, name in {**RJAFROC, "statistic": "t", "p_value": "PrGTt"}.items():
        yield f"ciDiffFom|{name}|trt2-trt1", getattr(difference, attribute)
    for mean, label in ((two.mean("standalone"), "trt1"), (two.mean("readers"), "trt2")):
        for attribute, name in RJAFROC.items():
            yield f"ciAvgRdrEachTrt|{name}|{label}", getattr(mean.estimate, attribute)
        yield f"ciAvgRdrEachTrt|Cov2|{label}", mean.cov2
    components, test = two.components, two.test
    yield "varR", components.reader
    yield "varTR", components.modality_reader
    yield "varError", components.covariances.error_variance
    for name in ("cov1", "cov2", "cov3"):
        yield name, getattr(components.covariances, name)
    yield from (("FStat", test.statistic), ("ndf", test.df), ("df", test.df_denominator), ("pval", test.p_value))


VIPER = {"reader": "readerID", "modality": "modalityID", "case": "caseID", "truth": "cancerStatus455"}
VIPER_FIGURES = {"auc": "auc", "tpf": "sensitivity", "tnf": "specificity"}


def viper(case_dir: Path) -> Named:
    """Answer the split-plot study with two modalities, by iMRMC's names and by those of the paper's table."""
    answers: Named = {}
    for path in sorted(case_dir.glob("viper_*.csv")):
        study = path.stem.removeprefix("viper_")
        arrays = reads(path, **VIPER, score="score")
        calls = {**arrays, "score": (reads(path, recall="recall")["recall"] == 1).astype(float)}
        for label, figure in VIPER_FIGURES.items():
            given = arrays if figure == "auc" else calls
            u = u_statistics(**given, figure_of_merit=figure, weighting="pairs")
            answers |= with_prefix(f"{study}|{label}", (*imrmc(u), *imrmc_readers(u)))
            answers |= with_prefix(f"published|{study}|{label}", _viper_table(u))
    return answers


def _viper_table(result: UStatistics) -> Iterator[tuple[str, object]]:
    for modality, average in result.averages:
        yield str(modality), average.value
    for _, _, difference in result.differences:
        estimate = difference.estimate(quantile="t_truncated")
        yield "difference", estimate.value
        yield "SE of difference", estimate.standard_error
        yield "CI low", estimate.low
        yield "CI high", estimate.high


CASES = {
    "01-mrmc-scores": own_scores,
    "02-mrmc-binary": own_binary,
    "03-mrmc-splitplot": own_splitplot,
    "04-standalone-model-vs-readers": own_standalone,
    "04a-mrmc-vandyke-auc": van_dyke_auc,
    "04c-mrmc-vandyke-binary-sens-spec": van_dyke_binary,
    "04e-mrmc-vandyke-nested-designs": van_dyke_nested,
    "04g-standalone-ai-vs-readers-nico": nico_standalone,
    "04j-mrmc-viper-splitplot": viper,
}

OUT_OF_SCOPE = {
    "03-mrmc-splitplot": dict.fromkeys(
        ("blocks|AUC|DeLong|gp03|aided|CI low", "blocks|AUC|DeLong|gp03|aided|CI high"),
        "pROC prints the interval [1, 1] where the AUC is 1 and its DeLong variance 0; here there is no interval, and "
        "the reason is said",
    ),
    "04c-mrmc-vandyke-binary-sens-spec": dict.fromkeys(
        ("binary_sens.jack.FRRC|reader_means|CI.Lower|4/2", "binary_sens.jack.FRRC|reader_means|CI.Upper|4/2"),
        "MRMCaov prints the interval [1, 1] where a reader found every diseased case; here there is no interval, and "
        "the reason is said",
    ),
}
