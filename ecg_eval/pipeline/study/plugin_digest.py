"""What a plug-in is made of: its code, wherever that lives, and the files that its arguments name.

A stage whose plug-in has new code or new weights must be done again. The code is the source of its module and of every
module that it imports, followed without importing anything, as far as they are the user's own; of an installed package
the version stands for the code. This package's own files have a digest of their own (``provenance.code_digest``).
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from ecg_eval.config.schema import Plug
from ecg_eval.pipeline.plugins import load

_HERE = "ecg_eval"
_LONGEST = 1024  # letters of an argument that may be a path
_FOLDERS = ("models", "references", "metrics", "sections")  # of datasets and panels, their own digests say what is read


def plugin_digests(kind: str, plug: Plug, *, root: Path) -> dict[str, str]:
    """Return digests of what a plug-in is made of, by what they are of.

    Parameters
    ----------
    kind : str
    plug : Plug
        Its name and arguments.
    root : Path
        What paths in its arguments are relative to.

    Returns
    -------
    dict
        ``code MODULE`` and ``file NAME`` to a SHA-256, ``package NAME`` to a version; empty for a plug-in of this
        package without files.
    """
    module = load(kind, plug.name).__module__
    return code_digests(module) | _file_digests(plug.arguments, root, folders=kind in _FOLDERS)


def content_of(value: object, root: Path) -> object:
    """Return arguments with each file and folder that they name as the digest of its content, wherever it lies."""
    if isinstance(value, Mapping):
        return {str(key): content_of(part, root) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [content_of(part, root) for part in value]
    digests = _file_digests({"": value}, root, folders=True)
    return sorted(digests.values()) if digests else value


def code_digests(module: str) -> dict[str, str]:
    """Return the digest of a module's source and of all that it imports, or versions where those are installed."""
    digests: dict[str, str] = {}
    ahead, seen = _with_packages(module), set()
    while ahead:
        name = ahead.pop()
        top = name.split(".", maxsplit=1)[0]
        if name in seen or top == _HERE or top in sys.stdlib_module_names:
            continue
        seen.add(name)
        spec = _spec(top)
        if spec is not None and spec.origin is not None and _is_installed(Path(spec.origin)):
            digests |= _versions(top)
            continue
        spec = _spec(name)
        if spec is None or spec.origin is None or not Path(spec.origin).is_file():
            continue
        content = Path(spec.origin).read_bytes()
        digests[f"code {name}"] = hashlib.sha256(content).hexdigest()
        ahead += _imported(content, name, is_package=spec.submodule_search_locations is not None)
    return digests


def _spec(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except (Exception, SystemExit):  # no such module, or a parent of it that fails when it is imported
        return None


def _is_installed(source: Path) -> bool:
    return any(part in ("site-packages", "dist-packages") for part in source.parts)


def _versions(name: str) -> dict[str, str]:
    versions = {}
    for distribution in _distributions().get(name, ()):
        try:
            versions[f"package {distribution}"] = version(distribution)
        except PackageNotFoundError:  # its folder went while it was listed
            continue
    return versions


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _imported(source: bytes, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the modules that a source names in its imports, at any depth of its code, with their packages."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # no Python: an extension module
        return
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module_name = ".".join([*base, *([node.module] if node.module else [])])
            # what is imported from a package may be a module of it
            names = [module_name, *(f"{module_name}.{alias.name}" for alias in node.names)] if module_name else []
        for name in names:
            yield from _with_packages(name)


def _with_packages(name: str) -> list[str]:
    """Return a module's name after those of the packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _file_digests(arguments: Mapping[str, object], root: Path, *, folders: bool) -> dict[str, str]:
    """Return the digest of every file, and of all files of every folder, that arguments name."""
    digests = {}
    for name in _texts(arguments):
        path = root / name
        try:
            if path.is_file():
                digests[f"file {name}"] = _digest_of(path)
            elif folders and path.is_dir():
                inside = sorted(p for p in path.rglob("*") if p.is_file())
                digests |= {f"file {name}/{p.relative_to(path).as_posix()}": _digest_of(p) for p in inside}
        except OSError as error:
            digests[f"file {name}"] = f"not readable: {error.strerror}"
    return digests


def _texts(value: object) -> Iterator[str]:
    """Yield every text of arguments that may be a path."""
    if isinstance(value, str | Path):
        if value and len(str(value)) <= _LONGEST and "\0" not in str(value):
            yield str(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
