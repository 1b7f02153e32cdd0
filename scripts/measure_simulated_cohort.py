"""Measure how plausible the simulated cohort is, and write the tables to docs/rehearsal.md.

Run: python scripts/measure_simulated_cohort.py [--ptb-xl ../shared/data/ptb-xl] [--records 900]

Three questions: do our interval measurements find on clean tracings what generated them; is reading the cohort neither
trivial nor hopeless for the feature baseline; does a model that learnt from real ECGs (PTB-XL) tell simulated infarcts,
conduction disease and normal hearts apart.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import page_tables
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.datasets._heart.cohort import draw_patient, draw_plan
from ecg_eval.datasets._heart.tracing import DURATION_S, SAMPLING_RATE_HZ, trace
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.datasets.simulated import Simulated
from ecg_eval.domain.contracts import Dataset, Recordings
from ecg_eval.domain.findings import label_sets
from ecg_eval.models.beat_boosting import BeatBoosting
from ecg_eval.signals.measurements import measure
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.area import auroc

Floats = NDArray[np.float64]

MARK = "plausibility"
# bias and SD that IEC 60601-2-51 allows against the CSE referees, added: what a single tracing may be off by
RATE_TOLERANCE_PER_MIN = 2.0
TOLERANCE_MS = {"PR": 10 + 15, "QRS": 10 + 10, "QT": 25 + 30}
RHYTHM_WORDS = {
    "sinus": "sinus, with premature beats or without",
    "AF": "atrial fibrillation",
    "AFL": "flutter",
    "2AVB": "Wenckebach block",
    "3AVB": "complete AV block",
    "paced": "paced",
}


def errors_on_clean_tracings(n: int, seed: int) -> dict[str, Floats]:
    """Return measured minus generated, NaN where not measurable: rates by rhythm, per minute, and intervals in ms."""
    rates = ["rate, all rhythms", *(f"rate, {name}" for name in RHYTHM_WORDS.values())]
    errors: dict[str, list[float]] = {name: [] for name in (*rates, "PR", "QRS", "QT")}
    for patient_id in range(1, n + 1):
        rng = np.random.default_rng((seed, patient_id))
        plan = draw_plan(draw_patient(patient_id, "enriched", rng), rng)
        leads, beats = trace(replace(plan.heart, noise=0.0, loose=None), rng)
        found = measure(signal_mv=leads.astype(np.float32), sampling_rate_hz=SAMPLING_RATE_HZ)
        rhythm, heart = plan.heart.rhythm, plan.heart.ventricles
        rate = found.rhythm.get("rate_per_min", np.nan) - beats.rate_per_min(DURATION_S, heart.qrs_ms)
        errors["rate, all rhythms"].append(rate)
        errors[f"rate, {RHYTHM_WORDS[rhythm.kind]}"].append(rate)
        if rhythm.kind == "sinus":
            errors["PR"].append(found.pr_ms - rhythm.pr_ms)
        if heart.conduction != "paced":  # where a spike belongs to QRS or not is a matter of words
            errors["QRS"].append(found.qrs_ms - heart.qrs_ms)
            errors["QT"].append(found.qt_ms - heart.qt_ms)
    return {name: np.array(values) for name, values in errors.items()}


def kept(name: str, errors: Floats) -> float:
    """Return the share of recordings that are measured within the tolerance."""
    return float(np.mean(np.abs(errors) <= _tolerance(name)))


def _tolerance(name: str) -> float:
    return RATE_TOLERANCE_PER_MIN if name.startswith("rate") else float(TOLERANCE_MS[name])


def _interval_row(name: str, errors: Floats) -> str:
    known = errors[np.isfinite(errors)]
    if not len(known):
        return f"| {name} | | | 0 of {len(errors)} |"
    unit = "/min" if name.startswith("rate") else "ms"
    within = f"{100 * kept(name, errors):.1f} % within {_tolerance(name):g} {unit}"
    return f"| {name} | {np.median(known):.1f} {unit} | {within} | {len(known)} of {len(errors)} |"


def _scores(model: BeatBoosting, dataset: Dataset, ids: list[str], findings: tuple[str, ...]) -> Floats:
    return model.scores(Recordings(tuple(ids), dataset.load), findings)


def baseline(n: int, seed: int) -> dict[str, float]:
    """Return the feature baseline's AUROC by finding, trained on folds 1 to 6 and tested on 7 to 10."""
    findings = label_sets()["gp_core"]
    dataset = Simulated(n_records=n, seed=seed)
    records, labels = dataset.records(), dataset.labels(findings).table
    train = list(records.index[records["fold"] <= 6])
    test = list(records.index[records["fold"] > 6])
    model = BeatBoosting()
    model.fit(Recordings(tuple(train), dataset.load), labels.loc[train], rng=np.random.default_rng(seed))
    scores = _scores(model, dataset, test, findings)
    found = {
        code: _auroc(labels.loc[test, code].to_numpy(dtype=float), scores[:, k]).value
        for k, code in enumerate(findings)
    }
    return {code: value for code, value in found.items() if value is not None}


