"""What sections ask of a result: estimates by what they are of, readers in a report's order, names in its language.

Sections know no table columns and no catalogue; they ask here. Metrics are known by the facts that the run's provenance
gives them, so that a metric of an outside package is shown like one of ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.facts.metric import Answers, MetricFacts, Role
from ecg_eval.domain.facts.model import Threshold
from ecg_eval.domain.facts.provenance import IndependenceFacts
from ecg_eval.domain.lineage import Kind
from ecg_eval.domain.notes import READERS, UNDECIDED_COUNTED, is_subgroup
from ecg_eval.domain.reading import AIDED, MACHINE_KINDS, UNAIDED, is_human_kind
from ecg_eval.domain.result import StudyResult
from ecg_eval.domain.statement import Quote, quotes
from ecg_eval.domain.study import Floats
from ecg_eval.reports import numbers
from ecg_eval.reports.words import Words

# what bears on the recordings read of what a machine learnt, worst first
LEARNT_HERE: tuple[Kind, ...] = ("same_folds", "same_archive", "relative", "other_folds", "not_stated")


class Shown(Quote):
    """One row of the evaluation, as it is shown."""

    __slots__ = ()

    def text(self, words: Words, *, signed: bool = False) -> str:
        """Return value and interval as they are shown."""
        return numbers.estimate(self.value, self.low, self.high, self.reason, words, signed=signed)


class Party(NamedTuple):
    """A reader, or a group of readers, in one arm."""

    reader: str
    arm: str
    is_group: bool = False


@dataclass(frozen=True)
class View:
    """A result, looked at in one language.

    Attributes
    ----------
    result : StudyResult
    language : str
    """

    result: StudyResult
    language: str

    @cached_property
    def words(self) -> Words:
        """Return the catalogue."""
        return Words(self.language)

    @cached_property
    def rows(self) -> list[Shown]:
        """Return every estimate over all records (no subgroup)."""
        return self._indexed.rows

    @cached_property
    def _indexed(self) -> "_Indexed":
        return _indexed(self.result)

    @property
    def _all_rows(self) -> list[Shown]:
        return self._indexed.all_rows

    @cached_property
    def of_some_readers(self) -> list[Shown]:
        """Return every estimate of a part of the readers of a kind, and of such a part against the others."""
        return [row for row in self._all_rows if row.subgroup.startswith(f"{READERS}: ")]

    @cached_property
    def metrics(self) -> list[str]:
        """Return every metric evaluated, in the order of the run."""
        stated = self.result.provenance.metrics
        met = dict.fromkeys(self.result.evaluation.frame["metric"])
        return [*(m for m in stated if m in met), *(m for m in met if m not in stated)]

    @cached_property
    def metric_facts(self) -> dict[str, MetricFacts]:
        """Return what metrics state of themselves, by name; those of which the run says nothing are not there."""
        stated = self.result.provenance.metrics
        return {m: stated[m] for m in self.metrics if m in stated}

    @cached_property
    def level(self) -> float:
        """Return the coverage that intervals aim at."""
        intervals = self.result.provenance.intervals
        return float(self.rows[0].level if self.rows else intervals.level if intervals else 0.95)

    @cached_property
    def level_percent(self) -> str:
        """Return the coverage that intervals aim at, in percent."""
        return f"{100 * self.level:g}".replace(".", "," if self.language == "fr" else ".")

    @cached_property
    def findings(self) -> list[str]:
        """Return the findings that somebody read (all of them where nobody read any), without the macro average."""
        asked = set(self.result.study.readings["finding"])
        return [f for f in self.result.study.findings if f in asked] or list(self.result.study.findings)

    @cached_property
    def unread(self) -> list[str]:
        """Return the findings that nobody read: said once, and left out of tables, figures and matrices."""
        return [f for f in self.result.study.findings if f not in self.findings]

    @cached_property
    def overall(self) -> str:
        """Return the finding that stands for the whole study: the macro average, or the only finding."""
        return self.findings[0] if len(self.findings) == 1 else MACRO

    def findings_of(self, metrics: Iterable[str], *, head: bool = True) -> list[str]:
        """Return what metrics were estimated for: the mean first, all findings together next, then each finding."""
        met = {row.finding for m in metrics for row in self.of(m)}
        means = [MACRO, POOLED] if head and len(self.findings) > 1 else []
        return [f for f in (*means, *self.findings) if f in met]

    def answering(self, answers: Answers, *, scores: bool | None = None) -> list[str]:
        """Return the metrics that answer one kind of question; only those made from scores, or from calls, if asked."""
        return [
            metric
            for metric, facts in self.metric_facts.items()
            if facts.answers == answers and scores in (None, facts.needs_scores)
        ]

    def playing(self, role: Role) -> str:
        """Return the metric that plays a part in the answer, the first where several do; empty where none does."""
        return next((metric for metric, facts in self.metric_facts.items() if facts.role == role), "")

    def of(self, metric: str, **where: str) -> list[Shown]:
        """Return the estimates of a metric whose fields are as given; over all records, if no subgroup is named."""
        names = tuple(sorted(where))
        return self._indexed.by(names).get((metric, *(where[name] for name in names)), [])

    def in_subgroups(self, metric: str) -> list[Shown]:
        """Return the estimates of a metric within subgroups of the records."""
        return [row for row in self._all_rows if row.metric == metric and is_subgroup(row.subgroup)]

    def asked(self, metric: str) -> list[Shown]:
        """Return the estimates of a metric that stands by itself: over all, then within parts of ECGs or readers."""
        parts = [row for row in self._all_rows if row.metric == metric and _is_part(row.subgroup)]
        return [*self.of(metric), *parts]

    def under_policies(self, metric: str, finding: str) -> list[Shown]:
        """Return the estimates of a metric with undecided answers counted in one way or another."""
        rows = (row for row in self._all_rows if row.metric == metric and row.finding == finding)
        return [row for row in rows if row.subgroup.startswith(UNDECIDED_COUNTED)]

    def part(self, row: Shown) -> str:
        """Return the part of the ECGs, or of the readers, that a row is of, for people."""
        return self.words.subgroup(row.subgroup.removeprefix(f"{READERS}: "))

    def at(self, metric: str, arm: str, finding: str) -> list[Shown]:
        """Return the estimates of a metric for a finding in an arm."""
        return self.of(metric, arm=arm, finding=finding)

    def one(self, metric: str, party: Party, finding: str) -> Shown | None:
        """Return a party's own estimate (no comparison) of a metric for a finding."""
        return self.within("", metric, party, finding)

    def within(self, subgroup: str, metric: str, party: Party, finding: str) -> Shown | None:
        """Return a party's own estimate within a subgroup."""
        return self._indexed.alone.get((subgroup, metric, party, finding))

    def beside(self, metric: str, party: Party, finding: str) -> list[Shown]:
        """Return what stands beside a party's estimate: without one of its readers, on the ECGs that all have read."""
        return self._indexed.beside.get((metric, party, finding), [])

    @cached_property
    def subgroups(self) -> list[str]:
        """Return the subgroups of the evaluation, in its order."""
        return [s for s in dict.fromkeys(row.subgroup for row in self._all_rows) if is_subgroup(s)]

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Return the kind of every reader and reader group that the evaluation or the study names."""
        study = self.result.study
        readers = {str(r): str(k) for r, k in study.readers["kind"].items()}
        groups = {group: study.kind(members[0]) for group, members in study.human_groups.items()}
        met = {r.reader: r.reader_kind for r in self.rows if r.reader}
        return {**met, **groups, **readers}

    def is_group(self, reader: str) -> bool:
        """Whether a name stands for several readers."""
        return reader not in self.result.study.readers.index

    def is_machine(self, reader: str) -> bool:
        """Whether the reader is a model or a vendor's program."""
        return self.kinds.get(reader) in MACHINE_KINDS

    def is_human(self, reader: str) -> bool:
        """Whether the reader or group is made of people, simulated ones included."""
        return is_human_kind(self.kinds.get(reader))

    def parties(self, metrics: Iterable[str]) -> list[Party]:
        """Return who has own estimates of any of the metrics: machines, groups of people, then people one by one."""
        return sorted(set().union(*(self._indexed.parties.get(m, ()) for m in metrics)), key=self.rank)

    def rank(self, party: Party) -> tuple[int, int, str, int, str]:
        """Return by what parties are put in a report's order: machines, groups of people, then people one by one."""
        rank = 1 if party.is_group else 2
        if self.is_machine(party.reader):
            rank = 0
        arm = {UNAIDED: 0, AIDED: 1}.get(party.arm, 2)
        return rank, self.places.get(party.reader, 0), party.reader, arm, party.arm

    @cached_property
    def places(self) -> dict[str, int]:
        """Return where each reader stands among the study's readers."""
        return self._indexed.places

    def few(self, parties: list[Party], *, at_most: int = 6) -> list[Party]:
        """Return the parties to show where room is short: people of a kind whose group is shown stand back.

        They are kept where there are no more than `at_most` of them.
        """
        grouped = {self.kinds[p.reader] for p in parties if p.is_group}
        backed = [p for p in parties if not p.is_group and self.kinds.get(p.reader) in grouped]
        return parties if len({p.reader for p in backed}) <= at_most else [p for p in parties if p not in backed]

    def rolled(self, parties: Iterable[Party], *, at_most: int = 3) -> list[str]:
        """Return who the parties are, without arms: readers by name, more than a few of a kind by their number."""
        readers = list(dict.fromkeys(p.reader for p in parties if not p.is_group))
        names = []
        for kind in dict.fromkeys(self.kinds[r] for r in readers):
            alike = [r for r in readers if self.kinds[r] == kind]
            many = self.words.group(kind, len(alike), "plain")
            names += alike if len(alike) <= at_most else [many]
        return names

    def is_trivial(self, reader: str) -> bool:
        """Whether a machine says the same of every recording: a floor to be beaten, not a contestant."""
        return reader in self._trivial

    @cached_property
    def _trivial(self) -> set[str]:
        study = self.result.study
        machines = [(str(r), arm) for r, arm in study.reader_arms if study.is_machine(r)]
        return {
            reader
            for reader, arm in machines
            if all(_constant(study.scores(reader, arm, f), study.calls(reader, arm, f)) for f in study.findings)
        }

    def was_asked(self, metric: str) -> bool:
        """Whether the run asked for a metric; taken for granted where it does not say what it asked for."""
        asked = self.result.provenance.metrics
        return not asked or metric in asked

    def of_calls(self, metric: str) -> bool:
        """Whether a metric is how right a reader's calls are, which hang on a model's thresholds."""
        facts = self.metric_facts.get(metric)
        return facts is not None and facts.answers == "reading" and not facts.needs_scores

    def is_signed(self, metric: str) -> bool:
        """Whether a metric's values are changes, so that a plus says something."""
        return metric in self.metric_facts and self.metric_facts[metric].signed

    def is_share(self, metric: str) -> bool:
        """Whether a metric is so many of so many ECGs."""
        return metric in self.metric_facts and self.metric_facts[metric].is_share

    def is_test(self, metric: str) -> bool:
        """Whether a metric's p-value is its point."""
        return metric in self.metric_facts and self.metric_facts[metric].is_test

    @cached_property
    def not_independent(self) -> list[str]:
        """Return the readers who took part in forming the reference that judges them."""
        study = self.result.study
        return [str(r) for r in study.readers.index if not study.reference.is_independent_of(str(r))]

    @cached_property
    def independence(self) -> dict[str, IndependenceFacts]:
        """Return, by machine that read here, what it learnt from and how that bears on the recordings read."""
        by_machine = self.result.provenance.independence
        return {reader: facts for reader, facts in by_machine.items() if reader in self.result.study.readers.index}

    @cached_property
    def few_thresholds(self) -> dict[str, tuple[Threshold, ...]]:
        """Return, by machine, its thresholds that were chosen on too few ECGs to be more than chance."""
        stated = (t for t in self.result.provenance.thresholds if not self.is_trivial(t.reader))
        chosen = [t for t in stated if t.rests_on_few and t.finding in self.findings]
        return {
            reader: tuple(t for t in chosen if t.reader == reader) for reader in dict.fromkeys(t.reader for t in chosen)
        }

    def learnt(self, kind: Kind) -> list[str]:
        """Return the machines whose learning bears on the recordings in one way, each with the archives."""
        archives = {reader: facts.archives for reader, facts in self.independence.items() if facts.kind == kind}
        return [f"{reader} ({', '.join(named)})" if named else reader for reader, named in archives.items()]

    def members(self, group: str, arm: str = "") -> list[str]:
        """Return the readers whom a group stands for: those of them who read in the arm (in any, if blank).

        "aided - unaided" is of those who read both ways; where nobody did, of those who read either way.
        """
        if (group, arm) not in self._members:
            self._members[group, arm] = self._members_of(group, arm)
        return self._members[group, arm]

    @cached_property
    def _members(self) -> dict[tuple[str, str], list[str]]:
        return {}  # asked for by every cell of every group

    def _members_of(self, group: str, arm: str) -> list[str]:
        study = self.result.study
        study_arms = {a for _, a in study.reader_arms}
        arms = [a for a in arm.split(" - ") if a in study_arms]
        alike = [str(r) for r in study.readers.index if study.kind(r) == self.kinds.get(group)]
        named = study.human_groups.get(group, alike)
        in_all = set(study.readers_with(*arms))
        both = [r for r in named if r in in_all]
        return both or [r for r in named if any(study.place(r, a) is not None for a in arms)]

    def reader(self, reader: str, arm: str = "", *, form: str = "", is_group: bool | None = None) -> str:
        """Return a reader's id as it is, and a group of readers in words: "12 GPs (mean)".

        Parameters
        ----------
        reader : str
        arm : str
            The arm in which a group's readers are counted.
        form : str
            "" for a table, "sentence" within a sentence ("the 12 GPs on average"), "plain" for its readers ("12 GPs").
        is_group : bool, optional
            Whether a group is meant; told by the name where it is not given.
        """
        if not (self.is_group(reader) if is_group is None else is_group):
            return reader
        many = "mean" if reader in self.result.study.human_groups else "all"
        shape = {"": many, "sentence": f"sentence.{many}"}.get(form, form)
        members = self.members(reader, arm)
        named = self.result.study.group_of(reader)
        if named is not None:
            return self.words.named_group(named, len(members), shape)
        kind = self.result.study.kind(members[0]) if members else self.kinds[reader]
        return self.words.group(kind, len(members), shape, n_people=self.result.study.people(members))

    def first(self, row: Shown) -> str:
        """Return whom a row is of: of a group, as many as read in the row's arm, or both ways where it is of two."""
        return self.reader(row.reader, row.arm, is_group=row.is_group)

    def second(self, row: Shown) -> str:
        """Return whom a row's reader is compared with."""
        return self.reader(row.compared_with, row.arm, is_group=row.with_group)

    def name(self, party: Party, *, arms: bool) -> str:
        """Return a party's name for people, its arm with it where there is more than one."""
        reader = self.reader(party.reader, party.arm, is_group=party.is_group)
        if not arms or self.is_machine(party.reader) or not party.arm:
            return reader
        return f"{reader}, {self.words.arm(party.arm)}"

    def pairs(self, metrics: Iterable[str]) -> list[tuple[str, str]]:
        """Return the pairs worth a line of their own in a comparison: those with a machine, where there is any.

        People of a kind whose group is compared stand back behind it, and a machine that says the same of every
        recording behind all others.
        """
        rows = [row for m in metrics for row in self.of(m) if row.compared_with]
        pairs = list(dict.fromkeys((row.reader, row.compared_with) for row in rows))
        grouped = {self.kinds[r] for pair in pairs for r in pair if self.is_group(r)}
        pairs = [
            pair for pair in pairs if not any(not self.is_group(r) and self.kinds.get(r) in grouped for r in pair)
        ] or pairs
        contested = [pair for pair in pairs if not any(self.is_trivial(r) for r in pair)] or pairs
        return [pair for pair in contested if any(self.is_machine(r) for r in pair)] or contested

    def counted(self, what: str, n: int) -> str:
        """Return "1 recording" or "827 recordings"."""
        return self.words(f"count.{what}.{'one' if n == 1 else 'many'}", n=numbers.count(n, self.words))

    @cached_property
    def knows_patients(self) -> bool:
        """Whether it is known which recordings are of one patient: an id that is the recording's own says nothing."""
        records = self.result.study.records
        return bool((records["patient_id"].astype("string") != records.index.astype("string")).fillna(False).any())

    @cached_property
    def has_aided(self) -> bool:
        """Whether anybody read with help."""
        return any(arm == AIDED for _, arm in self.result.study.reader_arms)

    @cached_property
    def help(self) -> str:
        """Return whose help readers had, within a sentence: "the AI's help", or "the help of beat_boosting"."""
        ai = self.result.provenance.aided_by.get(AIDED)
        return self.words("help.by", ai=ai) if ai else self.words("help")

    def arm(self, arm: str) -> str:
        """Return an arm's name for people, with the AI that helped in it where that is known."""
        ai = self.result.provenance.aided_by.get(arm)
        return self.words("arm.by", arm=self.words.arm(arm), ai=ai) if ai else self.words.arm(arm)

    @cached_property
    def simulated(self) -> bool:
        """Whether any reader or recording is simulated."""
        return self.result.is_simulated


