"""Checklists of reporting, item by item: what a run shows and where, and what a person must write.

The items are data (``checklists/``): a file a checklist with its own item numbers, each naming a topic; ``topics.csv``
has what is asked, in our own words, and which proofs a run may hold for it. Sources: STARD 2015 (Bossuyt et al., BMJ
2015;351:h5527), STARD-AI (Sounderajah et al., Nat Med 2025;31:3283), DECIDE-AI (Vasey et al., Nat Med 2022;28:924),
CLAIM 2024 (Tejani et al., Radiol Artif Intell 2024;6:e240300), TRIPOD+AI (Collins et al., BMJ 2024;385:e078378), and
articles 10 to 15 of Regulation (EU) 2024/1689. The lists of STARD-AI and CLAIM 2024 could not be compared with their
published tables, which their pages say; for a submission the official form is to be filled in.
"""

import csv
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from ecg_eval.domain.facts.metric import Answers
from ecg_eval.reports.view import LEARNT_HERE, View

Status = Literal["shown", "in_part", "person"]
CHECKLISTS = ("stard_2015", "stard_ai", "decide_ai", "claim_2024", "tripod_ai")
EVIDENCE = "ai_act"


class Place(NamedTuple):
    """Where a proof stands: a section of the report, a file of the run (``*`` for a language), or both."""

    section: str
    file: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Something that a run may hold.

    Attributes
    ----------
    place : Place
    measures : tuple of str
        Metrics of which one must have a value; empty for what other facts of the run prove.
    """

    place: Place
    measures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What an item asks.

    Attributes
    ----------
    proofs : tuple of str
        What a run may hold of it; empty for what only a person can write.
    in_whole : bool
        Whether these proofs answer it; else a person must add to them.
    texts : mapping of str to str
        Language -> what is asked.
    """

    proofs: tuple[str, ...]
    in_whole: bool
    texts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a checklist.

    Attributes
    ----------
    number : str
        As the checklist has it.
    section, topic : str
    """

    number: str
    section: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One item, and what a run shows of it.

    Attributes
    ----------
    item : Item
    text : str
    status : {"shown", "in_part", "person"}
    places : tuple of Place
        Of the proofs that the run holds.
    """

    item: Item
    text: str
    status: Status
    places: tuple[Place, ...]


def judged(view: View, checklist: str, sections: Collection[str]) -> list[Judged]:
    """Return each item of a checklist with what a run shows of it.

    Parameters
    ----------
    view : View
    checklist : str
        One of ``CHECKLISTS``, or ``EVIDENCE``.
    sections : collection of str
        Names of the sections that the report has.
    """
    held = _held(view)
    made = []
    for item in items_of(checklist):
        topic = topics()[item.topic]
        there = [proof for proof in topic.proofs if held[proof]]
        status: Status = "person"
        if there:
            status = "shown" if topic.in_whole and len(there) == len(topic.proofs) else "in_part"
        places = dict.fromkeys(_place(proof, sections, view.language) for proof in there)
        text = topic.texts[view.language]
        made.append(Judged(item=item, text=text, status=status, places=tuple(places)))
    return made


def _place(proof: str, sections: Collection[str], language: str) -> Place:
    """Return where a proof stands in this run: a section that its report does not have is not named."""
    place = proofs()[proof].place
    return Place(place.section if place.section in sections else "", place.file.replace("*", language))


@cache
def proofs() -> Mapping[str, Proof]:
    """Return every proof by its name."""
    return {
        row["proof"]: Proof(place=Place(row["section"], row["file"]), measures=tuple(row["measures"].split()))
        for row in _rows("proofs")
    }


@cache
def topics() -> Mapping[str, Topic]:
    """Return every topic by its key."""
    return {
        row["topic"]: Topic(
            proofs=tuple(row["proofs"].split()),
            in_whole=row["extent"] == "whole",
            texts={language: row[language] for language in ("en", "fr")},
        )
        for row in _rows("topics")
    }


@cache
def items_of(checklist: str) -> tuple[Item, ...]:
    """Return the items of a checklist in its order."""
    return tuple(Item(number=row["item"], section=row["section"], topic=row["topic"]) for row in _rows(checklist))


