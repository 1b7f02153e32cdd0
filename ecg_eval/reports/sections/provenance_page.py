"""Where every number comes from: data, models, thresholds, programs, seed; enough to make them again."""

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.model import ModelFacts, Threshold
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.model_facts import facts_in_words, teaching_in_words
from ecg_eval.reports.view import LEARNT_HERE, View, look

_DIGEST_SHOWN = 16
_NEAR_NAMED = 5  # provenance.json names them all


class ProvenancePage(Section):
    """Dataset, models, thresholds, panels, versions."""

    title: ClassVar[dict[str, str]] = {"en": "Provenance", "fr": "Provenance"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return what is known of each; what a run did not say is not shown."""
        view = look(result, language)
        parts = [_plan(view), _dataset(view), _models(view), _thresholds(view), _panels(view), _run(view)]
        return [block for part in parts for block in part]


def _facts(view: View, caption: str, facts: dict[str, object]) -> list[Block]:
    """Return a table of two columns; facts without a value are left out."""
    rows = [{view.words("what"): k, view.words("value"): _text(v)} for k, v in facts.items() if _text(v)]
    return [Table(view.words(caption), pd.DataFrame.from_records(rows))] if rows else []


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _plan(view: View) -> list[Block]:
    """Return the locked plan, and each choice of this run that departs from it."""
    plan, words = view.result.provenance.plan, view.words
    if plan is None:
        return []
    n = numbers.count(len(plan.departures), words)
    facts: dict[str, object] = {
        words("plan.locked_at"): plan.locked_at,
        words("plan.sha256"): plan.sha256,
        words("plan.departures"): n,
    }
    rows = [{words("plan.departure"): words.phrase(departure)} for departure in plan.departures]
    departures = [Table(words("plan.departures"), pd.DataFrame.from_records(rows))] if rows else []
    return [*_facts(view, "plan.caption", facts), *departures]


def _dataset(view: View) -> list[Block]:
    dataset, words = view.result.provenance.dataset, view.words
    recordings, signals = view.result.provenance.recordings, view.result.provenance.signals
    facts: dict[str, object] = {
        words("dataset.title"): words.phrase(dataset.title),
        words("dataset.version"): words.phrase(dataset.version),
        words("dataset.licence"): words.phrase(dataset.licence),
        words("dataset.citation"): dataset.citation,
        words("dataset.url"): dataset.url,
        words("dataset.access"): words.phrase(dataset.access),
        words("dataset.size"): words.phrase(dataset.size),
        words("dataset.devices"): words.phrase(dataset.devices),
        words("dataset.lead_order"): words.phrase(dataset.lead_order),
        words("dataset.units"): words.phrase(dataset.units),
        words("dataset.lineage"): dataset.lineage,
        words("dataset.resampled"): recordings.resampled_to_hz if recordings else None,
    }
    blocks = _facts(view, "dataset.caption", facts)
    blocks += [Note(words(f"learnt.{k}.note", readers=words.listed(r))) for k in LEARNT_HERE if (r := view.learnt(k))]
    read = {words("digests.signals"): signals.sha256} if signals else {}
    return blocks + _digests(view, {**dataset.digests, **read})


def _digests(view: View, digests: Mapping[str, str]) -> list[Block]:
    if not digests:
        return []
    words = view.words
    rows = [{words("file"): view.words.phrase(name), "SHA-256": _short(digest)} for name, digest in digests.items()]
    return [Table(words("digests.caption"), pd.DataFrame.from_records(rows), folds=True)]


def _short(digest: str) -> str:
    return digest if len(digest) <= _DIGEST_SHOWN else f"{digest[:_DIGEST_SHOWN]}…"


def _models(view: View) -> list[Block]:
    words = view.words
    rows = [
        {
            words("reader"): reader,
            words("models.plugin"): model.plugin,
            words("models.trained_on"): _text(model.trained_on) or words("models.nothing"),
            words("models.needs"): words.phrase(model.needs) or words("none"),
            words("models.card"): _card(view, model) or words("none"),
        }
        for reader, model in view.result.provenance.models.items()
    ]
    return [Table(words("models.caption"), pd.DataFrame.from_records(rows))] if rows else []


def _card(view: View, model: ModelFacts) -> str:
    """Return a model's single facts; what there is one of for each finding stays in provenance.json."""
    words = view.words
    failed = {words("models.failed"): words.phrase(model.failed)} if model.failed else {}
    facts = {**facts_in_words(view, model), **teaching_in_words(view, model), **failed}
    return words.apart([f"{name}{words('colon')} {text}" for name, text in facts.items()])


def _thresholds(view: View) -> list[Block]:
    words = view.words
    thresholds = view.result.provenance.thresholds
    rules = {frozen.rule for frozen in thresholds}
    rows = []
    for frozen in thresholds:
        row = {
            words("reader"): frozen.reader,
            words("finding"): words.finding(frozen.finding),
            words("thresholds.value"): _threshold(view, frozen),
            words("thresholds.folds"): _text(frozen.from_folds) or words("none"),
        }
        if len(rules) > 1:
            row[words("thresholds.rule")] = words.phrase(frozen.rule)
        row[words("thresholds.n")] = numbers.count(frozen.n, words)
        row[words("thresholds.positive")] = numbers.count(frozen.n_positive, words)
        row[words("thresholds.near")] = _near(view, frozen.near)
        rows.append(row)
    if not rows:
        return []
    caption = words("thresholds.caption")
    if len(rules) == 1 and (rule := words.phrase(rules.pop())):
        caption = words("thresholds.same", caption=caption, rule=rule)
    return [Table(caption, pd.DataFrame.from_records(rows), folds=True)]


def _near(view: View, records: tuple[str, ...]) -> str:
    """Return how many scores stand at the threshold, and whose: "2 (12, 57)"."""
    count = numbers.count(len(records), view.words)
    named = ", ".join(records[:_NEAR_NAMED]) + ("…" if len(records) > _NEAR_NAMED else "")
    return f"{count} ({named})" if records else count


def _threshold(view: View, frozen: Threshold) -> str:
    """Return the threshold, or why there is none."""
    if frozen.threshold is None:
        return view.words.phrase(frozen.reason) or view.words("none")
    return f"{frozen.threshold:.4g}".replace(".", "," if view.language == "fr" else ".")


def _panels(view: View) -> list[Block]:
    words = view.words
    rows = [
        {
            words("panels.plugin"): panel.plugin,
            words("panels.simulated"): words("yes") if panel.simulated else words("no"),
            words("panels.files"): _text({k: _short(v) for k, v in panel.digests.items()}) or words("none"),
            words("models.failed"): panel.failed or words("no"),
        }
        for panel in view.result.provenance.panels
    ]
    table = pd.DataFrame.from_records(rows)
    if not any(panel.failed for panel in view.result.provenance.panels):
        table = table.drop(columns=words("models.failed"), errors="ignore")
    return [Table(words("panels.caption"), table)] if rows else []


def _run(view: View) -> list[Block]:
    run, words = view.result.provenance, view.words
    facts: dict[str, object] = {
        words("run.created"): run.created,
        words("run.duration_s"): run.duration_s,
        words("run.seed"): run.seed,
        words("run.ecg_eval"): run.ecg_eval,
        words("run.commit"): run.commit,
        words("run.python"): run.python,
        words("run.packages"): run.packages,
        words("run.evaluation_id"): run.evaluation_id,
    }
    return [*_facts(view, "run.caption", facts), Paragraph(words("run.again"))]
