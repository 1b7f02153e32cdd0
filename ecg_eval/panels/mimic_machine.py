"""MIMIC-IV-ECG: what the ECG cart stated and measured, read as a vendor's readings.

``machine_measurements.csv`` has one row a study: `report_0` to `report_17`, one statement each in the cart's English,
and nine measurements. Each statement is read by ``domain.conclusions``; what of it was not understood is counted in the
reader's description. "Not measurable" is written as a number (29999, 32767, -32768, 65535) and is missing here.
"""

import hashlib
import re
from collections import Counter
from functools import cached_property
from pathlib import Path

import pandas as pd

from ecg_eval.domain.conclusions import Conclusion, findings_in
from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.reading import ABSENT, PRESENT, UNCERTAIN
from ecg_eval.errors import EcgEvalError, InputFileError
from ecg_eval.panels._tables.vendor import Statements, vendor_readings

TABLE = "machine_measurements.csv"
REPORTS = tuple(f"report_{i}" for i in range(18))
_MEASURED = ("rr_interval", "p_onset", "qrs_onset", "qrs_end", "t_end")
_NOT_MEASURABLE = (29999, 32767, -32768, 65535)
_GET_IT = "Download it from https://physionet.org/content/mimic-iv-ecg/ and give the folder that holds it."

# the cart says that it stopped, or looked at some leads only: what it then leaves out is not absent
_GAVE_UP = re.compile(r"no further|unsuitable for analysis|hence only", re.IGNORECASE)


class MimicMachine(Panel):
    """The cart's statements on MIMIC-IV-ECG.

    Parameters
    ----------
    root : Path
        The folder that holds ``machine_measurements.csv``.
    reader_id : str
    """

    def __init__(self, root: Path, reader_id: str = "ecg_cart") -> None:
        self.root, self.reader_id = Path(root), reader_id

    def problems(self) -> list[EcgEvalError]:
        """Return whether the table is there, with the columns that it must have."""
        path = self.root / TABLE
        if not path.is_file():
            return [InputFileError("mimic_machine", str(path), "there", remedy=_GET_IT)]
        try:
            present = list(pd.read_csv(path, nrows=0).columns)
        except (OSError, ValueError) as error:
            return [InputFileError("mimic_machine", str(path), "a CSV table", str(error)[:80], _GET_IT)]
        missing = [c for c in ("study_id", *REPORTS, *_MEASURED) if c not in present]
        if not missing:
            return []
        remedy = f"Missing: {', '.join(missing)}. Only the layout of version 1.0 is known. {_GET_IT}"
        return [InputFileError("mimic_machine", str(path), "with the columns of version 1.0", present[:40], remedy)]

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the table."""
        path = self.root / TABLE
        if not path.is_file():
            return {}
        with path.open("rb") as file:
            return {TABLE: hashlib.file_digest(file, "sha256").hexdigest()}

    @cached_property
    def _table(self) -> pd.DataFrame:
        for problem in self.problems():
            raise problem
        columns = ["study_id", *REPORTS, *_MEASURED]
        kinds = dict.fromkeys(("study_id", *REPORTS), "string")
        # texts that pandas would take for missing are texts
        table = pd.read_csv(
            self.root / TABLE,
            usecols=columns,
            dtype=kinds,
            keep_default_na=False,
            na_values={"": [""]},
            float_precision="round_trip",
        )
        return table.set_index(pd.Index(table.pop("study_id"), name="record_id"))

    @cached_property
    def _read(self) -> dict[str, Conclusion]:
        """Return what each statement of the table says; there are few thousand of them in millions of cells."""
        lines = pd.unique(self._table[list(REPORTS)].to_numpy(dtype=object).ravel())
        return {line: findings_in(line, language="en") for line in lines if isinstance(line, str) and line.strip()}

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return what the cart stated of the studies asked for."""
        mine = self._table.reindex(self._table.index.intersection(request.records.index))
        unread: Counter[str] = Counter()
        statements_of = {}
        for record, cells in zip(mine.index, mine[list(REPORTS)].to_numpy(dtype=object), strict=True):
            lines = [line for line in cells if line in self._read]
            if lines:
                statements_of[str(record)] = _statements([self._read[line] for line in lines], " ".join(lines))
                unread.update(clause for line in lines for clause in self._read[line].unread)
        spoken = {code for conclusion in self._read.values() for code in conclusion.answers}
        description = f"Statements of the ECG carts of MIMIC-IV-ECG. {_sentence(unread)}"
        return vendor_readings(request, statements_of, reader_id=self.reader_id, description=description, spoken=spoken)

    def measurements(self) -> pd.DataFrame:
        """Return what the cart measured.

        Returns
        -------
        DataFrame, index record_id
            Columns `rr_ms`, `pr_ms`, `qrs_ms`, `qt_ms`; NaN where it could not measure.
        """
        raw = self._table[list(_MEASURED)].apply(numbers_of)
        raw = raw.mask(raw.isin(_NOT_MEASURABLE))
        table = pd.DataFrame(
            {
                "rr_ms": raw["rr_interval"],
                "pr_ms": raw["qrs_onset"] - raw["p_onset"],
                "qrs_ms": raw["qrs_end"] - raw["qrs_onset"],
                "qt_ms": raw["t_end"] - raw["qrs_onset"],
            }
        )
        return table.where(table > 0)


def _statements(conclusions: list[Conclusion], text: str) -> Statements:
    """Put a study's statements together; said twice, present goes before uncertain and uncertain before absent."""
    of: dict[str, set[str]] = {PRESENT: set(), UNCERTAIN: set(), ABSENT: set()}
    for conclusion in conclusions:
        for code, answer in conclusion.answers.items():
            of[answer].add(code)
    uncertain = of[UNCERTAIN] - of[PRESENT]
    absent = of[ABSENT] - of[PRESENT] - uncertain
    return Statements(frozenset(of[PRESENT]), frozenset(uncertain), frozenset(absent), not _GAVE_UP.search(text))


def _sentence(unread: Counter[str]) -> str:
    if not unread:
        return "Every statement was understood."
    shown = ", ".join(f"{clause!r} ({n})" for clause, n in unread.most_common(6))
    more = f" and {len(unread) - 6} more" if len(unread) > 6 else ""
    return f"Not understood, most often: {shown}{more}."
