"""Where a result comes from: how the readings came about, and how the numbers were made of them.

``study.json`` holds the first, ``provenance.json`` both. Everything may be unknown, as for frames that were given from
Python; what is read from a file is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.metric import MetricFacts
from ecg_eval.domain.facts.model import ModelFacts, Threshold
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.facts.screening import FlowStep, QualityFacts, RecordingFacts, TracingFacts
from ecg_eval.domain.lineage import Kind, Thresholds
from ecg_eval.domain.study import AnswerPolicy


@dataclass(frozen=True, kw_only=True)
class IndependenceFacts:
    """What a machine learnt from before this run, and how that bears on the recordings that it read here.

    Attributes
    ----------
    trained_on : str or None
        As ``domain.lineage.trainings`` reads it; None where it is not stated.
    kind : str
        As ``domain.lineage.Dependence`` has it.
    archives : tuple of str
        Those that make it so.
    thresholds : str
        Whether thresholds that it came with were chosen elsewhere ("independent"), on recordings read here, or on this
        archive and perhaps on these recordings.
    """

    trained_on: str | None
    kind: Kind
    archives: tuple[str, ...]
    thresholds: Thresholds = "independent"


@dataclass(frozen=True, kw_only=True)
class PanelFacts:
    """A source of human or outside readings.

    Attributes
    ----------
    plugin : str
    simulated : bool
    digests : mapping of str to str
        SHA-256 of the files read, by file name.
    failed : str
        Why it left no reading; empty where it left its readings.
    """

    plugin: str
    simulated: bool
    digests: Mapping[str, str]
    failed: str = ""


@dataclass(frozen=True, kw_only=True)
class ReferenceFacts:
    """How the truth was formed.

    Attributes
    ----------
    plugin : str
    meaning : str
        What "truth" means here, in a sentence.
    method, agreement : str
    formed_by : tuple of str
    failed : str
        As ``domain.reference.ReferenceStandard`` has them.
    """

    plugin: str = ""
    meaning: str = ""
    method: str = ""
    formed_by: tuple[str, ...] = ()
    agreement: str = ""
    failed: str = ""


@dataclass(frozen=True, kw_only=True)
class IntervalFacts:
    """How intervals were made.

    Attributes
    ----------
    level : float
        Coverage aimed at, a fraction.
    resamples : int
    unit : str
        What is drawn together.
    adjustment : str
        How p-values were adjusted.
    """

    level: float
    resamples: int
    unit: str
    adjustment: str


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """How the readings of a run came about.

    Attributes
    ----------
    dataset : DatasetFacts
    simulated : bool or None
        Whether recordings or readers are nobody's; None where nothing is said.
    flow : tuple of FlowStep
    quality : QualityFacts or None
        None where no signal was looked at.
    thresholds : tuple of Threshold
    models : mapping of str to ModelFacts
        By reader id.
    recordings : RecordingFacts or None
        None where no signal was read.
    signals : TracingFacts or None
        None where no signal was read.
    independence : mapping of str to IndependenceFacts
        By reader id, of machines.
    panels : tuple of PanelFacts
    aided_by : mapping of str to str
        Arm -> the AI that helped in it, where that is known.
    reference : ReferenceFacts
    groups : mapping of str to tuple of str
        Groups of readers that the study names, by name.
    """

    dataset: DatasetFacts = field(default_factory=DatasetFacts)
    simulated: bool | None = None
    flow: tuple[FlowStep, ...] = ()
    quality: QualityFacts | None = None
    thresholds: tuple[Threshold, ...] = ()
    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    recordings: RecordingFacts | None = None
    signals: TracingFacts | None = None
    independence: Mapping[str, IndependenceFacts] = field(default_factory=dict)
    panels: tuple[PanelFacts, ...] = ()
    aided_by: Mapping[str, str] = field(default_factory=dict)
    reference: ReferenceFacts = ReferenceFacts()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, str]:
        """Return each model, panel and reference that failed and was left out, by name -> why."""
        plugins = [panel.plugin for panel in self.panels]
        panels = [f"panel {p}" if plugins.count(p) == 1 else f"panel {p} ({i + 1})" for i, p in enumerate(plugins)]
        named = {label: model.failed for label, model in self.models.items()}
        named |= {name: panel.failed for name, panel in zip(panels, self.panels, strict=True)}
        named[f"reference {self.reference.plugin}"] = self.reference.failed
        return {name: reason for name, reason in named.items() if reason}


@dataclass(frozen=True, kw_only=True)
class Provenance(StudyFacts):
    """Where a result comes from; all of ``StudyFacts``, and how the numbers were made.

    Attributes
    ----------
    ecg_eval, commit, code, python : str
        Version of this package, its commit, the digest of its files, the version of Python.
    packages : mapping of str to str
        Versions of the libraries that numbers depend on.
    created : str
        UTC, ISO 8601.
    duration_s : float or None
    seed : int or None
    metrics : mapping of str to MetricFacts
        By name, in the order of the run.
    answers : AnswerPolicy
        What uncertain and refer count as.
    intervals : IntervalFacts or None
    subgroups : tuple of str
        Columns that divide the records.
    exclusive : tuple of tuple of str
        Groups of findings of which each recording has exactly one.
    design : str
        Design that the configuration declared; "auto" where it left it to the readings.
    adjust_for : tuple of str
        What a model takes out of the effect of help.
    plan : PlanFacts or None
        The analysis plan that was locked beside the configuration; None without one.
    evaluation_id : str
        What the estimates were made from and are, in sixteen digits.
    """

    ecg_eval: str = ""
    commit: str = ""
    code: str = ""
    python: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    duration_s: float | None = None
    seed: int | None = None
    metrics: Mapping[str, MetricFacts] = field(default_factory=dict)
    answers: AnswerPolicy = field(default_factory=AnswerPolicy)
    intervals: IntervalFacts | None = None
    subgroups: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    design: str = "auto"
    adjust_for: tuple[str, ...] = ()
    plan: PlanFacts | None = None
    evaluation_id: str = ""
