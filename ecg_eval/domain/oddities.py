"""What is odd in a study's data: what is missing, repeated, one-sided or contradicts itself, each counted and named.

Nothing here is an error, and nothing is changed: an oddity says what of the data a number rests on, or does not. It is
worked out from the study alone, so that the check before a run, the console and the report say the same.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.arrays.reading_arrays import NO_ANSWER, codes_of
from ecg_eval.domain.design import BLOCKS, BREACHES, OWN_ECGS, PAIRED, PERIODS, design_of
from ecg_eval.domain.facts.metric import MetricFacts
from ecg_eval.domain.findings import descendants, vocabulary
from ecg_eval.domain.people.personal import personal_in
from ecg_eval.domain.reading import ABSENT, AIDED, ANSWERS, PRESENT, UNAIDED, is_answered
from ecg_eval.domain.study import ReaderStudy

Bools = NDArray[np.bool_]

FEW = 10  # fewer ECGs than this with (or without) a finding say little about how it is recognised
SOME = 5  # so many ECGs on which the same answer to all of them is wrong make it odd
_EXAMPLES = 10
_NONE, _SCORE_ALONE = -1, -2  # cells of the cube of answers without a word
_PRESENT, _ABSENT = ANSWERS.index(PRESENT), ANSWERS.index(ABSENT)


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """One thing that is odd, and where.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    reader, arm, finding : str
        Where; empty where it is of all of them. The reader of an oddity of the truth is empty.
    count : int
        How many (ECGs, answers, cases: the kind says what is counted).
    of : int or None
        Out of how many, where that means something.
    detail : str
        The word, column or value that it is about.
    records : tuple of str
        The first record ids concerned.
    """

    kind: str
    reader: str = ""
    arm: str = ""
    finding: str = ""
    count: int
    of: int | None = None
    detail: str = ""
    records: tuple[str, ...] = ()


ODDITY_COLUMNS = ("kind", "reader_id", "arm", "finding", "count", "of", "detail", "records")


def oddities(
    study: ReaderStudy,
    *,
    subgroups: Sequence[str] = (),
    exclusive: Sequence[Sequence[str]] = (),
    metrics: Collection[MetricFacts] = (),
) -> list[Oddity]:
    """Return what is odd in a study, the most harmful kinds first.

    Parameters
    ----------
    study : ReaderStudy
    subgroups : sequence of str
        Ways to divide the records that the run asks for ("age" is of `age_years`).
    exclusive : sequence of sequences of str
        Findings of which a recording has exactly one.
    metrics : collection of MetricFacts
        Of those asked: which columns of the readings they make numbers of, and for which findings they state something.
    """
    data = _Data(study)
    asked: dict[str, tuple[object, ...]] = {
        "subgroup_unknown": (subgroups,),
        "not_exclusive": (exclusive,),
        "stated_unused": (metrics,),
        "not_evaluated": (metrics,),
    }
    return [oddity for kind, find in KINDS.items() for oddity in find(data, *asked.get(kind, ()))]


def oddities_table(odd: Sequence[Oddity]) -> pd.DataFrame:
    """Return oddities as a table with the columns ``ODDITY_COLUMNS``."""
    rows = [(o.kind, o.reader, o.arm, o.finding, o.count, o.of, o.detail, "; ".join(o.records)) for o in odd]
    return pd.DataFrame(rows, columns=list(ODDITY_COLUMNS)).astype({"of": "Int64"})


class _Data:
    """A study as arrays over (reader and arm, record, finding), first readings only."""

    def __init__(self, study: ReaderStudy) -> None:
        self.study = study
        self.parties: list[tuple[str, str]] = study.reader_arms
        self.findings = list(study.findings)
        self.ids = study.records.index
        self.truth = study.reference.table.reindex(columns=self.findings).to_numpy(dtype=float)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Return where each reading stands: party, record, finding, and whether it is the reader's first."""
        table = self.study.readings
        places = {pair: i for i, pair in enumerate(self.parties)}
        arms = table["arm"].astype("category")
        readers = table["reader_id"].astype("category")
        party = np.array(
            [[places.get((reader, arm), -1) for arm in arms.cat.categories] for reader in readers.cat.categories],
            dtype=np.int64,
        ).reshape(len(readers.cat.categories), len(arms.cat.categories))
        rows = pd.DataFrame(
            {
                "party": party[readers.cat.codes.to_numpy(), arms.cat.codes.to_numpy()] if len(table) else [],
                "record": codes_of(table["record_id"], self.ids),
                "finding": codes_of(table["finding"], pd.Index(self.findings, dtype=object)),
                "period": table["period"].to_numpy(),
            }
        ).astype(np.int32)
        if len(self.study.arrays.cells) == len(rows):  # each counts, as it usually is
            return rows.assign(again=False, inside=True)
        if (rows["period"] != 1).any():
            order = np.argsort(rows["period"].to_numpy(), kind="stable")
            again = np.empty(len(rows), dtype=bool)
            again[order] = rows.iloc[order].duplicated(["party", "record", "finding"]).to_numpy()
        else:
            again = np.zeros(len(rows), dtype=bool)
        inside = (rows[["party", "record", "finding"]] >= 0).all(axis=1)
        return rows.assign(again=again, inside=inside)

    @cached_property
    def answers(self) -> NDArray[np.int8]:
        """Return the answers as places in ``ANSWERS``, shape (n_parties, n_records, n_findings)."""
        arrays = self.study.arrays
        words = arrays.answers("reading")
        cube = np.where(arrays.answered & (words == NO_ANSWER), _SCORE_ALONE, words).astype(np.int8)
        return np.ascontiguousarray(cube.transpose(0, 2, 1))

    @cached_property
    def given(self) -> Bools:
        """Return which cells have an answer or a score."""
        return np.asarray(self.answers != _NONE, dtype=bool)

    @cached_property
    def read(self) -> Bools:
        """Return who read what, shape (n_parties, n_records), were it only to say what to do."""
        return np.asarray(self.study.arrays.given.any(axis=1), dtype=bool)

    def named(self, chosen: Bools) -> tuple[str, ...]:
        """Return the first records chosen."""
        return tuple(str(record) for record in self.ids[np.flatnonzero(chosen)[:_EXAMPLES]])

    def makers(self) -> Iterator[tuple[str, str, NDArray[np.int8]]]:
        """Yield the truth (without a name) and every reader and arm with their answers, (n_records, n_findings)."""
        coded = np.full(self.truth.shape, _NONE, dtype=np.int8)
        coded[self.truth == 1], coded[self.truth == 0] = _PRESENT, _ABSENT
        yield "", "", coded
        for (reader, arm), cube in zip(self.parties, self.answers, strict=True):
            yield reader, arm, cube


