"""PTB-XL: 21,837 ten-second 12-lead ECGs of 18,885 patients, with cardiologists' SCP-ECG statements.

Read in the official layout, whole or as a partial mirror: every labelled row is known, and `has_signal` says which have
their files. Two facts of this archive are read wrongly elsewhere:

* A likelihood of 0 is "not known", never "absent". Form and rhythm statements almost never carry one, so for them
  stated is present. A diagnostic statement with 0 is an open question, and so is one below `min_likelihood`.
* Ages above 89 are written 300 in version 1.0.2 and later. Here they are 90: "90 or older".

All versions are read: the table's other columns are there for subgroups (``_ptb_xl_columns``), ids that 1.0.3 withdrew
are rows that are not there, and what a copy lacks is left out.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from ecg_eval.datasets._packing.archive import WfdbArchive
from ecg_eval.datasets._ptb_xl.columns import further_columns
from ecg_eval.datasets._ptb_xl.layout import SIMULATED, simulated_truth
from ecg_eval.datasets._ptb_xl.statements import Likelihoods, likelihoods_of, read_statements
from ecg_eval.datasets._tables.stated import sentence_on_untranslated
from ecg_eval.datasets._tables.tables import askable, file_digests, table_problems
from ecg_eval.datasets._wfdb_files.content_digest import headers_digest
from ecg_eval.datasets._wfdb_files.recordings import is_below, path_below
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.findings import translate
from ecg_eval.domain.measurements import QUANTITIES
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, UnknownNameError, suggestion

LABEL_RULES = ("likelihood", "any_stated")
OLDEST_AGE_YEARS = 90.0

_TABLE, _STATEMENTS = "ptbxl_database.csv", "scp_statements.csv"
_COLUMNS = ("ecg_id", "patient_id", "age", "sex", "site", "device", "scp_codes", "strat_fold")
_FILE_COLUMN = {100: "filename_lr", 500: "filename_hr"}
_GET_IT = (
    "Download PTB-XL from https://physionet.org/content/ptb-xl/ and give the folder that holds ptbxl_database.csv."
)

_SIMULATED_FACTS = {
    "title": "Simulated 12-lead ECGs (no patients), in PTB-XL's layout",
    "version": "as it was made",
    "access": "simulated",
    "licence": "that of whoever made it",
    "citation": "none",
    "url": "none",
    "size": "as many as were made",
    "devices": "None",
    "population": "No patients: drawn by a program",
    "labelled_by": "Nobody: the labels are what the tracings were generated from",
}


class PtbXl(WfdbArchive):
    """PTB-XL in its official layout.

    Parameters
    ----------
    root : Path
        The folder that holds ``ptbxl_database.csv``.
    sampling_rate_hz : int
        100 or 500: which of the two sets of recordings is read.
    label_rule : str
        "likelihood": a diagnostic statement is present from `min_likelihood` on, and unknown below and at 0.
        "any_stated": whatever is stated is present, as in the published benchmark (Strodthoff et al., IEEE JBHI
        2021;25:1519).
    min_likelihood : float
        In percent, in (0, 100].
    """

    title: ClassVar[str] = "PTB-XL, a large publicly available electrocardiography dataset"
    version: ClassVar[str] = "1.0.0 to 1.0.3 (the digests tell which)"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = "Wagner P, Strodthoff N, Bousseljot RD, et al. PTB-XL. Sci Data 2020;7:154."
    url: ClassVar[str] = "https://physionet.org/content/ptb-xl/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = (
        "21,799 ECGs of 18,869 patients (21,837 of 18,885 before 1.0.3), 10 s, at 100 and 500 Hz; 3 GB"
    )
    population: ClassVar[str] = (
        "In- and outpatients of many sites in Germany, recorded with Schiller devices; 52 % men, ages 0 to 95"
    )
    devices: ClassVar[str] = "Schiller AG, many models (column device)"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = (
        "Up to two cardiologists, or a device's own interpretation confirmed by one; SCP-ECG statements with "
        "likelihoods taken from the wording of their reports"
    )
    lineage = ("challenge2021", "ptb_xl_plus")

    def __init__(
        self,
        root: Path,
        sampling_rate_hz: int = 500,
        label_rule: str = "likelihood",
        min_likelihood: float = 50,
    ) -> None:
        if sampling_rate_hz not in _FILE_COLUMN:
            raise ArgumentError(self.name, "sampling_rate_hz", "100 or 500", sampling_rate_hz)
        if label_rule not in LABEL_RULES:
            rule = f"one of {', '.join(LABEL_RULES)}"
            raise ArgumentError(self.name, "label_rule", rule, label_rule, suggestion(str(label_rule), LABEL_RULES))
        if not 0 < min_likelihood <= 100:
            remedy = "0 means unknown in PTB-XL, so it cannot be a threshold; `label_rule: any_stated` takes all."
            raise ArgumentError(self.name, "min_likelihood", "in (0, 100] percent", min_likelihood, remedy)
        self.root = Path(root)
        self.sampling_rate_hz = sampling_rate_hz
        self.label_rule = label_rule
        self.min_likelihood = float(min_likelihood)

    @property
    def _is_simulated(self) -> bool:
        return (self.root / SIMULATED).is_file()

    def facts(self) -> DatasetFacts:
        """Return what is stated; a simulated archive in PTB-XL's layout never passes for PTB-XL."""
        return super().facts().saying(_SIMULATED_FACTS if self._is_simulated else {})

    def problems(self) -> list[EcgEvalError]:
        """Return what is missing of folder, tables, columns and recordings."""
        tables = {
            _TABLE: (*_COLUMNS, _FILE_COLUMN[self.sampling_rate_hz]),
            _STATEMENTS: ("diagnostic", "form", "rhythm"),
        }
        problems = table_problems(self.name, self.root, tables, get_it=_GET_IT)
        if not problems and not self.records()["has_signal"].any():
            folder = "records100" if self.sampling_rate_hz == 100 else "records500"
            other = 600 - self.sampling_rate_hz
            remedy = f"Download {folder}, or set `sampling_rate_hz: {other}` if you have the other set."
            problems.append(InputFileError(self.name, str(self.root / folder), "a folder of recordings", remedy=remedy))
        return problems

    def records(self) -> pd.DataFrame:
        """Return one row a labelled ECG; see ``Dataset.records``.

        A simulated archive has one more column, `difficulty`, for simulated readers.
        """
        return self._records.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        for problem in table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT):
            raise problem
        table = pd.read_csv(self.root / _TABLE, low_memory=False, float_precision="round_trip")
        # ids are names: "1", never 1.0
        table.index = pd.Index(table["ecg_id"].astype("Int64").astype("string"), name="record_id")
        return table

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._table
        age = table["age"].astype("float64")
        records = pd.DataFrame(
            {
                "patient_id": table["patient_id"].astype("Int64").astype("string"),
                "has_signal": self._has_files(table[_FILE_COLUMN[self.sampling_rate_hz]]),
                "fold": table["strat_fold"].astype("Int64"),
                "age_years": age.where(age < OLDEST_AGE_YEARS, age.clip(upper=OLDEST_AGE_YEARS)),
                # PTB-XL: 0 male, 1 female
                "sex": table["sex"].map({0: "M", 1: "F"}).astype("string"),
                "site": table["site"].astype("Int64").astype("string"),
                "device": table["device"].astype("string").str.split().str.join(" ").astype("string"),
            }
            | further_columns(table),
            index=table.index,
        )
        if self._is_simulated:
            records["difficulty"] = simulated_truth(self.root)["difficulty"]
        return records

    def _has_files(self, names: pd.Series) -> pd.Series:
        """Tell which records have header and signal, listing each folder once."""
        there: dict[str, set[str]] = {}

        def has(name: object) -> bool:
            folder, _, stem = str(name).rpartition("/")
            if not is_below(folder):
                return False
            if folder not in there:
                path = self.root / folder
                there[folder] = {entry.name for entry in os.scandir(path)} if path.is_dir() else set()
            return f"{stem}.hea" in there[folder] and f"{stem}.dat" in there[folder]

        return names.map(has).astype(bool)

    @cached_property
    def _stems(self) -> dict[str, str]:
        """Return the path of each recording below the root, without extension."""
        table = self._table
        return dict(zip(table.index, table[_FILE_COLUMN[self.sampling_rate_hz]].astype(str), strict=True))

    def path_of(self, record_id: str) -> Path:
        """Return the path of a record."""
        if record_id not in self._stems:
            raise UnknownNameError(self.name, "record_id", "an ecg_id of the table", record_id, "Ids are '1', '2', ...")
        return path_below(self.root, self._stems[record_id], who=self.name)

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the statements say, by the rule chosen; a broader finding is present if any narrower one is."""
        words = self._words(findings)
        firm = likelihoods_of(self._said[self._is_firm], words, self._table.index).stated
        stated = self.likelihoods(findings).stated
        table = firm.astype(float).mask(stated & ~firm)
        return ReferenceStandard(table=table, method=self._method())

    def likelihoods(self, findings: Sequence[str]) -> Likelihoods:
        """Return the likelihoods themselves, whatever the label rule: see ``Likelihoods`` for what NaN says.

        Raises
        ------
        UnknownNameError
            For a finding that the archive cannot speak of.
        """
        return likelihoods_of(self._said, self._words(findings), self._table.index)

    def _words(self, findings: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return askable(findings, "scp", self._kinds.index, who=self.name)

    def untranslated(self) -> pd.Series:
        """Return how often each statement without a translation is made."""
        strange = self._said["statement"][[translate(s, "scp") is None for s in self._said["statement"]]]
        return strange.astype("string").value_counts()

    def _method(self) -> str:
        if self._is_simulated:
            return "Simulated: what the tracings were generated from."
        if self.label_rule == "any_stated":
            rule = "PTB-XL statements: present where stated, whatever the likelihood; absent where not stated."
            return f"{rule} {sentence_on_untranslated(self.untranslated())}"
        return (
            f"PTB-XL statements: a diagnostic statement is present from a likelihood of {self.min_likelihood:g} % on "
            "and unknown below it or where none is given (0); form and rhythm statements, which carry none, are "
            "present where stated; what is not stated is absent; a broader finding is present if any narrower one is. "
            f"{sentence_on_untranslated(self.untranslated())}"
        )

    @cached_property
    def _kinds(self) -> pd.DataFrame:
        for problem in table_problems(self.name, self.root, {_STATEMENTS: ("diagnostic",)}, get_it=_GET_IT):
            raise problem
        return pd.read_csv(self.root / _STATEMENTS, index_col=0, float_precision="round_trip")

    @cached_property
    def _said(self) -> pd.DataFrame:
        return read_statements(self.name, self._table["scp_codes"])

    @property
    def _is_firm(self) -> pd.Series:
        """Tell of each statement whether the label rule takes it for present; the others are unknown."""
        likelihood = self._said["likelihood"]
        if self.label_rule == "any_stated":
            return pd.Series(True, index=likelihood.index)
        is_diagnostic = self._said["statement"].isin(self._kinds.index[self._kinds["diagnostic"] == 1])
        return (likelihood >= self.min_likelihood / 100) | (~is_diagnostic & likelihood.isna())

    def reference_measurements(self) -> pd.DataFrame | None:
        """Return what generated the tracings of a simulated archive in PTB-XL's layout; PTB-XL itself has none."""
        return simulated_truth(self.root)[list(QUANTITIES)] if self._is_simulated else None

    def digests(self) -> dict[str, str]:
        """Return the digests of both tables, of the archive's own list of checksums, and of the headers."""
        there = self._records.index[self._records["has_signal"]]
        headers = [self.root / f"{self._stems[record_id]}.hea" for record_id in there]
        tables = (_TABLE, _STATEMENTS, SIMULATED, "SHA256SUMS.txt")
        return file_digests(self.root, tables) | headers_digest(self.root, headers)
