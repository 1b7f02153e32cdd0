"""Printed pages keep their millimetres, and no page reaches the network."""

import builtins
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.ecg_paper import draw_ecg
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.errors import InputFileError

pypdf = pytest.importorskip("pypdf")
MM_PER_POINT = 25.4 / 72  # PDF's own unit, ISO 32000-1, 8.3.2.3
PAGE = "<style>@page {size: A4 landscape; margin: 10mm}</style>"


def placed_points(path: Path) -> np.ndarray:
    """Return the ends of all line segments that a PDF of one page draws, in points, shape (n, 4)."""
    commands = pypdf.PdfReader(path).pages[0].get_contents().get_data().decode("latin-1").split("\n")
    stack: list[np.ndarray] = []
    matrix = np.eye(3)
    segments: list[list[float]] = []
    last: np.ndarray | None = None
    for line in commands:
        words = line.split()
        if not words:
            continue
        if words[-1] == "q":
            stack.append(matrix)
        elif words[-1] == "Q":
            matrix = stack.pop()
        elif words[-1] == "cm":
            a, b, c, d, e, f = map(float, words[:6])
            matrix = np.array([[a, b, 0], [c, d, 0], [e, f, 1]]) @ matrix
        elif words[-1] in ("m", "l"):
            at = np.array([float(words[0]), float(words[1]), 1]) @ matrix
            if words[-1] == "l" and last is not None:
                segments.append([*last[:2], *at[:2]])
            last = at
    return np.array(segments)


def test_the_ruler_is_50_mm_and_the_pulse_10_mm_in_the_pdf_itself(tmp_path: Path) -> None:
    flat = Recording(
        record_id="r",
        patient_id="p",
        signal=np.zeros((5000, 12), dtype=np.float32),
        leads=STANDARD_LEADS,
        sampling_rate_hz=500,
    )
    path = write_pdf(PAGE + draw_ecg(flat), tmp_path / "a" / "page.pdf")
    segments = placed_points(path)
    wide_mm = np.abs(segments[:, 2] - segments[:, 0]) * MM_PER_POINT
    high_mm = np.abs(segments[:, 3] - segments[:, 1]) * MM_PER_POINT
    assert np.isclose(wide_mm, 50, atol=0.01).any()
    assert np.isclose(high_mm, 10, atol=0.01).sum() >= 8  # up and down, in four rows
    assert wide_mm.max() == pytest.approx(265, abs=0.05)
    assert len(pypdf.PdfReader(path).pages) == 1


@pytest.mark.parametrize("url", ["https://example.org/a.png", "file:///etc/hostname"])
def test_a_page_that_asks_for_something_outside_is_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputFileError, match=re.escape(url)):
        write_pdf(f'{PAGE}<img src="{url}">', tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


def test_files_of_the_page_s_own_folder_are_used(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8")
    assert write_pdf(f'{PAGE}<img src="a.svg">', tmp_path / "page.pdf", folder=tmp_path).stat().st_size > 500


@pytest.mark.parametrize(
    ("error", "words"), [(ImportError("no"), r"ecg-eval\[pdf\]"), (OSError("cannot load library 'pango'"), "apt-get")]
)
def test_what_is_not_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise error
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputFileError, match=words):
        write_pdf(PAGE, tmp_path / "page.pdf")
