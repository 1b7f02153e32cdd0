"""The recordings of a configuration as a network learns from them, and what could not be used."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import Recordings
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.models._parts.loading import teachable
from ecg_eval.models._parts.network_input import NetworkInput, batches
from ecg_eval.pipeline.executors.executor import OneProcess
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study.build import Parts, build
from ecg_eval.pipeline.study.read import ReadingWork, begin, model_request

if TYPE_CHECKING:
    from ecg_eval.models._parts.network_training import Lessons

WHO = "train"
_AT_ONCE = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """What a network is taught from.

    Attributes
    ----------
    parts : Parts
        The dataset, and the findings asked for.
    record_ids : tuple of str
        Usable recordings of the training and threshold folds.
    n_patients : int
    findings : tuple of str
        Those that are taught.
    not_taught : dict of str to str
        The others, and why not.
    taken : NetworkInput
    learn, stop : Lessons
    not_used : dict of str to int
        Why recordings are not used, and how many.
    """

    parts: Parts
    record_ids: tuple[str, ...]
    n_patients: int
    findings: tuple[str, ...]
    not_taught: dict[str, str]
    taken: NetworkInput
    learn: "Lessons"
    stop: "Lessons"
    not_used: dict[str, int]


def for_a_network(config: RunConfig) -> RunConfig:
    """Return a configuration of which only one network that learns is left as a reader."""
    return config.model_copy(update={"models": (Plug(name="small_network"),), "panels": (), "primary": ()})


def gathered(config: RunConfig, progress: Progress) -> Material:
    """Return the training and threshold folds of a configuration as windows in memory.

    Parameters
    ----------
    config : RunConfig
        As ``for_a_network`` leaves it.
    progress : Progress

    Raises
    ------
    EcgEvalError
        When there is nothing to learn from, or to stop by.
    """
    for part in ("train", "threshold"):
        if not getattr(config.split, part):
            why = "to learn from" if part == "train" else "by which training is stopped"
            raise ConfigError(
                WHO, f"split.{part}", f"folds {why}", [], "Name them: split: {train: [1], threshold: [2]}"
            )
    taken = NetworkInput.of(config.training.input, who="training")
    parts = build(config)
    work, split = begin(config, parts, progress, OneProcess())
    reasons = Counter(reason for _, _, _, reason in work.left_out)
    findings, not_taught = _taught(work, split["train"])
    get = model_request(work, WHO, split).recordings
    learn = _lessons(work, get(split["train"], "Reading the training folds"), findings, taken, reasons)
    stop = _lessons(work, get(split["threshold"], "Reading the threshold folds"), findings, taken, reasons)
    record_ids = (*split["train"], *split["threshold"])
    return Material(
        parts=parts,
        record_ids=record_ids,
        n_patients=int(work.records.loc[list(record_ids), "patient_id"].nunique()),
        findings=findings,
        not_taught=not_taught,
        taken=taken,
        learn=learn,
        stop=stop,
        not_used=dict(reasons),
    )


def _taught(work: ReadingWork, ids: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    if work.labels is None:
        raise ConfigError(WHO, "dataset", "one with labels", work.parts.dataset.name)
    patients = work.records.loc[list(ids), "patient_id"].to_numpy(dtype=str)
    taught, not_taught = teachable(work.labels.table.loc[list(ids)], np.ones(len(ids), dtype=bool), patients)
    if not taught:
        reasons = "; ".join(f"{code}: {why}" for code, why in not_taught.items())
        raise ConfigError(WHO, "findings", "some that the training folds can teach", list(not_taught), reasons)
    return tuple(taught), not_taught


def _lessons(
    work: ReadingWork,
    recordings: Recordings,
    findings: Sequence[str],
    taken: NetworkInput,
    reasons: "Counter[str]",
) -> "Lessons":
    from ecg_eval.models._parts.network_training import Lessons

    rows, windows = [], []
    for row, window in batches(recordings, taken, who=WHO, size=_AT_ONCE, reasons=reasons):
        rows.append(row)
        windows.append(window)
    if not rows or work.labels is None:
        why = "; ".join(f"{reason} ({n})" for reason, n in reasons.items())
        raise InputFileError(WHO, "recordings", "some that the network can take", "none", why)
    read, place = np.unique(np.concatenate(rows), return_inverse=True)
    labels = work.labels.table.loc[[recordings.ids[i] for i in read], list(findings)]
    # steps of 1/1024, far below noise, since training amplifies the last bits in which processors differ
    stacked = np.round(np.concatenate(windows) * 1024) / 1024
    return Lessons(
        stacked.astype(np.float32, copy=False),
        place.astype(np.int64),
        labels.to_numpy(dtype=np.float32, na_value=np.nan),
    )
