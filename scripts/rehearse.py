"""Repeat a whole simulated study: do its intervals cover the effect that was put in, and find none where none is.

Run: python scripts/rehearse.py [--studies 200] [--null-studies 400] [--power-studies 24] [--jobs 2]

Each study has its own patients, ECGs, AI and readers, who read in a crossover, and is analysed by the kernels and the
bootstrap that every run uses. The truth is not simulated: for readers of known ability it has a closed form
(``panels/_simulation/reader_truth.py``), and its mean over readers is taken over 40,000 of them. Coverage and error
rates are shown with their Monte Carlo intervals (Wilson).
"""

import argparse
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np
import page_tables
import pandas as pd
from numpy.typing import NDArray
from rehearsal_page import MARK, draw, page

from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.domain.reading import UNAIDED, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.gap import gaps
from ecg_eval.metrics.sensitivity import Sensitivity
from ecg_eval.panels._simulation.reader_model import Readers, draw_readers
from ecg_eval.panels._simulation.reader_truth import Shown, both_present, long_run
from ecg_eval.panels.simulated_gps import EFFECTS, SimulatedGps
from ecg_eval.pipeline.plugins import load
from ecg_eval.stats.agreement.pairwise_agreement import pairwise_agreement
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import ReaderErrors
from ecg_eval.stats.mrmc.reader_mean import reader_mean, reader_variance
from ecg_eval.stats.resampling.draws import draw_counts, interval_from_replicates

Floats = NDArray[np.float64]

