"""Kernels that the questions of a study need: what R's stats, coin, lme4 and glmmTMB say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np

from ecg_eval.stats.agreement.fleiss import fleiss_kappa
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.marginal_homogeneity import bowker_test, cochran_q, marginal_homogeneity_test
from ecg_eval.stats.agreement.percent_agreement import randolph_kappa
from ecg_eval.stats.diagnostic.rates import positive_predictive_value, sensitivity
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mixed.comparison import likelihood_ratio_test
from ecg_eval.stats.mixed.marginal_difference import marginal_difference
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mixed.result import MixedFit
from ecg_eval.stats.probability.challenge import exact_match_accuracy
from ecg_eval.stats.probability.choice_tables import Average, choice_tables
from ecg_eval.stats.proportion.mcnemar import mcnemar
from ecg_eval.stats.roc.f_measure import f_beta

Answers = dict[str, object]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def marginal_homogeneity(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/15: square tables of two reads, and Cochran's Q."""
    rows = _rows(case_dir / "tables.csv")
    answers: Answers = {}
    for name in dict.fromkeys(row["table"] for row in rows):
        cells = [row for row in rows if row["table"] == name]
        size = max(int(row["first"]) for row in cells)
        table = np.zeros((size, size), dtype=int)
        for row in cells:
            table[int(row["first"]) - 1, int(row["second"]) - 1] = int(row["count"])
        answers |= {f"{name}|{path}": value for path, value in _square(table).items()}
    return answers | _cochran(_rows(case_dir / "reads.csv"))


def _square(table: np.ndarray) -> Answers:
    every, entries = bowker_test(table=table, pairs="all"), bowker_test(table=table)
    answers: Answers = {
        "Bowker|number of pairs with entries": int(entries.df) if is_defined(entries) and entries.df else 0,
        "Bowker|chi2": every.statistic,
        "Bowker|p": every.p_value,
        "Bowker|df, all pairs": every.df,
        "Bowker|p, df all pairs": every.p_value,
        "Bowker|df, pairs with entries": entries.df,
        "Bowker|p, df pairs with entries": entries.p_value,
    }
    equal = marginal_homogeneity_test(table=table)
    answers["Stuart-Maxwell|categories with disagreement"] = int(equal.df) + 1 if equal.df else 0
    answers["Stuart-Maxwell|df"] = equal.df
    for words, method in (
        ("Stuart-Maxwell", "stuart_maxwell"),
        ("Bhapkar", "bhapkar"),
        ("ordinal scores 1..k", "ordinal"),
    ):
        test = marginal_homogeneity_test(table=table, method=method)
        answers |= {f"{words}|chi2": test.statistic, f"{words}|p": test.p_value}
    if len(table) == 2:
        corrected = mcnemar(n_only_first=int(table[1, 0]), n_only_second=int(table[0, 1]), method="corrected")
        answers["Bowker|chi2 with continuity correction"] = corrected.statistic
        answers["Bowker|p with continuity correction"] = corrected.p_value
    return answers


def _cochran(rows: list[dict[str, str]]) -> Answers:
    readers = sorted({row["reader_id"] for row in rows})
    cases = sorted({row["ecg_id"] for row in rows})
    correct = np.zeros((len(cases), len(readers)))
    for row in rows:
        correct[cases.index(row["ecg_id"]), readers.index(row["reader_id"])] = float(row["correct"])
    alike = correct.min(axis=1) == correct.max(axis=1)
    parts = {
        "all GPs": correct,
        "gp01 to gp03": correct[:, :3],
        "gp01 and gp02 (equals McNemar without correction)": correct[:, :2],
        "only ECGs with one common answer": correct[alike],
    }
    answers: Answers = {}
    for name, part in parts.items():
        test = cochran_q(ratings=part)
        answers |= {
            f"Cochran Q|{name}|complete ECGs": test.n,
            f"Cochran Q|{name}|informative ECGs": test.n_discordant or 0,
            f"Cochran Q|{name}|Q": test.statistic,
            f"Cochran Q|{name}|df": test.df,
            f"Cochran Q|{name}|p": test.p_value,
        }
    return answers


