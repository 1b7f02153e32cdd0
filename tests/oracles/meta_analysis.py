"""Studies pooled: what R's metafor, lme4 and glmmTMB say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.special import expit

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.bivariate import bivariate_meta_analysis, correlation_test
from ecg_eval.stats.meta.effects import Effects, fisher_z_effects, logit_effects
from ecg_eval.stats.meta.meta_regression import meta_regression
from ecg_eval.stats.meta.pooled_accuracy import PooledAccuracy
from ecg_eval.stats.meta.random_effects import PooledEffect, pool_effects
from ecg_eval.stats.meta.study_counts import StudyCounts

Answers = dict[str, object]

ESTIMATORS = {
    "EE": "common",
    "DL": "dersimonian_laird",
    "REML": "reml",
    "PM": "paule_mandel",
    "ML": "ml",
    "SJ": "sidik_jonkman",
    "HE": "hedges",
}
HARTUNG_KNAPP = {"HKSJ": "hartung_knapp", "HKSJ, truncated": "hartung_knapp_truncated"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def univariate(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/18: one number a study, by every estimator, and with moderators."""
    studies, alike = _rows(case_dir / "sensitivity.csv"), _rows(case_dir / "homogeneous.csv")
    readers = _rows(case_dir / "agreement.csv")
    sensitivity = logit_effects(events=_column(studies, "tp"), trials=_column(studies, "positives"))
    answers: Answers = {}
    for row, value, variance in zip(studies[:3], sensitivity.values, sensitivity.variances, strict=False):
        answers |= {f"study {row['study']}|logit": value, f"study {row['study']}|variance": variance}
    sets = {
        "sensitivity": (sensitivity, "proportion", expit),
        "homogeneous": (
            logit_effects(events=_column(alike, "tp"), trials=_column(alike, "positives")),
            "proportion",
            expit,
        ),
        "kappa": (Effects(_column(readers, "kappa"), _column(readers, "se") ** 2), None, None),
        "Fisher z": (fisher_z_effects(correlations=_column(readers, "r"), n=_column(readers, "n")), "r", np.tanh),
    }
    for words, (effects, back_name, back) in sets.items():
        for short, estimator in ESTIMATORS.items():
            pooled = pool_effects(effects=effects, estimator=estimator, interval="normal", prediction="normal")
            answers |= _pooled(f"{words}|{short}", words, pooled)
            if back_name:
                told = {"": pooled.mean.value, " CI low": pooled.mean.low, " CI high": pooled.mean.high}
                answers |= {f"{words}|{short}|{back_name}{what}": back(value) for what, value in told.items()}
            higgins = pool_effects(effects=effects, estimator=estimator, interval="normal").prediction
            answers |= _prediction(f"{words}|{short}", higgins, "t, k-2")
            for name, interval in HARTUNG_KNAPP.items():
                hk = pool_effects(effects=effects, estimator=estimator, interval=interval)
                answers |= _hartung_knapp(f"{words}|{short}|{name}", hk, predicts=name == "HKSJ")
    version = np.array([float(row["version"] == "v2") for row in studies])
    year = (_column(studies, "year") - 2018) / 10
    answers |= _moderator("moderator version", sensitivity, "versionv2", version)
    return answers | _moderator("moderator year", sensitivity, "y10", year)


def _test(where: str, e: Estimate, statistic: str) -> Answers:
    told = {"SE": e.standard_error, statistic: e.statistic, "p": e.p_value, "CI low": e.low, "CI high": e.high}
    return {f"{where}|{what}": value for what, value in told.items()}


def _prediction(where: str, e: Estimate, words: str) -> Answers:
    ends = {"low": e.low, "high": e.high}
    return {f"{where}|prediction interval {end} ({words})": value for end, value in ends.items()}


def _pooled(where: str, words: str, pooled: PooledEffect) -> Answers:
    q = pooled.heterogeneity
    spread = {"Q": q.value, "Q df": q.df, "Q p": q.p_value}
    if "|DL" in where:  # the convention that takes I2 from Q is DerSimonian and Laird's
        spread["I2 by Q, percent"] = 100 * (pooled.i_squared or 0.0)
    return {
        **{f"{words}|{what}": value for what, value in spread.items()},
        f"{where}|mu": pooled.mean.value,
        **_test(where, pooled.mean, "z"),
        f"{where}|tau2": pooled.between.value,
        f"{where}|SE tau2": pooled.between.standard_error,
        f"{where}|I2 percent": 100 * (pooled.i_squared or 0.0),
        f"{where}|H2": pooled.h_squared,
        **_prediction(where, pooled.prediction, "z"),
        f"{words}|Q profile|tau2 CI low": pooled.between.low,
        f"{words}|Q profile|tau2 CI high": pooled.between.high,
    }


