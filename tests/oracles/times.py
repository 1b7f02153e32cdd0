"""Times and confidence: what R's stats, coin, exactRankTests, lme4 and lmerTest say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.measurement.several_conditions import friedman_test
from ecg_eval.stats.measurement.signed_rank import sign_test, signed_rank_test, signed_ranks, walsh_rank
from ecg_eval.stats.mixed.comparison import likelihood_ratio_test
from ecg_eval.stats.mixed.linear import LinearFit, linear_mixed_model

Answers = dict[str, object]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def paired_ranks(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/17: signed ranks of three sets of pairs, and Friedman over four arms."""
    rows = _rows(case_dir / "paired.csv")
    answers: Answers = {}
    for name in dict.fromkeys(row["set"] for row in rows):
        pair = {
            "first": np.array([float(row["aided"]) for row in rows if row["set"] == name]),
            "second": np.array([float(row["unaided"]) for row in rows if row["set"] == name]),
        }
        answers |= {f"{name}|{at}": value for at, value in _of_pairs(pair).items()}
    return answers | _of_arms(_rows(case_dir / "friedman.csv"))


def _of_pairs(pair: dict[str, np.ndarray]) -> Answers:
    ranks, pratt = signed_ranks(**pair), signed_ranks(**pair, pratt=True)
    exact, normal = signed_rank_test(**pair, method="exact"), signed_rank_test(**pair, method="normal")
    answers: Answers = {
        "n": ranks.n,
        "zero differences": ranks.n_zero,
        "median difference": ranks.median,
        "V+": ranks.positive,
        "V-": ranks.negative,
        "rank biserial": ranks.rank_biserial,
        "exact|p": exact.p_value,
        "exact|Hodges-Lehmann": exact.value,
        "exact|CI low": exact.low,
        "exact|CI high": exact.high,
        "exact with ties, zeros dropped|p": exact.p_value,
        "exact with ties, Pratt|p": signed_rank_test(**pair).p_value,
        "Pratt normal|V+": pratt.positive,
        "Pratt normal|z": signed_rank_test(**pair, method="pratt").statistic,
        "Pratt normal|p": signed_rank_test(**pair, method="pratt").p_value,
        "Walsh median, all differences": ranks.hodges_lehmann,
        "sign test|p": sign_test(**pair).p_value,
    }
    for direction in ("greater", "less"):
        answers[f"exact|p {direction}"] = signed_rank_test(**pair, method="exact", alternative=direction).p_value  # type: ignore[arg-type]
    d = np.round(pair["first"] - pair["second"], 6)
    changed = d[d != 0]
    answers["exact|rank of the lower Walsh average"] = walsh_rank(d)
    answers["Walsh order statistics, normal|k"] = walsh_rank(changed, method="pratt")
    if len(changed):
        alone = {"first": changed, "second": np.zeros(len(changed))}
        answers["Walsh median, nonzero differences"] = signed_ranks(**alone).hodges_lehmann
        by_order = signed_rank_test(**alone, method="pratt")
        answers["Walsh order statistics, normal|CI low"] = by_order.low
        answers["Walsh order statistics, normal|CI high"] = by_order.high
    for words, method in (("normal", "normal"), ("normal, continuity correction", "corrected")):
        made = signed_rank_test(**pair, method=method)  # type: ignore[arg-type]
        greater = signed_rank_test(**pair, method=method, alternative="greater")  # type: ignore[arg-type]
        answers |= {
            f"{words}|z": made.statistic,
            f"{words}|p": made.p_value,
            f"{words}|p greater": greater.p_value,
            f"{words}|location (R root)": normal.value,
            f"{words}|CI low (R root)": made.low,
            f"{words}|CI high (R root)": made.high,
        }
    return answers


def _of_arms(rows: list[dict[str, str]]) -> Answers:
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    by_arm = {arm: {r["reader_id"]: float(r["value"]) for r in rows if r["arm"] == arm and r["value"]} for arm in arms}
    readers = sorted({row["reader_id"] for row in rows})
    table = np.array([[by_arm[arm].get(reader, np.nan) for arm in arms] for reader in readers])
    answers: Answers = {}
    for words, some in (("all arms", table), ("first two arms", table[:, :2])):
        found = friedman_test(values=some)
        told = {
            "blocks": found.concordance.n,
            "chi2": found.concordance.statistic,
            "df": found.concordance.df,
            "p": found.concordance.p_value,
            "Kendall W": found.concordance.value,
            "Iman-Davenport F": found.f_test.statistic,
            "Iman-Davenport p": found.f_test.p_value,
        }
        told |= {f"mean rank|{arm}": rank for arm, rank in zip(arms, found.mean_ranks, strict=False)}
        answers |= {f"Friedman|{words}|{what}": value for what, value in told.items()}
    return answers


