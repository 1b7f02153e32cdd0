"""Whether the models of a configuration may be used, tried on a few of its own recordings.

A model that learns is taught on a part of the training folds first: enough to see that it can be asked, too little to
say how good it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import Dataset, Model, Recordings
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, suggestion
from ecg_eval.pipeline.apart.processes import Allowed
from ecg_eval.pipeline.apart.stand_ins import ModelApart
from ecg_eval.pipeline.metering import metered
from ecg_eval.pipeline.model_check.questions import Checked, Examiner, Floats, compared_processes, in_a_copy
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import make_dataset, make_model
from ecg_eval.pipeline.study.check import fold_problems
from ecg_eval.pipeline.study.door import labels_of, records_of
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.recordings import loader
from ecg_eval.pipeline.study.screen import policy_of, screen

_QUESTIONS = 40  # about as many as are asked of one model, for the time that all may take
_SPARE = 20  # recordings looked at beside those that are wanted, where some cannot be read


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How models are tried.

    Attributes
    ----------
    n_records : int
        Ordinary recordings that each is asked about, 2 or more.
    n_lessons : int
        Recordings of the training folds that a model which learns is taught on.
    question_s : float
        Seconds for one question; a model that takes longer is taken to hang.
    """

    n_records: int = 6
    n_lessons: int = 200
    question_s: float = 120.0


USUAL_TRIAL = Trial()


@dataclass(frozen=True, kw_only=True)
class ModelCheck:
    """What a check of one model showed.

    Attributes
    ----------
    model : str
        Its id in the configuration.
    plugin, needs : str
        Its kind, and what input it says that it needs; empty where it could not be made.
    checked : tuple of Checked
    """

    model: str
    plugin: str
    needs: str
    checked: tuple[Checked, ...]

    @property
    def may_be_used(self) -> bool:
        """Whether nothing that was tried is wrong."""
        return all(c.verdict != "wrong" for c in self.checked)

    @property
    def text(self) -> str:
        """Return all that was tried, one line each, and what follows."""
        width = max(len(c.what) for c in self.checked)
        lines = [f"  {c.verdict:<5}  {c.what:<{width}}  {c.words}" for c in self.checked]
        wrong, notes = (sum(c.verdict == v for c in self.checked) for v in ("wrong", "note"))
        noted = f", with {notes} note{'s' * (notes > 1)}" if notes else ""
        end = f"may be used{noted}" if not wrong else f"must not be used: {wrong} of {len(lines)} checks went wrong"
        needs = f", needs {self.needs}" if self.needs else ""
        return "\n".join([f"{self.model} ({self.plugin}{needs})", *lines, f"  {self.model} {end}."])


@dataclass(frozen=True)
class _Tried:
    """What the process that made a model hands back."""

    checked: list[Checked]
    scores: Floats | None
    needs: str


@dataclass(frozen=True, eq=False)
class _Material:
    """What models are tried with: the same for all of a configuration."""

    config: RunConfig
    findings: tuple[str, ...]
    recordings: tuple[Recording, ...]
    lessons: Recordings
    labels: pd.DataFrame | None


def check_models(
    path: Path,
    *,
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    trial: Trial = USUAL_TRIAL,
    progress: Progress = silent,
) -> list[ModelCheck]:
    """Return what a check of each model of a configuration showed.

    Parameters
    ----------
    path : Path
        The configuration's file.
    only : sequence of str
        Ids of the models to check; all when empty.
    overrides : sequence of str
        ``a.b.c=value`` changes of the configuration.
    trial : Trial
    progress : callable

    Raises
    ------
    EcgEvalError
        When the configuration names no model, or what is wrong with it is nothing that a model does.
    """
    config = load_config(path, overrides)
    labels_there = [plug.label for plug in config.models]
    if not labels_there:
        raise ConfigError(str(path), "models", "named", [], "There is nothing to check.")
    for label in only:
        if label not in labels_there:
            raise ConfigError(str(path), "--model", "a model of it", label, suggestion(label, labels_there))
    plugs = [plug for plug in config.models if not only or plug.label in only]
    with speaking_as(config):
        material = _material(config, trial, progress)
        by_label = {plug.label: plug for plug in plugs}
        return [_check(by_label[label], material, trial) for label in progress(list(by_label), "Checking")]


