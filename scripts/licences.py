"""The licences of all that a user of the package installs, as a page: docs/licences.md.

``python scripts/licences.py build/licences.json`` takes what pip-licenses says of the environment (``make sbom``) and
keeps the packages that ecg-eval and its extras for users need, directly or through others.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
EXTRAS = ("cluster", "formats", "networks", "pdf")  # what users install; not what developers do
HEAD = """\
# Licences of what is inside

ecg-eval itself is Apache-2.0. Below is every package that it or one of its extras for users (`cluster`, `formats`,
`networks`, `pdf`) needs, directly or through another package, with the licence that the package states. What only
developers install is not listed. Made by `make sbom`, which also leaves a bill of materials (CycloneDX) in
`build/sbom.json`; versions are those of `constraints.txt`.

| package | version | licence | home |
|---|---|---|---|
"""


def needed() -> dict[str, None]:
    """Return the packages that users install, by their canonical names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(t for extra in EXTRAS for t in project["optional-dependencies"][extra])]
    found: dict[str, None] = {}
    waiting = [one for text in texts for one in _wanted(Requirement(text))]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found[name] = None
        waiting += _of(name, extra)
    return found


def _of(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield the packages that one needs here, each with every extra that is asked of it."""
    try:
        texts = requires(name) or []
    except PackageNotFoundError:  # of another platform
        return
    for requirement in map(Requirement, texts):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield from _wanted(requirement)


def _wanted(requirement: Requirement) -> list[tuple[str, str]]:
    return [(canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stated", type=Path, help="what pip-licenses wrote, as JSON")
    stated = json.loads(parser.parse_args().stated.read_text(encoding="utf-8"))
    inside = needed()
    rows = {canonicalize_name(one["Name"]): one for one in stated}
    lines = [
        f"| {one['Name']} | {one['Version']} | {' '.join(one['License'].split())} | {one['URL']} |\n"
        for name, one in sorted(rows.items())
        if name in inside
    ]
    PAGE.write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"{PAGE}: {len(lines)} packages")


if __name__ == "__main__":
    main()
