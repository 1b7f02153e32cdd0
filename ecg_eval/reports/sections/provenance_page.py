"""Where every number comes from: data, models, thresholds, programs, seed; enough to make them again."""

from typing import Any, ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.view import LEARNT_HERE, View, look

_DIGEST_SHOWN = 16
_NEAR_NAMED = 5  # provenance.json names them all


class ProvenancePage(Section):
    """Dataset, models, thresholds, panels, versions."""

    title: ClassVar[dict[str, str]] = {"en": "Provenance", "fr": "Provenance"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return what is known of each; what a run did not say is not shown."""
        view = look(result, language)
        parts = [_dataset(view), _models(view), _thresholds(view), _panels(view), _run(view)]
        return [block for part in parts for block in part]


def _facts(view: View, caption: str, facts: dict[str, object]) -> list[Block]:
    """Return a table of two columns; facts without a value are left out."""
    rows = [{view.words("what"): k, view.words("value"): _text(v)} for k, v in facts.items() if _text(v)]
    return [Table(view.words(caption), pd.DataFrame.from_records(rows))] if rows else []


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(v) for v in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _dataset(view: View) -> list[Block]:
    told: dict[str, Any] = view.result.provenance.get("dataset", {})
    words = view.words
    keys = ("title", "version", "licence", "citation", "url", "access")
    facts: dict[str, object] = {words(f"dataset.{key}"): told.get(key) for key in keys}
    in_words = ("size", "devices", "lead_order", "units")
    facts |= {words(f"dataset.{key}"): words.phrase(str(told.get(key, ""))) for key in in_words}
    facts[words("dataset.lineage")] = told.get("lineage")
    facts[words("dataset.resampled")] = view.result.provenance.get("recordings", {}).get("resampled_to_hz")
    blocks = _facts(view, "dataset.caption", facts)
    blocks += [Note(words(f"learnt.{k}.note", readers=words.listed(r))) for k in LEARNT_HERE if (r := view.learnt(k))]
    signals = view.result.provenance.get("signals", {})
    read = {words("digests.signals"): signals["sha256"]} if signals else {}
    return blocks + _digests(view, told.get("digests", {}) | read)


def _digests(view: View, digests: dict[str, str]) -> list[Block]:
    if not digests:
        return []
    words = view.words
    rows = [{words("file"): name, "SHA-256": _short(digest)} for name, digest in digests.items()]
    return [Table(words("digests.caption"), pd.DataFrame.from_records(rows))]


def _short(digest: str) -> str:
    return digest if len(digest) <= _DIGEST_SHOWN else f"{digest[:_DIGEST_SHOWN]}…"


def _models(view: View) -> list[Block]:
    words = view.words
    rows = [
        {
            words("reader"): reader,
            words("models.plugin"): _text(model.get("plugin")),
            words("models.trained_on"): _text(model.get("trained_on")) or words("none"),
            words("models.needs"): words.phrase(_text(model.get("needs"))) or words("none"),
            words("models.card"): _text(_plain(model)) or words("none"),
        }
        for reader, model in view.result.provenance.get("models", {}).items()
    ]
    return [Table(words("models.caption"), pd.DataFrame.from_records(rows))] if rows else []


def _plain(model: dict[str, Any]) -> dict[str, object]:
    """Return a model's single facts; tables within its card (one entry a finding) stay in provenance.json."""
    told = {k: v for k, v in model.items() if k not in ("plugin", "trained_on", "needs", "card")}
    facts: dict[str, object] = {**model.get("card", {}), **told}
    for key, value in model.get("card", {}).items():
        if isinstance(value, dict):
            facts.pop(key)
            facts |= value if key == "settings" else {}
    return {str(key).replace("_", " "): value for key, value in facts.items()}


def _thresholds(view: View) -> list[Block]:
    words = view.words
    thresholds = view.result.provenance.get("thresholds", [])
    rules = {_text(frozen.get("rule")) for frozen in thresholds}
    rows = []
    for frozen in thresholds:
        row = {
            words("reader"): str(frozen.get("reader", "")),
            words("finding"): words.finding(str(frozen.get("finding", ""))),
            words("thresholds.value"): _threshold(view, frozen),
            words("thresholds.folds"): _text(frozen.get("from_folds")) or words("none"),
        }
        if len(rules) > 1:
            row[words("thresholds.rule")] = words.phrase(_text(frozen.get("rule")))
        row[words("thresholds.n")] = numbers.count(frozen.get("n"), words)
        row[words("thresholds.positive")] = numbers.count(frozen.get("n_positive"), words)
        row[words("thresholds.near")] = _near(view, frozen.get("near", []))
        rows.append(row)
    if not rows:
        return []
    caption = words("thresholds.caption")
    if len(rules) == 1 and (rule := words.phrase(rules.pop())):
        caption = words("thresholds.same", caption=caption, rule=rule)
    return [Table(caption, pd.DataFrame.from_records(rows))]


def _near(view: View, records: list[str]) -> str:
    """Return how many scores stand at the threshold, and whose: "2 (12, 57)"."""
    count = numbers.count(len(records), view.words)
    named = ", ".join(records[:_NEAR_NAMED]) + ("…" if len(records) > _NEAR_NAMED else "")
    return f"{count} ({named})" if records else count


def _threshold(view: View, frozen: dict[str, Any]) -> str:
    """Return the threshold, or why there is none."""
    value = frozen.get("threshold")
    if value is None:
        return view.words.phrase(_text(frozen.get("reason"))) or view.words("none")
    return f"{value:.4g}".replace(".", "," if view.language == "fr" else ".")


def _panels(view: View) -> list[Block]:
    words = view.words
    panels = view.result.provenance.get("panels", [])
    rows = [
        {
            words("panels.plugin"): _text(panel.get("plugin")),
            words("panels.simulated"): words("yes") if panel.get("simulated") else words("no"),
            words("panels.files"): _text({k: _short(v) for k, v in panel.get("digests", {}).items()}) or words("none"),
        }
        for panel in panels
    ]
    return [Table(words("panels.caption"), pd.DataFrame.from_records(rows))] if rows else []


def _run(view: View) -> list[Block]:
    told, words = view.result.provenance, view.words
    keys = ("created", "duration_s", "seed", "ecg_eval", "commit", "python", "packages", "evaluation_id")
    facts = {words(f"run.{key}"): told.get(key) for key in keys}
    return [*_facts(view, "run.caption", facts), Paragraph(words("run.again"))]
