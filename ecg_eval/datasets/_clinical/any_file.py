"""A recording from one file, whatever its format: WFDB by its header, hospital formats by their content."""

from pathlib import Path

from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.datasets._wfdb_files.recordings import Person
from ecg_eval.datasets._wfdb_files.recordings import read_recording as read_wfdb
from ecg_eval.datasets._wfdb_files.records import header_path
from ecg_eval.domain.recording import Recording


def recording_of(path: Path) -> Recording:
    """Return the recording of a file, in mV; its id is the file's name.

    Parameters
    ----------
    path : Path
        A WFDB record (its ``.hea``, the signal file beside it, or the name of both without an ending), or a file of a
        hospital's format.

    Raises
    ------
    SignalError
        When the file is missing, damaged, of no known format, or leaves amplitude, leads or rate open.
    InputFileError
        When the libraries of the hospital formats are not installed.
    """
    header = header_path(path if path.suffix not in (".dat", ".mat") else path.with_suffix(""))
    if path.suffix == ".hea" or header.is_file():
        return read_wfdb(header, path.stem, Person(path.stem, None, None))
    _, ecg = read_clinical(path)
    return Recording(
        record_id=path.name,
        patient_id=ecg.facts.patient_id or path.name,
        signal=ecg.signal,
        leads=ecg.leads,
        sampling_rate_hz=ecg.sampling_rate_hz,
        age_years=ecg.facts.age_years,
        sex=ecg.facts.sex,
        changes=ecg.changes,
        oddities=ecg.facts.unreadable,
    )
