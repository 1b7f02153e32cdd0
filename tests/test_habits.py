"""Habits that are counted by the syntax tree, each with a bound that only falls."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecg_eval.registry import names

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ecg_eval"

Tree = ast.Module


def trees(words: str, *folders: str) -> Iterator[tuple[str, Tree]]:
    """Yield each file of some folders of the package in which some words stand, by its path there."""
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if re.search(words, text):
                yield str(path.relative_to(PACKAGE)), ast.parse(text)


def names_of_metrics(tree: Tree) -> list[int]:
    """Return the lines where a text is exactly the name of a metric (and of no section): ask its facts instead."""
    metrics = set(names("metrics")) - set(names("sections"))
    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in metrics]


def any_types(tree: Tree) -> list[int]:
    """Return the lines where a type is ``Any``, of which mypy sees nothing."""
    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "Any"]


VAGUE = {"found", "known", "said", "told", "own", "kept"}


def vague_names(tree: Tree) -> list[int]:
    """Return the lines where a variable or parameter has a name that does not say what it holds."""
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id in VAGUE)
    taken = (n for n in ast.walk(tree) if isinstance(n, ast.arg) and n.arg in VAGUE)
    return [n.lineno for n in (*stored, *taken)]


# habit: (what is counted, the words that it needs, where, how many there may be)
BOUNDS: dict[str, tuple[Callable[[Tree], list[int]], str, tuple[str, ...], int]] = {
    "metrics asked by name in reports and tracking": (names_of_metrics, "", ("reports", "tracking"), 36),
    "types that are Any": (any_types, r"\bAny\b", ("",), 32),
    "names that say nothing": (vague_names, rf"\b({'|'.join(sorted(VAGUE))})\b *([=:,)]|in\b)", ("",), 1),
}


@pytest.mark.parametrize("habit", BOUNDS)
def test_a_habit_only_becomes_rarer(habit: str) -> None:
    count, words, folders, bound = BOUNDS[habit]
    places = [f"{path}:{line}" for path, tree in trees(words, *folders) for line in count(tree)]
    if len(places) > bound:
        pytest.fail(f"{habit}: {len(places)}, at most {bound}\n" + "\n".join(places))


def test_the_counts_see_what_they_are_to_see() -> None:
    assert names_of_metrics(ast.parse("a = 'sensitivity'\nb = 'sensitive'\nc = {'auroc': 1}")) == [1, 3]
    assert any_types(ast.parse("from typing import Any\na: Any\nb: dict[str, Any] = {}")) == [2, 3]
    assert vague_names(ast.parse("def f(own, b):\n  found = [said for said in b]\n  return found.known")) == [2, 2, 1]
