"""Rates and gaps of groups of patients: what fairlearn and scikit-learn say of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.probability.choice_tables import choice_tables
from ecg_eval.stats.probability.group_fairness import GroupRates, fairness
from ecg_eval.stats.roc.population_ranking import population_auroc

Answers = dict[str, object]
_WORDS = {
    "equalised odds": "equalised_odds",
    "equal opportunity": "equal_opportunity",
    "demographic parity": "demographic_parity",
}


def gaps(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/26: two readers and both together, weighted and not, by age, sex, and both."""
    with (case_dir / "reads.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    numbers = {name: table[name].astype(float) for name in ("weight", "truth", "score", "call")}
    groups = {
        "age group": table["age_group"],
        "sex": table["sex"],
        "age group and sex": np.char.add(np.char.add(table["age_group"], " "), table["sex"]),
    }
    answers: Answers = {}
    readers = {name: table["reader_id"] == name for name in np.unique(table["reader_id"])}
    for reader, mine in (readers | {"all readers": np.ones(len(rows), dtype=bool)}).items():
        for words in ("weighted", "unweighted"):
            some = {name: column[mine] for name, column in numbers.items()}
            if words == "unweighted":
                some["weight"] = np.ones(int(mine.sum()))
            of = {name: column[mine] for name, column in groups.items()}
            answers |= {f"{words}|{reader}|{at}": value for at, value in _of_reader(some, of).items()}
    return answers


def _of_reader(some: dict[str, np.ndarray], groups: dict[str, np.ndarray]) -> Answers:
    whole = np.ones(len(some["truth"]), dtype=bool)
    overall, answers = _rates(some, [whole]), {}
    answers |= {f"overall|{at}": value for at, value in _named(some, whole, overall).items()}
    everybody = GroupRates(**{name: getattr(overall, name)[0] for name in ("sensitivity", "false_alarm", "call")})
    for what, labels in groups.items():
        names = list(np.unique(labels))
        inside = [labels == name for name in names]
        rates = _rates(some, inside)
        for name, members in zip(names, inside, strict=True):
            one = _named(some, members, _rates(some, [members]))
            answers |= {f"{what}|{name}|{at}": value for at, value in one.items()}
            answers[f"{what}|{name}|n"] = int(members.sum())
            answers[f"{what}|{name}|n diseased"] = int((members & (some["truth"] == 1)).sum())
            for other in names:
                first, second = one, _named(some, labels == other, _rates(some, [labels == other]))
                answers |= {
                    f"gap|{name} minus {other}|{at}": None
                    if None in (first[at], second[at])
                    else first[at] - second[at]
                    for at in ("sensitivity", "specificity", "selection rate", "accuracy")
                }
        for against, reference in (("between groups", None), ("to overall", everybody)):
            for words, criterion in _WORDS.items():
                for kind, as_ratio in (("difference", False), ("ratio", True)):
                    for told, over in (("worst case", "worst"), ("mean", "mean")):
                        value = fairness(
                            rates,
                            criterion=criterion,
                            as_ratio=as_ratio,
                            overall=reference,
                            over=over,  # type: ignore[arg-type]
                        )
                        name = f"{what}|{against}|{words} {kind}"
                        answers[f"{name}|{told}" if words == "equalised odds" else name] = float(value)
    return answers


def _rates(some: dict[str, np.ndarray], inside: list[np.ndarray]) -> GroupRates:
    return GroupRates.of(_tables(some, inside))


def _tables(some: dict[str, np.ndarray], inside: list[np.ndarray]) -> object:
    weights = np.stack([some["weight"] * members for members in inside])
    return choice_tables(truth=some["truth"], choice=some["call"], categories=(0, 1), weights=weights)


def _named(some: dict[str, np.ndarray], members: np.ndarray, rates: GroupRates) -> Answers:
    tables = _tables(some, [members])
    design = SamplingDesign.of(weight=some["weight"] * members)
    told = {
        "sensitivity": tables.recall()[0, 1],
        "specificity": tables.recall()[0, 0],
        "false positive rate": rates.false_alarm[0],
        "false negative rate": tables.miss()[0, 1],
        "selection rate": rates.call[0],
        "accuracy": tables.accuracy()[0],
        "PPV": tables.precision()[0, 1],
        "AUROC": population_auroc(truth=some["truth"], score=some["score"], design=design).value,
    }
    return {name: None if value is None or np.isnan(value) else float(value) for name, value in told.items()}


CASES = {"26-gaps-and-fairness": gaps}