FINDINGS = {"AF": Shown(0.15, 0.95, 0.97), "LVH": Shown(0.20, 0.75, 0.88)}
# women's ECGs are made harder to read on purpose: mean difficulty of men's and of women's
SEXES = {"M": 0.0, "F": 0.6}
EFFECT_NAMES = ("aid_effect_sensitivity", "aid_effect_specificity", "aid_effect_accuracy")
METRICS = (*EFFECT_NAMES, "aid_effect_ai_right", "aid_effect_ai_wrong", "beneficial_switch", "harmful_switch")
GAP = "sensitivity_gap, AF, women minus men"
VARIANCE = "variance between readers, sensitivity, LVH"
OWN = ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha")  # of these very readers
N_READERS, N_RECORDS, N_PATIENTS = 12, 240, 200
N_RESAMPLES = 300


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a study is made of."""

    n_readers: int = N_READERS
    n_records: int = N_RECORDS
    reliance: float = 1.0
    name: str = "crossover"

    @property
    def n_patients(self) -> int:
        """Five ECGs in six are of patients of their own; the sixth is another one of some patient."""
        return round(self.n_records * N_PATIENTS / N_RECORDS)


def study(design: Design, seed: int) -> tuple[ReaderStudy, Readers]:
    """Return a simulated study and its readers: some patients have several ECGs, and share what they have."""
    rng = np.random.default_rng(seed)
    n, m = design.n_records, design.n_patients
    ids = pd.Index([f"e{i}" for i in range(n)], dtype="string", name="record_id")
    patient = np.concatenate([np.arange(m), rng.integers(m, size=n - m)])
    common = np.array([s.prevalence for s in FINDINGS.values()])
    truth = (rng.random((m, len(FINDINGS))) < common).astype(float)[patient]
    right = np.array([[s.ai_specificity, s.ai_sensitivity] for s in FINDINGS.values()])
    said = np.where(rng.random(truth.shape) < right[np.arange(len(FINDINGS)), truth.astype(int)], truth, 1 - truth)
    sex = rng.choice(list(SEXES), size=m)[patient]
    records = pd.DataFrame({"patient_id": [f"p{p}" for p in patient], "sex": sex}, index=ids)
    records["difficulty"] = np.array([SEXES[s] for s in sex]) + 0.5 * rng.normal(size=n)
    advice = pd.DataFrame(
        {
            "record_id": np.repeat(ids.to_numpy(), len(FINDINGS)),
            "reader_id": "ai",
            "finding": np.tile(list(FINDINGS), n),
            "reading": np.where(said.ravel() > 0.5, "present", "absent"),
        }
    )
    reference = ReferenceStandard(table=pd.DataFrame(truth, index=ids, columns=list(FINDINGS)), method="simulated")
    request = PanelRequest(
        records=records, findings=tuple(FINDINGS), labels=reference, model_readings=readings_table(advice), rng=rng
    )
    # effects of period and fatigue are balanced by the design, but no part of the truth asked for
    panel = SimulatedGps(
        n_readers=design.n_readers, ai="ai", design=design.name, effects={"period": 0.0, "fatigue": 0.0}
    )
    readers = draw_readers(["gp"] * design.n_readers, reliance_factor=design.reliance, rng=rng)
    read = panel.read_as(readers, request)
    made = ReaderStudy(
        records=records,
        readers=read.readers,
        readings=read.readings,
        reference=reference,
        findings=tuple(FINDINGS),
    )
    return made, readers


def estimates(given: ReaderStudy, metrics: Sequence[str]) -> dict[str, Estimate]:
    """Return the mean over readers of each metric of the aid, all findings together, as ``evaluate_study`` has it."""
    found = {}
    for name in metrics:
        metric = load("metrics", name)()
        averages = metric.together(given, level=0.95)
        found[name] = next(estimate for rows in averages.of_groups() for estimate in rows.estimates)
    return found


def _weighted(given: ReaderStudy, seed: int) -> ReaderStudy:
    drawn = draw_counts(cluster=given.patients, n_resamples=N_RESAMPLES, rng=np.random.default_rng(seed))
    return replace(given, resamples=Resamples.of(drawn, given.patients))


def of_sensitivity(given: ReaderStudy) -> dict[str, Estimate]:
    """Return the gap that was put in between women and men, and the variance between readers."""
    number = Sensitivity()
    women = (given.records["sex"] == "F").to_numpy()

    who = tuple((reader, UNAIDED) for reader in given.readers.index)
    one, other, everybody = (number.numbers(given, who, 0.95, among) for among in (women, ~women, None))
    gap = gaps(one, other, 0, 0.95).parts
    values, covariance = everybody.parts.values[:, 1], ReaderErrors(everybody.parts).by_finding[1]
    spread = reader_variance(values=values, covariance=covariance, n=len(given.records))
    between = reader_mean(
        values=gap.values[:, 0],
        covariance=ReaderErrors(gap).by_finding[0],
        n=len(given.records),
        lowest=-1.0,
        highest=1.0,
    )
    return {GAP: between, VARIANCE: spread}


def of_agreement(given: ReaderStudy, *, seed: int) -> dict[str, Estimate]:
    """Return the agreement of these readers on AF without help: mean kappa of pairs, Fleiss and Krippendorff."""
    weighted = _weighted(given, seed)
    ratings = np.column_stack([given.calls(r, UNAIDED, "AF") for r in given.readers.index])
    assert weighted.weights is not None
    drawn = pairwise_agreement(ratings=ratings, weights=weighted.weights).kappa.mean(axis=1)
    mean = float(pairwise_agreement(ratings=ratings).kappa.mean())
    found = {"cohen_kappa": interval_from_replicates(value=mean, replicates=drawn, label="kappa", n=len(ratings))}
    for name in OWN[1:]:
        found[name] = load("metrics", name)().estimate(ratings, given.cluster, 0.95)
    return found


def true_agreement(readers: Readers) -> dict[str, float]:
    """Return the same in endless ECGs, for these readers."""
    together = both_present(readers, {"AF": FINDINGS["AF"]}, aided=False, groups=tuple(SEXES.values()))[0]
    say, pairs = np.diag(together), np.triu_indices(len(together), 1)
    agree = (1 - say[:, None] - say[None, :] + 2 * together)[pairs]
    chance = (np.outer(say, say) + np.outer(1 - say, 1 - say))[pairs]
    alike = say.mean() ** 2 + (1 - say.mean()) ** 2
    group = float((agree.mean() - alike) / (1 - alike))
    kappa = float(np.mean((agree - chance) / (1 - chance)))
    return dict(zip(OWN, (kappa, group, group), strict=True))


def true_values(readers: Readers) -> dict[str, Floats]:
    """Return each quantity of every reader in endless ECGs, shape (n_readers,)."""
    run = long_run(readers, FINDINGS, carry_over=EFFECTS["carry_over"], groups=tuple(SEXES.values()))
    effect = run.aided - run.unaided
    there = np.array([[0.0, 0.0], [1.0, 1.0]])
    ai_right = np.eye(2)
    group, finding = np.arange(len(SEXES))[:, None, None, None], np.arange(len(FINDINGS))[:, None, None]
    af_there = there * (finding == 0)
    women = list(SEXES).index("F")
    return {
        "aid_effect_sensitivity": run.mean(effect, there),
        "aid_effect_specificity": run.mean(effect, 1 - there),
        "aid_effect_accuracy": run.mean(effect),
        "aid_effect_ai_right": run.mean(effect, ai_right),
        "aid_effect_ai_wrong": run.mean(effect, 1 - ai_right),
        "beneficial_switch": run.mean(run.aided - run.both) / run.mean(1 - run.unaided),
        "harmful_switch": run.mean(run.unaided - run.both) / run.mean(run.unaided),
        GAP: run.mean(run.unaided, af_there * (group == women)) - run.mean(run.unaided, af_there * (group != women)),
        VARIANCE: run.mean(run.unaided, there * (finding == 1)),
    }


def population(reliance: float, *, n_readers: int = 40_000, seed: int = 1) -> pd.DataFrame:
    """Return each quantity's mean over readers (for the variance: their variance) and the error of that mean."""
    readers = draw_readers(["gp"] * n_readers, reliance_factor=reliance, rng=np.random.default_rng(seed))
    parts = [true_values(_some(readers, slice(i, i + 500))) for i in range(0, n_readers, 500)]
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    values[VARIANCE] = (values[VARIANCE] - values[VARIANCE].mean()) ** 2
    frame = pd.DataFrame(values)
    return pd.DataFrame({"true": frame.mean(), "true_error": frame.std() / np.sqrt(n_readers)})


