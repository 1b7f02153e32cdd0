"""Two groups over strata: what R's stats, metafor and vcd say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.proportion.stratified import Strata, mantel_haenszel, peto_odds_ratio
from ecg_eval.stats.proportion.stratified_tests import (
    breslow_day_test,
    cochran_mantel_haenszel,
    exact_odds_ratio,
    woolf_test,
)

Answers = dict[str, object]


def stratified(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/16: right answers with and without help in three sets of practices."""
    with (case_dir / "strata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers: Answers = {}
    for name in dict.fromkeys(row["set"] for row in rows):
        table = np.array(
            [[int(row[f"{arm}_{word}"]) for arm in ("aided", "unaided") for word in ("yes", "no")]
             for row in rows if row["set"] == name]
        )  # fmt: skip
        answers |= {f"{name}|{at}": value for at, value in _of_set(table).items()}
    return answers


def _strata(table: np.ndarray) -> Strata:
    a, b, c, d = table.T
    return Strata.of(events_first=a, n_first=a + b, events_second=c, n_second=c + d)


def _of_set(table: np.ndarray) -> Answers:
    strata, crude = _strata(table), _strata(table.sum(axis=0, keepdims=True))
    odds = mantel_haenszel(strata, measure="odds_ratio")
    ratio = mantel_haenszel(strata, measure="risk_ratio")
    answers: Answers = {
        "MH odds ratio|estimate": odds.value,
        "MH odds ratio|log": np.log(odds.value or np.nan),
        "MH odds ratio|SE of log (RBG)": odds.standard_error,
        "MH odds ratio|CI low": odds.low,
        "MH odds ratio|CI high": odds.high,
        "MH risk ratio|estimate": ratio.value,
        "MH risk ratio|SE of log": ratio.standard_error,
        "MH risk ratio|CI low": ratio.low,
        "MH risk ratio|CI high": ratio.high,
        "crude|odds ratio": mantel_haenszel(crude, measure="odds_ratio").value,
        "crude|risk difference": mantel_haenszel(crude).value,
    }
    for words, variance in (("Greenland-Robins", "greenland_robins"), ("Sato", "sato")):
        made = mantel_haenszel(strata, variance=variance)  # type: ignore[arg-type]
        answers["MH risk difference|estimate"] = made.value
        told = {"SE": made.standard_error, "CI low": made.low, "CI high": made.high}
        answers |= {f"MH risk difference|{words}|{what}": value for what, value in told.items()}
    for words, corrected in (("without correction", False), ("with correction", True)):
        test = cochran_mantel_haenszel(strata, corrected=corrected)
        answers |= {f"CMH chi-square|{words}": test.statistic, f"CMH chi-square|p {words}": test.p_value}
        answers["CMH chi-square|df"] = test.df
    exact = exact_odds_ratio(strata)
    told = {"p": exact.p_value, "odds ratio": exact.value, "CI low": exact.low, "CI high": exact.high}
    answers |= {f"exact conditional|{what}": value for what, value in told.items()}
    for words, tarone in (("Breslow-Day", False), ("Breslow-Day-Tarone", True)):
        test = breslow_day_test(strata, tarone=tarone)
        where = "homogeneity of odds ratios"
        answers |= {f"{where}|{words} chi2": test.statistic, f"{where}|{words} p": test.p_value, f"{where}|df": test.df}
    answers["homogeneity of odds ratios|strata used"] = strata.informative.n.size
    peto = peto_odds_ratio(strata)
    answers |= {"Peto odds ratio|log": np.log(peto.value or np.nan), "Peto odds ratio|SE of log": peto.standard_error}
    woolf = woolf_test(strata)
    told = {"chi2": woolf.statistic, "df": woolf.df, "p": woolf.p_value}
    return answers | {f"Woolf homogeneity|{what}": value for what, value in told.items()}


CASES = {"16-stratified-2x2": stratified}
