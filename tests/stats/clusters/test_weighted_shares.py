"""Shares of a population from unequal draws: arithmetic on paper, and what must hold of any draw.

Numbers of R's survey for a stratified, clustered draw: tests/oracles/own/20-weighted-proportions.
"""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.clusters.weighted_shares import FIXED, ONE_UNIT, weighted_share, weighted_youden
from ecg_eval.stats.diagnostic.rates import sensitivity
from ecg_eval.stats.estimate import is_defined

NAN = float("nan")


def test_the_share_on_paper() -> None:
    """3 of weight 1 and a half of weight 4 of a total of 8: SE² = 4 / 3 sum (w (y - p))² / 64."""
    e = weighted_share(event=[1, 1, 0, 0], weight=[1, 3, 2, 2], interval="wald")
    assert e.value == 0.5
    assert e.standard_error == pytest.approx(np.sqrt(4 / 3 * (0.25 + 2.25 + 1 + 1)) / 8)
    assert (e.n, e.n_positive, e.df) == (4, 2, 3)


def test_equal_weights_are_no_weights() -> None:
    rng = np.random.default_rng(1)
    truth, call = (rng.integers(0, 2, 80).astype(float) for _ in range(2))
    event = np.where(truth == 1, call, np.nan)
    e = weighted_share(event=event, weight=np.full(80, 3.0))
    assert e.value == pytest.approx(sensitivity(truth=truth, call=call).value)
    assert e.n == int(truth.sum())


def test_weights_may_be_scaled_and_rows_shuffled() -> None:
    rng = np.random.default_rng(2)
    y, w, patient = rng.integers(0, 2, 60).astype(float), rng.random(60), np.arange(60) // 2
    stratum = np.array(["a", "b"])[(np.arange(60) // 2) % 2]
    first = weighted_share(event=y, weight=w, cluster=patient, stratum=stratum)
    order = rng.permutation(60)
    again = weighted_share(event=y[order], weight=7 * w[order], cluster=patient[order], stratum=stratum[order])
    for name in ("value", "low", "high", "standard_error", "df"):
        assert getattr(first, name) == pytest.approx(getattr(again, name))


def test_all_or_none_has_an_interval_of_a_width() -> None:
    e = weighted_share(event=[1, 1, 1, 1], weight=[1, 1, 1, 9])
    assert is_defined(e)
    assert (e.value, e.high, e.standard_error) == (1.0, 1.0, None)
    assert e.low is not None
    assert e.low < 0.5  # 144 / 84 = 1.7 cases drawn evenly


def test_what_the_strata_fix_is_known() -> None:
    e = weighted_share(event=[1, 1, 0, 0], weight=[1, 1, 9, 9], stratum=["af", "af", "no", "no"])
    assert (e.value, e.low, e.reason) == (0.1, None, FIXED)


def test_no_number_without_a_case_or_a_second_patient() -> None:
    assert weighted_share(event=[NAN, NAN], weight=[1, 1]).reason == "no case with a weight counts for this number"
    assert weighted_share(event=[1, 0], weight=[1, 1], cluster=[4, 4]).reason == ONE_UNIT
    assert weighted_youden(truth=[1, 1], call=[1, 0], weight=[1, 1]).reason == "one class has no case with a weight"
    assert weighted_youden(truth=[1, 0], call=[1, 0], weight=[1, 1]).low is None


def test_patients_of_several_strata_give_up_the_strata() -> None:
    design = SamplingDesign.of(weight=[1, 1, 1], cluster=[0, 0, 1], stratum=["a", "b", "b"])
    assert (design.n_strata, design.n_units) == (1, 2)


def test_a_lonely_unit_is_centred_at_the_mean_of_all() -> None:
    design = SamplingDesign.of(weight=[1, 1, 1], stratum=["a", "b", "b"])
    z = np.array([3.0, 0.0, 0.0])
    assert design.variance(z) == pytest.approx((3 - 1) ** 2)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"weight": [1, -1]}, "0 or more"),
        ({"weight": [0, 0]}, "not all 0"),
        ({"weight": [1, NAN]}, "0 or more"),
        ({"cluster": [1]}, "one for each of the 2 cases"),
        ({"stratum": ["a", "a"], "population": [0, 0]}, "above 0"),
        ({"event": [2, 0]}, "from 0 to 1"),
        ({"interval": "betta"}, "beta"),
        ({"freedom": "dessign"}, "design"),
        ({"level": 1}, "level"),
    ],
)
def test_bad_arguments_are_refused(wrong: dict[str, object], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        weighted_share(**({"event": [1, 0], "weight": [1, 1]} | wrong))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("interval", ["beta", "logit"])
def test_the_population_share_is_held(interval: str) -> None:
    """400 draws of 60 and 60 ECGs from two strata of 4000 and 400; three Monte-Carlo errors of 95 % are 3.3 %."""
    rng = np.random.default_rng(20261129)
    common, rare = rng.random(4000) < 0.9, rng.random(400) < 0.6
    truth = (common.sum() + rare.sum()) / 4400
    held = 0
    for _ in range(400):
        y = np.r_[rng.choice(common, 60, replace=False), rng.choice(rare, 60, replace=False)].astype(float)
        weight, stratum = np.repeat([4000 / 60, 400 / 60], 60), np.repeat([0, 1], 60)
        e = weighted_share(event=y, weight=weight, stratum=stratum, interval=interval)  # type: ignore[arg-type]
        assert e.low is not None
        assert e.high is not None
        held += e.low <= truth <= e.high
    assert held / 400 >= 0.95 - 0.033
