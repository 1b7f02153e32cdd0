"""A mean over resamples is numpy's weighted average, and unknown where nothing was drawn."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.resampling.weighted_mean import weighted_mean


def test_equals_numpy() -> None:
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=20), rng.integers(0, 3, size=(7, 20))
    assert np.allclose(weighted_mean(values=values, weights=weights), [np.average(values, weights=w) for w in weights])


def test_an_empty_resample_is_unknown() -> None:
    assert np.isnan(weighted_mean(values=[1.0, 2.0], weights=[[0, 0]])).all()


def test_shapes() -> None:
    with pytest.raises(ArgumentError, match="n_resamples"):
        weighted_mean(values=[1.0], weights=[[1, 2]])
