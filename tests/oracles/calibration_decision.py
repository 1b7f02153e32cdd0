"""Calibration and decision curves, answered by the kernels of ecg_eval.stats."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.stats.probability.calibration import brier_score, log_loss, observed_expected_ratio, scaled_brier_score
from ecg_eval.stats.probability.calibration_regression import calibration_regression, validate_probabilities
from ecg_eval.stats.probability.decision import decision_curve
from ecg_eval.stats.probability.recalibration import fit_logistic_map
from ecg_eval.stats.probability.reliability import expected_calibration_error, reliability_bins
from ecg_eval.stats.probability.threshold_consequences import threshold_consequences

RMS_BINS = 5000  # rms 6.5 computes C and Dxy after grouping predictions
NORMS = {"L1": "l1", "l1 (ECE)": "l1", "L2 (root mean square)": "l2", "l2 (RMSCE)": "l2"} | {
    "maximum (MCE)": "max",
    "max (MCE)": "max",
}
CONSEQUENCES = {
    "pos_rate": "prevalence",
    "neg_rate": "prevalence",
    "test_pos_rate": "test_positive_rate",
    "tp_rate": "true_positive_rate",
    "fp_rate": "false_positive_rate",
    "fn_rate": "false_negative_rate",
    "tn_rate": "true_negative_rate",
    "ppv": "ppv",
    "npv": "npv",
    "sens": "sensitivity",
    "spec": "specificity",
    "lr_pos": "positive_likelihood_ratio",
    "lr_neg": "negative_likelihood_ratio",
}


def expected_names(case_dir: Path) -> list[str]:
    """Return the names that a case asks for; they say which thresholds and bins are wanted."""
    return [e["name"] for e in json.loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]]


def own_calibration(case_dir: Path) -> Mapping[str, object]:
    data = pd.read_csv(case_dir / "predictions.csv", float_precision="round_trip")
    truth, names = data["lvh"].to_numpy(), expected_names(case_dir)
    answers: dict[str, object] = {}
    for model in [c for c in data.columns if c.startswith("model")]:
        answers |= {f"{model}|{k}": v for k, v in one_model(truth, data[model].to_numpy()).items()}
        answers |= dict(binned(model, names, truth, data[model].to_numpy()))
    return answers | dict(own_decisions(names, truth, data))


def one_model(truth: np.ndarray, p: np.ndarray) -> dict[str, object]:
    checked = validate_probabilities(truth=truth, probability=p, rank_bins=RMS_BINS)
    fit = calibration_regression(truth=truth, probability=p, information="glm")
    smooth = "(lowess, iter = 0, f = 2/3)"
    return {
        "Brier": brier_score(truth=truth, probability=p).value,
        "scaled Brier": scaled_brier_score(truth=truth, probability=p).value,
        "log loss": log_loss(truth=truth, probability=p).value,
        "mean predicted": float(reliability_bins(truth=truth, probability=p, n_bins=1).mean_predicted[0]),
        "observed : expected": observed_expected_ratio(truth=truth, probability=p).value,
        "AUC": checked.c_index.value,
        "Somers Dxy": checked.somers_dxy.value,
        "Nagelkerke R2": checked.nagelkerke_r2.value,
        "discrimination index D": checked.discrimination_d.value,
        "unreliability index U": checked.unreliability_u.value,
        "unreliability chi2 (2 df)": checked.unreliability_u.statistic,
        "unreliability p": checked.unreliability_u.p_value,
        "quality index Q": checked.quality_q.value,
        "Spiegelhalter z": checked.spiegelhalter.statistic,
        "Spiegelhalter p": checked.spiegelhalter.p_value,
        f"Emax {smooth}": checked.error_max.value,
        f"E90 {smooth}": checked.error_90.value,
        f"Eavg (ICI) {smooth}": checked.error_mean.value,
        "calibration intercept (joint with slope)": fit.intercept.value,
        "calibration intercept (joint with slope) SE": fit.intercept.standard_error,
        "calibration slope": fit.slope.value,
        "calibration slope SE": fit.slope.standard_error,
        "calibration-in-the-large (intercept, slope fixed at 1)": fit.in_the_large.value,
        "calibration-in-the-large SE": fit.in_the_large.standard_error,
    }


def binned(model: str, names: list[str], truth: np.ndarray, p: np.ndarray) -> Iterator[tuple[str, object]]:
    for name in names:
        if found := re.fullmatch(rf"{model}\|ECE\|equal (width|mass), (\d+) bins\|(.+)", name):
            yield (
                name,
                expected_calibration_error(
                    truth=truth, probability=p, n_bins=int(found[2]), bins=f"equal_{found[1]}", norm=NORMS[found[3]]
                ).value,
            )
        elif found := re.fullmatch(rf"{model}\|bins\|equal (width|mass)\|(\d+)\|(.+)", name):
            bins = reliability_bins(truth=truth, probability=p, bins=f"equal_{found[1]}")
            field = {"n": bins.n, "mean predicted": bins.mean_predicted, "observed": bins.observed}[found[3]]
            yield name, field[int(found[2]) - 1]


def actions(data: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return what is acted on: every column, everybody, nobody."""
    n = len(data)
    return {c: data[c].to_numpy() for c in data.columns} | {"all": np.ones(n), "none": np.zeros(n)}


