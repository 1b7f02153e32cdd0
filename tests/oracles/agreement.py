"""Agreement: the cases of irr, irrCAC, vcd, epiR, psych and their papers, answered by our kernels."""

from __future__ import annotations

import csv
import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.agreement.agreement_parts import chance_agreement, pair_agreement
from ecg_eval.stats.agreement.agreement_weights import agreement_weights
from ecg_eval.stats.agreement.fleiss import conger_kappa, fleiss_kappa, fleiss_kappa_per_category, light_kappa
from ecg_eval.stats.agreement.gwet import gwet_ac1, gwet_ac2
from ecg_eval.stats.agreement.kappa import cohen_kappa, pabak
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.percent_agreement import percent_agreement, randolph_kappa, unanimous_agreement
from ecg_eval.stats.agreement.specific_agreement import (
    bias_index,
    negative_agreement,
    observed_agreement,
    positive_agreement,
    prevalence_index,
)
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.concordance import lin_ccc
from ecg_eval.stats.measurement.intraclass import intraclass_correlation
from ecg_eval.stats.measurement.method_comparison import bland_altman
from ecg_eval.stats.measurement.repeated_comparison import bland_altman_repeated
from ecg_eval.stats.proportion.mcnemar import mcnemar

Answers = dict[str, object]
WEIGHTS = ("linear", "quadratic", "ordinal")