def _material(config: RunConfig, trial: Trial, progress: Progress) -> _Material:
    if trial.n_records < 2:
        raise ConfigError("check-model", "--records", "2 or more", trial.n_records)
    dataset, findings = make_dataset(config), expand_findings(config.codes)
    if problems := dataset.problems():
        raise ProblemsError(dataset.name, problems)
    records = records_of(dataset)
    if problems := fold_problems(config.model_copy(update={"models": ()}), records):
        raise ProblemsError(dataset.name, problems)
    load = loader(dataset, config.resample_hz, correct=config.quality.correct, limits=policy_of(config.quality).limits)
    split = config.split
    test = records[records["fold"].isin(split.test)] if split.test else records
    recordings = tuple(map(load, _readable(config, dataset, test, trial.n_records, progress)))
    if len(recordings) < 2:
        rule = "there, two or more that can be read"
        raise InputFileError(dataset.name, "recordings to be read", rule, len(recordings), "A model is tried on them.")
    train = records[records["fold"].isin(split.train)] if split.train else records.iloc[:0]
    lessons = _readable(config, dataset, train, trial.n_lessons, progress)
    labels = labels_of(dataset, findings, records).table if lessons else None
    return _Material(config, findings, recordings, Recordings(tuple(lessons), load), labels)


def _readable(config: RunConfig, dataset: Dataset, records: pd.DataFrame, wanted: int, progress: Progress) -> list[str]:
    """Return some records that the run would read, spread over all."""
    there = list(records.index[records["has_signal"]])
    places = np.unique(np.linspace(0, len(there) - 1, min(wanted + wanted // 4 + _SPARE, len(there))).astype(int))
    tried = [there[i] for i in places]
    usable = screen(dataset, tried, progress, policy_of(config.quality)).usable if tried else []
    return [usable[i] for i in np.unique(np.linspace(0, len(usable) - 1, min(wanted, len(usable))).astype(int))]


def _check(plug: Plug, material: _Material, trial: Trial) -> ModelCheck:
    config, label = material.config, plug.label
    memory_gb = config.limits.memory_gb
    session = Allowed(seconds=_QUESTIONS * trial.question_s, memory_gb=memory_gb)
    try:
        stand_in = make_model(plug, config)
        first = in_a_copy(lambda: _tried(label, stand_in, material, trial), f"model {label}", "answers", session)
        checked = list(first.checked)
        if first.scores is not None:
            again = _scores_anew(plug, material, session)
            checked.insert(-1, compared_processes(first.scores, again))
    except EcgEvalError as error:
        return ModelCheck(model=label, plugin=plug.name, needs="", checked=(Checked("made", "wrong", str(error)),))
    return ModelCheck(model=label, plugin=plug.name, needs=first.needs, checked=tuple(checked))


def _tried(label: str, stand_in: Model, material: _Material, trial: Trial) -> _Tried:
    """Make and teach a model, and ask it everything; called in a process of its own."""
    with metered() as cost:
        model, taught = _made_and_taught(label, stand_in, material)
    memory = "" if cost.memory_mb is None else f", {cost.memory_mb:.0f} MB at the peak with the libraries that it loads"
    words = f"{taught} in {cost.cpu_s:.1f} s of processor time{memory}"
    examiner = Examiner(
        label=label,
        model=model,
        findings=material.findings,
        recordings=material.recordings,
        allowed=Allowed(seconds=trial.question_s, memory_gb=material.config.limits.memory_gb),
        fixed_rate_hz=material.config.resample_hz,
    )
    checked = [Checked("made", "ok", words), *examiner.examine()]
    is_able = checked[1].verdict != "wrong"
    scores = examiner.ask(material.recordings).scores if is_able else None
    return _Tried(checked, scores, model.needs)


def _made_and_taught(label: str, stand_in: Model, material: _Material) -> tuple[Model, str]:
    model = stand_in.made if isinstance(stand_in, ModelApart) else stand_in
    learns = type(model).fit is not Model.fit
    if not learns:
        return model, "made"
    if material.labels is None:
        return model, "made; it learns, and there are no training folds, so that it was asked untaught,"
    # as `ecg-eval run` draws, so that what is seen here is what comes of it
    rng = np.random.default_rng([material.config.seed, *b"fit", *label.encode()])
    model.fit(material.lessons, material.labels.loc[list(material.lessons.ids)], rng=rng)
    return model, f"made, and taught on {len(material.lessons)} of the training recordings,"


def _scores_anew(plug: Plug, material: _Material, session: Allowed) -> Floats:
    """Return the scores of a model that is made and taught once more."""
    label = plug.label
    stand_in = make_model(plug, material.config)

    def scores() -> Floats:
        model, _ = _made_and_taught(label, stand_in, material)
        handed = {r.record_id: r for r in material.recordings}
        return np.asarray(model.scores(Recordings(tuple(handed), handed.__getitem__), material.findings), dtype=float)

    return in_a_copy(scores, f"model {label}", "answers", session)
