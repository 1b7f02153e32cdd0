"""Docstrings of the public modules keep numpydoc's rules, as far as they catch what is wrong and not what is short.

Left out are the rules that ask for more text everywhere (an extended summary, an example, "See Also", a section of
parameters for a function of one line); a section that is there is whole, in order, and of arguments that exist.
"""

import pkgutil
import re
from importlib import import_module
from inspect import isclass, isfunction
from types import ModuleType

import pytest
from numpydoc.validate import validate

import ecg_eval
from ecg_eval.domain import contracts

CHECKS = {
    *("GL01", "GL02", "GL03", "GL05", "GL06", "GL07", "GL10"),  # layout, sections that exist, in their order
    *("SS01", "SS02", "SS03", "SS04", "SS06"),  # one summary line
    *("PR01", "PR02", "PR05", "PR06", "PR09", "PR10"),  # the arguments that there are, and a section is whole
    "RT05",
}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(ecg_eval.__path__, "ecg_eval.")
    if not module.ispkg and "._" not in module.name
)


def public_names(module: ModuleType) -> list[str]:
    """Return the dotted names of a module's own functions, classes and their methods."""
    names = []
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if isfunction(thing) or isclass(thing):
            names.append(f"{module.__name__}.{name}")
        if isclass(thing):
            own = [key for key, value in vars(thing).items() if isfunction(value) and not key.startswith("_")]
            names += [f"{module.__name__}.{name}.{key}" for key in own]
    return names


def faults(name: str, *, whole: bool = False) -> list[str]:
    """Return what is wrong with one docstring; unless `whole`, a section of parameters need not be there."""
    report = validate(name)
    has_section = "Parameters\n----------" in (report["docstring"] or "")
    return [
        f"{name}: {code} {message}"
        for code, message in report["errors"]
        if code in CHECKS and (code != "PR01" or has_section or whole)
    ]


CONTRACTS = [c for c in vars(contracts).values() if isclass(c) and c.__module__ == contracts.__name__]


def undescribed(contract: type) -> list[str]:
    """Return what a contract promises or takes and its docstring does not name."""
    described = set(re.findall(r"\w+", contract.__doc__ or ""))
    return [name for name in vars(contract).get("__annotations__", {}) if name[0] != "_" and name not in described]


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_keep_the_rules(module: str) -> None:
    assert [fault for name in public_names(import_module(module)) for fault in faults(name)] == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_contracts_describe_all_that_they_state_and_take(contract: type) -> None:
    """What a plug-in's writer reads first is whole: every attribute, and the parameters of every method."""
    assert undescribed(contract) == []
    own = [key for key, value in vars(contract).items() if isfunction(value) and not key.startswith("_")]
    where = f"{contract.__module__}.{contract.__name__}"
    assert [fault for key in own for fault in faults(f"{where}.{key}", whole=True)] == []


def test_a_contract_that_leaves_something_out_is_seen() -> None:
    class Short:
        """One attribute, given : int."""

        given: int
        left_out: str

    assert undescribed(Short) == ["left_out"]