def _table(path: Path) -> tuple[list[str], NDArray[np.str_]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, np.array(rows, dtype=str)


def _numbers(cells: NDArray[np.str_]) -> NDArray[np.float64]:
    return np.where(cells == "", "nan", cells).astype(float)


def _many(ratings: NDArray[np.generic], weights: str | None) -> dict[str, tuple[Estimate, str | None]]:
    """Give irrCAC's six coefficients, each with the name of its chance agreement."""
    options = {"ratings": ratings, "interval": "wald"}
    gwet = gwet_ac1(**options) if weights is None else gwet_ac2(**options, weights=weights)
    options["weights"] = weights
    return {
        "Gwet AC1" if weights is None else "Gwet AC2": (gwet, "gwet"),
        "Krippendorff alpha": (krippendorff_alpha(**options, test="wald"), "krippendorff"),
        "Conger kappa": (conger_kappa(**options, test="wald"), "conger"),
        "Fleiss kappa": (fleiss_kappa(**options, test="wald"), "fleiss"),
        "Brennan-Prediger": (randolph_kappa(**options), "brennan_prediger"),
        "percent agreement": (percent_agreement(**options), None),
    }


def _own_many(name: str, ratings: NDArray[np.generic], weights: str | None) -> Answers:
    answers: Answers = {}
    for coefficient, (estimate, chance) in _many(ratings, weights).items():
        path = f"{name}|{coefficient}|{weights or 'unweighted'}"
        answers |= {
            f"{path}|coefficient": estimate.value,
            f"{path}|SE": estimate.standard_error,
            f"{path}|p": estimate.p_value,
            f"{path}|CI low": estimate.low,
            f"{path}|CI high": estimate.high,
        }
        if chance:
            expected = chance_agreement(ratings=ratings, coefficient=chance, weights=weights)  # type: ignore[arg-type]
            answers[f"{path}|chance agreement"] = expected.value
    return answers


def _own_cohen(name: str, ratings: NDArray[np.generic], weights: str | None) -> Answers:
    kappa = cohen_kappa(first=ratings[:, 0], second=ratings[:, 1], weights=weights, interval="wald")
    path = f"{name}|Cohen kappa|{weights or 'unweighted'}"
    return {
        f"{path}|coefficient": kappa.value,
        f"{path}|z (H0 SE)": kappa.statistic,
        f"{path}|ASE": kappa.standard_error,
        f"{path}|CI low": kappa.low,
        f"{path}|CI high": kappa.high,
    }


def _own_binary(name: str, ratings: NDArray[np.float64]) -> Answers:
    first, second = ratings.T
    adjusted = pabak(first=first, second=second, interval="clopper_pearson")
    cells = {f"{name}|n{i}{j}": int(((first == i) & (second == j)).sum()) for i in (0, 1) for j in (0, 1)}
    return cells | {
        f"{name}|observed agreement": observed_agreement(first=first, second=second).value,
        f"{name}|expected agreement (Cohen)": chance_agreement(ratings=ratings, coefficient="cohen").value,
        f"{name}|prevalence index": prevalence_index(first=first, second=second).value,
        f"{name}|bias index": bias_index(first=first, second=second).value,
        f"{name}|PABAK|coefficient": adjusted.value,
        f"{name}|PABAK|CI low": adjusted.low,
        f"{name}|PABAK|CI high": adjusted.high,
        f"{name}|positive agreement": positive_agreement(first=first, second=second).value,
        f"{name}|negative agreement": negative_agreement(first=first, second=second).value,
    }


def own_agreement(case_dir: Path) -> Answers:
    """Answer own/05-agreement."""
    answers: Answers = {}
    for file in sorted(case_dir.glob("*_two_raters.csv")):
        name = file.name.split("_")[0]
        cells = _table(file)[1][:, 1:]
        if np.char.isnumeric(cells[cells != ""]).all():
            cells = _numbers(cells)
        ordered = len(np.unique(cells)) > 2 and cells.dtype.kind == "f"
        for weights in (None, *WEIGHTS) if ordered else (None,):
            answers |= _own_cohen(name, cells, weights) | _own_many(name, cells, weights)
        if cells.dtype.kind == "f" and not ordered:
            answers |= _own_binary(name, cells)
    urgency, bundle = _numbers(_table(case_dir / "urgency_six_raters.csv")[1][:, 1:]), _table(
        case_dir / "bundle_six_raters.csv"
    )[1][:, 1:]  # fmt: skip
    return answers | _own_urgency(urgency) | _own_bundle(bundle)


def _own_urgency(ratings: NDArray[np.float64]) -> Answers:
    name = "urgency six raters"
    complete = unanimous_agreement(ratings=ratings)
    answers: Answers = {f"{name}|ECGs rated by all six": complete.n}
    for weights in (None, *WEIGHTS):
        answers |= _own_many(name, ratings, weights)
        light = light_kappa(ratings=ratings, weights=weights, missing="complete")
        answers[f"{name}|Light kappa (mean pairwise Cohen, complete ECGs)|{weights or 'unweighted'}"] = light.value
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        alpha = krippendorff_alpha(ratings=ratings, metric=metric)
        answers[f"{name}|Krippendorff alpha|{metric} (coincidence matrix)"] = alpha.value
    return answers


def _own_bundle(ratings: NDArray[np.str_]) -> Answers:
    name = "bundle six raters"
    fleiss = fleiss_kappa(ratings=ratings, test="null")
    per_category = fleiss_kappa_per_category(ratings=ratings, test="null")
    unanimous = unanimous_agreement(ratings=ratings).value
    return _own_many(name, ratings, None) | {
        f"{name}|Fleiss kappa|coefficient (irr)": fleiss.value,
        f"{name}|Fleiss kappa|z (H0 SE)": fleiss.statistic,
        f'{name}|Conger kappa ("exact" Fleiss)': conger_kappa(ratings=ratings).value,
        f"{name}|Light kappa": light_kappa(ratings=ratings).value,
        f"{name}|all six agree, percent": None if unanimous is None else 100 * unanimous,
        **{f"{name}|Fleiss kappa per category|{c}": kappa.value for c, kappa in per_category.items()},
    }


def _counts(path: Path) -> NDArray[np.intp]:
    """Read a square table of counts."""
    return _table(path)[1][:, 1:].astype(int)


def _pairs_of_raters(name: str) -> list[int]:
    return [int(part) - 1 for part in re.findall(r"raters (\d+),(\d+)", name)[0]]


def published_kappa(case_dir: Path) -> Answers:
    """Answer published/05a: irr, vcd and epiR on their documented examples."""
    expected = [e["name"] for e in json.loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]]
    tables = {file.stem: _table(file)[1] for file in case_dir.glob("*.csv")}
    answers: Answers = {}
    for name in {n.rsplit("|", 1)[0] for n in expected if n.startswith("cohen kappa ")}:
        ratings = tables[name.split()[2]]
        weights = next((w for w in WEIGHTS if name.endswith(w)), None)
        i, j = _pairs_of_raters(name)
        kappa = cohen_kappa(first=ratings[:, i], second=ratings[:, j], weights=weights)
        answers |= {f"{name}|value": kappa.value, f"{name}|stat": kappa.statistic, f"{name}|p": kappa.p_value}
    for name in {n.rsplit("|", 1)[0] for n in expected if n.startswith("fleiss kappa ") and n.endswith("|value")}:
        fleiss = fleiss_kappa(ratings=tables[name.split()[2]], test="null")
        answers |= {f"{name}|value": fleiss.value, f"{name}|stat": fleiss.statistic, f"{name}|p": fleiss.p_value}
        answers[f"doc|{name}"] = fleiss.value
        for category, part in fleiss_kappa_per_category(ratings=tables[name.split()[2]], test="null").items():
            answers |= {f"fleiss kappa per category|{category}|kappa": part.value}
            answers |= {f"fleiss kappa per category|{category}|z": part.statistic}
    return answers | _vcd(case_dir / "SexualFun.csv") | _epi_kappa(case_dir / "salmon_2x2.csv")


