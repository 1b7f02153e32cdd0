"""The dossier for reviewers: checklists as published, nothing shown that is not there, text that stays text."""

import re
from dataclasses import replace
from io import BytesIO

import docx
import numpy as np
import pandas as pd
import pytest
from reports.study_fixture import toy_result
from reports.test_build import Balanced, all_sections

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.result import StudyResult
from ecg_eval.registry import load, names
from ecg_eval.reports.dossier.checklists import CHECKLISTS, EVIDENCE, items_of, judged, proofs, topics
from ecg_eval.reports.dossier.methods_text import bibtex, methods_paragraphs, sources_of
from ecg_eval.reports.dossier.page import checklist_tables, render_dossier
from ecg_eval.reports.dossier.paper_tables import PaperTable, latex_table, paper_tables
from ecg_eval.reports.dossier.word import word_file
from ecg_eval.reports.view import look

SECTIONS = {section.name: section.title["en"] for section in all_sections()}
# rows and numbered items as the publications count them: STARD 2015 has 30 items in 34 rows, STARD-AI 40 in 48,
# DECIDE-AI 28 subitems of 17 and 10 generic items, CLAIM 2024 44, TRIPOD+AI 52 subitems of 27
PUBLISHED = {
    "stard_2015": (34, 30),
    "stard_ai": (48, 40),
    "decide_ai": (38, 27),
    "claim_2024": (44, 44),
    "tripod_ai": (52, 27),
}


@pytest.mark.parametrize("checklist", CHECKLISTS)
def test_checklists_have_the_items_of_the_publications(checklist: str) -> None:
    numbers = [item.number for item in items_of(checklist)]
    rows, items = PUBLISHED[checklist]
    assert len(numbers) == len(set(numbers)) == rows
    mains = {re.sub(r"[a-z]$", "", n) for n in numbers}
    assert len(mains) == items
    arabic = sorted(int(n) for n in mains if n.isdecimal())
    assert arabic == list(range(1, len(arabic) + 1))
    of_order = [int(re.sub(r"\D", "", n)) for n in numbers if n[0].isdecimal()]
    assert of_order == sorted(of_order)


def test_items_topics_and_proofs_know_one_another() -> None:
    named = {item.topic for checklist in (*CHECKLISTS, EVIDENCE) for item in items_of(checklist)}
    assert named == set(topics())
    used = {proof for topic in topics().values() for proof in topic.proofs}
    assert used == set(proofs())
    assert all(len(set(topic.texts.values())) == 2 for topic in topics().values())
    assert {proof.place.section for proof in proofs().values()} - {""} <= set(SECTIONS)


def status(of: StudyResult, checklist: str, number: str) -> str:
    view = look(of, "en")
    return next(item.status for item in judged(view, checklist, SECTIONS) if item.item.number == number)


def test_what_a_run_does_not_hold_a_person_must_write() -> None:
    whole, without = toy_result(), toy_result(known=False, aided=False)
    for checklist, number in (("stard_2015", "23"), ("stard_2015", "10b"), ("decide_ai", "12")):
        assert status(whole, checklist, number) == "shown"
        assert status(without, checklist, number) == "person"
    for checklist, number in (("stard_2015", "30"), ("stard_ai", "6"), ("tripod_ai", "19"), ("decide_ai", "14a")):
        assert status(whole, checklist, number) == "person", "funding, ethics, patients, usability: no run knows them"
    assert status(whole, "ai_act", "15(5)") == "person"


def test_a_section_that_the_report_lacks_is_no_place() -> None:
    view = look(toy_result(), "en")
    places = {p for c in CHECKLISTS for item in judged(view, c, ()) for p in item.places}
    assert {place.section for place in places} == {""}
    assert all(place.file for place in places)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("of", [toy_result(), toy_result(known=False, aided=False)])
def test_the_page_is_whole_and_leads_into_the_report(of: StudyResult, language: str) -> None:
    page = render_dossier(of, language=language, sections=SECTIONS, beside={"report": "../report.html"})
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert 'href="../report.html#study_flow"' in page
    assert re.search("</a>\u00a0?; <a href=", page), "each of several places leads there"
    for name in ("STARD 2015", "STARD-AI", "DECIDE-AI", "CLAIM 2024", "TRIPOD+AI"):
        assert name in page


