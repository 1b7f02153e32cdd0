"""What a plug-in promises. Each kind is one class; a file in its room holds one subclass and lends it its name.

The attributes that a class must state (a question in a clinician's words, a source, a caveat, a licence ...) are part
of the contract: the report prints them, and a class that does not state them is refused when it is loaded.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.metric import Answers, MetricFacts
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.lineage import relatives
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import Block, StudyResult, left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import EcgEvalError, PluginError


class Plugin(ABC):
    """Base of all plug-ins: a name made from the class (``CohenKappa`` is ``cohen_kappa``) and stated facts."""

    name: ClassVar[str]
    _stated: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
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

        Raises
        ------
        SignalError
            When its files are missing or broken; the caller goes on with the others.
        """

    @abstractmethod
    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the archive itself says of its records: 1 present, 0 absent, NaN unknown.

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
    """

    ids: tuple[str, ...]
    load: Callable[[str], Recording]
    watch: Callable[[Sequence[str]], Iterator[str]] = field(default=iter, repr=False)

    def __len__(self) -> int:
        """Count the recordings."""
        return len(self.ids)

    def __iter__(self) -> Iterator[Recording]:
        """Read one recording after the other."""
        return (self.load(record_id) for record_id in self.watch(self.ids))


class Model(Plugin, ABC):
    """A program that reads recordings and leaves a score per finding.

    Attributes
    ----------
    trained_on : tuple of str
        What its weights have seen before `fit`, as ``domain.lineage`` reads it ("ptb_xl", "ptb_xl folds 1-8"); empty
        for nothing. An instance may say it of the weights that it was given.
    needs : str
        What input it needs, in words.
    is_floor : bool
        Whether it is there to show what knowing nothing gets: its constant scores then count as answers.
    """

    trained_on: tuple[str, ...]
    needs: str
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

    @abstractmethod
    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return scores, shape (n_recordings, n_findings), in [0, 1], higher for more suspicion.

        NaN where the model cannot answer: a recording that it cannot measure, a finding that it was never taught.
        """

    def card(self) -> ModelCard:
        """Return facts for the report (parameters, training size, features used)."""
        return ModelCard()


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
        """Return the panel's readings of the records asked for."""

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
        """Return the reference, its table aligned with `records`."""

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
        with and without help), "question" (one that the report shows by itself) or "description" (the study itself).
    short_name : str
        A dozen letters for titles of charts; the name itself where the class states none.
    needs_scores : bool
        Whether it is made from scores; a reader who gives none is not asked.
    signed : bool
        Whether it is a change, with 0 for none, so that a plus says something.
    is_test : bool
        Whether the p-value is its point, so that it stands in a table of tests and is not drawn.
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
    by_subgroup: ClassVar[bool] = False
    also_yields: ClassVar[tuple[str, ...]] = ()
    _stated = ("question", "source", "caveat", "answers")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a metric that answers nothing that is known, and give a short name to one that states none."""
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            return
        if cls.answers not in get_args(Answers):
            raise PluginError(cls.__name__, "answers", f"one of {', '.join(get_args(Answers))}", cls.answers)
        if "short_name" not in cls.__dict__:  # one that is inherited is another metric's
            cls.short_name = cls.name

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
        )

    @abstractmethod
    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield one row an estimate, singly or many as columns.

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
        """Return what the section says; an empty list leaves it out."""