def _vcd(path: Path) -> Answers:
    table = _counts(path)
    answers: Answers = {}
    for block, kind in (("linear(Equal-Spacing)", "linear"), ("quadratic(Fleiss-Cohen)", "quadratic")):
        for row, weights in (("Unweighted", None), ("Weighted", kind)):
            kappa = cohen_kappa(table=table, weights=weights, interval="wald", test="wald")
            path_name = f"{path.stem} {block}|{row}"
            answers |= {
                f"{path_name}|kappa": kappa.value,
                f"{path_name}|ASE": kappa.standard_error,
                f"{path_name}|CI low": kappa.low,
                f"{path_name}|CI high": kappa.high,
            }
    return answers


def _epi_kappa(path: Path) -> Answers:
    table = _counts(path)[::-1, ::-1]  # epiR counts yes before no
    reads = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0)
    study = path.stem.split("_")[0]
    kappa = cohen_kappa(table=table, interval="null")
    parts = {
        "pindex": prevalence_index(table=table, variance="independent"),
        "bindex": bias_index(table=table, variance="independent"),
        "pabak": pabak(table=table, interval="clopper_pearson"),
        "kappa": kappa,
    }
    answers: Answers = {
        f"{study}|prop.agree|obs": observed_agreement(table=table).value,
        f"{study}|prop.agree|exp": chance_agreement(ratings=reads, coefficient="cohen").value,
        f"doc|{study} kappa": kappa.value,
        f"doc|{study} kappa CI low": kappa.low,
        f"doc|{study} kappa CI high": kappa.high,
    }
    test = mcnemar(n_only_first=int(table[1, 0]), n_only_second=int(table[0, 1]), method="asymptotic")
    answers |= {
        f"{study}|mcnemar|test.statistic": test.statistic,
        f"{study}|mcnemar|df": test.df,
        f"{study}|mcnemar|p.value": test.p_value,
    }
    for name, part in parts.items():
        answers |= {f"{study}|{name}|est": part.value, f"{study}|{name}|se": part.standard_error}
        answers |= {f"{study}|{name}|lower": part.low, f"{study}|{name}|upper": part.high}
    return answers


def published_many(case_dir: Path) -> Answers:
    """Answer published/05b: Krippendorff, irrCAC, psych, Bland-Altman, Lin."""
    answers: Answers = {}
    units = _numbers(_table(case_dir / "krippendorff_4x12.csv")[1]).T
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        alpha = krippendorff_alpha(ratings=units, metric=metric).value
        answers |= {f"alpha {metric}": alpha, f"K2011|alpha {metric}": alpha}
    four = _numbers(_table(case_dir / "cac_raw4raters.csv")[1])
    for weights in (None, *WEIGHTS):
        answers |= _irrcac(four, weights)
    return answers | _psych(_numbers(_table(case_dir / "shrout_fleiss.csv")[1])) | _pefr(*_table(case_dir / "pefr.csv"))


_IRRCAC = {
    "Gwet AC1": "gwet.ac1.raw",
    "Gwet AC2": "gwet.ac1.raw",
    "Krippendorff alpha": "krippen.alpha.raw",
    "Conger kappa": "conger.kappa.raw",
    "Fleiss kappa": "fleiss.kappa.raw",
    "Brennan-Prediger": "bp.coeff.raw",
    "percent agreement": "pa.coeff.raw",
}


def _irrcac(ratings: NDArray[np.float64], weights: str | None) -> Answers:
    answers: Answers = {}
    values = np.unique(ratings[~np.isnan(ratings)])
    matrix = None if weights is None else agreement_weights(kind=weights, scores=values)  # type: ignore[arg-type]
    for name, (estimate, chance) in _many(ratings, matrix).items():
        path = f"r4|{_IRRCAC[name]}|{weights or 'unweighted'}"
        parts = {"ratings": ratings, "coefficient": chance or "fleiss", "weights": matrix}
        answers |= {
            f"{path}|pa": pair_agreement(**parts).value,
            f"{path}|pe": chance_agreement(**parts).value if chance else 0.0,
            f"{path}|coeff.val": estimate.value,
            f"{path}|coeff.se": estimate.standard_error,
            f"{path}|ci_low": estimate.low,
            f"{path}|ci_high": estimate.high,
            f"{path}|p.value": estimate.p_value,
        }
    return answers


