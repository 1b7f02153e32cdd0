"""Power of t tests: against a table and simulation; statsmodels' values: shared questions/27."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.independent import arcsine_effect, two_proportions_power
from ecg_eval.stats.sample_size.means import (
    independent_means_cases,
    independent_means_power,
    paired_means_cases,
    paired_means_effect,
    paired_means_power,
)


def test_sizes_of_cohens_tables() -> None:
    # R: power.t.test(delta = .5, power = .8, type = "paired") n = 33.37; type = "two.sample" n = 63.77
    assert paired_means_cases(effect=0.5).n_total == 34
    assert independent_means_cases(effect=-0.5).n_total == 2 * 64
    assert independent_means_cases(effect=0.5, ratio=2).inputs["ratio"] == 2


def test_power_by_simulation() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0.6, 1, (4000, 15))
    t = x.mean(axis=1) / (x.std(axis=1, ddof=1) / np.sqrt(15))
    power = paired_means_power(effect=0.6, n=15).power
    assert np.mean(np.abs(t) > stats.t.ppf(0.975, 14)) == pytest.approx(power, abs=0.024)  # three Monte-Carlo errors


def test_size_effect_and_power_go_together() -> None:
    effect = paired_means_effect(n=25, power=0.9).effect
    assert paired_means_power(effect=effect, n=25).power == pytest.approx(0.9)
    assert paired_means_cases(effect=effect, power=0.9).n_total_exact == pytest.approx(25, abs=1e-4)
    assert paired_means_cases(effect=50).n_total == 2
    assert paired_means_cases(effect=0.5, sides=1).n_total < paired_means_cases(effect=0.5).n_total  # type: ignore[operator]


def test_no_size_for_next_to_nothing() -> None:
    for plan in (paired_means_cases(effect=1e-5), independent_means_cases(effect=1e-5)):
        assert plan.n_total is None
        assert "more than ten million" in plan.sentence


def test_the_far_tail_is_small_and_counted_where_asked() -> None:
    given = {"first": 0.8, "second": 0.9, "n_first": 30, "n_second": 30}
    near, both = (two_proportions_power(far_tail=tail, **given).power for tail in (False, True))  # type: ignore[arg-type]
    assert 0 < both - near < 0.002  # type: ignore[operator]
    assert arcsine_effect(first=1, second=0) == pytest.approx(np.pi)


@pytest.mark.parametrize(
    ("kernel", "wrong", "match"),
    [
        (paired_means_power, {"effect": 0, "n": 9}, "not 0"),
        (paired_means_power, {"effect": 1, "n": 1}, "2 or more"),
        (independent_means_power, {"effect": 1, "n_first": 1}, "2 or more"),
        (independent_means_power, {"effect": 1, "n_first": 9, "ratio": 0}, "above 0"),
        (paired_means_cases, {"effect": 1, "power": 0.01}, "power"),
        (arcsine_effect, {"first": 2, "second": 0}, "in \\[0, 1\\]"),
    ],
)
def test_bad_arguments_are_refused(kernel: object, wrong: dict[str, float], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        kernel(**wrong)  # type: ignore[operator]
