"""The schema of a run: frozen, every key known, every field says what it means.

Unknown keys are refused (a typo in a key would otherwise silently run something else). Plug-ins are named with their
arguments; ``pipeline.study.check`` asks the registry whether those exist, since a configuration imports no plug-in.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Plug(BaseModel):
    """A plug-in by name, its arguments beside the name: ``{name: ptb_xl, sampling_rate_hz: 100}`` or ``ptb_xl``."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    name: str
    """Name of the plug-in (its file), or a dotted path such as my_package.my_module:MyClass."""
    id: str | None = Field(default=None, min_length=1, max_length=200)
    """What it is called in tables; its name when not given (models only)."""

    @property
    def arguments(self) -> dict[str, object]:
        """Return the arguments for the plug-in."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def label(self) -> str:
        """Return what it is called in tables."""
        return self.id or self.name.rsplit(":", maxsplit=1)[-1]


def _plug(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


AnyPlug = Annotated[Plug, BeforeValidator(_plug)]


class ThresholdRule(_Frozen):
    """How thresholds are chosen: by the largest sum of sensitivity and specificity where nothing else is said."""

    sensitivity: Annotated[float, Field(gt=0, le=1)] | None = None
    """The least sensitivity on the threshold folds."""
    specificity: Annotated[float, Field(gt=0, le=1)] | None = None
    """The least specificity on the threshold folds."""
    score: float | None = None
    """The threshold itself."""

    @model_validator(mode="after")
    def _one(self) -> "ThresholdRule":
        rules = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(rules) > 1:
            raise ValueError(f"one rule chooses the thresholds, not {' and '.join(rules)}")
        return self


def _rule(value: object) -> object:
    """Return a rule from its short form."""
    return {} if value == "youden" else value


class Split(_Frozen):
    """Which folds of the dataset teach, which freeze thresholds, which are read."""

    train: tuple[int, ...] = ()
    """Folds that models learn from."""
    threshold: tuple[int, ...] = ()
    """Folds on which each finding's threshold is frozen; never those of the test."""
    threshold_rule: Annotated[ThresholdRule, BeforeValidator(_rule)] = ThresholdRule()
    """How it is chosen there: `youden`, `{sensitivity: 0.9}` or `{specificity: 0.9}` (that much on these folds, and the
    most of the other), or `{score: 0.5}` (as it is, for findings of so few ECGs that nothing can be chosen on them)."""
    test: tuple[int, ...] = ()
    """Folds that are read and evaluated; empty: all records."""
    same_tracing: Literal["refuse", "leave_out"] = "refuse"
    """What follows when the same tracing is on both sides under two ids: no run, or a run without these patients in
    training and thresholds."""

    @model_validator(mode="after")
    def _disjoint(self) -> "Split":
        parts = {"train": set(self.train), "threshold": set(self.threshold), "test": set(self.test)}
        for first, second in (("train", "threshold"), ("train", "test"), ("threshold", "test")):
            shared = sorted(parts[first] & parts[second])
            if shared:
                raise ValueError(f"folds {shared} must not be in both {first} and {second}")
        return self


class Answers(_Frozen):
    """What answers that are neither present nor absent count as in yes/no metrics."""

    uncertain: Literal["present", "absent", "missing"] = "absent"
    """Absent by default: the finding was not named (as in SAFE, BMJ 2007;335:380)."""
    refer: Literal["present", "absent", "missing"] = "present"
    """Present by default: the patient is sent on, so the finding is not missed."""


class Intervals(_Frozen):
    """How sure the numbers are said to be."""

    level: float = Field(default=0.95, gt=0.5, lt=1)
    """Coverage that every interval aims at."""
    resamples: int = Field(default=1000, ge=100, le=100_000)
    """Bootstrap resamples, drawn once by patient and shared by all metrics, findings and readers."""


class Primary(_Frozen):
    """An estimate that the analysis plan named before the data were seen."""

    metric: str
    """Name of the metric."""
    reader: str | None = None
    """Reader id or group; when not given, the means over readers, or every reader where the metric has none."""
    finding: str | None = None
    """Code of the finding, or macro; when not given, the mean over findings, or every finding where there is none."""
    arm: str | None = None
    """Arm ("aided - unaided" for what the aid does); all when not given."""
    compared_with: str | None = None
    """The other reader, or group, of a comparison; all when not given."""
    margin: float | None = Field(default=None, gt=0, lt=1)
    """The margin of a metric that has one (model_against_readers, individual_equivalence): the same as the metric's,
    spelt out or by default."""


