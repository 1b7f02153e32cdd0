import numpy as np
import pytest

from ecg_eval.models._parts.calibration import fit_sigmoid


def test_recovers_the_probabilities_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(0, 50, size=20_000)
    true = 1 / (1 + np.exp(-(0.04 * score - 1)))
    got = fit_sigmoid(score, (rng.random(20_000) < true).astype(float))
    assert got.slope == pytest.approx(0.04, rel=0.05)
    assert got.intercept == pytest.approx(-1, abs=0.08)


def test_few_positives_do_not_make_a_step() -> None:
    got = fit_sigmoid(np.arange(40.0), (np.arange(40) >= 35).astype(float))
    assert got(np.array([100.0]))[0] < 1
    assert got.slope < 2


def test_a_reader_that_is_worse_than_chance_is_not_turned_over() -> None:
    y = (np.arange(40) < 20).astype(float)
    got = fit_sigmoid(np.arange(40.0), y)
    np.testing.assert_allclose(got(np.array([0.0, 40.0])), 0.5, atol=0.01)


def test_one_score_for_all() -> None:
    got = fit_sigmoid(np.zeros(40), (np.arange(40) < 10).astype(float))
    assert got(np.zeros(1))[0] == pytest.approx(0.26, abs=0.03)
