"""The house stands on one-way floors: a test reads the imports of every file and holds them (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "ecg_eval"

SHELF = (  # rooms that do not know each other
    *("datasets", "models", "panels", "references", "metrics", "planning", "perturbations"),
    *("reports", "tracking", "storage"),
)
GROUND = ("stats", "signals", "config", "registry")

ALLOWED: dict[str, tuple[str, ...]] = {
    "errors": (),
    **dict.fromkeys(GROUND, ("errors",)),
    "domain": ("errors", "stats.estimate"),
    **dict.fromkeys(SHELF, ("errors", *GROUND, "domain")),
    "pipeline": ("errors", *GROUND, "domain", *SHELF),
    "cli": ("errors", "pipeline", "config"),
    "": ("errors", "domain", "stats.estimate", "pipeline", "config"),  # the face, ecg_eval/__init__.py
    "__main__": ("cli",),
}

DOORS = {
    "wfdb": {"datasets"},
    "requests": {"datasets"},
    "urllib3": {"datasets"},  # comes with requests
    "h5py": {"datasets"},
    "pydicom": {"datasets"},
    "edfio": {"datasets"},
    "ecgdatakit": {"datasets"},
    "defusedxml": {"datasets"},
    "neurokit2": {"signals"},
    "sklearn": {"models"},
    "joblib": {"models"},  # comes with scikit-learn
    "threadpoolctl": {"models"},  # comes with scikit-learn
    "torch": {"models"},
    "mlflow": {"tracking"},
    "jinja2": {"reports"},
    "matplotlib": {"reports"},
    "pydantic": {"config"},
    "yaml": {"config"},
    "openpyxl": {"panels", "datasets"},
    "dask": {"pipeline"},
    "typer": {"cli"},
    "numba": {"stats"},
}

FILES = sorted(ROOT.rglob("*.py"))


def room_of(dotted: str) -> str:
    """Return the room of a module below ecg_eval: its first name, '' for the face itself."""
    return dotted.split(".", maxsplit=1)[0] if dotted else ""


def imports_of(path: Path) -> list[str]:
    """Return every module that a file imports, at any depth of the code, as absolute dotted names."""
    package = list(path.relative_to(ROOT.parent).with_suffix("").parts)
    if package[-1] == "__init__":
        package = [*package[:-1], "__init__"]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_floors_below(path: Path) -> None:
    me = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")
    room = room_of(me)
    for name in imports_of(path):
        if name.split(".")[0] != "ecg_eval":
            continue
        target = name.removeprefix("ecg_eval").removeprefix(".")
        if room_of(target) == room:
            continue
        allowed = any(target == a or target.startswith(a + ".") for a in ALLOWED[room])
        assert allowed, f"{me or 'ecg_eval'} ({room}) may not import {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_outside_libraries_have_one_door(path: Path) -> None:
    room = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in imports_of(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert room in DOORS[library], f"{path.name}: {library} may only be imported in {DOORS[library]}"


def test_every_room_is_on_a_floor() -> None:
    rooms = {p.stem if p.is_file() else p.name for p in ROOT.iterdir() if p.suffix == ".py" or p.is_dir()}
    unknown = rooms - set(ALLOWED) - {"__init__", "__pycache__"}
    assert not unknown, f"rooms without a floor: {sorted(unknown)}"
