"""What help changes is a difference of two numbers of the same ECGs, and both stand in the table and in the answer."""

import re

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.domain.notes import READ_BOTH_WAYS

N = 200
IDS = [f"r{i}" for i in range(N)]
TRUTH = np.array([1] * 100 + [0] * 100)


def half_aided() -> ecg_eval.Analysis:
    """Five GPs read all ECGs unaided, and the hard half of them also aided, where they do better."""
    rng = np.random.default_rng(1)
    rows = []
    for k in range(5):
        for i in range(N):
            hard = i % 2 == 1
            own = TRUTH[i] if not hard or rng.random() < 0.5 else 1 - TRUTH[i]
            rows.append((IDS[i], f"g{k}", "AF", own, "unaided", None))
            if hard:
                aided = TRUTH[i] if rng.random() < 0.75 else 1 - TRUTH[i]
                rows.append((IDS[i], f"g{k}", "AF", aided, "aided", TRUTH[i]))
    frame = pd.DataFrame(rows, columns=["record_id", "reader_id", "finding", "reading", "arm", "ai_reading"])
    truth = pd.DataFrame({"record_id": IDS, "AF": TRUTH})
    return ecg_eval.evaluate(frame, truth, readers={f"g{k}": "gp" for k in range(5)}, resamples=100)


@pytest.fixture(scope="module")
def analysis() -> ecg_eval.Analysis:
    return half_aided()


@pytest.mark.parametrize("share", ["sensitivity", "specificity", "accuracy"])
def test_before_and_after_are_of_the_effects_ecgs(analysis: ecg_eval.Analysis, share: str) -> None:
    frame = analysis.frame[(analysis.frame["finding"] == "AF") & analysis.frame["value"].notna()]
    both = frame[(frame["metric"] == share) & (frame["subgroup"] == READ_BOTH_WAYS)]
    value = both.set_index(["reader", "arm"])["value"]
    effects = frame[(frame["metric"] == f"aid_effect_{share}") & (frame["subgroup"] == "")]
    assert len(effects) >= 6  # five GPs and their mean
    for row in effects[effects["arm"] == "aided - unaided"].itertuples():
        if not str(row.reader).endswith(")") or "mean of" in str(row.reader):
            assert value[(row.reader, "aided")] - value[(row.reader, "unaided")] == pytest.approx(row.value, abs=1e-12)


def test_the_sentence_goes_the_way_of_the_effect(analysis: ecg_eval.Analysis) -> None:
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", analysis.report()))
    moves = re.findall(r"from (\d+) to (\d+)", text.split("What is odd")[1] if "What is odd" in text else text)
    answer = re.findall(r"help[^.]{0,300}? from (\d+) to (\d+)", text)
    assert answer or moves
    assert all(int(after) > int(before) for before, after in answer)


def test_an_effect_alone_may_be_asked_for() -> None:
    frame = half_aided()
    alone = ecg_eval.evaluate(
        frame.study.readings[["record_id", "reader_id", "finding", "reading", "arm", "ai_reading"]].astype(object),
        pd.DataFrame({"record_id": IDS, "AF": TRUTH}),
        readers={f"g{k}": "gp" for k in range(5)},
        metrics=["aid_effect_sensitivity"],
        resamples=100,
    )
    assert set(alone.frame["metric"]) == {"aid_effect_sensitivity", "sensitivity"}
    assert "from" in alone.report()
