"""Nothing of any page leaves a phone's screen or runs off paper, in either language, and each letter can be read."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser.chromium import Chromium
from browser.study_of_everything import pages
from browser.test_pages_in_chromium import (
    DESKTOP_PX,
    LOOKS,
    PHONE_PX,
    SMALLEST_PX,
    drawing_of_a_sine,
    gallery_page,
    result,
)
from PIL import Image

from ecg_eval.reports.sheets import Tracing, render_sheet, sheet_of
from ecg_eval.reports.tracings import windowed

pytestmark = pytest.mark.browser

PAPER_PX = 680  # 180 mm, what report.css leaves between the margins of A4


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.slow), "fr"])  # French names are longer
def test_nothing_leaves_a_phones_screen_or_paper(browser: Chromium, language: str, tmp_path: Path) -> None:
    faults, pictures = {}, 0
    for name, page in pages(language):
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        browser.open(path.as_uri(), width_px=PHONE_PX)
        browser.run(f"window.looks = {LOOKS}; looks.unfold()")
        pictures += browser.run("document.querySelectorAll('figure').length")
        for what in (f"beyond({PHONE_PX})", f"small({SMALLEST_PX})", "overlapping()", "outside()", "wide()"):
            faults[f"{name}: {what}"] = browser.run(f"looks.{what}")
        browser.resize(PAPER_PX)
        browser.media("print")
        faults[f"{name}: on paper"] = browser.run(f"looks.beyond({PAPER_PX})")
        browser.media()
    assert pictures > 20
    assert {what: seen for what, seen in faults.items() if seen} == {}


def test_a_tracing_is_shown_in_two_windows_that_a_phone_has_room_for(browser: Chromium, tmp_path: Path) -> None:
    drawn = Tracing(svg=drawing_of_a_sine(small=True))
    sheet = sheet_of(result(), "gp_01")
    tracings = {ecg.record_id: drawn for ecg in sheet.ecgs}
    made = {
        "gallery": gallery_page(result()),
        "sheet": render_sheet(result(), sheet, language="fr", tracings=tracings),
    }
    for name, page in made.items():
        path = tmp_path / f"{name}.html"
        path.write_text(page, encoding="utf-8")
        browser.open(path.as_uri(), width_px=PHONE_PX)
        browser.run(f"window.looks = {LOOKS}; looks.unfold()")
        assert browser.run(f"looks.beyond({PHONE_PX})") == [], name
        assert browser.run(f"looks.small({SMALLEST_PX})") == [], name
        letters = browser.run("looks.windows()")
        assert len(letters) == 2 * page.count('<div class="whole">') > 0
        assert min(letters) >= SMALLEST_PX, name
        box = "Object.values(part.getBoundingClientRect().toJSON())"
        boxes = browser.run(f"[...document.querySelectorAll('.part')].map((part) => {box})")
        picture = Image.open(browser.picture(tmp_path / f"{name}.png")).convert("L")
        for left, top, width, height, *_ in boxes:
            window = np.asarray(picture.crop((left, top, left + width, top + height)))
            # each column holds some of a lead's line, which is darker than the paper's, and not only letters
            assert (window < 140).any(axis=0).mean() > 0.8, f"{name}: no line is seen"
        browser.resize(DESKTOP_PX)
        assert browser.run("looks.windows()") == [], "where there is room the drawing is whole"


def test_the_windows_show_all_of_a_tracing_once() -> None:
    svg = drawing_of_a_sine()
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
    views = re.findall(r'class="part" viewBox="([\d.]+) 0 ([\d.]+) ', windowed(svg, "t"))
    (left, first), (middle, second) = [tuple(map(float, view)) for view in views]
    assert (left, middle, first + second) == (0, first, width)
    assert first == 100 * (10 + 25 * 5)  # margin and two columns of 2.5 s, in hundredths of a millimetre
    assert windowed("<svg></svg>", "t") == "<svg></svg>"
