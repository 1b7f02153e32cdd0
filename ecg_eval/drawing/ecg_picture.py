"""An ECG on paper as a picture of pixels, for programs that look at one: the layout and scale of ``ecg_paper.py``."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.ecg_paper import FORMATS, MM_PER_MV, MM_PER_S

_MARGIN_MM = 5.0
_PAPER, _FINE, _COARSE, _INK = (255, 250, 250), (250, 215, 215), (240, 165, 165), (20, 20, 20)


def paper_png(recording: Recording, *, pixels_per_mm: float = 4.0) -> bytes:
    """Return a recording on ECG paper as a PNG; the same samples give the same bytes.

    The first 10 s are shown, each lead of the first three rows for 2.5 s, one after the other in time; leads that the
    recording lacks stay empty, missing samples are gaps. Nothing on it tells who the recording is of.

    Parameters
    ----------
    recording : Recording
        In mV.
    pixels_per_mm : float

    Raises
    ------
    SignalError
        For a recording in another unit.
    """
    from PIL import Image, ImageDraw

    recording.require_millivolts(who="paper_png")
    paper = FORMATS["4x3+rhythm"]
    rows = (*paper.rows, (paper.rhythm or "II",))
    width_mm = 2 * _MARGIN_MM + paper.duration_s * MM_PER_S
    height_mm = 2 * _MARGIN_MM + len(rows) * paper.row_mm
    size = (round(width_mm * pixels_per_mm), round(height_mm * pixels_per_mm))
    image = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(image)
    for spacing_mm, colour in ((1, _FINE), (5, _COARSE)):
        for mm in range(0, round(max(width_mm, height_mm)) + 1, spacing_mm):
            at = round(mm * pixels_per_mm)
            draw.line([(at, 0), (at, size[1])], fill=colour)
            draw.line([(0, at), (size[0], at)], fill=colour)
    for row, leads in enumerate(rows):
        for column, lead in enumerate(leads):
            part_s = paper.duration_s / len(leads)
            middle_mm = _MARGIN_MM + (row + 0.5) * paper.row_mm
            left_mm = _MARGIN_MM + column * part_s * MM_PER_S
            place = ((left_mm + 1) * pixels_per_mm, (middle_mm - 0.45 * paper.row_mm) * pixels_per_mm)
            draw.text(place, lead, fill=_INK, font_size=3.5 * pixels_per_mm)
            if lead in recording.leads:
                for line in _lines(recording, lead, column * part_s, part_s):
                    points = (line * [MM_PER_S, -MM_PER_MV] + [left_mm, middle_mm]) * pixels_per_mm
                    draw.line(
                        [(float(x), float(y)) for x, y in points], fill=_INK, width=max(round(pixels_per_mm / 3), 1)
                    )
    words = f"{MM_PER_S:g} mm/s   {MM_PER_MV:g} mm/mV"
    draw.text(
        (_MARGIN_MM * pixels_per_mm, size[1] - 4.5 * pixels_per_mm), words, fill=_INK, font_size=3 * pixels_per_mm
    )
    file = BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def _lines(recording: Recording, lead: str, start_s: float, part_s: float) -> list[NDArray[np.float64]]:
    """Return the unbroken lines of a part of a lead, shape (n, 2) each: seconds from its start, mV from its median."""
    first, last = (round(t * recording.sampling_rate_hz) for t in (start_s, start_s + part_s))
    mv = recording.select((lead,))[first:last, 0].astype(np.float64)
    there = np.isfinite(mv)
    if not there.any():
        return []
    points = np.column_stack([np.arange(len(mv)) / recording.sampling_rate_hz, mv - np.median(mv[there])])
    breaks = np.flatnonzero(np.diff(there.astype(int))) + 1
    return [part for part in np.split(points, breaks) if np.isfinite(part).all() and len(part) > 1]