def _baseline_row(n: int, seed: int) -> str:
    values = baseline(n, seed)
    each = ", ".join(f"{code} {value:.3f}" for code, value in values.items())
    return f"| seed {seed}, macro over gp_core | **{np.mean(list(values.values())):.3f}** | {each} |"


def _auroc(truth: Floats, score: Floats) -> Estimate:
    return auroc(truth=truth, score=score, cluster=None, level=0.95)


def from_real_to_simulated(root: Path, n: int, seed: int) -> dict[str, Estimate]:
    """Return AUROCs of a model that learnt PTB-XL's superclasses and is asked about simulated ECGs."""
    findings = label_sets()["superclasses"]
    real = PtbXl(root)
    records = real.records()
    ids = list(records.index[records["has_signal"]])
    model = BeatBoosting()
    model.fit(Recordings(tuple(ids), real.load), real.labels(findings).table.loc[ids], rng=np.random.default_rng(seed))
    dataset = Simulated(n_records=n, seed=seed + 1)
    labels = dataset.labels(findings).table
    scores = pd.DataFrame(
        _scores(model, dataset, list(labels.index), findings), index=labels.index, columns=list(findings)
    )
    normal = labels["NORM"] == 1
    found = {}
    for code in ("NORM", "MI", "CD", "HYP", "STTC"):
        chosen = labels[code].notna() if code == "NORM" else (labels[code] == 1) | normal
        truth, score = (frame.loc[chosen, code].to_numpy(dtype=float) for frame in (labels, scores))
        found[f"{code} against {'all others' if code == 'NORM' else 'normal'}"] = _auroc(truth, score)
    return found


def _transfer_row(name: str, found: Estimate) -> str:
    value, low, high = (float(x) for x in (found.value, found.low, found.high) if x is not None)
    return f"| {name} | {value:.3f} ({low:.3f}-{high:.3f}) | {found.n_positive} of {found.n} |"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ptb-xl", type=Path, default=Path("../shared/data/ptb-xl"))
    parser.add_argument("--records", type=int, default=900)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--baseline-seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("docs/rehearsal.md"))
    given = parser.parse_args()
    parts = [
        "| clean tracings | median error | tolerance kept | measured |",
        "|---|--:|--:|--:|",
        *(_interval_row(*item) for item in errors_on_clean_tracings(given.records, given.seed).items()),
        "",
        "| feature baseline, simulated folds 7-10 | AUROC | by finding |",
        "|---|--:|---|",
        *(_baseline_row(given.records, seed) for seed in range(given.seed, given.seed + given.baseline_seeds)),
    ]
    if given.ptb_xl.is_dir():
        head = ["", "| taught on PTB-XL, asked about simulated ECGs | AUROC (95 %) | with it |", "|---|--:|--:|"]
        found = from_real_to_simulated(given.ptb_xl, given.records, given.seed)
        parts += [*head, *(_transfer_row(*item) for item in found.items())]
    text = "\n".join(parts)
    print(text)
    page_tables.put(given.out, MARK, text)


if __name__ == "__main__":
    main()
