"""What a run says of readers and ECGs, for the size of the next study."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.pipeline.pilot import mix_values, pilot_values, planning_values, variances_by_source
from ecg_eval.pipeline.planning import size_report
from ecg_eval.pipeline.study.run import run

Maker = Callable[..., RunConfig]


@pytest.fixture
def pilot(toy_config: Maker) -> Path:
    return run(toy_config()).folder


def test_a_study_gives_its_components_and_a_plan() -> None:
    rng, n = np.random.default_rng(6), 120
    truth = pd.DataFrame({"record_id": [f"r{i}" for i in range(n)], "AF": (np.arange(n) < 50).astype(int)})
    hard = rng.random(n) < 0.3
    parts = [
        pd.DataFrame({"record_id": truth["record_id"], "reader_id": f"gp{k}", "finding": "AF", "arm": arm}).assign(
            reading=np.where(rng.random(n) < np.where(hard, 0.5, skill), truth["AF"], 1 - truth["AF"])
        )
        for k in range(5)
        for arm, skill in (("unaided", 0.8), ("aided", 0.9))
    ]
    readers = {f"gp{k}": "gp" for k in range(5)}
    study = ecg_eval.evaluate(pd.concat(parts), truth, readers=readers, resamples=100).study
    seen = planning_values(study, metric="specificity", finding="")
    assert seen["pilot_ecgs"] == 70
    # one reader's specificity near 0.75 on 70 ECGs: p (1 - p) / n
    assert float(seen["error"]) == pytest.approx(0.75 * 0.25 / 70, rel=0.3)
    assert float(seen["cov3"]) < float(seen["error"])
    settings = [f"{name}={value}" for name, value in seen.items()]
    report = size_report("from_pilot", [*settings, "effect=0.1", "readers=20"])
    assert "From a pilot of 70 ECGs that count" in report.paragraph
    # where each arm has readers of its own, what they differ in is needed too
    apart = planning_values(study, metric="specificity", finding="", is_parallel=True)
    assert {name: value for name, value in apart.items() if name != "reader"} == seen
    settings = [f"{name}={value}" for name, value in apart.items()]
    parallel = size_report("parallel_from_pilot", [*settings, "effect=0.1", "readers=60"]).answer.plan
    assert parallel.n_readers == 60
    assert (
        parallel.n_total > size_report("from_pilot", [*settings[:-1], "effect=0.1", "readers=60"]).answer.plan.n_total
    )


def scored(n: int = 120, n_with: int = 40) -> ReaderStudy:
    rng = np.random.default_rng(8)
    truth = pd.DataFrame({"record_id": [f"r{i}" for i in range(n)], "AF": (np.arange(n) < n_with).astype(int)})
    hard = rng.normal(0, 0.4, n)
    parts = [
        pd.DataFrame({"record_id": truth["record_id"], "reader_id": f"gp{k}", "finding": "AF", "arm": arm}).assign(
            score=1 / (1 + np.exp(-(skill * (2 * truth["AF"] - 1) + hard + rng.normal(0, 1, n)))), reading="absent"
        )
        for k in range(5)
        for arm, skill in (("unaided", 0.6), ("aided", 0.9))
    ]
    readers = {f"gp{k}": "gp" for k in range(5)}
    return ecg_eval.evaluate(pd.concat(parts), truth, readers=readers, metrics=["auroc"], resamples=100).study


def test_a_pilot_plans_a_study_of_another_mix() -> None:
    seen = variances_by_source(scored(), finding="")
    settings = [f"{name}={value}" for name, value in seen.items()]
    sizes = {}
    for share in (0.1, 0.5):
        answer = size_report("another_mix", [*settings, "effect=0.08", f"finding_share={share}"]).answer
        sizes[share] = answer.plan.n_total
        assert answer.plan.n_positive == round(share * (answer.plan.n_total or 0))
    assert (sizes[0.1] or 0) > (sizes[0.5] or 0)
    french = size_report("another_mix", [*settings, "effect=0.08", "finding_share=0.5"], "fr").paragraph
    assert "une part de 0,5 des ECG" in french


def test_a_pilot_of_one_kind_of_ecgs_plans_no_mix(pilot: Path) -> None:
    with pytest.raises(ArgumentError, match="with and without AF; got 'none that lacks it'"):
        variances_by_source(scored(40, 40), finding="")
    with pytest.raises(ArgumentError, match="readers with scores both ways"):
        mix_values(pilot)


def test_what_cannot_be_a_pilot_is_told(pilot: Path) -> None:
    with pytest.raises(ArgumentError, match="readers with scores both ways"):
        pilot_values(pilot, metric="auroc")
    with pytest.raises(ArgumentError, match="12 ECGs that count, of AF"):
        pilot_values(pilot, metric="specificity")
    with pytest.raises(UnknownNameError, match="Did you mean 'AF'"):
        pilot_values(pilot, finding="AFF")
    with pytest.raises(ArgumentError, match="with the question from_pilot, parallel_from_pilot or another_mix"):
        size_report("crossover", [], pilot=pilot)
