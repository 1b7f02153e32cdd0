"""A metric from outside, made from the public bases, is estimated, shown and logged like one of ours."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames
from toys import outside_metrics
from toys.outside_metrics import AidEffectOnAlarms, FalseAlarmRate

import ecg_eval
from ecg_eval.pipeline.analysis import Analysis
from ecg_eval.tracking.log_items import log_items


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    readings, kinds, truth = study_frames()
    ids = readings["record_id"].unique()
    records = pd.DataFrame({"record_id": ids, "patient_id": ids, "sex": np.tile(["F", "M"], len(ids))[: len(ids)]})
    metrics = ["specificity", "aid_effect_specificity", FalseAlarmRate(), AidEffectOnAlarms()]
    how = {"readers": kinds, "records": records, "subgroups": {"by": ["sex"], "minimum_n": 5}}
    return ecg_eval.evaluate(readings, truth, metrics=metrics, resamples=200, **how)


def table(analysis: Analysis, metric: str) -> pd.DataFrame:
    frame = analysis.frame[analysis.frame["metric"] == metric]
    return frame.set_index(["reader", "arm", "finding", "subgroup"])[["value", "low", "high"]].astype(float)


def test_it_imports_no_private_name() -> None:
    tree = ast.parse(Path(outside_metrics.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [part for n in imports for part in (*str(n.module).split("."), *(alias.name for alias in n.names))]
    assert [name for name in names if name.startswith("_")] == []


def test_it_has_means_over_findings_and_readers_resamples_and_subgroups(analysis: Analysis) -> None:
    ours, theirs = table(analysis, "specificity"), table(analysis, "false_alarm_rate")
    assert set(ours.index) == set(theirs.index)
    assert {"", "sex=F", "sex=M"} <= set(theirs.index.get_level_values("subgroup"))
    assert "macro" in theirs.index.get_level_values("finding")
    assert any("mean of" in reader for reader in theirs.index.get_level_values("reader"))
    theirs = theirs.loc[ours.index]
    np.testing.assert_allclose(theirs["value"], 1 - ours["value"], atol=1e-12)
    np.testing.assert_allclose(theirs["low"], 1 - ours["high"], atol=0.02)
    assert theirs["low"].notna().sum() == ours["low"].notna().sum() > 20


def test_an_effect_of_the_aid_is_that_of_ours_turned_round(analysis: Analysis) -> None:
    ours, theirs = table(analysis, "aid_effect_specificity"), table(analysis, "aid_effect_on_alarms")
    assert len(theirs)
    np.testing.assert_allclose(theirs["value"], -ours.loc[theirs.index, "value"], atol=1e-12)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_shows_it(analysis: Analysis, language: str) -> None:
    page = re.sub(r"<[^>]+>", " ", analysis.report(language=language))
    assert "False alarm rate" in page
    assert FalseAlarmRate.question in page
    assert "Aid effect on alarms" in page
    values = table(analysis, "aid_effect_on_alarms")["value"]
    changes = [f"+{value:.2f}".replace(".", "," if language == "fr" else ".") for value in values[values > 0.01]]
    assert any(change in page for change in changes), "a change has its sign"


def test_mlflow_gets_it_under_its_short_name(analysis: Analysis) -> None:
    runs = {run.name: run.metrics for run in log_items(analysis.result)}
    assert "alarms/AF" in runs["model"]
    assert "aid_effect_on_alarms/macro" in runs["gp1"]
