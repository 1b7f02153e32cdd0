"""The drawing is true to scale: what it says in its own units is measured, in millimetres."""

import re
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest

from ecg_eval.domain.facts.attribution import Attribution
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.ecg_paper import FORMATS, draw_ecg
from ecg_eval.errors import ArgumentError, SignalError

SVG = "{http://www.w3.org/2000/svg}"


def step_recording(rate_hz: float = 500, *, leads: tuple[str, ...] = STANDARD_LEADS, units: str = "mV") -> Recording:
    """Return 10 s at 0 mV, with 1 mV from 1.0 to 1.2 s in every lead."""
    signal = np.zeros((round(10 * rate_hz), len(leads)), dtype=np.float32)
    signal[round(rate_hz) : round(1.2 * rate_hz)] = 1
    return Recording(
        record_id="r1", patient_id="p1", signal=signal, leads=leads, sampling_rate_hz=rate_hz, units=units, sex="F"
    )


def polylines_mm(svg: str) -> list[np.ndarray]:
    """Return the trace's polylines in millimetres, worked out from the path by itself."""
    root = fromstring(svg)
    unit_mm = float(root.attrib["width"].removesuffix("mm")) / float(root.attrib["viewBox"].split()[2])
    path = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "trace").attrib["d"]
    lines = []
    for move, steps in re.findall(r"M(\S+ \S+)l([^Mhv]*)", path):
        offsets = np.array(re.findall(r"-?\d+", steps), dtype=float).reshape(-1, 2)
        lines.append(np.cumsum(np.vstack([np.array(move.split(), dtype=float), offsets]), axis=0) * unit_mm)
    return lines


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("rate_hz", [100, 257, 400, 500, 1000])
def test_a_second_is_25_mm_and_a_millivolt_10_mm(layout: str, rate_hz: float) -> None:
    lines = polylines_mm(draw_ecg(step_recording(rate_hz), layout=layout))
    paper = FORMATS[layout]
    assert len(lines) == 12 + (paper.rhythm is not None)
    first = lines[0]
    assert np.ptp(first[:, 0]) == pytest.approx(25 * paper.column_s, abs=25 / rate_hz + 0.011)
    assert np.ptp(first[:, 1]) == pytest.approx(10, abs=0.011)
    raised = first[first[:, 1] < first[0, 1] - 5, 0]
    assert raised[0] - first[0, 0] == pytest.approx(25, abs=25 / rate_hz + 0.011)
    assert np.ptp(raised) == pytest.approx(5, abs=2 * 25 / rate_hz + 0.011)


def test_what_leaves_the_paper_is_cut_at_its_edge() -> None:
    """The words under the paper are not crossed: the trace is clipped to where the grid is."""
    root = fromstring(draw_ecg(step_recording()))
    trace = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "trace")
    clip = next(c for c in root.iter(f"{SVG}clipPath") if f"url(#{c.get('id')})" == trace.get("clip-path"))
    (rect,) = clip
    unit_mm = float(root.attrib["width"].removesuffix("mm")) / float(root.attrib["viewBox"].split()[2])
    ruler = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text") if "mm/s" in (text.text or "")]
    assert float(rect.attrib["width"]) * unit_mm == pytest.approx(float(root.attrib["width"].removesuffix("mm")))
    assert 100 < float(rect.attrib["height"]) * unit_mm < min(ruler) * unit_mm


def test_columns_show_one_time_window_after_another() -> None:
    lines = polylines_mm(draw_ecg(step_recording()))
    # the step lies in the first 2.5 s, so the leads of the first column have it, and the rhythm strip
    assert [bool(np.ptp(line[:, 1]) > 5) for line in lines] == [*[True, False, False, False] * 3, True]


def test_ruler_pulse_and_grid_have_their_size() -> None:
    svg = draw_ecg(step_recording())
    root = fromstring(svg)
    paths = {p.attrib["class"]: p.attrib["d"] for p in root.iter(f"{SVG}path")}
    assert "h5000M" in paths["ruler"]  # 50 mm in hundredths
    assert paths["trace"].count("v-1000h500v1000") == 4  # 10 mm high, 5 mm wide, before each of the four rows
    across = [float(x) for x in re.findall(r"M(\S+) 0V", paths["grid-5"])]
    assert set(np.diff(across)) == {500}
    assert root.attrib["width"] == "265mm"


def test_missing_samples_leave_a_gap_and_missing_leads_are_named() -> None:
    there = step_recording(leads=STANDARD_LEADS[:11])
    there.signal[100:200, 0] = np.nan
    svg = draw_ecg(there, language="fr")
    assert "V6 : non enregistrée" in svg
    assert len(polylines_mm(svg)) == 11 + 1 + 1
    assert len(polylines_mm(draw_ecg(step_recording(leads=("I",))))) == 1


