"""The door of the statistics: every name is there, costs nothing until it is used, and is known to type checkers."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from ecg_eval import stats


@pytest.mark.parametrize("name", stats.__all__)
def test_every_name_comes_from_its_home(name: str) -> None:
    found = getattr(stats, name)
    assert found is getattr(import_module(stats.HOMES[name]), name)
    assert found.__module__ == stats.HOMES[name]
    assert found.__doc__


def test_a_name_is_imported_as_from_any_library() -> None:
    from ecg_eval.stats import cohen_kappa

    assert cohen_kappa(first=[1, 0, 1, 0], second=[1, 0, 1, 0]).value == 1


def test_the_names_for_type_checkers_are_those_of_the_door() -> None:
    tree = ast.parse(Path(stats.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == stats.HOMES
    assert dir(stats) == sorted(stats.__all__)


def test_a_wrong_name_gets_a_suggestion() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'cohen_kappa'"):
        stats.cohens_kappa  # noqa: B018 - the attribute is asked for


def test_no_name_hides_a_room() -> None:
    rooms = {path.parent.name for path in Path(stats.__file__).parent.glob("*/__init__.py")}
    assert not rooms & set(stats.__all__)


def test_the_door_loads_no_kernel() -> None:
    heavy = ("numpy", "scipy", "ecg_eval.stats.")
    code = f"import sys, ecg_eval.stats; print([m for m in sys.modules if m.startswith({heavy!r})])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


CHOICES = re.compile(r': \{((?:"[^"]+"(?:, )?)+)\}')
NOT_OURS = {"1,1", "2,1", "3,1", "1,k", "2,k", "3,k"} | {
    "RRRC",
    "FRRC",
    "RRFC",
    "HL",
    "LL",
    "HH",
    "LH",
    "F",
    ">",
    ">=",
}  # the field's names


@pytest.mark.parametrize("path", sorted(Path(stats.__file__).parent.rglob("*.py")), ids=lambda p: p.stem)
def test_choices_are_spelt_with_underscores(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    choices = {c for found in CHOICES.findall(source) for c in re.findall(r'"([^"]+)"', found)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
            choices |= {
                c.value for c in ast.walk(node.slice) if isinstance(c, ast.Constant) and isinstance(c.value, str)
            }
    assert not {c for c in choices - NOT_OURS if not re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", c)}
