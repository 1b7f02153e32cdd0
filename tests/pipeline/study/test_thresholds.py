"""Thresholds frozen before the test, and the records whose call hangs on a last digit."""

import numpy as np
import pandas as pd

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
