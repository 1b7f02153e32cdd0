"""Two calls against one truth: arithmetic on paper, other programs, patients, and what is undefined."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.accuracy_comparison import (
    accuracy_test,
    compare_accuracy,
    joint_accuracy_test,
    relative_likelihood_ratio,
)
from ecg_eval.stats.diagnostic.predictive_value_comparison import (
    TESTS,
    predictive_value_test,
    relative_predictive_values,
)
from ecg_eval.stats.diagnostic.rates import (
    negative_predictive_value,
    positive_likelihood_ratio,
    positive_predictive_value,
    sensitivity,
    specificity,
    youden_index,
)
from ecg_eval.stats.estimate import Estimate

Measure = Callable[..., Estimate]

sensitivity_difference = partial(compare_accuracy, rate="sensitivity")
specificity_difference = partial(compare_accuracy, rate="specificity")
relative_sensitivity = partial(compare_accuracy, rate="sensitivity", contrast="ratio")
relative_specificity = partial(compare_accuracy, rate="specificity", contrast="ratio")
relative_false_positive_rate = partial(compare_accuracy, rate="false_positive_rate", contrast="ratio")
sensitivity_test = partial(accuracy_test, rate="sensitivity")
specificity_test = partial(accuracy_test, rate="specificity")


def _calls(seed: int = 12, k: int = 60) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(k), 2)
    truth = rng.integers(0, 2, cluster.size)
    hard = rng.random(cluster.size) * 0.5 + rng.random(k)[cluster] * 0.5
    return {
        "truth": truth,
        "first": np.where(hard * rng.random(cluster.size) > 0.4, 1 - truth, truth),
        "second": np.where(hard * rng.random(cluster.size) > 0.3, 1 - truth, truth),
        "cluster": cluster,
    }


DIFFERENCES: list[tuple[Measure, Measure]] = [
    (sensitivity_difference, sensitivity),
    (specificity_difference, specificity),
]
RATIOS: list[tuple[Measure, Measure]] = [
    (relative_sensitivity, sensitivity),
    (relative_specificity, specificity),
    (relative_likelihood_ratio, positive_likelihood_ratio),
]
CONTRASTS: list[Measure] = [
    *(m for m, _ in DIFFERENCES),
    *(m for m, _ in RATIOS),
    relative_false_positive_rate,
    predictive_value_test,
    lambda **kw: predictive_value_test(**kw, kind="negative", method="generalized_score"),
    lambda **kw: relative_predictive_values(**kw).positive,
    lambda **kw: relative_predictive_values(**kw).negative,
]


@pytest.mark.parametrize(("contrast", "single"), DIFFERENCES)
def test_differences_are_those_of_the_two_values(contrast: Measure, single: Measure) -> None:
    calls = _calls()
    values = [single(truth=calls["truth"], call=calls[name]).value for name in ("first", "second")]
    assert contrast(**calls).value == pytest.approx(values[0] - values[1])  # type: ignore[operator]


@pytest.mark.parametrize(("contrast", "single"), RATIOS)
def test_ratios_are_those_of_the_two_values(contrast: Measure, single: Measure) -> None:
    calls = _calls()
    values = [single(truth=calls["truth"], call=calls[name]).value for name in ("first", "second")]
    assert contrast(**calls).value == pytest.approx(values[0] / values[1])  # type: ignore[operator]


def test_predictive_values_are_compared_as_they_are() -> None:
    calls = _calls()
    relative = relative_predictive_values(**calls)
    for kind, single, ratio in (
        ("positive", positive_predictive_value, relative.positive),
        ("negative", negative_predictive_value, relative.negative),
    ):
        one, two = (single(truth=calls["truth"], call=calls[name]).value for name in ("first", "second"))
        assert predictive_value_test(**calls, kind=kind).value == pytest.approx(one - two)  # type: ignore[operator]
        assert ratio.value == pytest.approx(one / two)  # type: ignore[operator]
    assert relative.covariance[0, 0] == pytest.approx(relative.positive.standard_error**2)  # type: ignore[operator]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_what_every_contrast_keeps(contrast: Measure) -> None:
    calls = _calls()
    e = contrast(**calls)
    assert e.low < e.value < e.high  # type: ignore[operator]
    order = np.random.default_rng(13).permutation(calls["truth"].size)
    again = contrast(**{name: values[order] for name, values in calls.items()})
    assert (again.low, again.high) == pytest.approx((e.low, e.high))
    turned = contrast(**(calls | {"first": calls["second"], "second": calls["first"]}))
    if turned.p_value is not None:
        assert turned.p_value == pytest.approx(e.p_value)
    plain = {name: values for name, values in calls.items() if name != "cluster"}
    single = contrast(**plain, cluster=np.arange(calls["truth"].size))
    assert (single.low, single.high) == pytest.approx((contrast(**plain).low, contrast(**plain).high))
    missing = contrast(**{name: np.append(values, np.nan if name == "second" else 1) for name, values in calls.items()})
    assert (missing.low, missing.high) == pytest.approx((e.low, e.high))


@pytest.mark.parametrize("clustered", [False, True])
def test_tests_of_sensitivity_and_specificity(clustered: bool) -> None:
    calls = _calls()
    if not clustered:
        calls.pop("cluster")
    for test in (sensitivity_test, specificity_test):
        assert 0 < test(**calls).p_value <= 1  # type: ignore[operator]
    turned = {"truth": 1 - calls["truth"], "first": 1 - calls["first"], "second": 1 - calls["second"]}
    again = specificity_test(**(calls | turned))
    assert again.p_value == pytest.approx(sensitivity_test(**calls).p_value)


def test_the_joint_test_adds_two_mcnemars() -> None:
    calls = _calls()
    calls.pop("cluster")
    parts = [test(**calls, method="asymptotic").statistic for test in (sensitivity_test, specificity_test)]
    joint = joint_accuracy_test(**calls)
    assert joint.statistic == pytest.approx(sum(parts))  # type: ignore[arg-type]
    assert joint.p_value == pytest.approx(np.exp(-joint.statistic / 2)), "chi-squared with 2 degrees of freedom"
    one, two = (youden_index(truth=calls["truth"], call=calls[name]).value for name in ("first", "second"))
    assert joint.value == pytest.approx(one - two)  # type: ignore[operator]
    silent = joint_accuracy_test(truth=[1, 0], first=[1, 0], second=[1, 0])
    assert silent.reason == "a class has no discordant pair"


def test_weighted_score_on_paper() -> None:
    # 10 cases called positive by the first only (6 right), 10 by the second only (3 right): two independent groups, so
    # that the statistic is Pearson's chi-squared, 20 (6*7 - 3*4)^2 / (10*10*9*11)
    truth = [1] * 6 + [0] * 4 + [1] * 3 + [0] * 7
    first, second = [1] * 10 + [0] * 10, [0] * 10 + [1] * 10
    e = predictive_value_test(truth=truth, first=first, second=second)
    assert e.statistic == pytest.approx(20 * 30**2 / (10 * 10 * 9 * 11))
    assert e.standard_error == pytest.approx(np.sqrt(0.24 / 10 + 0.21 / 10))


def test_copies_of_every_case_do_not_add_information() -> None:
    calls = {name: values for name, values in _calls().items() if name != "cluster"}
    twice = {name: np.repeat(values, 2) for name, values in calls.items()}
    patients = np.repeat(np.arange(calls["truth"].size), 2)
    for method in TESTS:
        once = predictive_value_test(**calls, method="generalized_score")
        again = predictive_value_test(**twice, cluster=patients, method=method)
        assert again.value == pytest.approx(once.value)
        if method == "generalized_score":
            assert again.statistic == pytest.approx(once.statistic)
    ratio = relative_predictive_values(**calls).positive
    copied = relative_predictive_values(**twice, cluster=patients).positive
    n = calls["truth"].size
    assert copied.standard_error == pytest.approx(ratio.standard_error * np.sqrt(n / (n - 1)))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("contrast", "truth", "first", "second", "reason"),
    [
        (sensitivity_difference, [0, 0], [0, 1], [0, 1], "no case has the finding"),
        (specificity_difference, [1, 1], [0, 1], [0, 1], "every case has the finding"),
        (relative_sensitivity, [0, 0], [0, 1], [0, 1], "no case has the finding"),
        (relative_specificity, [1, 1], [0, 1], [0, 1], "every case has the finding"),
        (relative_likelihood_ratio, [1, 1], [0, 1], [0, 1], "every case has the finding"),
        (relative_likelihood_ratio, [], [], [], "no case has the finding"),
        (relative_likelihood_ratio, [1, 0], [1, 0], [1, 1], "a call has no positive call"),
        (predictive_value_test, [1, 0], [0, 0], [1, 1], "the first call is never positive"),
        (predictive_value_test, [1, 0], [0, 0], [0, 0], "neither call is ever positive"),
    ],
)
def test_an_empty_class_or_call_is_undefined_with_its_reason(
    contrast: Measure, truth: list[int], first: list[int], second: list[int], reason: str
) -> None:
    e = contrast(truth=truth, first=first, second=second)
    assert e.value is None
    assert str(e.reason).startswith(reason)


def test_a_rate_of_0_leaves_repeated_patients_no_logarithm() -> None:
    calls = {"truth": [1, 1, 1, 1], "first": [0, 0, 0, 0], "second": [1, 0, 1, 1], "cluster": [1, 1, 2, 2]}
    e = relative_sensitivity(**calls)
    assert "logarithm does not exist" in str(e.reason)
    assert relative_sensitivity(**(calls | {"cluster": [1, 2, 3, 4]})).value == 0
    with pytest.raises(ArgumentError, match="ratio of repeated patients"):
        relative_sensitivity(**calls, method="tang")


def test_a_predictive_value_of_0_has_no_ratio() -> None:
    relative = relative_predictive_values(truth=[0, 0, 1, 1], first=[1, 0, 0, 0], second=[1, 0, 1, 0])
    assert "never right when it is positive" in str(relative.positive.reason)
    assert relative.negative.value is not None
    assert np.isnan(relative.covariance[0]).all()
    never = relative_predictive_values(truth=[0, 1], first=[0, 0], second=[0, 1])
    assert "the first call is never positive" in str(never.positive.reason)


def test_calls_that_never_differ_have_no_interval() -> None:
    calls = {"truth": [1, 0, 1, 0], "first": [1, 1, 0, 0], "second": [1, 1, 0, 0]}
    e = predictive_value_test(**calls)
    assert (e.value, e.low, e.p_value) == (0, None, None)
    assert e.reason is not None
    ratio = relative_predictive_values(**calls).positive
    assert (ratio.value, ratio.low) == (1, None)
    assert "no case or patient differs" in str(ratio.reason)


def test_unknown_kinds_and_methods_are_refused() -> None:
    calls = {"truth": [1, 0], "first": [1, 0], "second": [1, 0]}
    with pytest.raises(ArgumentError, match="Did you mean 'positive'"):
        predictive_value_test(**calls, kind="positiv")
    with pytest.raises(ArgumentError):
        relative_likelihood_ratio(**calls, kind="both")
    with pytest.raises(ArgumentError):
        predictive_value_test(**calls, method="score")
    with pytest.raises(ArgumentError, match="Did you mean 'sensitivity'"):
        compare_accuracy(**calls, rate="sensitivty")
    with pytest.raises(ArgumentError, match="contrast"):
        compare_accuracy(**calls, rate="sensitivity", contrast="odds")
    with pytest.raises(ArgumentError, match="accuracy_test rate"):
        accuracy_test(**calls, rate="ppv")


def test_negative_likelihood_ratios() -> None:
    calls = _calls()
    e = relative_likelihood_ratio(**calls, kind="negative")
    turned = {name: 1 - calls[name] for name in ("first", "second")}
    again = relative_likelihood_ratio(**(calls | turned))
    assert e.value == pytest.approx(again.value)
