"""Pages beside the report: summary, appendix, readers' sheets; what they hold, and that no text of a run is markup."""

import base64
import gzip
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from reports.study_fixture import bare, toy_result
from reports.test_build import Balanced, all_sections

from ecg_eval.domain.result import StudyResult
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.reports.appendix import COLUMNS, render_appendix
from ecg_eval.reports.build import render_report
from ecg_eval.reports.sheets import Tracing, people_of, render_sheet, sheet_of
from ecg_eval.reports.summary import render_summary
from ecg_eval.reports.words import catalogue

BESIDE = {"summary": "summary.en.html", "report": "report.en.html", "appendix": "appendix.en.html"}


@cache
def result() -> StudyResult:
    return toy_result()


@cache
def alone() -> str:
    """Return the report without its neighbours."""
    return render_report(result(), sections=all_sections())


def facts_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def rows_of(page: str) -> list[list[object]]:
    found = re.search(r'<script type="text/plain" id="packed">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return list(json.loads(gzip.decompress(base64.b64decode(found[1]))))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_are_whole_and_ask_for_nothing_but_one_another(language: str) -> None:
    pages = {
        "summary": render_summary(result(), language=language, sections=all_sections(), beside=BESIDE),
        "report": render_report(result(), language=language, sections=all_sections(), beside=BESIDE),
        "appendix": render_appendix(result(), language=language, beside=BESIDE),
    }
    for page in pages.values():
        parser = Balanced()
        parser.feed(page)
        assert parser.open == []
        asked = re.findall(r'(?:src|href)="((?!#|data:)[^"]+)"', page)
        assert {a.split("#")[0] for a in asked} <= set(BESIDE.values())
        assert "default-src 'none'" in page


def test_appendix_holds_every_estimate_as_the_table_does() -> None:
    page, frame = render_appendix(result()), result().evaluation.frame
    rows, facts = rows_of(page), facts_of(page)
    assert len(rows) == len(frame)
    place = COLUMNS.index("value")
    assert [r[place] for r in rows] == [None if pd.isna(v) else pytest.approx(v, abs=1e-6) for v in frame["value"]]
    codes = facts["codes"]
    assert isinstance(codes, dict)
    assert [codes["metric"][r[COLUMNS.index("metric")]] for r in rows] == list(frame["metric"])  # type: ignore[index]
    assert [r[COLUMNS.index("row")] for r in rows] == list(range(2, len(frame) + 2))


def test_mirrored_rows_stand_back() -> None:
    frame = result().evaluation.frame
    pair = frame[(frame["compared_with"] != "") & (frame["subgroup"] == "")].iloc[[0]]
    turned = pair.assign(reader=pair["compared_with"].to_numpy(), compared_with=pair["reader"].to_numpy())
    both = replace(
        result(), evaluation=replace(result().evaluation, frame=pd.concat([pair, turned], ignore_index=True))
    )
    assert [row[-1] & 2 for row in rows_of(render_appendix(both))] == [0, 2]


def test_names_of_metrics_lead_to_their_definition_and_rows() -> None:
    table = alone()[alone().index('<section id="accuracy"') :]
    assert '<th scope="col"><a href="#metric-sensitivity">' in table[: table.index("</thead>")]
    assert 'id="metric-sensitivity"' in alone()
    some = [s for s in all_sections() if s.name == "accuracy"]
    beside = render_report(result(), sections=some, beside=BESIDE)
    assert 'href="appendix.en.html#metric=sensitivity"' in beside
    definitions = facts_of(render_appendix(result()))["definitions"]
    assert isinstance(definitions, dict)
    assert set(result().provenance.metrics) & set(result().evaluation.frame["metric"]) == set(definitions)


def test_single_findings_fold_behind_the_grid() -> None:
    page = alone()
    assert page.index('id="findings_grid"') > 0
    assert page.count('<details class="fold">') > 3


def test_sheet_counts_what_the_readings_say() -> None:
    study = result().study
    reader = people_of(result())[0]
    sheet = sheet_of(result(), reader)
    assert reader not in sheet.peers
    for finding, missed, there, named, absent in sheet.errors:
        calls, truth = study.calls(reader, sheet.arm, finding), study.truth(finding)
        assert missed == ((calls == 0) & (truth == 1)).sum()
        assert named == ((calls == 1) & (truth == 0)).sum()
        assert there + absent <= len(truth)
    for ecg in sheet.ecgs:
        place = list(study.records.index.astype(str)).index(ecg.record_id)
        for finding in ecg.missed:
            assert study.calls(reader, sheet.arm, finding)[place] == 0
            assert study.truth(finding)[place] == 1
    shares = [ecg.peers_right / ecg.peers_read for ecg in sheet.ecgs]
    assert shares == sorted(shares, reverse=True)
    first = sheet.ecgs[0]
    assert first.peers_read <= len(sheet.peers) * len(first.missed + first.overcalled)
    page = render_sheet(result(), sheet, tracings={})
    assert f"{first.peers_right} of {first.peers_read} readings agree with the reference." in page


def test_sheet_shows_all_that_help_changed_in_plain_words(tmp_path: Path) -> None:
    """What help put wrong comes last of seven, and was cut."""
    sheet = sheet_of(result(), people_of(result())[0])
    measured = [name.removeprefix("sheet.aid.") for name in catalogue("en") if name.startswith("sheet.aid.")]
    every = dict.fromkeys(measured[1:], sheet.aid["harmful_switch"])  # the first is the caption
    assert len(every) == 7
    page = render_sheet(result(), replace(sheet, aid=every), tracings={})
    shown = page[page.index('id="aid"') :]
    assert shown.count('<th scope="row">') == 7
    pytest.importorskip("weasyprint", exc_type=ImportError)
    drawn = Tracing(svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 265 101" width="265mm" height="101mm"/>')
    tracings = {ecg.record_id: drawn for ecg in sheet.ecgs}
    assert len(tracings) == 5
    french = render_sheet(result(), replace(sheet, aid=every), language="fr", tracings=tracings)
    assert len(PdfReader(write_pdf(french, tmp_path / "sheet.pdf")).pages) == 1
    assert "Right readings that became wrong, of all right ones" in shown
    assert "ensitivity" not in shown


def test_of_a_single_peer_no_answer_is_shown() -> None:
    of = toy_result(n_readers=2)
    sheet = sheet_of(of, people_of(of)[0])
    assert len(sheet.peers) == 1
    assert {ecg.peers_read for ecg in sheet.ecgs} == {0}
    assert "Your peers" not in render_sheet(of, sheet, tracings={})


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "of", [toy_result(), toy_result(known=False), bare(toy_result())], ids=["all", "no truth", "bare"]
)
def test_sheet_bears_what_is_missing(of: StudyResult, language: str) -> None:
    for reader in people_of(of)[:1]:
        sheet = sheet_of(of, reader, language=language)
        page = render_sheet(of, sheet, language=language, tracings={})
        parser = Balanced()
        parser.feed(page)
        assert parser.open == []
        others = [p for p in sheet.peers if p in page]
        assert others == [], "a sheet names nobody but its reader"


def test_ids_are_never_markup() -> None:
    frame = result().evaluation.frame.assign(reader="</script><img src=x>")
    hostile = replace(result(), evaluation=replace(result().evaluation, frame=frame))
    page = render_appendix(hostile)
    assert "<img" not in page
    assert facts_of(page)["codes"]["reader"] == ["</script><img src=x>"]  # type: ignore[index]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_summary_is_two_pages_of_paper(language: str, tmp_path: Path) -> None:
    """However long the answer is: both pictures of half a page still stand on the first."""
    pytest.importorskip("weasyprint", exc_type=ImportError)
    page = render_summary(result(), language=language, sections=all_sections(), beside=BESIDE)
    answer = re.search(r'(<section id="answer".*?</section>)', page, flags=re.DOTALL)
    assert answer is not None
    words = f"<p>{'Of every 100 ECGs that show the finding, so many were recognised. ' * 10}</p>" * 3
    filled = page.replace(answer[1], f'<section id="answer"><h2>x</h2>{words}</section>')
    pages = PdfReader(write_pdf(filled, tmp_path / "summary.pdf")).pages
    assert len(pages) == 2
    pictures = re.findall(r'class="half">.*?viewBox="0 0 [\d.]+ ([\d.]+)', page, flags=re.DOTALL)
    assert len(pictures) == 2
    assert max(map(float, pictures)) < 3.6 * 72  # of 9.3 inches that a page has
