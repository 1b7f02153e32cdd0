"""What was read, by whom, and who said what is true: the flow of records and readers, the reference, the answers."""

from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.provenance import IndependenceFacts
from ecg_eval.domain.facts.screening import QualityPolicy
from ecg_eval.domain.lineage import NOTHING
from ecg_eval.domain.reading import REFER, UNCERTAIN, is_answered
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures.flow import flow_figure
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View, look

_ONE_BY_ONE = 6


class StudyFlow(Section):
    """Records, readers, reference and the fate of every kind of answer."""

    title: ClassVar[dict[str, str]] = {"en": "The study", "fr": "L'étude"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the flow, who read, and how truth was formed."""
        view = look(result, language)
        return [*_recordings(view), *_readers(view), *_reference(view)]


def _recordings(view: View) -> list[Block]:
    dataset = view.result.provenance.dataset
    blocks: list[Block] = []
    stated = {"population": dataset.population, "labelled_by": dataset.labelled_by}
    texts = [view.words(f"flow.{k}", text=view.words.phrase(text).rstrip(".")) for k, text in stated.items() if text]
    if texts:
        blocks.append(Paragraph(" ".join(texts)))
    figure = flow_figure(view.result, language=view.language)
    if figure is not None:
        blocks.append(figure)
    return [*blocks, *_quality(view), *_copies(view)]


def _quality(view: View) -> list[Block]:
    """Return the flaws of the signals and what followed, and the policy that made it so."""
    quality, words = view.result.provenance.quality, view.words
    if quality is None:
        return []
    counts = words(
        "quality.counts",
        examined=numbers.count(quality.examined, words),
        kept=numbers.count(quality.kept, words),
        kept_with_flag=numbers.count(quality.kept_with_flag, words),
        excluded=numbers.count(quality.excluded, words),
    )
    blocks: list[Block] = [Paragraph(counts)]
    records = [
        {
            words("quality.flaw"): words(f"flaw.{flaw.kind}"),
            words("quality.action"): words(f"quality.{flaw.action}"),
            words("flow.n_records"): numbers.count(flaw.records, words),
        }
        for flaw in quality.flaws
    ]
    if records:
        blocks.append(Table(words("quality.caption"), pd.DataFrame.from_records(records)))
    return [*blocks, *_policy(view, quality.policy)]


def _policy(view: View, policy: QualityPolicy) -> list[Block]:
    """Return what follows from which flaw, and the limits, as this run had them."""
    words = view.words
    parts = []
    for action in ("exclude", "flag", "note", "off"):
        kinds = [kind for kind, follows in policy.actions.items() if follows == action]
        if kinds:
            named = words.apart([words(f"flaw.{kind}") for kind in kinds])
            parts.append(words("quality.policy", action=numbers.capital(words(f"quality.{action}")), flaws=named))
    limits = ", ".join(f"{name} {numbers.setting(value, words)}" for name, value in policy.limits.items())
    return [Footnote(" ".join([*parts, words("quality.limits", limits=limits)]))]


def _copies(view: View) -> list[Block]:
    """Say that tracings are there twice among those read."""
    signals = view.result.provenance.signals
    if signals is None or not signals.copies:
        return []
    copies, of_another = (numbers.count(n, view.words) for n in (signals.copies, signals.copies_of_another_patient))
    return [Note(view.words("flow.copies", copies=copies, copies_of_another_patient=of_another))]


def _readers(view: View) -> list[Block]:
    study, words = view.result.study, view.words
    counts = study.answer_counts()
    if counts.empty:
        return []
    records = []
    described: dict[str, str] = {}
    for (name, kind, arm), readers in _alike(view).items():
        given = counts.loc[[(reader, arm) for reader in readers]].sum()
        record = {words("reader"): name, words("kind"): words.kind(kind, many=len(readers) > 1)}
        record |= {words("arm"): view.arm(arm)}
        about = study.readers.loc[readers, "description"].dropna().unique()
        if len(about):
            described[name] = words.apart([str(text) for text in about])
        record |= _read(view, readers, arm)
        record |= {words(f"answer_word.{a}"): numbers.count(int(n), words) for a, n in given.items()}
        records.append(record)
    blocks: list[Block] = [Table(words("flow.readers"), pd.DataFrame.from_records(records))]
    if described:
        rows = [{words("reader"): name, words("flow.about"): words.phrase(about)} for name, about in described.items()]
        blocks.append(Table(words("flow.about.caption"), pd.DataFrame.from_records(rows)))
    blocks += _learnt(view)
    policy = {a: words(f"counts_as.{getattr(study.answers, a)}") for a in (UNCERTAIN, REFER)}
    totals = {f"n_{a}": numbers.count(int(counts[a].sum()), words) for a in (UNCERTAIN, REFER)}
    return [*blocks, Paragraph(words("flow.policy", **policy, **totals))]


def _read(view: View, readers: list[str], arm: str) -> dict[str, str]:
    """Return how many ECGs each reader read, and how many answers about what each was asked were not given on them."""
    study, words = view.result.study, view.words
    of_readers = study.readings[study.readings["reader_id"].isin(readers) & (study.readings["arm"] == arm)]
    by_reader = of_readers.groupby("reader_id", observed=True)
    n_read = by_reader["record_id"].nunique()
    answers = of_readers[is_answered(of_readers)]
    n_asked = answers.groupby("reader_id", observed=True)["finding"].nunique().reindex(n_read.index, fill_value=0)
    asked = int((n_asked * n_read).sum())
    given = len(answers.drop_duplicates(["reader_id", "record_id", "finding"]))
    low, high = (numbers.count(int(n), words) for n in (n_read.min(), n_read.max()))
    read = low if low == high else words("interval", low=low, high=high)
    return {words("flow.ecgs_read"): read, words("flow.not_given"): numbers.count(asked - given, words)}


def _learnt(view: View) -> list[Block]:
    """Return what machines learnt from and whether that makes them dependent, where any learnt from an archive."""
    words = view.words
    silent = IndependenceFacts(trained_on=NOTHING, kind="independent", archives=())
    if all(facts == silent for facts in view.independence.values()):
        return []
    rows = [
        {
            words("reader"): reader,
            words("models.trained_on"): words("learnt.nothing")
            if facts.trained_on == NOTHING
            else facts.trained_on or words("learnt.unknown"),
            words("learnt.here"): _independent(view, facts),
        }
        for reader, facts in view.independence.items()
    ]
    return [Table(words("learnt.caption"), pd.DataFrame.from_records(rows))]


def _independent(view: View, facts: IndependenceFacts) -> str:
    """Return whether a machine is independent of the recordings read, by what it learnt and by its thresholds."""
    weights = view.words(f"learnt.{facts.kind}", archives=view.words.listed(facts.archives))
    if facts.thresholds == "independent":
        return weights
    thresholds = view.words(f"learnt.{facts.thresholds}")
    return thresholds if facts.kind == "independent" else view.words("learnt.both", one=weights, other=thresholds)


def _alike(view: View) -> dict[tuple[str, str, str], list[str]]:
    """Return readers by (name, kind, arm): one by one, or all of a kind together where there are many."""
    study = view.result.study
    size = study.readers["kind"].value_counts().to_dict()
    by_reasons: dict[tuple[str, str, str], list[str]] = {}
    for reader, arm in study.reader_arms:
        kind = study.kind(reader)
        name = reader if size[kind] <= _ONE_BY_ONE else view.words("flow.many", n=size[kind])
        by_reasons.setdefault((name, kind, arm), []).append(reader)
    return by_reasons


def _reference(view: View) -> list[Block]:
    study, words = view.result.study, view.words
    facts = view.result.provenance.reference
    method = study.reference.method or facts.method
    agreement = study.reference.agreement or facts.agreement
    parts = [words.phrase(text) for text in (facts.meaning, method) if text]
    if agreement:
        parts.append(words("flow.agreement", text=words.phrase(agreement)))
    blocks: list[Block] = []
    if parts:
        text = " ".join(numbers.sentence(p) for p in dict.fromkeys(parts))
        blocks.append(Paragraph(words("flow.reference", text=text)))
    if study.reference.exists:
        blocks.append(Table(words("flow.truth"), _truth(view)))
    left_out = [r for r in study.reference.votes if r in study.readers.index]
    if left_out:
        blocks.append(Paragraph(words("flow.own_vote", readers=words.listed(left_out))))
    if view.not_independent:
        blocks.append(Note(words("flow.not_independent", readers=words.listed(view.not_independent))))
    return blocks


def _truth(view: View) -> pd.DataFrame:
    """Return how many records show each finding, do not, or are unknown."""
    words = view.words
    # what is said of each finding and of no reader; measurements, which are of no finding, have a section of their own
    described = [m for m in view.metrics if any(not r.reader and r.finding in view.findings for r in view.of(m))]
    records = []
    for finding in view.findings:
        truth = view.result.study.truth(finding)
        record = {
            words("finding"): words.finding(finding),
            words("answer_word.present"): numbers.count(int((truth == 1).sum()), words),
            words("answer_word.absent"): numbers.count(int((truth == 0).sum()), words),
            words("unknown").capitalize(): numbers.count(int(np.isnan(truth).sum()), words),
        }
        for metric in described:
            row = next(iter(view.of(metric, reader="", finding=finding)), None)
            record[words.metric(metric)] = words("none") if row is None else row.text(words)
        records.append(record)
    return pd.DataFrame.from_records(records)
