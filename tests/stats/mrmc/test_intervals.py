import numpy as np
import pytest
from scipy.stats import norm, t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.intervals import Setting, check_level, on_logit_scale, two_sided_p, two_sided_quantile

SETTING = Setting(method="m", level=0.9, n=10, n_positive=4, n_clusters=9, caution="careful")


def test_symmetric_interval_and_test() -> None:
    estimate = SETTING.estimate(0.5, 0.04, df=7.0, null=0.3)
    assert estimate.low == pytest.approx(0.5 - t.ppf(0.95, 7) * 0.2)
    assert estimate.statistic == pytest.approx(1.0)
    assert estimate.p_value == pytest.approx(2 * t.sf(1, 7))
    assert (estimate.n, estimate.n_positive, estimate.n_clusters, estimate.reason) == (10, 4, 9, "careful")


def test_many_degrees_of_freedom_are_the_normal_distribution() -> None:
    for df in (None, np.inf, 1e13):
        estimate = SETTING.estimate(0.5, 0.04, df=df)
        assert estimate.df is None
        assert estimate.high == pytest.approx(0.5 + norm.ppf(0.95) * 0.2)


@pytest.mark.parametrize(
    ("variance", "reason"), [(np.nan, "undefined"), (-0.01, "negative"), (0.0, "artefact"), (-1e-17, "artefact")]
)
def test_variances_that_give_no_interval(variance: float, reason: str) -> None:
    estimate = SETTING.estimate(0.5, variance)
    assert estimate.value == 0.5
    assert estimate.low is None
    assert estimate.standard_error is None
    assert reason in estimate.reason


def test_no_value() -> None:
    assert not is_defined(SETTING.estimate(np.nan, 0.1))
    assert not is_defined(SETTING.without_interval(np.nan, "why"))
    assert SETTING.without_interval(0.2, "why").reason == "why"


def test_logit_scale_leaves_alone_what_has_no_interval() -> None:
    bare = SETTING.without_interval(0.2, "why")
    assert on_logit_scale(bare, (0.0, 1.0)) is bare


def test_quantiles_and_p_values() -> None:
    assert two_sided_quantile(0.95, None) == pytest.approx(norm.ppf(0.975))
    assert two_sided_quantile(0.95, 3.4) == pytest.approx(t.ppf(0.975, 3.4))
    assert two_sided_p(-2.0, None) == pytest.approx(2 * norm.sf(2))
    assert two_sided_p(2.0, 3.4) == pytest.approx(2 * t.sf(2, 3.4))


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_level_is_a_proportion(level: float) -> None:
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        check_level("f", level)
