"""Muscle artefact of people, recorded for the Noise Stress Test Database."""

from typing import ClassVar

from ecg_eval.perturbations._parts.recorded_noise import RecordedNoise


class MuscleArtefact(RecordedNoise):
    """Quick noise of muscles under the electrodes; the record `ma`."""

    noise_record: ClassVar[str] = "ma"
