"""Resamples held by patient say of each record what weights by record say."""

import numpy as np

from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.stats.resampling.draws import draw_counts, draw_weights

PATIENTS = np.array([0, 0, 1, 2, 1, 3, 4, 4, 4, 5])


def drawn(n: int = 70) -> Resamples:
    return Resamples.of(draw_counts(cluster=PATIENTS, n_resamples=n, rng=np.random.default_rng(3)), PATIENTS)


def test_patients_are_drawn_as_their_records_are() -> None:
    whole = draw_weights(cluster=PATIENTS, n_resamples=70, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(drawn().weights(), whole)
    assert drawn().weights().dtype == np.float64
    assert drawn().drawn.dtype == np.uint8


def test_some_records_have_their_patients_draws() -> None:
    keep = np.arange(10) % 3 == 0
    np.testing.assert_array_equal(drawn().among(keep).weights(), drawn().weights()[:, keep])


def test_a_patient_drawn_more_often_than_a_byte_holds_is_counted() -> None:
    often = draw_counts(cluster=np.zeros(3, dtype=int), n_resamples=3, rng=np.random.default_rng(1))
    assert often.tolist() == [[1], [1], [1]]
    many = Resamples.of(np.array([[300, 0], [1, 2]]), np.array([1, 0]))
    assert many.weights().tolist() == [[0.0, 300.0], [2.0, 1.0]]
