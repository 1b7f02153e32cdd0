"""A folder of one CSV or NumPy file a recording, as recorders export them and scripts save them.

A CSV has a row a sample and a column a lead, named by the lead (or by `leads`, where there is no header); a column of
times or sample numbers is left aside and named. A ``.npy`` or ``.npz`` file holds one array of two axes, the leads on
the axis that has as many places as there are leads. Rate and unit stand in no such file and must be said.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._clinical.ecg import ClinicalEcg, Facts, LeadSignal, assemble
from ecg_eval.datasets._clinical.folder import FolderOfFiles
from ecg_eval.datasets._wfdb_files.headers import is_voltage, units_per_millivolt
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.errors import ArgumentError, EcgEvalError, SignalError
from ecg_eval.tables.table_files import read_table

_ARRAYS, _TABLES = (".npy", ".npz"), (".csv", ".tsv", ".txt")
_CLOCKS = frozenset({"time", "t", "seconds", "ms", "sample", "samples", "index", "n", "temps"})
_MAX_BYTES = 1 << 29


class ArrayFiles(FolderOfFiles):
    """A folder of CSV or NumPy files, one a recording.

    Parameters
    ----------
    root : Path
        The file or folder.
    sampling_rate_hz : float
        Of every file.
    units : str
        "mV", "uV", "V", or what the numbers are instead ("z-score"); there is no default, because a guess would be a
        lie. Voltages are brought to mV; whatever needs mV refuses the others.
    leads : sequence of str, optional
        In the order of the columns; for CSV files their header where it is not given, for arrays the twelve standard
        leads.
    labels, spelling, about
        As for ``clinical_files``.
    """

    title: ClassVar[str] = "CSV or NumPy files, one a recording"
    lead_order: ClassVar[str] = "as each header says, or as the user declares"
    units: ClassVar[str] = "as the user declares"
    page = "docs/clinical-files.md"

    def __init__(
        self,
        root: Path,
        sampling_rate_hz: float,
        units: str,
        *,
        leads: Sequence[str] | None = None,
        labels: Path | None = None,
        spelling: str | None = None,
        about: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        super().__init__(root, labels, spelling, about=about)
        if not sampling_rate_hz > 0:
            raise ArgumentError(self.name, "sampling_rate_hz", "positive", sampling_rate_hz)
        self.sampling_rate_hz, self.signal_units = float(sampling_rate_hz), units
        self.leads = None if leads is None else tuple(leads)
        self.units_read = "mV" if is_voltage(units) else units

    def facts(self) -> DatasetFacts:
        """Return what is stated, the user's words before ours."""
        declared = {"units": self.signal_units, **({"lead_order": ", ".join(self.leads)} if self.leads else {})}
        return super().facts().saying(declared)

    def is_record(self, path: Path) -> bool:
        """Return whether a file is one of arrays or tables, by its ending."""
        return path.suffix.lower() in (*_ARRAYS, *_TABLES)

    def read(self, path: Path) -> tuple[str, ClinicalEcg]:
        """Return the kind of a file and its ECG.

        Raises
        ------
        SignalError
            When it is damaged, too large, no table of numbers, or has another number of columns than of leads.
        """
        if not path.is_file():
            raise SignalError(str(path), "the file", "there and readable")
        if path.stat().st_size > _MAX_BYTES:
            raise SignalError(str(path), "the file", f"at most {_MAX_BYTES} bytes", path.stat().st_size)
        array = path.suffix.lower() in _ARRAYS
        leads, left_aside = self._of_array(path) if array else self._of_table(path)
        per_mv = units_per_millivolt(path, self.signal_units, "") if is_voltage(self.signal_units) else 1.0
        scaled = [(name, samples / per_mv) for name, samples in leads]
        ecg = assemble(str(path), scaled, self.sampling_rate_hz, Facts(), left_aside=left_aside)
        return "numpy" if array else "csv", ecg

    def _of_array(self, path: Path) -> tuple[list[LeadSignal], tuple[str, ...]]:
        names = self.leads or STANDARD_LEADS
        samples = _loaded(path)
        fits = [axis for axis in range(samples.ndim) if samples.shape[axis] == len(names)]
        if samples.ndim != 2 or len(fits) != 1:
            rule = f"of two axes, one of them of the {len(names)} leads ({', '.join(names)})"
            raise SignalError(
                str(path), "the array", rule, samples.shape, "Name the leads in their order with `leads`."
            )
        columns = samples if fits == [1] else samples.T
        return [(name, columns[:, i].astype(np.float64)) for i, name in enumerate(names)], ()

    def _of_table(self, path: Path) -> tuple[list[LeadSignal], tuple[str, ...]]:
        try:
            table = read_table(path, numbers=lambda _: True)
        except EcgEvalError as error:
            raise SignalError(str(path), "the file", f"a table of samples ({error})") from None
        columns = {str(name): table[name] for name in table.columns}
        if self.leads is not None and len(columns) == len(self.leads):
            columns = dict(zip(self.leads, columns.values(), strict=True))
        clocks = tuple(name for name in columns if name.strip().casefold() in _CLOCKS)
        leads = [(canonical_lead(name), column) for name, column in columns.items() if name not in clocks]
        for name, column in leads:
            if column.dtype.kind != "f":
                remedy = "Name the leads in the header, and leave samples that are missing blank."
                raise SignalError(str(path), f"column {name}", "numbers", str(column.iloc[0])[:40], remedy)
        return [(name, column.to_numpy(dtype=np.float64)) for name, column in leads], clocks


def _loaded(path: Path) -> NDArray[np.floating]:
    """Return the one array of a file, never by running a pickle."""
    remedy = "Save it with numpy.save as plain numbers of shape (n_samples, n_leads)."
    try:
        loaded = np.load(path, allow_pickle=False)
        names = [] if isinstance(loaded, np.ndarray) else list(loaded.files)
        samples = loaded if isinstance(loaded, np.ndarray) else loaded[names[0]] if len(names) == 1 else None
    except Exception as error:  # numpy's reader raises whatever its parts raise, down to the tokenizer's
        raise SignalError(str(path), "the file", "an array of numbers", str(error)[:80], remedy) from None
    if samples is None:
        raise SignalError(str(path), "the file", "one array", f"{len(names)} ({', '.join(names[:5])})", remedy)
    if samples.dtype.kind not in "iuf":
        raise SignalError(str(path), "the array", "of numbers", str(samples.dtype)[:40], remedy)
    return np.asarray(samples)
