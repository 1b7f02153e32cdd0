"""Reading the case files of the binary topics, and naming results as those cases do."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Answers = dict[str, object]
Column = NDArray[np.float64]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def columns(path: Path) -> dict[str, NDArray[np.str_]]:
    table = rows(path)
    return {name: np.array([row[name] for row in table]) for name in table[0]}


def expected_names(case_dir: Path) -> list[str]:
    return [e["name"] for e in json.loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]]


def asked(names: list[str], pattern: str) -> list[str]:
    """Return the parameters that the expected names ask for, such as margins or levels, each once."""
    return sorted({match[1] for name in names if (match := re.search(pattern, name))})


def put(answers: Answers, prefix: str, **quantities: object) -> None:
    """Name results: ``prefix|quantity``, the quantity with spaces for underscores where the case has them."""
    answers.update({f"{prefix}|{name}": value for name, value in quantities.items()})


def put_bounds(
    answers: Answers, prefix: str, bounds: tuple[Column, Column], low: str = "low", high: str = "high"
) -> None:
    answers[f"{prefix}{low}"], answers[f"{prefix}{high}"] = (float(b) if np.isfinite(b) else None for b in bounds)
