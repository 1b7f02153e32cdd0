"""Plug-ins, named after their file: to add one, add one file; to find one, open one file.

Names and descriptions are read without importing anything, so that a list of models does not load torch. Outside
packages add theirs through entry points (group ``ecg_eval.metrics``, ...); a configuration may also name a class by its
dotted path (``my_study.metrics:MyMetric``).
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from ecg_eval.errors import ConfigError, PluginError, UnknownNameError, suggestion

Contract = TypeVar("Contract")

# kind -> the rooms whose files are its plug-ins
KINDS = {
    "datasets": ("datasets",),
    "models": ("models",),
    "panels": ("panels",),
    "references": ("references",),
    "metrics": (
        "metrics",
        *(f"metrics/{room}" for room in ("aid", "gaps", "in_population", "management", "over_time", "undecided")),
    ),
    "sections": ("reports/sections",),
    "perturbations": ("perturbations",),
}
_HOUSE = Path(__file__).parent


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownNameError("registry", "kind", "a kind of plug-in", kind, suggestion(kind, KINDS))


@cache
def _own_files(kind: str) -> dict[str, Path]:
    files = (p for room in KINDS[kind] for p in (_HOUSE / room).glob("*.py"))
    return {p.stem: p for p in sorted(files, key=lambda p: p.stem) if not p.stem.startswith("_")}


@cache
def _outside(kind: str) -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=f"ecg_eval.{kind}")}


def names(kind: str) -> list[str]:
    """Return the names of all plug-ins of a kind, our own first, without importing them."""
    _check_kind(kind)
    own_files = _own_files(kind)
    return [*own_files, *(n for n in _outside(kind) if n not in own_files)]


def describe(kind: str) -> dict[str, str]:
    """Return a one-line description of every plug-in of a kind: the first line of its file's docstring."""
    own_files = _own_files(kind) if kind in KINDS else {}
    return {
        name: _first_line(own_files[name]) if name in own_files else _outside_line(kind, name) for name in names(kind)
    }


def _first_line(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    return (text or "").strip().split("\n", maxsplit=1)[0]


def _outside_line(kind: str, name: str) -> str:
    """Describe an outside plug-in from its source file where that can be found without importing it."""
    entry = _outside(kind)[name]
    origin = f"from {entry.dist.name} {entry.dist.version}" if entry.dist else "from an outside package"
    relative = Path(*entry.module.split(".")).with_suffix(".py")
    source = Path(str(entry.dist.locate_file(relative))) if entry.dist else None
    line = _first_line(source) if source and source.is_file() else ""
    return f"{line} ({origin})" if line else origin


def outside_module(kind: str, name: str) -> str | None:
    """Return the module that a plug-in from outside would be imported from; None for one of ours, or an unknown one."""
    _check_kind(kind)
    if ":" not in name:
        entry = None if name in _own_files(kind) else _outside(kind).get(name)
        return entry.module if entry else None
    return name.partition(":")[0]


def load(kind: str, name: str, *, contract: type[Contract]) -> type[Contract]:
    """Return the class of a plug-in by its name or dotted path.

    Parameters
    ----------
    kind, name : str
    contract : type
        What it must be a subclass of; this floor does not know the contracts.

    Raises
    ------
    UnknownNameError
        When there is none of that name; the nearest one is suggested.
    PluginError
        When a file does not hold exactly one plug-in class, or cannot be imported.
    """
    _check_kind(kind)
    if ":" in name:
        return _from_path(kind, name, contract)
    if name in _own_files(kind):
        module_name = ".".join(_own_files(kind)[name].relative_to(_HOUSE.parent).with_suffix("").parts)
        return _only_class(kind, import_module(module_name), contract)
    if name in _outside(kind):
        entry = _outside(kind)[name]
        return _from_path(kind, entry.value, contract)
    rule = f"one of the {kind}, or a dotted path such as my_package.my_module:MyClass"
    raise UnknownNameError(kind, "name", rule, name, suggestion(name, names(kind)))


def _from_path(kind: str, path: str, contract: type[Contract]) -> type[Contract]:
    module_name, _, class_name = path.partition(":")
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:
        rule = "a dotted path that Python can import"
        failed = f"The import failed: {type(error).__name__}: {error}."
        raise PluginError(kind, "plug-in", rule, path, failed) from error
    cls = getattr(module, class_name, None)
    if not inspect.isclass(cls):
        classes = [n for n, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module_name]
        remedy = suggestion(class_name, classes)
        raise PluginError(kind, "plug-in", f"a class in {module_name}", class_name, remedy)
    return _checked(kind, cls, path, contract)


def _only_class(kind: str, module: ModuleType, contract: type[Contract]) -> type[Contract]:
    classes = [
        c
        for _, c in inspect.getmembers(module, inspect.isclass)
        if c.__module__ == module.__name__ and issubclass(c, contract) and not c.__name__.startswith("_")
    ]
    if len(classes) != 1:
        rule = "a file with exactly one plug-in class"
        raise PluginError(kind, module.__name__, rule, [c.__name__ for c in classes], "Move the others to their files.")
    return _checked(kind, classes[0], module.__name__, contract)


def _checked(kind: str, cls: type, origin: str, contract: type[Contract]) -> type[Contract]:
    """Refuse a class of another kind, or one that leaves part of its contract out."""
    if not issubclass(cls, contract):
        rule = f"a subclass of {contract.__module__}.{contract.__name__}"
        raise PluginError(kind, origin, rule, cls.__name__)
    unfinished = sorted(getattr(cls, "__abstractmethods__", ()))
    if unfinished:
        raise PluginError(kind, origin, "a class that defines all of its contract", cls.__name__, f"Add {unfinished}.")
    return cls


def parameters(cls: type[object]) -> dict[str, inspect.Parameter]:
    """Return the arguments that a plug-in takes from a configuration."""
    if cls.__init__ is object.__init__:
        return {}
    taken = list(inspect.signature(cls).parameters.values())
    return {p.name: p for p in taken if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def takes_path(parameter: inspect.Parameter) -> bool:
    """Whether an argument is a path by its annotation, so that it is read relative to the data root."""
    return "Path" in str(parameter.annotation)


def _name_of(cls: type[object]) -> str:
    return str(getattr(cls, "name", cls.__name__))


def argument_problems(cls: type[object], arguments: Mapping[str, object], *, where: str) -> list[ConfigError]:
    """Return what is wrong with the arguments that a configuration gives a plug-in: unknown and missing ones."""
    accepted = parameters(cls)
    problems = [
        ConfigError(f"{where}.{key}", "key", f"an argument of {_name_of(cls)}", key, suggestion(key, accepted))
        for key in arguments
        if key not in accepted
    ]
    problems += [
        ConfigError(f"{where}.{p.name}", "key", f"given for {_name_of(cls)}", remedy=f"Add `{p.name}:`.")
        for p in accepted.values()
        if p.default is p.empty and p.name not in arguments
    ]
    return problems


def create(cls: type[Contract], arguments: Mapping[str, object], *, where: str, root: Path | None = None) -> Contract:
    """Return a plug-in made with the arguments of a configuration.

    Paths (arguments annotated ``Path``) are read relative to `root`.

    Raises
    ------
    ConfigError
        For an argument that the plug-in does not take, or one that it lacks.
    """
    problems = argument_problems(cls, arguments, where=where)
    if problems:
        raise problems[0]
    accepted = parameters(cls)
    given = {
        key: (root or Path()) / value if isinstance(value, str | Path) and takes_path(accepted[key]) else value
        for key, value in arguments.items()
    }
    return cls(**given)
