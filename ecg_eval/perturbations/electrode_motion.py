"""Electrode motion, recorded for the Noise Stress Test Database: it looks like beats that are not there."""

from typing import ClassVar

from ecg_eval.perturbations._parts.recorded_noise import RecordedNoise


class ElectrodeMotion(RecordedNoise):
    """Jumps of electrodes that are pulled, the hardest noise for programs; the record `em`."""

    noise_record: ClassVar[str] = "em"
