"""A folder of records without a table of labels runs: with no reference, or with a majority of its readers."""

from pathlib import Path

import numpy as np
import pytest
from made_ecg import Heart
from typer.testing import CliRunner

import ecg_eval
from ecg_eval.cli.main import app
from ecg_eval.domain.leads import STANDARD_LEADS

KINDS = {"none": "reference: none", "majority": "reference: {name: majority, readers: [rules, second]}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three records of two leads, of which one has a name of no standard lead."""
    for k in range(3):
        signal, _ = Heart(rate_per_min=60 + 30 * k).record(np.random.default_rng(k))
        stored = np.rint(signal[:, [STANDARD_LEADS.index("V1"), STANDARD_LEADS.index("II")]] * 200).astype("<i2")
        stored.tofile(tmp_path / f"{k}.dat")
        sums = stored.sum(axis=0, dtype=np.int16)
        lines = [f"{k}.dat 16 200(0)/mV 16 0 0 {s} 0 {name}" for s, name in zip(sums, ("V1", "MLII"), strict=True)]
        (tmp_path / f"{k}.hea").write_text("\n".join([f"{k} 2 500 {len(stored)}", *lines]) + "\n")
    return tmp_path


@pytest.mark.parametrize("reference", KINDS)
def test_it_runs_without_a_truth(folder: Path, reference: str) -> None:
    config = folder / "study.yaml"
    config.write_text(
        f"""name: holter
dataset: {{name: wfdb_folder, root: .}}
findings: [AF, STACH, LBBB]
models:
  - rules
  - {{name: rules, id: second}}
{KINDS[reference]}
metrics: [cohen_kappa, percent_agreement, sensitivity]
tracking: {{enabled: false}}
intervals: {{resamples: 100}}
""",
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["run", str(config), "--out", str(folder / "out"), "--quiet"])
    assert result.exit_code == 0, result.output
    run = ecg_eval.open_run(folder / "out")
    scores = run.study.scores("rules", "unaided", "STACH")
    assert not np.isnan(scores).any()
    assert (scores > 0.5).tolist() == [False, False, True]
    assert np.isnan(run.study.scores("rules", "unaided", "LBBB")).all()
