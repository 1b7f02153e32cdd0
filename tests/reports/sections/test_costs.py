"""What models cost: which is the most frugal that is not clearly worse, told from estimates and costs alone."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from reports.study_fixture import toy_result

from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.facts.cost import EnergyFacts, ModelCost
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.result import Figure, StudyResult, Table
from ecg_eval.metrics.auroc_difference import AurocDifference
from ecg_eval.reports.figures.frontier import frontier_figure
from ecg_eval.reports.sections.costs import Costs
from ecg_eval.reports.sentences import say
from ecg_eval.reports.statements.frugal import costed, frontier, frugal
from ecg_eval.reports.view import look
from ecg_eval.stats.estimate import Estimate

BIG, SMALL = "beat_features", "prevalence"  # the models of the study that tests share
DIFFERENCE = AurocDifference().facts()


def result(
    *,
    difference: tuple[float, float, float],
    cpu_s: Mapping[str, float | None],
    sizes: Mapping[str, int],
    first: str = BIG,
) -> StudyResult:
    """Return the study with a difference of AUROC between its models, and what they cost."""
    made = toy_result()
    second = SMALL if first == BIG else BIG
    value, low, high = difference
    row = Row(
        metric="auroc_difference",
        estimate=Estimate(value=value, low=low, high=high, method="by hand", n=40),
        reader=first,
        compared_with=second,
        arm="unaided",
        finding=MACRO,
    )
    models = {
        reader: replace(
            facts,
            cost=ModelCost(n_together=32, cpu_s_per_1000=cpu_s[reader], per_s_alone=5, per_s_together=9)
            if cpu_s[reader] is not None
            else ModelCost(reason="it looks at no recording"),
            card=ModelCard(facts={"n_parameters": sizes[reader]} if reader in sizes else {"file_bytes": 2_000_000}),
            read_s=1.0,
        )
        for reader, facts in made.provenance.models.items()
    }
    metrics = {**made.provenance.metrics, "auroc_difference": DIFFERENCE}
    return replace(
        made,
        evaluation=made.evaluation.and_rows([row]),
        provenance=replace(made.provenance, models=models, metrics=metrics),
    )


CHEAP = {BIG: 20.0, SMALL: 0.5}
SIZES = {BIG: 30_000, SMALL: 3}


@pytest.mark.parametrize("first", [BIG, SMALL])
def test_the_cheaper_model_is_named_where_it_is_not_clearly_worse(first: str) -> None:
    view = look(result(difference=(0.01, -0.02, 0.04), cpu_s=CHEAP, sizes=SIZES, first=first), "en")
    best = max(costed(view), key=lambda m: m.row.value or 0).party.reader
    assert best == BIG
    kinds = {s.kind: say(view, s) for s in frugal(view)}
    assert set(kinds) == {"frugal.cheapest", "frugal.smallest"}
    assert (
        f"the cheapest is {SMALL}, with 0.50 processor seconds for 1,000 ECGs against 20.0" in kinds["frugal.cheapest"]
    )
    # of the cheap one minus the best, whichever stands first in the row
    told = "−0.01 (−0.04 to +0.02)" if first == BIG else "+0.01 (−0.02 to +0.04)"
    assert told in kinds["frugal.cheapest"]
    assert "not shown to be as good" in kinds["frugal.cheapest"]
    assert "3 parameters" in kinds["frugal.smallest"]
    assert "30,000" in kinds["frugal.smallest"]


def test_a_model_that_is_clearly_worse_is_not_named_however_cheap() -> None:
    view = look(result(difference=(0.2, 0.1, 0.3), cpu_s=CHEAP, sizes=SIZES), "en")
    assert [s.kind for s in frugal(view)] == ["frugal.cheapest.best", "frugal.smallest.best"]
    assert all(SMALL not in say(view, s) for s in frugal(view))


def test_what_is_not_known_is_not_taken_for_small() -> None:
    view = look(result(difference=(0.01, -0.02, 0.04), cpu_s={BIG: 20.0, SMALL: None}, sizes={BIG: 30_000}), "en")
    assert [s.kind for s in frugal(view)] == ["frugal.cheapest.best", "frugal.smallest.best"]
    assert frontier_figure(view.result) is None


def test_the_line_joins_what_no_cheaper_model_equals() -> None:
    made = result(difference=(0.01, -0.02, 0.04), cpu_s=CHEAP, sizes=SIZES)
    assert [m.party.reader for m in frontier(costed(look(made, "en")))] == [SMALL, BIG]
    dear = result(difference=(0.01, -0.02, 0.04), cpu_s={BIG: 0.1, SMALL: 0.5}, sizes=SIZES)
    assert [m.party.reader for m in frontier(costed(look(dear, "en")))] == [BIG]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_section_shows_costs_energy_and_what_was_not_measured(language: str) -> None:
    made = result(difference=(0.01, -0.02, 0.04), cpu_s=CHEAP, sizes={SMALL: 3})
    energy = EnergyFacts(method="codecarbon 3, this process alone: x", country="France", read_wh_per_1000=0.5)
    models = {**made.provenance.models, BIG: replace(made.provenance.models[BIG], energy=energy)}
    made = replace(made, provenance=replace(made.provenance, models=models))
    blocks = Costs().blocks(made, language=language)
    tables = [b for b in blocks if isinstance(b, Table)]
    assert [len(t.frame) for t in tables] == [2, 1]
    assert any(isinstance(b, Figure) for b in blocks)
    cells = " ".join(map(str, tables[0].frame.to_numpy().ravel()))
    assert "2.00 MB" in cells or "2,00 Mo" in cells
    assert "France" in " ".join(getattr(b, "text", "") for b in blocks)
    hidden = result(difference=(0.01, -0.02, 0.04), cpu_s={BIG: 20.0, SMALL: None}, sizes=SIZES)
    said = " ".join(getattr(b, "text", "") for b in Costs().blocks(hidden, language=language))
    assert ("looks at no recording" if language == "en" else "ne regarde aucun enregistrement") in said


def test_nothing_is_shown_where_no_cost_is_known() -> None:
    assert Costs().blocks(toy_result(), language="en") == []
