"""Observed and specific agreement and the indices against paper arithmetic and epiR."""

import numpy as np
import pytest
from scipy.stats import binomtest, t
from statsmodels.stats.proportion import proportion_confint

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.specific_agreement import (
    bias_index,
    negative_agreement,
    observed_agreement,
    positive_agreement,
    prevalence_index,
)
from ecg_eval.stats.estimate import is_defined

# the salmon example of epiR's epi.kappa: 19 both, 10 and 6 one alone, 256 neither
FIRST = np.repeat([1, 1, 0, 0], [19, 10, 6, 256])
SECOND = np.repeat([1, 0, 1, 0], [19, 10, 6, 256])


def test_values_on_paper() -> None:
    assert observed_agreement(first=FIRST, second=SECOND).value == pytest.approx(275 / 291)
    positive = positive_agreement(first=FIRST, second=SECOND)
    assert positive.value == pytest.approx(38 / 54)
    assert positive.n_positive == 19
    assert negative_agreement(first=FIRST, second=SECOND).value == pytest.approx(512 / 528)
    assert prevalence_index(first=FIRST, second=SECOND).value == pytest.approx((19 - 256) / 291)
    assert bias_index(first=FIRST, second=SECOND).value == pytest.approx(4 / 291)


@pytest.mark.parametrize(("interval", "their"), [("wilson", "wilson"), ("clopper_pearson", "exact")])
def test_shares_have_the_binomial_intervals(interval: str, their: str) -> None:
    peer = binomtest(275, 291).proportion_ci(method=their)
    found = observed_agreement(first=FIRST, second=SECOND, interval=interval)
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high), abs=1e-9)
    # positive agreement carries the interval of 19 in 35 over, 2 x / (1 + x)
    inner = binomtest(19, 35).proportion_ci(method=their)
    found = positive_agreement(first=FIRST, second=SECOND, interval=interval)
    assert (found.low, found.high) == pytest.approx(
        (2 * inner.low / (1 + inner.low), 2 * inner.high / (1 + inner.high)), abs=1e-9
    )


def test_the_default_is_agresti_and_coull() -> None:
    found = observed_agreement(first=FIRST, second=SECOND)
    assert (found.low, found.high) == pytest.approx(proportion_confint(275, 291, method="agresti_coull"), abs=1e-9)


def test_positive_agreement_error_is_the_delta_method() -> None:
    # Graham & Bull 1998: SE = 2 sqrt(a (b + c) (a + b + c)) / (2a + b + c)^2
    found = positive_agreement(first=FIRST, second=SECOND)
    assert found.standard_error == pytest.approx(2 * np.sqrt(19 * 16 * 35) / 54**2)


def test_indices_keep_the_covariance_that_epir_leaves_out() -> None:
    # epiR 2.0.57, epi.kappa(...)$pindex and $bindex
    pindex = prevalence_index(first=FIRST, second=SECOND, variance="independent")
    assert pindex.standard_error == pytest.approx(0.0239442291235398, abs=1e-12)
    bindex = bias_index(first=FIRST, second=SECOND, variance="independent")
    assert (bindex.low, bindex.high) == pytest.approx((-0.033383006432274, 0.0608744153669819), abs=1e-10)
    exact = prevalence_index(first=FIRST, second=SECOND)
    share = np.array([19, 256]) / 291
    assert exact.standard_error == pytest.approx(np.sqrt((share.sum() - (share[0] - share[1]) ** 2) / 291))
    with pytest.raises(ArgumentError, match="multinomial"):
        bias_index(first=FIRST, second=SECOND, cluster=np.arange(291), variance="independent")


def test_clusters_take_the_effective_number_of_cases() -> None:
    patient = np.repeat(np.arange(291), 3)
    copies = np.repeat(FIRST, 3), np.repeat(SECOND, 3)
    once = observed_agreement(first=FIRST, second=SECOND, cluster=np.arange(291))
    for interval in ("agresti_coull", "wilson", "clopper_pearson", "mid_p", "jeffreys"):
        found = observed_agreement(first=copies[0], second=copies[1], cluster=patient, interval=interval)
        assert found.n == 873
        assert found.n_clusters == 291
        assert found.df == 290
    assert observed_agreement(first=copies[0], second=copies[1], cluster=patient).low == pytest.approx(once.low)


def test_without_disagreement_clusters_count_as_one_case_each() -> None:
    same = np.ones(60)
    found = observed_agreement(first=same, second=same, cluster=np.arange(60) // 3)
    assert found.value == 1
    events, total = 20 + t.ppf(0.975, 19) ** 2 / 2, 20 + t.ppf(0.975, 19) ** 2
    share = events / total
    assert found.low == pytest.approx(share - t.ppf(0.975, 19) * np.sqrt(share * (1 - share) / total))
    never = positive_agreement(first=[1, 1, 0, 0], second=[0, 0, 0, 0], cluster=[1, 1, 2, 3])
    assert never.value == 0
    assert never.high > 0.5


def test_nobody_chose_the_category() -> None:
    found = positive_agreement(first=[0, 0], second=[0, 0])
    assert not is_defined(found)
    assert "no rater ever chose" in str(found.reason)
    assert not is_defined(negative_agreement(first=[1, 1], second=[1, 1]))
