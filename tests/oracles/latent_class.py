"""Truth from votes: what crowd-kit says of majority and of Dawid and Skene's model."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecg_eval.stats.latent.dawid_skene import dawid_skene
from ecg_eval.stats.latent.votes import count_votes

Answers = dict[str, object]


def latent_class(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/21: votes, posteriors, prevalences and readers' matrices, in two and in four classes."""
    answers: Answers = {}
    for words, file, k in (("two classes", "two_classes.csv", 2), ("four classes", "four_classes.csv", 4)):
        with (case_dir / file).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        readers, cases = sorted({r["reader_id"] for r in rows}), sorted({r["ecg_id"] for r in rows})
        said = np.full((len(cases), len(readers)), np.nan)
        for r in rows:
            said[cases.index(r["ecg_id"]), readers.index(r["reader_id"])] = float(r["answer"])
        answers |= {f"{words}|{name}": value for name, value in _of(said, readers, cases, k).items()}
    return answers


def _of(said: np.ndarray, readers: list[str], cases: list[str], k: int) -> Answers:
    votes, fit = count_votes(answers=said, n_classes=k), dawid_skene(answers=said, n_classes=k)
    label, majority = fit.label, votes.majority
    answers: Answers = {f"prevalence|class {c}": fit.prevalence[c] for c in range(k)}
    for i, case in enumerate(cases):
        answers |= {f"posterior|{case}|class {c}": fit.posterior[i, c] for c in range(k)}
        answers |= {f"vote share|{case}|class {c}": votes.shares[i, c] for c in range(k)}
        answers[f"label|{case}"] = int(label[i])
        answers[f"tied|{case}"] = bool(votes.is_tied[i])
        if votes.is_tied[i]:
            answers[f"tied classes|{case}"] = "+".join(map(str, np.flatnonzero(votes.leading[i])))
        else:
            answers[f"majority label|{case}"] = int(majority[i])
    for r, reader in enumerate(readers):
        for c, a in np.ndindex(k, k):
            answers[f"reader matrix|{reader}|truth {c}|answer {a}"] = fit.confusion[r, c, a]
    answers["number of tied ECGs"] = int(votes.is_tied.sum())
    answers["untied ECGs where majority and Dawid-Skene labels differ"] = int(
        (~votes.is_tied & (label != majority)).sum()
    )
    return answers


CASES = {"21-dawid-skene": latent_class}
