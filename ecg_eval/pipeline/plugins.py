"""Plug-ins by name: each held against its contract, and made with the arguments of a configuration."""

import sys
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ecg_eval import registry
from ecg_eval.domain.contracts import Dataset, Metric, Model, Panel, Perturbation, Plugin, Reference, Section
from ecg_eval.domain.lineage import trainings
from ecg_eval.errors import PluginError
from ecg_eval.pipeline.apart.processes import NO_LIMIT, Allowed, apart, calling, can_copy, is_outside
from ecg_eval.pipeline.apart.stand_ins import ModelApart, SectionApart

# kind, as the registry names it -> what its classes promise
CONTRACTS: dict[str, type[Plugin]] = {
    "datasets": Dataset,
    "models": Model,
    "panels": Panel,
    "references": Reference,
    "metrics": Metric,
    "sections": Section,
    "perturbations": Perturbation,
}

T = TypeVar("T")
_IMPORT = Allowed(seconds=600)  # an import that takes longer hangs


def load(kind: str, name: str) -> type[Any]:
    """Return the class of a plug-in by its name or dotted path, held against its contract.

    Raises
    ------
    EcgEvalError
        When there is none of that name, or it is not what its contract asks.
    """
    contract = CONTRACTS.get(kind, Plugin)
    module = registry.outside_module(kind, name)
    if module is not None and module not in sys.modules and can_copy():
        _try_import(kind, name, contract)
    return registry.load(kind, name, contract=contract)


@cache
def _try_import(kind: str, name: str, contract: type[Plugin]) -> None:
    """Import a module from outside where nothing but the try is lost if it ends or hangs the process."""
    apart(lambda: registry.load(kind, name, contract=contract) and None, f"{kind} {name}", "import", _IMPORT)


def make(
    kind: str,
    name: str,
    arguments: Mapping[str, object] = MappingProxyType({}),
    *,
    root: Path | None = None,
    allowed: Allowed = NO_LIMIT,
) -> Any:  # of the kind\'s contract, which the caller names
    """Return a plug-in made with the arguments of a configuration; paths are relative to `root`.

    A model or section from outside is kept apart (``stand_ins``); `allowed` is what it may take.

    Raises
    ------
    EcgEvalError
        What is wrong with its name or arguments.
    """
    cls = load(kind, name)
    where = f"{kind}.{name}"
    create = partial(_created, cls, arguments, where, root)
    is_apart = is_outside(cls) and can_copy()
    made = ModelApart(cls, create, where, allowed) if is_apart and issubclass(cls, Model) else create()
    if is_apart and isinstance(made, Section):
        return SectionApart(made, allowed)
    if isinstance(made, Model):
        learnt = made.trained_on
        if not isinstance(learnt, tuple) or not all(isinstance(archive, str) for archive in learnt):
            raise PluginError(where, "trained_on", "a tuple of str", learnt, "An empty one says that nothing was seen.")
        trainings("; ".join(learnt))
    return made


def _created(cls: type[T], arguments: Mapping[str, object], where: str, root: Path | None) -> T:
    with calling(where, "plug-in", "made with the arguments given"):
        made: T = registry.create(cls, arguments, where=where, root=root)
    return made
