"""The adjusted interval: Agresti and Coull's for a share, none for what is undefined, its level where Wald's fails."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from ecg_eval.stats.agreement.adjusted_interval import with_adjusted_interval
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.pairwise_agreement import pairwise_agreement
from ecg_eval.stats.agreement.percent_agreement import percent_agreement
from ecg_eval.stats.estimate import Estimate


def test_of_a_share_it_is_near_agresti_and_coull() -> None:
    """They add z^2 = 3.84 cases and use the normal quantile; here it is 4 and t."""
    table = np.column_stack([np.ones(200), np.repeat([1, 0], [190, 10])])
    found = percent_agreement(ratings=table)
    peer = proportion_confint(190, 200, method="agresti_coull")
    assert (found.low, found.high) == pytest.approx(peer, abs=1e-3)


def test_undefined_stays_undefined() -> None:
    nothing = Estimate.undefined(reason="nothing", method="test")
    assert with_adjusted_interval(nothing, bounds=(0.0, 1.0)) is nothing


def test_constant_and_agreeing_readers_get_an_interval() -> None:
    for second in ([1, 1, 1, 0] * 5, [1, 0, 0, 0] * 5):
        found = cohen_kappa(first=[1, 0, 0, 0] * 5, second=second)
        assert found.low < found.high


@pytest.mark.parametrize(("interval", "bounds"), [("wald", (0.2, 0.5)), ("adjusted", (0.97, 1.0))])
def test_coverage_of_no_agreement_on_a_rare_finding(interval: str, bounds: tuple[float, float]) -> None:
    """Pairs of independent readers, prevalence 0.02, 1,000 cases."""
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(20):
        found = pairwise_agreement(ratings=rng.random((1000, 20)) < 0.02, interval=interval)
        covered += ((found.intervals.low["kappa"] <= 0) & (found.intervals.high["kappa"] >= 0)).tolist()
    assert bounds[0] <= np.mean(covered) <= bounds[1]