class Subgroups(_Frozen):
    """In which parts of the records the metrics that allow it are repeated."""

    by: tuple[str, ...] = ()
    """Columns of the records (sex, age, site, device, ...), and their intersections ("age x sex"); age is cut at
    `age_bands_years`."""
    age_bands_years: tuple[int, ...] = (40, 65, 80)
    """Lower ends of the age bands after the first."""
    minimum_n: int = Field(default=20, ge=1)
    """Smaller subgroups are named but not estimated: they say little and may identify people."""


class TargetPopulation(_Frozen):
    """The patients for whom numbers "in the population" hold: their shares by one column, and who says so."""

    by: str
    """A column of the records (sex, age, site, ...; age is cut at `subgroups.age_bands_years`), or a finding."""
    shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=2)
    """Share of each of its values among the population's ECGs; they sum to 1. Of a finding: present and absent."""
    source: str = Field(min_length=1)
    """Who says so."""

    @model_validator(mode="after")
    def _whole(self) -> "TargetPopulation":
        total = sum(self.shares.values())
        if abs(total - 1) > 0.005:
            raise ValueError(f"the shares must sum to 1; these sum to {total:g}")
        return self


class StatedPrevalence(_Frozen):
    """How common a finding is where readers would work, and who says so."""

    value: float = Field(gt=0, lt=1)
    """Share of the ECGs there that show it."""
    low: float | None = Field(default=None, gt=0, lt=1)
    """Lower end of its 95 % interval, where the source gives one; the prevalence is taken as known without."""
    high: float | None = Field(default=None, gt=0, lt=1)
    """Upper end of it; both are given, or none."""
    source: str = Field(min_length=1)
    """Who says so."""

    @model_validator(mode="after")
    def _within_its_interval(self) -> "StatedPrevalence":
        if (self.low is None) != (self.high is None):
            raise ValueError("both ends of its interval or none must be given (low, high)")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value:g} must lie within its interval, {self.low:g} to {self.high:g}")
        return self


class OwnFinding(_Frozen):
    """A finding that the study defines, beside those of the vocabulary."""

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=40)
    """Its name in tables; none that the vocabulary has (`ecg-eval list findings`)."""
    en: str = ""
    """Its name in English; the code when not given."""
    fr: str = ""
    """Its name in French; the English one when not given."""
    broader: tuple[str, ...] = ()
    """Codes of the broader findings that it implies."""
    urgency: Literal["act_now", "urgent", "routine", "none"] = "none"
    """What a GP would have to do if it is new."""
    exclusive: str | None = None
    """Name of a group of findings of which each recording has exactly one; those that name the same are one group."""


class Kind(_Frozen):
    """What readers of a kind that the study declares are called."""

    en: str = ""
    """One of them, in English; the word itself when not given."""
    en_many: str = ""
    """Several of them, in English."""
    fr: str = ""
    """One of them, in French."""
    fr_many: str = ""
    """Several of them, in French."""


class Group(_Frozen):
    """Readers taken together; a reader may be in several groups."""

    readers: tuple[str, ...] = ()
    """Reader ids."""
    where: dict[str, tuple[str | int | float, ...]] = {}
    """Columns of the readers table and the values that its readers have there: {practice_id: [north]}."""
    en: str = ""
    """Its readers in English ("juniors"); the group's name when not given."""
    fr: str = ""
    """Its readers in French."""

    @model_validator(mode="after")
    def _of_somebody(self) -> "Group":
        if not self.readers and not self.where:
            raise ValueError("a group must list its readers, or say `where` they are found")
        return self


def _group(value: object) -> object:
    return {"readers": value} if isinstance(value, list | tuple) else value


class ReaderSubgroups(_Frozen):
    """Parts of the readers for which means are repeated, and compared with all others of their kind."""

    by: tuple[Literal["training", "practice_id", "years_experience", "ecgs_per_year"], ...] = ()
    """Columns of the readers; numbers are cut at `years_experience` and `ecgs_per_year`."""
    years_experience: tuple[float, ...] = (10,)
    """Lower ends of the parts after the first."""
    ecgs_per_year: tuple[float, ...] = (28,)
    """Lower ends of the parts after the first; 28 a year is what a French GP records (docs/questions/help.md)."""


