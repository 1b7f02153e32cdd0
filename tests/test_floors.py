"""The house stands on one-way floors: a test reads the imports of every file and holds them (docs/architecture.md)."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from ecg_eval.registry import KINDS

ROOT = Path(__file__).parents[1] / "ecg_eval"

SHELF = (  # rooms that do not know each other
    *(
        "datasets",
        "models",
        "panels",
        "references",
        "metrics",
        "perturbations",
        "planning",
        "reports",
        "tracking",
        "storage",
    ),
)
GROUND = ("stats", "signals", "config", "registry")

ALLOWED: dict[str, tuple[str, ...]] = {
    "errors": (),
    **dict.fromkeys(GROUND, ("errors",)),
    "domain": ("errors", "stats.estimate"),
    "tables": ("errors", "domain"),
    "drawing": ("errors", "domain"),
    **dict.fromkeys(SHELF, ("errors", *GROUND, "domain", "tables", "drawing")),
    "pipeline": ("errors", *GROUND, "domain", "tables", "drawing", *SHELF),
    "cli": ("errors", "pipeline", "config"),
    "": ("errors", "domain", "stats.estimate", "pipeline", "config"),  # the face, ecg_eval/__init__.py
    "__main__": ("cli",),
}

# Rooms that hold rooms: what each sub-room may import beside itself, of its own room. Files beside them may import all.
SUB_ROOMS: dict[str, dict[str, tuple[str, ...]]] = {
    "stats": {
        "proportion": ("estimate",),
        "resampling": ("estimate",),
        "mixed": ("estimate",),
        "clusters": ("estimate", "proportion"),
        "diagnostic": ("estimate", "proportion", "clusters"),
        "agreement": ("estimate", "proportion", "clusters", "multiplicity"),
        "measurement": ("estimate", "proportion", "clusters"),
        "roc": ("estimate", "resampling", "clusters"),
        "probability": ("estimate", "resampling", "roc", "clusters"),
        "mrmc": ("estimate", "packed", "proportion"),
        "sample_size": ("mrmc", "roc"),
        "meta": ("estimate", "mixed"),
        "allotment": (),
        "latent": ("estimate", "resampling"),
    },
    "datasets": {
        "_wfdb_files": (),
        "_heart": (),
        "_fetching": (),
        "_ptb_xl": ("_wfdb_files",),
        "_clinical": ("_wfdb_files", "_tables"),
        "_packing": ("_wfdb_files", "_fetching"),
        "_tables": ("_wfdb_files", "_packing"),
    },
    "tables": {
        "presets": ("workbooks",),
    },
    "references": {
        "votes": (),
    },
    "perturbations": {
        "_parts": (),
    },
    "planning": {
        "designs": ("size_design",),
        "cases": ("wordings", "text_table"),
        "monitoring": ("wordings", "text_table"),
        "rehearsal": (),
        "schedules": ("wordings", "text_table"),
        "materials": ("schedules", "wordings"),
    },
    "pipeline": {
        "executors": (),
        "apart": (),
        "study": ("executors", "plugins", "progress", "oddities", "apart", "metering", "energy", "explanations"),
        "drafting": (),
        "observatory": ("study", "pages"),
        "papers": ("study", "progress"),
        "adjudication": ("study", "papers", "progress", "apart"),
        "cases": ("study", "progress"),
        "rehearsal": ("study", "plugins", "progress", "simulate"),
        "archives": ("study", "plugins", "progress"),
        "stress": ("study", "executors", "analysis", "frame_rows", "pages", "plugins", "progress"),
        "comparison": ("study", "archives", "analysis"),
        "matrix": ("study", "executors", "analysis", "frame_rows", "pages", "progress"),
        "shards": ("study", "executors", "apart", "progress"),
        "training": ("study", "executors", "progress"),
        "model_check": ("study", "apart", "metering", "progress"),
    },
}

PLUGIN_ROOMS = [room for rooms in KINDS.values() for room in rooms]
MOST_FILES = 26  # that one can look at
MORE_FILES = {"metrics": 80, "sections": 80, "models": 30}  # of plug-ins, which are looked up by name

DOORS = {
    "wfdb": {"datasets"},
    "requests": {"datasets", "models"},
    "urllib3": {"datasets"},  # comes with requests
    "h5py": {"datasets"},
    "pydicom": {"datasets"},
    "edfio": {"datasets"},
    "ecgdatakit": {"datasets"},
    "defusedxml": {"datasets"},
    "neurokit2": {"signals"},
    "sklearn": {"models"},
    "joblib": {"models"},  # comes with scikit-learn
    "threadpoolctl": {"models", "pipeline"},  # comes with scikit-learn
    "torch": {"models"},
    "safetensors": {"models"},
    "captum": {"models"},
    "mlflow": {"tracking"},
    "PIL": {"drawing"},
    "filelock": {"storage", "tracking"},
    "distributed": {"pipeline"},
    "jinja2": {"reports"},
    "matplotlib": {"reports"},
    "pydantic": {"config"},
    "yaml": {"config"},
    "openpyxl": {"tables", "datasets"},
    "typer": {"cli"},
    "codecarbon": {"pipeline"},
    "weasyprint": {"drawing"},
    "docx": {"reports"},
}

# Text becomes numbers to the last bit (domain/decimals.py); pandas' own parsers are off in the last digit. They may be
# used by the door itself, which asks them what is a number, and for whole numbers, which are exact anyway.
INEXACT = {"ecg_eval/domain/decimals.py", "ecg_eval/domain/evaluation.py"}
PARSERS = ("ecg_eval", "tests/oracles", "scripts", "benchmarks")

FILES = sorted(ROOT.rglob("*.py"))


def room_of(dotted: str) -> str:
    """Return the room of a module below ecg_eval: its first name, '' for the face itself."""
    return dotted.split(".", maxsplit=1)[0] if dotted else ""


@cache
def tree_of(path: Path) -> ast.Module:
    """Return what a file holds, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> list[str]:
    """Return every module that a file imports, at any depth of the code, as absolute dotted names."""
    package = list(path.relative_to(ROOT.parent).with_suffix("").parts)
    if package[-1] == "__init__":
        package = [*package[:-1], "__init__"]
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