def _psych(ratings: NDArray[np.float64]) -> Answers:
    answers: Answers = {}
    for form, name in (
        *(("1,1", "ICC1"), ("2,1", "ICC2"), ("3,1", "ICC3")),
        *(("1,k", "ICC1k"), ("2,k", "ICC2k"), ("3,k", "ICC3k")),
    ):
        found = intraclass_correlation(ratings=ratings, form=form)  # type: ignore[arg-type]
        answers |= {
            f"SF|{name}": found.icc.value,
            f"shrout_fleiss|{name}|ICC": found.icc.value,
            f"shrout_fleiss|{name}|F": found.icc.statistic,
            f"shrout_fleiss|{name}|df1": found.icc.df,
            f"shrout_fleiss|{name}|df2": found.icc.df_denominator,
            f"shrout_fleiss|{name}|p": found.icc.p_value,
            f"shrout_fleiss|{name}|lower bound": found.icc.low,
            f"shrout_fleiss|{name}|upper bound": found.icc.high,
        }
    return answers


def _pefr(header: list[str], cells: NDArray[np.str_]) -> Answers:
    columns = dict(zip(header, _numbers(cells).T, strict=True))
    first, second = columns["wright1"], columns["mini1"]
    plot = bland_altman(first=first, second=second, multiplier=1.96)
    plot_of = "pefr wright1-mini1"
    ccc = lin_ccc(first=second, second=first)  # epiR puts its second argument over its first
    z_form = "lin ccc wright1,mini1 (z-transform)"
    flipped = bland_altman(first=first, second=second, multiplier=2)
    return {
        "BA|mean": flipped.bias.value,
        "BA|sd": flipped.standard_deviation.value,
        "BA|limit low (2 SD)": flipped.lower_limit.value,
        "BA|limit high (2 SD)": flipped.upper_limit.value,
        "BA|mean CI low": flipped.bias.low,
        "BA|mean CI high": flipped.bias.high,
        f"{plot_of}|mean": plot.bias.value,
        f"{plot_of}|sd": plot.standard_deviation.value,
        f"{plot_of}|lower": plot.lower_limit.value,
        f"{plot_of}|upper": plot.upper_limit.value,
        f"{plot_of}|se_mean": plot.bias.standard_error,
        f"{plot_of}|ci_mean_low": plot.bias.low,
        f"{plot_of}|ci_mean_high": plot.bias.high,
        f"{plot_of}|n": plot.bias.n,
        f"{z_form}|est": ccc.ccc.value,
        f"{z_form}|lower": ccc.ccc.low,
        f"{z_form}|upper": ccc.ccc.high,
        "lin ccc wright1,mini1|scale shift": ccc.scale_shift.value,
        "lin ccc wright1,mini1|location shift": ccc.location_shift.value,
        "lin ccc wright1,mini1|C.b": ccc.accuracy.value,
    }


def own_methods(case_dir: Path) -> Answers:
    """Answer own/12-method-comparison."""
    header, cells = _table(case_dir / "intervals_four_readers.csv")
    kind, values = cells[:, header.index("interval")], _numbers(cells[:, 2:])
    answers: Answers = {}
    for interval in np.unique(kind):
        columns = dict(zip(header[2:], values[kind == interval].T, strict=True))
        readers = [name for name in columns if name != "device"]
        answers |= _limits(f"{interval}|device - {readers[0]}", columns["device"], columns[readers[0]])
        answers |= _limits(f"{interval}|{readers[1]} - {readers[0]}", columns[readers[1]], columns[readers[0]])
        answers |= _lin(interval, readers[0], "device", columns)
        table = np.column_stack([columns[name] for name in readers])
        for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k"):
            found = intraclass_correlation(ratings=table, form=form)  # type: ignore[arg-type]
            path = f"{interval}|ICC({form}) {readers[0]}-{readers[-1]}"
            answers |= {
                f"{path}|coefficient": found.icc.value,
                f"{path}|F": found.icc.statistic,
                f"{path}|df1": found.icc.df,
                f"{path}|df2": found.icc.df_denominator,
                f"{path}|CI low": found.icc.low,
                f"{path}|CI high": found.icc.high,
            }
    return answers | _repeated(*_table(case_dir / "qt_repeated.csv"))