class Tracking(_Frozen):
    """Where MLflow keeps the run."""

    enabled: bool = True
    """Whether to log at all."""
    uri: str | None = None
    """Store; MLFLOW_TRACKING_URI when not given, otherwise an SQLite file beside the run folder."""
    experiment: str = "ecg_eval"
    """Name of the experiment; no slash."""
    limit_s: float = Field(default=120.0, gt=0)
    """Seconds that logging may take in all; a store that has not answered by then is left alone."""

    @model_validator(mode="after")
    def _no_slash(self) -> "Tracking":
        if "/" in self.experiment:
            raise ValueError("experiment must not contain a slash: MLflow reads it as a folder")
        return self

    @model_validator(mode="after")
    def _no_password(self) -> "Tracking":
        if self.uri and ":" in urlsplit(self.uri).netloc.rpartition("@")[0]:
            raise ValueError(
                "uri must not hold a password, which would stand in the run folder: leave it out and set "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or the whole address as MLFLOW_TRACKING_URI"
            )
        return self


class Quality(_Frozen):
    """What follows from flaws of a signal. Kinds of flaws, limits and their defaults: docs/quality.md."""

    actions: dict[str, Literal["exclude", "flag", "note", "off"]] = {}
    """By kind of flaw: leave the recording out, keep it and say so, write it down only, do not look for it."""
    limits: dict[str, float] = {}
    """By name: from where on something is a flaw."""
    correct: tuple[Literal["electrodes", "polarity"], ...] = ()
    """What is undone before anybody reads, where its cause is beyond doubt; nothing by default."""


class Limits(_Frozen):
    """What plug-ins may take; where a limit is set, those of this package too are asked in a process of their own."""

    model_s: float | None = Field(default=None, gt=0)
    """Seconds that a model may take in all, teaching and thresholds included; as long as it takes when not given."""
    plugin_s: float | None = Field(default=None, gt=0)
    """Seconds that any other plug-in may take for an answer: a panel's readings, the truth, a metric, a section."""
    memory_gb: float | None = Field(default=None, gt=0)
    """GB of memory that a plug-in may take beside what the run holds; as much as there is when not given."""


class Costs(_Frozen):
    """What is measured of the models' costs: provenance, which no estimate depends on."""

    measure: bool = True
    """Whether each model reads some recordings once more, alone and 32 together; skipped where it would take long."""
    energy_country: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    """Three letters (ISO 3166) of the country whose electricity it is: energy is estimated then (extra `energy`)."""


class Explanations(_Frozen):
    """Where in the ECGs the answers of networks come from, and a test whether that means anything."""

    records: int = Field(default=50, ge=1)
    """Recordings of the test folds that are explained, spread over all; the gallery shows them on the tracing."""
    shares: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(default=(0.05, 0.1, 0.2, 0.3, 0.5), min_length=1)
    """Shares of a recording that are deleted: what was pointed at most, as much at random, the largest deflections."""

    @model_validator(mode="after")
    def _rising(self) -> "Explanations":
        if list(self.shares) != sorted(set(self.shares)):
            raise ValueError(f"shares must rise; got {list(self.shares)}")
        return self


def _asked(value: object) -> object:
    """Read `explanations: true` as all its defaults, and false as nothing asked."""
    return ({} if value else None) if isinstance(value, bool) else value


class Executor(_Frozen):
    """Who reads, measures and evaluates: the run's own process, or a Dask cluster (docs/scale.md)."""

    name: Literal["process", "dask"] = "process"
    """`process`, or `dask`, which needs the extra `cluster`; the numbers are the same."""
    scheduler: str | None = None
    """Address of a Dask scheduler that is there, such as tcp://10.0.0.1:8786; its workers must see the same files under
    the same paths and have the same versions. When not given, workers of this machine are started for the run."""
    workers: int = Field(default=2, ge=1, le=1024)
    """How many workers of this machine, where no scheduler is given."""
    limit_s: float = Field(default=60.0, gt=0)
    """Seconds to wait for a scheduler or a worker before the run is given up."""


