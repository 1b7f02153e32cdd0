"""What the whole house promises: one meaning of "wald", one way with a perfect result, one home of a test's numbers."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm, t

from ecg_eval import stats
from ecg_eval.stats.estimate import Estimate, is_defined

N = 60
RNG = np.random.default_rng(1)
TRUTH = (RNG.random(N) < 0.4).astype(float)
CALLS = np.where(RNG.random((N, 2)) < 0.85, TRUTH[:, None], 1 - TRUTH[:, None])
PATIENT = np.arange(N) // 3

PAIR = ("cohen_kappa", "scott_pi", "brennan_prediger", "pabak", "observed_agreement", "positive_agreement")
TABLE = ("fleiss_kappa", "conger_kappa", "light_kappa", "gwet_ac1", "krippendorff_alpha", "percent_agreement")
RATES = ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value", "accuracy")

Kernel = Callable[..., Estimate]


def agreement_of(table: np.ndarray) -> dict[str, Kernel]:
    pairs = {name: partial(getattr(stats, name), first=table[:, 0], second=table[:, 1]) for name in PAIR}
    return pairs | {name: partial(getattr(stats, name), ratings=table) for name in TABLE}


def counted() -> dict[str, Kernel]:
    pairs = {"n_both": 10, "n_only_first": 8, "n_only_second": 3, "n_neither": 20}
    groups = {"n_events_first": 7, "n_first": 30, "n_events_second": 12, "n_second": 25}
    return {
        "single_proportion": partial(stats.single_proportion, n_events=7, n=30),
        "compare_paired_proportions": partial(stats.compare_paired_proportions, **pairs),
        "compare_unpaired_proportions": partial(stats.compare_unpaired_proportions, **groups),
    }


def assert_wald(found: Estimate) -> None:
    assert is_defined(found)
    assert found.standard_error is not None
    quantile = norm.ppf(0.975) if found.df is None else t.ppf(0.975, found.df)
    half = quantile * found.standard_error
    assert found.low == pytest.approx(max(found.value - half, -1.0))
    assert found.high == pytest.approx(min(found.value + half, 1.0))


@pytest.mark.parametrize("name", [*PAIR, *TABLE])
@pytest.mark.parametrize("cluster", [None, PATIENT], ids=["cases", "patients"])
def test_wald_is_value_and_quantile_times_its_standard_error(name: str, cluster: np.ndarray | None) -> None:
    assert_wald(agreement_of(CALLS)[name](interval="wald", cluster=cluster))


@pytest.mark.parametrize("name", counted())
def test_wald_of_counts_is_the_same(name: str) -> None:
    assert_wald(counted()[name](method="wald"))


def perfect() -> dict[str, Callable[[], Estimate]]:
    y = np.tile([0, 1], 20)
    x = y.astype(float)
    same = np.stack([x, x], axis=1)
    readers = {
        "reader": np.repeat(["a", "b", "c"], 40),
        "case": np.tile(np.arange(40), 3),
        "truth": np.tile(y, 3),
        "score": np.tile(x, 3),
    }
    kernels: dict[str, Callable[[], Estimate]] = {
        name: partial(getattr(stats, name), truth=y, call=y) for name in (*RATES, "f1", "youden_index", "f_beta")
    }
    kernels |= {f"{name} of patients": partial(kernels[name], cluster=np.arange(40) // 4) for name in RATES}
    kernels |= {f"{name} wald": partial(kernels[name], method="wald") for name in (*RATES, "f1")}
    agreement = agreement_of(same)
    kernels |= agreement | {f"{name} wald": partial(k, interval="wald") for name, k in agreement.items()}
    for method in ("score", "delong", "delong_logit", "newcombe", "hanley_mcneil", "obuchowski"):
        kernels[f"auroc {method}"] = partial(stats.auroc, truth=y, score=x, method=method)
    return kernels | {
        "average_precision": partial(stats.average_precision, truth=y, score=x),
        "exact match": partial(stats.exact_match_accuracy, truth=same, call=same),
        "reader_average": partial(stats.reader_average, **readers),
        "ccc": lambda: stats.lin_ccc(first=np.arange(9.0), second=np.arange(9.0)).ccc,
        "icc": lambda: stats.intraclass_correlation(ratings=np.stack([np.arange(9.0)] * 2, axis=1), form="2,1").icc,
    }


@pytest.mark.parametrize("name", perfect())
def test_a_perfect_result_stands_and_is_not_certain(name: str) -> None:
    found = perfect()[name]()
    assert found.value == pytest.approx(1)
    assert found.standard_error is None  # a spread of 0 is not how sure one is
    if found.low is None:
        assert found.high is None
        assert found.reason
    else:
        assert found.low < 0.99
        assert found.high == pytest.approx(1)


@pytest.mark.parametrize("name", [n for n in stats.__all__ if n.endswith("_test") or n.startswith("compare_")])
def test_a_test_keeps_its_numbers_in_an_estimate(name: str) -> None:
    returned = getattr(stats, name).__annotations__["return"]
    tests = [key for key in getattr(returned, "__annotations__", {}) if key.endswith("test")]  # "test", "f_test"
    assert returned is Estimate or tests or returned.__name__ == "AlternativeAnnotatorTest"