def _rows(name: str) -> list[dict[str, str]]:
    text = files("ecg_eval.reports.dossier").joinpath("checklists", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _held(view: View) -> Mapping[str, bool]:
    """Return, a proof, whether the run holds it: a measure that has a value, or what ``_HOLDS`` asks."""
    return {
        name: any(row.value is not None for metric in proof.measures for row in view.of(metric))
        if proof.measures
        else bool(_HOLDS[name](view))
        for name, proof in proofs().items()
    }


def _answers(kind: Answers, *, bounded: bool = False) -> Callable[[View], bool]:
    """Return what tells whether some measure of a kind has a value, with an interval where that is asked."""
    return lambda view: any(
        row.value is not None and not (bounded and row.low is None and row.high is None)
        for metric in view.answering(kind)
        for row in view.of(metric)
    )


def _stated(*names: str) -> Callable[[View], bool]:
    return lambda view: any(getattr(view.result.provenance.dataset, name) for name in names)


def _has_truth(view: View) -> bool:
    return view.result.study.reference.exists


def _is_judged_by_people_and_machines(view: View) -> bool:
    kinds = view.result.study.readers["kind"]
    return len(kinds) > 0 and (_has_truth(view) or len(set(kinds.isin(("model", "vendor")))) > 1)


def _knows_age_or_sex(view: View) -> bool:
    records = view.result.study.records
    return any(name in records and bool(records[name].notna().any()) for name in ("age_years", "sex"))


def _has_subgroups(view: View) -> bool:
    return bool(view.subgroups or view.of_some_readers)


def _was_split(view: View) -> bool:
    facts = view.result.provenance
    return any(model.n_train for model in facts.models.values()) or any(t.from_folds for t in facts.thresholds)


def _is_tested_elsewhere(view: View) -> bool:
    return any(facts.trained_on and facts.kind not in LEARNT_HERE for facts in view.independence.values())


def _always(_: View) -> bool:
    return True


# what proofs of `proofs.csv` without measures rest on: View -> whether the run holds it
_HOLDS: Mapping[str, Callable[[View], object]] = {
    "answer": _answers("reading"),
    "questions": lambda v: bool(v.metric_facts),
    "left_out": _always,
    "quality": lambda v: v.result.provenance.quality is not None,
    "dataset_population": _stated("population"),
    "dataset": _stated("title"),
    "dataset_access": _stated("url", "licence", "access"),
    "annotation": _stated("labelled_by"),
    "devices": _stated("devices"),
    "acquisition": lambda v: bool(v.result.provenance.recordings),
    "reference": _has_truth,
    "reference_agreement": lambda v: bool(v.result.provenance.reference.agreement),
    "agreement": _answers("agreement"),
    "flow": lambda v: bool(v.result.provenance.flow),
    "models": lambda v: bool(v.result.provenance.models),
    "needs": lambda v: any(model.needs for model in v.result.provenance.models.values()),
    "outputs": lambda v: len(v.result.study.readings) > 0,
    "thresholds": lambda v: bool(v.result.provenance.thresholds),
    "readers": lambda v: any(v.is_human(r) for r in v.result.study.readers.index),
    "findings": _always,
    "independence": lambda v: bool(v.independence),
    "external": _is_tested_elsewhere,
    "split": _was_split,
    "methods": lambda v: bool(v.metric_facts),
    "intervals": lambda v: v.result.provenance.intervals is not None,
    "uncertain": _always,
    "oddities": _always,
    "subgroups": _has_subgroups,
    "plan": lambda v: v.result.provenance.plan is not None,
    "clusters": lambda v: v.result.study.cluster is not None,
    "fairness": lambda v: any("_gap" in m for m in v.metrics),
    "characteristics": _knows_age_or_sex,
    "frequency": _has_truth,
    "population": lambda v: bool(v.result.study.population),
    "counts": _always,
    "cross_table": _has_truth,
    "estimates": _answers("reading", bounded=True),
    "differences": _answers("difference"),
    "gallery": _is_judged_by_people_and_machines,
    "code": lambda v: bool(v.result.provenance.ecg_eval),
    "software": lambda v: bool(v.result.provenance.packages),
    "aid": _answers("aid"),
    "aid_arms": lambda v: v.has_aided,
    "learning": lambda v: bool({"position", "practice"} & set(v.result.provenance.adjust_for)),
    "limits": _answers("reading"),
}