def own_decisions(names: list[str], truth: np.ndarray, data: pd.DataFrame) -> Iterator[tuple[str, object]]:
    chosen = actions(data)
    fields = {
        "net benefit": "net_benefit",
        "true positive rate (per ECG)": "true_positive_rate",
        "false positive rate (per ECG)": "false_positive_rate",
    }
    for name in names:
        if not (found := re.fullmatch(r"([^|]+)\|(\w+)\|threshold ([\d.]+)", name)):
            continue
        options: dict[str, float] = {}
        if target := re.search(r"re-weighted to prevalence ([\d.]+)", found[1]):
            options["prevalence"] = float(target[1])
        if harm := re.search(r"with harm ([\d.]+)", found[1]):
            options["harm"] = float(harm[1])
        curve = decision_curve(truth=truth, probability=chosen[found[2]], thresholds=[float(found[3])], **options)
        if found[1].startswith("net interventions avoided per 100"):
            yield name, 100 * curve.interventions_avoided[0]
        else:
            yield name, getattr(curve, fields.get(found[1], "net_benefit"))[0]


def val_prob(case_dir: Path) -> Mapping[str, object]:
    data = pd.read_csv(case_dir / "valprob_example.csv", float_precision="round_trip")
    truth, p = data["y"].to_numpy(), data["p"].to_numpy()
    checked = validate_probabilities(truth=truth, probability=p, rank_bins=RMS_BINS)
    answers: dict[str, object] = {
        "Dxy": checked.somers_dxy.value,
        "C (ROC)": checked.c_index.value,
        "R2": checked.nagelkerke_r2.value,
        "D": checked.discrimination_d.value,
        "D:Chi-sq": checked.discrimination_d.statistic,
        "D:p": checked.discrimination_d.p_value,
        "U": checked.unreliability_u.value,
        "U:Chi-sq": checked.unreliability_u.statistic,
        "U:p": checked.unreliability_u.p_value,
        "Q": checked.quality_q.value,
        "Brier": checked.brier.value,
        "Intercept": checked.regression.intercept.value,
        "Slope": checked.regression.slope.value,
        "Emax": checked.error_max.value,
        "E90": checked.error_90.value,
        "Eavg": checked.error_mean.value,
        "S:z": checked.spiegelhalter.statistic,
        "S:p": checked.spiegelhalter.p_value,
    }
    answers = {f"val.prob|{k}": v for k, v in answers.items()}
    answers["brier"] = brier_score(truth=truth, probability=p).value
    answers["log loss"] = log_loss(truth=truth, probability=p).value
    for name in expected_names(case_dir):
        if found := re.fullmatch(r"calibration_curve (uniform|quantile) (\d+) bins\|bin(\d+)\|(.+)", name):
            kind = {"uniform": "equal_width", "quantile": "equal_mass"}[found[1]]
            bins = reliability_bins(truth=truth, probability=p, n_bins=int(found[2]), bins=kind)
            field = {"observed": bins.observed, "mean predicted": bins.mean_predicted}[found[4]]
            answers[name] = field[bins.n > 0][int(found[3]) - 1]  # the program leaves out empty bins
        elif found := re.fullmatch(r"torchmetrics (binary|multiclass) (\d+) bins\|(.+)", name):
            answers[name] = top_label_error(case_dir, found[1], int(found[2]), NORMS[found[3]])
    return answers


