"""The gallery of disagreements in words: a page that filters by finding, reader and direction, and a booklet.

Blinded, both show tracings and questions alone, for an adjudicator who shall not know who said what.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecg_eval.domain.arrays.reading_arrays import NO_ANSWER
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.reading import ANSWERS
from ecg_eval.domain.result import StudyResult
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.drawing.booklet import BookletPage
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of, script
from ecg_eval.reports.gallery import DIRECTIONS, Gallery, GalleryEcg, Parting
from ecg_eval.reports.gallery_marks import MarksOf, drawn_of, heading
from ecg_eval.reports.gallery_marks import lines as lines_of_marks
from ecg_eval.reports.sheets import Tracing
from ecg_eval.reports.view import View, look
from ecg_eval.reports.words import Words

CRITERIA_AT_MOST = 8

# model -> record -> finding -> what it held against limits
CriteriaOf = Mapping[str, Mapping[str, Mapping[str, Sequence[Criterion]]]]


def render_gallery(
    result: StudyResult,
    gallery: Gallery,
    *,
    language: str = "en",
    tracings: Mapping[str, Tracing],
    criteria: CriteriaOf | None = None,
    marks: MarksOf | None = None,
    blinded: bool = False,
    beside: Mapping[str, str] | None = None,
) -> str:
    """Return the gallery as one HTML page.

    Parameters
    ----------
    result : StudyResult
    gallery : Gallery
    language : str
        "en" or "fr".
    tracings : mapping of str to Tracing
        Record id -> its drawing, or why there is none.
    criteria : mapping, optional
        Of models whose answers follow from criteria.
    marks : mapping, optional
        What moved models' answers, on tracings.
    blinded : bool
        Without who said what, and without what stands for the truth.
    beside : mapping of str to str, optional
        "report" and the like -> the file of that page in the same folder, to link to.

    Returns
    -------
    str
        A page that asks for nothing from anywhere; ``#finding=AF&reader=gp01&direction=missed`` behind its address
        filters it.
    """
    view = look(result, language)
    words = view.words
    kind = words("gallery.kind.blinded" if blinded else "gallery.kind")
    shown = {f for p in gallery.partings for f in (p.finding,)}
    readers = [r for r in gallery.people if any(r in p.parted for p in gallery.partings)]
    directions = [d for d in DIRECTIONS if any(s.direction == d for p in gallery.partings for s in p.sides)]
    options = [("finding", words("gallery.finding"), [(f, words.finding(f)) for f in gallery.findings if f in shown])]
    if not blinded:
        options += [
            ("reader", words("gallery.reader"), [(r, r) for r in readers]),
            ("direction", words("gallery.direction"), [(d, words(f"gallery.direction.{d}")) for d in directions]),
        ]
    sayings = _Said(view, gallery, criteria or {}, marks or {})
    drawn = any(tracing.svg for tracing in tracings.values())
    return page_of(
        view,
        "gallery.html.j2",
        title=words("gallery.title"),
        kind=kind,
        look="gallery",
        beside={words(f"page.{name}"): page for name, page in (beside or {}).items()},
        script=script("gallery.js"),
        intro=[
            *intro(view, gallery, tracings, blinded=blinded),
            *_marked(view, gallery, marks or {}),
            *([words("gallery.calipers")] if drawn else []),
        ],
        options=options,
        count=words("gallery.count", n="%n", total=numbers.count(len(gallery.ecgs), words)),
        ecgs=[
            _ecg(
                view,
                number,
                ecg,
                Tracing() if undrawn(gallery, tracings) else tracings.get(ecg.record_id, Tracing()),
                None if blinded else sayings,
            )
            for number, ecg in enumerate(gallery.ecgs, start=1)
        ],
    )


def intro(view: View, gallery: Gallery, tracings: Mapping[str, Tracing], *, blinded: bool) -> list[str]:
    """Return what stands before the ECGs: what was chosen, how many more there are, and what a gallery cannot say."""
    words = view.words
    lines = [
        words(
            "gallery.chosen",
            shown=numbers.count(len(gallery.ecgs), words),
            ecgs=view.counted("record", gallery.n_ecgs),
            partings=numbers.count(gallery.n_partings, words),
            share=numbers.per_hundred(gallery.least_share, words),
            arm=view.words.arm(gallery.arm),
        )
    ]
    if blinded:
        lines.append(words("gallery.blinded"))
    else:
        answers = view.result.study.answers
        counts = {name: words(f"counts_as.{getattr(answers, name)}") for name in ("uncertain", "refer")}
        lines.append(words("gallery.policy", **counts))
        judges = [reader for reader in view.not_independent if reader in gallery.people]
        lines += [words("gallery.not_independent", readers=words.listed(judges))] if judges else []
        lines.append(words("gallery.caveat"))
    reason = undrawn(gallery, tracings)
    lines += [words("gallery.no_tracings", reason=words.phrase(reason))] if reason else []
    return lines


def _marked(view: View, gallery: Gallery, marks: MarksOf) -> list[str]:
    """Say of how many ECGs explanations are shown, where not of all; nothing where there are none."""
    n = len({record for record, _ in marks})
    if not n or n == len(gallery.ecgs):
        return []
    return [view.words("gallery.attribution.some", n=numbers.count(n, view.words))]


def undrawn(gallery: Gallery, tracings: Mapping[str, Tracing]) -> str:
    """Return why no ECG at all can be drawn; empty where some are, or the reasons differ."""
    reasons = {tracings.get(ecg.record_id, Tracing()).not_drawn for ecg in gallery.ecgs}
    return reasons.pop() if len(reasons) == 1 else ""


@dataclass(frozen=True)
class _Said:
    """Who said what of an ECG, in words."""

    view: View
    gallery: Gallery
    criteria: CriteriaOf
    marks: MarksOf

    def sides(self, parting: Parting) -> list[str]:
        """Return a sentence a side."""
        words = self.view.words
        texts = []
        for side in parting.sides:
            people = self.people(side.n_answered)
            n = numbers.count(len(side.parted), words)
            texts.append(
                words(f"gallery.said.{side.direction}", n=n, people=people, machines=words.listed(side.machines))
            )
        return texts

    def people(self, n: int) -> str:
        """Return "16 GPs", or "16 readers" where they are of several kinds."""
        study = self.view.result.study
        kinds = {study.kind(reader) for reader in self.gallery.people}
        if len(kinds) == 1:
            return self.view.words.group(kinds.pop(), n, "plain")
        return self.view.words("gallery.readers", n=numbers.count(n, self.view.words))

    def truth(self, parting: Parting) -> str:
        """Return what stands for the truth."""
        words = self.view.words
        in_truth = {1.0: "present", 0.0: "absent"}.get(parting.truth, "unknown")
        return words("gallery.truth", truth=words(f"adjudication.{in_truth}"))

    def answers(self, parting: Parting) -> list[tuple[str, list[tuple[str, list[str]]]]]:
        """Return, an arm, who gave which answer: [(arm, [(answer, readers)])]; machines by themselves, with scores."""
        study, words = self.view.result.study, self.view.words
        f, r = study.findings.index(parting.finding), _place(study, parting.record_id)
        given = study.arrays.answers("reading")[:, f, r]
        shown_ai = study.arrays.answers("ai_reading")[:, f, r]
        rows: dict[str, dict[str, list[str]]] = {}
        machines: dict[str, list[str]] = {}
        helped: dict[str, set[str]] = {}
        for place, (reader, arm) in enumerate(study.reader_arms):
            if given[place] == NO_ANSWER:
                continue
            answer = ANSWERS[given[place]]
            if study.is_machine(reader):
                score = study.scores(reader, arm, parting.finding)[r]
                named = reader if np.isnan(score) else words("gallery.score", reader=reader, score=self.score(score))
                machines.setdefault(answer, []).append(named)
                continue
            rows.setdefault(arm, {}).setdefault(answer, []).append(reader)
            if shown_ai[place] != NO_ANSWER:
                helped.setdefault(arm, set()).add(ANSWERS[shown_ai[place]])
        arms = [(self.arm(arm, helped.get(arm, set())), _by_answer(words, rows[arm])) for arm in rows]
        return [*arms, *([(words("gallery.machines"), _by_answer(words, machines))] if machines else [])]

    def arm(self, arm: str, shown: Collection[str]) -> str:
        """Return an arm in words, with what the AI had shown where that was one and the same for all."""
        words = self.view.words
        name = numbers.capital(self.view.arm(arm))
        answer = next(iter(shown)) if len(shown) == 1 else ""
        return words("gallery.shown", arm=name, answer=words(f"answer_word.{answer}").lower()) if answer else name

    def score(self, score: float) -> str:
        """Return a score with two digits."""
        return numbers.number(float(score), self.view.words)

    def comments(self, parting: Parting) -> list[tuple[str, str]]:
        """Return what readers wrote beside their answers: (reader, text)."""
        study = self.view.result.study
        key = (parting.record_id, parting.finding)
        return [(f"{reader}, {self.view.words.arm(arm)}", text) for reader, arm, text in _comments(study).get(key, ())]

    def looked_at(self, parting: Parting) -> list[str]:
        """Return a line a model: what it held against limits, the criteria that are met first."""
        words, lines = self.view.words, []
        for model, by_record in self.criteria.items():
            listed = sorted(by_record.get(parting.record_id, {}).get(parting.finding, ()), key=lambda c: not c.is_met)
            if listed:
                shown = [self.criterion(c) for c in listed[:CRITERIA_AT_MOST]]
                left = len(listed) - len(shown)
                shown += [words("gallery.more_criteria", n=left)] if left else []
                lines.append(words("gallery.criteria", model=model, criteria=words.apart(shown)))
        return lines

    def criterion(self, criterion: Criterion) -> str:
        """Return "QRS 142 ms (above 120 ms)"."""
        words = self.view.words
        is_above = criterion.value >= criterion.limit
        unit = _unit(criterion.measure)
        return words(
            "gallery.criterion",
            measure=measure_name(criterion.measure, view=self.view),
            value=f"{numbers.number(criterion.value, words)}{unit}",
            limit=f"{numbers.setting(round(criterion.limit, 3), words)}{unit}",
            side=words("gallery.above" if is_above else "gallery.below"),
        )


_UNITS = {"ms": " ms", "mv": " mV", "degrees": "°", "min": "/min"}


def _unit(measure: str) -> str:
    first = measure.split(" ", maxsplit=1)[0]
    if first.endswith("_mv_ms"):
        return " mV·ms"
    return _UNITS.get(first.rpartition("_")[2], "")


def measure_name(measure: str, *, view: View) -> str:
    """Return a measurement's name for people: "S V1 + R V5"; a name without an entry stays as it is."""
    named = []
    for part in measure.split(" "):
        key = f"measure.{part}"
        named.append(view.words(key) if view.words.has(key) else "\u2212" if part == "-" else part)
    return " ".join(named)