class Stress(_Frozen):
    """What `ecg-eval stress` does to tracings."""

    perturbations: tuple[AnyPlug, ...] = ()
    """Perturbations by name, `{name: mains, doses: [0.1, 1]}`; when not given, all of `ecg-eval list perturbations`,
    those of recorded noise where there is any."""
    noise: Path | None = None
    """Folder of the MIT-BIH Noise Stress Test Database's records `bw`, `ma` and, if you have it, `em`."""
    records: int = Field(default=200, ge=10)
    """Recordings of the test folds that are changed, spread over all."""


class MatrixArchive(_Frozen):
    """Another archive of a matrix, with the folds of it that teach, freeze thresholds and are read."""

    dataset: AnyPlug
    """Where its recordings and labels come from."""
    id: str | None = Field(default=None, min_length=1, max_length=100)
    """What it is called in tables; the dataset's name when not given."""
    split: Split | None = None
    """Its folds; those of the configuration when not given."""


class Matrix(_Frozen):
    """What `ecg-eval matrix` teaches and reads models on, beside the configuration's own dataset (docs/matrix.md)."""

    archives: tuple[MatrixArchive, ...] = ()
    """The other archives."""
    id: str | None = Field(default=None, min_length=1, max_length=100)
    """What the configuration's own dataset is called in tables."""
    seeds: int = Field(default=1, ge=1, le=100)
    """How often each model is taught, with the seed of the configuration and those that follow it."""


class Training(_Frozen):
    """The network that `ecg-eval train` trains, and how (docs/training.md); no run depends on it."""

    architecture: str = "small"
    """`small`, `resnet_ribeiro2020` or `xresnet1d101`."""
    input: dict[str, object] = {
        **{"sampling_rate_hz": 100, "duration_s": 10, "units": "any"},
        **{"normalisation": "z_score_lead", "long": "middle"},
    }
    """What it takes, as for every saved network (docs/add-a-model.md)."""
    epochs: int = Field(default=40, ge=1, le=10_000)
    """Passes over the training recordings at most; the learning rate rises and falls over so many."""
    patience: int = Field(default=10, ge=1)
    """Passes without a better mean AUROC on the threshold folds after which training ends; the best weights stay."""
    batch: int = Field(default=32, ge=2, le=4096)
    """Windows of one step."""
    learning_rate: float = Field(default=2e-3, gt=0)
    """The highest that it gets."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Of AdamW."""
    imbalance: Literal["none", "weights"] = "none"
    """`weights`: recordings with a finding count as often as those without, at most 20 times; taken out of the
    probabilities afterwards."""
    augmentation: dict[str, float] | None = None
    """Variations of the training recordings and how much of each; `{}` for none; the usual ones when not given."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes a graphics card where there is one."""
    precision: Literal["float32", "bf16"] = "float32"
    """`bf16` multiplies in half the digits, which is quicker where the processor can do it."""
    threads: int = Field(default=1, ge=0)
    """1 gives the same weights on every machine; 0 for as many as there are cores."""
    start_from: Path | None = None
    """Card of a trained network whose weights it begins with; its last layer is new where the findings are others."""
    train_only: Literal["all", "head"] = "all"
    """`head` leaves all weights of `start_from` but the last layer as they are (a linear probe)."""

    @model_validator(mode="after")
    def _head_of_something(self) -> "Training":
        if self.train_only == "head" and self.start_from is None:
            raise ValueError("train_only: head needs start_from, a trained network to put the head on")
        return self


class Report(_Frozen):
    """What the report is made of."""

    languages: tuple[Literal["en", "fr"], ...] = ("en",)
    """One page a language."""
    sections: tuple[AnyPlug, ...] = tuple(
        Plug(name=n)
        for n in (
            "answer",
            "oddities",
            "study_flow",
            "findings_grid",
            "accuracy",
            "single_choice",
            "roc",
            "agreement",
            "differences",
            "costs",
            "explanations",
            "aid",
            "management",
            "questions",
            "measurements",
            "left_out",
            "methods",
            "provenance_page",
        )
    )
    """Sections in order."""


