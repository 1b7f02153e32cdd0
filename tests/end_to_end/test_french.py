"""The French report is French: no phrase of several studies falls back to English, counted where it would."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.pipeline.analysis import Analysis, open_run
from ecg_eval.pipeline.demo import demo_config
from ecg_eval.pipeline.study.run import run
from ecg_eval.reports.words import Words

# what is a name in any language: of files, versions, methods and licences
A_NAME = re.compile(r"[\d.]+|\S+\.(csv|txt|json|parquet)|signaux des ECG lus")


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the phrases that are asked for in French and are not known."""
    found: Counter[str] = Counter()
    known = Words.phrase

    def phrase(words: Words, text: str) -> str:
        said = known(words, text)
        unknown = text and words.language == "fr" and words._known_phrase(text) is None
        if unknown and "; " not in text and not A_NAME.fullmatch(text):  # text in parts asks for each of them
            found[text] += 1
        return said

    monkeypatch.setattr(Words, "phrase", phrase)
    return found


def studies() -> Iterator[tuple[str, Analysis]]:
    """Yield small studies that say different things: aided, voted, nested, without truth, with holes."""
    readings, readers, truth = study_frames()
    asked = {"readers": readers, "resamples": 60}
    yield "aided", ecg_eval.evaluate(readings, truth, primary=["aid_effect_sensitivity"], **asked)
    yield "voted", ecg_eval.evaluate(readings, {"name": "majority", "kinds": ["gp"]}, **asked)
    yield "no truth", ecg_eval.evaluate(readings, **asked)
    yield "one reader is the truth", ecg_eval.evaluate(readings, {"name": "reader", "reader": "gp1"}, **asked)
    wider = pd.concat([readings, readings[readings["finding"] == "LBBB"].assign(finding="CD")], ignore_index=True)
    yield "nested", ecg_eval.evaluate(wider, truth.assign(CD=truth["LBBB"]), **asked)
    rare = truth.assign(AF=[1.0] + [0.0] * (len(truth) - 1), LBBB=np.nan)
    gone = np.random.default_rng(3).random(len(readings)) < 0.8
    yield "holes", ecg_eval.evaluate(readings[gone].reset_index(drop=True), rare, **asked)
    records = pd.DataFrame({"record_id": truth.index, "patient_id": [i // 3 for i in range(len(truth))]})
    records["sex"] = np.where(np.arange(len(truth)) % 2, "F", "M")
    yield "patients", ecg_eval.evaluate(readings, truth, records=records, subgroups=["sex"], family="finding", **asked)


def test_no_phrase_of_a_small_study_falls_back_to_english(fallen: Counter[str]) -> None:
    for _, analysis in studies():
        analysis.report(language="fr")
    assert not fallen


def test_no_phrase_of_the_demo_falls_back_to_english(fallen: Counter[str], tmp_path: Path) -> None:
    small = [f"out={tmp_path / 'demo'}", "intervals.resamples=100", "tracking.enabled=false", "dataset.n_records=300"]
    folder = run(demo_config(small)).folder
    open_run(folder).report(language="fr")
    assert not fallen