def _hartung_knapp(where: str, pooled: PooledEffect, *, predicts: bool) -> Answers:
    answers: Answers = {f"{where}|df": pooled.mean.df, **_test(where, pooled.mean, "t")}
    return answers | (_prediction(where, pooled.prediction, "t, k-1") if predicts else {})


def _moderator(words: str, effects: Effects, name: str, column: np.ndarray) -> Answers:
    answers: Answers = {}
    for short in ("REML", "DL"):
        for suffix, interval in (("", "normal"), (", HKSJ", "hartung_knapp")):
            fit = meta_regression(
                effects=effects, moderators={name: column}, estimator=ESTIMATORS[short], interval=interval
            )
            where = f"{words}|{short}{suffix}"
            for coefficient, e in fit.coefficients.items():
                answers |= {f"{where}|{coefficient}|estimate": e.value, **_test(f"{where}|{coefficient}", e, "z")}
            omnibus = fit.moderators
            kind = "F" if suffix else "chi2"
            answers |= {
                f"{where}|QM {kind}": omnibus.value,
                f"{where}|QM df1": omnibus.df,
                f"{where}|QM df2": omnibus.df_denominator,
                f"{where}|QM p": omnibus.p_value,
                f"{where}|tau2 residual": fit.between,
                f"{where}|QE": fit.residual.value,
                f"{where}|QE df": fit.residual.df,
                f"{where}|QE p": fit.residual.p_value,
                f"{where}|R2 percent": 100 * (fit.r_squared or 0.0),
            }
    return answers


def bivariate(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/19: sensitivity and specificity together, by the binomial likelihood and its approximation."""
    rows = _rows(case_dir / "studies.csv")
    counts = StudyCounts.of(
        true_positive=_column(rows, "tp"),
        false_negative=_column(rows, "fn"),
        false_positive=_column(rows, "fp"),
        true_negative=_column(rows, "tn"),
    )
    ways = {
        "GLMM, Laplace": ("binomial", "lme4"),
        "GLMM, Laplace, exact Hessian (glmmTMB)": ("binomial", "exact"),
        "normal approximation, REML, no zero cell": ("normal_reml", "exact"),
        "normal approximation, ML, no zero cell": ("normal_ml", "exact"),
    }
    answers: Answers = {"studies with a zero cell": counts.n_with_zero}
    for words, (method, convention) in ways.items():
        fit = bivariate_meta_analysis(counts=counts, method=method, convention=convention, interval="normal")
        answers[f"{words}|log likelihood"] = fit.log_likelihood
        if fit.accuracy is not None:
            answers |= _accuracy(words, fit.accuracy)
    test = correlation_test(counts=counts)
    where = "GLMM, Laplace|LR test of correlation 0"
    return answers | {f"{where}|chi2": test.value, f"{where}|p": test.p_value}


def _accuracy(words: str, accuracy: PooledAccuracy) -> Answers:
    answers: Answers = {}
    for side, (name, e) in enumerate(
        {"sensitivity": accuracy.sensitivity, "specificity": accuracy.specificity}.items()
    ):
        further = accuracy.prediction(side)
        answers |= {
            f"{words}|{name}|logit": accuracy.mean[side],
            f"{words}|{name}|SE": e.standard_error,
            f"{words}|{name}|tau": np.sqrt(accuracy.between[side, side]),
            f"{words}|{name}|tau2": accuracy.between[side, side],
            f"{words}|{name}|pooled": e.value,
            f"{words}|{name}|CI low": e.low,
            f"{words}|{name}|CI high": e.high,
            f"{words}|{name}|prediction low": further.low,
            f"{words}|{name}|prediction high": further.high,
        }
    odds, youden = accuracy.log_diagnostic_odds_ratio, accuracy.youden_index
    answers |= {
        f"{words}|correlation": accuracy.correlation,
        f"{words}|covariance of the random effects": accuracy.between[0, 1],
        f"{words}|covariance of the pooled logits": accuracy.covariance[0, 1],
        f"{words}|diagnostic odds ratio|log": odds.value,
        f"{words}|diagnostic odds ratio|SE of log": odds.standard_error,
        f"{words}|Youden index": youden.value,
        f"{words}|Youden index SE": youden.standard_error,
    }
    for sign, ratio in (("+", accuracy.positive_likelihood_ratio), ("-", accuracy.negative_likelihood_ratio)):
        answers |= {f"{words}|LR{sign}|value": ratio.value, f"{words}|LR{sign}|SE of log": ratio.standard_error}
    return answers


CASES = {"18-meta-univariate": univariate, "19-meta-bivariate": bivariate}
