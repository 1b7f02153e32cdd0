"""Conformal sets learnt on one part and judged on the other (questions/23)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np

from ecg_eval.stats.probability.conformal import Nonconformity, conformal_p_values, fit_conformal_sets

Answers = dict[str, object]


def _columns(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    probability = np.array([[float(cell) for cell in row[2:]] for row in rows])
    return [row[0] for row in rows], np.array([int(row[1]) for row in rows]), probability


def conformal_sets(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/23: two and four classes, two measures of misfit, with and without classes apart."""
    answers: Answers = {}
    for words in ("binary", "four classes"):
        file = words.replace(" ", "_")
        _, truth, probability = _columns(case_dir / f"{file}_calibration.csv")
        ecgs, outcome, new = _columns(case_dir / f"{file}_test.csv")
        taught = {"truth": truth, "probability": probability}
        for kind in get_args(Nonconformity):
            where = f"{words}|{kind.upper()}"
            p_values = conformal_p_values(**taught, new=new, kind=kind)
            for ecg, of_ecg in zip(ecgs, p_values, strict=True):
                answers |= {f"{where}|p value|{ecg}|class {c}": p for c, p in enumerate(of_ecg)}
            for alpha in (0.05, 0.1, 0.2):
                for by_class, name in ((False, "marginal"), (True, "class-conditional")):
                    fitted = fit_conformal_sets(**taught, miscoverage=alpha, kind=kind, by_class=by_class)
                    made = {**_quantiles(fitted.quantiles, by_class), **_of_sets(ecgs, outcome, fitted(new))}
                    answers |= {f"{where}|alpha {alpha}|{name}|{what}": value for what, value in made.items()}
    return answers


def _quantiles(quantiles: np.ndarray, by_class: bool) -> Answers:
    return {f"quantile|class {c}": q for c, q in enumerate(quantiles)} if by_class else {"quantile": quantiles[0]}


def _of_sets(ecgs: list[str], truth: np.ndarray, sets: np.ndarray) -> Answers:
    covered, size = sets[np.arange(truth.size), truth], sets.sum(axis=1)
    answers: Answers = {
        "coverage": covered.mean(),
        "mean size": size.mean(),
        "single": (size == 1).mean(),
        "empty": (size == 0).mean(),
    }
    for c in range(sets.shape[1]):
        answers |= {f"coverage|class {c}": covered[truth == c].mean(), f"mean size|class {c}": size[truth == c].mean()}
    for ecg, inside in zip(ecgs, sets, strict=True):
        answers[f"set|{ecg}"] = "+".join(str(c) for c in np.flatnonzero(inside)) or "empty"
    return answers


CASES = {"23-conformal": conformal_sets}