def _truth_missing(data: _Data) -> Iterator[Oddity]:
    """Find findings whose truth is not known for all ECGs."""
    unknown = np.isnan(data.truth)
    if unknown.all():
        return
    for i, finding in enumerate(data.findings):
        n = int(unknown[:, i].sum())
        if n:
            records = data.named(unknown[:, i])
            yield Oddity(kind="truth_missing", finding=finding, count=n, of=len(data.ids), records=records)


def _shown_opposite(data: _Data) -> Iterator[Oddity]:
    """Find ECGs of which the AI showed some readers one thing and others the opposite, in one arm."""
    shown = data.study.readings["ai_reading"]
    here = (shown.notna() & data.rows["inside"].to_numpy()).to_numpy()
    for arm in dict.fromkeys(arm for _, arm in data.parties):
        of_arm = [i for i, party in enumerate(data.parties) if party[1] == arm]
        shown_as = {}
        for word in (PRESENT, ABSENT):
            at = data.rows[here & (shown == word).to_numpy() & data.rows["party"].isin(of_arm).to_numpy()]
            shown_as[word] = np.zeros((len(data.ids), len(data.findings)), dtype=bool)
            shown_as[word][at["record"], at["finding"]] = True
        both = shown_as[PRESENT] & shown_as[ABSENT]
        for i in np.flatnonzero(both.any(axis=0)):
            yield Oddity(
                kind="shown_opposite",
                arm=arm,
                finding=data.findings[i],
                count=int(both[:, i].sum()),
                of=int((shown_as[PRESENT] | shown_as[ABSENT])[:, i].sum()),
                records=data.named(both[:, i]),
            )


