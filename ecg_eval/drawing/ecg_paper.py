"""An ECG on paper, true to scale: 25 mm a second, 10 mm a millivolt, as SVG in millimetres.

The drawing is as wide and as high as its `width` and `height` in mm say, so that a page that does not scale it prints a
5 mm square as 5 mm. A 1 mV pulse stands before each row, and a ruler of 50 mm below: who prints it can measure whether
the printer kept the scale. Nothing is filtered, and nothing is cut off where amplitudes are large: rows then cross, as
on a cart. Each lead's median lies on the line of its row, so that a baseline off zero does not leave the paper.

Source of the scale: Kligfield et al., Circulation 2007;115:1306-1324 (standard 25 mm/s and 10 mm/mV).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from xml.sax.saxutils import escape
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.facts.attribution import CELL_S, Attribution
from ecg_eval.domain.leads import canonical_lead
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ArgumentError, SignalError, suggestion

MM_PER_S, MM_PER_MV = 25.0, 10.0
RULER_MM = 50
_UNITS_PER_MM = 100  # the drawing's own unit is 0.01 mm, finer than a printer of 600 dpi (0.042 mm)
_LEFT_MM, _RIGHT_MM, _TOP_MM, _FOOT_MM = 10.0, 5.0, 5.0, 10.0
_PULSE_MM = 5.0  # 0.2 s wide, 1 mV high
_SMALL_ROW, _SMALL_TOLERANCE = 0.8, 15  # of a drawing that is made smaller: share of a row's height; in its own units
_DENSE_HZ, _DENSE_TOLERANCE = 250, 3  # above it samples lie nearer than 0.1 mm; less than a printer's dot, in own units
_MARKED, _MARKED_ROW = 0.5, 0.85  # of all that moved an answer, the share that is marked; share of a row's height
_WORDS = {
    "en": ("{}: not recorded", "{} mm: measure before reading"),
    "fr": ("{} : non enregistrée", "{} mm : à mesurer avant la lecture"),
}


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """Which lead stands where, and for how long.

    Attributes
    ----------
    rows : tuple of tuple of str
        Leads of each row, left to right: the columns show one time window after another, as carts print them.
    column_s : float
        Seconds that a column shows.
    rhythm : str or None
        Lead of a last row over the whole time.
    row_mm : float
        Distance between two rows.
    """

    rows: tuple[tuple[str, ...], ...]
    column_s: float
    rhythm: str | None
    row_mm: float

    @property
    def duration_s(self) -> float:
        """Seconds that a whole row shows."""
        return self.column_s * len(self.rows[0])

    @property
    def n_rows(self) -> int:
        """Rows, the rhythm strip included."""
        return len(self.rows) + (self.rhythm is not None)


_BY_LIMB = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
FORMATS = {
    "4x3+rhythm": PaperFormat(_BY_LIMB, 2.5, "II", 30.0),
    "6x2": PaperFormat(
        tuple(zip(("I", "II", "III", "aVR", "aVL", "aVF"), ("V1", "V2", "V3", "V4", "V5", "V6"), strict=True)),
        *(5.0, None, 25.0),
    ),
    "12x1": PaperFormat(
        tuple((lead,) for lead in ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")),
        *(10.0, None, 13.0),
    ),
}


def draw_ecg(
    recording: Recording,
    *,
    layout: str = "4x3+rhythm",
    start_s: float = 0.0,
    language: str = "en",
    small: bool = False,
    marks: Attribution | None = None,
) -> str:
    """Draw a recording on millimetre paper.

    Parameters
    ----------
    recording : Recording
        In mV. Missing samples leave a gap; a lead that is not there is named as not recorded.
    layout : {"4x3+rhythm", "6x2", "12x1"}
    start_s : float
        Where the paper begins, in seconds from the recording's start; 10 s are shown, or what there is.
    language : {"en", "fr"}
    small : bool
        For a page that makes the drawing smaller, at half its size or less: lines each 5 mm alone, letters twice as
        large, rows nearer to one another, no ruler, and no sample that lies within 0.15 mm of a line through those
        beside it. The drawing by itself stays true to scale. Any drawing of more than 250 samples a second leaves out
        those within 0.03 mm, which is less than a printer's dot.
    marks : Attribution, optional
        Behind the tracing, the cells that make half of all that moved an answer: orange for it, blue, in the
        lower half alone, against it. Rows lie nearer, so that words about it fit below on a page.

    Returns
    -------
    str
        An ``<svg>`` element with width and height in mm. What leaves the paper is cut at its edge. No name, id, age or
        sex of anybody is in it.

    Raises
    ------
    SignalError
        When the recording is not in mV, or ends before `start_s`.
    UnknownNameError, ArgumentError
        For a layout or a language that there is not.
    """
    _check_name("layout", layout, tuple(FORMATS))
    _check_name("language", language, tuple(_WORDS))
    recording.require_millivolts(who="draw_ecg")
    if not 0 <= start_s < recording.duration_s:
        rule = f"within the recording of {recording.duration_s:g} s"
        raise SignalError(f"draw_ecg, recording {recording.record_id}", "start_s", rule, start_s)
    paper = FORMATS[layout]
    paper = replace(paper, row_mm=_SMALL_ROW * paper.row_mm) if small else paper
    paper = paper if marks is None else replace(paper, row_mm=_MARKED_ROW * paper.row_mm)
    foot_mm = 0.0 if small else _FOOT_MM
    width_mm = _LEFT_MM + MM_PER_S * paper.duration_s + _RIGHT_MM
    rows_mm = _TOP_MM + paper.row_mm * paper.n_rows
    columns = {canonical_lead(lead): column for column, lead in enumerate(recording.leads)}
    rate_hz = recording.sampling_rate_hz
    traces: list[str] = []
    names: list[str] = []
    shades: list[str] = []
    for row in range(paper.n_rows):
        is_rhythm = row == len(paper.rows)
        leads = (str(paper.rhythm),) if is_rhythm else paper.rows[row]
        shown_s = paper.duration_s if is_rhythm else paper.column_s
        base_mm = _TOP_MM + paper.row_mm * (row + 0.5)
        traces.append(_pulse(base_mm))
        for column, lead in enumerate(leads):
            x_mm = _LEFT_MM + MM_PER_S * shown_s * column
            words = lead if lead in columns else _WORDS[language][0].format(lead)
            names.append(_text(x_mm + 1, base_mm - 0.36 * paper.row_mm, words, small=small))
            if lead not in columns:
                continue
            if marks is not None and lead in marks.leads:
                window_s = (start_s + shown_s * column, start_s + shown_s * (column + 1))
                shades.append(_shades(marks, lead, window_s, x_mm, (base_mm, 0.45 * paper.row_mm)))
            first = round((start_s + shown_s * column) * rate_hz)
            samples = recording.signal[:, columns[lead]]
            # one sample more, so that neighbouring columns meet
            traces.append(_trace(samples, first, round(shown_s * rate_hz) + 1, x_mm, base_mm, rate_hz, small=small))
    path = "".join(traces)
    width, height = f"{width_mm * _UNITS_PER_MM:g}", f"{rows_mm * _UNITS_PER_MM:g}"
    edge = f"paper-{crc32(path.encode()):08x}"  # of this tracing alone, and the same when made again
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{rows_mm + foot_mm:g}mm" '
        f'viewBox="0 0 {width_mm * _UNITS_PER_MM:g} {(rows_mm + foot_mm) * _UNITS_PER_MM:g}" class="ecg-paper">'
        f"{_grid(width_mm, rows_mm, small=small)}"
        f"{''.join(shades)}"
        f'<clipPath id="{edge}"><rect width="{width}" height="{height}"/></clipPath>'
        f'<path class="trace" clip-path="url(#{edge})" d="{path}" fill="none" stroke="#000" '
        f'stroke-width="{40 if small else 25}" stroke-linejoin="round"/>{"".join(names)}'
        f"{'' if small else _foot(rows_mm, language)}</svg>"
    )


def _shades(
    marks: Attribution, lead: str, window_s: tuple[float, float], x_mm: float, place_mm: tuple[float, float]
) -> str:
    """Return the cells of a lead that moved an answer most, as far as they are shown; `place_mm` is middle and half."""
    row, (base_mm, half_mm) = marks.leads.index(lead), place_mm
    first, last = (round(t / CELL_S) for t in window_s)
    chosen, moved = marks.strongest(_MARKED)[row], marks.log_odds[row]
    drawn = []
    for sign, colour in ((1, "#e69f00"), (-1, "#56b4e9")):
        top_mm, high_mm = (base_mm - half_mm, 2 * half_mm) if sign > 0 else (base_mm, half_mm)  # told apart in grey too
        cells = [c for c in np.flatnonzero(chosen & (np.sign(moved) == sign)).tolist() if first <= c < last]
        path = "".join(
            f"M{(x_mm + (c - first) * MM_PER_S * CELL_S) * _UNITS_PER_MM:g} {top_mm * _UNITS_PER_MM:g}"
            f"h{MM_PER_S * CELL_S * _UNITS_PER_MM:g}v{high_mm * _UNITS_PER_MM:g}"
            f"h{-MM_PER_S * CELL_S * _UNITS_PER_MM:g}z"
            for c in cells
        )
        name = "for" if sign > 0 else "against"
        drawn += [f'<path class="mark-{name}" d="{path}" fill="{colour}" fill-opacity="0.55"/>'] if path else []
    return "".join(drawn)


def _check_name(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise ArgumentError("draw_ecg", what, f"one of {', '.join(names)}", name, suggestion(name, names))


def _trace(
    samples: NDArray[np.float32], first: int, n: int, x_mm: float, base_mm: float, rate_hz: float,
    *, small: bool,
) -> str:  # fmt: skip
    """Return the path of some samples, in steps between rounded places, so that rounding does not add up."""
    window = samples[first : first + n]
    measured = np.isfinite(window)
    if not measured.any():
        return ""
    middle = float(np.nanmedian(samples))
    x = np.rint((x_mm + np.arange(len(window)) * (MM_PER_S / rate_hz)) * _UNITS_PER_MM).astype(np.int64)
    height_mm = (np.where(measured, window, 0) - middle) * MM_PER_MV
    y = np.rint((base_mm - height_mm) * _UNITS_PER_MM).astype(np.int64)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], measured, [False])).astype(np.int8)))
    parts = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        places = np.stack([x[begin:end], y[begin:end]])
        if small or rate_hz > _DENSE_HZ:
            places = _fewer(places, _SMALL_TOLERANCE if small else _DENSE_TOLERANCE)
        steps = np.diff(places).T.ravel()
        line = f"l{' '.join(map(str, steps.tolist())).replace(' -', '-')}" if steps.size else "h1"
        parts.append(f"M{x[begin]} {y[begin]}{line}")
    return "".join(parts)


def _fewer(places: NDArray[np.int64], tolerance: int) -> NDArray[np.int64]:
    """Return places, shape (2, n), without those that lie within `tolerance` of the line through their neighbours.

    Every second place is looked at, so that the neighbours of one that goes stay; three times over, which leaves an
    eighth of a flat line.
    """
    for _ in range(3):
        n = places.shape[1]
        middle = np.arange(1, n - 1, 2)
        before, here, after = places[:, middle - 1], places[:, middle], places[:, middle + 1]
        along = (here[0] - before[0]) / np.maximum(after[0] - before[0], 1)
        off = np.abs(before[1] + along * (after[1] - before[1]) - here[1])
        stays = np.ones(n, dtype=bool)
        stays[middle[off <= tolerance / 3]] = False  # what is left out three times adds up to no more
        places = places[:, stays]
    return places


def _pulse(base_mm: float) -> str:
    """Return the path of the 1 mV pulse before a row."""
    unit = _UNITS_PER_MM
    left, high, wide = (_LEFT_MM - _PULSE_MM - 2.5) * unit, MM_PER_MV * unit, _PULSE_MM * unit
    flat = 1.25 * unit
    return f"M{left:g} {base_mm * unit:g}h{flat:g}v{-high:g}h{wide:g}v{high:g}h{flat:g}"


@lru_cache(maxsize=8)
def _grid(width_mm: float, height_mm: float, *, small: bool) -> str:
    """Return the paper: lines each millimetre, heavier each 5 mm; small, those of 5 mm alone, and lighter."""
    unit, drawn = _UNITS_PER_MM, []
    for every, colour, stroke in ((5, "#f0b9b9", 16),) if small else ((1, "#f6cdcd", 8), (5, "#e08f8f", 16)):
        upright = [f"M{x * unit} 0V{height_mm * unit:g}" for x in range(0, int(width_mm) + 1, every)]
        level = [f"M0 {y * unit}H{width_mm * unit:g}" for y in range(0, int(height_mm) + 1, every)]
        path = "".join(chain(upright, level))
        drawn.append(f'<path class="grid-{every}" d="{path}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>')
    return "".join(drawn)


@lru_cache(maxsize=16)
def _foot(rows_mm: float, language: str) -> str:
    """Return the speed, the gain and the ruler."""
    unit, y = _UNITS_PER_MM, (rows_mm + 4) * _UNITS_PER_MM
    left = _LEFT_MM * unit
    ticks = "".join(f"M{left + mm * unit:g} {y - 200:g}v400" for mm in range(0, RULER_MM + 1, 10))
    path = f"M{left:g} {y:g}h{RULER_MM * unit}{ticks}"
    ruler = f'<path class="ruler" d="{path}" fill="none" stroke="#000" stroke-width="20"/>'
    words = _WORDS[language][1].format(RULER_MM)
    scale = f"{MM_PER_S:g} mm/s   {MM_PER_MV:g} mm/mV"
    return ruler + _text(_LEFT_MM + RULER_MM + 3, rows_mm + 5, words) + _text(_LEFT_MM + 130, rows_mm + 5, scale)


def _text(x_mm: float, y_mm: float, words: str, *, small: bool = False) -> str:
    """Return words at a place, 3 mm high, or 6 mm on a drawing that is made smaller."""
    x, y = x_mm * _UNITS_PER_MM, y_mm * _UNITS_PER_MM
    size = 600 if small else 300
    return f'<text x="{x:g}" y="{y:g}" font-family="sans-serif" font-size="{size}">{escape(words)}</text>'