def linear_model(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/13: logarithms of reading times, crossed readers and ECGs."""
    rows = _rows(case_dir / "times.csv")
    aided = np.array([float(row["arm"] == "aided") for row in rows])
    fixed = {"intercept": np.ones(len(rows)), "aided": aided}
    with_period = fixed | {"period 2": np.array([float(row["period"] == "2") for row in rows])}
    reader, ecg = (np.array([row[name] for row in rows]) for name in ("reader_id", "ecg_id"))
    groups, data = {"reader": reader, "ECG": ecg}, {"outcome": np.log([float(row["seconds"]) for row in rows])}
    sloped = groups | {"reader slope": reader}
    models = {
        "model A": linear_mixed_model(fixed=fixed, groups=groups, **data),
        "model B": linear_mixed_model(fixed=with_period, groups=groups, **data),
        "model C": linear_mixed_model(fixed=with_period, groups=sloped, slopes={"reader slope": aided}, **data),
    }
    answers: Answers = {}
    for words, fit in models.items():
        answers |= {f"{words}|{at}": value for at, value in _of_fit(fit).items()}
    answers["model A|ICC reader"] = models["model A"].share("reader")
    answers["model A|ICC ECG"] = models["model A"].share("ECG")
    full = linear_mixed_model(fixed=with_period, groups=groups, likelihood="ml", **data)
    without = {name: column for name, column in with_period.items() if name != "aided"}
    reduced = linear_mixed_model(fixed=without, groups=groups, likelihood="ml", **data)
    test = likelihood_ratio_test(full=full, reduced=reduced)
    answers |= {
        "model B, ML|log likelihood": full.log_likelihood,
        "model B, ML|aided|estimate": full.fixed["aided"].value,
        "model B, ML|aided|SE": full.fixed["aided"].standard_error,
        "model B, ML|LR test of aided|chi2": test.statistic,
        "model B, ML|LR test of aided|df": test.df,
        "model B, ML|LR test of aided|p": test.p_value,
    }
    return answers | {f"model B, ML|variance|{name}": value for name, value in full.variances.items()}


def _of_fit(fit: LinearFit) -> Answers:
    ratio = fit.ratio("aided")
    answers: Answers = {
        "ratio|estimate": ratio.value,
        "ratio|CI low": ratio.low,
        "ratio|CI high": ratio.high,
        "REML criterion": fit.criterion,
        "n": fit.n,
    }
    for name, e in fit.fixed.items():
        told = {"estimate": e.value, "SE": e.standard_error, "Satterthwaite df": e.df, "t": e.statistic}
        told |= {"p": e.p_value, "CI low": e.low, "CI high": e.high}
        answers |= {f"{name}|{what}": value for what, value in told.items()}
    for name, variance in fit.variances.items():
        answers |= {f"variance|{name}": variance, f"SD|{name}": variance**0.5}
    return answers


CASES = {"17-wilcoxon-paired": paired_ranks, "13-linear-mixed-model-times": linear_model}

_NORMAL = "the same with a normal quantile, which is too narrow for few readers: Satterthwaite's t is what is reported"
_KR = "Kenward and Roger's correction of the same model: one way to count degrees of freedom, Satterthwaite's, is kept"
OUT_OF_SCOPE = {
    "13-linear-mixed-model-times": {
        **{
            f"{model}|{name}|Wald CI {end}": _NORMAL
            for model, names in (
                ("model A", ("intercept", "aided")),
                ("model B", ("intercept", "aided", "period 2")),
                ("model C", ("intercept", "aided", "period 2")),
            )
            for name in names
            for end in ("low", "high")
        },
        **{
            f"model {m}|aided|Kenward-Roger|{what}": _KR
            for m in "ABC"
            for what in ("SE", "df", "t", "p", "CI low", "CI high")
        },
    }
}