def stepped_wedge(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/14: a logistic mixed model with periods, by lme4's criterion and by the exact Hessian."""
    rows = _rows(case_dir / "wedge.csv")
    period = np.array([int(row["period"]) for row in rows])
    fixed = {"intercept": np.ones(len(rows)), "aided": np.array([float(row["arm"] == "aided") for row in rows])}
    fixed |= {f"period {p}": (period == p).astype(float) for p in range(2, period.max() + 1)}
    data = {
        "outcome": [float(row["correct"]) for row in rows],
        "groups": {name: [row[f"{name}_id"] for row in rows] for name in ("practice", "reader")},
    }
    answers: Answers = {}
    for words, convention in (("GLMM", "lme4"), ("GLMM, exact Hessian (glmmTMB)", "exact")):
        fit = logistic_mixed_model(fixed=fixed, convention=convention, **data)
        for name, e in fit.fixed.items():
            told = {"log odds": e.value, "SE": e.standard_error, "z": e.statistic, "p": e.p_value}
            answers |= {f"{words}|{name}|{what}": value for what, value in told.items()}
        answers[f"{words}|log likelihood"] = fit.log_likelihood
        if convention == "lme4":
            answers |= _spread(fit)
            without = {name: column for name, column in fixed.items() if name != "aided"}
            test = likelihood_ratio_test(full=fit, reduced=logistic_mixed_model(fixed=without, **data))
            told = {"chi2": test.statistic, "df": test.df, "p": test.p_value}
            answers |= {f"GLMM|LR test of aided|{what}": value for what, value in told.items()}
        at_0 = ", lme4 covariance" if convention == "lme4" else ""
        made = marginal_difference(fit, fixed=fixed, effect="aided", integrated=False)
        told = {"": made.value, " SE": made.standard_error, " CI low": made.low, " CI high": made.high}
        answers |= {f"marginal, random effects 0{at_0}|risk difference{what}": value for what, value in told.items()}
        if convention == "exact":
            answers["marginal, integrated|risk difference"] = marginal_difference(
                fit, fixed=fixed, effect="aided"
            ).value
    return answers


def _spread(fit: MixedFit) -> Answers:
    odds = fit.odds_ratio("aided")
    answers: Answers = {
        "GLMM|odds ratio aided|estimate": odds.value,
        "GLMM|odds ratio aided|CI low": odds.low,
        "GLMM|odds ratio aided|CI high": odds.high,
    }
    shares = {name: fit.latent_share(name) or 0.0 for name in ("practice", "reader")}
    for name, sd in fit.standard_deviations.items():
        answers |= {f"GLMM|SD|{name}": sd.value, f"GLMM|variance|{name}": (sd.value or 0.0) ** 2}
    answers["GLMM|ICC latent, same practice"] = shares["practice"]
    answers["GLMM|ICC latent, same reader"] = sum(shares.values())
    return answers


def multiclass_agreement(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/24: single-choice answers of readers, pairwise and together, in three and in five classes."""
    answers: Answers = {}
    for words, file, k in (("three classes", "three_classes.csv", 3), ("five classes", "five_classes.csv", 5)):
        rows = _rows(case_dir / file)
        names = [name for name in rows[0] if name != "ecg_id"]
        reads = {name: np.array([float(row[name]) if row[name] else np.nan for row in rows]) for name in names}
        for i, first in enumerate(names):
            for second in names[i + 1 :]:
                pair = _classes(reads[first], reads[second], k)
                answers |= {f"{words}|{at.format(f'{first} vs {second}')}": value for at, value in pair.items()}
        answers |= {f"{words}|{at}": value for at, value in _readers_together(reads, k).items()}
        for name in names[1:]:
            answers |= _against(f"{words}|accuracy measures|{name}", reads["reference"], reads[name], k)
    return answers


def _classes(first: np.ndarray, second: np.ndarray, k: int) -> Answers:
    """Answer one pair; `{}` stands for its name."""
    both = ~(np.isnan(first) | np.isnan(second))
    reads = {"first": first, "second": second, "categories": range(1, k + 1)}
    answers: Answers = {"n|{}": int(both.sum())}
    for i, j in np.ndindex(k, k):
        answers[f"confusion|{{}}|{i + 1}|{j + 1}"] = int(((first == i + 1) & (second == j + 1)).sum())
    for weights in ("unweighted", "linear", "quadratic"):
        given = None if weights == "unweighted" else weights
        kappa = cohen_kappa(**reads, weights=given, interval="wald")
        answers |= {
            f"kappa|{{}}|{weights}|kappa": kappa.value,
            f"kappa|{{}}|{weights}|SE": kappa.standard_error,
            f"kappa|{{}}|{weights}|z": kappa.statistic,
            f"kappa|{{}}|{weights}|p": kappa.p_value,
            f"kappa|{{}}|{weights}|CI low": kappa.low,
            f"kappa|{{}}|{weights}|CI high": kappa.high,
        }
        if kappa.statistic and kappa.value is not None:
            answers[f"kappa|{{}}|{weights}|SE0"] = kappa.value / kappa.statistic
    tests = {"Bowker": bowker_test(**reads, pairs="all"), "Stuart-Maxwell": marginal_homogeneity_test(**reads)}
    tests["Bhapkar"] = marginal_homogeneity_test(**reads, method="bhapkar")
    for name, test in tests.items():
        answers |= {f"{name}|{{}}|chi2": test.statistic, f"{name}|{{}}|df": test.df, f"{name}|{{}}|p": test.p_value}
    return answers


def _against(where: str, truth: np.ndarray, read: np.ndarray, k: int) -> Answers:
    """Answer one reader against the reference: right choices, and each class by itself."""
    truth, read = truth[~np.isnan(read)], read[~np.isnan(read)]
    classes = range(1, k + 1)
    chosen = [np.column_stack([choice == c for c in classes]).astype(float) for choice in (truth, read)]
    answers: Answers = {f"{where}|accuracy": exact_match_accuracy(truth=chosen[0], call=chosen[1]).value}
    tables = choice_tables(truth=truth, choice=read, categories=classes)
    answers |= {f"{where}|balanced accuracy": tables.balanced_accuracy()[0], f"{where}|MCC": tables.matthews()[0]}
    for name, of_classes in {"F1": tables.f_beta(), "precision": tables.precision(), "recall": tables.recall()}.items():
        for average in get_args(Average):
            answers[f"{where}|{name} {average}"] = tables.averaged(of_classes, average)[0]
    for i, c in enumerate(classes):
        there, called = (choice[:, i] for choice in chosen)
        answers |= {
            f"{where}|F1 class {c}": f_beta(truth=there, call=called).value,
            f"{where}|recall class {c}": sensitivity(truth=there, call=called).value,
            f"{where}|precision class {c}": positive_predictive_value(truth=there, call=called).value,
        }
    return answers


def _readers_together(reads: dict[str, np.ndarray], k: int) -> Answers:
    everybody = np.column_stack([reads[name] for name in reads if name != "reference"])
    complete = everybody[:, ~np.isnan(everybody).any(axis=0)]
    categories = range(1, k + 1)
    answers: Answers = {
        "Fleiss kappa": fleiss_kappa(ratings=complete, categories=categories).value,
        "Randolph kappa": randolph_kappa(ratings=complete, categories=categories).value,
    }
    for level in ("nominal", "ordinal", "interval"):
        for words, ratings in (("", everybody), (" of the complete readers", complete)):
            alpha = krippendorff_alpha(ratings=ratings, metric=level, categories=categories)
            answers[f"Krippendorff alpha{words}|{level}"] = alpha.value
    right = (complete == reads["reference"][:, None]).astype(float)
    parts = {"correct": right} | {f"answer is class {c}": (complete == c).astype(float) for c in categories}
    for name, part in parts.items():
        test = cochran_q(ratings=part)
        answers |= {
            f"Cochran Q|{name}|Q": test.statistic,
            f"Cochran Q|{name}|df": test.df,
            f"Cochran Q|{name}|p": test.p_value,
        }
    return answers


CASES = {
    "15-marginal-homogeneity": marginal_homogeneity,
    "14-stepped-wedge-glmm": stepped_wedge,
    "24-multiclass-agreement": multiclass_agreement,
}

_LINEAR = "a linear model of 0 and 1: the logistic one is this project's, told as a difference in probability"
_CLUSTERED = "least squares of 0 and 1, clustered by practice: eight practices are too few for a sandwich"
_SINGLE = "the two probabilities by themselves, and their ratio: the difference is what other designs give"
_RX = "lme4's error with the variances held fixed, which no analysis here reports"
OUT_OF_SCOPE = {
    "14-stepped-wedge-glmm": {
        **{
            f"linear probability|{name}|{what}": _LINEAR
            for name in ("intercept", "aided", *(f"period {p}" for p in range(2, 6)))
            for what in ("estimate", "SE", "Satterthwaite df", "t", "p", "CI low", "CI high")
        },
        **{f"linear probability|variance|{name}": _LINEAR for name in ("reader", "practice", "residual")},
        "OLS, clustered by practice|aided|estimate": _CLUSTERED,
        **{
            f"OLS, clustered by practice|{kind}|{what}": _CLUSTERED
            for kind in ("CR0", "CR1")
            for what in ("SE", "CI low", "CI high", "p")
        },
        **{
            f"marginal, random effects 0{cov}|risk {what}": _SINGLE
            for cov in ("", ", lme4 covariance")
            for what in ("aided", "aided SE", "unaided", "unaided SE", "ratio", "ratio SE of log")
        },
        **{f"marginal, integrated|risk {what}": _SINGLE for what in ("aided", "unaided")},
        "GLMM|aided|SE from RX (theta held fixed)": _RX,
    }
}