def test_a_baseline_off_zero_stays_on_its_row() -> None:
    plain, shifted = step_recording(), step_recording()
    shifted.signal[:] += 25
    assert draw_ecg(plain) == draw_ecg(shifted)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(SignalError, match="units must be 'mV'"):
        draw_ecg(step_recording(units="z-score"))
    with pytest.raises(ArgumentError, match="Did you mean '6x2'"):
        draw_ecg(step_recording(), layout="6*2")
    with pytest.raises(ArgumentError, match="language"):
        draw_ecg(step_recording(), language="de")
    with pytest.raises(SignalError, match="start_s must be within"):
        draw_ecg(step_recording(), start_s=10)


def test_a_drawing_shows_nothing_of_whom_it_is_of() -> None:
    assert "r1" not in draw_ecg(step_recording())
    assert "p1" not in draw_ecg(step_recording())


def test_a_drawing_at_100_hz_is_little_work() -> None:
    noisy = step_recording(100)
    noisy.signal[:] += np.random.default_rng(1).normal(size=noisy.signal.shape).astype(np.float32)
    drawing = draw_ecg(noisy)
    assert sum(len(line) for line in polylines_mm(drawing)) <= 12 * 251 + 1000  # each sample once, neighbours joined
    assert drawing.count("<") < 60  # the grid and all tracings are few elements
    assert len(drawing) < 10 * (12 * 251 + 1000)


def test_a_small_drawing_keeps_its_scale_and_leaves_out_what_no_print_shows() -> None:
    recording = step_recording(250)
    recording.signal[:] += np.random.default_rng(1).normal(0, 0.004, recording.signal.shape).astype(np.float32)
    small = draw_ecg(recording, small=True)
    assert len(small) < 0.7 * len(draw_ecg(recording))
    assert 'class="grid-1"' not in small
    whole, fewer = polylines_mm(draw_ecg(recording))[0], polylines_mm(small)[0]
    assert len(fewer) < 0.5 * len(whole)
    assert np.ptp(fewer, axis=0) == pytest.approx(np.ptp(whole, axis=0), abs=0.15)


def test_a_dense_drawing_leaves_out_what_no_printer_shows() -> None:
    dense = step_recording(1000)
    line = polylines_mm(draw_ecg(dense))[0]
    assert len(line) < 700  # of 2501 samples
    seconds = (line[:, 0] - line[0, 0]) / 25
    there = np.interp(np.arange(2501) / 1000, seconds, line[0, 1] - line[:, 1]) / 10
    assert np.abs(there - dense.signal[:2501, 0])[np.r_[0:998, 1002:1198, 1202:2501]].max() < 0.003


def test_cells_that_moved_an_answer_are_marked_where_they_are() -> None:
    moved = np.zeros((2, 250))
    moved[0, 30], moved[1, 70], moved[1, 71] = 3.0, -2.0, -2.0  # I at 1.2 s; V1 at 2.8 s
    marks = Attribution(leads=("I", "V1"), log_odds=moved)
    svg = draw_ecg(step_recording(), layout="12x1", marks=marks)
    root = fromstring(svg)
    unit_mm = float(root.attrib["width"].removesuffix("mm")) / float(root.attrib["viewBox"].split()[2])

    def corners(kind: str) -> list[list[float]]:
        (path,) = (p.attrib["d"] for p in root.iter(f"{SVG}path") if p.get("class") == f"mark-{kind}")
        return [[float(x) * unit_mm for x in m] for m in re.findall(r"M(\S+) (\S+?)h(\S+?)v(\S+?)h", path)]

    starts = polylines_mm(svg)
    ((x, y, wide, high),) = corners("for")
    assert x - starts[0][0, 0] == pytest.approx(25 * 1.2, abs=0.02)
    assert (wide, y + high / 2) == (pytest.approx(1), pytest.approx(starts[0][0, 1], abs=0.011))
    ((x, y, wide, high),) = corners("against")  # one of the two is enough for half of all
    assert x - starts[6][0, 0] == pytest.approx(25 * 2.8, abs=0.02)
    assert y == pytest.approx(starts[6][0, 1], abs=0.011), "in the lower half of the row"
    assert "mark-" not in draw_ecg(step_recording())
    early = draw_ecg(step_recording(), marks=marks)  # 4 x 3: I is shown to 2.5 s, V1 from 5 s on
    assert ("mark-for" in early, "mark-against" in early) == (True, False)
