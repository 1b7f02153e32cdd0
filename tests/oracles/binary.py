"""How the kernels for proportions, patients with several cases, multiplicity and calls answer the cases of R."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.clusters.clustered_comparison import clustered_proportion_difference, rao_scott_test
from ecg_eval.stats.clusters.gee import gee
from ecg_eval.stats.clusters.intracluster import design_effect, intracluster_correlation
from ecg_eval.stats.diagnostic import rates as measures
from ecg_eval.stats.multiplicity import adjust_p_values
from ecg_eval.stats.proportion.proportions import proportion_bounds
from ecg_eval.stats.proportion.unpaired import compare_unpaired_proportions, unpaired_bounds
from ecg_eval.stats.proportion.unpaired_test import unpaired_proportion_test
from oracles.binary_files import Answers, Column, asked, columns, expected_names, put, put_bounds, rows

NOT_CUT = False
PROPORTIONS = {
    "Wilson": "wilson",
    "Clopper-Pearson": "clopper_pearson",
    "Wilson with continuity correction": "prop_test",
    "Agresti-Coull (not cut to [0, 1])": "agresti_coull",
    "Jeffreys Beta(x+.5, n-x+.5) quantiles, unmodified": "jeffreys",
    "Wald (not cut)": "wald",
    "mid-p": "mid_p",
    "SCAS": "score_skewness",
    "likelihood ratio": "likelihood_ratio",
    "logit": "logit",
    "probit": "probit",
    "cloglog": "cloglog",
    "Blaker": "blaker",
}
UNPAIRED = {
    "Newcombe": "newcombe",
    "Miettinen-Nurminen": "miettinen_nurminen",
    "Mee (score)": "mee",
    "SCAS": "score_skewness",
    "Wald": "wald",
    "Agresti-Caffo": "agresti_caffo",
}
TESTS = {"chi2 (no correction)": "chi_squared", "chi2 with continuity correction": "chi_squared_corrected"}


def proportions_and_patients(case_dir: Path) -> Answers:
    names = expected_names(case_dir)
    levels = asked(names, r"^\d+/\d+\|.* ([\d.]+)%\|")
    answers: Answers = {}
    for row in rows(case_dir / "proportions.csv"):
        counts = {"n_events": int(row["x"]), "n": int(row["n"])}
        for words, method in PROPORTIONS.items():
            prefix = f"{row['x']}/{row['n']}|{words}"
            put_bounds(answers, f"{prefix}|", proportion_bounds(**counts, method=method, truncate=NOT_CUT))
            for level in levels:
                share = float(level) / 100
                bounds = proportion_bounds(**counts, method=method, level=share, truncate=NOT_CUT)
                put_bounds(answers, f"{prefix} {level}%|", bounds)
    for row in rows(case_dir / "unpaired.csv"):
        answers |= _unpaired(row["comparison"], [int(row[name]) for name in ("x1", "n1", "x2", "n2")])
    data = columns(case_dir / "clustered.csv")
    arms = {name.removesuffix("_correct"): data[name].astype(float) for name in data if name.endswith("_correct")}
    for arm, event in arms.items():
        answers |= _clustered(f"clustered|{arm}", event, data["patient_id"])
    for (first, one), (second, two) in permutations(arms.items(), 2):
        answers |= _two_arms(first, second, one, two, data["patient_id"])
    return answers


def _unpaired(comparison: str, counts: list[int]) -> Answers:
    answers: Answers = {}
    groups = dict(zip(("n_events_first", "n_first", "n_events_second", "n_second"), counts, strict=True))
    answers[f"{comparison}|difference"] = compare_unpaired_proportions(**groups).value
    for words, method in UNPAIRED.items():
        put_bounds(answers, f"{comparison}|{words}|", unpaired_bounds(*counts, method=method))
    put_bounds(answers, f"{comparison}|risk ratio score|", unpaired_bounds(*counts, contrast="ratio", method="koopman"))
    put_bounds(
        answers, f"{comparison}|odds ratio score|", unpaired_bounds(*counts, contrast="odds_ratio", method="score_gart")
    )
    answers[f"{comparison}|Fisher p"] = unpaired_proportion_test(**groups, method="fisher").p_value
    for words, method in TESTS.items():
        test = unpaired_proportion_test(**groups, method=method)
        answers[f"{comparison}|{words}"] = test.statistic
        answers[f"{comparison}|{words.replace(' (no correction)', '')} p"] = test.p_value
    return answers


CLUSTERED = {"t": "ratio", "logit": "logit", "beta (Korn-Graubard)": "beta", "Saha Wilson-based": "saha_score"}


def _clustered(prefix: str, event: Column, patient: NDArray[np.str_]) -> Answers:
    data = {"event": event, "cluster": patient}
    e = clustered_proportion(**data, method="ratio")
    answers: Answers = {
        f"{prefix}|patients": e.n_clusters,
        f"{prefix}|ECGs": e.n,
        f"{prefix}|correct": e.n_positive,
        f"{prefix}|proportion": e.value,
        f"{prefix}|SE (ratio estimator)": e.standard_error,
        f"{prefix}|design effect": design_effect(**data).value,
        f"{prefix}|intracluster correlation (ANOVA)": intracluster_correlation(**data).value,
        f"{prefix}|variance inflation (xi)": design_effect(**data, method="anova").value,
    }
    for words, method in CLUSTERED.items():
        e = clustered_proportion(**data, method=method)
        put(answers, f"{prefix}|CI {words}", low=e.low, high=e.high)
    for working in ("independence", "exchangeable"):
        design = np.ones((event.size, 1))
        fit = gee(outcome=event, design=design, cluster=patient, correlation=working, error="robust")
        logit = fit.contrast([1])
        put(answers, f"{prefix}|GEE {working}", logit=logit.value, proportion=fit.mean([1]).value)
        put(answers, f"{prefix}|GEE {working}", alpha=fit.correlation, **{"robust SE": logit.standard_error})
    return answers


def _two_arms(first: str, second: str, one: Column, two: Column, patient: NDArray[np.str_]) -> Answers:
    """Compare two readings of the same cases, stacked; group 1 is the first."""
    answers: Answers = {}
    event, group = np.concatenate([one, two]), np.repeat([1.0, 0.0], [one.size, two.size])
    cluster = np.concatenate([patient, patient])
    design = np.column_stack([np.ones(event.size), group])
    for working in ("independence", "exchangeable"):
        fit = gee(outcome=event, design=design, cluster=cluster, correlation=working, error="robust")
        intercept, effect = fit.contrast([1, 0]), fit.contrast([0, 1])
        prefix = f"clustered|{first} vs {second}|GEE {working}"
        put(answers, prefix, intercept=intercept.value, p=effect.p_value)
        put(answers, prefix, **{"intercept robust SE": intercept.standard_error, "log odds ratio": effect.value})
        put(answers, prefix, **{"log odds ratio robust SE": effect.standard_error})
        put(answers, prefix, **{"Wald chi2": fit.wald_test([0, 1]).statistic})
    identity = gee(
        outcome=event, design=design, cluster=cluster, link="identity", correlation="independence", error="robust"
    ).contrast([0, 1])
    prefix = f"clustered|{first} - {second}"
    put(answers, f"{prefix}|GEE identity", difference=identity.value, **{"robust SE": identity.standard_error})
    e = clustered_proportion_difference(event=event, group=group, cluster=cluster, method="linearised")
    put(answers, f"{prefix}|linearised", SE=e.standard_error, t=e.statistic, p=e.p_value, df=e.df)
    test = rao_scott_test(rows=group, columns=event, cluster=cluster)
    prefix = f"clustered|{first} vs {second}|Rao-Scott "
    answers[f"{prefix}F"], answers[f"{prefix}p"] = test.test.value, test.test.p_value
    answers[f"{prefix}ddf"] = test.test.df_denominator
    return answers


ADJUSTMENTS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "hochberg",
    "hommel": "hommel",
    "BH": "benjamini_hochberg",
    "BY": "benjamini_yekutieli",
}


def multiplicity(case_dir: Path) -> Answers:
    answers: Answers = {}
    table = rows(case_dir / "pvalues.csv")
    p = [float(row["p"]) for row in table]
    for words, method in ADJUSTMENTS.items():
        adjusted = adjust_p_values(p, method=method)
        answers |= {f"{words}|{row['finding']}": float(value) for row, value in zip(table, adjusted, strict=True)}
        for level in asked(expected_names(case_dir), r"rejected at ([\d.]+)"):
            answers[f"{words}|rejected at {level}"] = int(np.sum(adjusted <= float(level)))
    return answers


PUBLISHED_PROPORTIONS = {
    "exact": "clopper_pearson",
    "wilson": "wilson",
    "wilson_cc": "prop_test",
    "agresti_coull": "agresti_coull",
    "wald": "wald",
    "jeffreys": "jeffreys",
    "scas": "score_skewness",
    "midp": "mid_p",
    "lrt": "likelihood_ratio",
    "logit": "logit",
    "probit": "probit",
    "cloglog": "cloglog",
    "blaker": "blaker",
}
PUBLISHED_UNPAIRED = {
    "mn": "miettinen_nurminen",
    "mn_ratesci": "miettinen_nurminen",
    "mee": "mee",
    "newcombe": "newcombe",
    "wald": "wald",
    "agresti_caffo": "agresti_caffo",
    "scas": "score_skewness",
}


def proportions_and_p_values(case_dir: Path) -> Answers:
    answers: Answers = {}
    for row in rows(case_dir / "proportions.csv"):
        for words, method in PUBLISHED_PROPORTIONS.items():
            bounds = proportion_bounds(n_events=int(row["x"]), n=int(row["n"]), method=method, truncate=NOT_CUT)
            for prefix in ("", "pub|"):
                put_bounds(answers, f"{prefix}{row['x']}/{row['n']}|{words}|", bounds)
    for row in rows(case_dir / "unpaired.csv"):
        counts = [int(row[name]) for name in ("x1", "n1", "x2", "n2")]
        x1, n1, x2, n2 = counts
        prefixes = [
            n for n in asked(expected_names(case_dir), r"^(unpaired \w+)\|") if n.endswith(f"_{x1}_{n1}_{x2}_{n2}")
        ]
        for words, method in PUBLISHED_UNPAIRED.items():
            for prefix in [*prefixes, f"pub|{x1}/{n1} vs {x2}/{n2}"]:
                put_bounds(answers, f"{prefix}|{words}|", unpaired_bounds(*counts, method=method))
    p = [float(row["p"]) for row in rows(case_dir / "bh1995_pvalues.csv")]
    for words, method in ADJUSTMENTS.items():
        adjusted = adjust_p_values(p, method=method)
        answers |= {f"p.adjust|{words}|{i}": float(value) for i, value in enumerate(adjusted, 1)}
        answers[f"{words} rejections at .05"] = int(np.sum(adjusted <= 0.05))
        answers[f"{words.capitalize()} rejections at .05"] = int(np.sum(adjusted <= 0.05))
    return answers


def clustered_classics(case_dir: Path) -> Answers:
    """Answer GEE, Rao-Scott and clustered proportions; the mixed models of this case are another topic's."""
    ohio = {name: values.astype(float) for name, values in columns(case_dir / "ohio.csv").items()}
    terms = {"(Intercept)": np.ones(ohio["resp"].size), "age": ohio["age"], "smoke": ohio["smoke"]}
    terms["age:smoke"] = ohio["age"] * ohio["smoke"]
    fit = gee(
        outcome=ohio["resp"],
        design=np.column_stack(list(terms.values())),
        cluster=ohio["id"],
        error="robust",
        moments="independence_scale",  # the help page's fit keeps the scale (scale.fix = TRUE)
    )
    answers: Answers = {"ohio|alpha": fit.correlation}
    for name, weights in zip(terms, np.eye(len(terms)), strict=True):
        e = fit.contrast(weights)
        answers[f"ohio|coef|{name}"], answers[f"ohio|se|{name}"] = e.value, e.standard_error
    data = {name: values.astype(float) for name, values in columns(case_dir / "VanDyke_ok.csv").items()}
    for kind, truth in (("sens", 1), ("spec", 0)):
        answers |= dict(_van_dyke(kind, {name: values[data["truth"] == truth] for name, values in data.items()}))
    return answers


