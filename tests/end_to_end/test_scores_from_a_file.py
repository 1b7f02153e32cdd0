"""An outside model's scores in a study without signals: their threshold is frozen on a fold, at a fixed sensitivity."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.pipeline.study.run import run

STUDY = """
name: readings
dataset: {name: study_table, path: truth.csv}
data_root: .
findings: [AF]
split: {threshold: [1], test: [2], threshold_rule: {sensitivity: 0.9}}
models: [{name: predictions_file, id: ai, path: ai.csv, trained_on: []}]
panels: [{name: readings_file, path: gp.csv, readers: [{reader_id: g1, kind: gp}]}]
metrics: [sensitivity, specificity]
report: {sections: [answer]}
tracking: {enabled: false}
intervals: {resamples: 100}
"""


def test_a_threshold_from_a_fold_needs_no_signals(tmp_path: Path) -> None:
    rng, n = np.random.default_rng(0), 120
    truth = (rng.random(n) < 0.4).astype(int)
    ids = [f"e{i}" for i in range(n)]
    score = np.clip(truth * 0.3 + rng.random(n) * 0.7, 0, 1)
    folds = [1] * 60 + [2] * 60
    pd.DataFrame({"record_id": ids, "fold": folds, "AF": truth}).to_csv(tmp_path / "truth.csv", index=False)
    pd.DataFrame({"record_id": ids, "AF": score}).to_csv(tmp_path / "ai.csv", index=False)
    said = pd.DataFrame({"record_id": ids[60:], "reader_id": "g1", "finding": "AF", "reading": truth[60:]})
    said.to_csv(tmp_path / "gp.csv", index=False)
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    config = load_config(tmp_path / "study.yaml", [f"data_root={tmp_path}", f"out={tmp_path / 'run'}"])
    assert problems_of(config) == []
    outcome = run(config)
    (frozen,) = json.loads((outcome.folder / "provenance.json").read_text())["thresholds"]
    # the highest threshold that calls 90 % of the fold's positives
    positives = np.sort(score[:60][truth[:60] == 1])[::-1]
    needed = int(np.ceil(0.9 * len(positives)))
    assert frozen["threshold"] <= positives[needed - 1]
    assert (positives >= frozen["threshold"]).sum() == needed
    numbers = pd.read_csv(outcome.folder / "evaluation.csv")
    own = numbers[(numbers["reader"] == "ai") & (numbers["metric"] == "sensitivity") & (numbers["finding"] == "AF")]
    called = score[60:][truth[60:] == 1] >= frozen["threshold"]
    assert np.isclose(own["value"].iloc[0], called.mean())
