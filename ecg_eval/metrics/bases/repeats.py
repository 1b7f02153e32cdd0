"""Readings of an ECG that its reader had read before in the same arm: kept for agreement with oneself alone."""

import numpy as np

from ecg_eval.domain.arrays.reading_arrays import codes_of
from ecg_eval.domain.study import Floats, ReaderStudy


def second_calls(study: ReaderStudy) -> Floats:
    """Return the second reading of each ECG as a call, of the shape of the study's cubes; NaN where there is none.

    The second is that of the second earliest period; all other metrics are of the first.
    """
    return study.once(("second_calls",), lambda: _second_calls(study))


def _second_calls(study: ReaderStudy) -> Floats:
    table = study.readings
    shape = (len(study.reader_arms), len(study.findings), len(study.records))
    second = np.full(shape, np.nan)
    if not (table["period"] != 1).any():
        return second
    reader, record = (
        codes_of(table[column], index)
        for column, index in (("reader_id", study.readers.index), ("record_id", study.records.index))
    )
    finding = np.array(
        [study.findings.index(f) if f in study.findings else -1 for f in table["finding"].cat.categories]
    )
    finding = np.append(finding, -1)[table["finding"].cat.codes.to_numpy()]
    arms = list(table["arm"].cat.categories)
    places = np.array(
        [[-1 if (p := study.place(r, a)) is None else p for a in arms] for r in study.readers.index], dtype=np.int64
    )
    place = places[reader, table["arm"].cat.codes.to_numpy()]
    counted = np.array([study.answers.numbers()[word] for word in table["reading"].cat.categories] + [np.nan])
    calls = counted[table["reading"].cat.codes.to_numpy()]
    here = np.flatnonzero((place >= 0) & (finding >= 0) & (record >= 0) & ~np.isnan(calls))
    cell = (place[here] * shape[1] + finding[here]) * shape[2] + record[here]
    order = np.lexsort((table["period"].to_numpy()[here], cell))
    cell, calls = cell[order], calls[here][order]
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    nth = np.arange(len(cell)) - np.repeat(start, np.diff(np.append(start, len(cell))))
    second.reshape(-1)[cell[nth == 1]] = calls[nth == 1]
    return second