def upwards(path: Path) -> Iterator[str]:
    """Yield the imports of a file that its room may not make."""
    me = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")
    room = room_of(me)
    for name in imports_of(path):
        target = name.removeprefix("ecg_eval").removeprefix(".")
        if name.split(".")[0] != "ecg_eval" or room_of(target) == room:
            continue
        if not any(target == a or target.startswith(a + ".") for a in ALLOWED[room]):
            yield f"{me or 'ecg_eval'} ({room}) may not import {name}"


def through_other_doors(path: Path) -> Iterator[str]:
    """Yield the libraries that a file imports outside their door."""
    room = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in imports_of(path):
        library = name.split(".")[0]
        if library in DOORS and room not in DOORS[library]:
            yield f"{path.name}: {library} may only be imported in {DOORS[library]}"


@pytest.mark.parametrize("fault", [upwards, through_other_doors])
def test_no_file_imports_what_it_may_not(fault: Callable[[Path], Iterator[str]]) -> None:
    assert len(FILES) > 500
    assert [line for path in FILES for line in fault(path)] == []


def test_every_room_is_on_a_floor() -> None:
    rooms = {p.stem if p.is_file() else p.name for p in ROOT.iterdir() if p.suffix == ".py" or p.is_dir()}
    unknown = rooms - set(ALLOWED) - {"__init__", "__pycache__"}
    assert not unknown, f"rooms without a floor: {sorted(unknown)}"


def box_of(dotted: str) -> str:
    """Return the sub-room of a module, or the file itself beside the sub-rooms: the second of its names."""
    return [*dotted.split("."), "", ""][1]


def arrows(room: str) -> dict[tuple[str, str], str]:
    """Return which box of a room imports which other, each with one import that does."""
    found: dict[tuple[str, str], str] = {}
    for path in (p for p in FILES if p.is_relative_to(ROOT / room)):
        me = box_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name in imports_of(path):
            target = box_of(name.removeprefix(f"{ROOT.name}."))
            if name.startswith(f"{ROOT.name}.{room}.") and me not in (target, "__init__"):
                found[me, target] = f"{path.relative_to(ROOT)} imports {name}"
    return found