def _van_dyke(kind: str, data: dict[str, Column]) -> Iterator[tuple[str, object]]:
    second = (data["treatment"] == data["treatment"].max()).astype(float)
    design = np.column_stack([np.ones(second.size), second])
    for working in ("independence", "exchangeable"):
        fit = gee(outcome=data["ok"], design=design, cluster=data["case"], correlation=working, error="robust")
        prefix = f"VanDyke {kind}|gee_case|{working}"
        for name, e in (("intercept", fit.contrast([1, 0])), ("tr2", fit.contrast([0, 1]))):
            yield f"{prefix}|{name}", e.value
            yield f"{prefix}|{name}_se", e.standard_error
        yield f"{prefix}|wald", fit.wald_test([0, 1]).statistic
        yield f"{prefix}|p", fit.contrast([0, 1]).p_value
        yield f"{prefix}|alpha", fit.correlation
    for treatment in np.unique(data["treatment"]):
        mine = data["treatment"] == treatment
        yield from _van_dyke_arm(f"VanDyke cluster {kind}|{treatment:g}", data["ok"][mine], data["case"][mine])
    test = rao_scott_test(rows=data["treatment"], columns=data["ok"], cluster=data["case"])
    prefix = f"VanDyke raoscott {kind} treatment effect F"
    yield f"{prefix}|F", test.test.value
    yield f"{prefix}|ndf", test.test.df
    yield f"{prefix}|ddf", test.test.df_denominator
    yield f"{prefix}|p", test.test.p_value


