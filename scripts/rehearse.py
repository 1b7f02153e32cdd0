"""Repeat a whole simulated study: do its intervals cover the effect that was put in, and find none where none is.

Run: python scripts/rehearse.py [--studies 200] [--out docs/rehearsal.md]

Each study has its own patients, ECGs, AI and readers, who read in a crossover, and is analysed by the metrics and the
bootstrap that every run uses. The truth is the same quantity in a population of readers and ECGs: a simulation so large
that its own error does not matter. Coverage and error rates are shown with their Monte Carlo intervals (Wilson).
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Metric, PanelReadings, PanelRequest
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.panels.simulated_gps import SimulatedGps
from ecg_eval.pipeline.evaluate import evaluate_study
from ecg_eval.registry import load
from ecg_eval.stats.proportions import proportion

BEGIN, END = "<!-- studies: begin -->", "<!-- studies: end -->"

# finding -> how common, and the AI's sensitivity and specificity
FINDINGS = {"AF": (0.15, 0.95, 0.97), "LVH": (0.20, 0.75, 0.88)}
METRICS = (
    *("aid_effect_sensitivity", "aid_effect_specificity", "aid_effect_accuracy"),
    *("aid_effect_ai_right", "aid_effect_ai_wrong", "beneficial_switch", "harmful_switch"),
)
N_READERS, N_RECORDS, N_PATIENTS = 12, 240, 200
N_RESAMPLES = 300


def study(n_readers: int, n_records: int, n_patients: int, *, reliance: float, seed: int) -> ReaderStudy:
    """Return a simulated study: some patients have several ECGs, and share what they have."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"e{i}" for i in range(n_records)], dtype="string", name="record_id")
    patient = np.concatenate([np.arange(n_patients), rng.integers(n_patients, size=n_records - n_patients)])
    common = np.array([f[0] for f in FINDINGS.values()])
    truth = (rng.random((n_patients, len(FINDINGS))) < common).astype(float)[patient]
    right = np.array([[f[2], f[1]] for f in FINDINGS.values()])[np.arange(len(FINDINGS)), truth.astype(int)]
    said = np.where(rng.random(truth.shape) < right, truth, 1 - truth)
    advice = pd.DataFrame(
        {
            "record_id": np.repeat(ids.to_numpy(), len(FINDINGS)),
            "reader_id": "ai",
            "finding": np.tile(list(FINDINGS), n_records),
            "reading": np.where(said.ravel() > 0.5, "present", "absent"),
        }
    )
    reference = ReferenceStandard(table=pd.DataFrame(truth, index=ids, columns=list(FINDINGS)), method="simulated")
    records = pd.DataFrame({"patient_id": [f"p{p}" for p in patient]}, index=ids)
    request = PanelRequest(
        records=records, findings=tuple(FINDINGS), labels=reference, model_readings=readings_table(advice), rng=rng
    )
    # effects of period and fatigue are balanced by the design, but no part of the truth asked for
    panel = SimulatedGps(n_readers=n_readers, ai="ai", reliance=reliance, effects={"period": 0.0, "fatigue": 0.0})
    read: PanelReadings = panel.read(request)
    return ReaderStudy(
        records=records,
        readers=read.readers,
        readings=read.readings,
        reference=reference,
        findings=tuple(FINDINGS),
    )


def estimates(given: ReaderStudy, metrics: tuple[str, ...], *, seed: int) -> pd.DataFrame:
    """Return the rows of the mean over all readers and all findings together, indexed by metric."""
    chosen: list[Metric] = [load("metrics", name)() for name in metrics]
    frame = evaluate_study(given, chosen, seed=seed, n_resamples=N_RESAMPLES).frame
    group = frame["reader"].str.contains("mean of") & (frame["finding"] == "pooled")
    return frame[group].set_index("metric")


def population(reliance: float) -> pd.Series:
    """Return each quantity in a population: the mean of 12 studies of 100 readers and 1,000 ECGs."""
    return pd.DataFrame([_plain(study(100, 1000, 840, reliance=reliance, seed=10_000 + i)) for i in range(12)]).mean()


