"""What a plug-in promises. Each kind is one class; a file in its room holds one subclass and lends it its name.

The attributes that a class must state (a question in a clinician's words, a source, a caveat, a licence ...) are part
of the contract: the report prints them, and a class that does not state them is refused when it is loaded.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.facts.attribution import Attribution
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.metric import Answers, MetricFacts, Picture, Role
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.lineage import relatives
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import Block, StudyResult, left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, EcgEvalError, PluginError

T = TypeVar("T")
Look = Callable[[Callable[[str], Recording], str], object]
"""(load, record id) -> what is worked out from one recording by itself."""


class Plugin(ABC):
    """Base of all plug-ins: a name made from the class (``CohenKappa`` is ``cohen_kappa``) and stated facts.

    Attributes
    ----------
    name : str
        As a configuration says it.
    """

    name: ClassVar[str]
    _stated: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Name the class and refuse one that does not state what its contract asks."""
        super().__init_subclass__(**kwargs)
        if cls.__name__.startswith("_") or ABC in cls.__bases__:
            return
        if "name" not in cls.__dict__:
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        unsaid = [a for a in cls._stated if not hasattr(cls, a)]
        if unsaid:
            raise PluginError(cls.__name__, "class", f"one that states {', '.join(cls._stated)}", unsaid)


