"""Lay out what ``rehearse.py`` found, as tables for docs/rehearsal.md and as a plot beside it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.stats.proportion.proportions import single_proportion

MARK = "studies"


def page(
    size: str, with_effect: pd.DataFrame, without: pd.DataFrame, power: Mapping[tuple[int, int], pd.DataFrame]
) -> str:
    """Return all tables as Markdown, headed by the size of a study in words ("12 GPs, 240 ECGs, ...")."""
    lines = [
        f"{int(with_effect['n'].iloc[0])} studies of {size}, in a crossover; "
        "mean over readers, all findings together where none is named.",
        "",
        "| readers who take advice as published | true | mean estimate | bias, in its standard error | 95 % interval "
        "covers | interval excludes 0 (power) |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for quantity, row in with_effect.iterrows():
        name, n = str(quantity), int(row["n"])
        covers = "no interval" if np.isnan(row["n_covered"]) else share(int(row["n_covered"]), n)
        # of what is a proportion or an agreement, 0 is no hypothesis
        tested = name.startswith(("aid_effect", "sensitivity_gap"))
        found = share(int(row["n_found"]), n) if tested else ""
        lines.append(
            f"| {name} | {row['true']:.4f} | {row['mean']:.4f} | {row['bias_in_se']:+.1f} | {covers} | {found} |"
        )
    lines += [
        "",
        f"| readers who take no advice, {int(without['n'].iloc[0])} studies | mean estimate | "
        "interval excludes 0 (5 % expected) |",
        "|---|--:|--:|",
    ]
    for quantity, row in without.iterrows():
        lines.append(f"| {quantity} | {row['mean']:+.4f} | {share(row['n_found'], int(row['n']))} |")
    return "\n".join([*lines, *(_power(power) if power else [])])


def _power(power: Mapping[tuple[int, int], pd.DataFrame]) -> list[str]:
    lines: list[str] = []
    records = sorted({n for _, n in power})
    head = " | ".join(f"{n} ECGs" for n in records)
    n = int(next(iter(power.values()))["n"].iloc[0])
    for quantity in ("aid_effect_sensitivity", "aid_effect_specificity"):
        lines += ["", f"| power, {quantity}, {n} studies each | {head} |", "|---" + "|--:" * len(records) + "|"]
        for readers in sorted({r for r, _ in power}):
            cells = [share(int(power[readers, k]["n_found"][quantity]), n) for k in records]
            lines.append(f"| {readers} GPs | {' | '.join(cells)} |")
    return lines


def share(n_events: int, n: int) -> str:
    """Return a percentage with its 95 % interval."""
    found = single_proportion(n_events=int(n_events), n=n)
    value, low, high = (100 * float(x) for x in (found.value, found.low, found.high) if x is not None)
    return f"{value:.1f} % ({low:.1f}-{high:.1f})"


def draw(with_effect: pd.DataFrame, path: Path) -> None:
    """Draw bias in standard errors and coverage with its interval, one line a quantity."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    # text as text and fixed identifiers keep the file small and the same from run to run
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "rehearsal", "font.size": 7})
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True, layout="constrained")
    y = np.arange(len(with_effect))
    left.axvspan(-1.96, 1.96, color="0.92")
    left.axvline(0, color="0.6", linewidth=0.8)
    left.plot(with_effect["bias_in_se"], y, "o", markersize=3, color="#1f4e79")
    left.set(xlim=(-5, 5), ylim=(len(y) - 0.5, -0.5), title="bias, in its standard error")
    left.set_yticks(y, [str(name).replace("_", " ") for name in with_effect.index])
    right.axvline(0.95, color="0.6", linewidth=0.8)
    for place, (_, row) in zip(y, with_effect.iterrows(), strict=True):
        if not np.isnan(row["n_covered"]):
            found = single_proportion(n_events=int(row["n_covered"]), n=int(row["n"]))
            right.plot([found.low, found.high], [place, place], color="#1f4e79", linewidth=1)
            right.plot([found.value], [place], "o", markersize=3, color="#1f4e79")
    right.set(xlim=(0.85, 1.0), title="coverage of 95 % intervals")
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
