"""Signed ranks on paper; values of R's stats, coin and exactRankTests: tests/oracles/own/17-wilcoxon-paired."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.measurement.signed_rank import ALL_ZERO, sign_test, signed_rank_test, signed_ranks, walsh_rank

NAN = float("nan")


def test_ranks_on_paper() -> None:
    """Differences 2, -1, 4, 0: ranks 2, 1, 3 without the zero; 3, 2, 4 with it."""
    pair = {"first": [3, 1, 9, 5, NAN], "second": [1, 2, 5, 5, 1]}
    ranks = signed_ranks(**pair)
    assert (ranks.n, ranks.n_zero, ranks.positive, ranks.negative) == (4, 1, 5, 1)
    assert ranks.rank_biserial == pytest.approx(4 / 6)
    assert ranks.median == 1
    assert signed_ranks(**pair, pratt=True).positive == 7
    nothing = signed_ranks(first=[NAN], second=[1])
    assert (nothing.n, nothing.median) == (0, None)


def test_differences_that_rounding_tells_apart_are_the_same() -> None:
    # 0.3 - 0.2 and 0.2 - 0.1 differ in the last bit; their ranks are tied
    ranks = signed_ranks(first=[0.3, 0.2, 0.9], second=[0.2, 0.1, 1.9])
    assert ranks.positive == 3
    assert signed_ranks(first=[0, 0], second=[0, 0]).n_zero == 2


@pytest.mark.parametrize("n", [12, 150, 400])
def test_the_p_value_is_scipys(n: int) -> None:
    d = np.random.default_rng(n).normal(0.2, 1, n)
    ours = signed_rank_test(first=d, second=np.zeros(n), method="exact")
    theirs = wilcoxon(d, mode="exact" if n <= 200 else "approx")
    assert ours.p_value == pytest.approx(theirs.pvalue)


def test_the_interval_belongs_to_the_test() -> None:
    """Shifted by a bound, the differences are just not rejected; a little further they are."""
    d = np.random.default_rng(3).normal(1, 2, 15)
    e = signed_rank_test(first=d, second=np.zeros(15))
    for bound, step in ((e.low, -1e-6), (e.high, 1e-6)):
        inside, outside = (signed_rank_test(first=d, second=np.full(15, bound + s)).p_value for s in (-step, step))
        assert inside > 0.05 >= outside  # type: ignore[operator]


def test_many_pairs_need_no_table_of_walsh_averages() -> None:
    d = np.random.default_rng(2).normal(3, 1, 1600)
    e = signed_rank_test(first=d, second=np.zeros(1600))
    i, j = np.triu_indices(1600)
    averages = (d[i] + d[j]) / 2
    assert e.value == pytest.approx(np.median(averages))
    assert e.low == pytest.approx(np.sort(averages)[walsh_rank(d, method="pratt") - 1])
    assert signed_rank_test(first=np.full(1600, 2.0), second=np.zeros(1600)).value == 2


def test_few_pairs_have_no_interval() -> None:
    e = signed_rank_test(first=[1, 2, 3], second=[0, 0, 0])
    assert (e.value, e.low, e.p_value) == (2, None, 0.25)
    assert "too few" in (e.reason or "")
    assert signed_rank_test(first=[1, 2, 3, 4, 5, 6], second=[0] * 6).low is not None


def test_what_has_no_test() -> None:
    assert signed_rank_test(first=[1, 2], second=[1, 2]).reason == ALL_ZERO
    assert signed_rank_test(first=[NAN], second=[2]).reason == "no pair is complete"
    assert sign_test(first=[1, 2], second=[1, 2]).reason == ALL_ZERO
    assert sign_test(first=[2, 3, 4], second=[1, 1, 5]).value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"method": "exactly"}, "one of exact"),
        ({"alternative": "more"}, "one of two_sided"),
        ({"level": 2}, "between 0 and 1"),
        ({"second": [1]}, "one shape"),
        ({"second": [1, float("inf")]}, "finite"),
    ],
)
def test_bad_arguments_are_refused(wrong: dict[str, object], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        signed_rank_test(**({"first": [1, 2], "second": [2, 2]} | wrong))  # type: ignore[arg-type]