def _by_answer(words: Callable[[str], str], given: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    return [(words(f"answer_word.{answer}"), given[answer]) for answer in ANSWERS if answer in given]


def _place(study: ReaderStudy, record_id: str) -> int:
    return int(pd.Index(study.records.index.astype(str)).get_loc(record_id))


def _comments(study: ReaderStudy) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return what was written beside readings: (record, finding) -> (reader, arm, text), looked up once a study."""

    def make() -> dict[tuple[str, str], list[tuple[str, str, str]]]:
        comments: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        written = study.readings[study.readings["comment"].notna().to_numpy()]
        columns = (written[name].astype(str) for name in ("record_id", "finding", "reader_id", "arm", "comment"))
        for record, finding, reader, arm, text in zip(*columns, strict=True):
            if text.strip():
                comments.setdefault((record, finding), []).append((reader, arm, text))
        return comments

    return study.once(("gallery", "comments"), make)


def _ecg(view: View, number: int, ecg: GalleryEcg, tracing: Tracing, sayings: _Said | None) -> dict[str, object]:
    """Return an ECG as the template takes it; without who said what where nobody shall say it."""
    words = view.words
    why = words("sheet.ecg.not_drawn", reason=words.phrase(tracing.not_drawn)) if tracing.not_drawn else ""
    partings = []
    for parting in ecg.partings:
        about: dict[str, object] = {"finding": parting.finding, "name": words.finding(parting.finding)}
        if sayings is None:
            about |= {"readers": (), "directions": (), "sides": [], "truth": "", "answers": [], "comments": []}
            about |= {"criteria": [], "marks": []}
        else:
            about |= {
                "readers": parting.parted,
                "directions": [side.direction for side in parting.sides],
                "sides": sayings.sides(parting),
                "truth": sayings.truth(parting),
                "answers": sayings.answers(parting),
                "comments": sayings.comments(parting),
                "criteria": sayings.looked_at(parting),
                "marks": drawn_of(view, parting.finding, sayings.marks.get((ecg.record_id, parting.finding), ())),
            }
        partings.append(about)
    return {
        "number": number,
        "record_id": ecg.record_id,
        "tracing": tracing.svg,
        "alt": words("sheet.ecg.alt", record=ecg.record_id),
        "why": why,
        "partings": partings,
    }


def booklet_pages(
    result: StudyResult,
    gallery: Gallery,
    *,
    language: str,
    tracings: Mapping[str, Tracing],
    marks: MarksOf | None = None,
    blinded: bool = False,
) -> list[BookletPage]:
    """Return the gallery on paper, an ECG a page, true to scale.

    Parameters
    ----------
    result : StudyResult
    gallery : Gallery
    language : str
        "en" or "fr".
    tracings : mapping of str to Tracing
    marks : mapping, optional
        What moved models' answers, on tracings: a page each, behind that of the ECG.
    blinded : bool
        With the questions alone.
    """
    view = look(result, language)
    words = view.words
    sayings = _Said(view, gallery, {}, {} if blinded else marks or {})
    pages = []
    item = 1
    for number, ecg in enumerate(gallery.ecgs, start=1):
        tracing = tracings.get(ecg.record_id, Tracing())
        why = words("sheet.ecg.not_drawn", reason=words.phrase(tracing.not_drawn)) if tracing.not_drawn else ""
        lines = [why] if why else []
        for row, parting in enumerate(ecg.partings, start=item):
            name = words("gallery.item", item=row, finding=words.finding(parting.finding))
            lines.append(f"{name} {words('gallery.choices')}" if blinded else _on_paper(words, name, sayings, parting))
        item += len(ecg.partings)
        middle = words("gallery.page", n=number, total=len(gallery.ecgs))
        pages.append(BookletPage(code=ecg.record_id, middle=middle, svg=tracing.svg, below="\n".join(lines)))
        for parting in ecg.partings:
            for marked in sayings.marks.get((ecg.record_id, parting.finding), ()):
                below = " ".join(lines_of_marks(view, marked))
                head = heading(view, parting.finding, marked)
                pages.append(BookletPage(code=ecg.record_id, middle=head, svg=marked.svg, below=below))
    return pages


def _on_paper(words: Words, name: str, sayings: _Said, parting: Parting) -> str:
    """Return one finding of an ECG as a line of a booklet."""
    arms = []
    for arm, answers in sayings.answers(parting):
        answered = words.apart([f"{who} ({len(r)}){words('colon')} {', '.join(r)}" for who, r in answers])
        arms.append(f"{arm}{words('colon')} {answered}.")
    return " ".join([name, sayings.truth(parting), *arms])
