"""Baseline wander of moving people, recorded for the Noise Stress Test Database."""

from typing import ClassVar

from ecg_eval.perturbations._parts.recorded_noise import RecordedNoise


class BaselineWander(RecordedNoise):
    """Slow waves of breathing and of electrodes that move a little; the record `bw`."""

    noise_record: ClassVar[str] = "bw"
