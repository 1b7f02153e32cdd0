"""Measure speed beside peers, in one run, and write the tables.

    python benchmarks/run.py                           # print
    python benchmarks/run.py --out docs/benchmarks.md  # and keep
    python benchmarks/run.py --only reading            # one module

Each module of this folder prints its tables as markdown; ratios hold better than seconds.
"""

import argparse
import ast
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LUDB = HERE.parents[1] / "shared" / "data" / "ludb"


def measure(only: list[str]) -> str:
    """Return the tables of the modules named, or of all, each run in a process of its own."""
    names = only or sorted(p.stem for p in HERE.glob("*.py") if p.stem != "run")
    needs = {"measurements": LUDB}
    parts = []
    for name in names:
        if name in needs and not needs[name].exists():
            parts.append(f"## {name.capitalize()}\n\nNot measured: needs {needs[name].name} beside the project.\n")
            continue
        words = [sys.executable, str(HERE / f"{name}.py"), *([str(needs[name])] if name in needs else [])]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
        story = (ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))) or name).split("\n\n")[
            0
        ]
        parts.append(f"## {name.capitalize()}\n\n{story}\n\n{done.stdout.strip()}\n")
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