def circle_in(edges: Iterable[tuple[str, str]]) -> set[str]:
    """Return the boxes that stand in a circle or lead only into one: those that taking away all ends leaves."""
    left = set(edges)
    while ends := {b for _, b in left} - {a for a, _ in left}:
        left = {(a, b) for a, b in left if b not in ends}
    while starts := {a for a, _ in left} - {b for _, b in left}:
        left = {(a, b) for a, b in left if a not in starts}
    return {a for a, _ in left}


@pytest.mark.parametrize("room", SUB_ROOMS)
def test_sub_rooms_import_only_what_their_room_lets_them(room: str) -> None:
    allowed = SUB_ROOMS[room]
    for (me, target), said in arrows(room).items():
        if me in allowed:
            assert target in allowed[me], f"{said}; {room}/{me} may import {allowed[me] or 'nothing'} of {room}/"


@pytest.mark.parametrize("room", SUB_ROOMS)
def test_every_sub_room_has_its_arrows_stated(room: str) -> None:
    there = {p.name for p in (ROOT / room).iterdir() if p.is_dir() and any(p.glob("*.py"))}
    assert there == set(SUB_ROOMS[room]), "sub-rooms and SUB_ROOMS differ"


@pytest.mark.parametrize("room", SUB_ROOMS)
def test_no_sub_room_is_in_a_circle(room: str) -> None:
    stated = {(me, target) for me, targets in SUB_ROOMS[room].items() for target in targets}
    assert not circle_in(stated | set(arrows(room)))


def test_no_folder_holds_more_files_than_one_can_look_at() -> None:
    for folder in (ROOT, *(p for p in ROOT.rglob("*") if p.is_dir())):
        files = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        most = MORE_FILES.get(folder.name, MOST_FILES)
        assert len(files) <= most, f"{folder.relative_to(ROOT.parent)} holds {len(files)} files, more than {most}"


@pytest.mark.parametrize("room", PLUGIN_ROOMS)
def test_a_room_of_plug_ins_holds_no_private_files(room: str) -> None:
    private = [p.name for p in (ROOT / room).glob("_*.py") if p.name != "__init__.py"]
    assert not private, f"{room} is a list of names for users: parts of plug-ins go into sub-rooms"


def test_no_floor_or_door_is_of_something_that_is_not_there() -> None:
    gone = [room for room in ALLOWED if room and not ((ROOT / room).is_dir() or (ROOT / f"{room}.py").is_file())]
    libraries = {name.split(".")[0] for path in FILES for name in imports_of(path)}
    assert not gone
    assert not set(DOORS) - libraries, "libraries that nothing imports"


def test_scripts_do_not_import_each_other_in_circles() -> None:
    scripts = {p.stem: p for p in (ROOT.parent / "scripts").glob("*.py")}
    edges = {(me, name.split(".")[0]) for me, path in scripts.items() for name in imports_of(path)}
    assert not circle_in((a, b) for a, b in edges if b in scripts)


def is_exact(call: ast.Call) -> bool:
    """Return whether a call of a parser of pandas keeps numbers to the last bit, or reads none."""
    said = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    return said.get("float_precision") == "round_trip" or said.get("dtype") == "string" or said.get("nrows") == 0


@pytest.mark.parametrize("folder", PARSERS)
def test_text_becomes_numbers_to_the_last_bit(folder: str) -> None:
    inexact = [
        f"{path.relative_to(ROOT.parent)}:{node.lineno}"
        for path in sorted((ROOT.parent / folder).rglob("*.py"))
        if path.relative_to(ROOT.parent).as_posix() not in INEXACT and "own" not in path.parts
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr == "to_numeric")
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "read_csv" and not is_exact(node))
    ]
    assert not inexact, "read text by domain/decimals.py's numbers_of, files with float_precision='round_trip'"
