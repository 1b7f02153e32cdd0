"""Files of studies that never were, for the tests of the observatory: counts that a reader can follow."""

import json
from collections.abc import Mapping
from pathlib import Path

from ecg_eval.domain.facts.observatory import (
    AccuracySummary,
    AgreementSummary,
    SoftwareSummary,
    StudySummary,
    Suppression,
)
from ecg_eval.domain.facts.plain import to_plain


def accuracy(right: int, positive: int, kept: int, negative: int, **changes: object) -> AccuracySummary:
    """Return one program's calls: right of the positive ECGs, kept of the negative ones."""

    def error(x: int, n: int) -> float | None:
        return (x / n * (1 - x / n) / n) ** 0.5 if 0 < x < n else None

    given: dict[str, object] = {
        "finding": "AF",
        "reader": "net",
        "is_software": True,
        "arm": "unaided",
        "readers": 1,
        "true_positive": right,
        "false_negative": positive - right,
        "false_positive": negative - kept,
        "true_negative": kept,
        "positive_ecgs": positive,
        "negative_ecgs": negative,
        "sensitivity": right / positive if positive else None,
        "sensitivity_error": error(right, positive) if positive else None,
        "specificity": kept / negative if negative else None,
        "specificity_error": error(kept, negative) if negative else None,
    }
    return AccuracySummary(**(given | changes))  # type: ignore[arg-type]


def summary(name: str, *accuracies: AccuracySummary, version: str = "1.0", **changes: object) -> StudySummary:
    """Return a study of one program."""
    given: dict[str, object] = {
        "study": name,
        "evaluation": name,
        "simulated": False,
        "design": "crossed",
        "dataset": "practice",
        "dataset_version": "",
        "reference": "majority",
        "devices": (),
        "software": (SoftwareSummary(name="net", version=version),),
        "period_start": "",
        "period_end": "",
        "ecgs": 200,
        "patients": 200,
        "people": {"gp": 5},
        "findings": ("AF",),
        "accuracy": accuracies,
        "agreement": (),
        "suppressed": Suppression(below=5, few_ecgs=0, small_counts=0, agreement=0),
        "ecg_eval": "0.1.0",
        "created": "2026-01-01",
    }
    return StudySummary(**(given | changes))  # type: ignore[arg-type]


def kappa(value: float, error: float) -> AgreementSummary:
    """Return Fleiss' kappa of GPs."""
    return AgreementSummary(
        finding="AF",
        arm="unaided",
        coefficient="fleiss_kappa",
        first="gp",
        second="gp",
        value=value,
        standard_error=error,
        ecgs=100,
    )


def written(folder: Path, studies: Mapping[str, StudySummary]) -> list[Path]:
    """Write studies' files; return their paths."""
    paths = []
    for name, study in studies.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(to_plain(study)), encoding="utf-8")
        paths.append(path)
    return paths
