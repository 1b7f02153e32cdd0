"""One number a study: what can be done on paper, and what cannot be said of few studies."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.meta.between_studies import ESTIMATORS
from ecg_eval.stats.meta.effects import Effects, fisher_z_effects, logit_effects
from ecg_eval.stats.meta.meta_regression import meta_regression
from ecg_eval.stats.meta.random_effects import pool_effects

FOUR = Effects(np.array([0.0, 1.0, 2.0, 3.0]), np.full(4, 0.5))


def test_equal_variances_give_the_plain_mean_and_the_surplus_of_its_variance() -> None:
    # sample variance 5/3, sampling variance 1/2: Hedges' tau2 is 7/6, and all moment estimators agree with it
    for estimator in ("hedges", "dersimonian_laird", "paule_mandel", "reml"):
        pooled = pool_effects(effects=FOUR, estimator=estimator, interval="normal")
        assert pooled.mean.value == pytest.approx(1.5)
        assert pooled.between.value == pytest.approx(7 / 6)
        assert pooled.mean.standard_error == pytest.approx(((7 / 6 + 1 / 2) / 4) ** 0.5)
    assert pooled.heterogeneity.value == pytest.approx(10)
    assert pooled.i_squared == pytest.approx(7 / 10)
    assert pooled.weights == pytest.approx(np.full(4, 0.25))


def test_studies_that_agree_have_no_spread_and_no_narrower_interval_than_one_common_effect() -> None:
    alike = Effects(np.full(5, 0.7), np.linspace(0.1, 0.3, 5))
    common = pool_effects(effects=alike, estimator="common", interval="normal")
    for estimator in ESTIMATORS:
        pooled = pool_effects(effects=alike, estimator=estimator)
        assert pooled.between.value == pytest.approx(0, abs=1e-12)
        assert pooled.between.low == pooled.between.high == 0
        assert pooled.mean.standard_error == pytest.approx(common.mean.standard_error)
    certain = pool_effects(effects=Effects(np.zeros(3), np.ones(3)), interval="hartung_knapp")
    assert certain.mean.p_value is None


def test_one_study_speaks_for_itself_and_says_nothing_between_studies() -> None:
    pooled = pool_effects(effects=Effects(np.array([1.0]), np.array([0.25])))
    assert (pooled.mean.value, pooled.mean.standard_error) == (1.0, 0.5)
    assert pooled.mean.low == pytest.approx(1 - 1.959964 * 0.5)
    for nothing in (pooled.between, pooled.heterogeneity, pooled.prediction):
        assert "single study" in (nothing.reason or "")
    assert pooled.i_squared is pooled.h_squared is None


def test_two_studies_have_a_wide_interval_and_no_prediction_on_no_degree_of_freedom() -> None:
    two = Effects(np.array([0.5, 1.5]), np.array([0.1, 0.1]))
    pooled = pool_effects(effects=two)
    assert pooled.mean.df == 1
    assert pooled.mean.low is not None
    assert pooled.mean.low < -4
    assert pool_effects(effects=two, interval="normal").prediction.value is None
    assert pool_effects(effects=two, interval="normal", prediction="normal").prediction.low is not None


def test_studies_in_another_order_say_the_same() -> None:
    rng = np.random.default_rng(3)
    effects = Effects(rng.normal(size=9), rng.uniform(0.05, 0.5, 9))
    order = rng.permutation(9)
    turned = Effects(effects.values[order], effects.variances[order])
    for estimator in ESTIMATORS:
        one, other = (pool_effects(effects=e, estimator=estimator) for e in (effects, turned))
        assert one.mean.value == pytest.approx(other.mean.value)
        assert one.between.value == pytest.approx(other.between.value)


def test_the_slope_of_points_on_a_line_is_that_of_the_line() -> None:
    fit = meta_regression(effects=FOUR, moderators={"year": [0, 1, 2, 3]}, interval="normal")
    assert fit.coefficients["year"].value == pytest.approx(1)
    assert fit.between == pytest.approx(0, abs=1e-12)
    assert fit.r_squared == pytest.approx(1)
    assert fit.residual.value == pytest.approx(0, abs=1e-9)
    alike = Effects(np.full(4, 0.5), np.full(4, 0.5))
    assert meta_regression(effects=alike, moderators={"year": [0, 1, 2, 3]}).r_squared is None


def test_too_few_studies_or_columns_that_say_the_same_are_a_reason() -> None:
    few = meta_regression(effects=FOUR, moderators={name: np.eye(4)[i] for i, name in enumerate("abc")})
    assert "4 studies are not enough for 4 columns" in (few.moderators.reason or "")
    same = meta_regression(effects=FOUR, moderators={"a": [1, 1, 1, 1]})
    assert "the same" in (same.coefficients["a"].reason or "")


def test_a_zero_is_corrected_in_its_study_alone() -> None:
    effects = logit_effects(events=[5, 10, 0], trials=[10, 10, 4])
    assert effects.values == pytest.approx([0, np.log(21), -np.log(9)])
    assert effects.variances == pytest.approx([0.4, 1 / 10.5 + 2, 2 + 1 / 4.5])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: logit_effects(events=[3], trials=[2]),
        lambda: fisher_z_effects(correlations=[1.0], n=[10]),
        lambda: Effects(np.zeros(2), np.ones(3)),
        lambda: Effects(np.zeros(2), np.zeros(2)),
        lambda: pool_effects(effects=Effects(np.zeros(0), np.zeros(0))),
        lambda: pool_effects(effects=FOUR, estimator="remml"),
        lambda: pool_effects(effects=FOUR, interval="wald"),
        lambda: pool_effects(effects=FOUR, prediction="f"),
        lambda: meta_regression(effects=FOUR, moderators={}),
        lambda: meta_regression(effects=FOUR, moderators={"a": [1, 2]}),
    ],
)
def test_what_makes_no_sense_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArgumentError):
        wrong()
