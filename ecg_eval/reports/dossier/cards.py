"""Cards: what a model is and how it did, what a dataset is; and what of both a person must write.

What a card holds: Mitchell et al., Model cards for model reporting, FAT* 2019:220; Gebru et al., Datasheets for
datasets, Commun ACM 2021;64(12):86.
"""

from collections.abc import Sequence

import pandas as pd

from ecg_eval.domain.facts.metric import Role
from ecg_eval.domain.result import Block, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.model_facts import facts_in_words, teaching_in_words
from ecg_eval.reports.view import Party, View

_PARTS: tuple[Role, ...] = ("found", "cleared")
_BY_PERSON = {
    "model": ("use", "users", "not_meant", "group_factors", "ethics"),
    "dataset": ("motivation", "consent", "selection", "maintenance"),
}
_STATED = ("title", "version", "licence", "citation", "url", "access", "size", "population", "devices", "labelled_by")


def model_cards(view: View) -> list[Block]:
    """Return a card a machine that read: facts, how it did in all and where worst, what it learnt from."""
    blocks: list[Block] = []
    study = view.result.study
    for reader in dict.fromkeys(reader for reader, _ in study.reader_arms if study.is_machine(reader)):
        rows = [*_model_facts(view, reader), *_model_results(view, reader)]
        blocks.append(_table(view, view.words("dossier.card.model", reader=reader), rows))
    return [*blocks, *_for_a_person(view, "model")] if blocks else []


def _model_facts(view: View, reader: str) -> list[tuple[str, str]]:
    words, facts = view.words, view.result.provenance.models.get(reader)
    rows: list[tuple[str, str]] = []
    about = view.result.study.readers["description"].fillna("").astype(str)[reader]
    if about:
        rows.append((words("flow.about"), words.phrase(about)))
    if facts is not None:
        rows += [
            (words("models.plugin"), facts.plugin),
            (words("models.trained_on"), ", ".join(facts.trained_on) or words("models.nothing")),
            (words("models.needs"), words.phrase(facts.needs)),
            *teaching_in_words(view, facts).items(),
            *facts_in_words(view, facts).items(),
        ]
        untaught = [f"{words.finding(f)} ({words.phrase(why)})" for f, why in facts.card.not_taught.items()]
        rows.append((words("dossier.card.not_taught"), words.apart(untaught)))
    learnt = view.independence.get(reader)
    if learnt is not None:
        rows.append((words("learnt.here"), words(f"learnt.{learnt.kind}", archives=words.listed(learnt.archives))))
    chosen = [t for t in view.result.provenance.thresholds if t.reader == reader and t.threshold is not None]
    if chosen:
        named = [f"{words.finding(t.finding)} {numbers.number(float(t.threshold or 0), words)}" for t in chosen]
        rows.append((words("dossier.card.thresholds"), words.apart(named)))
    return [(numbers.capital(name), text) for name, text in rows if text]


def _model_results(view: View, reader: str) -> list[tuple[str, str]]:
    """Return how a machine did over all findings, and the finding on which it did worst."""
    words, study = view.words, view.result.study
    arm = next(a for r, a in study.reader_arms if r == reader)
    rows = []
    for role in _PARTS:
        metric = view.playing(role)
        name = words.metric(metric) if metric else ""
        whole = view.one(metric, Party(reader, arm), view.overall) if metric else None
        if whole is None or whole.value is None:
            continue
        rows.append((f"{name}, {words.finding(view.overall).lower()}", whole.text(words)))
        single = [r for f in view.findings if (r := view.one(metric, Party(reader, arm), f)) and r.value is not None]
        if len(single) > 1:
            worst = min(single, key=lambda row: row.value or 0.0)
            text = words("dossier.card.of", finding=words.finding(worst.finding), estimate=worst.text(words))
            rows.append((words("dossier.card.worst", metric=name), text))
    return rows


def dataset_card(view: View) -> list[Block]:
    """Return what the dataset states of itself."""
    words, dataset = view.words, view.result.provenance.dataset
    rows = [(words(f"dossier.dataset.{name}"), words.phrase(getattr(dataset, name))) for name in _STATED]
    rows.append((words("dataset.lineage"), ", ".join(dataset.lineage)))
    stated = [(name, text) for name, text in rows if text]
    return [_table(view, words("dossier.card.dataset"), stated), *_for_a_person(view, "dataset")] if stated else []


def _table(view: View, caption: str, rows: Sequence[tuple[str, str]]) -> Table:
    columns = [view.words("what"), view.words("value")]
    return Table(caption, pd.DataFrame(list(rows), columns=columns).astype("string"))


def _for_a_person(view: View, what: str) -> list[Block]:
    """Return what no run knows."""
    words = view.words
    asked = words.apart([words(f"dossier.card.{what}.{part}") for part in _BY_PERSON[what]])
    return [Paragraph(words("dossier.card.person", asked=asked))]
