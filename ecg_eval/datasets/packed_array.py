"""Recordings packed into one NumPy array, with a manifest: what many benchmarks hand on instead of files.

The array (``.npy``, shape (n_records, n_samples, n_leads)) is read in place, never whole; pickled objects are refused.
Its unit must be said, because arrays do not know it: z-scored signals are read, and whatever needs millivolts refuses
them. The manifest (CSV) has one row a record, in the order of the array or by a column `row`; `columns` translates its
column names, `sex_words` its words for the sexes, and a column named as a finding holds 1, 0 or blank for unknown.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.datasets._tables.own_words import OwnRecordings, own_words
from ecg_eval.datasets._tables.tables import check_table, file_digests
from ecg_eval.datasets._wfdb_files.recordings import Person, people_of
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion

_NAMES = ("record_id", "patient_id", "row", "fold", "age_years", "sex", "site", "device")


class PackedArray(OwnRecordings):
    """An array of recordings and its manifest.

    Parameters
    ----------
    signals : Path
        The ``.npy`` file.
    manifest : Path
    sampling_rate_hz : float
    units : str
        "mV", or what the numbers are instead ("z-score"); there is no default, because a guess would be a lie.
    leads : sequence of str, optional
        In the order of the array; the twelve standard leads by default.
    columns : mapping of str to str, optional
        Our column name to the manifest's: ``{record_id: ecg_id, age_years: age, fold: strat_fold}``.
    sex_words : mapping, optional
        The manifest's words to "F" and "M": ``{1: F, 0: M}``.
    about : mapping, optional
        What only you know, for the report: title, version, licence, citation, url, access, size, population, devices,
        labelled_by (who said what the recordings show), and lineage, the archives that share these recordings or
        patients by the names of their plug-ins (``[ptb_xl]``).
    """

    title: ClassVar[str] = "Packed recordings with a manifest"
    lead_order: ClassVar[str] = "as the user declares"
    units: ClassVar[str] = "as the user declares"

    def __init__(
        self,
        signals: Path,
        manifest: Path,
        sampling_rate_hz: float,
        units: str,
        *,
        leads: Sequence[str] = STANDARD_LEADS,
        columns: Mapping[str, str] | None = None,
        sex_words: Mapping[object, str] | None = None,
        about: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        if not sampling_rate_hz > 0:
            raise ArgumentError(self.name, "sampling_rate_hz", "positive", sampling_rate_hz)
        for key in columns or {}:
            if key not in _NAMES and key not in vocabulary():
                rule = f"one of {', '.join(_NAMES)}, or a finding"
                raise ArgumentError(self.name, "columns", rule, key, suggestion(key, [*_NAMES, *vocabulary()]))
        self.signals_path, self.manifest_path = Path(signals), Path(manifest)
        self.sampling_rate_hz, self.signal_units = float(sampling_rate_hz), units
        self.leads = tuple(canonical_lead(lead) for lead in leads)
        self.columns = dict(columns or {})
        self.sex_words = {str(k): v for k, v in (sex_words or {"F": "F", "M": "M"}).items()}
        self.own_words = own_words(self.name, about)
        self.lineage = self.own_words.lineage

    def facts(self) -> DatasetFacts:
        """Return what is stated, the user's words before ours."""
        declared = {"lead_order": ", ".join(self.leads), "units": self.signal_units}
        return super().facts().saying(declared)

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with array and manifest: missing, of another shape, of another length."""
        problems: list[EcgEvalError] = []
        shape: tuple[int, ...] | None = None
        try:
            shape = self._signals.shape
        except EcgEvalError as error:
            problems.append(error)
        try:
            table = self._manifest
        except EcgEvalError as error:
            return [*problems, error]
        who = str(self.manifest_path)
        if shape is not None:
            rows = self._rows(table)
            if len(rows) and not (rows.min() >= 0 and rows.max() < shape[0]):
                rule = f"between 0 and {shape[0] - 1}, the rows of the array"
                problems.append(InputFileError(who, "row", rule, int(rows.max())))
        if table["record_id"].duplicated().any() or table["record_id"].isna().any():
            problems.append(InputFileError(who, "record_id", "given once a record and never blank", remedy="Mend it."))
        return problems

    @cached_property
    def _signals(self) -> NDArray[np.floating]:
        try:
            # in place, of one array, and never by running a pickle
            array = np.lib.format.open_memmap(self.signals_path, mode="r")
        except Exception as error:  # numpy's reader of headers raises whatever its parts raise, down to the tokenizer's
            remedy = "Save it with numpy.save as plain numbers."
            raise InputFileError(self.name, str(self.signals_path), "a .npy array", str(error)[:80], remedy) from None
        if array.dtype.kind not in "iuf":
            remedy = "Save plain numbers with numpy.save."
            raise InputFileError(
                self.name, str(self.signals_path), "an array of numbers", str(array.dtype)[:80], remedy
            )
        rule = f"of shape (n_records, n_samples, {len(self.leads)} leads)"
        if array.ndim != 3 or array.shape[2] != len(self.leads):
            remedy = "Name the leads in their order with `leads:`."
            raise InputFileError(self.name, str(self.signals_path), rule, array.shape, remedy)
        return array

    @cached_property
    def _manifest(self) -> pd.DataFrame:
        """Return the manifest with our column names; identities are text."""
        theirs = {v: k for k, v in self.columns.items()}
        who = str(self.manifest_path)
        try:
            check_table(self.manifest_path)
            table = pd.read_csv(self.manifest_path, dtype="string").rename(columns=theirs)
        except (OSError, ValueError) as error:
            raise InputFileError(self.name, who, "a CSV table", str(error)[:80]) from None
        missing = [self.columns.get(c, c) for c in ("record_id", *self.columns) if c not in table.columns]
        if missing:
            remedy = "Translate its names with `columns:`."
            raise InputFileError(self.name, who, f"a table with {', '.join(missing)}", list(table.columns)[:30], remedy)
        return table

    def _rows(self, table: pd.DataFrame) -> NDArray[np.int64]:
        if "row" not in table.columns:
            return np.arange(len(table), dtype=np.int64)
        return self._numbers(table, "row").to_numpy(dtype=np.int64, na_value=-1)

    def _numbers(self, table: pd.DataFrame, column: str) -> pd.Series:
        numbers = numbers_of(table[column])
        wrong = table[column].notna() & numbers.isna()
        if wrong.any():
            row = int(wrong.to_numpy().nonzero()[0][0])
            what = f"{self.columns.get(column, column)} of row {row + 2}"
            raise InputFileError(str(self.manifest_path), what, "a number or blank", str(table[column].iloc[row]))
        return numbers

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._manifest
        ids = pd.Index(table["record_id"], name="record_id")
        patient = table["patient_id"] if "patient_id" in table.columns else table["record_id"]
        frame = pd.DataFrame({"patient_id": patient.to_numpy(dtype=object), "has_signal": True}, index=ids)
        frame["patient_id"] = frame["patient_id"].astype("string")
        if "fold" in table.columns:
            frame["fold"] = self._numbers(table, "fold").astype("Int64").to_numpy()
        if "age_years" in table.columns:
            frame["age_years"] = self._numbers(table, "age_years").to_numpy(dtype=float, na_value=np.nan)
        if "sex" in table.columns:
            frame["sex"] = pd.array(table["sex"].map(self.sex_words).to_numpy(dtype=object), dtype="string")
        for column in ("site", "device"):
            if column in table.columns:
                frame[column] = table[column].to_numpy()
        return frame

    def records(self) -> pd.DataFrame:
        """Return one row a record; see ``Dataset.records``."""
        return self._records.copy()

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self._records)

    @cached_property
    def _place(self) -> dict[str, int]:
        return dict(zip(self._records.index, self._rows(self._manifest).tolist(), strict=True))

    def load(self, record_id: str) -> Recording:
        """Return one recording, in the unit declared."""
        if record_id not in self._place:
            remedy = suggestion(record_id, list(self._place)[:2000])
            raise UnknownNameError(self.name, "record_id", "in the manifest", record_id, remedy)
        place, person = self._place[record_id], self._people[record_id]
        if not 0 <= place < len(self._signals):
            rule = f"between 0 and {len(self._signals) - 1}"
            raise SignalError(self.name, f"the row of record {record_id}", rule, place)
        return Recording(
            record_id=record_id,
            patient_id=person.patient_id,
            signal=self._signals[place].astype(np.float32),
            leads=self.leads,
            sampling_rate_hz=self.sampling_rate_hz,
            units=self.signal_units,
            age_years=person.age_years,
            sex=person.sex,
        )

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the manifest's labels: 1 present, 0 absent, blank unknown."""
        table = self._manifest
        codes = [c for c in table.columns if c in vocabulary()]
        for code in findings:
            if code not in codes:
                rule = "a column of the manifest"
                raise UnknownNameError(self.name, "finding", rule, code, suggestion(code, codes))
        truth = {code: self._numbers(table, code).to_numpy(dtype=float, na_value=np.nan) for code in findings}
        method = f"Labels of {self.manifest_path.name}, made by: {self.own_words.labelled_by}."
        return ReferenceStandard(table=pd.DataFrame(truth, index=self._records.index), method=method)

    def digests(self) -> dict[str, str]:
        """Return the digests of manifest and array."""
        names = (self.manifest_path, self.signals_path)
        return {k: v for path in names for k, v in file_digests(path.parent, (path.name,)).items()}
