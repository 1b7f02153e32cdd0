"""Conformal sets by hand; tests/oracles compares them with crepes and MAPIE."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.conformal import conformal_p_values, fit_conformal_sets, nonconformity

# four ECGs, each with the finding, of probabilities 0.9, 0.8, 0.7, 0.6: misfits 0.1, 0.2, 0.3, 0.4
P = np.array([0.9, 0.8, 0.7, 0.6])
PAIRS = np.column_stack([1 - P, P])


def test_a_quantile_is_the_rank_of_one_case_more() -> None:
    made = fit_conformal_sets(truth=[1, 1, 1, 1], probability=PAIRS, miscoverage=0.4)  # rank 5 x 0.6 = 3
    assert made.quantiles.tolist() == [0.3, 0.3]
    assert made([[0.5, 0.5], [0.75, 0.25], [0.3, 0.7]]).tolist() == [[False, False], [True, False], [False, True]]


def test_too_few_cases_rule_nothing_out() -> None:
    made = fit_conformal_sets(truth=[1, 1, 1, 1], probability=PAIRS, miscoverage=0.1)  # rank 5 of 4
    assert np.isinf(made.quantiles).all()
    apart = fit_conformal_sets(truth=[1, 1, 1, 1], probability=PAIRS, miscoverage=0.4, by_class=True)
    assert apart.quantiles.tolist() == [np.inf, 0.3]  # nothing teaches the other class


def test_p_values_count_what_fits_as_badly() -> None:
    got = conformal_p_values(truth=[1, 1, 1, 1], probability=PAIRS, new=[[0.3, 0.7]])
    assert got.tolist() == [[1 / 5, 3 / 5]]  # none at 0.7 or above; two at 0.3 or above


def test_adaptive_misfit_adds_what_is_as_likely() -> None:
    assert nonconformity(probability=[[0.2, 0.5, 0.3]], kind="aps").tolist() == [[1.0, 0.5, 0.8]]


def test_new_cases_are_covered_as_promised() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(4000)
    truth = (rng.random(4000) < p).astype(int)
    pairs = np.column_stack([1 - p, p])
    made = fit_conformal_sets(truth=truth[:2000], probability=pairs[:2000], miscoverage=0.1, by_class=True)
    covered = made(pairs[2000:])[np.arange(2000), truth[2000:]]
    for c in (0, 1):
        assert covered[truth[2000:] == c].mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    "changed",
    [
        {"miscoverage": 0},
        {"truth": [2, 1, 1, 1]},
        {"truth": [1]},
        {"probability": P},
        {"probability": PAIRS * 2},
        {"kind": "raps"},
    ],
)
def test_what_makes_no_sense_is_refused(changed: dict) -> None:
    with pytest.raises(ArgumentError):
        fit_conformal_sets(**({"truth": [1, 1, 1, 1], "probability": PAIRS, "miscoverage": 0.1} | changed))
