"""Repeat simulated studies of every design: whether intervals cover the effect, and find none where none is.

Run: python scripts/rehearse_designs.py [--studies 2000] [--only parallel stepped_wedge] [--jobs 2]

Each study is one of ``rehearse.py`` (12 GPs in practices, 240 ECGs, two findings), read in another design, and analysed
by the metrics as every run does: the design is recognised from the readings. The effect of help on right readings is
the same number in all designs, since it is a difference of two probabilities over readers and ECGs, so that one
truth serves them all. With ``--only`` some designs are made anew and the others' rows stay.
"""

import argparse
import itertools
from collections.abc import Mapping
from functools import partial
from math import sqrt
from pathlib import Path

import page_tables
import pandas as pd
from rehearsal_page import share
from rehearse import EFFECT_NAMES, Design, population, recovered, repeated, study

from ecg_eval.domain.design import design_of
from ecg_eval.domain.evaluation import POOLED, single_rows
from ecg_eval.pipeline.plugins import make

MARK = "designs"
NAMES = ("crossed", "crossover", "sequential", "split_plot", "half_and_half", "parallel", "stepped_wedge")
BY_MODEL = ("stepped_wedge",)  # takes longest


def one(seed: int, name: str, reliance: float) -> list[dict[str, object]]:
    """Return one row an effect of one study, all findings together."""
    given, _ = study(Design(name=name, reliance=reliance), seed)
    if design_of(given).name != name:
        raise ValueError(f"seed {seed}: {name} was taken for {design_of(given).name}")
    found: list[dict[str, object]] = []
    for metric in EFFECT_NAMES:
        rows = single_rows(make("metrics", metric).rows(given, level=0.95))
        e = next(r.estimate for r in rows if r.is_group and r.finding == POOLED and not r.subgroup)
        found.append({"quantity": metric, "value": e.value, "low": e.low, "high": e.high, "own_true": float("nan")})
    return found


def counted(name: str, n: int, true: pd.DataFrame, *, jobs: int = 1) -> pd.DataFrame:
    """Return coverage with the effect put in, and false findings without it, of one design: one row an effect."""
    nothing = pd.DataFrame({"true": 0.0, "true_error": 0.0}, index=list(EFFECT_NAMES))
    with_effect = recovered(repeated(range(n), partial(one, name=name, reliance=1.0), jobs=jobs), true)
    none = partial(one, name=name, reliance=0.0)
    without = recovered(repeated(range(100_000, 100_000 + n), none, jobs=jobs), nothing)
    # who reads an ECG again at once and takes no advice changes nothing: no interval, and nothing that could be found
    without = without.reindex(columns=["n_found", "n"]).fillna({"n_found": 0})
    table = with_effect.join(without.add_suffix("_null"))
    return table.assign(design=name)


def within(count: float, n: float, nominal: float) -> bool:
    """Whether a rate lies within three Monte Carlo errors of what it should be; too few false findings are none."""
    error = 3 * sqrt(nominal * (1 - nominal) / n)
    return count / n <= nominal + error if nominal < 0.5 else abs(count / n - nominal) <= error


def rows_of(table: pd.DataFrame) -> list[str]:
    """Return a design's rows in Markdown, every cell printed; what lies further than three errors away is marked."""
    lines = []
    for name, row in table.iterrows():
        cells = []
        for count, n, nominal in (("n_covered", "n", 0.95), ("n_found_null", "n_null", 0.05)):
            mark = "" if within(row[count], row[n], nominal) else " **!**"
            cells.append(f"{share(int(row[count]), int(row[n]))}{mark}")
        undefined = f", {int(row['n_undefined'])} not computed" if row["n_undefined"] else ""
        lines.append(
            f"| {row['design']} ({int(row['n'])}{undefined}) | {name} | {row['true']:.4f} | {row['mean']:.4f} "
            f"| {row['bias_in_se']:+.1f} | {cells[0]} | {cells[1]} |"
        )
    return lines


def page(rows: Mapping[str, list[str]]) -> str:
    """Return the table of all designs in their order."""
    lines = [
        "| design (studies) | effect | true | estimate | bias, in its SE | 95 % interval covers | false findings |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    return "\n".join([*lines, *itertools.chain.from_iterable(rows[name] for name in NAMES if name in rows)])


def rows_on(page: Path) -> dict[str, list[str]]:
    """Return the rows that a page has already, by design."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return {name: some for name in NAMES if (some := [line for line in lines if line.startswith(f"| {name} (")])}


def main() -> None:
    """Repeat, print, write after each design."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="DESIGN")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/rehearsal.md"))
    given = parser.parse_args()
    true = population(1.0)
    for name in given.only:
        made = rows_of(counted(name, given.studies, true, jobs=given.jobs))
        page_tables.put(given.out, MARK, page(rows_on(given.out) | {name: made}))
        print("\n".join(made))


if __name__ == "__main__":
    main()