class _Indexed:
    """The rows of an evaluation by what they are of, made once for all languages."""

    def __init__(self, result: StudyResult) -> None:
        self.places = {str(r): i for i, r in enumerate(result.study.readers.index)}
        self.all_rows = [self._sided(Shown._make(quote)) for quote in quotes(result.evaluation.frame)]
        self.rows = [row for row in self.all_rows if not row.subgroup]
        self._indices: dict[tuple[str, ...], dict[tuple[str, ...], list[Shown]]] = {}

    def _sided(self, row: Shown) -> Shown:
        """Return a row that says which of its two sides are groups: of a comparison that has one, the other side is."""
        is_reader = row.reader in self.places
        is_group = bool(row.reader) and (not is_reader or (row.is_group and row.compared_with in ("", row.reader)))
        other = bool(row.compared_with) and (row.is_group or row.compared_with not in self.places)
        same = row.is_group == is_group and row.with_group == other
        return row if same else row._replace(is_group=is_group, with_group=other)

    def by(self, names: tuple[str, ...]) -> dict[tuple[str, ...], list[Shown]]:
        """Return the estimates by their metric and some other fields, sorted once for all who ask by these."""
        if names not in self._indices:
            index = self._indices[names] = {}
            key = attrgetter("metric", *names) if names else lambda row: (row.metric,)
            for row in self.all_rows if "subgroup" in names else self.rows:
                index.setdefault(key(row), []).append(row)
        return self._indices[names]

    @cached_property
    def alone(self) -> dict[tuple[str, str, Party, str], Shown]:
        """Return who has a number of their own: by subgroup, metric, party and finding."""
        alone = (r for r in self.all_rows if not r.compared_with)
        return {(r.subgroup, r.metric, party_of(r), r.finding): r for r in alone}

    @cached_property
    def beside(self) -> dict[tuple[str, Party, str], list[Shown]]:
        """Return what stands beside a party's number of a metric for a finding."""
        beside: dict[tuple[str, Party, str], list[Shown]] = {}
        for row in self.all_rows:
            if row.subgroup and not row.compared_with and not is_subgroup(row.subgroup):
                beside.setdefault((row.metric, party_of(row), row.finding), []).append(row)
        return beside

    @cached_property
    def parties(self) -> dict[str, set[Party]]:
        """Return who has own estimates of each metric."""
        return {
            metric: {party_of(r) for r in rows if r.reader and not r.compared_with}
            for (metric,), rows in self.by(()).items()
        }


@lru_cache(maxsize=4)
def _indexed(result: StudyResult) -> _Indexed:
    return _Indexed(result)


@lru_cache(maxsize=4)
def look(result: StudyResult, language: str) -> View:
    """Return the view of a result in a language; all sections of a page share it, since it indexes every estimate."""
    return View(result, language)


def _constant(scores: Floats, calls: Floats) -> bool:
    """Whether a reader's scores (calls where there are none) are the same for every recording."""
    values = scores if not np.isnan(scores).all() else calls
    given = values[~np.isnan(values)]
    return len(given) > 0 and bool((given == given[0]).all())


def party_of(row: Shown) -> Party:
    """Return whom a row is of."""
    return Party(row.reader, row.arm, row.is_group)


def _is_part(subgroup: str) -> bool:
    """Whether a label is of some ECGs or some readers, and not of some of them against the others."""
    return is_subgroup(subgroup) or (subgroup.startswith(f"{READERS}: ") and not subgroup.endswith(" - others"))
