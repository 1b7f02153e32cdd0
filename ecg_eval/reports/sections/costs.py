"""What models cost beside what they are worth: processors, memory, size, teaching, and energy if asked for."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.model import ModelFacts
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures.frontier import frontier_figure
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.sentences import say
from ecg_eval.reports.statements.frugal import Costed, costed, frugal, worth
from ecg_eval.reports.view import View, look


class Costs(Section):
    """The most frugal model that is not clearly worse, a picture of value against cost, and all costs."""

    title: ClassVar[dict[str, str]] = {"en": "What models cost", "fr": "Ce que coûtent les modèles"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return sentences, figure and table; nothing where no model read."""
        view = look(result, language)
        models = {m.party.reader: m for m in costed(view)}
        facts = {reader: f for reader, f in result.provenance.models.items() if not f.failed}
        if not any(f.cost.cpu_s_per_1000 is not None or f.read_s is not None for f in facts.values()):
            return []
        blocks: list[Block] = [Paragraph(numbers.sentence(say(view, s))) for s in frugal(view)]
        figure = frontier_figure(result, language=language)
        blocks += [] if figure is None else [figure]
        return [*blocks, _table(view, facts, models), *_notes(view, facts), *_energy(view, facts)]


def _table(view: View, facts: dict[str, ModelFacts], models: dict[str, Costed]) -> Table:
    words = view.words
    rows = []
    for reader, model in facts.items():
        made = models.get(reader)
        row = {words("reader"): reader}
        if models:
            row[words.metric(worth(view))] = made.row.text(words) if made else words("none")
        row[words("costs.size")] = _size(view, model)
        row[words("costs.flops")] = _number(view, model.card.facts.get("flops_per_recording"), 1e-6)
        row[words("costs.alone")] = _number(view, model.cost.per_s_alone)
        row[words("costs.together")] = _number(view, model.cost.per_s_together)
        row[words("costs.cpu")] = _number(view, model.cost.cpu_s_per_1000)
        row[words("costs.memory")] = _number(view, model.cost.memory_mb)
        row[words("costs.teaching")] = _number(view, model.fit_cpu_s)
        rows.append(row)
    return Table(words("costs.caption"), pd.DataFrame.from_records(rows), sorts=True)


def _size(view: View, model: ModelFacts) -> str:
    """Return its parameters, or else the size of its file."""
    n, n_bytes = (model.card.facts.get(key) for key in ("n_parameters", "file_bytes"))
    if isinstance(n, int | float) and not isinstance(n, bool):
        return numbers.count(n, view.words)
    return view.words("costs.file", mb=_number(view, n_bytes, 1e-6)) if n_bytes else view.words("costs.unknown")


def _number(view: View, value: object, factor: float = 1.0) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return view.words("costs.unknown")
    scaled = float(value) * factor
    return numbers.count(scaled, view.words) if scaled >= 1000 else numbers.number(scaled, view.words)


def _energy(view: View, facts: dict[str, ModelFacts]) -> list[Block]:
    """Return the energy that was estimated, how, and for which country; nothing where nobody asked for it."""
    words = view.words
    estimated = {reader: model.energy for reader, model in facts.items() if model.energy is not None}
    if not estimated:
        return []
    rows = [
        {
            words("reader"): reader,
            words("costs.energy"): _number(view, energy.read_wh_per_1000),
            words("costs.carbon"): _number(view, energy.read_g_co2_per_1000),
            words("costs.energy_teaching"): _number(view, energy.fit_wh),
            words("costs.carbon_teaching"): _number(view, energy.fit_g_co2),
        }
        for reader, energy in estimated.items()
    ]
    how = dict.fromkeys((words.phrase(e.method), e.country) for e in estimated.values())
    notes = [Footnote(words("costs.energy.how", method=method, country=country)) for method, country in how]
    return [Table(words("costs.energy.caption"), pd.DataFrame.from_records(rows)), *notes]


def _notes(view: View, facts: dict[str, ModelFacts]) -> list[Block]:
    """Return how it was measured, and why not where it was not."""
    words = view.words
    notes: list[Block] = []
    if any(f.cost.n_together for f in facts.values()):
        n_together = max(f.cost.n_together for f in facts.values())
        notes.append(Footnote(words("costs.how", n=n_together)))
    reasons: dict[str, list[str]] = {}
    for reader, model in facts.items():
        if model.cost.reason:
            reasons.setdefault(model.cost.reason, []).append(reader)
    notes += [
        Footnote(words("costs.not_measured", readers=words.listed(readers), reason=words.phrase(reason)))
        for reason, readers in reasons.items()
    ]
    return notes