def _some(readers: Readers, which: slice) -> Readers:
    return Readers(**{f.name: getattr(readers, f.name)[which] for f in fields(Readers)})


def one(seed: int, *, design: Design, what: Sequence[str]) -> list[dict[str, object]]:
    """Return one row a quantity of one study; `true` where the truth is that of its own readers."""
    given, readers = study(design, seed)
    found = estimates(given, [name for name in what if name in METRICS])
    true: dict[str, float] = {}
    if GAP in what:
        found |= of_sensitivity(given)
    if OWN[0] in what:
        found |= of_agreement(given, seed=seed)
        true = true_agreement(readers)
    return [
        {"quantity": name, "value": e.value, "low": e.low, "high": e.high, "own_true": true.get(name, np.nan)}
        for name, e in found.items()
    ]


def repeated(
    seeds: Iterable[int], each: Callable[[int], Sequence[Mapping[str, object]]], *, jobs: int = 1
) -> pd.DataFrame:
    """Return the estimates of many studies, one row a study and quantity; `each` gives those of one seed."""
    if jobs == 1:
        rows = [row for seed in seeds for row in each(seed)]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            rows = [row for of_seed in pool.map(each, seeds, chunksize=5) for row in of_seed]
    return pd.DataFrame.from_records(rows).astype({"value": float, "low": float, "high": float})


def recovered(found: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """Return, by quantity: truth, mean estimate, bias in standard errors, coverage and power with their intervals.

    The standard error of the bias is that of the mean over studies and that of the truth together. Studies in which the
    quantity could not be computed are counted apart.
    """
    rows = []
    for name, studies in found.groupby("quantity", sort=False):
        part = studies[studies["value"].notna()]
        value, low, high, target = (part[c].to_numpy(dtype=float) for c in ("value", "low", "high", "own_true"))
        truth_error = 0.0
        if np.isnan(target).all():
            truth_error = float(true["true_error"][name])
            target = np.full(len(part), float(true["true"][name]))
        apart = value - target
        error = np.hypot(apart.std(ddof=1) / np.sqrt(len(apart)), truth_error)
        row = {
            "quantity": name,
            "true": target.mean(),
            "mean": value.mean(),
            "bias_in_se": apart.mean() / error if error > 0 else 0.0,  # every estimate is the truth itself
            "n": len(part),
            "n_undefined": len(studies) - len(part),
        }
        if not np.isnan(low).all():
            row["n_covered"] = int(np.sum((low <= target) & (target <= high)))
            row["n_found"] = int(np.sum((low > 0) | (high < 0)))
        rows.append(row)
    return pd.DataFrame(rows).set_index("quantity")


def main() -> None:
    """Repeat, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--null-studies", type=int, default=400)
    parser.add_argument("--power-studies", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/rehearsal.md"))
    given = parser.parse_args()
    size = f"{N_READERS} GPs, {N_RECORDS} ECGs of {N_PATIENTS} patients, {len(FINDINGS)} findings"
    again = partial(repeated, jobs=given.jobs)
    with_effect = recovered(
        again(range(given.studies), partial(one, design=Design(), what=(*METRICS, GAP, *OWN))), population(1.0)
    )
    draw(with_effect, given.out.with_suffix(".svg"))
    nothing = pd.DataFrame({"true": 0.0, "true_error": 0.0}, index=list(EFFECT_NAMES))
    seeds = range(100_000, 100_000 + given.null_studies)
    without = recovered(again(seeds, partial(one, design=Design(reliance=0.0), what=EFFECT_NAMES)), nothing)
    power: dict[tuple[int, int], pd.DataFrame] = {}
    # written before the power too, which takes longest
    page_tables.put(given.out, MARK, page(size, with_effect, without, power))
    for n_readers, n_records in itertools.product((6, 12, 24), (120, 240, 480)):
        design = Design(n_readers=n_readers, n_records=n_records)
        found = again(range(200_000, 200_000 + given.power_studies), partial(one, design=design, what=EFFECT_NAMES))
        power[n_readers, n_records] = recovered(found, population(1.0, n_readers=500))
    text = page(size, with_effect, without, power)
    print(text)
    page_tables.put(given.out, MARK, text)


if __name__ == "__main__":
    main()