def _arms_unbalanced(data: _Data) -> Iterator[Oddity]:
    """Find readers who read some ECGs in one of the two arms only, where both arms exist."""
    places = {party: i for i, party in enumerate(data.parties)}
    if design_of(data.study).analysis not in (PAIRED, BLOCKS):
        return
    for reader in dict.fromkeys(r for r, _ in data.parties if data.study.is_human(r)):
        nobody = np.zeros(len(data.ids), dtype=bool)
        arms = {a: data.read[places[reader, a]] if (reader, a) in places else nobody for a in (UNAIDED, AIDED)}
        for arm, other in ((UNAIDED, AIDED), (AIDED, UNAIDED)):
            alone = arms[arm] & ~arms[other]
            if alone.any():
                n, of = int(alone.sum()), int((arms[arm] | arms[other]).sum())
                records = data.named(alone)
                yield Oddity(kind="arms_unbalanced", reader=reader, arm=arm, count=n, of=of, records=records)


def _pairs_missing(data: _Data) -> Iterator[Oddity]:
    """Find ECGs that somebody read in an arm and another reader of that arm did not, unless that is the design."""
    if design_of(data.study).analysis in (BLOCKS, OWN_ECGS, PERIODS):
        return
    for arm in dict.fromkeys(arm for _, arm in data.parties):
        of_arm = [i for i, party in enumerate(data.parties) if party[1] == arm]
        anybody = data.read[of_arm].any(axis=0)
        for i in of_arm:
            unread = anybody & ~data.read[i]
            if unread.any():
                n, of, records = int(unread.sum()), int(anybody.sum()), data.named(unread)
                yield Oddity(kind="pairs_missing", reader=data.parties[i][0], arm=arm, count=n, of=of, records=records)


def _answers_missing(data: _Data) -> Iterator[Oddity]:
    """Find findings that a reader answers elsewhere, without an answer on an ECG that the reader read."""
    for (reader, arm), given, read in zip(data.parties, data.given, data.read, strict=True):
        asked = given.any(axis=0)
        empty = read[:, None] & ~given & asked
        for i in np.flatnonzero(empty.any(axis=0)):
            n, records = int(empty[:, i].sum()), data.named(empty[:, i])
            yield Oddity(
                kind="answers_missing",
                reader=reader,
                arm=arm,
                finding=data.findings[i],
                count=n,
                of=int(read.sum()),
                records=records,
            )


def _unread(data: _Data) -> Iterator[Oddity]:
    """Find findings of the run that nobody read."""
    for i in np.flatnonzero(~data.given.any(axis=(0, 1))):
        yield Oddity(kind="unread", finding=data.findings[i], count=0, of=len(data.ids))


def _repeats(data: _Data) -> Iterator[Oddity]:
    """Find later readings of the same ECG by the same reader in the same arm."""
    again = data.rows[data.rows["inside"] & data.rows["again"]]
    for i, rows in again.groupby("party"):
        reader, arm = data.parties[int(str(i))]
        chosen = np.zeros(len(data.ids), dtype=bool)
        chosen[rows["record"]] = True
        yield Oddity(kind="repeats", reader=reader, arm=arm, count=len(rows), records=data.named(chosen))


def _one_sided(data: _Data) -> Iterator[Oddity]:
    """Find readers who give the same answer to every ECG, wrongly on several of them; floors are there to do so."""
    for (reader, arm), cube in zip(data.parties, data.answers, strict=True):
        if data.study.is_floor(reader):
            continue
        for word, wrong in ((_PRESENT, 0.0), (_ABSENT, 1.0)):
            answered = cube >= 0
            same = answered.any(axis=0) & (~answered | (cube == word)).all(axis=0)
            against = (answered & (data.truth == wrong)).sum(axis=0)
            for i in np.flatnonzero(same & (against >= SOME)):
                yield Oddity(
                    kind="one_sided",
                    reader=reader,
                    arm=arm,
                    finding=data.findings[i],
                    count=int(answered[:, i].sum()),
                    detail=ANSWERS[word],
                )


def _constant_scores(data: _Data) -> Iterator[Oddity]:
    """Find readers whose scores of a finding are all the same; floors are there to give such."""
    scores = data.study.readings["score"].to_numpy(dtype=float)
    here = ~np.isnan(scores) & data.rows["inside"].to_numpy()
    at = data.rows[here].assign(score=scores[here])
    for key, group in at.groupby(["party", "finding"])["score"]:
        i, finding = key if isinstance(key, tuple) else (key, 0)
        values = group.to_numpy()
        reader, arm = data.parties[int(i)]
        if len(values) > 1 and (values == values[0]).all() and not data.study.is_floor(reader):
            yield Oddity(
                kind="constant_scores",
                reader=reader,
                arm=arm,
                finding=data.findings[int(finding)],
                count=len(values),
                detail=f"{values[0]:g}",
            )