DEFAULT_METRICS = (
    "prevalence",
    "sensitivity",
    "specificity",
    "sensitivity_gap",
    "specificity_gap",
    "ppv",
    "npv",
    "f1",
    "positive_likelihood_ratio",
    "negative_likelihood_ratio",
    "auroc",
    "average_precision",
    "brier",
    "cohen_kappa",
    "pabak",
    "gwet_ac1",
    "positive_agreement",
    "negative_agreement",
    "fleiss_kappa",
    "krippendorff_alpha",
    "mcnemar",
    "sensitivity_difference",
    "specificity_difference",
    "auroc_difference",
    "aid_effect_sensitivity",
    "aid_effect_specificity",
    "aid_effect_accuracy",
    "aid_effect_ai_right",
    "aid_effect_ai_wrong",
    "beneficial_switch",
    "harmful_switch",
    "management_right",
    "under_managed",
    "over_managed",
    "sent_on",
    "aid_effect_management_right",
    "aid_effect_under_managed",
    "aid_effect_sent_on",
)


def _with_defaults(value: object) -> object:
    """Put the usual metrics in the place of `default`; a metric named again replaces the one before."""
    if not isinstance(value, list | tuple):
        return value
    plugs: dict[str, object] = {}
    for item in value:
        for plug in DEFAULT_METRICS if item == "default" else (item,):
            named = plug.get("id") or plug.get("name") if isinstance(plug, dict) else plug
            plugs[str(named)] = plug
    return list(plugs.values())


Design = Literal[
    "auto",
    "crossed",
    "crossover",
    "sequential",
    "nested",
    "incomplete",
    "split_plot",
    "half_and_half",
    "parallel",
    "stepped_wedge",
]


