"""Simulate coverage and type I error of our intervals and tests, and write the document that says so.

    python scripts/simulate_statistics.py                     # all topics -> docs/statistics/coverage.md and .svg
    python scripts/simulate_statistics.py --only binary       # one topic, printed, nothing written

The scenarios are in tests/simulation; their seeds are fixed, so that the same code gives the same document.
"""

import argparse
import math
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from simulation import DRAWN, Grid, Rows, points, topics

DOCUMENT = Path(__file__).parents[1] / "docs" / "statistics" / "coverage.md"
INTRODUCTION = """# Coverage and type I error

Simulated with known truth by `python scripts/simulate_statistics.py`; the scenarios and their fixed seeds are in
`tests/simulation`. A coverage should be near its nominal 0.95, and rather above; a type I error near its nominal level,
and rather below. Where one method of a table is the default it is in bold; the others are shown for comparison, and
those that are anti-conservative are not defaults for that reason. A dash: no interval or no test in that setting. In
the plot a rate beyond the frame stands on its edge.

![Rates of every method in every setting, by table](coverage.svg)
"""


def markdown(table: Grid | Rows) -> str:
    """Return a table as markdown: a grid with methods as rows and settings as columns, other rows as they are."""
    return _grid(table) if isinstance(table, Grid) else _rows(*table)


def _grid(table: Grid) -> str:
    settings = list(dict.fromkeys(cell.setting for cell in table.cells))
    rates = {(cell.method, cell.setting): cell.rate for cell in table.cells}
    lines = [f"### {table.title}", "", table.note, "", f"| method | {' | '.join(settings)} |"]
    lines.append("|---" * (len(settings) + 1) + "|")
    for method in dict.fromkeys(cell.method for cell in table.cells):
        found = [rates.get((method, setting), math.nan) for setting in settings]
        cells = [method, *("-" if math.isnan(rate) else f"{rate:.3f}" for rate in found)]
        lines.append(f"| {' | '.join(f'**{c}**' if method == table.default else c for c in cells)} |")
    return "\n".join([*lines, ""])


def _rows(title: str, rows: Sequence[Mapping[str, object]]) -> str:
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "limits"]
    lines = [f"### {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(_cell(row.get(name, '-')) for name in columns)} |" for row in rows]
    return "\n".join([*lines, ""])


def _cell(value: object) -> str:
    """Return a rate with the three decimals that its simulations can tell."""
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def draw(tables: Sequence[Grid | Rows], path: Path) -> None:
    """Draw every rate as a point, one panel a table, one line a method, the nominal rate as a vertical line."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    # text as text and fixed identifiers keep the file small and the same from run to run
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "coverage", "font.size": 7})
    drawn = [(table, found) for table in tables if (found := [p for p in points(table) if not math.isnan(p.rate)])]
    heights = [len({p.method for p in found}) + 2 for _, found in drawn]
    figure, axes = plt.subplots(
        len(drawn), 1, figsize=(7, 0.16 * sum(heights)), height_ratios=heights, layout="constrained", squeeze=False
    )
    for axis, (table, found) in zip(axes[:, 0], drawn, strict=True):
        grid = isinstance(table, Grid)
        title, default = (table.title, table.default) if isinstance(table, Grid) else (table[0], None)
        target = table.target if isinstance(table, Grid) else DRAWN[found[0].setting]
        methods = list(dict.fromkeys(p.method for p in found))
        low, high = (target - 0.15, 1.0) if target > 0.5 else (0.0, target + 0.1)
        axis.axvline(target, color="0.6", linewidth=0.8)
        x = [min(max(p.rate, low), high) for p in found]
        axis.plot(x, [methods.index(p.method) for p in found], "o", markersize=2.5, color="#1f4e79", alpha=0.7)
        axis.set(xlim=(low - 0.005, high + 0.005), ylim=(len(methods) - 0.5, -0.5), title=title)
        axis.set_yticks(range(len(methods)), [f"{m} (default)" if grid and m == default else m for m in methods])
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios; write the document and its plot, or print one topic."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    parser.add_argument("--only", help="one topic, such as binary; printed, nothing written")
    options = parser.parse_args(arguments)
    parts: list[str] = [INTRODUCTION]
    tables: list[Grid | Rows] = []
    for topic in topics():
        name = topic.__name__.rpartition(".")[2]
        if options.only not in (None, name):
            continue
        parts.append(f"## {(topic.__doc__ or name).partition(chr(10))[0].rstrip('.')}\n")
        for scenario in topic.SCENARIOS:
            begun = time.perf_counter()
            tables.append(scenario())
            print(f"{name}:{scenario.__name__}: {time.perf_counter() - begun:.1f} s", file=sys.stderr)
            parts.append(markdown(tables[-1]))
    if options.only is not None:
        print("\n".join(parts[1:]))
        return 0 if tables else 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join(parts), encoding="utf-8")
    draw(tables, options.out.with_suffix(".svg"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