def _scores_alone(data: _Data) -> Iterator[Oddity]:
    """Find readers who give scores and never an answer: nothing says from which score on they call a finding."""
    for (reader, arm), cube in zip(data.parties, data.answers, strict=True):
        n = int((cube == _SCORE_ALONE).sum())
        if n and not (cube >= 0).any() and not data.study.is_floor(reader):
            yield Oddity(kind="scores_alone", reader=reader, arm=arm, count=n)


def _few_cases(data: _Data) -> Iterator[Oddity]:
    """Find findings that fewer than ``FEW`` ECGs have, or do not have."""
    for i, finding in enumerate(data.findings):
        column = data.truth[:, i]
        n_known = int((~np.isnan(column)).sum())
        for word, value in ((PRESENT, 1.0), (ABSENT, 0.0)):
            chosen = column == value
            if n_known and chosen.sum() < FEW:
                n, records = int(chosen.sum()), data.named(chosen)
                yield Oddity(kind="few_cases", finding=finding, count=n, of=n_known, detail=word, records=records)


def _parents_absent(data: _Data) -> Iterator[Oddity]:
    """Find a narrower finding present where the broader one that it implies is absent, in truth or readings."""
    codes = vocabulary()
    pairs = [
        (parent, child)
        for parent in data.findings
        if parent in codes
        for child in data.findings
        if child != parent and child in descendants(parent)
    ]
    for reader, arm, cube in data.makers():
        for parent, child in pairs:
            narrow, broad = (cube[:, data.findings.index(code)] for code in (child, parent))
            broken = (narrow == _PRESENT) & (broad == _ABSENT)
            if broken.any():
                yield Oddity(
                    kind="parents_absent",
                    reader=reader,
                    arm=arm,
                    finding=child,
                    count=int(broken.sum()),
                    of=int((narrow == _PRESENT).sum()),
                    detail=parent,
                    records=data.named(broken),
                )


def _not_exclusive(data: _Data, exclusive: Sequence[Sequence[str]]) -> Iterator[Oddity]:
    """Find ECGs with several of the findings of which each has exactly one, or with none where all were answered."""
    for group in exclusive:
        columns = [data.findings.index(code) for code in group if code in data.findings]
        for reader, arm, cube in data.makers():
            part = cube[:, columns]
            present = (part == _PRESENT).sum(axis=1)
            breaches = {"several": present > 1, "none": (part == _ABSENT).all(axis=1) if columns else present > 1}
            for what, broken in breaches.items():
                if broken.any():
                    yield Oddity(
                        kind="not_exclusive",
                        reader=reader,
                        arm=arm,
                        finding=", ".join(group),
                        count=int(broken.sum()),
                        of=int((part >= 0).any(axis=1).sum()),
                        detail=what,
                        records=data.named(broken),
                    )


def _subgroup_unknown(data: _Data, subgroups: Sequence[str]) -> Iterator[Oddity]:
    """Find ways to divide the records that the run asks for, of which the records say nothing, or not all."""
    records = data.study.records
    for column in dict.fromkeys(part.strip() for asked in subgroups for part in asked.split(" x ")):
        source = "age_years" if column == "age" else column
        unknown = records[source].isna().to_numpy() if source in records else np.ones(len(records), dtype=bool)
        if unknown.any():
            n = int(unknown.sum())
            named = data.named(unknown) if n < len(records) else ()
            yield Oddity(kind="subgroup_unknown", detail=column, count=n, of=len(records), records=named)


def _patients_unknown(data: _Data) -> Iterator[Oddity]:
    """Find ECGs of which nobody says whose they are: each counts as a patient of its own."""
    patients = data.study.records["patient_id"].astype("string")
    is_own_patient = (patients == data.ids.astype("string")).fillna(True).to_numpy(dtype=bool)
    if len(is_own_patient) and is_own_patient.all():
        yield Oddity(kind="patients_unknown", count=len(is_own_patient), of=len(is_own_patient))


def _negative_times(data: _Data) -> Iterator[Oddity]:
    """Find reading times below zero."""
    below = (data.study.readings["seconds"] < 0).to_numpy() & data.rows["inside"].to_numpy()
    for i, rows in data.rows[below].groupby("party"):
        reader, arm = data.parties[int(str(i))]
        chosen = np.zeros(len(data.ids), dtype=bool)
        chosen[rows["record"]] = True
        yield Oddity(kind="negative_times", reader=reader, arm=arm, count=len(rows), records=data.named(chosen))


