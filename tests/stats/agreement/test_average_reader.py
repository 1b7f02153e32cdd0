"""The average reader against the formula of Obuchowski and Rockette."""

import numpy as np
import pytest
from scipy.stats import t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.average_reader import mean_over_readers, non_inferiority_to_readers
from ecg_eval.stats.estimate import is_defined

RNG = np.random.default_rng(12)
TRUTH = (RNG.random(200) < 0.4).astype(float)
READERS = np.where(RNG.random((200, 6)) < 0.8, TRUTH[:, None], 1 - TRUTH[:, None])
MODEL = np.where(RNG.random(200) < 0.85, TRUTH, 1 - TRUTH)


def test_random_readers_are_obuchowski_and_rockette() -> None:
    present = TRUTH == 1
    right = READERS[present]
    values = right.mean(axis=0)
    found = mean_over_readers(values=values, influence=right - values)
    n, m = right.shape
    covariance = np.cov(right.T) / n
    shared = max((covariance.sum() - np.trace(covariance)) / (m * (m - 1)), 0)
    mean_square = values.var(ddof=1)
    assert found.standard_error == pytest.approx(np.sqrt(mean_square / m + shared))
    own = mean_square / m
    assert found.df == pytest.approx((own + shared) ** 2 / (own**2 / (m - 1) + shared**2 / (n - 1)))
    assert found.high - found.value == pytest.approx(t.ppf(0.975, found.df) * found.standard_error)


def test_fixed_readers_are_the_spread_of_their_mean_over_cases() -> None:
    right = READERS[TRUTH == 1]
    found = mean_over_readers(values=right.mean(axis=0), influence=right - right.mean(axis=0), readers="fixed")
    by_case = right.mean(axis=1)
    assert found.standard_error == pytest.approx(by_case.std(ddof=1) / np.sqrt(len(by_case)))
    assert found.df == len(by_case) - 1


def test_clusters_of_one_change_nothing() -> None:
    right = READERS[TRUTH == 1]
    data = {"values": right.mean(axis=0), "influence": right - right.mean(axis=0)}
    alone, clustered = mean_over_readers(**data), mean_over_readers(**data, cluster=np.arange(len(right)))
    assert clustered.standard_error == pytest.approx(alone.standard_error)
    assert clustered.n_clusters == len(right)


def test_degenerate_data_have_reasons() -> None:
    one = mean_over_readers(values=[0.8], influence=[[0.1], [-0.1]])
    assert "one reader" in str(one.reason)
    case = mean_over_readers(values=[0.8, 0.7], influence=[[0.0, 0.0]])
    assert "one case" in str(case.reason)
    same = mean_over_readers(values=[0.8, 0.8], influence=np.zeros((5, 2)))
    assert same.low is None
    assert same.value == pytest.approx(0.8)
    alike = mean_over_readers(values=[0.5, 0.5], influence=[[0.5, 0.5], [-0.5, -0.5]])
    assert alike.low is not None
    assert alike.df == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"influence": [[0.0]]}, "influence"),
        ({"values": [np.nan, 1.0]}, "finite"),
        ({"margin": -0.1}, "margin"),
        ({"readers": "randon"}, "Did you mean 'random'"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        mean_over_readers(**({"values": [0.5, 0.6], "influence": [[0.1, 0.0], [-0.1, 0.0]]} | options))


@pytest.mark.parametrize("measure", ["sensitivity", "specificity", "accuracy", "balanced_accuracy"])
@pytest.mark.parametrize("kind", ["random", "fixed"])
def test_difference_is_model_minus_mean(measure: str, kind: str) -> None:
    found = non_inferiority_to_readers(
        truth=TRUTH, model=MODEL, readers=READERS, margin=0.05, measure=measure, kind=kind
    )
    assert found.difference.value == pytest.approx(found.model.value - np.mean(found.by_reader))
    assert found.average_reader.value == pytest.approx(np.mean(found.by_reader))
    assert found.difference.low < found.difference.value < found.difference.high
    assert found.non_inferior == (found.difference.low > -0.05)
    assert (found.difference.p_value < 0.025) == found.non_inferior


def test_sensitivity_on_paper() -> None:
    found = non_inferiority_to_readers(
        truth=[1, 1, 1, 1, 0], model=[1, 1, 1, 0, 1], readers=[[1, 0], [1, 1], [0, np.nan], [0, 0], [0, 0]], margin=0.1
    )
    assert found.model.value == pytest.approx(0.75)
    assert found.by_reader.tolist() == pytest.approx([0.5, 1 / 3])


def test_a_model_that_is_one_of_two_equal_readers() -> None:
    readers = np.column_stack([MODEL, MODEL])
    found = non_inferiority_to_readers(truth=TRUTH, model=MODEL, readers=readers, margin=0.05)
    assert found.difference.value == 0
    assert found.difference.low is None
    assert found.non_inferior is None


def test_without_cases_that_count_it_is_undefined() -> None:
    found = non_inferiority_to_readers(truth=[0, 0], model=[0, 1], readers=[[0, 0], [1, 1]], margin=0.1)
    assert not is_defined(found.difference)
    assert found.non_inferior is None
    unread = non_inferiority_to_readers(
        truth=[1, 1, 0], model=[1, 0, 0], readers=[[np.nan, 1], [np.nan, 0], [1, 0]], margin=0.1
    )
    assert np.isnan(unread.by_reader[0])
    assert unread.average_reader.value == pytest.approx(0.5)


def test_clusters_and_missing_truth() -> None:
    truth = TRUTH.copy()
    truth[:10] = np.nan
    found = non_inferiority_to_readers(
        truth=truth, model=MODEL, readers=READERS, margin=0.05, cluster=np.arange(200) // 4, measure="accuracy"
    )
    assert found.difference.n == 190
    assert found.difference.n_clusters == 48


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"truth": [1, 0]}, "truth"),
        ({"readers": [1, 0, 1]}, "readers"),
        ({"measure": "auc"}, "measure"),
        ({"model": [1, 0, 2]}, "0 and 1"),
    ],
    ids=str,
)
def test_bad_data_are_refused(options: dict[str, object], what: str) -> None:
    data = {"truth": [1, 0, 1], "model": [1, 0, 1], "readers": [[1], [0], [1]], "margin": 0.1}
    with pytest.raises(ArgumentError, match=what):
        non_inferiority_to_readers(**(data | options))
