"""A reader study: recordings x readers x arms x findings, and the reference that judges them.

Every array that it hands out is aligned with `records` (one entry a record, NaN where nothing is known), so that one
draw of resampling weights serves all metrics, findings and readers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.arrays.reading_arrays import (
    ANSWERED,
    NO_ANSWER,
    QUANTITIES,
    Cube,
    ReadingArrays,
    codes_of,
    reading_arrays,
)
from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.findings import descendants
from ecg_eval.domain.reading import ABSENT, ANSWERS, MACHINE_KINDS, PRESENT, REFER, UNCERTAIN
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, ReadingsError

Made = TypeVar("Made")

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# what an answer that is neither present nor absent counts as
COUNTS_AS = {"present": 1.0, "absent": 0.0, "missing": np.nan}


@dataclass(frozen=True, kw_only=True)
class AnswerPolicy:
    """What answers other than present and absent count as in yes/no metrics: "present", "absent" or "missing".

    Uncertain counts as absent by default: the finding was not named, as in SAFE (Mant et al., BMJ 2007;335:380). Refer
    counts as present: the patient is sent on, so the finding is not missed. Both are printed with their counts.
    """

    uncertain: str = "absent"
    refer: str = "present"

    def __post_init__(self) -> None:
        """Refuse other words."""
        for answer in (UNCERTAIN, REFER):
            word = getattr(self, answer)
            if word not in COUNTS_AS:
                raise ArgumentError("answers", answer, f"one of {', '.join(COUNTS_AS)}", word)

    def numbers(self) -> dict[str, float]:
        """Return what each answer counts as: 1, 0 or NaN."""
        return {PRESENT: 1.0, ABSENT: 0.0, UNCERTAIN: COUNTS_AS[self.uncertain], REFER: COUNTS_AS[self.refer]}


def averaged_once(findings: Sequence[str]) -> NDArray[np.bool_]:
    """Say which findings a mean over them, or a sum, takes: not those of whose parts some are there.

    Examples
    --------
    >>> averaged_once(["MI", "AMI", "AF"]).tolist()
    [False, True, True]
    """
    return np.array([not descendants(code) & (set(findings) - {code}) for code in findings], dtype=bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReaderStudy:
    """What a metric is given.

    Attributes
    ----------
    records : DataFrame, index record_id
        At least `patient_id`; `age_years`, `sex`, `site`, `device` where known; `sampling_weight` (how many ECGs of a
        population each stands for) and `sampling_stratum` of an enriched draw. Its order is the order of all arrays.
    readers : DataFrame, index reader_id
        As ``domain.reading.readers_table`` makes it.
    readings : DataFrame
        As ``domain.reading.readings_table`` makes it; records, readers and findings are those of this study.
    reference : ReferenceStandard
        Its table is aligned with `records`.
    findings : tuple of str
    answers : AnswerPolicy
    resamples : Resamples or None
        How often each record is drawn in each resample; one draw by patient for the whole evaluation.
    subgroups : DataFrame or None, index record_id
        One column for each way to divide the records ("sex"), of text, missing where unknown.
    subgroup_minimum_n : int
        Fewest cases, in the denominator, that a subgroup's number needs.
    reader_subgroups : DataFrame or None, index reader_id
        One column for each way to divide the readers ("training"), of text, missing where unknown.
    is_part : bool
        Whether these are some of a study's records (`subset`).
    declared_design : str
        What the protocol says (``domain.design.ANALYSES``), "auto" where it says nothing.
    adjust_for : tuple of str
        What the effect of help is adjusted for by a model: "period", "practice", "position", "experience".
    population : str
        Whom `sampling_weight` stands for, in words; empty for the population that the records were drawn from.
    groups : mapping of str to tuple of str
        Groups of human readers that the study names beside their kinds, by name; a reader may be in several.
    """

    records: pd.DataFrame
    readers: pd.DataFrame
    readings: pd.DataFrame
    reference: ReferenceStandard
    findings: tuple[str, ...]
    answers: AnswerPolicy = AnswerPolicy()
    resamples: Resamples | None = None
    subgroups: pd.DataFrame | None = None
    subgroup_minimum_n: int = 0
    reader_subgroups: pd.DataFrame | None = None
    is_part: bool = False
    declared_design: str = "auto"
    adjust_for: tuple[str, ...] = ()
    population: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a finding that is called like a mean over findings: one of the two would be taken for the other."""
        for finding in self.findings:
            if finding in (MACRO, POOLED):
                remedy = (
                    f"{MACRO} and {POOLED} are the words of the tables for means over findings: rename the finding."
                )
                raise ReadingsError("study", "finding", "of another name", finding, remedy)

    def sides(self) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield each subgroup's label ("sex=F"), which records are in it, and which are known to be in another."""
        table = pd.DataFrame(index=self.records.index) if self.subgroups is None else self.subgroups
        for column, values in table.reindex(self.records.index).items():
            is_known = values.notna().to_numpy(dtype=bool)
            for value in sorted(values.dropna().unique()):
                inside = (values == value).fillna(False).to_numpy(dtype=bool)
                if (is_known & ~inside).any():
                    yield f"{column}={value}", inside, is_known & ~inside

    @property
    def minimum_n(self) -> int:
        """Fewest cases that a number of these records needs: the subgroups' rule for a part of a study, else none."""
        return self.subgroup_minimum_n if self.is_part else 0

    @cached_property
    def weights(self) -> Floats | None:
        """Return how often each record is drawn in each resample, shape (n_resamples, n_records); None without any.

        Made when it is first asked for: it is large. Whoever can do with a number a patient asks `resamples`.
        """
        return None if self.resamples is None else self.resamples.weights()

    @cached_property
    def patients(self) -> Codes:
        """Return the patient of each record as a code, shape (n_records,): the independent unit of every interval."""
        return pd.factorize(self.records["patient_id"])[0].astype(np.int64)

    @cached_property
    def n_patients(self) -> int:
        """Count the patients of the records."""
        return len(np.unique(self.patients))

    @cached_property
    def arrays(self) -> ReadingArrays:
        """Return the readings as arrays, made once."""
        return reading_arrays(
            self.readings, records=self.records.index, readers=self.readers.index, findings=self.findings
        )

    @cached_property
    def reader_arms(self) -> list[tuple[str, str]]:
        """Return every (reader, arm) that has readings, in the order of the readers, unaided first."""
        return list(self.arrays.reader_arms)

    def cube(self, quantity: str) -> Cube:
        """Return one quantity of all readings, shape (n_reader_arms, n_findings, n_records), NaN where none is known.

        Parameters
        ----------
        quantity : str
            "calls" (1, 0, after the answer policy), "scores", "seconds", "confidence", "management" (0, nothing, to
            3, an ambulance) or "ai_calls". The first axis is in the order of `reader_arms`, see `place`. The array is
            shared: do not write into it.
        """
        if quantity not in self._cubes:
            cube = self._cube(quantity)
            if quantity in ("calls", "scores") and self.silent:
                cube = np.where(self.says_nothing[..., None], np.nan, cube)
            self._cubes[quantity] = cube
        return self._cubes[quantity]

    def _cube(self, quantity: str) -> Cube:
        column = QUANTITIES[quantity]
        if column not in ANSWERED:
            given = self.arrays.numbers(column)
            # a time below zero is a clock that was set, or an end before its start: listed as odd, and not known
            return np.where(given < 0, np.nan, given) if quantity == "seconds" else given
        numbers = self.answers.numbers()
        counted = np.array([*(numbers[answer] for answer in ANSWERS), np.nan])
        cube: Cube = counted[self.arrays.answers(column)]  # NO_ANSWER is the last place
        return cube

    @cached_property
    def silent(self) -> frozenset[tuple[str, str, str]]:
        """Return each (reader, arm, finding) whose scores are the same for every ECG, and so say nothing of any.

        They, and the calls made from them, count as no answer. Readers that are there to say nothing (floors) are not
        among them.
        """
        if "score" not in self.arrays.columns:
            return frozenset()
        scores = self.arrays.numbers("score")
        is_known = ~np.isnan(scores)
        spread = np.where(is_known, scores, -np.inf).max(axis=-1) > np.where(is_known, scores, np.inf).min(axis=-1)
        constant = (is_known.sum(axis=-1) > 1) & ~spread
        silent = [(*self.reader_arms[i], self.findings[f]) for i, f in np.argwhere(constant)]
        return frozenset(where for where in silent if not self.is_floor(where[0]))

    @property
    def says_nothing(self) -> NDArray[np.bool_]:
        """Return where readings are `silent`, shape (n_reader_arms, n_findings)."""
        cells = [[(*pair, finding) in self.silent for finding in self.findings] for pair in self.reader_arms]
        return np.array(cells, dtype=bool).reshape(len(self.reader_arms), len(self.findings))

    def about(self, findings: slice) -> "ReaderStudy":
        """Return the study of some findings that stand side by side; nothing of the records and readings is copied.

        For who would hold arrays of all findings at once, where these are many millions of numbers.
        """
        changed = replace(self, findings=self.findings[findings], reference=self.reference.about(findings))
        there = ("patients", "n_patients", "cluster", "human_groups", "_kinds", "_people", "_places")
        changed.__dict__.update({name: getattr(self, name) for name in there})
        asked = set(changed.findings)
        changed.__dict__.update(
            arrays=self.arrays.about(findings),
            silent=frozenset(where for where in self.silent if where[2] in asked),
        )
        return changed

    def place(self, reader: str, arm: str) -> int | None:
        """Return the place of a reader in an arm on the first axis of `cube`; None without readings."""
        return self._places.get((reader, arm))

    def places(self, readers: Sequence[str], arm: str) -> dict[str, int]:
        """Return the places, on the first axis of `cube`, of those readers who have readings in an arm."""
        return {reader: self._places[reader, arm] for reader in readers if (reader, arm) in self._places}

    def truths(self, *, judged: Sequence[str] = ()) -> Floats:
        """Return the truth of all findings as `truth` does, shape (n_findings, n_records)."""
        return self.reference.truths(self.findings, judged=judged)

    def declaring(self, design: str, adjust_for: Sequence[str] = ()) -> "ReaderStudy":
        """Return the study with what its protocol says; the arrays of readings are shared."""
        return self._sharing(replace(self, declared_design=design, adjust_for=tuple(adjust_for)), self.arrays)

    def standing_for(self, weight: Floats, stratum: pd.Series | None, population: str) -> "ReaderStudy":
        """Return the study whose records stand for a population; the arrays of readings are shared.

        Parameters
        ----------
        weight : ndarray (n_records,)
            How many ECGs of it each record stands for; NaN where unknown.
        stratum : Series or None
            The part of the population that each record was drawn from.
        population : str
        """
        records = self.records.assign(sampling_weight=weight)
        if stratum is not None:
            records = records.assign(sampling_stratum=stratum)
        return self._sharing(replace(self, records=records, population=population), self.arrays)

    @property
    def sampling_weight(self) -> Floats | None:
        """Return how many ECGs of a population each record stands for, NaN unknown; None where nobody says."""
        if "sampling_weight" not in self.records:
            return None
        return self.records["sampling_weight"].to_numpy(dtype=np.float64, na_value=np.nan)

    def drawn(
        self,
        resamples: Resamples,
        subgroups: pd.DataFrame | None,
        *,
        subgroup_minimum_n: int = 0,
        reader_subgroups: pd.DataFrame | None = None,
    ) -> "ReaderStudy":
        """Return the study with resamples and subgroups; the arrays of readings are shared."""
        changed = replace(
            self,
            resamples=resamples,
            subgroups=subgroups,
            subgroup_minimum_n=subgroup_minimum_n,
            reader_subgroups=reader_subgroups,
        )
        return self._sharing(changed, self.arrays)

    @cached_property
    def cluster(self) -> Codes | None:
        """Return `patients` where some patient has several records, None where every record stands alone."""
        return self.patients if self.n_patients < len(self.patients) else None

    @cached_property
    def human_groups(self) -> dict[str, list[str]]:
        """Return the human readers of each kind and named group of at least two readers, by a label for tables."""
        humans = self.readers[~self.readers["kind"].isin(MACHINE_KINDS)]
        groups = {str(kind): list(group.index) for kind, group in humans.groupby("kind", sort=False)}
        for name, members in self.groups.items():
            there = [reader for reader in humans.index if reader in members]
            groups[f"{name}, group" if name in groups else name] = there
        return {self.label(f"{kind} (mean of {len(g)})"): g for kind, g in groups.items() if len(g) > 1}

    def group_of(self, label: str) -> str | None:
        """Return the name of the named group that a label of ``human_groups`` stands for, None for a kind."""
        name = label.rpartition(" (mean of ")[0]
        return next((group for group in self.groups if name in (group, f"{group}, group")), None)

    def label(self, group: str) -> str:
        """Return the label of a group of readers, made another where a reader has that very id.

        Ids are kept as they are, so that it is the label that gives way: "gp (mean of 2), group".
        """
        label = group
        while label in self._kinds:
            label += ", group"
        return label

    def kind(self, reader: str) -> str:
        """Return the kind of a reader."""
        return self._kinds[reader]

    def is_human(self, reader: str) -> bool:
        """Whether the reader is a person, simulated persons included."""
        return not self.is_machine(reader)

    def is_machine(self, reader: str) -> bool:
        """Whether the reader is a model or a vendor's program."""
        return self.kind(reader) in MACHINE_KINDS

    def people(self, readers: Sequence[str]) -> int:
        """Count the people among readers: one each, or as many as a reader's `n_people` says; programs are none."""
        return sum(self._people[reader] for reader in readers)

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {str(reader): str(kind) for reader, kind in self.readers["kind"].items()}

    @cached_property
    def _people(self) -> dict[str, int]:
        humans = ~self.readers["kind"].isin(MACHINE_KINDS).to_numpy(dtype=bool)
        counts = np.where(humans, self.readers["n_people"].fillna(1).to_numpy(dtype=np.int64), 0)
        return dict(zip(self.readers.index, counts.tolist(), strict=True))

    def is_floor(self, reader: str) -> bool:
        """Whether the reader is one that every other must beat, such as one that says the prevalence of each."""
        return bool(self.readers.loc[reader, "is_floor"])

    def readers_with(self, *arms: str) -> list[str]:
        """Return the readers who have readings in all the arms named."""
        have = set(self.reader_arms)
        return [r for r in self.readers.index if all((r, arm) in have for arm in arms)]

    def pairs(self) -> Iterator[tuple[str, str, str]]:
        """Yield (first reader, second reader, arm) for every pair of readers with readings in the same arm."""
        for arm in dict.fromkeys(a for _, a in self.reader_arms):
            for first, second in combinations(self.readers_with(arm), 2):
                yield first, second, arm

    def truth(self, finding: str, *, judged: Sequence[str] = ()) -> Floats:
        """Return truth, shape (n_records,): 1, 0, NaN unknown; the judged readers' votes left out of a consensus."""
        return self.reference.truth(finding, judged=judged)

    def calls_about(self, finding: str, places: Sequence[int]) -> Floats:
        """Return yes/no readings about one finding, shape (n_records, n_readers), of readers by their `place`."""
        return self.about_one(finding).cube("calls")[list(places), 0].T

    def about_one(self, finding: str) -> "ReaderStudy":
        """Return the study of one finding; see `about`."""
        place = self.findings.index(finding)
        return self.about(slice(place, place + 1))

    def calls(self, reader: str, arm: str, finding: str) -> Floats:
        """Return yes/no readings, shape (n_records,): 1, 0, NaN missing, after the answer policy."""
        return self._one("calls", reader, arm, finding)

    def scores(self, reader: str, arm: str, finding: str) -> Floats:
        """Return scores (higher: more suspicion), shape (n_records,), NaN missing."""
        return self._one("scores", reader, arm, finding)

    def seconds(self, reader: str, arm: str, finding: str) -> Floats:
        """Return reading times in seconds, shape (n_records,), NaN missing."""
        return self._one("seconds", reader, arm, finding)

    def confidence(self, reader: str, arm: str, finding: str) -> Floats:
        """Return the reader's confidence, shape (n_records,), NaN missing."""
        return self._one("confidence", reader, arm, finding)

    def ai_calls(self, reader: str, arm: str, finding: str) -> Floats:
        """Return what the AI had shown the reader, shape (n_records,): 1, 0, NaN nothing shown."""
        return self._one("ai_calls", reader, arm, finding)

    def answer_counts(self) -> pd.DataFrame:
        """Count each answer by reader and arm, one column an answer; repeats in later periods with the others."""
        answers = codes_of(self.readings["reading"], pd.Index(ANSWERS))
        reader, (arm, arms) = (
            codes_of(self.readings["reader_id"], self.readers.index),
            pd.factorize(self.readings["arm"]),
        )
        place = np.array([[self._places.get((r, str(a)), -1) for a in arms] for r in self.readers.index], dtype=int)
        place, answered = place[reader, arm], answers != NO_ANSWER
        counts = np.bincount(
            place[answered] * len(ANSWERS) + answers[answered], minlength=len(self._places) * len(ANSWERS)
        )
        everyone = pd.MultiIndex.from_tuples(self.reader_arms, names=["reader_id", "arm"])
        columns = pd.Index(ANSWERS, name="reading")
        return pd.DataFrame(counts.reshape(-1, len(ANSWERS)), index=everyone, columns=columns)

    def subset(self, keep: NDArray[np.bool_]) -> "ReaderStudy":
        """Return the study of the records kept, their resamples with them.

        Parameters
        ----------
        keep : ndarray of bool, shape (n_records,)
        """
        record = codes_of(self.readings["record_id"], self.records.index)
        part = replace(
            self,
            records=self.records[keep],
            readings=self.readings[np.append(keep, False)[record]],
            reference=self.reference.subset(keep),
            resamples=None if self.resamples is None else self.resamples.among(keep),
            is_part=True,
        )
        return self._sharing(part, self.arrays.among(keep))

    def _sharing(self, changed: "ReaderStudy", arrays: ReadingArrays) -> "ReaderStudy":
        """Return a changed copy of this study with arrays that are made already."""
        # where cached properties keep what they made; what says nothing of all ECGs is not asked of some of them again
        changed.__dict__.update(arrays=arrays, silent=self.silent)
        return changed

    def _one(self, quantity: str, reader: str, arm: str, finding: str) -> Floats:
        place = self.place(reader, arm)
        if place is None:
            return np.full(len(self.records), np.nan)
        readings: Floats = self.cube(quantity)[place, self.findings.index(finding)]
        return readings

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {pair: i for i, pair in enumerate(self.reader_arms)}

    def once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Return what metrics make of this study and share, made at the first call with a key.

        Parameters
        ----------
        key : tuple
            Of the metrics' own; it names all that the value depends on beside the study.
        make : callable
        """
        if key not in self._shared:
            self._shared[key] = make()
        return cast("Made", self._shared[key])

    @cached_property
    def _shared(self) -> dict[tuple[object, ...], object]:
        return {}

    @cached_property
    def _cubes(self) -> dict[str, Floats]:
        return {}
