"""Thresholds frozen before the test, and the records whose call hangs on a last digit."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ecg_eval.config.schema import Split, ThresholdRule
from ecg_eval.domain.facts.model import Threshold
from ecg_eval.pipeline.study.thresholds import freeze


def frozen() -> Threshold:
    return freeze("model", "AF", np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0, 1, 1]), (9,))


def read(scores: list[float], reader: str = "model", finding: str = "AF") -> pd.DataFrame:
    ids = [f"r{i}" for i in range(len(scores))]
    return pd.DataFrame({"record_id": ids, "reader_id": reader, "finding": finding, "score": scores})


def test_records_at_the_threshold_are_named() -> None:
    threshold = frozen()
    assert threshold.threshold == 0.5
    scores = [0.5, 0.5 - 9e-7, 0.5 + 9e-7, 0.5 - 2e-6, 0.5 + 2e-6, np.nan, 0.9]
    beside = threshold.beside(read(scores))
    assert beside.near == ("r0", "r1", "r2")
    assert beside.apply(np.array(scores[:3])).tolist() == [1, 0, 1]


def test_other_readers_and_findings_stand_at_thresholds_of_their_own() -> None:
    others = pd.concat([read([0.5], reader="other"), read([0.5], finding="LBBB")])
    assert frozen().beside(others).near == ()


def test_nothing_stands_at_a_threshold_that_is_not_there() -> None:
    none = freeze("model", "AF", np.full(4, 0.3), np.array([0.0, 0, 1, 1]), (9,))
    assert none.threshold is None
    assert none.beside(read([0.3])).near == ()


SCORES, TRUTH = np.arange(40) / 40, (np.arange(40) % 4 == 3).astype(float)


@pytest.mark.parametrize(
    ("rule", "reaches"),
    [({"sensitivity": 0.9}, (0.9, 0.0)), ({"specificity": 0.9}, (0.0, 0.9)), ("youden", (0.0, 0.0))],
)
def test_another_rule_chooses_the_threshold(rule: object, reaches: tuple[float, float]) -> None:
    chosen = freeze("model", "AF", SCORES, TRUTH, (9,), Split.model_validate({"threshold_rule": rule}).threshold_rule)
    called = chosen.apply(SCORES)
    assert called[TRUTH == 1].mean() >= reaches[0]
    assert (1 - called[TRUTH == 0]).mean() >= reaches[1]
    assert (called == 1).any()
    assert (chosen.n, chosen.n_positive, chosen.rests_on_few) == (40, 10, False)


def test_a_threshold_that_is_given_needs_no_ecg() -> None:
    given = freeze("model", "AF", SCORES, np.zeros(40), (9,), ThresholdRule(score=0.3))
    assert (given.threshold, given.calls, given.rests_on_few) == (0.3, True, False)
    with pytest.raises(ValidationError, match="one rule"):
        ThresholdRule(score=0.3, sensitivity=0.9)


@pytest.mark.parametrize("truth", [np.arange(40) >= 31, np.arange(40) < 31])
def test_a_threshold_chosen_on_nine_ecgs_of_a_kind_says_so(truth: np.ndarray) -> None:
    assert freeze("model", "AF", SCORES, truth.astype(float), (9,)).rests_on_few
