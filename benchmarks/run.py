"""Measure speed beside peers, in one run, and write the tables.

    python benchmarks/run.py                           # print
    python benchmarks/run.py --out docs/benchmarks.md  # and keep
    python benchmarks/run.py --only reading            # one module

Each module of this folder prints its tables as markdown from ``main()``; ratios hold better than seconds.
"""

import argparse
import io
import os
import platform
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))


def measure(only: list[str]) -> str:
    """Return the tables of the modules named, or of all."""
    names = only or sorted(p.stem for p in HERE.glob("*.py") if p.stem != "run")
    parts = []
    for name in names:
        module = import_module(name)
        printed = io.StringIO()
        with redirect_stdout(printed):
            module.main()
        story = (module.__doc__ or name).strip()
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{story}\n\n{printed.getvalue().strip()}\n")
        print(parts[-1], flush=True)
    return "\n".join(parts)


def main() -> None:
    """Read the command line, measure, and write."""
    reader = argparse.ArgumentParser(description="Measure speed beside peers, in one run.")
    reader.add_argument("--out", type=Path, help="markdown file to write")
    reader.add_argument("--only", action="append", default=[], help="module to run; may be given several times")
    chosen = reader.parse_args()
    tables = measure(chosen.only)
    if chosen.out:
        head = (
            "# Benchmarks\n\nMade by `make bench`: our time beside a peer's in one run, values held equal. Ratios hold "
            f"better than seconds.\n\nMachine: {platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}.\n\n"
        )
        chosen.out.write_text(head + tables, encoding="utf-8")


if __name__ == "__main__":
    main()