def _van_dyke_arm(prefix: str, event: Column, case: Column) -> Iterator[tuple[str, object]]:
    data = {"event": event, "cluster": case}
    e = clustered_proportion(**data, method="ratio")
    values = {"n_cases": e.n_clusters, "x": e.n_positive, "n": e.n, "p": e.value, "se_cluster": e.standard_error}
    for key, value in (values | {"df": e.df}).items():
        yield f"{prefix}|{key}", value
    for words, method in (("logit", "logit"), ("mean", "ratio"), ("beta", "beta"), ("asin", "arcsine")):
        e = clustered_proportion(**data, method=method)
        yield f"{prefix}|svyciprop_{words}|low", e.low
        yield f"{prefix}|svyciprop_{words}|high", e.high
    e = clustered_proportion(**data, method="saha_score")
    # the program's estimate is the one that its interval shrinks to
    middle = clustered_proportion(**data, method="saha_score", level=1e-7)
    values = {"lower": e.low, "est": middle.low, "upper": e.high, "x": e.n_positive, "n": e.n}
    values |= {"totx": e.n_positive, "totn": e.n, "icc": intracluster_correlation(**data).value}
    for key, value in (values | {"xihat": design_effect(**data, method="anova").value}).items():
        yield f"{prefix}|clusterpci|{key}", value


