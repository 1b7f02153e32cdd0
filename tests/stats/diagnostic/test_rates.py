"""Measures of yes-or-no calls: arithmetic on paper, other programs, and what is undefined and why."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic import rates
from ecg_eval.stats.diagnostic.likelihood_ratios import likelihood_ratios
from ecg_eval.stats.estimate import Estimate

# 4 TP, 1 FN, 1 FP, 3 TN
TRUTH = [1, 1, 1, 1, 1, 0, 0, 0, 0]
CALL = [1, 1, 1, 1, 0, 1, 0, 0, 0]
Measure = Callable[..., Estimate]
SHARES: list[tuple[Measure, float, int]] = [
    (rates.sensitivity, 4 / 5, 5),
    (rates.specificity, 3 / 4, 4),
    (rates.positive_predictive_value, 4 / 5, 5),
    (rates.negative_predictive_value, 3 / 4, 4),
    (rates.accuracy, 7 / 9, 9),
    (rates.prevalence, 5 / 9, 9),
    (rates.f1, 8 / 10, 6),
    (rates.youden_index, 0.55, 9),
]
RATIOS: list[tuple[Measure, float]] = [
    (rates.positive_likelihood_ratio, 0.8 / 0.25),
    (rates.negative_likelihood_ratio, 0.2 / 0.75),
    (rates.diagnostic_odds_ratio, 12.0),
]
ALL = [m for m, _, _ in SHARES] + [m for m, _ in RATIOS]


def _name(measure: object) -> str:
    return getattr(measure, "__name__", "")


def _many(k: int = 40) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    cluster = np.repeat(np.arange(k), 3)
    truth = rng.integers(0, 2, cluster.size)
    bad = rng.random(k)[cluster] < 0.3
    return {"truth": truth, "call": np.where(bad & (rng.random(cluster.size) < 0.7), 1 - truth, truth)} | {
        "cluster": cluster
    }


@pytest.mark.parametrize(("measure", "value", "n"), SHARES, ids=_name)
def test_shares_on_paper(measure: Measure, value: float, n: int) -> None:
    e = measure(truth=TRUTH, call=CALL)
    assert (e.value, e.n) == (pytest.approx(value), n)
    assert e.low < e.value < e.high  # type: ignore[operator]


@pytest.mark.parametrize(("measure", "value"), RATIOS, ids=_name)
@pytest.mark.parametrize("method", [None, "log"])
def test_ratios_on_paper(measure: Measure, value: float, method: str | None) -> None:
    e = measure(truth=TRUTH, call=CALL, method=method)
    assert e.value == pytest.approx(value)
    assert e.low < e.value < e.high  # type: ignore[operator]


def test_apparent_prevalence() -> None:
    assert rates.prevalence(truth=TRUTH, call=CALL, apparent=True).value == pytest.approx(5 / 9)


def test_f1_interval_on_paper() -> None:
    # J = 4/6 with Wald interval j -+ z sqrt(j (1 - j) / 6), mapped by 2 j / (1 + j)
    e = rates.f1(truth=TRUTH, call=CALL, method="wald")
    low = 2 / 3 - 1.959963985 * np.sqrt(2 / 9 / 6)
    assert e.low == pytest.approx(2 * low / (1 + low))
    assert e.standard_error == pytest.approx(np.sqrt(2 / 9 / 6) * 2 / (5 / 3) ** 2)


@pytest.mark.parametrize("measure", ALL, ids=_name)
def test_what_every_measure_keeps(measure: Measure) -> None:
    data = _many()
    e = measure(**data)
    order = np.random.default_rng(8).permutation(data["truth"].size)
    again = measure(**{name: values[order] for name, values in data.items()})
    assert (again.value, again.low, again.high) == pytest.approx((e.value, e.low, e.high))
    missing = measure(
        truth=np.append(data["truth"], [1, np.nan]),
        call=np.append(data["call"], [np.nan, 1]),
        cluster=np.append(data["cluster"], [900, 901]),
    )
    assert (missing.value, missing.low, missing.n) == pytest.approx((e.value, e.low, e.n))
    plain = measure(truth=data["truth"], call=data["call"])
    assert plain.value == pytest.approx(e.value)
    single = measure(truth=data["truth"], call=data["call"], cluster=np.arange(data["truth"].size))
    assert (single.low, single.high) == pytest.approx((plain.low, plain.high)), "one case a patient changes nothing"
    wide = measure(**data, level=0.99)
    assert wide.low < e.low < e.high < wide.high  # type: ignore[operator]


@pytest.mark.parametrize("measure", [m for m, _, _ in SHARES if m is not rates.f1], ids=_name)
def test_repeated_patients_widen(measure: Measure) -> None:
    data = _many()
    shared, alone = measure(**data), measure(truth=data["truth"], call=data["call"])
    assert shared.n_clusters == 40 or shared.n < 120
    if measure is not rates.prevalence:
        assert shared.high - shared.low > alone.high - alone.low  # type: ignore[operator]


@pytest.mark.parametrize(
    ("measure", "truth", "call", "reason"),
    [
        (rates.sensitivity, [0, 0], [0, 1], rates.NO_POSITIVE),
        (rates.specificity, [1, 1], [0, 1], rates.NO_NEGATIVE),
        (rates.positive_predictive_value, [0, 1], [0, 0], rates.NO_POSITIVE_CALL),
        (rates.negative_predictive_value, [0, 1], [1, 1], rates.NO_NEGATIVE_CALL),
        (rates.accuracy, [np.nan], [1], rates.NO_CASE),
        (rates.f1, [0, 0], [0, 0], "no case has the finding and none was called positive"),
        (rates.youden_index, [0, 0], [0, 0], rates.NO_POSITIVE),
        (rates.youden_index, [1, 1], [0, 0], rates.NO_NEGATIVE),
        (rates.positive_likelihood_ratio, [0, 0], [0, 1], "no case has the finding"),
        (rates.negative_likelihood_ratio, [1, 1], [0, 1], "every case has the finding"),
        (rates.diagnostic_odds_ratio, [], [], "no case has the finding"),
        (rates.positive_likelihood_ratio, [0, 1], [0, 0], "no case was called positive"),
        (rates.negative_likelihood_ratio, [0, 1], [1, 1], "no case was called negative"),
        (rates.diagnostic_odds_ratio, [0, 1], [1, 1], "every call is the same"),
    ],
)
@pytest.mark.parametrize("clustered", [False, True])
def test_an_empty_denominator_is_undefined_with_its_reason(
    measure: Measure, truth: list[float], call: list[float], reason: str, clustered: bool
) -> None:
    e = measure(truth=truth, call=call, cluster=np.ones(len(truth)) if clustered else None)
    assert (e.value, e.reason) == (None, reason)


def test_a_perfect_reader_keeps_lower_bounds() -> None:
    data = {"truth": [1] * 20 + [0] * 30, "call": [1] * 20 + [0] * 30}
    positive = rates.positive_likelihood_ratio(**data)
    assert (positive.value, positive.high) == (None, None)
    assert positive.low > 5  # type: ignore[operator]
    assert "infinite" in str(positive.reason)
    assert rates.diagnostic_odds_ratio(**data).low > 40  # type: ignore[operator]
    assert rates.positive_likelihood_ratio(**data, method="log").low is None
    negative = rates.negative_likelihood_ratio(**data)
    assert (negative.value, negative.low) == (0, 0)
    assert 0 < negative.high < 0.3  # type: ignore[operator]
    no_log = rates.negative_likelihood_ratio(**data, method="log")
    assert (no_log.value, no_log.low) == (0, None)
    assert no_log.reason is not None


def test_ratios_of_repeated_patients_have_no_score_interval() -> None:
    data = _many()
    for measure in (rates.positive_likelihood_ratio, rates.diagnostic_odds_ratio):
        e = measure(**data, method="score")
        assert e.value is not None
        assert e.low is None
        assert "patients are repeated" in str(e.reason)
    log = rates.positive_likelihood_ratio(**data, method="log")
    assert log.df == 39
    assert "between patients" in log.method


def test_one_patient_with_both_kinds_says_nothing_about_others() -> None:
    data = {"truth": [1, 1, 0, 0], "call": [1, 0, 1, 0], "cluster": [1, 1, 1, 1]}
    for method in ("mover", "log"):
        e = rates.positive_likelihood_ratio(**data, method=method)
        assert (e.value, e.low) == (1, None)
        assert e.reason is not None


def test_mover_without_an_upper_bound_says_so() -> None:
    e = rates.negative_likelihood_ratio(truth=[0, 0, 1, 1], call=[0, 0, 1, 1], cluster=[1, 1, 2, 3], method="mover")
    assert (e.value, e.low, e.high) == (0, 0, None)
    assert e.reason == "there is no upper bound"


def test_predictive_values_elsewhere_on_paper() -> None:
    values = rates.predictive_values_at_prevalence(truth=TRUTH, call=CALL, prevalence=0.1)
    assert values.positive.value == pytest.approx(0.8 * 0.1 / (0.8 * 0.1 + 0.25 * 0.9))
    assert values.negative.value == pytest.approx(0.75 * 0.9 / (0.75 * 0.9 + 0.2 * 0.1))
    same = rates.predictive_values_at_prevalence(truth=TRUTH, call=CALL, prevalence=5 / 9)
    assert same.positive.value == pytest.approx(4 / 5)
    for e in (*values, *same):
        assert e.low < e.value < e.high  # type: ignore[operator]


def test_predictive_values_elsewhere_at_the_ends() -> None:
    perfect = {"truth": [1] * 20 + [0] * 30, "call": [1] * 20 + [0] * 30}
    both = rates.predictive_values_at_prevalence(**perfect, prevalence=0.05)
    for e in both:
        assert (e.value, e.high, e.reason) == (1, 1, None)
        assert 0 < e.low < 1  # type: ignore[operator]
    log = rates.predictive_values_at_prevalence(**perfect, prevalence=0.05, method="log")
    assert (log.positive.value, log.positive.low) == (1, None)
    assert log.positive.reason is not None
    never = rates.predictive_values_at_prevalence(truth=[1, 0], call=[0, 0], prevalence=0.05)
    assert (never.positive.value, never.positive.reason) == (None, "no case was called positive")
    assert never.negative.value == pytest.approx(0.95)
    one_class = rates.predictive_values_at_prevalence(truth=[1, 1], call=[0, 1], prevalence=0.05)
    assert one_class.negative.reason == "every case has the finding"


@pytest.mark.parametrize("prevalence", [0, 1, 5])
def test_a_prevalence_is_a_fraction(prevalence: float) -> None:
    with pytest.raises(ArgumentError, match="prevalence must be between 0 and 1"):
        rates.predictive_values_at_prevalence(truth=TRUTH, call=CALL, prevalence=prevalence)


@pytest.mark.parametrize("measure", [m for m in ALL if m is not rates.youden_index], ids=_name)
def test_an_unknown_method_is_refused(measure: Measure) -> None:
    with pytest.raises(ArgumentError, match="method must be one of its methods"):
        measure(truth=TRUTH, call=CALL, method="wilsom")


@pytest.mark.parametrize("kind", ["positive", "negative"])
@settings(deadline=None)
@given(arrays(np.float64, (6, 12), elements=st.sampled_from([0.0, 1.0, np.nan])), st.booleans())
def test_many_likelihood_ratios_are_each_the_single_one(kind: str, call: np.ndarray, repeated: bool) -> None:
    truth = np.tile(np.arange(12) % 3 == 0, (6, 1)).astype(float)
    truth[5] = 1.0
    cluster = np.arange(12) // 2 if repeated else None
    alone = rates.positive_likelihood_ratio if kind == "positive" else rates.negative_likelihood_ratio
    many = likelihood_ratios(kind=kind, truth=truth, call=call, cluster=cluster, level=0.9)
    assert many == [alone(truth=t, call=c, cluster=cluster, level=0.9) for t, c in zip(truth, call, strict=True)]