class RunConfig(_Frozen):
    """A run: recordings, readers, a reference, questions, and where the answers go."""

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=100)
    """Short name of the run (letters, digits, dot, dash, underscore; no dot or dash at its beginning)."""
    title: str | dict[Literal["en", "fr"], str] = ""
    """Heading of the report; a mapping gives one a language."""
    data_root: Path = Path()
    """Folder that every other path is relative to; itself relative to the configuration file."""
    dataset: AnyPlug
    """Where recordings and their labels come from."""
    findings: tuple[str | OwnFinding, ...] = Field(min_length=1)
    """Codes of findings, names of label sets, and definitions of the study's own: {code: STEMI, en: ..., fr: ...}."""
    kinds: dict[str, Kind] = {}
    """Kinds of readers beside those that are known (gp, cardiologist, ...): {paramedic: {en: paramedic, fr: ...}}."""
    groups: dict[str, Annotated[Group, BeforeValidator(_group)]] = {}
    """Groups of readers beside their kinds: {juniors: [a, b], emergency: {where: {practice_id: [er]}}}."""
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of findings of which each recording has exactly one; an answer or truth with more or none is listed."""
    pseudonyms: Path | None = None
    """File of a secret key: readers who are people, and patients, then go by a keyed hash in all that is written."""
    split: Split = Split()
    """Folds for training, thresholds and test."""
    signals_required: bool = False
    """Whether every labelled row must have its signal; otherwise rows without are counted, named and left out."""
    quality: Quality = Quality()
    """What follows from flaws of a signal."""
    resample_hz: float | None = Field(default=None, gt=0, le=10_000)
    """Sampling rate in Hz that recordings are brought to before models read them; as recorded when not given."""
    cache: bool | Path = True
    """Where signals are packed for quick reading: true for the user's own folder of caches, a path, or false."""
    verify: Literal["quick", "full"] = "quick"
    """How it is told whether signals changed since they were read: by size and time of their files, or by all that is
    in them, which takes about as long as reading them."""
    models: tuple[AnyPlug, ...] = ()
    """Programs that read the test recordings."""
    panels: tuple[AnyPlug, ...] = ()
    """Sources of human or outside readings."""
    vote: tuple[str, ...] = ()
    """Kinds of readers (gp, ...) whose majority is a reader of its own, "vote of gp"; ties are no answer."""
    design: Design = "auto"
    """Who read what with and without help, as the protocol says; recognised from the readings when not given, compared
    with them when given (docs/questions/design.md)."""
    adjust_for: tuple[Literal["period", "practice", "position", "experience"], ...] = ()
    """What a model takes out of the effect of help; a stepped wedge is adjusted for period and practice anyhow."""
    reference: AnyPlug = Plug(name="dataset_labels")
    """How the reference standard is formed; none for agreement alone."""
    metrics: Annotated[tuple[AnyPlug, ...], BeforeValidator(_with_defaults)] = tuple(
        Plug(name=n) for n in DEFAULT_METRICS
    )
    """Questions asked; `default` stands for all the usual ones, and a metric named after it replaces that one."""
    primary: tuple[Primary, ...] = ()
    """Estimates that were pre-specified; all others are marked exploratory."""
    family: Literal["metric", "finding"] = "metric"
    """Which tests are adjusted together: of one metric and question those of all findings, or finding by finding."""
    answers: Answers = Answers()
    """What uncertain and refer count as."""
    intervals: Intervals = Intervals()
    """Level and resamples of the intervals."""
    subgroups: Subgroups = Subgroups()
    """Parts of the records in which metrics are repeated."""
    reader_subgroups: ReaderSubgroups = ReaderSubgroups()
    """Parts of the readers for which means over readers are repeated, and their difference from the others."""
    target_population: TargetPopulation | None = None
    """The case mix that numbers "in the population" are re-weighted to (docs/questions/population.md); when not given,
    that of the column `sampling_weight` of the records, where they have one."""
    prevalence: dict[str, StatedPrevalence] | None = None
    """How common findings are where readers would work, for every metric that asks (docs/questions/in-practice.md):
    {AF: {value: 0.068, source: "SAFE, age 65 and over"}}. A metric with a `prevalence` of its own uses that alone."""
    limits: Limits = Limits()
    """Time and memory of plug-ins."""
    stress: Stress = Stress()
    """What `ecg-eval stress` does to tracings; no run depends on it."""
    training: Training = Training()
    """The network that `ecg-eval train` trains; a configuration with it needs no reader for that."""
    matrix: Matrix = Matrix()
    """Further archives of `ecg-eval matrix`; no run depends on it."""
    costs: Costs = Costs()
    """What is measured of the models' costs."""
    explanations: Annotated[Explanations | None, BeforeValidator(_asked)] = None
    """Where networks' answers come from, on the tracings of the gallery (docs/explanations.md); true for the usual."""
    executor: Annotated[Executor, BeforeValidator(_plug)] = Executor()
    """Who does the work."""
    tracking: Tracking = Tracking()
    """MLflow."""
    report: Report = Report()
    """Languages and sections."""
    seed: int = Field(default=20260101, ge=0)
    """Everything random is drawn from it."""
    out: Path | None = None
    """Run folder; runs/NAME in the current folder when not given."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes and label sets asked for, the study's own among them."""
        return tuple(f if isinstance(f, str) else f.code for f in self.findings)

    @property
    def defined(self) -> tuple[OwnFinding, ...]:
        """Return the findings that the study defines."""
        return tuple(f for f in self.findings if not isinstance(f, str))

    @property
    def exclusive_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of findings of which each recording has exactly one."""
        named: dict[str, list[str]] = {}
        for finding in self.defined:
            if finding.exclusive is not None:
                named.setdefault(finding.exclusive, []).append(finding.code)
        return (*self.exclusive, *(tuple(codes) for codes in named.values()))

    @model_validator(mode="after")
    def _margins_agree(self) -> "RunConfig":
        for item in self.primary:
            # a margin that the metric leaves to its default is known to the plug-in alone, which the check asks
            given = [m.arguments["margin"] for m in self.metrics if m.name == item.metric and "margin" in m.arguments]
            if item.margin is not None and given and given[0] != item.margin:
                raise ValueError(
                    f"primary {item.metric} has the margin {item.margin:g}, the metric {given[0]}: say the same twice "
                    f"(metrics: [default, {{name: {item.metric}, margin: {item.margin:g}}}])"
                )
        return self

    @model_validator(mode="after")
    def _someone_reads(self) -> "RunConfig":
        if not self.models and not self.panels and "training" not in self.model_fields_set:
            raise ValueError("models or panels must name at least one reader")
        labels = [m.label for m in self.models]
        repeated = sorted({x for x in labels if labels.count(x) > 1})
        if repeated:
            raise ValueError(f"models {repeated} must have different ids; add `id:` to each")
        return self
