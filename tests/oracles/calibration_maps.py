"""Maps from scores to probabilities, fitted on one part and judged on the other (questions/25)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from ecg_eval.stats.probability.calibration import brier_score, log_loss
from ecg_eval.stats.probability.calibration_regression import calibration_regression
from ecg_eval.stats.probability.recalibration import (
    SoftmaxTemperatureMap,
    fit_isotonic_map,
    fit_logistic_map,
    fit_softmax_temperature,
    fit_temperature,
)
from ecg_eval.stats.probability.reliability import expected_calibration_error, reliability_bins

Answers = dict[str, object]
ERRORS = {"ECE": "l1", "MCE": "max", "RMSCE": "l2"}
BINS = {"equal width": "equal_width", "equal mass": "equal_mass"}


@dataclass(frozen=True)
class Part:
    """The columns of one part of a table."""

    ecg: list[str]
    truth: np.ndarray
    numbers: np.ndarray  # the columns after the truth


def _parts(path: Path) -> tuple[Part, Part]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]

    def part(name: str) -> Part:
        of_part = [row for row in rows if row[1] == name]
        numbers = np.array([[float(cell) for cell in row[3:]] for row in of_part])
        return Part([row[0] for row in of_part], np.array([int(row[2]) for row in of_part]), numbers)

    return part("calibration"), part("test")


def _binary(case_dir: Path) -> Answers:
    fitted_on, test = _parts(case_dir / "binary.csv")
    truth, score, raw = fitted_on.truth, fitted_on.numbers[:, 0], fitted_on.numbers[:, 1]
    temperature = fit_temperature(truth=truth, probability=expit(score))
    logistic = fit_logistic_map(truth=truth, score=score)
    platt = fit_logistic_map(truth=truth, score=score, shrunk=True)
    isotonic = fit_isotonic_map(truth=truth, score=raw)
    line = calibration_regression(truth=truth, probability=expit(score))
    answers: Answers = {
        "temperature|T": temperature.temperature,
        "temperature|log loss at T (calibration)": log_loss(truth=truth, probability=temperature(expit(score))).value,
        "temperature|log loss at T = 1 (calibration)": log_loss(truth=truth, probability=expit(score)).value,
        "logistic|intercept": logistic.intercept,
        "logistic|slope": logistic.slope,
        "logistic|intercept|SE": line.intercept.standard_error,
        "logistic|slope|SE": line.slope.standard_error,
        "Platt|A": -platt.slope,
        "Platt|B": -platt.intercept,
        "isotonic|number of knots": isotonic.scores.size,
    }
    for i, (at, value) in enumerate(zip(isotonic.scores, isotonic.probabilities, strict=True), start=1):
        answers |= {f"isotonic|knot|{i}|probability": at, f"isotonic|knot|{i}|value": value}
    new_score, new_raw = test.numbers.T
    mapped = {
        "temperature": temperature(expit(new_score)),
        "logistic": logistic(new_score),
        "Platt": platt(new_score),
        "isotonic": isotonic(new_raw),
    }
    for name, p in mapped.items():
        answers |= {f"{name}|mapped|{ecg}": value for ecg, value in zip(test.ecg, p, strict=True)}
    for name, p in {"raw": new_raw, **mapped}.items():
        answers |= {f"{name}|{what}": value for what, value in _judged(test.truth, p).items()}
    return {f"binary|{name}": value for name, value in answers.items()}


def _judged(truth: np.ndarray, p: np.ndarray) -> Answers:
    answers: Answers = {
        "Brier": brier_score(truth=truth, probability=p).value,
        "log loss": log_loss(truth=truth, probability=p).value,
    }
    for words, kind in BINS.items():
        for name, norm in ERRORS.items():
            error = expected_calibration_error(truth=truth, probability=p, bins=kind, norm=norm)  # type: ignore[arg-type]
            answers[f"{name} {words}"] = error.value
        bins = reliability_bins(truth=truth, probability=p, bins=kind)  # type: ignore[arg-type]
        for i, (n, observed, mean) in enumerate(zip(bins.n, bins.observed, bins.mean_predicted, strict=True), start=1):
            where = f"bins|{words}|{i}"
            answers |= {f"{where}|n": n, f"{where}|observed": observed, f"{where}|mean predicted": mean}
    return answers


def _four_classes(case_dir: Path) -> Answers:
    fitted_on, test = _parts(case_dir / "four_classes.csv")
    temperature = fit_softmax_temperature(truth=fitted_on.truth, scores=fitted_on.numbers)
    mapped = temperature(test.numbers)
    answers: Answers = {
        "temperature|T": temperature.temperature,
        "temperature|log loss at T (calibration)": _loss(fitted_on.truth, temperature(fitted_on.numbers)),
    }
    for ecg, of_ecg in zip(test.ecg, mapped, strict=True):
        answers |= {f"temperature|mapped|{ecg}|class {c}": value for c, value in enumerate(of_ecg)}
    for name, p in {"raw": SoftmaxTemperatureMap(1.0)(test.numbers), "temperature": mapped}.items():
        by_class = [brier_score(truth=test.truth == c, probability=p[:, c]).value for c in range(p.shape[1])]
        on_top = expected_calibration_error(truth=p.argmax(axis=1) == test.truth, probability=p.max(axis=1))
        answers |= {
            f"{name}|log loss": _loss(test.truth, p),
            f"{name}|Brier": sum(by_class),  # type: ignore[arg-type]
            f"{name}|top-label ECE equal width": on_top.value,
        }
    return {f"four classes|{name}": value for name, value in answers.items()}


def _loss(truth: np.ndarray, p: np.ndarray) -> float | None:
    return log_loss(truth=np.ones(truth.size), probability=p[np.arange(truth.size), truth]).value


def calibration_maps(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/25: two classes by four maps, four classes by a temperature."""
    return _binary(case_dir) | _four_classes(case_dir)


CASES = {"25-calibration-maps": calibration_maps}
