"""The gallery of disagreements: what it counts, what it shows of whom, and that no text of a study is markup."""

import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from reports.study_fixture import study, toy_result

from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.findings import URGENCIES
from ecg_eval.domain.result import StudyResult
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.drawing.booklet import booklet_html
from ecg_eval.reports.explained import ExplainedAnswer, Number
from ecg_eval.reports.gallery import Gallery, gallery_of
from ecg_eval.reports.gallery_marks import MarkedTracing
from ecg_eval.reports.gallery_page import booklet_pages, render_gallery
from ecg_eval.reports.sheets import Tracing

SVG = "<svg viewBox='0 0 1 1'></svg>"


def people_of(made: ReaderStudy) -> list[str]:
    return [r for r in made.readers_with("unaided") if made.is_human(r)]


def test_who_parts_is_counted_from_the_readings() -> None:
    result = toy_result()
    made = result.study
    gallery = gallery_of(result, at_most=1000, least_share=0.75)
    assert gallery.n_ecgs == len(gallery.ecgs)
    assert gallery.n_partings == len(gallery.partings)
    assert gallery.machines == ("beat_features",), "a floor is nobody to part from"
    ids = list(made.records.index)
    for parting in gallery.partings:
        place = ids.index(parting.record_id)
        said = {r: made.calls(r, "unaided", parting.finding)[place] for r in people_of(made)}
        truth = made.truth(parting.finding)[place]
        model = made.calls("beat_features", "unaided", parting.finding)[place]
        for side in parting.sides:
            wanted = {"missed": 0, "over_called": 1, "model_yes": 0, "model_no": 1}[side.direction]
            assert side.parted == tuple(r for r, call in said.items() if call == wanted)
            assert side.n_answered == sum(not np.isnan(call) for call in said.values())
            against = model if side.machines else truth
            assert against == 1 - wanted
    # and none is forgotten
    calls = np.array([[made.calls(r, "unaided", f) for f in made.findings] for r in people_of(made)])
    for other in (made.truths(), np.array([made.calls("beat_features", "unaided", f) for f in made.findings])):
        share = np.nanmean(calls != other, axis=0)
        expected = {(ids[r], made.findings[f]) for f, r in np.argwhere((share >= 0.75) & ~np.isnan(other))}
        assert expected <= {(p.record_id, p.finding) for p in gallery.partings}


def test_findings_and_directions_take_turns_and_urgent_ones_come_first() -> None:
    gallery = gallery_of(toy_result(), at_most=6)
    assert len(gallery.ecgs) == 6 < gallery.n_ecgs
    ranks = [URGENCIES.index(ecg.partings[0].urgency) for ecg in gallery.ecgs]
    assert ranks == sorted(ranks)
    assert {p.finding for p in gallery.partings} == {"AF", "LBBB", "1AVB"}
    alone = gallery_of(toy_result(), findings=["LBBB"])
    assert {p.finding for p in alone.partings} == {"LBBB"}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("of", [toy_result(), toy_result(known=False), toy_result(aided=False)])
def test_a_page_says_who_said_what_in_each_arm(of: StudyResult, language: str) -> None:
    gallery = gallery_of(of, at_most=3)
    first = gallery.ecgs[0]
    tracings = {first.record_id: Tracing(svg=SVG)}
    page = render_gallery(of, gallery, language=language, tracings=tracings)
    assert page.count("<article") == 3
    assert page.count(SVG) == 1
    shown = unescape(page[page.index("<article") :])
    for reader in people_of(of.study):
        assert reader in shown
    parting = first.partings[0]
    names = ", ".join(parting.present or parting.absent)
    assert names in shown
    if not of.study.reference.exists:
        assert {s.direction for p in gallery.partings for s in p.sides} <= {"model_yes", "model_no"}
    readers = json.loads(unescape(re.findall(r'data-readers="([^"]*)"', page)[0]))
    assert readers == list(parting.parted)


def test_blinded_shows_nobody_and_no_truth() -> None:
    result = toy_result()
    gallery = gallery_of(result, at_most=4)
    told = "".join(
        [
            render_gallery(result, gallery, tracings={}, blinded=True).partition("<main")[2].partition("</main>")[0],
            booklet_html("t", [], booklet_pages(result, gallery, language="en", tracings={}, blinded=True)),
        ]
    )
    for hidden in (*result.study.readers.index, "Reference", "name it", 'data-direction="m'):
        assert hidden not in told
    assert "present / absent / uncertain" in told