def top_label_error(case_dir: Path, kind: str, n_bins: int, norm: str) -> float | None:
    data = pd.read_csv(case_dir / f"ece_{kind}_tiny.csv", float_precision="round_trip")
    if kind == "binary":
        truth, p = data["y"].to_numpy(), data["p"].to_numpy()
    else:
        by_class = data.drop(columns="y").to_numpy()
        truth, p = by_class.argmax(axis=1) == data["y"].to_numpy(), by_class.max(axis=1)
    return expected_calibration_error(truth=truth, probability=p, n_bins=n_bins, norm=norm, closed="left").value


def dcurves(case_dir: Path) -> Mapping[str, object]:
    data = pd.read_csv(case_dir / "df_binary.csv", float_precision="round_trip")
    truth, chosen = data["cancer"].to_numpy(), actions(data)
    fitted = fit_logistic_map(truth=truth, score=data["marker"].to_numpy())
    answers: dict[str, object] = {}
    for name in expected_names(case_dir):
        part = name.split("|")
        if part[0].startswith("dca "):
            answers[name] = one_decision(part, truth, chosen, fitted(data["marker"].to_numpy()))
        elif part[0] == "net interventions avoided":
            curve = decision_curve(truth=truth, probability=chosen[part[1]], thresholds=[float(part[2])])
            answers[name] = curve.interventions_avoided[0]
        elif part[0] == "test consequences":
            all_of = threshold_consequences(truth=truth, probability=chosen[part[1]], thresholds=[float(part[2])])
            answers[name] = consequence(part[3], all_of)
    return answers


def one_decision(part: list[str], truth: np.ndarray, chosen: dict[str, np.ndarray], fitted: np.ndarray) -> object:
    variable, threshold = part[1].split("/")
    p = fitted if variable == "marker" and "as_probability" in part[0] else chosen[variable]
    found = re.search(r"harm ([\d.]+)", part[0])
    harm = float(found[1]) if found and variable not in ("all", "none") else 0.0
    curve = decision_curve(truth=truth, probability=p, thresholds=[float(threshold)], harm=harm)
    fields: dict[str, object] = {
        "pos_rate": curve.prevalence,
        "n": curve.n,
        "harm": curve.harm,
        "tp_rate": curve.true_positive_rate[0],
        "fp_rate": curve.false_positive_rate[0],
        "net_benefit": curve.net_benefit[0],
    }
    return fields[part[2]]


def consequence(name: str, all_of: object) -> object:
    if name == "n":
        return all_of.n
    if name in ("pos_rate", "neg_rate"):
        return all_of.prevalence if name == "pos_rate" else 1 - all_of.prevalence
    if name == "test_neg_rate":
        return 1 - all_of.test_positive_rate[0]
    return getattr(all_of, CONSEQUENCES[name])[0]


# the yes/no call of that case is answered by the topic that has likelihood ratios and predictive values
PARTS = {"07-calibration-decision": own_calibration}
CASES = {
    "06c-calibration-brier-ece": val_prob,
    "06d-decision-curve-df-binary": dcurves,
}
