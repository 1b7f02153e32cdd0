"""Plug-ins by name: each held against its contract, and made with the arguments of a configuration."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ecg_eval import registry
from ecg_eval.domain.contracts import Dataset, Metric, Model, Panel, Plugin, Reference, Section
from ecg_eval.domain.lineage import trainings
from ecg_eval.errors import EcgEvalError, PluginError

# kind, as the registry names it -> what its classes promise
CONTRACTS: dict[str, type[Plugin]] = {
    "datasets": Dataset,
    "models": Model,
    "panels": Panel,
    "references": Reference,
    "metrics": Metric,
    "sections": Section,
}
_SAID = 300  # letters of another program's message


def load(kind: str, name: str) -> type[Any]:
    """Return the class of a plug-in by its name or dotted path, held against its contract.

    Raises
    ------
    EcgEvalError
        When there is none of that name, or it is not what its contract asks.
    """
    return registry.load(kind, name, contract=CONTRACTS.get(kind, Plugin))


def make(
    kind: str, name: str, arguments: Mapping[str, object] = MappingProxyType({}), *, root: Path | None = None
) -> Any:
    """Return a plug-in made with the arguments of a configuration; paths are relative to `root`.

    Raises
    ------
    EcgEvalError
        What is wrong with its name or arguments.
    """
    cls = load(kind, name)
    where = f"{kind}.{name}"
    with calling(where, "plug-in", "made with the arguments given"):
        made = registry.create(cls, arguments, where=where, root=root)
    if isinstance(made, Model):
        learnt = made.trained_on
        if not isinstance(learnt, tuple) or not all(isinstance(archive, str) for archive in learnt):
            raise PluginError(where, "trained_on", "a tuple of str", learnt, "An empty one says that nothing was seen.")
        trainings("; ".join(learnt))
    return made


@contextmanager
def calling(who: str, what: str, rule: str = "handed over") -> Iterator[None]:
    """Turn whatever strange happens inside a plug-in, an exit included, into one sentence.

    Its own words about a user's data or files (any `EcgEvalError`) pass as they are.
    """
    try:
        yield
    except EcgEvalError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(who, what, rule, in_words(error), "See the plug-in's code.") from error


def in_words(error: BaseException) -> str:
    """Return another program's error in a line: its kind and the beginning of its message.

    Examples
    --------
    >>> in_words(ValueError("no such layer"))
    'ValueError: no such layer'
    >>> in_words(SystemExit())
    'SystemExit'
    """
    text = " ".join(str(error).split())
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:_SAID]
