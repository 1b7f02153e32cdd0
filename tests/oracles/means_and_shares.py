"""Power in closed form: t tests, two proportions, McNemar and precision, as statsmodels computes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import loads
from pathlib import Path

from ecg_eval.stats.sample_size.independent import arcsine_effect, two_proportions_cases, two_proportions_power
from ecg_eval.stats.sample_size.means import (
    independent_means_cases,
    independent_means_power,
    paired_means_cases,
    paired_means_effect,
    paired_means_power,
)
from ecg_eval.stats.sample_size.paired import mcnemar_cases
from ecg_eval.stats.sample_size.proportions import proportion_cases

Given = dict[str, float]


def _given(text: str) -> Given:
    """Read "d 0.3, alpha 0.05" as numbers by name."""
    return {name.strip(): float(value) for name, value in re.findall(r"([A-Za-z][\w -]*?) ([\d.]+)(?:,|\||$)", text)}


def closed(case_dir: Path) -> Mapping[str, object]:
    """Answer questions/27: each name says what is asked, and with which numbers."""
    names = [entry["name"] for entry in loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]]
    return {name: _answer(name) for name in names}


def _answer(name: str) -> float | None:
    kind, given = name.split("|", maxsplit=1)[0], _given(name)
    if kind == "paired t":
        return _paired(name, given)
    if kind == "two-sample t":
        shared = {"effect": given["d"], "ratio": given["ratio"]}
        if "n1" in given:
            return independent_means_power(n_first=given["n1"], **shared).power
        return float(independent_means_cases(power=given["power"], **shared).inputs["n_first_exact"])
    if kind == "arcsine effect":
        return arcsine_effect(first=given["p1"], second=given["p2"])
    if kind.startswith("two proportions"):
        return _two_proportions(name, given)
    if kind == "McNemar":
        asked = {"p_only_first": given["p10"], "p_only_second": given["p01"]}
        return mcnemar_cases(alpha=given["alpha"], power=given["power"], **asked).n_total_exact
    return proportion_cases(expected=given["proportion"], half_width=given["half width"]).n_total_exact


def _paired(name: str, given: Given) -> float | None:
    test = {"alpha": given["alpha"], "sides": 1 if "|larger|" in name else 2}
    if name.endswith("smallest d"):
        return paired_means_effect(n=int(given["n"]), power=given["power"], **test).effect  # type: ignore[arg-type]
    if name.endswith("|power"):
        return paired_means_power(effect=given["d"], n=given["n"], **test).power  # type: ignore[arg-type]
    return paired_means_cases(effect=given["d"], power=given["power"], **test).n_total_exact  # type: ignore[arg-type]


def _two_proportions(name: str, given: Given) -> float | None:
    shared = {"first": given["p1"], "second": given["p2"], "test": "arcsine" if "(arcsine)" in name else "pooled"}
    n = given.get("n1", given.get("n per group"))
    if n is not None:
        second, sides = int(n * given.get("ratio", 1.0)), 1 if name.endswith("one-sided") else 2
        made = two_proportions_power(n_first=int(n), n_second=second, sides=sides, far_tail=True, **shared)  # type: ignore[arg-type]
        return made.power
    made = two_proportions_cases(power=given["power"], ratio=given.get("ratio", 1.0), **shared)  # type: ignore[arg-type]
    return float(made.inputs["n_first_exact"])


CASES = {"27-power-by-simulation-free": closed}
