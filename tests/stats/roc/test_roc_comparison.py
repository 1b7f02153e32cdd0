"""Tests between AUCs. Numbers of pROC stand in the oracle cases 06-roc and 06a-roc-delong-aSAH."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.roc.area import auroc, delong_covariance
from ecg_eval.stats.roc.roc_comparison import compare_aurocs, compare_several_aurocs, compare_unpaired_aurocs


def two_scores(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.4).astype(int)
    a = rng.normal(size=n) + 1.5 * truth
    return truth, a, 0.5 * a + rng.normal(size=n)


@pytest.mark.parametrize("method", ["delong_t", "delong"])
def test_swapping_the_scores_turns_the_sign_only(method: str) -> None:
    truth, a, b = two_scores()
    ab = compare_aurocs(truth=truth, score_first=a, score_second=b, method=method)
    ba = compare_aurocs(truth=truth, score_first=b, score_second=a, method=method)
    assert ab.value == pytest.approx(-ba.value)
    assert ab.low == pytest.approx(-ba.high)
    assert ab.p_value == pytest.approx(ba.p_value)
    assert ab.low < ab.value < ab.high


def test_t_by_hand() -> None:
    truth, a, b = two_scores()
    got = compare_aurocs(truth=truth, score_first=a, score_second=b)
    s = delong_covariance(truth=truth, scores=np.column_stack([a, b]))
    assert got.standard_error**2 == pytest.approx(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    assert got.p_value == pytest.approx(2 * stats.t.sf(abs(got.statistic), got.df))
    assert min(truth.sum(), (1 - truth).sum()) - 1 <= got.df <= truth.size - 2


def test_alternatives_add_up_and_a_margin_shifts_the_null() -> None:
    truth, a, b = two_scores()
    greater, less = (
        compare_aurocs(truth=truth, score_first=a, score_second=b, alternative=x) for x in ("greater", "less")
    )
    assert greater.p_value + less.p_value == pytest.approx(1)
    shifted = compare_aurocs(truth=truth, score_first=b, score_second=a, alternative="greater", null_difference=-0.5)
    assert shifted.p_value < 0.01
    assert shifted.statistic == pytest.approx((shifted.value + 0.5) / shifted.standard_error)


def test_scores_that_order_alike_have_no_test() -> None:
    truth, a, _ = two_scores()
    got = compare_aurocs(truth=truth, score_first=a, score_second=np.exp(a))
    assert got.value == 0
    assert got.p_value is None
    assert "variance" in got.reason


def test_one_class_and_one_positive() -> None:
    assert not is_defined(compare_aurocs(truth=[1, 1], score_first=[1, 2], score_second=[2, 1]))
    one = compare_aurocs(truth=[1, 0, 0], score_first=[1, 2, 0], score_second=[2, 1, 1.5])
    assert one.value == -0.5
    assert one.low is None


def test_a_case_missing_in_one_score_leaves_both() -> None:
    truth, a, b = two_scores()
    b[5] = np.nan
    kept = np.arange(truth.size) != 5
    assert compare_aurocs(truth=truth, score_first=a, score_second=b) == compare_aurocs(
        truth=truth[kept], score_first=a[kept], score_second=b[kept]
    )


def test_repeated_patients_count_once() -> None:
    truth, a, b = two_scores()
    plain = compare_aurocs(truth=truth, score_first=a, score_second=b)
    doubled = compare_aurocs(
        truth=np.tile(truth, 2),
        score_first=np.tile(a, 2),
        score_second=np.tile(b, 2),
        cluster=np.tile(np.arange(120), 2),
    )
    assert doubled.p_value == pytest.approx(plain.p_value)
    assert doubled.n_clusters == 120


@pytest.mark.parametrize(
    "bad", [{"method": "z"}, {"alternative": "two sided"}, {"score_second": [1.0, 2.0]}], ids=lambda b: next(iter(b))
)
def test_bad_arguments(bad: dict) -> None:
    with pytest.raises(ArgumentError):
        compare_aurocs(**({"truth": [0, 1, 1], "score_first": [1, 2, 3], "score_second": [1, 2, 3]} | bad))


def test_unpaired_by_hand() -> None:
    one, two = two_scores(seed=1), two_scores(80, seed=2)
    data = {"truth_first": one[0], "score_first": one[1], "truth_second": two[0], "score_second": two[2]}
    got = compare_unpaired_aurocs(**data, method="proc")
    v = [delong_covariance(truth=t, scores=s)[0, 0] for t, s in ((one[0], one[1]), (two[0], two[2]))]
    assert got.value == pytest.approx(auroc(truth=one[0], score=one[1]).value - auroc(truth=two[0], score=two[2]).value)
    assert got.df == pytest.approx(sum(v) ** 2 / (v[0] ** 2 / 119 + v[1] ** 2 / 79))
    assert got.n == 200
    cautious = compare_unpaired_aurocs(**data)
    assert cautious.statistic == got.statistic
    assert cautious.df < got.df
    assert cautious.p_value > got.p_value


@pytest.mark.parametrize(
    ("truth", "score", "defined", "words"),
    [
        ([1, 1], [1, 2], False, "second cohort"),
        ([1, 0, 0], [1, 2, 3], True, "one case"),
        ([1, 1, 0, 0], [3, 4, 1, 2], True, None),
    ],
)
def test_unpaired_edges(truth: list, score: list, defined: bool, words: str | None) -> None:
    base, a, _ = two_scores()
    got = compare_unpaired_aurocs(truth_first=base, score_first=a, truth_second=truth, score_second=score)
    assert is_defined(got) == defined
    if words:
        assert words in got.reason
        assert got.p_value is None


def test_two_perfect_cohorts_have_no_test() -> None:
    t, s = [1, 1, 0, 0], [3, 4, 1, 2]
    got = compare_unpaired_aurocs(truth_first=t, score_first=s, truth_second=t, score_second=s)
    assert got.value == 0
    assert "variance" in got.reason
    with pytest.raises(ArgumentError):
        compare_unpaired_aurocs(truth_first=t, score_first=s, truth_second=t, score_second=s, alternative="x")
    with pytest.raises(ArgumentError):
        compare_unpaired_aurocs(truth_first=t, score_first=s, truth_second=t, score_second=s, method="x")


def test_two_readers_by_chi_square_are_the_square_of_z() -> None:
    truth, a, b = two_scores()
    z = compare_aurocs(truth=truth, score_first=a, score_second=b, method="delong")
    got = compare_several_aurocs(truth=truth, scores=np.column_stack([a, b]), method="chi_square")
    assert got.statistic == pytest.approx(z.statistic**2)
    assert got.p_value == pytest.approx(z.p_value)
    assert got.df == 1


def test_two_readers_by_f_are_the_square_of_t() -> None:
    truth, a, b = two_scores()
    t = compare_aurocs(truth=truth, score_first=a, score_second=b)
    assert compare_several_aurocs(truth=truth, scores=np.column_stack([a, b])).p_value == pytest.approx(t.p_value)


def test_contrasts_of_three_readers_do_not_depend_on_the_first() -> None:
    truth, a, b = two_scores()
    c = np.random.default_rng(9).normal(size=truth.size)
    first = compare_several_aurocs(truth=truth, scores=np.column_stack([a, b, c]))
    other = compare_several_aurocs(truth=truth, scores=np.column_stack([c, a, b]))
    given = compare_several_aurocs(
        truth=truth, scores=np.column_stack([a, b, c]), contrasts=[[1, -1, 0], [0, 1, -1], [1, 0, -1]]
    )
    assert first.statistic == pytest.approx(other.statistic)
    assert given.statistic == pytest.approx(first.statistic)
    assert given.df == first.df == 2


def test_several_edges() -> None:
    truth, a, _ = two_scores()
    assert not is_defined(compare_several_aurocs(truth=[1, 1], scores=[[1, 2], [2, 1]]))
    assert not is_defined(compare_several_aurocs(truth=[1, 0, 0], scores=[[1, 2], [2, 1], [3, 0]]))
    assert "variance" in compare_several_aurocs(truth=truth, scores=np.column_stack([a, 2 * a])).reason
    rng = np.random.default_rng(3)
    few = compare_several_aurocs(truth=[1, 1, 0, 0, 0, 0], scores=rng.normal(size=(6, 7)))
    assert "too few cases" in few.reason
    with pytest.raises(ArgumentError):
        compare_several_aurocs(truth=truth, scores=np.column_stack([a, a]), method="z")
    for scores, contrasts in ((a[:, None], None), (np.column_stack([a, a]), [[1, -1, 0]])):
        with pytest.raises(ArgumentError):
            compare_several_aurocs(truth=truth, scores=scores, contrasts=contrasts)


def test_transposed_scores_are_refused() -> None:
    truth, a, b = two_scores()
    with pytest.raises(ArgumentError, match="cases are rows"):
        compare_several_aurocs(truth=truth, scores=np.stack([a, b]))
    with pytest.raises(ArgumentError, match="as many as truth"):
        compare_several_aurocs(truth=truth, scores=np.stack([a, b])[:, :-1])
