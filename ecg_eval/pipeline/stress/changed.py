"""The tracings of a stress test: which are changed how, and which cannot be."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ecg_eval import registry
from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.facts.stress import StressPart
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, EcgEvalError
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.progress import Progress

_LONGEST_S = 1800.0  # of a record of noise, read as one window


@dataclass(frozen=True)
class Changed:
    """One recording, changed; `perturbation` None for the recording as it is."""

    record_id: str
    perturbation: Perturbation | None = None
    dose: float | None = None


@dataclass(frozen=True, eq=False)
class Tracings:
    """All tracings of a stress test.

    Attributes
    ----------
    by_id : dict of str to Changed
        Under an id for each.
    parts : list of StressPart
    load : callable
        Id -> the changed recording.
    """

    by_id: dict[str, Changed]
    parts: list[StressPart]
    load: Callable[[str], Recording]


def perturbations_of(config: RunConfig) -> list[Perturbation]:
    """Return what a configuration does to tracings, records of noise handed over.

    Raises
    ------
    EcgEvalError
        For a name, a dose or a record of noise that cannot be.
    """
    stated = config.stress.perturbations
    plugs = stated or [Plug(name=name) for name in registry.names("perturbations")]
    made: list[Perturbation] = []
    for plug in plugs:
        kind = load("perturbations", plug.name)
        if kind.noise_record and not stated and not _has_noise(config, kind.noise_record):
            continue
        perturbation: Perturbation = make("perturbations", plug.name, plug.arguments, root=config.data_root)
        if perturbation.noise_record:
            perturbation.noise = _noise(config, perturbation)
        made.append(perturbation)
    return made


def _noise_folder(config: RunConfig) -> Path | None:
    return None if config.stress.noise is None else config.data_root / config.stress.noise


def _has_noise(config: RunConfig, record: str) -> bool:
    folder = _noise_folder(config)
    return folder is not None and (folder / f"{record}.hea").is_file()


def _noise(config: RunConfig, perturbation: Perturbation) -> Recording:
    folder = _noise_folder(config)
    if folder is None or not _has_noise(config, perturbation.noise_record):
        rule = f"a folder that holds the record {perturbation.noise_record!r}"
        remedy = "It is part of https://physionet.org/content/nstdb/."
        raise ConfigError(f"stress.perturbations, {perturbation.name}", "stress.noise", rule, str(folder), remedy)
    archive = make("datasets", "nstdb", {"root": str(folder), "window_s": _LONGEST_S, "part": "noise"})
    windows = [str(r) for r in archive.records().index if str(r).startswith(perturbation.noise_record)]
    if not windows:
        rule = f"{_LONGEST_S / 60:g} min long, as the archive's are"
        raise ConfigError("stress.noise", f"record {perturbation.noise_record}", rule, "a shorter one")
    noise: Recording = archive.load(windows[0])
    return noise


def tracings(
    record_ids: Sequence[str],
    load_record: Callable[[str], Recording],
    perturbations: Sequence[Perturbation],
    *,
    seed: int,
    progress: Progress,
) -> Tracings:
    """Return every recording as it is and changed in every way that can be done to it.

    A recording is changed by the same draw at every dose, so that doses differ by the dose alone.
    """
    by_id = {f"{record_id} as it is": Changed(record_id) for record_id in record_ids}
    whole = {c.record_id: load_record(c.record_id) for c in progress_over(by_id, progress)}
    parts = []
    for perturbation in perturbations:
        reasons: Counter[str] = Counter()
        counts = []
        for dose in perturbation.doses:
            n = 0
            for record_id in record_ids:
                changed = Changed(record_id, perturbation, dose)
                try:
                    _perturbed(whole[record_id], changed, seed)
                except EcgEvalError as error:
                    reasons[f"{error.what} is not {error.rule}"] += 1
                    continue
                n += 1
                by_id[f"{record_id} {perturbation.name} {dose:g}"] = changed
            counts.append(n)
        parts.append(_part(perturbation, counts, reasons))

    def load(name: str) -> Recording:
        changed = by_id[name]
        # loaded anew, since all of them need not fit in memory
        return replace(_perturbed(load_record(changed.record_id), changed, seed), record_id=name)

    return Tracings(by_id, parts, load)


def progress_over(by_id: dict[str, Changed], progress: Progress) -> list[Changed]:
    """Return the changed recordings while a bar is shown."""
    return [by_id[name] for name in progress(list(by_id), "Reading signals")]


def _perturbed(recording: Recording, changed: Changed, seed: int) -> Recording:
    if changed.perturbation is None or changed.dose is None:
        return recording
    words = f"{changed.perturbation.name} {recording.record_id}".encode()
    return changed.perturbation.perturbed(recording, changed.dose, rng=np.random.default_rng([seed, *words]))


def _part(perturbation: Perturbation, counts: Sequence[int], reasons: Counter[str]) -> StressPart:
    unit = perturbation.unit
    words = [perturbation.named.get(dose, f"{dose:g} {unit}".strip()) for dose in perturbation.doses]
    about = (type(perturbation).__doc__ or perturbation.name).strip().split("\n", maxsplit=1)[0]
    return StressPart(
        perturbation=perturbation.name,
        unit=unit,
        source=perturbation.source,
        about=about,
        doses=perturbation.doses,
        dose_words=tuple(words),
        n_records=tuple(counts),
        reasons=tuple(reasons.items()),
    )
