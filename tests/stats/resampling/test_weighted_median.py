import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.resampling.weighted_median import weighted_median


def test_it_is_the_median_of_repeated_values() -> None:
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=21), rng.integers(0, 4, (30, 21))
    got = weighted_median(values=values, weights=weights)
    assert got == pytest.approx([np.median(np.repeat(values, w)) for w in weights])


def test_missing_values_have_no_weight() -> None:
    assert weighted_median(values=[1, np.nan, 3], weights=[[1, 9, 0]]).tolist() == [1]
    assert np.isnan(weighted_median(values=[np.nan], weights=[[1]])).all()
    with pytest.raises(ArgumentError, match="n_resamples, 2"):
        weighted_median(values=[1, 2], weights=[[1]])