SHARES = {
    "sensitivity": measures.sensitivity,
    "specificity": measures.specificity,
    "accuracy": measures.accuracy,
    "PPV": measures.positive_predictive_value,
    "NPV": measures.negative_predictive_value,
    "prevalence": measures.prevalence,
}


def binary_calls(case_dir: Path) -> Answers:
    """Answer the names of the yes-or-no calls among the predictions; the rest of this case is another topic's."""
    data = {name: v for name, v in columns(case_dir / "predictions.csv").items() if name != "ecg_id"}
    yes_no = {name: values.astype(float) for name, values in data.items() if set(values) <= {"0", "1"}}
    outcome = next(iter(yes_no))
    prevalences = asked(expected_names(case_dir), r"PPV at prevalence ([\d.]+)")
    answers: Answers = {}
    for name, call in yes_no.items():
        if name != outcome:
            answers |= dict(_call(name, yes_no[outcome], call, prevalences))
    return answers


def _call(name: str, truth: Column, call: Column, prevalences: list[str]) -> Iterator[tuple[str, object]]:
    data = {"truth": truth, "call": call}
    counts = measures.confusion_counts(**data)
    yield f"{name}|TP", int(counts.true_positive)
    yield f"{name}|FP", int(counts.false_positive)
    yield f"{name}|FN", int(counts.false_negative)
    yield f"{name}|TN", int(counts.true_negative)
    for words, method in (("Clopper-Pearson", "clopper_pearson"), ("Wilson", "wilson")):
        estimates = {key: measure(**data, method=method) for key, measure in SHARES.items()}
        estimates["apparent prevalence"] = measures.prevalence(**data, method=method, apparent=True)
        for key, e in estimates.items():
            yield f"{name}|{key}|estimate", e.value
            yield f"{name}|{key}|CI low ({words})", e.low
            yield f"{name}|{key}|CI high ({words})", e.high
    ratios = {
        "LR+": measures.positive_likelihood_ratio(**data, method="log"),
        "LR-": measures.negative_likelihood_ratio(**data, method="log"),
        "diagnostic odds ratio": measures.diagnostic_odds_ratio(**data, method="log"),
    }
    for key, e in ratios.items():
        yield f"{name}|{key}|estimate", e.value
        yield f"{name}|{key}|CI low", e.low
        yield f"{name}|{key}|CI high", e.high
        yield f"{name}|{key}|SE of log", e.standard_error
    yield f"{name}|Youden J|estimate", measures.youden_index(**data).value
    for prevalence in prevalences:
        values = measures.predictive_values_at_prevalence(**data, prevalence=float(prevalence))
        yield f"{name}|PPV at prevalence {prevalence}", values.positive.value
        yield f"{name}|NPV at prevalence {prevalence}", values.negative.value


