"""Enriched draws re-weighted to their population: what R's survey and scikit-learn say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.clusters.weighted_shares import effective_cases, weighted_share, weighted_youden
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.choice_tables import choice_tables
from ecg_eval.stats.probability.population_losses import population_brier, population_log_loss
from ecg_eval.stats.roc.population_ranking import population_auroc, population_average_precision

Answers = dict[str, object]


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def proportions(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/20: shares of the population from 420 ECGs of three strata."""
    table = _columns(case_dir / "draw.csv")
    weight, truth, call = (table[name].astype(float) for name in ("weight", "reference", "test"))
    patient, stratum, size = table["patient_id"], table["stratum"], table["population"].astype(float)
    events = {
        "sensitivity": np.where(truth == 1, call, np.nan),
        "specificity": np.where(truth == 0, 1 - call, np.nan),
        "positive predictive value": np.where(call == 1, truth, np.nan),
        "negative predictive value": np.where(call == 0, 1 - truth, np.nan),
        "accuracy": (truth == call).astype(float),
        "prevalence": truth,
        "test positive rate": call,
    }
    designs: dict[str, dict[str, np.ndarray]] = {
        "weights only": {},
        "strata": {"stratum": stratum},
        "strata and fpc": {"stratum": stratum, "population": size},
        "patients": {"cluster": patient},
        "strata and patients": {"stratum": stratum, "cluster": patient},
    }
    answers: Answers = {}
    for name, event in events.items():
        alone = weighted_share(event=event, weight=np.ones(weight.size))
        answers |= {f"{name}|unweighted": alone.value, f"{name}|n": alone.n}
        answers[f"{name}|weighted"] = weighted_share(event=event, weight=weight).value
        for words, design in designs.items():
            answers |= {f"{name}|{words}|{at}": v for at, v in _of_design(event, weight, design).items()}
            exact = weighted_share(event=event, weight=weight, **design)
            answers[f"{name}|{words}|effective sample size"] = effective_cases(exact)
            answers[f"{name}|{words}|beta, df of the domain|CI low"] = exact.low
            answers[f"{name}|{words}|beta, df of the domain|CI high"] = exact.high
    draw = SamplingDesign.of(weight=weight)
    answers |= {"weights|sum": float(draw.weight.sum()), "weights|Kish effective n": draw.effective_n}
    answers["weights|Kish design effect"] = draw.design_effect
    for words in ("strata", "patients"):
        index = weighted_youden(truth=truth, call=call, weight=weight, **designs[words])
        answers |= {f"Youden index|{words}|value": index.value, f"Youden index|{words}|SE": index.standard_error}
    return answers


def _of_design(event: np.ndarray, weight: np.ndarray, design: dict[str, np.ndarray]) -> Answers:
    answers: Answers = {}
    words = {"domain": "df of the domain", "design": "df of the design", "normal": "z"}
    for freedom, told in words.items():
        for interval, name in (("logit", "logit"), ("wald", "mean")):
            made: Estimate = weighted_share(
                event=event,
                weight=weight,
                interval=interval,
                freedom=freedom,
                **design,  # type: ignore[arg-type]
            )
            answers |= {f"{name}, {told}|CI low": made.low, f"{name}, {told}|CI high": made.high}
            answers["SE"] = made.standard_error
            if freedom != "normal":
                answers[told] = made.df
    return answers


def reads(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/22: rankings, probabilities, calls and agreement of three GPs, weighted and not."""
    table = _columns(case_dir / "reads.csv")
    numbers = {
        name: table[name].astype(float) for name in ("weight", "truth", "score", "probability", "call", "urgency")
    }
    gps = list(dict.fromkeys(table["reader_id"]))
    of = {gp: {name: column[table["reader_id"] == gp] for name, column in numbers.items()} for gp in gps}
    answers: Answers = {}
    for words in ("weighted", "unweighted"):
        weight = of[gps[0]]["weight"] if words == "weighted" else np.ones(of[gps[0]]["weight"].size)
        for gp, one in of.items():
            answers |= {f"{words}|{gp}|{at}": value for at, value in _of_reader(one, weight).items()}
        for i, first in enumerate(gps):
            for second in gps[i + 1 :]:
                where = f"{words}|{first} and {second}"
                answers[f"{where}|kappa of calls"] = _kappa(of[first]["call"], of[second]["call"], (0, 1), weight)
                for scale in ("unweighted", "linear", "quadratic"):
                    answers[f"{where}|kappa of urgency|{scale}"] = _kappa(
                        of[first]["urgency"], of[second]["urgency"], (1, 2, 3, 4), weight, scale
                    )
    return answers


def _kappa(
    first: np.ndarray, second: np.ndarray, categories: tuple[int, ...], weight: np.ndarray, scale: str = "unweighted"
) -> float:
    tables = choice_tables(truth=first, choice=second, categories=categories, weights=weight[None, :])
    return float(tables.kappa("equal" if scale == "unweighted" else scale)[0])  # type: ignore[arg-type]


def _of_reader(one: dict[str, np.ndarray], weight: np.ndarray) -> Answers:
    truth, score, call, design = one["truth"], one["score"], one["call"], SamplingDesign.of(weight=weight)
    each, both = weight[None, :], (0, 1)
    made = choice_tables(truth=truth, choice=call, categories=both, weights=each)
    probability = {"truth": truth, "probability": one["probability"], "design": design}
    answers: Answers = {
        "AUROC": population_auroc(truth=truth, score=score, design=design).value,
        "AUROC of the call": population_auroc(truth=truth, score=call, design=design).value,
        "average precision": population_average_precision(truth=truth, score=score, design=design).value,
        "Brier": population_brier(**probability).value,  # type: ignore[arg-type]
        "log loss": population_log_loss(**probability).value,  # type: ignore[arg-type]
        "accuracy": made.accuracy()[0],
        "balanced accuracy": made.balanced_accuracy()[0],
        "F1": made.f_beta()[0, 1],
        "F2": made.f_beta(2.0)[0, 1],
        "MCC": made.matthews()[0],
        "kappa with truth": made.kappa()[0],
    }
    answers |= dict(zip(("TN", "FP", "FN", "TP"), made.counts[0].ravel(), strict=True))
    answers |= dict(zip(("specificity", "sensitivity"), made.recall()[0], strict=True))
    answers |= dict(zip(("NPV", "PPV"), made.precision()[0], strict=True))
    for threshold in (20, 50, 80):
        above = choice_tables(truth=truth, choice=(score >= threshold).astype(float), categories=both, weights=each)
        names = (f"{name} at score >= {threshold}" for name in ("specificity", "sensitivity"))
        answers |= dict(zip(names, above.recall()[0], strict=True))
    return answers


CASES = {"20-weighted-proportions": proportions, "22-weighted-auroc-accuracy": reads}
