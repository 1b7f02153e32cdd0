"""Agreement: the cases of irr, irrCAC, vcd, epiR, psych and their papers, answered by our kernels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.chance_agreement import chance_agreement
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.fleiss import conger_kappa, fleiss_kappa, fleiss_kappa_per_category, light_kappa
from ecg_eval.stats.gwet import gwet_ac1, gwet_ac2
from ecg_eval.stats.kappa import cohen_kappa, pabak
from ecg_eval.stats.krippendorff import krippendorff_alpha
from ecg_eval.stats.percent_agreement import percent_agreement, randolph_kappa, unanimous_agreement
from ecg_eval.stats.specific_agreement import (
    bias_index,
    negative_agreement,
    observed_agreement,
    positive_agreement,
    prevalence_index,
)

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
    return {
        "Gwet AC1" if weights is None else "Gwet AC2": (gwet, "gwet"),
        "Krippendorff alpha": (krippendorff_alpha(**options, weights=weights), "krippendorff"),
        "Conger kappa": (conger_kappa(**options, weights=weights), "conger"),
        "Fleiss kappa": (fleiss_kappa(**options, weights=weights), "fleiss"),
        "Brennan-Prediger": (randolph_kappa(**options, weights=weights), "brennan-prediger"),
        "percent agreement": (percent_agreement(**options, weights=weights), None),
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
    adjusted = pabak(first=first, second=second, interval="exact")
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


CASES = {"05-agreement": own_agreement}
OUT_OF_SCOPE: dict[str, dict[str, str]] = {}
