"""Many bootstrap intervals at once are each the single one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.resampling.many_intervals import intervals_from_replicates

NUMBERS = st.one_of(st.just(np.nan), st.floats(-2, 2).map(lambda x: round(x, 2)))


@settings(deadline=None)
@given(arrays(np.float64, (50, 4), elements=NUMBERS), arrays(np.float64, (4,), elements=NUMBERS))
def test_each_is_the_single_interval(replicates: np.ndarray, values: np.ndarray) -> None:
    replicates[:, 0] = 0.25
    replicates[20:, 1] = np.nan
    many = intervals_from_replicates(values=values, replicates=replicates, labels="x", n=[7, 8, 9, 0], level=0.9)
    for i, (value, n) in enumerate(zip(values, (7, 8, 9, 0), strict=True)):
        alone = interval_from_replicates(value=value, replicates=replicates[:, i], label="x", n=n, level=0.9)
        assert (many[i].reason, many[i].method, many[i].n_unusable) == (alone.reason, alone.method, alone.n_unusable)
        for part in ("value", "low", "high", "standard_error"):
            assert getattr(many[i], part) == (
                None if getattr(alone, part) is None else pytest.approx(getattr(alone, part), abs=1e-12)
            )


def test_shapes_must_belong_together() -> None:
    with pytest.raises(ArgumentError, match="n_resamples"):
        intervals_from_replicates(values=[0.1, 0.2], replicates=np.zeros((5, 3)), labels="x", n=1)
