"""MIT-BIH Noise Stress Test: two records of MIT-BIH Arrhythmia with electrode-motion noise added, and noise alone.

``118e06`` is record 118 at a signal-to-noise ratio of 6 dB, ``118e_6`` at -6 dB. Noise was added from the sixth minute
on, two minutes with and two without (https://physionet.org/content/nstdb/). `site` says of each window whether it is
noisy, so that a report can tell the two apart: "clean", "mixed", "6 dB". The twelve records are two patients, however
many windows there are: no interval here says anything of other patients.
"""

from pathlib import Path
from typing import ClassVar

import pandas as pd

from ecg_eval.datasets._tables.long_records import LongRecords
from ecg_eval.errors import ArgumentError, suggestion

PARTS = {"ecgs": r"11[89]e(?:\d\d|_\d)", "noise": "bw|em|ma"}
_FIRST_NOISE_S, _TURN_S = 300.0, 120.0


class Nstdb(LongRecords):
    """The archive in its official layout.

    Parameters
    ----------
    root : Path
        The folder that holds ``118e06.hea`` and the others.
    window_s : float
        Length of a window.
    part : str
        "ecgs": the noisy ECGs, with truth. "noise": the recordings of baseline wander, muscle artefact and electrode
        motion, which are no ECGs and have neither truth nor a calibrated amplitude.
    """

    title: ClassVar[str] = "MIT-BIH Noise Stress Test Database"
    version: ClassVar[str] = "1.0.0"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = "Moody GB, Muldrow WE, Mark RG. Comput Cardiol 1984;11:381-384."
    url: ClassVar[str] = "https://physionet.org/content/nstdb/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "12 records made of 2, and 3 of noise, half an hour of two leads at 360 Hz; about 30 MB"
    population: ClassVar[str] = "Two patients of MIT-BIH Arrhythmia; the noise of physically active volunteers"
    devices: ClassVar[str] = "As MIT-BIH Arrhythmia"
    lead_order: ClassVar[str] = "MLII and V1, as record 118 and 119 of MIT-BIH Arrhythmia"
    units: ClassVar[str] = "mV; the noise recordings are not calibrated"
    labelled_by: ClassVar[str] = "The annotations of the two clean records: cardiologists, beat by beat"
    lineage = ("mitdb",)
    get_it = "Download it from https://physionet.org/content/nstdb/ and give the folder that holds 118e06.hea."

    def __init__(self, root: Path, window_s: float = 10.0, part: str = "ecgs") -> None:
        if part not in PARTS:
            raise ArgumentError(self.name, "part", f"one of {', '.join(PARTS)}", part, suggestion(str(part), PARTS))
        super().__init__(root, window_s)
        self.part, self.own_records = part, PARTS[part]

    def patient_of(self, record: str) -> str:
        """Return the record that the noise was added to; a recording of noise is nobody's but its own."""
        return record.partition("e")[0] if self.part == "ecgs" else record

    def records(self) -> pd.DataFrame:
        """Return one row a window, with its noise as `site`."""
        table = super().records()
        if self.part == "ecgs":
            noises = [noise_of(name, k * self.window_s, self.window_s) for name, k in self._windows.values()]
            table["site"] = pd.array(noises, dtype="string")
        return table


def noise_of(record: str, start_s: float, length_s: float) -> str:
    """Return what noise a window has: its signal-to-noise ratio, "clean", or "mixed" where it changes within.

    Examples
    --------
    >>> noise_of("118e_6", 300, 10), noise_of("118e06", 420, 10), noise_of("118e06", 295, 10)
    ('-6 dB', 'clean', 'mixed')
    """
    first, last = (
        -1 if at < _FIRST_NOISE_S else int((at - _FIRST_NOISE_S) // _TURN_S)
        for at in (start_s, start_s + length_s - 1e-6)
    )
    if first != last:
        return "mixed"
    return f"{int(record.partition('e')[2].replace('_', '-'))} dB" if first >= 0 and first % 2 == 0 else "clean"