def test_without_tracings_readings_stand_alone_with_the_reason() -> None:
    result = toy_result()
    gallery = gallery_of(result, at_most=2)
    tracings = {e.record_id: Tracing(not_drawn="signal is not in this dataset") for e in gallery.ecgs}
    page = render_gallery(result, gallery, tracings=tracings)
    assert "No tracing can be shown, and readings stand alone: signal is not in this dataset." in page
    assert "drag with the mouse" not in page


def test_criteria_stand_beside_the_answers_the_met_ones_first() -> None:
    result = toy_result()
    gallery = gallery_of(result, at_most=1)
    parting = gallery.partings[0]
    criteria = [
        Criterion(measure="s_mv V1 + r_mv V5", value=1.6, limit=3.5, asks_above=True, degree=0.01),
        Criterion(measure="qrs_ms", value=142.4, limit=120, asks_above=True, degree=0.99),
        *(Criterion(measure=f"q_mv V{i}", value=0, limit=0.1, asks_above=True, degree=0) for i in range(9)),
    ]
    told = {"rules": {parting.record_id: {parting.finding: criteria}}}
    page = render_gallery(result, gallery, tracings={}, criteria=told)
    assert "rules, measured against its limits: QRS 142 ms (above 120 ms); S V1 + R V5 1.60 mV (below 3.5 mV);" in page
    assert "and 3 more." in page
    assert "1,60 mV" in render_gallery(result, gallery, tracings={}, criteria=told, language="fr")


def hostile() -> tuple[StudyResult, Gallery]:
    """Return a study whose ids, readers and comments try to be markup."""
    evil = "\"><script>alert(1)</script>{{ 7*7 }}'"
    made = study(n_readers=2, n_records=20)
    readings = made.readings.assign(
        reader_id=made.readings["reader_id"].astype(str).replace("gp_01", evil).astype("category"),
        record_id=(made.readings["record_id"].astype(str) + evil).astype("category"),
        comment=made.readings["comment"].astype(object).where(lambda s: s.notna(), evil).astype("category"),
    )
    ids = made.records.index.astype(str) + evil
    table = made.reference.table.set_axis(ids, axis=0)
    changed = replace(
        made,
        readings=readings,
        readers=made.readers.rename(index={"gp_01": evil}),
        records=made.records.set_axis(ids, axis=0),
        reference=replace(made.reference, table=table),
    )
    result = replace(toy_result(n_readers=2, n_records=20), study=changed)
    return result, gallery_of(result)


def test_ids_readers_and_comments_are_never_markup() -> None:
    result, gallery = hostile()
    page = render_gallery(result, gallery, tracings={e.record_id: Tracing(not_drawn="<b>") for e in gallery.ecgs})
    paper = booklet_html("t", [], booklet_pages(result, gallery, language="en", tracings={}))
    for text in (page, paper):
        assert gallery.ecgs
        assert "<script>alert" not in text
        assert "<b>" not in text
        assert "{{ 7*7 }}" in text
        assert not re.search(r"<[^>]*\son\w+=", text)


def test_what_moved_a_model_stands_on_its_tracing_with_what_the_test_says() -> None:
    result = toy_result()
    gallery = gallery_of(result, at_most=2)
    first = gallery.ecgs[0]
    parting = first.partings[0]
    number = Number(value=0.1, low=-0.2, high=0.4, n=40, reason="")
    tested = ExplainedAnswer(
        reader="net",
        finding=parting.finding,
        area=number,
        above_largest=number,
        likeness=number,
        falls=[],
        leads=[],
    )
    marked = MarkedTracing(model="net", svg=SVG, leads=[("V1", 0.75), ("II", 0.2), ("I", 0.05)], tested=tested)
    marks = {(first.record_id, parting.finding): [marked]}
    page = unescape(render_gallery(result, gallery, tracings={}, marks=marks))
    assert "Explanations were kept of 1 of these ECGs (`explanations: {records: ...}` keeps those of more)." in page
    assert "What moved net:" in page
    assert "V1 (75 in 100); II (20 in 100)." in page
    assert "could not show, over 40 ECGs, that what it points at means anything" in page
    pages = booklet_pages(result, gallery, language="fr", tracings={}, marks=marks)
    assert re.search(r"\(\d+\)\u00a0: ", pages[0].below)
    assert not re.search(r"[^\u00a0][:;] ", pages[0].below), "French spaces"
    assert [p.middle.startswith("Ce qui a fait bouger net") for p in pages] == [False, True, False]
    assert pages[1].svg == SVG
    blinded = booklet_pages(result, gallery, language="en", tracings={}, marks=marks, blinded=True)
    assert len(blinded) == 2
    silent = replace(marked, leads=(), tested=None)
    page = unescape(render_gallery(result, gallery, tracings={}, marks={(first.record_id, parting.finding): [silent]}))
    assert "Nothing in this tracing moved net." in page
