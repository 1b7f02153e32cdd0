"""The alternative annotator test against a plain loop over cases.

The authors' notebook (github nitaytech/AltTest, alt_test_example.ipynb) prints winning rate and advantage probability
of 52 models on nine data sets; on their data this function gives all 52 to the two decimals printed. The data are
theirs and not part of this repository.
"""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.standing_in import alternative_annotator_test
from ecg_eval.stats.estimate import is_defined

RNG = np.random.default_rng(21)
TRUTH = RNG.integers(0, 3, 120)
READERS = np.where(RNG.random((120, 4)) < 0.7, TRUTH[:, None], RNG.integers(0, 3, (120, 4))).astype(float)
READERS[RNG.random(READERS.shape) < 0.1] = np.nan
MODEL = np.where(RNG.random(120) < 0.8, TRUTH, RNG.integers(0, 3, 120)).astype(float)
MODEL[:3] = np.nan


def score(value: float, others: np.ndarray, scoring: str) -> float:
    return float((value == others).mean() if scoring == "agreement" else -np.sqrt(((value - others) ** 2).mean()))


@pytest.mark.parametrize("scoring", ["agreement", "negative_rmse"])
def test_equals_a_plain_loop(scoring: str) -> None:
    found = alternative_annotator_test(model=MODEL, readers=READERS, epsilon=0.1, scoring=scoring)
    p_values, advantages = [], []
    for j in range(READERS.shape[1]):
        differences, wins = [], []
        for row, own in zip(READERS, MODEL, strict=True):
            others = np.delete(row, j)
            others = others[~np.isnan(others)]
            if np.isnan(row[j]) or np.isnan(own) or not len(others):
                continue
            ours, theirs = score(own, others, scoring), score(row[j], others, scoring)
            wins.append(ours >= theirs)
            differences.append(float(theirs >= ours) - float(ours >= theirs))
        p_values.append(ttest_1samp(differences, 0.1, alternative="less").pvalue)
        advantages.append(np.mean(wins))
        assert found.against[j].n == len(wins)
        assert found.against[j].value == pytest.approx(np.mean(differences))
        assert found.advantages[j].value == pytest.approx(np.mean(wins))
    assert [e.p_value for e in found.against] == pytest.approx(p_values)
    adjusted = false_discovery_control(p_values, method="by")
    assert [e.p_adjusted for e in found.against] == pytest.approx(list(adjusted))
    assert found.winning_rate == pytest.approx(np.mean(adjusted <= 0.05))
    assert found.advantage_probability.value == pytest.approx(np.mean(advantages))
    assert found.passes == (found.winning_rate >= 0.5)


def test_a_copy_of_a_good_reader_stands_in_and_noise_does_not() -> None:
    readers = np.where(RNG.random((200, 5)) < 0.9, 1.0, 0.0)
    good, bad = np.ones(200), (RNG.random(200) < 0.3).astype(float)
    assert alternative_annotator_test(model=good, readers=readers, epsilon=0.1).passes
    assert not alternative_annotator_test(model=bad, readers=readers, epsilon=0.1).passes


def test_without_spread_p_is_that_of_no_case_in_favour_of_the_reader() -> None:
    same = np.zeros((40, 3))
    found = alternative_annotator_test(model=np.zeros(40), readers=same, epsilon=0.1)
    assert found.against[0].p_value == pytest.approx(0.9**40)
    assert found.against[0].low is None
    clustered = alternative_annotator_test(model=np.zeros(40), readers=same, epsilon=0.1, cluster=np.arange(40) // 2)
    assert clustered.against[0].p_value == pytest.approx(0.9**20)
    wrong = alternative_annotator_test(model=np.ones(40), readers=same, epsilon=0.1)
    assert wrong.against[0].p_value == 1
    assert wrong.winning_rate == 0
    assert wrong.advantage_probability.value == 0


def test_readers_with_few_cases_are_not_tested() -> None:
    readers = READERS.copy()
    readers[20:, 0] = np.nan
    readers[:, 1] = np.nan
    found = alternative_annotator_test(model=MODEL, readers=readers, epsilon=0.1)
    assert "fewer than 30" in str(found.against[0].reason)
    assert is_defined(found.against[0])
    assert not is_defined(found.against[1])
    assert not is_defined(found.advantages[1])
    assert found.winning_rate is not None
    nobody = alternative_annotator_test(model=MODEL[:5], readers=READERS[:5], epsilon=0.1)
    assert nobody.winning_rate is None
    assert nobody.passes is None
    assert not is_defined(nobody.advantage_probability)


def test_one_patient_cannot_be_tested() -> None:
    found = alternative_annotator_test(model=MODEL, readers=READERS, epsilon=0.1, cluster=np.zeros(120))
    assert found.winning_rate is None
    assert "no spread" in str(found.against[0].reason)


def test_text_and_weights() -> None:
    words = np.array(["SR", "AF", "AFL"], dtype=object)
    text = np.where(np.isnan(READERS), None, words[np.nan_to_num(READERS).astype(int)])
    own = np.where(np.isnan(MODEL), None, words[np.nan_to_num(MODEL).astype(int)])
    plain = alternative_annotator_test(model=MODEL, readers=READERS, epsilon=0.1)
    found = alternative_annotator_test(model=own, readers=text, epsilon=0.1)
    assert found.advantage_probability.value == pytest.approx(plain.advantage_probability.value)
    weighted = alternative_annotator_test(model=MODEL, readers=READERS, epsilon=0.1, weights="linear")
    assert weighted.advantage_probability.value != pytest.approx(plain.advantage_probability.value)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"epsilon": 1.5}, "epsilon"),
        ({"scoring": "rmse"}, "scoring"),
        ({"model": [1.0]}, "readers"),
        ({"model": [1.0], "scoring": "negative_rmse"}, "readers"),
        ({"model": ["a"] * 120, "scoring": "negative_rmse"}, "numbers"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        alternative_annotator_test(**({"model": MODEL, "readers": READERS, "epsilon": 0.1} | options))
