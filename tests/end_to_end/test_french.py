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
from ecg_eval import registry
from ecg_eval.pipeline.analysis import Analysis, open_run
from ecg_eval.pipeline.demo import demo_config
from ecg_eval.pipeline.study.run import run
from ecg_eval.reports import words as words_of_reports
from ecg_eval.reports.appendix import render_appendix
from ecg_eval.reports.sections.methods import Methods
from ecg_eval.reports.words import Words, known_phrase

# what is a name in any language: of files, versions, methods and licences
A_NAME = re.compile(r"[\d.]+|F[\d.]+|\S+\.(csv|txt|json|parquet)|signaux des ECG lus")

A_WORD = re.compile(r"[a-z]{3}")
PRACTICE = (
    *("missed_per_thousand", "over_called_per_thousand", "net_benefit_per_thousand"),
    *("ppv_at_prevalence", "npv_at_prevalence"),
)
NOT_FOR_THESE = ("challenge_score",)  # needs the organisers' scored findings
OWN_NAMES = {"SAFE"}


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the phrases that are asked for in French and are not known."""
    found: Counter[str] = Counter()
    known = Words.phrase

    def phrase(words: Words, text: str) -> str:
        said = known(words, text)
        unknown = text and words.language == "fr" and known_phrase(words, text) is None
        if unknown and "; " not in text and not A_NAME.fullmatch(text):  # text in parts asks for each of them
            found[text] += 1
        return said

    monkeypatch.setattr(Words, "phrase", phrase)
    return found


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what stands in a place of a French phrase as it is and holds a word: it may only be a name."""
    found: Counter[str] = Counter()

    def count(name: str) -> str:
        found[name] += bool(A_WORD.search(name))
        return name

    monkeypatch.setattr(words_of_reports, "carried", count)
    known_phrase.cache_clear()
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


def every_question() -> Iterator[Analysis]:
    """Yield studies that are asked everything: readings with order, times and confidence, in five designs."""
    readings, readers, truth = study_frames()
    rng = np.random.default_rng(7)
    human = (readings["reader_id"] != "model").to_numpy()
    readings["position"] = np.where(human, readings.groupby(["reader_id", "arm", "finding"]).cumcount() + 1, np.nan)
    readings["period"] = np.where(human, np.where(readings["arm"] == "aided", 2, 1), np.nan)
    readings["seconds"] = np.where(human, rng.integers(20, 90, len(readings)), np.nan)
    readings["confidence"] = np.where(human, rng.integers(1, 6, len(readings)), np.nan)
    readers = readers.assign(
        training=["gp", "gp", "resident", None],
        practice_id=["a", "b", "b", None],
        ecgs_per_year=[10, 50, 20, np.nan],
        years_experience=[3, 10, 20, np.nan],
    )
    records = pd.DataFrame({"record_id": truth.index})
    records["sex"] = np.where(np.arange(len(truth)) % 2, "F", "M")
    stated = {"AF": {"value": 0.068, "source": "SAFE"}}
    arguments: dict[str, dict[str, object]] = {
        "model_against_readers": {"margin": 0.05},
        "aid_effect_over_strata": {"by": "practice_id"},
        "sensitivity_gap_over_strata": {"by": "sex"},
        "specificity_gap_over_strata": {"by": "sex"},
        **{name: {"prevalence": stated} for name in PRACTICE},
    }
    names = [name for name in registry.names("metrics") if name not in NOT_FOR_THESE]
    asked = [{"name": name, **arguments.get(name, {})} for name in names]
    aided, gp1 = readings["arm"] == "aided", readings["reader_id"] == "gp1"
    even = readings["record_id"].str[-1].isin(list("02468"))
    machine = readings["reader_id"] == "model"
    designs = {
        "crossed": readings,
        "half and half": readings[machine | (even == aided)],
        "parallel": readings[machine | (aided == gp1)],
        "adjusted": readings,
    }
    for name, part in designs.items():
        ecgs_each = 1 if name == "crossed" else 2  # of a patient: methods are called otherwise where patients repeat
        yield ecg_eval.evaluate(
            part.reset_index(drop=True),
            truth,
            readers=readers,
            records=records.assign(patient_id=np.arange(len(truth)) // ecgs_each),
            metrics=asked,
            subgroups=["sex"],
            reader_subgroups=["training"],
            adjust_for=["period", "practice"] if name == "adjusted" else (),
            resamples=60,
        )


def test_every_method_and_reason_of_every_question_is_french(carried: Counter[str], fallen: Counter[str]) -> None:
    french = Words("fr")
    for analysis in every_question():
        texts = {*analysis.frame["method"].dropna(), *analysis.frame["reason"].dropna()} - {""}
        said = {text: french.phrase(text) for text in sorted(texts)}
        assert not {english: text for english, text in said.items() if re.search(r"\d\.\d", text)}
        render_appendix(analysis.result, language="fr")
        Methods().blocks(analysis.result, language="fr")
    assert not fallen
    assert not {name for name, n in carried.items() if n} - OWN_NAMES


def test_no_phrase_of_a_small_study_falls_back_to_english(fallen: Counter[str]) -> None:
    for _, analysis in studies():
        analysis.report(language="fr")
    assert not fallen


@pytest.mark.slow
@pytest.mark.parametrize("changes", [["models=[rules, prevalence]", "panels.0.ai=rules", "dataset.n_records=120"], []])
def test_no_phrase_of_the_demo_falls_back_to_english(fallen: Counter[str], tmp_path: Path, changes: list[str]) -> None:
    of_all = [f"out={tmp_path / 'demo'}", "intervals.resamples=100", "tracking.enabled=false", "report.languages=[fr]"]
    folder = run(demo_config([*of_all, *changes])).folder
    open_run(folder).report(language="fr")
    assert not fallen
