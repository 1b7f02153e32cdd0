"""One plug-in of every kind, as an outside package would bring them: small, fast, and with a truth that can be checked.

A recording's first lead is raised by 1 mV where it shows AF, so that a model which looks there is always right.
"""

from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Dataset, Metric, Model, Panel, PanelReadings, Reference, Section
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import Paragraph
from ecg_eval.errors import SignalError
from ecg_eval.stats.estimate import Estimate


class ToyArchive(Dataset):
    """Forty recordings of forty patients in ten folds."""

    title = "Toy archive"
    version = "1"
    licence = "CC0"
    citation = "none"
    url = "none"
    access = "local"
    size = "40 recordings"
    population = "nobody"
    devices = "none"
    lead_order = "as usual"
    units = "mV"
    labelled_by = "this file"

    def __init__(self, *, n_records: int = 40, broken: int = 0, without_signal: int = 0, shared_patient: bool = False):
        self.n, self.broken, self.without_signal, self.shared = n_records, broken, without_signal, shared_patient

    def problems(self):
        return []

    def records(self):
        ids = pd.Index([f"t{i:02d}" for i in range(self.n)], name="record_id", dtype="string")
        patients = ["p0" if self.shared and i < 20 else f"p{i}" for i in range(self.n)]
        return pd.DataFrame(
            {
                "patient_id": pd.array(patients, dtype="string"),
                "has_signal": [i >= self.without_signal for i in range(self.n)],
                "fold": pd.array([i % 10 + 1 for i in range(self.n)], dtype="Int64"),
                "age_years": np.linspace(20, 90, self.n),
                "sex": pd.array(["F", "M"] * (self.n // 2), dtype="string"),
            },
            index=ids,
        )

    def _truth(self):
        return np.array([i // 10 % 2 for i in range(self.n)], dtype=float)

    def load(self, record_id):
        number = int(record_id[1:])
        if number >= self.n - self.broken:
            raise SignalError(f"recording {record_id}", "signal", "whole", "half of it")
        signal = np.random.default_rng(number).normal(0, 0.1, (500, 12)).astype(np.float32)
        signal[:, 0] += self._truth()[number]
        if number == 0:
            signal[:, 3] = 0  # a flat lead
        return Recording(
            record_id=record_id,
            patient_id=f"p{number}",
            signal=signal,
            leads=STANDARD_LEADS,
            sampling_rate_hz=100.0,
        )

    def labels(self, findings):
        table = pd.DataFrame({f: self._truth() for f in findings}, index=self.records().index)
        return ReferenceStandard(table=table, method="Toy truth.")


class ToyModel(Model):
    """Looks at the mean of the first lead."""

    trained_on = ()
    needs = "a first lead"

    def scores(self, recordings, findings):
        return np.array([[float(np.clip(r.signal[:, 0].mean(), 0, 1))] * len(findings) for r in recordings])


class ToyPanel(Panel):
    """Two GPs, one of whom always says present, unaided and aided."""

    def problems(self):
        return []

    def read(self, request):
        rows = [
            {
                "record_id": record,
                "reader_id": reader,
                "finding": finding,
                "reading": "present" if reader == "sure" or int(record[1:]) % 3 == 0 else "absent",
                "arm": arm,
                "ai_reading": "present" if arm == "aided" else None,
            }
            for record in request.records.index
            for reader in ("sure", "third")
            for finding in request.findings
            for arm in ("unaided", "aided")
        ]
        readers = pd.DataFrame({"reader_id": ["sure", "third"], "kind": ["gp", "gp"]})
        return PanelReadings(readings=readings_table(pd.DataFrame(rows)), readers=readers_table(readers))


class ToyReference(Reference):
    """Everybody has everything."""

    meaning = "A toy: everything is present."

    def form(self, *, records, findings, labels, readings, readers):
        table = pd.DataFrame(1.0, index=records.index, columns=list(findings))
        return ReferenceStandard(table=table, method="Everything is present.")


class ToyMetric(Metric):
    """Counts readings."""

    question = "How many readings are there?"
    source = "none"
    caveat = "none"
    answers = "description"

    def rows(self, study, *, level):
        n = len(study.readings)
        yield Row(metric=self.name, estimate=Estimate(value=n, method="count", n=n, level=level))


class ToySection(Section):
    """Says hello."""

    title: ClassVar = {"en": "Toy section", "fr": "Section jouet"}

    def blocks(self, result, *, language):
        return [Paragraph(f"Hello from the toy: {len(result.study.records)} records.")]
