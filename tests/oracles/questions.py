"""Kernels that the questions of a study need: what R's stats and coin say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.agreement.marginal_homogeneity import bowker_test, cochran_q, marginal_homogeneity_test
from ecg_eval.stats.agreement.ratings import ratings_from_table
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.proportion.paired import mcnemar

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
    first, second = ratings_from_table(table)
    reads = {"first": first, "second": second, "categories": range(len(table))}
    every, entries = bowker_test(**reads, pairs="all"), bowker_test(**reads)
    answers: Answers = {
        "Bowker|number of pairs with entries": int(entries.df) if is_defined(entries) and entries.df else 0,
        "Bowker|chi2": every.statistic,
        "Bowker|p": every.p_value,
        "Bowker|df, all pairs": every.df,
        "Bowker|p, df all pairs": every.p_value,
        "Bowker|df, pairs with entries": entries.df,
        "Bowker|p, df pairs with entries": entries.p_value,
    }
    equal = marginal_homogeneity_test(**reads)
    answers["Stuart-Maxwell|categories with disagreement"] = int(equal.df) + 1 if equal.df else 0
    answers["Stuart-Maxwell|df"] = equal.df
    for words, method in (
        ("Stuart-Maxwell", "stuart_maxwell"),
        ("Bhapkar", "bhapkar"),
        ("ordinal scores 1..k", "ordinal"),
    ):
        test = marginal_homogeneity_test(**reads, method=method)
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


CASES = {"15-marginal-homogeneity": marginal_homogeneity}
