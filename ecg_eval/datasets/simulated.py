"""Simulated ECGs: a cohort drawn from one heart model, written as WFDB in PTB-XL's layout and read like any archive.

Nobody's heart: every report of a run on it says so in its headline. The truth behind each tracing (findings, severity,
the intervals that generated it) stands beside it in ``truth.csv``. The same arguments give the same files.
"""

import glob
import hashlib
import json
import os
import shutil
import socket
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._heart.cohort import PREVALENCES, STATEMENTS, Patient, Plan, device_name, draw_patient, draw_plan
from ecg_eval.datasets._heart.rhythms import Beats
from ecg_eval.datasets._heart.tracing import DURATION_S, SAMPLING_RATE_HZ, trace
from ecg_eval.datasets._ptb_xl.layout import (
    SIMULATED,
    file_stem,
    simulated_truth,
    stored_units,
    write_record,
    write_tables,
)
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, suggestion

# changes whenever the same arguments give other files, so that no cache survives a change of the model
MODEL_VERSION = 5

_PREFIX = "ecg-eval-simulated-"  # and the process that it belongs to
_MAKING = "making-"  # and the machine and the process that makes it


class Simulated(Dataset):
    """A simulated cohort.

    Parameters
    ----------
    n_records : int
        From 1 to 100,000.
    seed : int
        The same seed and arguments give the same files.
    sampling_rate_hz : int
        100 or 500.
    prevalence : str
        "primary_care" (mostly normal) or "enriched" (enough of everything for a reader study).
    root : Path, optional
        Folder in which the cohort is kept, in a folder of its own for each set of arguments, and found again. A
        temporary folder by default.
    """

    title: ClassVar[str] = "Simulated 12-lead ECGs (no patients)"
    version: ClassVar[str] = str(MODEL_VERSION)
    licence: ClassVar[str] = "Apache-2.0, as the program that makes them"
    citation: ClassVar[str] = "ecg_eval, datasets/simulated.py; lead vectors: Dower et al., Clin Cardiol 1980;3:87"
    url: ClassVar[str] = "https://pypi.org/project/ecg-eval/"
    access: ClassVar[str] = "simulated"
    size: ClassVar[str] = "As many as asked for, 10 s; 12 MB per 100 ECGs at 500 Hz"
    population: ClassVar[str] = "No patients: adults of 18 to 96 years drawn by a program"
    devices: ClassVar[str] = "None"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = "Nobody: the labels are what the tracings were generated from"

    def __init__(
        self,
        n_records: int = 1000,
        seed: int = 1,
        sampling_rate_hz: int = 500,
        prevalence: str = "enriched",
        root: Path | None = None,
    ) -> None:
        if not isinstance(n_records, int) or not 1 <= n_records <= 100_000:
            raise ArgumentError(self.name, "n_records", "a whole number from 1 to 100000", n_records)
        if not isinstance(seed, int) or seed < 0:
            raise ArgumentError(self.name, "seed", "a whole number of 0 or more", seed)
        if sampling_rate_hz not in (100, 500):
            raise ArgumentError(self.name, "sampling_rate_hz", "100 or 500", sampling_rate_hz)
        if prevalence not in PREVALENCES:
            rule = f"one of {', '.join(PREVALENCES)}"
            raise ArgumentError(self.name, "prevalence", rule, prevalence, suggestion(str(prevalence), PREVALENCES))
        self.n_records, self.seed = n_records, seed
        self.sampling_rate_hz, self.prevalence = sampling_rate_hz, prevalence
        self.root = None if root is None else Path(root)

    def problems(self) -> list[EcgEvalError]:
        """Return whether the cohort's folder can be made."""
        if self.root is None:
            return []
        nearest = next(p for p in (self.root, *self.root.absolute().parents) if p.exists())
        if nearest.is_dir() and os.access(nearest, os.W_OK):
            return []
        remedy = "Choose a folder that you may write to, or leave `root` out."
        return [InputFileError(self.name, "root", "a folder that can be written to", str(self.root), remedy)]

    @cached_property
    def archive(self) -> PtbXl:
        """Return the cohort as the archive it is written as, made now if it is not there yet."""
        if self.root is None:
            _clear_left_behind(Path(tempfile.gettempdir()), _PREFIX)
            home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
            # the folder goes when the dataset goes, at the latest with the process
            weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)
        else:
            home = self.root
        folder = home / f"simulated-{self._digest()}"
        if not (folder / "ptbxl_database.csv").is_file():
            home.mkdir(parents=True, exist_ok=True)
            making = f"{_MAKING}{socket.gethostname()}-"
            _clear_left_behind(home, making)
            part = Path(tempfile.mkdtemp(prefix=f"{making}{os.getpid()}-", dir=home))
            try:
                write_cohort(part, self.n_records, self.seed, self.prevalence, (self.sampling_rate_hz,))
                with suppress(OSError):  # another process was faster; its files are the same
                    part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            if not folder.is_dir():
                raise InputFileError(self.name, "root", "a folder in which folders can be made", str(home))
        return PtbXl(folder, sampling_rate_hz=self.sampling_rate_hz)

    def _digest(self) -> str:
        what = [MODEL_VERSION, self.n_records, self.seed, self.sampling_rate_hz, self.prevalence]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]

    def records(self) -> pd.DataFrame:
        """Return one row an ECG; see ``Dataset.records``. One more column, `difficulty`, is for simulated readers."""
        return self.archive.records()

    def truth(self) -> pd.DataFrame:
        """Return what generated each tracing; see ``simulated_truth``."""
        return simulated_truth(self.archive.root)

    def prepare(
        self, record_ids: Sequence[str], *, cache: Path, watch: Callable[[Sequence[str]], Iterator[str]] = iter
    ) -> str:
        """Pack these records, unless the cohort is gone with the process; see ``Dataset.prepare``."""
        return "" if self.root is None else self.archive.prepare(record_ids, cache=cache, watch=watch)

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV."""
        return self.archive.load(record_id)

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the tracings were generated from."""
        return self.archive.labels(findings)

    def reference_measurements(self) -> pd.DataFrame | None:
        """Return the intervals and the rate that the tracings were generated from."""
        return self.archive.reference_measurements()

    def digests(self) -> dict[str, str]:
        """Return the digests of the cohort's tables."""
        return self.archive.digests()