def _stated_unused(data: _Data, metrics: Collection[MetricFacts]) -> Iterator[Oddity]:
    """Find findings for which the configuration states a prevalence, a cost or an action, and which nobody is asked."""
    counts = Counter(finding for facts in metrics for finding in facts.stated_for)
    for finding, n in counts.items():
        if finding not in data.findings:
            yield Oddity(kind="stated_unused", detail=finding, count=n)


def _not_evaluated(data: _Data, metrics: Collection[MetricFacts]) -> Iterator[Oddity]:
    """Find what readers gave and no metric asked makes a number of: confidence, times without two arms to compare."""
    readings = data.study.readings
    used = {column for facts in metrics for column in facts.uses}
    n = int(readings["confidence"].notna().sum())
    if n and "confidence" not in used:
        yield Oddity(kind="not_evaluated", detail="confidence", count=n)
    arms = {arm for _, arm in data.parties}
    n = int(readings["seconds"].notna().sum())
    if n and "seconds" not in used and not {UNAIDED, AIDED} <= arms:
        yield Oddity(kind="not_evaluated", detail="seconds", count=n)


def _personal(data: _Data) -> Iterator[Oddity]:
    """Find what looks like a person's in ids and comments; simulated readers are nobody."""
    study = data.study
    people = [str(r) for r in study.readers.index if study.is_human(r) and study.kind(r) != "simulated"]
    comments = [str(text) for text in study.readings["comment"].dropna().unique()]
    patients = study.records["patient_id"].astype("string").dropna().unique()
    for where, texts, names in (
        ("reader_ids", people, True),
        ("patient_ids", map(str, patients), True),
        ("record_ids", map(str, data.ids), True),
        ("comments", comments, False),
    ):
        for kind, n in personal_in(texts, names=names).items():
            yield Oddity(kind="personal", detail=f"{kind}_{where}", count=n)
    if comments:
        yield Oddity(kind="personal", detail="text_comments", count=len(comments))


def _shown_unknown(data: _Data) -> Iterator[Oddity]:
    """Find aided answers of which nobody says what the AI had shown."""
    readings = data.study.readings
    unknown = (readings["ai_reading"].isna() & readings["ai_score"].isna()).to_numpy()
    first = (data.rows["inside"] & ~data.rows["again"]).to_numpy() & is_answered(readings)
    party = data.rows["party"].to_numpy()
    n_answers = np.bincount(party[first], minlength=len(data.parties))
    n_unknown = np.bincount(party[first & unknown], minlength=len(data.parties))
    for (reader, arm), n, of in zip(data.parties, n_unknown.tolist(), n_answers.tolist(), strict=True):
        if arm == AIDED and n:
            yield Oddity(kind="shown_unknown", reader=reader, arm=arm, count=n, of=of)


def _of_design(kind: str) -> Callable[[_Data], Iterator[Oddity]]:
    """Return what finds the breaches of the design of one kind."""

    def find(data: _Data) -> Iterator[Oddity]:
        for breach in design_of(data.study).breaches:
            if breach.kind == kind:
                records = () if breach.records is None else data.named(breach.records)
                yield Oddity(
                    kind=kind,
                    reader=breach.reader,
                    arm=breach.arm,
                    count=breach.count,
                    of=breach.of,
                    detail=breach.detail,
                    records=records,
                )

    return find


# what is looked for, the most harmful first
KINDS: dict[str, Callable[..., Iterator[Oddity]]] = {
    "truth_missing": _truth_missing,
    "unread": _unread,
    "shown_opposite": _shown_opposite,
    **{kind: _of_design(kind) for kind in BREACHES},
    "arms_unbalanced": _arms_unbalanced,
    "pairs_missing": _pairs_missing,
    "answers_missing": _answers_missing,
    "repeats": _repeats,
    "not_exclusive": _not_exclusive,
    "parents_absent": _parents_absent,
    "one_sided": _one_sided,
    "constant_scores": _constant_scores,
    "scores_alone": _scores_alone,
    "few_cases": _few_cases,
    "subgroup_unknown": _subgroup_unknown,
    "stated_unused": _stated_unused,
    "shown_unknown": _shown_unknown,
    "negative_times": _negative_times,
    "patients_unknown": _patients_unknown,
    "not_evaluated": _not_evaluated,
    "personal": _personal,
}
