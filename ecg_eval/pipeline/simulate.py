"""Rehearsing a study of one's own: a simulated cohort in a folder, simulated readers of any archive in PTB-XL's layout.

What is written is what a real study would have: an archive that the ordinary loader reads, a readings file, a readers
file, and the configuration that evaluates them. Reports of it say "simulated" in their headline, always.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config, plain_yaml
from ecg_eval.config.schema import RunConfig
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.datasets.simulated import Simulated, write_cohort
from ecg_eval.domain.contracts import Dataset, PanelRequest
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.reading import ABSENT, PRESENT, readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, InputFileError
from ecg_eval.panels.simulated_gps import SimulatedGps
from ecg_eval.pipeline.study.build import make_dataset
from ecg_eval.pipeline.study.own_words import speaking_as

AI = "simulated_ai"
_WHO = "ecg-eval simulate"


@dataclass(frozen=True)
class Accuracy:
    """How often the simulated AI is right: sensitivity and specificity, the same for every finding, each in [0, 1]."""

    sensitivity: float
    specificity: float

    def __post_init__(self) -> None:
        """Refuse what is no proportion."""
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise ArgumentError(_WHO, f"the AI's {name}", "in [0, 1]", value)


@dataclass(frozen=True)
class Made:
    """What was written.

    Attributes
    ----------
    folder : Path
    n_records, n_patients : int
    n_readings : int
        0 for a cohort.
    """

    folder: Path
    n_records: int
    n_patients: int
    n_readings: int = 0


def simulate_cohort(
    out: Path, *, n_records: int = 1000, seed: int = 1, prevalence: str = "enriched", rates_hz: Sequence[int] = (500,)
) -> Made:
    """Write a simulated cohort in PTB-XL's layout, with the truth behind each tracing in ``truth.csv``.

    Parameters
    ----------
    out : Path
        A new or empty folder.
    n_records, seed, prevalence
        As ``datasets/simulated.py`` takes them.
    rates_hz : sequence of int
        100, 500 or both.

    Raises
    ------
    ArgumentError, UnknownNameError
    InputFileError
        When the folder holds something already.
    """
    if not rates_hz:
        raise ArgumentError(_WHO, "sampling rates", "100, 500 or both", list(rates_hz))
    for rate in rates_hz:
        Simulated(n_records=n_records, seed=seed, prevalence=prevalence, sampling_rate_hz=rate)  # refuses what it must
    _check_empty(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    # a cohort that was interrupted must not pass for a whole one
    with tempfile.TemporaryDirectory(prefix="making-", dir=out.parent) as making:
        part = Path(making) / "cohort"
        part.mkdir()
        write_cohort(part, n_records, seed, prevalence, tuple(dict.fromkeys(rates_hz)))
        part.rename(out)
    records = PtbXl(out, sampling_rate_hz=rates_hz[0]).records()
    return Made(out, len(records), records["patient_id"].nunique())


def simulate_readers(  # noqa: PLR0913 - each is one thing that a command line may say
    archive: Path,
    out: Path,
    *,
    findings: Sequence[str] = ("gp_core",),
    folds: Sequence[int] = (),
    n_readers: int = 12,
    expertise: str = "gp",
    design: str = "crossover",
    ai: Accuracy | None = None,
    reliance: float = 1.0,
    missing: float = 0.01,
    seed: int = 1,
) -> Made:
    """Write readings of simulated readers, who they are, and the configuration that evaluates them.

    Parameters
    ----------
    archive : Path
        A simulated cohort or PTB-XL, a folder in PTB-XL's layout of which labels are needed and signals are not; or
        the configuration of a study with a truth, whose recordings and findings (its own among them) are then read.
    out : Path
        A new or empty folder; it gets ``readings.csv``, ``readers.csv`` and ``study.yaml``.
    findings : sequence of str
        Codes and label sets; a configuration names its own.
    folds : sequence of int
        The archive's folds that are read; all when empty.
    n_readers, expertise, design, reliance, missing
        As ``panels/simulated_gps.py`` takes them.
    ai : Accuracy, optional
        Of the AI that readers are shown in the aided arm; without it there is no aided arm.
    seed : int

    Raises
    ------
    EcgEvalError
        For what archive, findings, folds and readers cannot be.
    """
    panel = SimulatedGps(
        n_readers=n_readers,
        expertise=expertise,
        design=design,
        ai=AI if ai else None,
        reliance=reliance,
        missing=missing,
    )
    _check_empty(out)
    rng = np.random.default_rng(seed)
    if archive.suffix.lower() in (".yaml", ".yml"):
        declared = load_config(archive)
        with speaking_as(declared):
            codes = expand_findings(declared.codes, who=_WHO)
            made = _simulated(make_dataset(declared), out, codes, folds or declared.split.test, panel, ai, rng)
        text = _study_like(declared, out)
    else:
        ptb_xl = PtbXl(archive)
        made = _simulated(ptb_xl, out, expand_findings(findings, who=_WHO), folds, panel, ai, rng)
        text = _study(ptb_xl, out, findings, folds)
    (out / "study.yaml").write_text(text, encoding="utf-8")
    return made


def _simulated(
    dataset: Dataset,
    out: Path,
    codes: Sequence[str],
    folds: Sequence[int],
    panel: SimulatedGps,
    ai: Accuracy | None,
    rng: np.random.Generator,
) -> Made:
    """Write the readings and readers."""
    records = _of_folds(dataset.records(), folds)
    labels = ReferenceStandard(table=dataset.labels(codes).table.loc[records.index], method="the archive's labels")
    advice = _advice(labels.table, ai, rng)
    read = panel.read(
        PanelRequest(
            records=records, findings=tuple(codes), labels=labels, model_readings=readings_table(advice), rng=rng
        )
    )
    out.mkdir(parents=True, exist_ok=True)
    readings = pd.concat([advice, read.readings]) if ai else read.readings
    readings.dropna(axis="columns", how="all").to_csv(out / "readings.csv", index=False)
    _readers(read.readers, ai).to_csv(out / "readers.csv", index=False)
    return Made(out, len(records), records["patient_id"].nunique(), len(readings))


def _check_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputFileError(_WHO, str(out), "a new or empty folder", remedy="Choose another with --out, or empty it.")


def _of_folds(records: pd.DataFrame, folds: Sequence[int]) -> pd.DataFrame:
    there = sorted(int(fold) for fold in records["fold"].dropna().unique()) if "fold" in records else []
    unknown = [fold for fold in folds if fold not in there]
    if unknown:
        raise ArgumentError(_WHO, "folds", f"among {', '.join(map(str, there))}", unknown)
    return records[records["fold"].isin(folds)] if folds else records


def _advice(truth: pd.DataFrame, ai: Accuracy | None, rng: np.random.Generator) -> pd.DataFrame:
    """Return the AI's readings in long form, none where the truth is unknown or there is no AI."""
    is_present = truth.to_numpy(dtype=float)
    if ai is None:
        is_present = is_present[:0]
    right = (
        rng.random(is_present.shape) < np.where(is_present == 1, ai.sensitivity, ai.specificity) if ai else is_present
    )
    calls = np.where(right, is_present, 1 - is_present).ravel()
    table = pd.DataFrame(
        {
            "record_id": np.repeat(truth.index[: len(is_present)].to_numpy(dtype=object), truth.shape[1]),
            "reader_id": AI,
            "finding": np.tile(truth.columns.to_numpy(dtype=object), len(is_present)),
            "reading": np.where(calls == 1, PRESENT, ABSENT),
        }
    )
    return table[~np.isnan(calls)]


