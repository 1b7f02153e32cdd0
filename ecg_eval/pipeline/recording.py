"""One recording from one file, with what was changed of it and what was found odd: to look at before a study."""

from dataclasses import replace
from pathlib import Path

from ecg_eval.domain.recording import Recording
from ecg_eval.signals.quality import examine


def read_recording(path: str | Path) -> Recording:
    """Return the recording of any file that is read: WFDB, DICOM, SCP-ECG, HL7 aECG, MUSE, Philips, EDF, BDF, ISHNE.

    Parameters
    ----------
    path : str or Path
        The file; for WFDB its ``.hea``, its signal file, or the name of both without an ending.

    Returns
    -------
    Recording
        `signal` in mV, shape (n_samples, n_leads), leads by their standard names and in standard order. `changes` says
        what was done to what is stored (leads computed or turned over, a calibration pulse cut off, channels left
        aside); `oddities` what the file says that cannot be read, and every flaw that the quality gate finds with its
        default limits (docs/quality.md).

    Raises
    ------
    SignalError
        When the file is missing, damaged, of no known format, or leaves amplitude, leads or rate open.
    InputFileError
        When the libraries of the hospital formats (the extra ``formats``) are not installed.

    Examples
    --------
    >>> read_recording("nowhere.dcm")
    Traceback (most recent call last):
        ...
    ecg_eval.errors.SignalError: nowhere.dcm: the file must be there and readable (No such file or directory).
    """
    from ecg_eval.datasets._clinical.any_file import recording_of

    recording = recording_of(Path(path))
    flaws = examine(
        signal=recording.signal,
        leads=recording.leads,
        sampling_rate_hz=recording.sampling_rate_hz,
        units=recording.units,
    )
    return replace(recording, oddities=(*recording.oddities, *(flaw.text for flaw in flaws)))
