"""What a model says of itself is named in both languages, and a number, a yes and a no are written as elsewhere."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reports.study_fixture import toy_result

import ecg_eval.models
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.result import Table
from ecg_eval.reports.dossier.cards import model_cards
from ecg_eval.reports.model_facts import facts_in_words
from ecg_eval.reports.view import look
from ecg_eval.reports.words import catalogue


def own_facts() -> Iterator[str]:
    """Yield the names of facts that the package's models state in `card`; settings keep the names of libraries."""
    for path in Path(ecg_eval.models.__path__[0]).rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef) or function.name != "card":
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "also":
                    yield from (word.arg for word in node.keywords if word.arg)
                if isinstance(node, ast.keyword) and node.arg == "facts":
                    yield from _keys(node.value)
                if isinstance(node, ast.AnnAssign | ast.Assign):
                    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                    if ast.unparse(target) in ("facts", "sizes"):
                        yield from _keys(node.value)


def _keys(value: ast.expr | None) -> list[str]:
    keys = value.keys if isinstance(value, ast.Dict) else []
    return [str(key.value) for key in keys if isinstance(key, ast.Constant)]


def test_every_fact_of_our_models_has_a_name_in_both_languages() -> None:
    stated = set(own_facts())
    assert {"n_parameters", "flops_per_recording", "findings", "format"} <= stated
    for language in ("en", "fr"):
        assert {name for name in stated if f"fact.{name}" not in catalogue(language)} == set()


def test_facts_are_written_as_other_numbers_are() -> None:
    result = toy_result()
    reader, model = next(iter(result.provenance.models.items()))
    card = ModelCard(
        facts={"n_parameters": 71754, "calibrated": False, "taught": ("AF", "LBBB")}, settings={"learning_rate": 0.05}
    )
    stated = replace(result, provenance=replace(result.provenance, models={reader: replace(model, card=card)}))
    assert facts_in_words(look(stated, "fr"), stated.provenance.models[reader]) == {
        "nombres qu'il contient (paramètres)": "71\u202f754",
        "les scores sont des probabilités (calibré)": "non",
        "anomalies apprises": "AF, LBBB",
        "learning rate": "0,05",
    }
    cards = [block for block in model_cards(look(stated, "en")) if isinstance(block, Table)]
    names = cards[0].frame.iloc[:, 0].tolist()
    assert "Numbers it holds (parameters)" in names
    assert [name for name in names if name[0].islower()] == []
    assert "Sensitivity, mean over findings" in names
