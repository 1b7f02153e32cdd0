"""A study in which everybody answered about everything is held as the same arrays as one with gaps, in less room."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.arrays import reading_arrays as module
from ecg_eval.domain.arrays.reading_arrays import ReadingArrays, reading_arrays
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy


def arrays_of(study: ReaderStudy, readings: pd.DataFrame) -> ReadingArrays:
    return reading_arrays(readings, records=study.records.index, readers=study.readers.index, findings=study.findings)


def complete(study: ReaderStudy) -> pd.DataFrame:
    rows = [
        (record, reader, finding, "present" if (i + len(reader)) % 3 else "absent", (i % 7) / 7)
        for i, record in enumerate(study.records.index)
        for reader in study.readers.index
        for finding in study.findings
    ]
    frame = pd.DataFrame(rows, columns=["record_id", "reader_id", "finding", "reading", "score"])
    return readings_table(frame.sample(frac=1, random_state=3))


def test_complete_readings_are_the_arrays_that_gaps_leave(
    make_study: Callable[..., ReaderStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 11)  # rows at a time
    study = make_study()
    readings = complete(study)
    whole, gap = arrays_of(study, readings), arrays_of(study, readings.iloc[1:].reset_index(drop=True))
    assert not len(whole.cells)
    assert len(gap.cells) == len(readings) - 1
    for name in ("answers", "numbers"):
        one, other = (getattr(a, name)("reading" if name == "answers" else "score") for a in (whole, gap))
        same = (one == other) | (np.isnan(one.astype(float)) & np.isnan(other.astype(float)))
        assert (~same).sum() == 1
        assert whole.given.all()
        assert (~gap.given).sum() == 1
        np.testing.assert_array_equal(~same, ~gap.given)
    assert np.isnan(whole.numbers("seconds")).all()
    assert (whole.answers("ai_reading") == module.NO_ANSWER).all()


def test_some_records_of_complete_readings(make_study: Callable[..., ReaderStudy]) -> None:
    study = make_study()
    whole = arrays_of(study, complete(study))
    keep = np.arange(len(study.records)) % 4 == 1
    part = whole.among(keep)
    np.testing.assert_array_equal(part.answers("reading"), whole.answers("reading")[:, :, keep])
    np.testing.assert_array_equal(part.numbers("score"), whole.numbers("score")[:, :, keep])
    assert part.reader_arms == whole.reader_arms
    assert whole.among(np.zeros(len(keep), dtype=bool)).reader_arms == ()
