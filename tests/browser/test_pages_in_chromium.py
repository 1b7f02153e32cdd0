"""Pages as a browser shows them: no letter too small, no label on another, no table cut, nobody left out, no English.

A study of eight readers and eight findings, in French, whose words are the longer ones. The pages of archives and of
the demo hold the same blocks.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from browser.chromium import Chromium
from conftest import study_frames
from pypdf import PdfReader
from reports.study_fixture import toy_result
from reports.test_build import all_sections

import ecg_eval
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.result import StudyResult
from ecg_eval.drawing.ecg_paper import draw_ecg
from ecg_eval.reports.appendix import render_appendix
from ecg_eval.reports.build import render_report
from ecg_eval.reports.dossier.page import render_dossier
from ecg_eval.reports.gallery import gallery_of
from ecg_eval.reports.gallery_page import render_gallery
from ecg_eval.reports.sheets import Tracing, render_sheet, sheet_of
from ecg_eval.reports.summary import render_summary

pytestmark = pytest.mark.browser

LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")
FINDINGS = ("AF", "1AVB", "CLBBB", "CRBBB", "IMI", "AMI", "LVH", "STACH")
BESIDE = {"summary": "summary.html", "report": "report.html", "appendix": "appendix.html"}
KINDS = {"CSV": "data:text/csv", "SVG": "data:image/svg+xml"}
LARGEST_BYTES = 5_000_000
PHONE_PX, DESKTOP_PX = 390, 1280
SMALLEST_PX = 9
# words of English that are none of French
ENGLISH = re.compile(
    r"\b(the|of|with|without|and|is|are|was|were|from|by|has|have|than|which|who|readers?|findings?|mean|between|"
    r"below|above|each|both|only|not|against|their|missing|number|found|called|shown|when|where|there|this|that)\b"
)
# what is a name, or was written by whoever gave the data
A_NAME = re.compile(r"\w+_\w+|\S+\.(csv|json|yaml|parquet|html)")
A_SOURCE = re.compile(r"\b(19|20)\d\d\b")  # papers keep their titles


@cache
def result() -> StudyResult:
    made = toy_result(findings=FINDINGS, n_readers=8)
    return replace(made, heading={"fr": "Répétition : un modèle à côté de généralistes simulés"})


def drawing_of_a_sine(*, small: bool = False) -> str:
    """Return a drawing of twelve leads that all show a sine of 1 Hz."""
    wave = np.sin(2 * np.pi * np.arange(1000) / 100)[:, None].repeat(12, axis=1).astype(np.float32)
    drawn = Recording(record_id="r", patient_id="p", signal=wave, leads=STANDARD_LEADS, sampling_rate_hz=100.0)
    return draw_ecg(drawn, language="fr", small=small)


def gallery_page(of: StudyResult) -> str:
    """Return a gallery of three ECGs, one of them drawn."""
    gallery = gallery_of(of, at_most=3, least_share=0.3)
    tracings = {gallery.ecgs[0].record_id: Tracing(svg=drawing_of_a_sine())}
    looked_at = [Criterion(measure="qrs_ms", value=142, limit=120, asks_above=True, degree=0.9)]
    criteria = {"rules": {p.record_id: {p.finding: looked_at} for p in gallery.partings}}
    return render_gallery(of, gallery, language="fr", tracings=tracings, criteria=criteria, beside=BESIDE)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "summary": render_summary(result(), language="fr", sections=all_sections(), beside=BESIDE),
        "report": render_report(result(), language="fr", sections=all_sections(), beside=BESIDE),
        "appendix": render_appendix(result(), language="fr", beside=BESIDE),
        "sheet": render_sheet(result(), sheet_of(result(), "gp_01"), language="fr", tracings={}),
        "gallery": gallery_page(result()),
    }
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


def opened(browser: Chromium, page: Path, *, width_px: int) -> None:
    """Open a page with everything unfolded."""
    browser.open(page.as_uri(), width_px=width_px)
    if page.stem == "appendix":
        browser.wait_for("document.querySelector('#rows tbody tr')")
    browser.run(f"window.looks = {LOOKS}; looks.unfold()")


@pytest.mark.parametrize("width_px", [PHONE_PX, DESKTOP_PX])
def test_nothing_is_too_small_cut_or_on_top_of_another(
    browser: Chromium, pages: dict[str, Path], width_px: int
) -> None:
    faults = {}
    for name, page in pages.items():
        opened(browser, page, width_px=width_px)
        for what in (f"small({SMALLEST_PX})", "overlapping()", "outside()", f"page_wide({width_px})"):
            faults[f"{name}: {what}"] = browser.run(f"looks.{what}")
        # on a desk, only what unfolds may be wider than the window, and scrolls in its own box
        which = "" if width_px == PHONE_PX else "'section > .scroll'"
        faults[f"{name}: wide"] = browser.run(f"looks.wide({which})")
    assert {what: found for what, found in faults.items() if found} == {}


def test_pages_are_light_and_ask_for_nothing(browser: Chromium, pages: dict[str, Path]) -> None:
    for page in pages.values():
        opened(browser, page, width_px=DESKTOP_PX)
        asked = [url for url in browser.requested if not url.startswith("data:")]
        assert asked == [page.as_uri()]
        assert page.stat().st_size < LARGEST_BYTES


def test_no_english_is_left_in_french_pages(browser: Chromium, tmp_path: Path) -> None:
    """Of a study that the pipeline evaluated: reasons and methods are its own."""
    readings, readers, truth = study_frames()
    made = ecg_eval.evaluate(readings, truth, readers=readers, resamples=60).result
    pages = {
        "report": render_report(made, language="fr", sections=all_sections(), beside=BESIDE),
        "summary": render_summary(made, language="fr", sections=all_sections(), beside=BESIDE),
        "sheet": render_sheet(made, sheet_of(made, "gp1"), language="fr", tracings={}),
        "gallery": gallery_page(made),
        "appendix": render_appendix(made, language="fr", beside=BESIDE),
        "dossier": render_dossier(made, language="fr", sections={s.name: s.title["fr"] for s in all_sections()}),
    }
    for name, page in pages.items():
        path = tmp_path / f"{name}.html"
        path.write_text(page, encoding="utf-8")
        opened(browser, path, width_px=DESKTOP_PX)
        texts = dict.fromkeys(browser.run("looks.words()"))
        english = [text for text in texts if not A_SOURCE.search(text) and ENGLISH.search(A_NAME.sub("", text).lower())]
        assert not english, f"{name}: {english}"


def test_every_fold_and_sort_is_reached_and_worked_by_keyboard(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["report"].as_uri(), width_px=DESKTOP_PX)
    focusable = "a[href], button, summary, [tabindex='0']"
    every = browser.run(f"[...document.querySelectorAll({focusable!r})].filter((e) => e.checkVisibility()).length")
    folds = browser.run("document.querySelectorAll('summary').length")
    assert folds > 5
    seen = "window.reached = new Set(); document.addEventListener('focusin', (e) => window.reached.add(e.target)); 0"
    browser.run(seen)
    for _ in range(every + 1):
        browser.press("Tab")
    reached = browser.run("[...window.reached].filter((e) => e.tagName === 'SUMMARY').length")
    assert reached == folds
    browser.run("document.querySelector('summary').focus()")
    browser.press("Enter")
    assert browser.run("document.querySelector('details').open")
    browser.run("[...document.querySelectorAll('.sorts thead button')].find((b) => b.checkVisibility()).focus()")
    browser.press("Enter")
    assert browser.run("document.querySelector('.sorts thead th[aria-sort]') !== null")


def test_each_table_and_picture_is_saved_by_a_button(browser: Chromium, pages: dict[str, Path]) -> None:
    opened(browser, pages["report"], width_px=DESKTOP_PX)
    # a click on a link would leave the page that is tested
    browser.run("window.made = []; HTMLAnchorElement.prototype.click = function () { made.push(this.href); }; 0")
    press = "[...document.querySelectorAll('.saves button')].map((b) => { b.click(); return b.textContent; })"
    pressed = browser.run(press)
    made = browser.run("made")
    assert [address.split(";")[0] for address in made] == [KINDS[end] for end in pressed]
    assert pressed.count("SVG") == browser.run("document.querySelectorAll('figure > .picture').length")
    assert pressed.count("CSV") == browser.run("document.querySelectorAll('.scroll > table').length")
    first = unquote(made[pressed.index("CSV")].partition(",")[2]).splitlines()
    heading = browser.run(
        "[...document.querySelector('.scroll > table').tHead.rows[0].cells].map((c) => c.textContent)"
    )
    assert first[0].lstrip("\ufeff") == ",".join(f'"{name}"' for name in heading)


def test_numbers_of_the_appendix_line_up(browser: Chromium, pages: dict[str, Path]) -> None:
    opened(browser, pages["appendix"], width_px=DESKTOP_PX)
    shown = browser.run("[...document.querySelectorAll('#rows tbody td.n')].map((cell) => cell.textContent)")
    decimals = [text.partition(",")[2] for text in shown if "," in text]
    assert len(decimals) > 100
    assert {len(text) for text in decimals} <= {4, 6}


def test_the_gallery_filters_and_measures(browser: Chromium, pages: dict[str, Path]) -> None:
    gallery = gallery_of(result(), at_most=3, least_share=0.3)
    parting = gallery.partings[0]
    shown = "[...document.querySelectorAll('article.ecg')].filter((e) => e.checkVisibility()).length"
    browser.open(pages["gallery"].as_uri(), width_px=DESKTOP_PX)
    assert browser.run(shown) == 3
    asked = f"#finding={parting.finding}&reader={parting.parted[0]}&direction={parting.sides[0].direction}"
    browser.open(pages["gallery"].as_uri() + asked, width_px=DESKTOP_PX)
    fitting = {
        p.record_id
        for p in gallery.partings
        if p.finding == parting.finding
        and parting.parted[0] in p.parted
        and parting.sides[0].direction in {s.direction for s in p.sides}
    }
    assert browser.run(shown) == len(fitting)
    assert browser.run("document.getElementById('count').textContent") == f"ECG affichés\u00a0: {len(fitting)} sur 3."
    # from one place to another of a tracing: 10 mm to the right and 5 mm down are 400 ms and 0.5 mV
    drag = """(() => {
      const svg = document.querySelector('.tracing svg'), box = svg.getBoundingClientRect(), mm = box.width / 265;
      svg.setPointerCapture = () => {};
      const at = (kind, x, y) => svg.dispatchEvent(new PointerEvent(kind, {
        pointerType: 'mouse', clientX: box.left + x * mm, clientY: box.top + y * mm, bubbles: true }));
      at('pointerdown', 50, 40); at('pointermove', 60, 45); at('pointerup', 60, 45);
      return svg.querySelector('.measured').textContent;
    })()"""
    assert browser.run(drag) == "400 ms, 0,50 mV, 150/min"


def test_the_summary_prints_on_two_pages_and_a_sheet_on_one(
    browser: Chromium, pages: dict[str, Path], tmp_path: Path
) -> None:
    for name, most in (("summary", 2), ("sheet", 1)):
        browser.open(pages[name].as_uri(), width_px=DESKTOP_PX)
        assert len(PdfReader(browser.pdf(tmp_path / f"{name}.pdf")).pages) <= most


def test_no_accessibility_rule_is_broken_with_everything_unfolded(browser: Chromium, pages: dict[str, Path]) -> None:
    """All rules of axe-core (MPL-2.0, https://github.com/dequelabs/axe-core); contrasts in the dark scheme too."""
    spec = find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("needs axe-core-python")
    axe = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    found = ".then((r) => r.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`))"
    # rows of a table are alike: three of each tell what all of them would, in a tenth of the time
    few_rows = "document.querySelectorAll('tbody tr:nth-child(n + 4)').forEach((row) => row.remove())"
    broken = {}
    for name, page in pages.items():
        opened(browser, page, width_px=DESKTOP_PX)
        browser.run(few_rows)
        browser.run(f"{axe}; 0")
        broken[name, "light"] = browser.run(f"axe.run(){found}")
        browser.media(scheme="dark")
        broken[name, "dark"] = browser.run(f"axe.run({{runOnly: ['color-contrast']}}){found}")
        browser.media()
    assert {where: rules for where, rules in broken.items() if rules} == {}