def _limits(path: str, first: NDArray[np.float64], second: NDArray[np.float64]) -> Answers:
    plot = bland_altman(first=first, second=second, interval="approximate")
    return {
        f"{path}|n": plot.bias.n,
        f"{path}|bias": plot.bias.value,
        f"{path}|SD of differences": plot.standard_deviation.value,
        f"{path}|bias CI low": plot.bias.low,
        f"{path}|bias CI high": plot.bias.high,
        f"{path}|paired t test p": plot.bias.p_value,
        f"{path}|lower limit": plot.lower_limit.value,
        f"{path}|upper limit": plot.upper_limit.value,
        f"{path}|lower limit CI low": plot.lower_limit.low,
        f"{path}|lower limit CI high": plot.lower_limit.high,
        f"{path}|upper limit CI low": plot.upper_limit.low,
        f"{path}|upper limit CI high": plot.upper_limit.high,
        f"{path}|SE of a limit (1999)": plot.lower_limit.standard_error,
    }


def _lin(interval: str, a: str, b: str, columns: dict[str, NDArray[np.float64]]) -> Answers:
    # epiR puts its second argument over its first, although the expected names say the opposite
    found = lin_ccc(first=columns[b], second=columns[a])
    asymptotic = lin_ccc(first=columns[b], second=columns[a], interval="asymptotic").ccc
    path, pearson = f"{interval}|Lin CCC {a}, {b}", f"{interval}|Pearson r {a}, {b}"
    return {
        f"{path}|coefficient": found.ccc.value,
        f"{path}|CI low (z-transform)": found.ccc.low,
        f"{path}|CI high (z-transform)": found.ccc.high,
        f"{path}|CI low (asymptotic)": asymptotic.low,
        f"{path}|CI high (asymptotic)": asymptotic.high,
        f"{path}|scale shift SD({a})/SD({b})": found.scale_shift.value,
        f"{path}|location shift (mean {a} - mean {b})/sqrt(SD*SD)": found.location_shift.value,
        f"{path}|C.b": found.accuracy.value,
        pearson: found.pearson.value,
        f"{pearson}|CI low": found.pearson.low,
        f"{pearson}|CI high": found.pearson.high,
    }


def _repeated(header: list[str], cells: NDArray[np.str_]) -> Answers:
    column = dict(zip(header, cells.T, strict=True))
    pairs = {
        "first": _numbers(column["device_qt"]),
        "second": _numbers(column["reader_qt"]),
        "patient": column["patient_id"],
    }
    found = bland_altman_repeated(**pairs)  # type: ignore[arg-type]
    model = bland_altman_repeated(**pairs, estimator="reml")  # type: ignore[arg-type]
    naive = bland_altman(first=pairs["first"], second=pairs["second"])
    path = "QT repeated|device - reader"
    return {
        f"{path}|patients": found.bias.n_clusters,
        f"{path}|pairs": found.bias.n,
        f"{path}|bias (mean of all differences)": found.bias.value,
        f"{path}|mean square between patients": found.mean_square_between.value,
        f"{path}|mean square within patients": found.mean_square_within.value,
        f"{path}|m0 (unequal replicates)": found.replicates,
        f"{path}|SD between patients": found.sd_between.value,
        f"{path}|SD within patients": found.sd_within.value,
        f"{path}|total SD": found.total_sd.value,
        f"{path}|lower limit": found.lower_limit.value,
        f"{path}|upper limit": found.upper_limit.value,
        f"{path}|naive SD (replicates treated as independent)": naive.standard_deviation.value,
        f"{path}|mixed model (REML)|bias": model.bias.value,
        f"{path}|mixed model (REML)|bias SE": model.bias.standard_error,
        f"{path}|mixed model (REML)|SD between patients": model.sd_between.value,
        f"{path}|mixed model (REML)|SD within patients": model.sd_within.value,
    }


_GROUPS = {
    "DNN": "dnn",
    "cardio.": "cardiology_residents",
    "emerg.": "emergency_residents",
    "stud.": "medical_students",
}


def code_test_kappas(case_dir: Path) -> Answers:
    """Answer the kappas between reader groups of published/01a."""
    header, cells = _table(case_dir / "readings_wide.csv")
    column = dict(zip(header, cells.T, strict=True))
    findings = [name.split("__")[1] for name in header if name.startswith("dnn__")]
    answers: Answers = {}
    for (a, of_a), (b, of_b) in combinations(_GROUPS.items(), 2):
        for finding in findings:
            first, second = (_numbers(column[f"{group}__{finding}"]) for group in (of_a, of_b))
            answers[f"kappa|{a} vs {b}|{finding}"] = cohen_kappa(first=first, second=second).value
    return answers


CASES = {
    "12-method-comparison": own_methods,
    "05-agreement": own_agreement,
    "05a-kappa-fleiss-two-and-many-raters": published_kappa,
    "05b-krippendorff-gwet-icc-blandaltman": published_many,
}
PARTS = {"01a-code-test-scores": code_test_kappas}
OUT_OF_SCOPE: dict[str, dict[str, str]] = {}