READERS = {
    "DNN": "dnn",
    "cardio.": "cardiology_residents",
    "emerg.": "emergency_residents",
    "stud.": "medical_students",
}


def code_test_scores(case_dir: Path) -> Answers:
    """Answer counts and scores of the readers; the kappas of this case are another topic's."""
    data = columns(case_dir / "readings_wide.csv")
    answers: Answers = {}
    for name in data:
        reference, _, finding = name.partition("__")
        if reference != "gold_standard":
            continue
        for reader, column in READERS.items():
            calls = {"truth": data[name].astype(float), "call": data[f"{column}__{finding}"].astype(float)}
            counts = measures.confusion_counts(**calls)
            answers |= {
                f"Precision|{reader}|{finding}": measures.positive_predictive_value(**calls).value,
                f"Recall|{reader}|{finding}": measures.sensitivity(**calls).value,
                f"Specificity|{reader}|{finding}": measures.specificity(**calls).value,
                f"F1 score|{reader}|{finding}": measures.f1(**calls).value,
                f"TN|{reader}|{finding}": int(counts.true_negative),
                f"FP|{reader}|{finding}": int(counts.false_positive),
                f"FN|{reader}|{finding}": int(counts.false_negative),
                f"TP|{reader}|{finding}": int(counts.true_positive),
            }
    return answers


CASES = {
    "10-multiplicity": multiplicity,
    "07c-proportion-ci-multiplicity": proportions_and_p_values,
}

# cases that several topics answer together
PARTS = {
    "09-proportions-clustered": proportions_and_patients,
    "07g-clustered-gee-glmm-classic": clustered_classics,
    "07-calibration-decision": binary_calls,
    "01a-code-test-scores": code_test_scores,
}
