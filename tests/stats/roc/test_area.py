"""AUC, its variance and its values over resamples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.resampling.draws import draw_weights, jackknife_weights
from ecg_eval.stats.roc.area import auroc, delong_covariance, placement_values, weighted_auroc
from ecg_eval.stats.roc.auroc_intervals import hanley_mcneil_variance, obuchowski_variance, score_bounds, wald_bounds

METHODS = ("score", "delong", "delong_logit", "newcombe", "hanley_mcneil", "obuchowski")


def tied_scores(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    return truth.astype(int), np.round(rng.normal(size=n) + truth, 1)


def test_by_hand() -> None:
    # positives 2 and 3, negatives 1 and 2: pairs won 1, 1, 1 and one tie
    got = auroc(truth=[0, 0, 1, 1], score=[1, 2, 2, 3])
    assert got.value == 3.5 / 4
    of_positives, of_negatives = placement_values(truth=[0, 0, 1, 1], scores=[1, 2, 2, 3])
    assert of_positives.tolist() == [[0.75, 1.0]]
    assert of_negatives.tolist() == [[1.0, 0.75]]
    # S10 = S01 = 0.03125, each divided by 2
    assert delong_covariance(truth=[0, 0, 1, 1], scores=[1, 2, 2, 3])[0, 0] == pytest.approx(0.03125)


@pytest.mark.parametrize("method", METHODS)
def test_interval_contains_the_value_and_widens_with_the_level(method: str) -> None:
    truth, score = tied_scores()
    narrow, wide = (auroc(truth=truth, score=score, method=method, level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert narrow.value == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_turning_scores_or_truth_round_mirrors_everything(method: str) -> None:
    truth, score = tied_scores()
    plain, turned = auroc(truth=truth, score=score, method=method), auroc(truth=truth, score=-score, method=method)
    assert turned.value == pytest.approx(1 - plain.value)
    if method != "hanley_mcneil":  # its variance is not symmetric
        assert turned.low == pytest.approx(1 - plain.high)
        assert turned.high == pytest.approx(1 - plain.low)


def test_order_of_cases_and_a_rising_map_change_nothing() -> None:
    truth, score = tied_scores()
    order = np.random.default_rng(1).permutation(truth.size)
    plain = auroc(truth=truth, score=score)
    assert auroc(truth=truth[order], score=np.exp(score[order])).low == pytest.approx(plain.low)


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ([], "no case"),
        ([1, 1], "every case"),
        ([0, 0], "no case has the finding"),
        ([np.nan, np.nan], "no case has both"),
    ],
)
def test_one_class_is_undefined_with_a_reason(truth: list, reason: str) -> None:
    got = auroc(truth=truth, score=np.zeros(len(truth)))
    assert not is_defined(got)
    assert reason in got.reason


def test_missing_cases_are_left_out_and_counted() -> None:
    truth, score = tied_scores()
    more = auroc(truth=np.r_[truth, np.nan, 1], score=np.r_[score, 3, np.nan])
    assert more == auroc(truth=truth, score=score)
    assert more.n == truth.size


@pytest.mark.parametrize("method", ["score", "delong", "delong_logit", "newcombe"])
@pytest.mark.parametrize("value", [0, 1])
def test_a_perfect_score_is_not_certainty(method: str, value: int) -> None:
    truth = np.r_[np.zeros(30), np.ones(20)]
    got = auroc(truth=truth, score=truth if value else -truth, method=method)
    assert got.value == value
    assert got.high - got.low > 0.05
    assert got.low <= got.value <= got.high
    assert got.standard_error is None


@pytest.mark.parametrize("method", ["hanley_mcneil", "obuchowski"])
def test_a_model_that_knows_no_spread_gives_no_interval(method: str) -> None:
    got = auroc(truth=[0, 0, 1, 1], score=[1, 2, 3, 4], method=method)
    assert got.value == 1
    assert got.low is None
    assert "variance" in got.reason


def test_one_positive_case_or_all_scores_tied_fall_back_to_newcombe() -> None:
    single = auroc(truth=[0, 0, 0, 1], score=[1, 2, 4, 3])
    assert "one case" in single.method
    assert single.low < 2 / 3 < single.high
    tied = auroc(truth=[0, 0, 1, 1], score=[1, 1, 1, 1])
    assert tied.value == 0.5
    assert tied.high - tied.low > 0.3


def test_score_interval_is_never_narrower_than_newcombes_and_takes_a_larger_delong_variance() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(300) < 60
    score = rng.normal(size=300) * np.where(truth, 3.0, 1.0) + truth  # unequal spread: DeLong is larger
    plain, wide = (auroc(truth=truth, score=score, method=m) for m in ("newcombe", "score"))
    assert wide.low < plain.low
    assert wide.high > plain.high


def test_newcombe_bounds_solve_their_equation() -> None:
    low, high = score_bounds(0.8, (20, 30), 0.95)
    for bound in (low, high):
        spread = hanley_mcneil_variance(bound, (20, 30), average=True)
        assert (0.8 - bound) ** 2 == pytest.approx(1.959964**2 * spread, rel=1e-5)


def test_hanley_mcneil_variance_at_chance_is_that_of_the_rank_sum_test() -> None:
    # Mann-Whitney under the null without ties: (m + n + 1) / (12 m n)
    assert hanley_mcneil_variance(0.5, (51, 58)) == pytest.approx((51 + 58 + 1) / (12 * 51 * 58))


def test_obuchowski_variance_by_hand() -> None:
    # at A = 0.5: 0.0099 (8 + 8 m/n) / m
    assert obuchowski_variance(0.5, (10, 20)) == pytest.approx(0.0099 * 12 / 10)


def test_wald_bounds_on_the_logit_scale_by_hand() -> None:
    low, high = wald_bounds(0.8, 0.05, 0.95, logit=True)
    assert np.log(high / (1 - high)) - np.log(4) == pytest.approx(1.959964 * 0.05 / 0.16, rel=1e-6)
    assert np.log(4) - np.log(low / (1 - low)) == pytest.approx(1.959964 * 0.05 / 0.16, rel=1e-6)


def test_patients_with_one_case_each_change_nothing() -> None:
    truth, score = tied_scores()
    both = np.column_stack([score, np.random.default_rng(2).normal(size=score.size)])
    plain = delong_covariance(truth=truth, scores=both)
    assert delong_covariance(truth=truth, scores=both, cluster=np.arange(truth.size)) == pytest.approx(plain)


def test_each_case_twice_doubles_the_variance_up_to_the_small_sample_factor() -> None:
    truth, score = tied_scores()
    once = delong_covariance(truth=truth, scores=score)[0, 0]
    twice = delong_covariance(truth=np.tile(truth, 2), scores=np.tile(score, 2), cluster=np.tile(np.arange(200), 2))
    assert twice[0, 0] == pytest.approx(once, rel=1e-12)
    ignoring = delong_covariance(truth=np.tile(truth, 2), scores=np.tile(score, 2))[0, 0]
    assert ignoring == pytest.approx(once / 2, rel=0.02)


def test_clustered_variance_by_hand_with_labels_in_any_order() -> None:
    # patient z: positive 3, negative 1; patient a: positive 2, negative 2.5; patient m: negative 0
    truth, score, patient = [1, 1, 0, 0, 0], [3, 2, 1, 2.5, 0], ["z", "a", "z", "a", "m"]
    v10, v01 = np.array([1, 2 / 3]), np.array([1, 0.5, 1])
    p, n = (v10 - 5 / 6) / 2, (v01 - 5 / 6) / 3
    s11 = 3 / 2 * (p[0] * n[0] + p[1] * n[1])
    expected = 2 * np.sum(p**2) + 3 / 2 * np.sum(n**2) + 2 * s11
    assert delong_covariance(truth=truth, scores=score, cluster=patient)[0, 0] == pytest.approx(expected)


def test_clustered_interval_says_so_and_counts_patients() -> None:
    truth, score = tied_scores()
    got = auroc(truth=np.tile(truth, 2), score=np.tile(score, 2), cluster=np.tile(np.arange(200), 2), method="delong")
    assert got.n_clusters == 200
    assert "patients" in got.method
    perfect = auroc(truth=[0, 0, 1, 1], score=[1, 1, 2, 2], cluster=[1, 1, 2, 2])
    assert perfect.value == 1
    assert "one case or patient" in perfect.method


@pytest.mark.parametrize(
    "arguments",
    [
        {"truth": [0, 1, 1], "scores": [1, np.nan, 2]},
        {"truth": [0, 1, 1], "scores": [1, 2, 2]},
        {"truth": [0, 0, 1, 1], "scores": [1, 2, 3, 4], "cluster": [1, 2, 3, 3]},
        {"truth": [0, 2], "scores": [1, 2]},
        {"truth": [[0, 1]], "scores": [1, 2]},
        {"truth": [0, 1], "scores": [1, 2, 3]},
        {"truth": [0, 1], "scores": [1, 2], "cluster": [1]},
    ],
)
def test_bad_arguments_of_a_covariance(arguments: dict) -> None:
    with pytest.raises(ArgumentError):
        delong_covariance(**arguments)


def test_unknown_method() -> None:
    with pytest.raises(ArgumentError, match="delong_logit"):
        auroc(truth=[0, 1], score=[0, 1], method="delongg")


# ---------------------------------------------------------------- resamples


@pytest.mark.parametrize("decimals", [0, 1, 8])
@pytest.mark.parametrize("prevalence", [0.05, 0.5, 0.95])
def test_resamples_equal_scikit_learn(decimals: int, prevalence: float) -> None:
    rng = np.random.default_rng(4)
    truth = rng.random((150, 4)) < prevalence
    score = np.round(rng.normal(size=(150, 4)) + truth, decimals)
    weights = draw_weights(cluster=np.arange(150), n_resamples=80, rng=rng)
    got = weighted_auroc(truth=truth, score=score, weights=weights)
    assert got.shape == (80, 4)
    for b in range(0, 80, 9):
        for f in range(4):
            drawn = truth[weights[b] > 0, f]
            if drawn.all() or not drawn.any():
                assert np.isnan(got[b, f])
            else:
                assert got[b, f] == pytest.approx(
                    roc_auc_score(truth[:, f], score[:, f], sample_weight=weights[b]), abs=1e-12
                )


def test_weights_may_be_fractions_and_missing_cases_leave_only_their_finding() -> None:
    rng = np.random.default_rng(5)
    truth = (rng.random((60, 2)) < 0.4).astype(float)
    score = np.round(rng.normal(size=(60, 2)), 1)
    truth[3, 0], score[4, 0] = np.nan, np.nan
    weights = rng.random((5, 60))
    got = weighted_auroc(truth=truth, score=score, weights=weights)
    kept = np.setdiff1d(np.arange(60), [3, 4])
    for b in range(5):
        w = weights[b]
        assert got[b, 0] == pytest.approx(roc_auc_score(truth[kept, 0], score[kept, 0], sample_weight=w[kept]))
        assert got[b, 1] == pytest.approx(roc_auc_score(truth[:, 1], score[:, 1], sample_weight=w))


def test_weights_beyond_single_precision_stay_exact() -> None:
    truth, score = tied_scores(50)
    weights = np.full((2, 50), 2**24 + 1, dtype=np.int64)
    got = weighted_auroc(truth=truth, score=score, weights=weights)
    assert got == pytest.approx(roc_auc_score(truth, score), abs=1e-14)


def test_leaving_out_one_by_one_is_the_jackknife() -> None:
    truth, score = tied_scores(30)
    got = weighted_auroc(truth=truth, score=score, weights=jackknife_weights(cluster=np.arange(30)))
    for i in (0, 7, 29):
        kept = np.arange(30) != i
        assert got[i] == pytest.approx(roc_auc_score(truth[kept], score[kept]), abs=1e-14)


def test_findings_of_one_class_are_nan() -> None:
    got = weighted_auroc(truth=[[1, 0], [1, 1]], score=[[1, 2], [3, 4]], weights=[[1, 1], [2, 0]])
    assert np.isnan(got[:, 0]).all()
    assert got[0, 1] == 1
    assert np.isnan(got[1, 1])


def test_no_resample_gives_no_row() -> None:
    assert weighted_auroc(truth=[0, 1], score=[0, 1], weights=np.ones((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    "arguments",
    [
        {"truth": [0, 1], "score": [1, 2, 3], "weights": [[1, 1]]},
        {"truth": [0, 1], "score": [1, 2], "weights": [1, 1]},
        {"truth": [0, 1], "score": [1, 2], "weights": [[1, 1, 1]]},
        {"truth": [0, 1], "score": [1, 2], "weights": [[1, -1]]},
        {"truth": [0, 1], "score": [1, 2], "weights": [[1, np.nan]]},
        {"truth": [0, 1], "score": [1, 2], "weights": [["a", "b"]]},
        {"truth": np.zeros((1, 1, 1)), "score": np.zeros((1, 1, 1)), "weights": [[1]]},
    ],
)
def test_bad_arguments_of_weighted_auroc(arguments: dict) -> None:
    with pytest.raises(ArgumentError):
        weighted_auroc(**arguments)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_data_equal_the_definition(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 12))
    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    score = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    weight = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    got = weighted_auroc(truth=truth, score=score, weights=weight[None])[0]
    p, q = truth == 1, truth == 0
    won = (score[p][:, None] > score[q]) + (score[p][:, None] == score[q]) / 2
    pairs = weight[p][:, None] * weight[q]
    if pairs.sum() == 0:
        assert np.isnan(got)
    else:
        assert got == pytest.approx((won * pairs).sum() / pairs.sum(), abs=1e-12)
