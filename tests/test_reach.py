"""No statistic that nobody can reach: what a plug-in, a command or the report imports, or a list with its reasons.

The imports of every file are read, lazy ones inside functions included. What only a type checker imports, and the names
that the door `ecg_eval/stats/__init__.py` offers without anybody asking for them, reach nothing.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ecg_eval import stats

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "statistics.md"
HEADING = "## What no question reaches yet"
STARTS = (  # plug-ins, commands, planning, and the report
    *("datasets", "models", "panels", "references", "metrics", "perturbations", "planning", "reports", "tracking"),
    "cli",
)


def modules() -> dict[str, Path]:
    """Return the file of every module by its dotted name."""
    files = {}
    for path in sorted((ROOT / "ecg_eval").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


def imported_names(source: str) -> Iterator[str]:
    """Yield the dotted names that a source imports when it runs, at any depth; not those for a type checker."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def reached_from(starts: set[str], files: dict[str, Path]) -> set[str]:
    """Return the modules that some modules import, directly or through others, themselves included."""
    door = {f"ecg_eval.stats.{name}": home for name, home in stats.HOMES.items()}
    reached: set[str] = set()
    waiting = sorted(starts)
    while waiting:
        module = waiting.pop()
        if module in reached:
            continue
        reached.add(module)
        names = imported_names(files[module].read_text(encoding="utf-8"))
        waiting += [target for name in names if (target := door.get(name, name)) in files]
    return reached


def listed_modules(page: str) -> dict[str, str]:
    """Return the modules that the page lists, with their reason."""
    table = page.split(HEADING, maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    listed = {}
    for row in re.findall(r"^\| (`.*) \| (.+) \|$", table, flags=re.MULTILINE):
        listed |= {f"ecg_eval.stats.{name}": row[1] for name in re.findall(r"`([\w.]+)`", row[0])}
    return listed


def faults(statistics: set[str], reached: set[str], listed: dict[str, str]) -> list[str]:
    """Say which statistics are neither reached nor listed, and which are listed wrongly."""
    return [
        *(f"{m} is reached by nothing: connect it, delete it, or list it in {PAGE.name} with its reason"
          for m in sorted(statistics - reached - set(listed))),
        *(f"{m} is listed in {PAGE.name} and reached after all: take it off the list"
          for m in sorted(reached & set(listed))),
        *(f"{m} is listed in {PAGE.name} and does not exist" for m in sorted(set(listed) - statistics)),
    ]  # fmt: skip


def test_every_statistic_is_reached_or_listed_with_its_reason() -> None:
    files = modules()
    statistics = {m for m, path in files.items() if m.startswith("ecg_eval.stats.") and path.name != "__init__.py"}
    starts = {m for m in files if m.startswith(tuple(f"ecg_eval.{room}." for room in STARTS))}
    assert not faults(statistics, reached_from(starts, files), listed_modules(PAGE.read_text(encoding="utf-8")))


def test_a_module_that_nothing_reaches_is_a_fault() -> None:
    assert faults({"a", "b"}, {"a"}, {}) == [
        "b is reached by nothing: connect it, delete it, or list it in statistics.md with its reason"
    ]
    assert not faults({"a", "b"}, {"a"}, {"b": "a cross-check of a"})


def test_a_wrong_list_is_a_fault() -> None:
    assert "reached after all" in faults({"a"}, {"a"}, {"a": "x"})[0]
    assert "does not exist" in faults({"a"}, {"a"}, {"b": "x"})[0]


def test_lazy_imports_reach_and_those_for_types_do_not() -> None:
    source = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c import d\n"
    names = set(imported_names(source))
    assert {"b", "c", "c.d"} <= names
    assert "a" not in names


def test_the_names_of_the_door_reach_their_home(tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text("from ecg_eval.stats import cohen_kappa\n", encoding="utf-8")
    reached = reached_from({"user"}, modules() | {"user": user})
    assert "ecg_eval.stats.agreement.kappa" in reached
    assert "ecg_eval.stats.roc.area" not in reached
