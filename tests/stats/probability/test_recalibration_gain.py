"""The gain of a map on cases that did not teach it."""

import numpy as np
import pytest
from scipy.special import expit, logit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.calibration import brier_score
from ecg_eval.stats.probability.recalibration import fit_isotonic_map, fit_logistic_map, fit_temperature
from ecg_eval.stats.probability.recalibration_gain import recalibration_gain

RNG = np.random.default_rng(0)
X = RNG.normal(0, 1.5, 300)
TRUTH = (RNG.random(300) < expit(X - 0.5)).astype(float)
HOT = expit(3 * (X - 0.5))
PART = np.arange(300) % 2


@pytest.mark.parametrize("kind", ["logistic", "temperature", "isotonic"])
def test_it_is_the_fall_of_the_brier_score_each_half_mapped_by_the_other(kind: str) -> None:
    mapped = np.empty(300)
    for one in (0, 1):
        inside = np.equal(PART, one)
        y, p, new = TRUTH[~inside], HOT[~inside], HOT[inside]
        if kind == "logistic":
            mapped[inside] = fit_logistic_map(truth=y, score=logit(p))(logit(new))
        elif kind == "temperature":
            mapped[inside] = fit_temperature(truth=y, probability=p)(new)
        else:
            mapped[inside] = fit_isotonic_map(truth=y, score=p)(new)
    before, after = (brier_score(truth=TRUTH, probability=p).value for p in (HOT, mapped))
    got = recalibration_gain(truth=TRUTH, probability=HOT, part=PART, kind=kind)
    assert got.value == pytest.approx(before - after)
    change = (HOT - TRUTH) ** 2 - (mapped - TRUTH) ** 2
    assert got.standard_error == pytest.approx(change.std(ddof=1) / np.sqrt(300))
    assert got.low > 0  # the model is three times too sure
    assert got.p_value is None


def test_certainties_stay_and_missing_cases_are_left_out() -> None:
    p, truth = HOT.copy(), TRUTH.copy()
    p[:4], truth[:4] = [0, 1, 0, 1], [0, 1, 0, np.nan]
    got = recalibration_gain(truth=truth, probability=p, part=PART)
    assert got.n == 299
    assert got.value is not None


def test_without_a_map_there_is_the_reason() -> None:
    assert (
        "cannot be learnt"
        in recalibration_gain(truth=[0, 0, 1, 1], probability=[0.1, 0.2, 0.8, 0.9], part=[0, 0, 1, 1]).reason
    )
    assert recalibration_gain(truth=[1, 1], probability=[0.1, 0.2], part=[0, 1]).reason == "every case has the finding"
    with pytest.raises(ArgumentError):
        recalibration_gain(truth=[0, 1], probability=[0.1, 0.2], part=[0, 0])
    with pytest.raises(ArgumentError):
        recalibration_gain(truth=[0, 1], probability=[0.1, 0.2], part=[0, 1], kind="platt")
