"""The cheapest and the smallest model that is not clearly worse than the best: from estimates and measured costs.

The best is the model with the highest value of the run's first metric of scores that has a difference beside it. Not
clearly worse is a model whose difference to the best has an interval that holds zero; one without that interval is not
taken for as good. Nothing adjusts for the many that are compared: an adjusted interval would be wider, and let more in.
"""

from typing import NamedTuple

from ecg_eval.domain.facts.model import ModelFacts
from ecg_eval.domain.statement import Fact, Quote, Statement
from ecg_eval.reports import basis
from ecg_eval.reports.view import Party, Shown, View

_SIZE = "n_parameters"  # the fact by which a card states how large a model is


class Costed(NamedTuple):
    """A model whose value is known, and what it costs."""

    party: Party
    row: Shown
    facts: ModelFacts

    @property
    def cpu_s(self) -> float | None:
        """Seconds of processors for 1,000 recordings."""
        return self.facts.cost.cpu_s_per_1000

    @property
    def n_parameters(self) -> int | None:
        """Numbers that it has learnt, where its card states them."""
        size = self.facts.card.facts.get(_SIZE)
        return int(size) if isinstance(size, int | float) and not isinstance(size, bool) else None


def worth(view: View) -> str:
    """Return the metric by which models are set against their costs; empty where none is made from scores."""
    scored = view.answering("reading", scores=True)
    return next((m for m in scored if view.of(f"{m}_difference")), next(iter(scored), ""))


def costed(view: View) -> list[Costed]:
    """Return the models whose value is known, in the order of the run."""
    metric = worth(view)
    models = view.result.provenance.models
    everybody = view.parties([metric]) if metric else []
    rows = [(p, view.one(metric, p, view.overall)) for p in everybody if p.reader in models]
    return [Costed(p, row, models[p.reader]) for p, row in rows if row is not None and row.value is not None]


def frontier(models: list[Costed]) -> list[Costed]:
    """Return the models than which none costs less and is worth as much, the cheapest first."""
    ordered = sorted((m for m in models if m.cpu_s is not None), key=lambda m: (m.cpu_s or 0.0, -(m.row.value or 0.0)))
    best_yet: list[Costed] = []
    for model in ordered:
        if not best_yet or (model.row.value or 0.0) > (best_yet[-1].row.value or 0.0):
            best_yet.append(model)
    return best_yet


def frugal(view: View) -> list[Statement]:
    """Return which model is the cheapest, and which the smallest, of those not clearly worse than the best."""
    models = costed(view)
    if len(models) < 2:
        return []
    best = max(models, key=lambda m: m.row.value or 0.0)
    beside = {m.party: _difference(view, m, best) for m in models if m is not best}
    not_worse = [best, *(m for m in models if (row := beside.get(m.party)) is not None and _holds_zero(row))]
    statements = []
    for kind, sized in (
        ("frugal.cheapest", [(m.cpu_s, m) for m in not_worse]),
        ("frugal.smallest", [(m.n_parameters, m) for m in not_worse]),
    ):
        measured = [(size, m) for size, m in sized if size is not None]
        if not measured:
            continue
        _, chosen = min(measured, key=lambda pair: pair[0])
        statements.append(_statement(view, kind, chosen, best, beside.get(chosen.party), len(models), len(not_worse)))
    return statements


def _statement(
    view: View, kind: str, chosen: Costed, best: Costed, difference: Shown | None, n: int, n_not_worse: int
) -> Statement:
    facts: dict[str, Fact] = {
        "who": basis.who_of(view, chosen.party),
        "best": basis.who_of(view, best.party),
        "metric": chosen.row.metric,
        "n_models": n,
        "n_not_worse": n_not_worse,
    }
    for name, model in (("chosen", chosen), ("best", best)):
        size = model.n_parameters if kind == "frugal.smallest" else model.cpu_s
        if size is not None:
            facts[f"{name}_size"] = str(size)
    estimates: dict[str, Quote] = {"chosen": chosen.row, "best": best.row}
    if difference is not None:
        estimates["difference"] = difference
    return Statement(kind=kind if chosen is not best else f"{kind}.best", estimates=estimates, facts=facts)


def _difference(view: View, model: Costed, best: Costed) -> Shown | None:
    """Return the row of the difference between a model and the best, whichever of the two stands first."""
    pair = {model.party.reader, best.party.reader}
    rows = view.of(f"{model.row.metric}_difference", finding=view.overall)
    return next((row for row in rows if {row.reader, row.compared_with} == pair and row.value is not None), None)


def _holds_zero(row: Shown) -> bool:
    return row.has_interval and not row.leaves_zero_out