def _plain(given: ReaderStudy) -> dict[str, float]:
    """Return each quantity of a study, without intervals: the mean over readers of the mean over their readings."""
    values = {}
    for name in METRICS:
        metric = load("metrics", name)()
        of_readers = []
        for reader in given.readers.index:
            pairs = [metric.outcomes(given, reader, finding) for finding in given.findings]
            aided, unaided = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
            of_readers.append(np.nanmean(metric.share(aided, unaided)))
        values[name] = float(np.mean(of_readers))
    return values


def repeated(n_studies: int, metrics: tuple[str, ...], *, reliance: float) -> pd.DataFrame:
    """Return the estimates of many studies: one row a study and metric."""
    parts = []
    for seed in range(n_studies):
        given = study(N_READERS, N_RECORDS, N_PATIENTS, reliance=reliance, seed=seed)
        parts.append(estimates(given, metrics, seed=seed).assign(study=seed))
    return pd.concat(parts).reset_index()


def coverage(found: pd.DataFrame, true: pd.Series) -> pd.DataFrame:
    """Return, by metric: truth, mean estimate, bias in Monte Carlo standard errors, coverage with its interval."""
    rows = []
    for metric, part in found.groupby("metric", sort=False):
        value, low, high = (part[c].astype(float).to_numpy() for c in ("value", "low", "high"))
        covered = (low <= true[metric]) & (true[metric] <= high)
        share = proportion(n_events=int(covered.sum()), n=len(covered))
        error = value.std(ddof=1) / np.sqrt(len(value))
        rows.append(
            {
                "metric": metric,
                "true": true[metric],
                "mean": value.mean(),
                "bias_in_se": (value.mean() - true[metric]) / error,
                "coverage": share.value,
                "coverage_low": share.low,
                "coverage_high": share.high,
                "found": float(((low > 0) | (high < 0)).mean()),
            }
        )
    return pd.DataFrame(rows).set_index("metric")


def page(with_effect: pd.DataFrame, without: pd.DataFrame, n_studies: int) -> str:
    """Return both tables as Markdown."""
    lines = [
        f"{n_studies} studies of {N_READERS} GPs, {N_RECORDS} ECGs of {N_PATIENTS} patients, {len(FINDINGS)} findings, "
        "in a crossover; mean over readers, all findings together.",
        "",
        "| readers who take advice as published | true | mean estimate | bias, in its Monte Carlo SE | 95 % interval "
        "covers | interval excludes 0 (power) |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for metric, row in with_effect.iterrows():
        covers = f"{100 * row.coverage:.1f} % ({100 * row.coverage_low:.1f}-{100 * row.coverage_high:.1f})"
        # a switch rate is a proportion: 0 is no hypothesis
        power = f"{100 * row.found:.0f} %" if str(metric).startswith("aid_effect") else ""
        numbers = f"{row.true:.4f} | {row['mean']:.4f} | {row.bias_in_se:+.1f}"
        lines.append(f"| {metric} | {numbers} | {covers} | {power} |")
    lines += [
        "",
        "| readers who take no advice | mean estimate | interval excludes 0 (5 % expected) |",
        "|---|--:|--:|",
    ]
    for metric, row in without.iterrows():
        wrong = (
            f"{100 - 100 * row.coverage:.1f} % ({100 - 100 * row.coverage_high:.1f}-{100 - 100 * row.coverage_low:.1f})"
        )
        lines.append(f"| {metric} | {row['mean']:+.4f} | {wrong} |")
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Put the tables between their marks in the page, leaving the rest of the page alone."""
    whole = path.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Repeat, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs/rehearsal.md"))
    given = parser.parse_args()
    effects = tuple(name for name in METRICS[:3])
    with_effect = coverage(repeated(given.studies, METRICS, reliance=1.0), population(1.0))
    no_effect = pd.Series(dict.fromkeys(effects, 0.0))
    without = coverage(repeated(given.studies, effects, reliance=0.0), no_effect)
    text = page(with_effect, without, given.studies)
    print(text)
    write(given.out, text)


if __name__ == "__main__":
    main()
