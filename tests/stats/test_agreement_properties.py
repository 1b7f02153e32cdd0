"""What every agreement coefficient must do, whatever its formula: one list of members, the same tests for all."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.fleiss import conger_kappa, fleiss_kappa, light_kappa
from ecg_eval.stats.agreement.gwet import gwet_ac1, gwet_ac2
from ecg_eval.stats.agreement.kappa import brennan_prediger, cohen_kappa, pabak, scott_pi
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.percent_agreement import percent_agreement, randolph_kappa, unanimous_agreement
from ecg_eval.stats.agreement.specific_agreement import (
    bias_index,
    negative_agreement,
    observed_agreement,
    positive_agreement,
    prevalence_index,
    specific_agreement,
)
from ecg_eval.stats.estimate import Estimate, is_defined

Kernel = Callable[..., Estimate]


def of_pair(kernel: Kernel) -> Kernel:
    """Call a two-rater kernel with a table of two columns."""

    def call(ratings: np.ndarray, **options: object) -> Estimate:
        return kernel(first=ratings[:, 0], second=ratings[:, 1], **options)

    return call


CHANCE_CORRECTED: dict[str, Kernel] = {
    "cohen": of_pair(cohen_kappa),
    "cohen wald": of_pair(partial(cohen_kappa, interval="wald", test="wald")),
    "cohen quadratic": of_pair(partial(cohen_kappa, weights="quadratic")),
    "scott": of_pair(scott_pi),
    "brennan_prediger": of_pair(brennan_prediger),
    "ac1": gwet_ac1,
    "ac2": partial(gwet_ac2, weights="linear"),
    "fleiss": fleiss_kappa,
    "conger": conger_kappa,
    "light": light_kappa,
    "randolph": randolph_kappa,
    "alpha": krippendorff_alpha,
    "alpha ordinal": partial(krippendorff_alpha, metric="ordinal"),
    "alpha interval": partial(krippendorff_alpha, metric="interval"),
}
BINARY: dict[str, Kernel] = {
    "pabak": of_pair(pabak),
    "positive": of_pair(positive_agreement),
    "negative": of_pair(negative_agreement),
    "positive wald": of_pair(partial(positive_agreement, interval="wald")),
}
SHARES: dict[str, Kernel] = {
    "observed": of_pair(observed_agreement),
    "observed exact": of_pair(partial(observed_agreement, interval="clopper_pearson")),
    "percent": percent_agreement,
    "unanimous": unanimous_agreement,
}
INDICES: dict[str, Kernel] = {"prevalence index": of_pair(prevalence_index), "bias index": of_pair(bias_index)}
AGREEMENT = CHANCE_CORRECTED | BINARY | SHARES
ALL = AGREEMENT | INDICES


def readings(seed: int = 1, n: int = 60, *, missing: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    table = np.where(rng.random((n, 2)) < 0.85, truth[:, None], ~truth[:, None]).astype(float)
    if missing:
        table[rng.random(table.shape) < 0.1] = np.nan
    return table


def numbers(estimate: Estimate) -> list[float]:
    parts = (estimate.value, estimate.low, estimate.high, estimate.standard_error, estimate.statistic, estimate.p_value)
    return [np.nan if part is None else part for part in parts]


@pytest.mark.parametrize("name", ALL)
def test_the_interval_holds_the_value_and_the_value_its_range(name: str) -> None:
    found = ALL[name](ratings=readings(missing=True))
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low > 0.01


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_cases_does_not_matter(name: str) -> None:
    table = readings(missing=True)
    patient = np.arange(len(table)) // 3
    order = np.random.default_rng(5).permutation(len(table))
    one, other = ALL[name](ratings=table), ALL[name](ratings=table[order])
    np.testing.assert_allclose(numbers(one), numbers(other), atol=1e-12)
    one, other = ALL[name](ratings=table, cluster=patient), ALL[name](ratings=table[order], cluster=patient[order])
    np.testing.assert_allclose(numbers(one), numbers(other), atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"bias index"}))
def test_the_order_of_raters_does_not_matter(name: str) -> None:
    table = readings(missing=True)
    one, other = ALL[name](ratings=table), ALL[name](ratings=table[:, ::-1])
    np.testing.assert_allclose(numbers(one), numbers(other), atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(CHANCE_CORRECTED) - {"alpha interval"}))
def test_the_names_of_categories_do_not_matter(name: str) -> None:
    table = readings(missing=True)
    words = np.where(np.isnan(table), "", np.where(table == 1, "present", "absent"))
    objects = np.where(words == "", None, words.astype(object))
    plain = numbers(CHANCE_CORRECTED[name](ratings=table))
    np.testing.assert_allclose(numbers(CHANCE_CORRECTED[name](ratings=words)), plain, atol=1e-12)
    np.testing.assert_allclose(numbers(CHANCE_CORRECTED[name](ratings=objects)), plain, atol=1e-12)


@pytest.mark.parametrize("name", AGREEMENT)
def test_perfect_agreement_is_1_and_not_certain(name: str) -> None:
    table = np.repeat(readings()[:, :1], 2, axis=1)
    found = AGREEMENT[name](ratings=table)
    assert found.value == pytest.approx(1)
    if found.low is None:
        assert found.reason
    else:
        assert found.low < 0.999
        assert found.high == pytest.approx(1)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("table", [np.empty((0, 2)), np.full((5, 2), np.nan), [[1, np.nan], [np.nan, 0]]], ids=str)
def test_without_a_pair_of_ratings_it_is_undefined(name: str, table: np.ndarray) -> None:
    found = ALL[name](ratings=np.asarray(table, dtype=float))
    assert not is_defined(found)
    assert found.reason


@pytest.mark.parametrize("name", CHANCE_CORRECTED)
def test_one_category_is_undefined_with_a_reason(name: str) -> None:
    found = CHANCE_CORRECTED[name](ratings=np.zeros((20, 2)))
    assert not is_defined(found)
    assert "categor" in str(found.reason)


@pytest.mark.parametrize("name", ALL)
def test_one_patient_gives_no_interval(name: str) -> None:
    table = readings()
    found = ALL[name](ratings=table, cluster=np.zeros(len(table)))
    assert is_defined(found)
    assert found.low is None
    assert found.n_clusters == 1
    assert "cluster" in str(found.reason)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"observed", "observed exact", "unanimous"}))
def test_clusters_of_one_case_give_the_unclustered_error_up_to_the_small_sample_factor(name: str) -> None:
    table = readings()
    n = len(table)
    alone, clustered = ALL[name](ratings=table), ALL[name](ratings=table, cluster=np.arange(n))
    assert alone.standard_error is not None
    assert clustered.standard_error is not None
    ratio = clustered.standard_error / alone.standard_error
    assert min(abs(ratio - 1), abs(ratio - np.sqrt(n / (n - 1)))) < 1e-12
    assert clustered.n_clusters == n


@pytest.mark.parametrize("name", sorted(set(ALL) - {"alpha", "alpha ordinal", "alpha interval"}))
def test_copies_of_cases_in_one_cluster_add_nothing(name: str) -> None:
    table = readings(n=40)
    twice = np.repeat(table, 2, axis=0)
    once = ALL[name](ratings=table, cluster=np.arange(40))
    copied = ALL[name](ratings=twice, cluster=np.arange(80) // 2)
    assert copied.value == pytest.approx(once.value)
    assert copied.standard_error == pytest.approx(once.standard_error)
    assert copied.n == 80
    assert copied.n_clusters == 40


@pytest.mark.parametrize("name", AGREEMENT)
def test_a_higher_level_gives_a_wider_interval(name: str) -> None:
    narrow, wide = (AGREEMENT[name](ratings=readings(), level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low
    assert wide.high >= narrow.high
    assert wide.level == 0.99


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("options", "what"),
    [({"level": 1.0}, "level"), ({"cluster": [1, 2]}, "cluster")],
    ids=["level", "cluster"],
)
def test_bad_arguments_are_refused(name: str, options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        ALL[name](ratings=readings(), **options)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"unanimous", "cohen wald", "positive wald", "observed exact"}))
def test_an_unknown_choice_gets_a_suggestion(name: str) -> None:
    choice = "variance" if name in INDICES else "interval"
    kernel = ALL[name]
    with pytest.raises(ArgumentError, match=r"Known|Did you mean"):
        kernel(ratings=readings(), **{choice: "walld"})


def test_many_raters_take_holes_and_two_raters_are_their_special_case() -> None:
    table = readings()
    pair = cohen_kappa(first=table[:, 0], second=table[:, 1])
    assert conger_kappa(ratings=table).value == pytest.approx(pair.value)
    assert light_kappa(ratings=table).value == pytest.approx(pair.value)
    assert fleiss_kappa(ratings=table).value == pytest.approx(scott_pi(first=table[:, 0], second=table[:, 1]).value)
    bp = brennan_prediger(first=table[:, 0], second=table[:, 1])
    np.testing.assert_allclose(numbers(randolph_kappa(ratings=table)), numbers(bp), atol=1e-12)
    assert bp.value == pytest.approx(pabak(first=table[:, 0], second=table[:, 1]).value)


def test_specific_agreement_of_a_category_is_positive_agreement_on_it() -> None:
    table = readings(missing=True)
    words = np.where(np.isnan(table), None, np.where(table == 1, "AF", "SR"))
    named = specific_agreement(first=words[:, 0], second=words[:, 1], category="AF")
    plain = positive_agreement(first=table[:, 0], second=table[:, 1])
    np.testing.assert_allclose(numbers(named), numbers(plain))
    assert not is_defined(specific_agreement(first=words[:, 0], second=words[:, 1], category="VT"))
