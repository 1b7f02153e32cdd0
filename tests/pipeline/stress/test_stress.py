"""A stress test says from which dose on a model changes, what could not be done, and who did not answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from commands import status_of
from toys.toy_study import ToyArchive

from ecg_eval.pipeline.stress import changed
from ecg_eval.reports.figures.dose_response import dose_response
from ecg_eval.reports.stress_page import render_stress
from ecg_eval.reports.words import Words

TOYS = Path(__file__).parents[2] / "toys"
Call = Callable[..., int]


class SignedArchive(ToyArchive):
    """The toy archive at 200 Hz, so that mains can be added."""

    def load(self, record_id):  # type: ignore[no-untyped-def]
        return replace(super().load(record_id), sampling_rate_hz=200.0)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.syspath_prepend(str(TOYS.parent))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(changed, "_LONGEST_S", 15.0)
    noise = np.random.default_rng(1).normal(0, 300, (360 * 20, 2)).astype("<i2")

    def stress(perturbations: list[object], *words: str, models: list[object] | None = None) -> int:
        import wfdb

        wfdb.wrsamp("bw", fs=360, units=["mV", "mV"], sig_name=["noise1", "noise2"], d_signal=noise, fmt=["16", "16"],
                    adc_gain=[200, 200], baseline=[0, 0])  # fmt: skip
        config = yaml.safe_load((TOYS / "toy.yaml").read_text()) | {
            "dataset": "test_stress:SignedArchive",
            "panels": [],
            "models": models or ["toy_study:ToyModel"],
            "split": {"threshold": [1, 2, 3], "test": [4, 5, 6, 7, 8, 9, 10]},
            "stress": {"perturbations": perturbations, "noise": ".", "records": 28},
            "report": {"languages": ["en", "fr"]},
        }
        Path("toy.yaml").write_text(yaml.safe_dump(config))
        return status_of("stress", "toy.yaml", "--out", "s", *words)

    return stress


def test_doses_are_set_against_the_tracings_as_they_are(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    done: list[object] = [
        {"name": "polarity", "doses": [12]},  # turns the truth over
        {"name": "sampling_rate", "doses": [500, 100]},  # 500 Hz cannot be
        {"name": "baseline_wander", "doses": [40]},
    ]
    assert call(done) == 0
    said = capsys.readouterr().out
    assert "ToyModel, Leads turned over: Area under the ROC curve clearly changed at 12 leads" in said
    assert "no clear change" in said
    table = pd.read_csv("s/stress.csv", float_precision="round_trip")
    asked = (table["metric"] == "auroc") & (table["perturbation"] == "polarity") & (table["finding"] == "AF")
    as_it_is, turned = table[asked].to_dict("records")
    assert (as_it_is["value"], turned["dose"]) == (1.0, 12.0)
    assert turned["value"] < 0.5  # the mean of lead I is below 0 and counts as 0 where AF raised it
    assert turned["change_value"] == pytest.approx(turned["value"] - 1)
    assert turned["change_high"] < 0
    page = Path("s/stress.fr.html").read_text()
    assert "Dérivations inversées" in page
    assert "n&#39;est pas au-dessus de 500 Hz" in page or "n'est pas au-dessus de 500 Hz" in page
    assert "<svg" in page


def test_answers_for_programs_and_what_failed(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    models = ["toys.unfit:Mute", "toys.unfit:Sound"]
    assert (
        call([{"name": "lead_loss", "doses": [11]}, {"name": "sampling_rate", "doses": [900]}], "--json", models=models)
        == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert "no score" in answer["failed"]["Mute"]
    assert {x["model"] for x in answer["numbers"]} == {"Sound"}
    page = Path("s/stress.en.html").read_text()
    assert "Changed ECGs without an answer" in page  # lead I is among the lost ones nearly always
    assert "Mute left no reading" in page


def test_what_cannot_be_is_refused(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["muscle_artefact"]) == 2
    assert "holds the record 'ma'" in capsys.readouterr().err
    assert call(["musle_artefact"]) == 2
    assert "Did you mean 'muscle_artefact'" in capsys.readouterr().err


def test_no_picture_without_numbers() -> None:
    from ecg_eval.domain.facts.stress import StressResult

    nothing = StressResult(
        name="",
        dataset="",
        simulated=False,
        n_records=0,
        parts=(),
        numbers=(),
        failed=(),
        unsaid=(),
        silent=(),
        level=0.95,
        overall="AF",
    )
    assert dose_response(nothing, metric="auroc", words=Words("en")) is None
    unsaid = (("a", "cannot score AF"), ("b", "cannot score AF"), ("b", "cannot score MI"))
    page = render_stress(replace(nothing, unsaid=unsaid))
    assert "a and b: cannot score AF. b: cannot score MI." in page, "one note, however many models and findings"
    badge = '<span class="tag">'
    assert badge not in render_stress(nothing)
    assert badge in render_stress(replace(nothing, simulated=True))  # of no patient: said first
