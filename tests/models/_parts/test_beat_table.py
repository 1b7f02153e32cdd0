import numpy as np
import pytest
from made_cohort import cohort, handed_over

from ecg_eval.models._parts import beat_table as beat_table_file
from ecg_eval.models._parts.beat_table import TABLE_NAMES, beat_table


def test_one_row_a_recording_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, _ = cohort(24, seed=1)
    ids = ["r3", "gone", "r0", "r1"]
    at_once = beat_table(handed_over(recordings, ids), who="test")
    monkeypatch.setattr(beat_table_file, "_AT_ONCE", 2)
    in_parts = beat_table(handed_over(recordings, ids), who="test")
    np.testing.assert_array_equal(at_once.values, in_parts.values)
    assert at_once.values.shape == (4, len(TABLE_NAMES))
    assert at_once.measurable.tolist() == [True, False, True, True]
    assert at_once.reasons == {"signal file is not there": 1}
    assert at_once.patients.tolist() == ["p3", "gone", "p0", "p1"]
    column = TABLE_NAMES.index("age_years")
    assert at_once.values[2, column] == recordings["r0"].age_years


@pytest.mark.slow
def test_two_processes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, _ = cohort(24, seed=1)
    alone = beat_table(handed_over(recordings), who="test")
    monkeypatch.setattr(beat_table_file, "_PARALLEL_FROM", 10)
    np.testing.assert_array_equal(beat_table(handed_over(recordings), who="test").values, alone.values)