def _clear_left_behind(where: Path, prefix: str) -> None:
    """Delete the cohorts of programs that were killed before they could; their numbers stand after the prefix."""
    for folder in where.glob(f"{glob.escape(prefix)}*-*"):
        process = folder.name.removeprefix(prefix).partition("-")[0]
        if process.isdecimal() and not _is_alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def write_cohort(root: Path, n_records: int, seed: int, prevalence: str, sampling_rates_hz: Sequence[int]) -> None:
    """Write a cohort in PTB-XL's layout, with ``truth.csv`` beside it."""
    rows: list[dict[str, object]] = []
    truths: list[dict[str, object]] = []
    patient_id = 0
    while len(rows) < n_records:
        patient_id += 1
        rng = np.random.default_rng((seed, patient_id))
        patient = draw_patient(patient_id, prevalence, rng)
        n_ecgs = int(rng.choice([1, 2, 3], p=[0.82, 0.13, 0.05]))
        for _ in range(min(n_ecgs, n_records - len(rows))):
            ecg_id = len(rows) + 1
            plan = draw_plan(patient, rng)
            leads, beats = trace(plan.heart, rng)
            _write_signals(root, ecg_id, leads, sampling_rates_hz)
            rows.append(_row(ecg_id, patient, plan))
            truths.append(_truth(ecg_id, plan, beats))
    write_tables(root, rows, STATEMENTS)
    pd.DataFrame.from_records(truths).to_csv(root / SIMULATED, index=False)


def _write_signals(root: Path, ecg_id: int, leads: np.ndarray, sampling_rates_hz: Sequence[int]) -> None:
    for rate in sampling_rates_hz:
        path = root / file_stem(ecg_id, rate)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_record(path, stored_units(_at_rate(leads, rate)), rate)


def _at_rate(leads: np.ndarray, sampling_rate_hz: int) -> np.ndarray:
    if sampling_rate_hz == SAMPLING_RATE_HZ:
        return leads
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(leads, 1, SAMPLING_RATE_HZ // sampling_rate_hz, axis=0, padtype="line"))


def _row(ecg_id: int, patient: Patient, plan: Plan) -> dict[str, object]:
    return {
        "ecg_id": ecg_id,
        "patient_id": float(patient.patient_id),
        "age": float(patient.age_years) if patient.age_years < 90 else 300.0,
        "sex": 0 if patient.male else 1,
        "site": float(patient.site),
        "device": device_name(patient.device),
        "report": "simulated",
        "scp_codes": plan.statements,
        "second_opinion": False,
        "initial_autogenerated_report": False,
        "validated_by_human": False,
        "strat_fold": patient.fold,
        "filename_lr": file_stem(ecg_id, 100),
        "filename_hr": file_stem(ecg_id, 500),
    }


def _truth(ecg_id: int, plan: Plan, beats: Beats) -> dict[str, object]:
    rhythm, ventricles = plan.heart.rhythm, plan.heart.ventricles
    led_by_p = rhythm.kind in ("sinus", "paced")
    return {
        "record_id": str(ecg_id),
        "rate_per_min": round(beats.rate_per_min(DURATION_S, ventricles.qrs_ms), 2),
        "pr_ms": round(rhythm.pr_ms, 1) if led_by_p else None,
        "qrs_ms": round(ventricles.qrs_ms, 1),
        "qt_ms": round(ventricles.qt_ms, 1),
        "noise": round(plan.heart.noise, 3),
        "difficulty": round(plan.difficulty, 3),
        "severity": ";".join(f"{name}={severity:.3f}" for name, severity in plan.severity.items()),
    }
