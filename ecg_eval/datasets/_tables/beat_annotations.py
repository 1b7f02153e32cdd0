"""From the beats and rhythms that experts annotated to what a short window shows, by one documented rule.

Symbols and rhythm strings are PhysioBank's (wfdb annotation codes; Moody and Mark, IEEE Eng Med Biol 2001;20(3):45).

* A rhythm holds from its annotation to the next. It is present in a window that it covers wholly, and unknown in one
  that it covers in part: where the rhythm changes within ten seconds, nobody can say what a reader should call it.
  Before the first annotation the rhythm is unknown, but one within the first second counts from the start.
* "Normal sinus rhythm" says nothing of its rate (record 117 has it at 50/min), so bradycardia is unknown there; under
  bigeminy, trigeminy, pre-excitation and second-degree block the sinus rhythm itself is left open.
* Premature, escape, fusion and paced beats are present if there is one in the window. A fusion beat leaves a
  ventricular premature one open, a premature supraventricular beat of unknown origin the atrial and junctional ones, an
  unclassifiable beat all three. Without a premature beat, the rhythms that are made of them are not there.
* Bundle branch block is present if all beats conducted from above are of its kind, unknown if some are.
* A window without any beat annotation is one of which nothing is known.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._tables.stated import Stated
from ecg_eval.errors import SignalError

# an annotation takes 2 bytes and more; a day of beats has about 100,000
_MAX_BYTES = 1 << 24

RHYTHMS = {
    **{"N": "SR", "AFIB": "AF", "AFL": "AFL", "SBR": "SBRAD", "P": "PACE", "SVTA": "SVTAC", "NOD": "JUNC"},
    **{"B": "VBIG", "AB": "ABIG", "T": "VTRIG", "VT": "VT", "VFL": "VFL", "IVR": "IVR", "BII": "2AVB", "PREX": "WPW"},
}
# what a rhythm leaves open when it covers the window
_LEFT_OPEN = {
    **{"N": ("SBRAD",), "B": ("SR", "SBRAD"), "T": ("SR", "SBRAD"), "AB": ("SR", "SBRAD")},
    **{"BII": ("SR", "SBRAD"), "PREX": ("SR", "SBRAD")},
}
_PRESENT = {
    **{"V": "PVC", "r": "PVC", "A": "PAC", "a": "PAC", "x": "BPAC", "J": "JPC", "F": "FUSION"},
    **{"/": "PACE", "f": "PACE", "E": "VESC", "e": "AESC", "j": "JESC"},
}
_OPEN = {"F": ("PVC",), "S": ("PAC", "JPC"), "Q": ("PVC", "PAC", "JPC"), "?": ("PVC", "PAC", "JPC")}
_MADE_OF = {"VBIG": "PVC", "VTRIG": "PVC", "ABIG": "PAC"}
_BLOCKS = {"L": "LBBB", "R": "RBBB"}
_CONDUCTED = frozenset("NLRAaJSejnB")
_BEATS = _CONDUCTED | frozenset("VrEF/fQ?!")

SPOKEN = frozenset({*RHYTHMS.values(), *_PRESENT.values(), *_BLOCKS.values()})
_RHYTHM_CODES = frozenset(RHYTHMS.values()) - {"PACE"}


@dataclass(frozen=True, eq=False)
class Annotations:
    """What was annotated in a record.

    Attributes
    ----------
    samples : ndarray of int, shape (n_annotations,)
        In ascending order.
    symbols : ndarray of str, shape (n_annotations,)
        Beat and other symbols.
    notes : ndarray of str, shape (n_annotations,)
        A rhythm's name, without its bracket, where the symbol is "+"; other texts elsewhere.
    """

    samples: NDArray[np.int64]
    symbols: NDArray[np.str_]
    notes: NDArray[np.str_]


def read_annotations(path: Path, extension: str) -> Annotations:
    """Return the annotations of a record; `path` has no extension.

    Raises
    ------
    SignalError
        When the file is missing, absurdly large or damaged.
    """
    file = path.with_name(f"{path.name}.{extension}")
    if not file.is_file():
        raise SignalError(str(file), "the annotations", "there", remedy="Is the archive complete?")
    if file.stat().st_size > _MAX_BYTES:
        raise SignalError(str(file), "the annotations", f"at most {_MAX_BYTES} bytes", file.stat().st_size)
    import wfdb

    try:
        annotations = wfdb.rdann(str(path), extension)
        samples = np.asarray(annotations.sample, dtype=np.int64)
        symbols = np.array([str(s) for s in annotations.symbol], dtype=np.str_)
        notes = np.array([str(n).strip("\x00 ").removeprefix("(") for n in annotations.aux_note], dtype=np.str_)
    except Exception as error:  # wfdb raises whatever its parts raise
        rule = "a WFDB annotation file"
        raise SignalError(str(file), "the annotations", rule, f"{type(error).__name__}: {error}"[:120]) from error
    order = np.argsort(samples, kind="stable")
    return Annotations(samples[order], symbols[order], notes[order])


def stated_in_windows(
    annotations: Annotations, edges: NDArray[np.int64], *, sampling_rate_hz: float
) -> list[Stated | None]:
    """Return what each window shows.

    Parameters
    ----------
    annotations : Annotations
    edges : ndarray of int, shape (n_windows + 1,)
        A window holds the samples from an edge on, up to the next one.
    sampling_rate_hz : float
    """
    spans = _rhythm_spans(annotations, int(edges[-1]), sampling_rate_hz)
    is_beat = np.isin(annotations.symbols, list(_BEATS))
    windows: list[Stated | None] = []
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        first, last = np.searchsorted(annotations.samples, (start, stop))
        if not is_beat[first:last].any():
            windows.append(None)
            continue
        present, unknown, strange = _rhythm_of(spans, start, stop)
        beats, open_beats = _beats_of(set(annotations.symbols[first:last].tolist()))
        present |= beats
        unknown -= {rhythm for rhythm, beat in _MADE_OF.items() if beat not in beats | open_beats}
        windows.append(Stated(frozenset(present), frozenset((unknown | open_beats) - present), tuple(sorted(strange))))
    return windows


def _rhythm_spans(annotations: Annotations, end: int, sampling_rate_hz: float) -> list[tuple[int, int, str]]:
    """Return the rhythms of a record: from, to, name; the name is empty where nothing was annotated."""
    changes = [
        (int(sample), str(note))
        for sample, symbol, note in zip(annotations.samples, annotations.symbols, annotations.notes, strict=True)
        if symbol == "+" and note
    ]
    if not changes:
        return [(0, end, "")]
    if changes[0][0] <= sampling_rate_hz:
        changes[0] = (0, changes[0][1])
    else:
        changes.insert(0, (0, ""))
    ends = [sample for sample, _ in changes[1:]] + [max(end, changes[-1][0])]
    return [(start, stop, name) for (start, name), stop in zip(changes, ends, strict=True)]


def _rhythm_of(spans: list[tuple[int, int, str]], start: int, stop: int) -> tuple[set[str], set[str], set[str]]:
    """Return the rhythms that are present, that are left open, and that have no translation."""
    names = {name for begin, end, name in spans if begin < stop and end > start}
    if "" in names or not names:
        return set(), set(_RHYTHM_CODES), set()
    strange = names - RHYTHMS.keys()
    codes = {RHYTHMS[name] for name in names - strange}
    left_open = {code for name in names for code in _LEFT_OPEN.get(name, ())}
    if len(names) > 1:
        return set(), codes | left_open, strange
    return codes, left_open - codes, strange


def _beats_of(symbols: set[str]) -> tuple[set[str], set[str]]:
    """Return the beat findings that are present and that are left open."""
    present = {code for symbol, code in _PRESENT.items() if symbol in symbols}
    left_open = {code for symbol, codes in _OPEN.items() if symbol in symbols for code in codes}
    conducted = symbols & _CONDUCTED
    for symbol, code in _BLOCKS.items():
        if conducted - {"A", "a", "J", "S", "e", "j", "n"} == {symbol}:
            present.add(code)
        elif symbol in conducted:
            left_open.add(code)
    if "B" in conducted:  # a bundle branch block beat of unknown side
        left_open.update(_BLOCKS.values())
    return present, left_open