class Dataset(Plugin, ABC):
    """A source of recordings and, where it has them, labels.

    Attributes
    ----------
    title, version, licence, citation, url : str
        As the report prints them.
    access : str
        "open", "credentialed", "simulated" or "local".
    size : str
        How many recordings of how many patients, and how much room they take.
    population, devices : str
        Who the patients are, and what recorded them.
    lead_order, units : str
        As the archive's files have them; ``load`` gives leads by name, and millivolts wherever the files can.
    labelled_by : str
        Who said what the recordings show, and how.
    lineage : tuple of str
        Names of archives that share its recordings or its patients; a plug-in's name where the archive has one.
        ``domain.lineage`` knows what follows from them.
    parts : tuple of str
        Of a collection of archives, those that alone are read; empty when all are.
    """

    title: ClassVar[str]
    version: ClassVar[str]
    licence: ClassVar[str]
    citation: ClassVar[str]
    url: ClassVar[str]
    access: ClassVar[str]
    size: ClassVar[str]
    population: ClassVar[str]
    devices: ClassVar[str]
    lead_order: ClassVar[str]
    units: ClassVar[str]
    labelled_by: ClassVar[str]
    lineage: tuple[str, ...] = ()  # of the class for an archive, of the instance where only the user knows
    parts: tuple[str, ...] = ()
    _stated = (
        "title",
        "version",
        "licence",
        "citation",
        "url",
        "access",
        "size",
        "population",
        "devices",
        "lead_order",
        "units",
        "labelled_by",
    )

    def facts(self) -> DatasetFacts:
        """Return what is stated, as reports print it; the digests of the files are not looked for."""
        stated = {key: str(getattr(self, key)) for key in self._stated}
        return DatasetFacts(name=self.name, lineage=tuple(sorted(self.related()))).saying(stated)

    def related(self) -> frozenset[str]:
        """Return the archives that hold recordings of this one, or of the parts of it that are read."""
        kin = relatives("", self.parts) if self.parts else relatives(self.name, self.lineage)
        return kin - {self.name}

    @abstractmethod
    def problems(self) -> list[EcgEvalError]:
        """Return everything wrong with the files that it needs, without reading signals."""

    @abstractmethod
    def records(self) -> pd.DataFrame:
        """Return one row a record, index `record_id` (string).

        Columns: `patient_id` (string), `has_signal` (bool), and where known `fold` (Int64), `age_years` (float), `sex`
        ("F", "M" or NA), `site`, `device` (string).
        """

    def prepare(
        self,
        record_ids: Sequence[str],
        *,
        cache: Path,
        watch: Callable[[Sequence[str]], Iterator[str]] = iter,
    ) -> str:
        """Make some records quick to load again and again; a dataset that cannot has nothing to do here.

        Parameters
        ----------
        record_ids : sequence of str
        cache : Path
            A folder that outlives the process, for what may be lost at any time.
        watch : callable
            Wraps the ids while they are worked on (a progress bar).

        Returns
        -------
        str
            Why some of it could not be done, for the user; empty where all is well.
        """
        return ""

    @abstractmethod
    def load(self, record_id: str) -> Recording:
        """Return one recording.

        Parameters
        ----------
        record_id : str
            Of those that `records` lists.

        Returns
        -------
        Recording
            In mV, leads by name.

        Raises
        ------
        SignalError
            When its files are missing or broken; the caller goes on with the others.
        """

    @abstractmethod
    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the archive itself says of its records.

        Parameters
        ----------
        findings : sequence of str
            Codes of the vocabulary.

        Returns
        -------
        ReferenceStandard
            A table of 1 present, 0 absent, NaN unknown: one row a record, one column a finding.

        Raises
        ------
        UnknownNameError
            For a finding that the archive cannot speak of.
        """

    def reference_measurements(self) -> pd.DataFrame | None:
        """Return measurements that ours can be judged by, index `record_id`; None for an archive without.

        Any of the columns `pr_ms`, `qrs_ms`, `qt_ms` and `rate_per_min`; NaN where nothing is known.
        """
        return None

    def untranslated(self) -> pd.Series:
        """Return how often each statement of the archive that has no finding in the vocabulary is made (int counts).

        Empty where everything stated is translated, or where the archive's table speaks in findings.
        """
        return pd.Series(dtype="int64")

    def digests(self) -> dict[str, str]:
        """Return SHA-256 digests of what identifies the data (tables, checksum lists), by file name."""
        return {}

    def other_files(self) -> dict[str, str]:
        """Return the files of its folder that are no recording, each with why; nothing where a table lists them."""
        return {}

    def signal_files(self) -> dict[str, Path]:
        """Return the files that hold its recordings, by name; none where `digests` covers what is in them.

        A run compares their sizes and times, or all that is in them, to know whether a signal was replaced.
        """
        return {}


@dataclass(frozen=True)
class Recordings:
    """Recordings read one by one when iterated, so that an archive need not fit in memory.

    Attributes
    ----------
    ids : tuple of str
    load : callable
        Record id -> Recording.
    watch : callable
        Wraps the ids while they are read (a progress bar).
    share : callable or None
        Does the work of `each` in other processes; None where there are none.
    """

    ids: tuple[str, ...]
    load: Callable[[str], Recording]
    watch: Callable[[Sequence[str]], Iterator[str]] = field(default=iter, repr=False)
    share: "Share | None" = field(default=None, repr=False)

    def __len__(self) -> int:
        """Count the recordings."""
        return len(self.ids)

    def __iter__(self) -> Iterator[Recording]:
        """Read one recording after the other."""
        return (self.load(record_id) for record_id in self.watch(self.ids))

    def parts(self, most: int) -> "Iterator[tuple[slice, Recordings]]":
        """Yield parts of so many recordings at most, with their places, for who would hold all signals at once.

        Parameters
        ----------
        most : int
            Recordings in a part; the last may have fewer.
        """
        for start in range(0, len(self.ids), most):
            yield slice(start, start + most), replace(self, ids=self.ids[start : start + most])

    def each(self, look: Callable[[Callable[[str], Recording], str], T]) -> Iterator[T]:
        """Yield what is worked out from each recording by itself, in their order, by other processes where there are.

        Parameters
        ----------
        look : callable
            (load, record id) -> numbers, text, None, or lists and dicts of them. A function of a module, or a
            ``partial`` of one, so that another process knows it.
        """
        if self.share is None:
            return (look(self.load, record_id) for record_id in self.watch(self.ids))
        return self.share(look, self)


class Share(Protocol):
    """Lets other processes do the work of ``Recordings.each``."""

    def __call__(self, look: Callable[[Callable[[str], Recording], str], T], recordings: Recordings) -> Iterator[T]:
        """Yield what is worked out from each recording, in their order."""


class Model(Plugin, ABC):
    """A program that reads recordings and leaves a score per finding.

    Attributes
    ----------
    trained_on : tuple of str
        What its weights have seen before `fit`, as ``domain.lineage`` reads it ("ptb_xl", "ptb_xl folds 1-8"); empty
        for nothing. An instance may say it of the weights that it was given.
    needs : str
        What input it needs, in words.
    reads_signals : bool
        Whether it looks at recordings; one that does not (its answers stand in a file) needs none to be there.
    works_elsewhere : bool
        Whether another machine or service answers for it, so that what it costs is not seen here.
    is_floor : bool
        Whether it is there to show what knowing nothing gets: its constant scores then count as answers.
    """

    trained_on: tuple[str, ...]
    needs: str
    reads_signals: ClassVar[bool] = True
    works_elsewhere: ClassVar[bool] = False
    is_floor: ClassVar[bool] = False
    _stated = ("trained_on", "needs")

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Learn from the training split only; a model that does not learn has nothing to do here.

        Parameters
        ----------
        recordings : Recordings
        labels : DataFrame, index record_id in the order of `recordings`, one column a finding
            1, 0 or NaN (unknown).
        rng : numpy Generator
        """

    def looks(self, recordings: Recordings) -> tuple[Look, ...]:
        """Return what it will ask of each recording by itself (``Recordings.each``), whatever it is taught.

        These may be worked out ahead, by other runs and on other machines (docs/scale.md). A look that is not named
        here, and one that is and never asked, cost time and nothing else.

        Parameters
        ----------
        recordings : Recordings
            That may teach it, as `fit` gets them.
        """
        return ()

    @abstractmethod
    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return how much the model suspects each finding in each recording.

        Parameters
        ----------
        recordings : Recordings
        findings : sequence of str

        Returns
        -------
        ndarray, shape (n_recordings, n_findings)
            From 0 to 1, higher for more suspicion; NaN where the model cannot answer: a recording that it cannot
            measure, a finding that it was never taught.
        """

    def criteria(self, recordings: Recordings, findings: Sequence[str]) -> dict[str, dict[str, tuple[Criterion, ...]]]:
        """Return what it held against limits to give its answers, for a model whose answers follow from criteria.

        Asked of a model as it is made, without ``fit``: the gallery of disagreements shows it beside the tracing.

        Parameters
        ----------
        recordings : Recordings
        findings : sequence of str

        Returns
        -------
        dict
            Record id -> finding -> criteria; what is not there has none.
        """
        return {}

    def attributions(
        self, recordings: Recordings, findings: Sequence[str], *, shuffled: np.random.Generator | None = None
    ) -> dict[str, dict[str, Attribution]]:
        """Return what moved its answers, for a model that can say it; asked once it is taught (`explanations:`).

        Parameters
        ----------
        recordings : Recordings
        findings : sequence of str
        shuffled : numpy Generator, optional
            Answer as if its weights were shuffled by this; they are as before afterwards.

        Returns
        -------
        dict
            Record id -> finding -> attribution; what is not there has none.

        Raises
        ------
        EcgEvalError
            When it cannot say it, and why.
        """
        return {}

    def card(self) -> ModelCard:
        """Return facts for the report (parameters, training size, features used)."""
        return ModelCard()


class Perturbation(Plugin, ABC):
    """Something that goes wrong with a tracing, by degrees.

    Parameters
    ----------
    doses : sequence of float, optional
        How much of it, from the least harmful on; `usual_doses` when not given.

    Attributes
    ----------
    unit : str
        Of a dose; empty where doses are kinds.
    usual_doses : tuple of float
    named : mapping of float to str
        What each dose is, where it is a kind and no degree.
    source : str
        Where it is described.
    noise_record : str
        The record of the Noise Stress Test Database that it needs; empty where it needs none.
    noise : Recording or None
        That record, which the corridor hands over.
    """

    unit: ClassVar[str]
    usual_doses: ClassVar[tuple[float, ...]]
    source: ClassVar[str]
    named: ClassVar[Mapping[float, str]] = {}
    noise_record: ClassVar[str] = ""
    _stated = ("unit", "usual_doses", "source")

    def __init__(self, doses: Sequence[float] | None = None) -> None:
        given = self.usual_doses if doses is None else doses
        self.doses = tuple(float(dose) for dose in given)
        self.noise: Recording | None = None
        unknown = [dose for dose in self.doses if self.named and dose not in self.named]
        if not self.doses or unknown:
            rule = (
                f"among {', '.join(f'{d:g} ({word})' for d, word in self.named.items())}" if unknown else "one or more"
            )
            raise ArgumentError(self.name, "doses", rule, list(self.doses))

    @abstractmethod
    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return a recording with so much of it; the same `rng` state gives the same again.

        Parameters
        ----------
        recording : Recording
            Left as it is.
        dose : float
            Of `doses`.
        rng : numpy Generator

        Raises
        ------
        SignalError
            When the recording is none that it can be done to.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class PanelRequest:
    """What a panel may look at to give its readings.

    Attributes
    ----------
    records : DataFrame
        The records to be read, as ``Dataset.records`` gives them.
    findings : tuple of str
    labels : ReferenceStandard or None
        The dataset's labels, for simulated readers only.
    model_readings : DataFrame
        Readings of the models on these records (what an AI could have shown).
    rng : numpy Generator
    known_records : Index or None
        All record ids of the dataset: a reading of any other is an error, one of a record not asked for is left out.
    """

    records: pd.DataFrame
    findings: tuple[str, ...]
    labels: ReferenceStandard | None
    model_readings: pd.DataFrame
    rng: np.random.Generator
    known_records: pd.Index | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PanelReadings:
    """What a panel leaves.

    Attributes
    ----------
    readings, readers : DataFrame
        As ``readings_table`` and ``readers_table`` make them.
    left_out : DataFrame
        Columns `record_id`, `reader_id`, `stage`, `reason`: what was not used, and why.
    aided_by : mapping of str to str
        Arm -> the AI that helped in it, where that is known.
    shows : mapping of str to str
        Arm -> the reader of the study whose reading was shown in it: where nothing else is known, that is what the AI
        had shown.
    """

    readings: pd.DataFrame
    readers: pd.DataFrame
    left_out: pd.DataFrame = field(default_factory=lambda: left_out_table([]))
    aided_by: Mapping[str, str] = field(default_factory=dict)
    shows: Mapping[str, str] = field(default_factory=dict)


class Panel(Plugin, ABC):
    """A source of human (or outside) readings: files, or simulated readers.

    Attributes
    ----------
    simulated : bool
        Whether no human read anything; the report says so in its headline.
    """

    simulated: ClassVar[bool] = False

    @abstractmethod
    def problems(self) -> list[EcgEvalError]:
        """Return everything wrong with the files that it needs."""

    @abstractmethod
    def read(self, request: PanelRequest) -> PanelReadings:
        """Return the panel's readings of the records asked for.

        Parameters
        ----------
        request : PanelRequest

        Returns
        -------
        PanelReadings
            One row a reading; what was not used is among `left_out`, with the reason.
        """

    def digests(self) -> dict[str, str]:
        """Return SHA-256 digests of the files read, by file name."""
        return {}


class Reference(Plugin, ABC):
    """How the reference standard is formed.

    Attributes
    ----------
    meaning : str
        What "truth" means here, in a sentence that the report prints.
    """

    meaning: ClassVar[str]
    _stated = ("meaning",)

    @abstractmethod
    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the reference.

        Parameters
        ----------
        records : DataFrame
            The records to be judged, as ``Dataset.records`` gives them.
        findings : sequence of str
        labels : ReferenceStandard or None
            What the dataset says of its records; None where it is not asked.
        readings, readers : DataFrame
            All that was read, models' readings too, as ``readings_table`` and ``readers_table`` make them.

        Returns
        -------
        ReferenceStandard
            Its table aligned with `records`: 1 present, 0 absent, NaN unknown.
        """

    def problems(self) -> list[EcgEvalError]:
        """Return everything wrong with the files that it needs."""
        return []