def test_the_cross_table_counts_the_readings() -> None:
    result = toy_result()
    study, view = result.study, look(result, "en")
    tables = {t.name: t for t in paper_tables(view, all_sections())}
    frame = tables["cross_table"].frame
    row = frame[(frame["Reader"] == "gp_01") & (frame["Arm"] == "unaided")].iloc[0]
    said, truth = study.calls("gp_01", "unaided", study.findings[0]), study.truth(study.findings[0])
    assert int(row["Present, called"]) == ((said == 1) & (truth == 1)).sum()
    assert int(row["Absent, called"]) == ((said == 1) & (truth == 0)).sum()
    known = ~np.isnan(truth)
    assert sum(int(row[c].replace(",", "")) for c in frame.columns[3:]) == known.sum()
    assert "cross_table" not in {t.name for t in paper_tables(look(toy_result(known=False), "en"), [])}
    assert any(name.startswith("accuracy_") and table.notes for name, table in tables.items())


EVIL = '\\input{/etc/passwd} $x^2$ & 50 % _a_ #1 {b} ~c "d" <w:t>e</w:t> \x00\x07 ]]> \u202egp \u2212 [z] \\\\'


def test_text_of_a_study_is_text_in_latex() -> None:
    made = latex_table(PaperTable(name="x", caption=EVIL, frame=pd.DataFrame({EVIL: [EVIL]}), notes=(EVIL,)))
    body = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum|textquotedbl|textless|textgreater)\{\}", "", made)
    assert "\x00" not in made
    assert "\u202e" not in made
    assert r"\input" not in body
    assert not re.search(r"(?<!\\)[#_~^]", body)
    assert body.count("{") - body.count(r"\{") == body.count("}") - body.count(r"\}")
    row = next(line for line in body.splitlines() if line.startswith("{}"))
    assert len(re.findall(r"(?<!\\)&", row)) == 0, "one column"
    assert not re.search(r"(?<!\\)%", row)
    assert set(re.findall(r"(?<!\\)\$[^$]*\$", row)) == {"$-$"}


def test_text_of_a_study_is_text_in_word() -> None:
    file = word_file(EVIL, [PaperTable(name="x", caption=EVIL, frame=pd.DataFrame({"a": [EVIL]}), notes=(EVIL,))])
    read = docx.Document(BytesIO(file))
    shown = re.sub(r"[\x00\x07\u202e]", "", EVIL)
    assert read.tables[0].cell(1, 0).text == shown
    assert [p.text for p in read.paragraphs] == [shown] * 3


def test_methods_fit_the_run_and_cite_what_stands_in_the_bibliography() -> None:
    result = toy_result()
    view = look(result, "en")
    text = " ".join(methods_paragraphs(view))
    bib = bibtex(view)
    keys = re.findall(r"^@\w+\{([^,]+),$", bib, flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(sources_of(view))
    cited = {key for group in re.findall(r"\[([a-z0-9, -]+)\]", text) for key in group.split(", ")}
    assert cited <= set(keys)
    assert "AF" not in text.replace("Atrial fibrillation", "")
    assert "4 simulated readers" in text
    assert "also read with" in text
    assert "also read with" not in " ".join(methods_paragraphs(look(toy_result(aided=False), "en")))
    body = re.sub(r"\\[{}]|\\textbackslash\{\}|\\~\{\}", "", bib)
    assert body.count("{") == body.count("}")


def test_sources_become_entries() -> None:
    result = toy_result()
    facts = next(iter(result.provenance.metrics.values()))
    source = "clusters: Rao and Scott, Biometrics 1992;48:577; Lam et al., J Z 2023; a book of {1999} & more"
    changed = replace(result.provenance, metrics={"sensitivity": replace(facts, source=source)})
    bib = bibtex(look(replace(result, provenance=changed), "en"))
    assert "author = {Rao and Scott},\n  journal = {Biometrics},\n  year = {1992},\n  volume = {48}" in bib
    assert "@article{lam2023,\n  author = {Lam and others},\n  journal = {J Z},\n  year = {2023}" in bib
    assert r"note = {a book of \{1999\} \& more}" in bib


def test_a_source_is_written_one_way_by_all_metrics() -> None:
    result = toy_result()
    facts = next(iter(result.provenance.metrics.values()))
    every = "; ".join(str(load("metrics", name, contract=Metric).source) for name in names("metrics"))
    stated = {"sensitivity": replace(facts, source=every)}
    cited = sources_of(look(replace(result, provenance=replace(result.provenance, metrics=stated)), "en"))
    assert len(cited) > 60
    assert [source.text for source in cited if re.search(r"-\d$", source.key)] == []
    assert "opitz2019" in {source.key for source in cited}, "the number of a preprint is no year"


def test_checklists_for_a_form_have_a_column_for_the_page() -> None:
    tables = checklist_tables(look(toy_result(), "fr"), SECTIONS)
    assert [t.name for t in tables] == [*CHECKLISTS, EVIDENCE]
    assert all(t.frame.columns[-1] == "Page" and (t.frame["Page"] == "").all() for t in tables)
