"""A study whose GPs wrote conclusions: from their sentences to the report, from the command line's own functions."""

from pathlib import Path

import pandas as pd
import pytest

from ecg_eval.config.load import make_config
from ecg_eval.pipeline.study.run import run

SENTENCES = {
    (True, False): "Fibrillation auriculaire",
    (False, True): "Rythme sinusal, BBG complet",
    (True, True): "ACFA, bloc de branche gauche",
    (False, False): "Rythme sinusal, pas d'anomalie",
}


def test_from_sentences_to_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_eval.datasets.simulated import Simulated

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    dataset = Simulated(n_records=60, seed=3)
    truth = dataset.labels(("AF", "LBBB")).table == 1
    texts = [SENTENCES[af, lbbb] for af, lbbb in truth.itertuples(index=False)]
    texts[0] += ", aspect de Takotsubo"  # nobody taught the extractor this
    table = pd.DataFrame({"record_id": truth.index, "reader_id": "dr_a", "conclusion": texts})
    table.to_csv(tmp_path / "conclusions.csv", index=False)
    panel = {
        "name": "conclusions_file",
        "path": str(tmp_path / "conclusions.csv"),
        "language": "fr",
        "readers": [{"reader_id": "dr_a", "kind": "gp"}],
    }
    config = make_config(
        {
            "name": "conclusions",
            "dataset": {"name": "simulated", "n_records": 60, "seed": 3},
            "findings": ["AF", "LBBB"],
            "split": {"test": list(range(1, 11))},
            "models": [],
            "panels": [panel],
            "metrics": ["sensitivity", "specificity"],
            "report": {"sections": ["answer", "left_out"], "languages": ["fr"]},
            "tracking": {"enabled": False},
            "intervals": {"resamples": 100},
            "out": str(tmp_path / "run"),
        }
    )
    folder = run(config).folder
    evaluation = pd.read_csv(folder / "evaluation.csv")
    single = evaluation[evaluation["finding"].isin(["AF", "LBBB"]) & evaluation["subgroup"].isna()]
    assert (single["value"] == 1).all()
    readings = pd.read_parquet(folder / "readings.parquet")
    # the finding that the first conclusion does not mention is missing, because of the words not understood
    assert len(readings) == 2 * 60 - int(not truth.iloc[0].all()) - int(not truth.iloc[0].any())
    excluded = pd.read_csv(folder / "excluded.csv")
    assert 'not understood: "takotsubo"' in set(excluded["reason"])
    report = (folder / "report.fr.html").read_text(encoding="utf-8")
    assert "non compris" in report
    assert "compte pour absent" in report