class Metric(Plugin, ABC):
    """One clinical question, answered through one statistics kernel.

    Attributes
    ----------
    question : str
        In a clinician's words.
    source : str
        Citation of the method.
    caveat : str
        What the number does not say.
    answers : str
        What the question is about, by which report and tracking know where it belongs: "reading" (how right a reader
        is), "agreement" (readers with one another), "difference" (readers against one another), "aid" (the same readers
        with and without help), "question" (one that the report shows by itself), "management" (what readers would
        do) or "description" (the study itself).
    short_name : str
        A dozen letters for titles of charts; the name itself where the class states none.
    needs_scores : bool
        Whether it is made from scores; a reader who gives none is not asked.
    signed : bool
        Whether it is a change, with 0 for none, so that a plus says something.
    is_test : bool
        Whether the p-value is its point, so that it stands in a table of tests and is not drawn.
    role : str
        The part that it plays where a report builds its answer from single metrics, see `MetricFacts`: a class that
        states none, or inherits another's, plays none.
    is_share : bool
        Whether it is so many of so many ECGs, and can be given as these two counts where they are few.
    picture : str
        The picture that says most of it where the report shows it by itself, see `MetricFacts`.
    uses : tuple of str
        Columns of the readings beside the answer that it makes numbers of, in a single arm too ("confidence").
    classes : tuple of str or None
        Findings of the single choice that it is of, where its configuration names them.
    stated_for : tuple of str
        Findings for which its configuration states a number or an action, see `MetricFacts`.
    by_subgroup : bool
        Whether it is repeated within the subgroups of the configuration.
    also_yields : tuple of str
        Other metrics whose rows it yields beside its own, such as the two shares that a difference is made of.
    """

    question: ClassVar[str]
    source: ClassVar[str]
    caveat: ClassVar[str]
    answers: ClassVar[Answers]
    short_name: ClassVar[str]
    needs_scores: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    is_test: ClassVar[bool] = False
    role: ClassVar[Role] = ""
    is_share: ClassVar[bool] = False
    picture: ClassVar[Picture] = ""
    uses: ClassVar[tuple[str, ...]] = ()
    classes: tuple[str, ...] | None = None
    stated_for: tuple[str, ...] = ()
    by_subgroup: ClassVar[bool] = False
    also_yields: ClassVar[tuple[str, ...]] = ()
    _stated = ("question", "source", "caveat", "answers")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse a metric that answers nothing that is known, and give a short name to one that states none."""
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            return
        if cls.answers not in get_args(Answers):
            raise PluginError(cls.__name__, "answers", f"one of {', '.join(get_args(Answers))}", cls.answers)
        if cls.role not in get_args(Role):
            raise PluginError(cls.__name__, "role", f"one of {', '.join(get_args(Role)[1:])}, or none", cls.role)
        if "short_name" not in cls.__dict__:  # one that is inherited is another metric's
            cls.short_name = cls.name
        if "role" not in cls.__dict__:  # and so is a part in the report
            cls.role = ""

    def facts(self) -> MetricFacts:
        """Return what report and tracking know of it."""
        return MetricFacts(
            question=self.question,
            source=self.source,
            caveat=self.caveat,
            answers=self.answers,
            short_name=self.short_name,
            needs_scores=self.needs_scores,
            signed=self.signed,
            is_test=self.is_test,
            role=self.role,
            is_share=self.is_share,
            picture=self.picture,
            uses=self.uses,
            classes=self.classes or (),
            stated_for=self.stated_for,
        )

    @abstractmethod
    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield one row an estimate, singly or many as columns.

        Parameters
        ----------
        study : ReaderStudy
        level : float
            Coverage that intervals aim at, between 0 and 1.

        Yields
        ------
        Row or Rows
            What cannot be computed is a row with its reason, never a missing row.
        """


class Section(Plugin, ABC):
    """One part of a report: data first, words second.

    Attributes
    ----------
    title : dict of str
        Language ("en", "fr") to heading.
    """

    title: ClassVar[dict[str, str]]
    _stated = ("title",)

    @abstractmethod
    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return what the section says.

        Parameters
        ----------
        result : StudyResult
        language : str
            "en" or "fr".

        Returns
        -------
        list of Block
            In the order of the page; an empty list leaves the section out.
        """