def _readers(readers: pd.DataFrame, ai: Accuracy | None) -> pd.DataFrame:
    people = readers.reset_index()
    if ai is None:
        return people
    about = f"simulated AI, no program: sensitivity {ai.sensitivity:g}, specificity {ai.specificity:g}"
    machine = pd.DataFrame([{"reader_id": AI, "kind": "model", "description": about}])
    return pd.concat([readers_table(machine).reset_index().astype(people.dtypes.to_dict()), people])


def _study_like(declared: RunConfig, out: Path) -> str:
    """Return a study's configuration with simulated readers in the place of its own, models and groups left out."""
    values = declared.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    left_out = ("models", "panels", "groups", "primary", "pseudonyms", "out")
    remaining = {key: value for key, value in values.items() if key not in left_out}
    root = declared.data_root.resolve()
    where = {key: os.path.relpath((out / f"{key}.csv").resolve(), root) for key in ("readings", "readers")}
    panels = [{"name": "readings_file", "path": where["readings"], "readers": where["readers"]}]
    name = f"{declared.name}_simulated"
    changed = {"name": name, "data_root": os.path.relpath(root, out.resolve()), "panels": panels}
    head = "# Simulated readers: nobody read anything. The study's own readers, models and groups are left out.\n"
    return head + plain_yaml({**remaining, **changed})


def _study(dataset: PtbXl, out: Path, findings: Sequence[str], folds: Sequence[int]) -> str:
    """Return the configuration that evaluates the readings; its paths are relative, so that both folders can move."""
    has_500_hz = bool(dataset.records()["has_signal"].any())
    root = os.path.relpath(dataset.root.resolve(), out.resolve())
    return f"""\
# Simulated readers: nobody read anything. Evaluate them with `ecg-eval run` and this file.
name: simulated_study
title:
  en: A simulated study
  fr: Une étude simulée
data_root: .
dataset: {{name: ptb_xl, root: {json.dumps(root)}, sampling_rate_hz: {500 if has_500_hz else 100}}}
findings: {json.dumps(list(findings))}
split: {{test: {list(folds)}}}      # empty: every fold
panels:
  - {{name: readings_file, path: readings.csv, readers: readers.csv}}
report: {{languages: [en, fr]}}
"""
