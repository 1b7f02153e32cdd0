"""A small reader study made of domain objects alone, for the tests of reports and tracking.

Two models and simulated readers read the same recordings, unaided and aided; the estimates are made with the plainest
formulas (proportions with normal intervals), since what is tested is what is said of them, not how they are computed.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from ecg_eval.domain.evaluation import MACRO, POOLED, Evaluation, Row
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.metric import Answers, MetricFacts, Role
from ecg_eval.domain.facts.model import ModelCard, ModelFacts, Threshold
from ecg_eval.domain.facts.provenance import (
    IndependenceFacts,
    IntervalFacts,
    PanelFacts,
    Provenance,
    ReferenceFacts,
)
from ecg_eval.domain.facts.screening import FlowStep
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import StudyResult, left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.estimate import Estimate

FINDINGS = ("AF", "LBBB", "1AVB")
ASKED: dict[Answers, tuple[str, ...]] = {
    "reading": ("sensitivity", "specificity", "ppv", "positive_likelihood_ratio", "auroc", "brier"),
    "description": ("prevalence",),
    "agreement": ("cohen_kappa", "gwet_ac1", "positive_agreement", "negative_agreement", "fleiss_kappa"),
    "difference": ("mcnemar", "sensitivity_difference", "specificity_difference"),
    "aid": ("aid_effect_sensitivity", "aid_effect_ai_right", "aid_effect_ai_wrong", "harmful_switch"),
}
ROLES: dict[str, Role] = {
    "sensitivity": "found",
    "specificity": "cleared",
    "sensitivity_difference": "found_difference",
    "specificity_difference": "cleared_difference",
}
SHORT_NAMES = {
    "sensitivity": "sens",
    "specificity": "spec",
    "cohen_kappa": "kappa",
    "fleiss_kappa": "fleiss",
    "aid_effect_sensitivity": "aid_sens",
    "aid_effect_ai_right": "aid_right",
    "aid_effect_ai_wrong": "aid_wrong",
    "harmful_switch": "put_wrong",
    "sensitivity_difference": "sens_diff",
    "specificity_difference": "spec_diff",
    "positive_likelihood_ratio": "lr_pos",
    "positive_agreement": "pos_agree",
    "negative_agreement": "neg_agree",
}
AID_ARM = "aided - unaided"


def study(
    *,
    findings: tuple[str, ...] = FINDINGS,
    n_readers: int = 4,
    n_records: int = 120,
    aided: bool = True,
    kind: str = "simulated",
    formed_by: tuple[str, ...] = (),
    known: bool = True,
) -> ReaderStudy:
    """Return a study of two models and `n_readers` readers of a kind, in two arms unless said otherwise."""
    rng = np.random.default_rng(7)
    ids = [f"r{i:03d}" for i in range(n_records)]
    truth = (rng.random((n_records, len(findings))) < 0.25).astype(float)
    records = pd.DataFrame({"patient_id": [f"p{i // 2}" for i in range(n_records)]}, index=pd.Index(ids))
    records.index.name = "record_id"
    rows = []
    shown: np.ndarray[Any, Any] | None = None
    for name, skill in (("beat_features", 2.4), ("prevalence", 0.0)):
        score = 1 / (1 + np.exp(-(skill * (truth - 0.5) + rng.normal(size=truth.shape))))
        if not skill:
            score = np.broadcast_to(truth.mean(axis=0), truth.shape)
        calls = score > 0.5
        shown = calls if shown is None else shown
        rows += _readings(ids, findings, name, "unaided", calls, score=score)
    for reader in range(n_readers):
        own = rng.random(truth.shape) < np.where(truth == 1, 0.78, 0.1)
        rows += _readings(ids, findings, f"gp_{reader + 1:02d}", "unaided", own)
        follows = rng.random(truth.shape) < 0.4
        if aided:
            helped = np.where(follows, shown, own)
            rows += _readings(ids, findings, f"gp_{reader + 1:02d}", "aided", helped, ai=shown)
    readings = readings_table(pd.DataFrame(rows))
    readings.loc[readings.index[-3:], "reading"] = ["uncertain", "refer", "refer"]
    readers = [("beat_features", "model"), ("prevalence", "model")]
    readers += [(f"gp_{reader + 1:02d}", kind) for reader in range(n_readers)]
    table = pd.DataFrame(truth, index=records.index, columns=list(findings))
    table.iloc[-1, 0] = np.nan
    if not known:
        table[:] = np.nan
    return ReaderStudy(
        records=records,
        readers=readers_table(
            pd.DataFrame(readers, columns=["reader_id", "kind"]).assign(
                is_floor=[name == "prevalence" for name, _ in readers]
            )
        ),
        readings=readings,
        reference=ReferenceStandard(
            table=table, method="The labels by which the recordings were simulated", formed_by=formed_by
        ),
        findings=findings,
    )


def _readings(
    ids: list[str],
    findings: tuple[str, ...],
    reader: str,
    arm: str,
    calls: Any,
    *,
    score: Any = None,
    ai: Any = None,
) -> list[dict[str, object]]:
    return [
        {
            "record_id": record,
            "reader_id": reader,
            "finding": finding,
            "arm": arm,
            "reading": "present" if calls[i, j] else "absent",
            "score": None if score is None else float(score[i, j]),
            "ai_reading": None if ai is None else "present" if ai[i, j] else "absent",
        }
        for i, record in enumerate(ids)
        for j, finding in enumerate(findings)
    ]


def share(hits: int, n: int) -> Estimate:
    """Return a proportion with a normal interval."""
    if n == 0:
        return Estimate.undefined(reason="no ECG shows the finding", method="Wilson")
    value = hits / n
    half = 1.96 * sqrt(value * (1 - value) / n + 1e-6)
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Estimate(value=value, low=low, high=high, method="Wilson", n=n, n_positive=hits, n_clusters=n)


def mean(estimates: list[Estimate], method: str = "mean over findings, bootstrap by patient") -> Estimate:
    """Return the plain mean of estimates, undefined where one of them is."""
    values = [e.value for e in estimates if e.value is not None]
    if len(values) < len(estimates) or not values:
        return Estimate.undefined(reason="a finding has no value", method=method)
    ends = [float(np.mean([getattr(e, end) or 0.0 for e in estimates])) for end in ("low", "high")]
    return Estimate(value=float(np.mean(values)), low=ends[0], high=ends[1], method=method, n=estimates[0].n)


def _own(study: ReaderStudy, reader: str, arm: str, finding: str) -> dict[str, Estimate]:
    truth, calls = study.truth(finding), study.calls(reader, arm, finding)
    ok = ~np.isnan(truth) & ~np.isnan(calls)
    truth, calls = truth[ok], calls[ok]
    hit = int((truth * calls).sum())
    sensitivity = share(hit, int(truth.sum()))
    specificity = share(int(((1 - truth) * (1 - calls)).sum()), int((1 - truth).sum()))
    own = {"sensitivity": sensitivity, "specificity": specificity, "ppv": share(hit, int(calls.sum()))}
    if (calls * (1 - truth)).sum() and sensitivity.value:
        ratio = sensitivity.value / (1 - (specificity.value or 0.0))
        own["positive_likelihood_ratio"] = Estimate(
            value=ratio, low=ratio / 1.6, high=ratio * 1.6, method="log", n=len(truth)
        )
    else:
        own["positive_likelihood_ratio"] = Estimate.undefined(reason="no false positive reading", method="log")
    score = study.scores(reader, arm, finding)[ok]
    if np.isnan(score).all():
        for metric in ("auroc", "brier"):
            own[metric] = Estimate.undefined(reason="the reader left no scores", method="DeLong")
        return own
    above = (score[truth == 1][:, None] > score[truth == 0]).mean()
    ties = (score[truth == 1][:, None] == score[truth == 0]).mean()
    value = float(above + ties / 2)
    own["auroc"] = Estimate(value=value, low=max(0, value - 0.05), high=min(1, value + 0.04), method="DeLong", n=120)
    own["brier"] = Estimate(
        value=float(((score - truth) ** 2).mean()), method="mean squared error", n=120, reason="one patient"
    )
    return own


def _alone(study: ReaderStudy) -> Iterator[Row]:
    groups: dict[tuple[str, str, str, str], list[Estimate]] = {}
    for reader, arm in study.reader_arms:
        by_metric: dict[str, list[Estimate]] = {}
        for finding in study.findings:
            for metric, estimate in _own(study, reader, arm, finding).items():
                by_metric.setdefault(metric, []).append(estimate)
        for metric, estimates in by_metric.items():
            kind = study.kind(reader)
            for finding, estimate in zip((*study.findings, MACRO), (*estimates, mean(estimates)), strict=True):
                yield Row(metric=metric, reader=reader, reader_kind=kind, arm=arm, finding=finding, estimate=estimate)
                groups.setdefault((metric, kind, arm, finding), []).append(estimate)
    for (metric, kind, arm, finding), estimates in groups.items():
        if kind != "model" and len(estimates) > 1:
            yield Row(
                metric=metric,
                reader=f"{kind} (mean of {len(estimates)})",
                reader_kind=kind,
                arm=arm,
                finding=finding,
                estimate=mean(estimates, "mean over readers"),
            )
    for finding in study.findings:
        truth = study.truth(finding)
        estimate = share(int(np.nansum(truth)), int((~np.isnan(truth)).sum()))
        yield Row(metric="prevalence", finding=finding, estimate=estimate)


def _group(study: ReaderStudy) -> str:
    people = [r for r in study.readers.index if study.is_human(r)]
    return f"{study.kind(people[-1])} (mean of {len(people)})" if people else "nobody"


def _side(study: ReaderStudy, first: str, second: str) -> tuple[str, str]:
    names = [r if study.is_machine(r) else _group(study) for r in (first, second)]
    return names[0], names[1]


def _pairs(study: ReaderStudy) -> Iterator[Row]:
    sides: dict[tuple[str, str, str, str], list[list[Estimate]]] = {}
    for first, second, arm in study.pairs():
        found: dict[str, list[Estimate]] = {}
        for finding in study.findings:
            a, b = study.calls(first, arm, finding), study.calls(second, arm, finding)
            both = float((a * b).mean())
            agreed = float((a == b).mean())
            chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
            for metric, value in {
                "cohen_kappa": (agreed - chance) / (1 - chance),
                "gwet_ac1": 2 * agreed - 1,
                "positive_agreement": 2 * both / (a.mean() + b.mean()) if a.any() or b.any() else None,
                "negative_agreement": 2 * (agreed - both) / (2 - a.mean() - b.mean()),
            }.items():
                estimate = (
                    Estimate(
                        value=value, low=max(-1, value - 0.09), high=min(1, value + 0.08), method="delta", n=len(a)
                    )
                    if value is not None
                    else Estimate.undefined(reason="neither reader named it", method="delta", n=len(a))
                )
                found.setdefault(metric, []).append(estimate)
        for metric, estimates in found.items():
            sides.setdefault((metric, arm, *_side(study, first, second)), []).append([*estimates, mean(estimates)])
            for finding, estimate in zip((*study.findings, MACRO), (*estimates, mean(estimates)), strict=True):
                yield Row(
                    metric=metric,
                    reader=first,
                    reader_kind=study.kind(first),
                    arm=arm,
                    compared_with=second,
                    finding=finding,
                    estimate=estimate,
                )
    for (metric, arm, first, second), pairs in sides.items():
        if second == _group(study) and len(study.readers) > 3:
            for i, finding in enumerate((*study.findings, MACRO)):
                estimate = mean([p[i] for p in pairs], f"{metric.replace('_', ' ')}, mean over {len(pairs)} pairs")
                kind = study.kind(first if first in study.readers.index else study.readers.index[-1])
                yield Row(
                    metric=metric,
                    reader=first,
                    reader_kind=kind,
                    arm=arm,
                    compared_with=second,
                    finding=finding,
                    estimate=estimate,
                )
    people = [r for r in study.readers.index if study.is_human(r)]
    if len(people) < 2:
        return
    for arm in dict.fromkeys(a for _, a in study.reader_arms):
        for finding in study.findings:
            estimate = Estimate(value=0.61, low=0.55, high=0.67, method="jackknife", n=120)
            group = f"all {study.kind(people[0])} ({len(people)})"
            yield Row(
                metric="fleiss_kappa",
                reader=group,
                reader_kind=study.kind(people[0]),
                arm=arm,
                finding=finding,
                estimate=estimate,
            )


def _comparisons(study: ReaderStudy, own: list[Row], *, overall: bool) -> Iterator[Row]:
    """Yield differences between readers: with groups and means over findings, or pair by pair for each finding."""
    value = {(r.metric, r.reader, r.arm, r.finding): r for r in own}
    readers = list(dict.fromkeys(r.reader for r in own if r.reader and r.arm == "unaided"))
    if not overall:
        readers = [r for r in readers if r in study.readers.index]
    for first, second in combinations(readers, 2):
        for finding in (*study.findings, *([MACRO] if overall else [])):
            for metric in ("sensitivity", "specificity"):
                a, b = (value[metric, r, "unaided", finding] for r in (first, second))
                difference = (a.estimate.value or 0.0) - (b.estimate.value or 0.0)
                p = 0.03 if abs(difference) > 0.08 else 0.4
                estimate = Estimate(
                    value=difference,
                    low=difference - 0.08,
                    high=difference + 0.08,
                    method="bootstrap by patient",
                    n=120,
                    p_value=p,
                    p_adjusted=min(1.0, 3 * p),
                    pre_specified=finding == MACRO,
                )
                yield _compared(f"{metric}_difference", a.reader_kind, first, second, finding, estimate)
            if finding != MACRO and second in study.readers.index:
                estimate = Estimate(value=0.42, method="McNemar, exact", n=120, p_value=0.041, reason="a test")
                yield _compared("mcnemar", "model", first, second, finding, estimate)


def _compared(metric: str, kind: str, first: str, second: str, finding: str, estimate: Estimate) -> Row:
    named = {"reader": first, "reader_kind": kind, "compared_with": second, "finding": finding}
    return Row(metric=metric, arm="unaided", estimate=estimate, **named)


def _aid(study: ReaderStudy, own: list[Row]) -> Iterator[Row]:
    value = {(r.metric, r.reader, r.arm, r.finding): r for r in own}
    for reader in dict.fromkeys(r.reader for r in own if r.arm == "aided"):
        for finding in (*study.findings, MACRO, POOLED):
            seen = MACRO if finding == POOLED else finding
            before, after = (value["sensitivity", reader, arm, seen] for arm in ("unaided", "aided"))
            change = (after.estimate.value or 0.0) - (before.estimate.value or 0.0)
            effects = {
                "aid_effect_sensitivity": change,
                "aid_effect_ai_right": 0.07,
                "aid_effect_ai_wrong": -0.21,
                "harmful_switch": 0.04,
            }
            for metric, effect in effects.items():
                unsure = metric == "aid_effect_ai_wrong" and finding == MACRO
                estimate = Estimate(
                    value=effect,
                    low=None if unsure else effect - 0.03,
                    high=None if unsure else effect + 0.03,
                    reason="only 12 of 1000 resamples could be used" if unsure else None,
                    method="bootstrap by patient",
                    n=120,
                )
                arm = "aided" if metric == "harmful_switch" else AID_ARM
                kind = value["sensitivity", reader, "aided", MACRO].reader_kind
                yield Row(metric=metric, reader=reader, reader_kind=kind, arm=arm, finding=finding, estimate=estimate)


@cache
def toy_result(*, overall: bool = True, **how: Any) -> StudyResult:
    """Return a result with every family of metrics, some of it undefined, and full provenance.

    Parameters
    ----------
    overall : bool
        Whether comparisons of readers have groups and means over findings.
    **how
        As for ``study``.
    """
    made = study(**how)
    own = list(_alone(made))
    rows = [*own, *_pairs(made), *_comparisons(made, own, overall=overall), *_aid(made, own)]
    for subgroup, n in (("sex=F", 50), ("sex=M", 0), ("ward=3", 40)):
        estimate = (
            share(n - 8, n) if n else Estimate.undefined(reason="the subgroup has fewer than 20 records", method="")
        )
        row = {"reader": "beat_features", "reader_kind": "model", "arm": "unaided", "finding": MACRO}
        rows.append(Row(metric="sensitivity", subgroup=subgroup, estimate=estimate, **row))
    left_out = [(f"x{i}", "", "signal", "the signal file is missing") for i in range(12)]
    left_out += [("r001", "gp_01", "readings", "the finding is not among those of the study")]
    return StudyResult(
        study=made,
        evaluation=Evaluation.from_rows(rows),
        left_out=left_out_table(left_out),
        provenance=provenance(made),
        name="rehearsal",
        heading="Rehearsal: a model beside simulated GPs",
    )


def bare(result: StudyResult) -> StudyResult:
    """Return the result without a word of where it comes from."""
    return replace(result, provenance=Provenance(), name="", heading="", left_out=left_out_table([]))


def metric_facts(answers: Answers, metric: str) -> MetricFacts:
    """Return what a metric states of itself."""
    return MetricFacts(
        question=f"What does {metric.replace('_', ' ')} answer?",
        source="Altman & Bland, BMJ 1994;308:1552",
        caveat="It says nothing of what is done for the patient.",
        answers=answers,
        short_name=SHORT_NAMES.get(metric, metric),
        needs_scores=metric in ("auroc", "brier"),
        signed=metric.startswith("aid_") or answers == "difference",
        is_test=metric == "mcnemar",
        role=ROLES.get(metric, ""),
        is_share=metric in ("accuracy", "sensitivity", "specificity", "ppv", "npv"),
    )


def provenance(made: ReaderStudy) -> Provenance:
    """Return what a run says of itself."""
    youden = partial(Threshold, from_folds=(9,), rule="largest Youden index", n=100, n_positive=24)
    nothing = "no threshold separates anything, so that nothing is called"
    return Provenance(
        ecg_eval="0.1.0",
        commit="0123456789abcdef",
        python="3.11.9",
        packages={"numpy": "2.4.0", "pandas": "2.3.0"},
        seed=7,
        created="2026-01-15T10:00:00Z",
        duration_s=12.5,
        evaluation_id="rehearsal-0123456789ab",
        simulated=bool((made.readers["kind"] == "simulated").any()),
        dataset=DatasetFacts(
            name="synthetic",
            title="Simulated 12-lead cohort",
            version="1",
            licence="Apache-2.0",
            citation="made by this program",
            url="",
            access="simulated",
            size="60 recordings",
            population="nobody; recordings are made by a formula",
            devices="none",
            lead_order="I, II, III, aVR, aVL, aVF, V1 to V6",
            units="mV",
            labelled_by="the formula's own settings",
            digests={"RECORDS": "ab" * 32, "SHA256SUMS.txt": "cd" * 32},
        ),
        models={
            "beat_features": ModelFacts(
                plugin="beat_features",
                trained_on=("synthetic",),
                needs="12 leads in mV",
                card=ModelCard(
                    facts={"trees": 200, "training_records": 400, "findings": ("AF", "LBBB")},
                    settings={"rate": 0.1},
                    by_finding={"n": {"AF": 400}},
                ),
                fit_s=1.25,
            ),
            "prevalence": ModelFacts(plugin="prevalence", trained_on=(), needs="nothing"),
        },
        independence={
            "beat_features": IndependenceFacts(trained_on="synthetic", kind="same_archive", archives=("synthetic",)),
            "prevalence": IndependenceFacts(trained_on="nothing", kind="independent", archives=()),
        },
        panels=(PanelFacts(plugin="simulated_gps", simulated=True, digests={}),),
        reference=ReferenceFacts(
            plugin="dataset_labels",
            meaning="Truth is what the recordings were simulated to show.",
            method=made.reference.method,
        ),
        thresholds=(
            *(
                youden(reader="beat_features", finding=finding, threshold=0.4123, calls=True, reason="")
                for finding in made.findings
            ),
            youden(reader="prevalence", finding=made.findings[0], threshold=None, calls=True, reason=nothing),
        ),
        flow=(
            FlowStep(step="Records in the archive", records=620, patients=310),
            FlowStep(step="In the test folds", records=132, patients=66),
            FlowStep(step="With a signal that could be read", records=len(made.records), patients=60),
        ),
        metrics={metric: metric_facts(answers, metric) for answers, metrics in ASKED.items() for metric in metrics},
        intervals=IntervalFacts(level=0.95, resamples=1000, unit="patient", adjustment="Holm, within a metric"),
    )
