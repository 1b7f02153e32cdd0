"""Our measurements beside an archive's: bias by hand, several ECGs a patient, and what is not measurable."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.schema import RunConfig
from ecg_eval.datasets.simulated import Simulated, write_cohort
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.measurements import MEASUREMENT_COLUMNS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.pipeline.progress import silent
from ecg_eval.pipeline.study.measure import measurement_rows, measurements_table
from ecg_eval.pipeline.study.run import run
from ecg_eval.stats.estimate import is_defined

Maker = Callable[..., RunConfig]


def table(measured: list[float], reference: list[float], patients: list[str], quantity: str = "qt_ms") -> pd.DataFrame:
    values = enumerate(zip(measured, reference, patients, strict=True))
    rows = [(f"r{i}", patient, quantity, a, b, "") for i, (a, b, patient) in values]
    return pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))


def test_bias_sd_limits_and_share_by_hand() -> None:
    """Differences 10, 20, 30, 40: mean 25, SD sqrt(500 / 3) = 12.910; two of four within 25 ms."""
    found = {
        row.metric: row.estimate
        for row in measurement_rows(table([410, 420, 430, 440], [400] * 4, list("abcd")), level=0.95)
    }
    assert list(found) == ["qt_bias_ms", "qt_sd_ms", "qt_lower_limit_ms", "qt_upper_limit_ms", "qt_within_tolerance"]
    assert found["qt_bias_ms"].value == 25
    assert found["qt_sd_ms"].value == pytest.approx(12.910, abs=1e-3)
    assert found["qt_upper_limit_ms"].value == pytest.approx(25 + 1.959964 * 12.910, abs=1e-2)
    assert found["qt_within_tolerance"].value == 0.5
    assert found["qt_bias_ms"].n == 4


def test_patients_with_several_ecgs_are_not_independent() -> None:
    rng = np.random.default_rng(3)
    patients = [f"p{i // 2}" for i in range(40)]
    own = np.repeat(rng.normal(0, 10, 20), 2)
    measured = (400 + own + rng.normal(0, 1, 40)).tolist()
    repeated = {r.metric: r.estimate for r in measurement_rows(table(measured, [400.0] * 40, patients), level=0.95)}
    alone = {
        r.metric: r.estimate
        for r in measurement_rows(table(measured, [400.0] * 40, [str(i) for i in range(40)]), level=0.95)
    }
    widths = [(e["qt_bias_ms"].high or 0) - (e["qt_bias_ms"].low or 0) for e in (repeated, alone)]
    assert widths[0] > 1.2 * widths[1]
    assert repeated["qt_bias_ms"].n_clusters == 20


def test_a_rate_has_no_tolerance_and_nothing_in_common_is_undefined() -> None:
    names = [r.metric for r in measurement_rows(table([60.0, 70], [61.0, 72], ["a", "b"], "rate_per_min"), level=0.95)]
    assert names == ["rate_bias_per_min", "rate_sd_per_min", "rate_lower_limit_per_min", "rate_upper_limit_per_min"]
    missing = table([np.nan, np.nan], [400, 400], ["a", "b"])
    assert not any(is_defined(row.estimate) for row in measurement_rows(missing, level=0.95))


class Few:
    """Recordings of a simulated cohort: whole, broken, flat, without a lead, and in no millivolts."""

    name = "few"

    def __init__(self, whole: Recording) -> None:
        self.whole = whole

    def load(self, record_id: str) -> Recording:
        whole = self.whole
        if record_id == "broken":
            raise SignalError("broken", "signal", "whole", "half of it")
        signal = np.zeros_like(whole.signal) if record_id == "flat" else whole.signal
        n = 11 if record_id == "eleven" else 12
        return Recording(
            record_id=record_id,
            patient_id="p",
            signal=signal[:, :n],
            leads=whole.leads[:n],
            sampling_rate_hz=whole.sampling_rate_hz,
            units="z-score" if record_id == "scores" else "mV",
        )


def test_what_is_not_measurable_says_why(tmp_path: Path) -> None:
    whole = Simulated(n_records=1, seed=1, root=tmp_path).load("1")
    ids = ["whole", "broken", "flat", "eleven", "scores", "unseen"]
    records = pd.DataFrame({"patient_id": "p", "has_signal": [True] * 5 + [False]}, index=ids)
    reference = pd.DataFrame({"qrs_ms": 90.0, "pr_ms": np.nan}, index=ids)
    found = measurements_table(cast("Dataset", Few(whole)), records, reference, silent).set_index("record_id")
    assert list(found.index) == ids[:5]
    assert set(found["quantity"]) == {"qrs_ms"}
    assert np.isfinite(found.loc[["whole", "eleven"], "measured"].astype(float)).all()
    reasons = found["reason"].to_dict()
    assert reasons["whole"] == ""
    assert "half of it" in reasons["broken"]
    assert "flat" in reasons["flat"]
    assert "z-score" in reasons["scores"]


def test_a_run_measures_where_there_is_a_reference_and_not_twice(toy_config: Maker, tmp_path: Path) -> None:
    write_cohort(tmp_path / "cohort", 30, seed=3, prevalence="enriched", sampling_rates_hz=(500,))
    about = {
        "dataset": {"name": "ptb_xl", "root": str(tmp_path / "cohort")},
        "findings": ["NORM"],
        "split": {},
        "panels": [],
        "models": ["rules"],
        "metrics": ["prevalence"],
        "report": {"languages": ["en", "fr"], "sections": ["answer", "measurements"]},
    }
    outcome = run(toy_config(**about))
    assert outcome.stages_done == ["study", "measurements", "evaluation", "report"]
    assert run(toy_config(**about)).stages_done == []
    told = pd.read_csv(outcome.folder / "measurements.csv")
    assert list(told.columns) == list(MEASUREMENT_COLUMNS)
    assert len(told) == 4 * 30
    evaluation = Evaluation.from_csv(outcome.folder / "evaluation.csv")
    both = told[told["quantity"] == "qt_ms"].dropna(subset=["measured", "reference"])
    bias = evaluation.select(metric="qt_bias_ms")["value"].item()
    assert bias == pytest.approx((both["measured"] - both["reference"]).mean())
    assert abs(bias) < 25
    page = (outcome.folder / "report.en.html").read_text()
    assert "Measurements against a reference" in page
    assert "The reference is simulated" in page
    assert "La référence est simulée" in (outcome.folder / "report.fr.html").read_text()
    (outcome.folder / "measurements.csv").write_text("tampered")
    assert "measurements" in run(toy_config(**about)).stages_done
    (tmp_path / "cohort/truth.csv").unlink()  # no longer a simulated cohort: no reference
    again = run(toy_config(**about))
    assert "measurements" not in again.stages_done
    assert not (again.folder / "measurements.csv").exists()
    assert "Measurements against a reference" not in (again.folder / "report.en.html").read_text()
    assert "pr_bias_ms" not in json.dumps(Evaluation.from_csv(again.folder / "evaluation.csv").frame["metric"].tolist())
