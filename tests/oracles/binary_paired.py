"""How the kernels for paired calls answer the cases of R's exact2x2, PropCIs, ratesci and DTComPair."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import permutations
from pathlib import Path

from ecg_eval.stats.diagnostic import accuracy_comparison as comparison
from ecg_eval.stats.diagnostic import non_inferiority
from ecg_eval.stats.diagnostic import rates as measures
from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test, relative_predictive_values
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion import mcnemar, paired
from oracles.binary_files import Answers, Column, asked, columns, expected_names, put, put_bounds, rows

CELLS = ("n11", "n10", "n01", "n00")
COUNTS = ("n_both", "n_only_first", "n_only_second", "n_neither")
DIFFERENCES = {
    "Wald": "wald",
    "Agresti-Min": "agresti_min",
    "Bonett-Price": "bonett_price",
    "Tango": "tango",
    "Newcombe (method 10)": "newcombe",
    "SCAS": "score_skewness",
}
RATIOS = {"score (Tang)": "tang", "MOVER Wilson": "newcombe", "MOVER Jeffreys": "newcombe_jeffreys"}
MCNEMAR = {
    "asymptotic": ("McNemar chi2", "McNemar p"),
    "corrected": ("McNemar chi2 with continuity correction", "McNemar p with continuity correction"),
    "exact": (None, "McNemar exact p"),
    "mid_p": (None, "McNemar mid-p"),
}


def paired_binary(case_dir: Path) -> Answers:
    names, answers = expected_names(case_dir), {}
    levels = asked(names, r"(\d+(?:\.\d+)?)% CI")
    margins = asked(names, r"non-inferiority margin ([\d.]+)")
    for row in rows(case_dir / "tables.csv"):
        counts = [int(row[name]) for name in CELLS]
        answers |= _paired_table(row["table"], counts, levels, margins)
    calls = {name: values.astype(float) for name, values in columns(case_dir / "calls.csv").items() if name != "ecg_id"}
    truth = calls.pop("reference")
    for name, call in calls.items():
        answers |= _one_reader(f"calls|{name}", truth, call)
    for (first, one), (second, two) in permutations(calls.items(), 2):
        answers |= _two_readers(f"calls|{first} - {second}", f"calls|{first} / {second}", truth, one, two)
    return answers


def _paired_table(table: str, counts: list[int], levels: list[str], margins: list[str]) -> Answers:
    answers: Answers = {}
    pairs = dict(zip(COUNTS, counts, strict=True))
    answers[f"{table}|difference"] = paired.compare_paired_proportions(**pairs).value
    discordant = {name: pairs[name] for name in ("n_only_first", "n_only_second")}
    for method, (statistic, p) in MCNEMAR.items():
        test = mcnemar.mcnemar(**discordant, method=method)
        answers[f"{table}|{p}"] = test.p_value
        if statistic:
            answers[f"{table}|{statistic}"] = test.statistic
    odds = mcnemar.mcnemar_odds_ratio(**discordant, method="exact")
    answers[f"{table}|odds ratio n10/n01 exact CI low"] = odds.low
    answers[f"{table}|odds ratio n10/n01 exact CI high"] = odds.high
    for level in levels:
        share = float(level) / 100
        for words, method in DIFFERENCES.items():
            bounds = paired.paired_bounds(*counts, method=method, level=share)
            put_bounds(answers, f"{table}|{words} {level}% CI ", bounds)
        for words, method in RATIOS.items():
            bounds = paired.paired_bounds(*counts, contrast="ratio", method=method, level=share)
            put_bounds(answers, f"{table}|ratio p1/p2|{words} {level}% CI ", bounds)
    for margin in margins:
        test = non_inferiority.paired_non_inferiority(**pairs, margin=float(margin))
        put(answers, f"{table}|non-inferiority margin {margin}", **{"score z": test.statistic})
        put(answers, f"{table}|non-inferiority margin {margin}", **{"one-sided p": test.p_value})
    return answers


SINGLE: Mapping[str, Callable[..., Estimate]] = {
    "sensitivity": measures.sensitivity,
    "specificity": measures.specificity,
    "PPV": measures.positive_predictive_value,
    "NPV": measures.negative_predictive_value,
}
LIKELIHOOD: Mapping[str, Callable[..., Estimate]] = {
    "LR+": measures.positive_likelihood_ratio,
    "LR-": measures.negative_likelihood_ratio,
}


def _one_reader(prefix: str, truth: Column, call: Column) -> Answers:
    answers: Answers = {}
    for name, measure in SINGLE.items():
        e = measure(truth=truth, call=call, method="wald")
        values = {"estimate": e.value, "SE": e.standard_error, "Wald CI low": e.low, "Wald CI high": e.high}
        put(answers, f"{prefix}|{name}", **values)
    for name, measure in LIKELIHOOD.items():
        e = measure(truth=truth, call=call, method="log")
        values = {"estimate": e.value, "SE of log": e.standard_error, "log CI low": e.low, "log CI high": e.high}
        put(answers, f"{prefix}|{name}", **values)
    return answers


def _two_readers(minus: str, over: str, truth: Column, first: Column, second: Column) -> Answers:
    answers: Answers = {}
    calls = {"truth": truth, "first": first, "second": second}
    for name in ("sensitivity", "specificity"):
        difference = partial(comparison.compare_accuracy, rate=name)
        test = partial(comparison.accuracy_test, rate=name)
        chi, exact = test(**calls, method="asymptotic"), test(**calls, method="exact")
        put(answers, f"{minus}|{name}", difference=difference(**calls).value)
        put(answers, f"{minus}|{name}", **{"McNemar chi2": chi.statistic, "McNemar p": chi.p_value})
        put(answers, f"{minus}|{name}", **{"exact p": exact.p_value})
        for words, method in DIFFERENCES.items():
            e = difference(**calls, method=method)
            put(answers, f"{minus}|{name}", **{f"{words} CI low": e.low, f"{words} CI high": e.high})
        _ratio(answers, f"{over}|{name}", difference(**calls, contrast="ratio", method="log"))
    _ratio(
        answers,
        f"{over}|false positive fraction",
        comparison.compare_accuracy(**calls, rate="false_positive_rate", contrast="ratio", method="log"),
    )
    relative = relative_predictive_values(**calls)
    for name, kind, ratio in (("PPV", "positive", relative.positive), ("NPV", "negative", relative.negative)):
        _ratio(answers, f"{over}|{name} (Moskowitz-Pepe)", ratio)
        answers[f"{over}|{name} (Moskowitz-Pepe)|z"] = ratio.statistic
        for words, method in (
            ("generalized score (Leisenring)", "generalized_score"),
            ("weighted generalized score (Kosinski)", "weighted_generalized_score"),
        ):
            e = predictive_value_test(**calls, kind=kind, method=method)
            put(
                answers,
                f"{minus.split('|', maxsplit=1)[0]}|{name}",
                **{f"{words} chi2": e.statistic, f"{words} p": e.p_value},
            )
    for name, kind in (("LR+", "positive"), ("LR-", "negative")):
        e = comparison.relative_likelihood_ratio(**calls, kind=kind)
        _ratio(answers, f"{over}|{name} (Gu-Pepe regression)", e)
    return answers


def _ratio(answers: Answers, prefix: str, e: Estimate) -> None:
    values = {"ratio": e.value, "SE of log": e.standard_error, "CI low": e.low, "CI high": e.high, "p": e.p_value}
    put(answers, prefix, **values)


PUBLISHED_DIFFERENCES = {
    "wald": "wald",
    "agresti_min": "agresti_min",
    "bonett_price": "bonett_price",
    "tango_PropCIs": "tango",
    "tango_ratesci": "tango",
    "scas": "score_skewness",
    "newcombe10": "newcombe",
    "mover_newc_jeff": "newcombe_jeffreys",
    "mover_uncorrected": "mover_wilson",
    "mover_jeff": "mover_jeffreys",
}
PUBLISHED_MCNEMAR = {
    "asymptotic": ("chi2", "p"),
    "corrected": ("chi2_cc", "p_cc"),
    "exact": (None, "p_exact"),
    "mid_p": (None, "p_midp"),
}


def mcnemar_and_paired_differences(case_dir: Path) -> Answers:
    answers: Answers = {}
    for row in rows(case_dir / "mcnemar_tables.csv"):
        # the case's odds ratio is c / b, so that c counts the first's own pairs
        counts = {"n_only_first": int(row["c"]), "n_only_second": int(row["b"])}
        for method, (statistic, p) in PUBLISHED_MCNEMAR.items():
            test = mcnemar.mcnemar(**counts, method=method)
            answers[f"mcnemar|{row['key']}|{p}"] = test.p_value
            if statistic:
                answers[f"mcnemar|{row['key']}|{statistic}"] = test.statistic
        odds = mcnemar.mcnemar_odds_ratio(**counts, method="exact")
        put(answers, f"mcnemar|{row['key']}", or_exact_low=odds.low, or_exact_high=odds.high)
    tables = {r["case"]: [int(r[n]) for n in CELLS] for r in rows(case_dir / "paired_tables.csv")}
    for case, counts in tables.items():
        difference = paired.compare_paired_proportions(**dict(zip(COUNTS, counts, strict=True)))
        answers[f"{case}|difference (b-c)/n"] = difference.value
        for words, method in PUBLISHED_DIFFERENCES.items():
            put_bounds(answers, f"{case}|{words}|", paired.paired_bounds(*counts, method=method))
    names = expected_names(case_dir)
    for name in names:
        if match := re.match(r"pub\|newcombe \((\d+),(\d+),(\d+),(\d+)\) (low|high)", name):
            bounds = paired.paired_bounds(*map(int, match.groups()[:4]), method="newcombe")
            answers[name] = float(bounds[match[5] == "high"])
    for short in asked(names, r"^noninferiority\|(\w+)\|"):
        case = next(case for case in tables if case.endswith(short))
        answers |= _non_inferiority(f"noninferiority|{short}", tables[case], names)
        answers[f"pub|Tango {short} Z"] = answers.get(f"noninferiority|{short}|theta0=-0.1|score Z")
    return answers


def _non_inferiority(prefix: str, counts: list[int], names: list[str]) -> Answers:
    answers: Answers = {}
    for theta in asked(names, rf"^{re.escape(prefix)}\|theta0=(-[\d.]+)\|"):
        pairs = dict(zip(COUNTS, counts, strict=True))
        test = non_inferiority.paired_non_inferiority(**pairs, margin=abs(float(theta)))
        answers[f"{prefix}|theta0={theta}|score Z"] = test.statistic
        answers[f"{prefix}|one-sided p (H1: diff > theta0)"] = test.p_value
    for level in asked(names, rf"^{re.escape(prefix)}\|(\d+)% Tango"):
        bounds = paired.paired_bounds(*counts, method="tango", level=float(level) / 100)
        put_bounds(answers, f"{prefix}|{level}% Tango ", bounds)
    return answers


CASES = {
    "08-paired-binary": paired_binary,
    "07a-mcnemar-paired-difference-ci": mcnemar_and_paired_differences,
}
