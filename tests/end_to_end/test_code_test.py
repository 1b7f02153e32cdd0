"""The published figures of a real reader study come out of the whole run, to the printed digits.

Ribeiro et al., Nat Commun 2020;11:1760: Table 2 (precision, recall, specificity, F1), Supplementary Table 2a (Cohen's
kappa) from the oracle case 01a; Supplementary Table 3 (McNemar's p) as printed by the authors' code
(github.com/antonior92/automatic-ecg-diagnosis, outputs/tables/mcnemar.csv).
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from ecg_eval.config.load import load_config
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.findings import translate
from ecg_eval.pipeline.study.run import run

CONFIGS = Path(__file__).parents[2] / "configs"
READERS = {
    "DNN": "dnn",
    "cardio.": "cardiology_residents",
    "emerg.": "emergency_residents",
    "stud.": "medical_students",
}
METRICS = {"Precision": "ppv", "Recall": "sensitivity", "Specificity": "specificity", "F1 score": "f1"}
FINDINGS = ["1dAVb", "RBBB", "LBBB", "SB", "AF", "ST"]
MCNEMAR_P = {
    ("DNN", "cardio."): [0.225, 0.414, 0.083, 1.000, 0.180, 0.096],
    ("DNN", "emerg."): [0.007, 0.166, 0.025, 0.705, 0.157, 0.655],
    ("DNN", "stud."): [0.009, 0.655, 0.025, 0.157, 0.052, 0.058],
    ("cardio.", "emerg."): [0.108, 0.366, 0.317, 0.564, 0.763, 0.206],
    ("cardio.", "stud."): [0.102, 0.739, 0.414, 0.046, 0.206, 0.782],
    ("emerg.", "stud."): [0.853, 0.248, 1.000, 0.083, 0.439, 0.059],
}

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    out = tmp_path_factory.mktemp("code") / "run"
    settings = [f"data_root={shared / 'data' / 'code-test'}", f"out={out}", "tracking.enabled=false"]
    return run(load_config(CONFIGS / "code_test.yaml", settings)).folder


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    return Evaluation.from_csv(folder / "evaluation.csv").frame


def value(table: pd.DataFrame, column: str = "value", **where: str) -> float:
    mask = pd.Series(True, index=table.index)
    for name, wanted in where.items():
        mask &= table[name] == wanted
    assert mask.sum() == 1, f"{mask.sum()} rows for {where}"
    return float(table.loc[mask, column].iloc[0])


def test_published_scores_and_kappas(table: pd.DataFrame, shared: Path) -> None:
    case = shared / "oracles" / "published" / "01a-code-test-scores" / "expected.json"
    checked = 0
    for entry in json.loads(case.read_text())["expected"]:
        what, who, finding = entry["name"].split("|")
        code = translate(finding, "code")
        assert code
        if what in METRICS:
            got = value(table, metric=METRICS[what], reader=READERS[who], finding=code)
        elif what == "kappa":
            first, second = (READERS[r] for r in who.split(" vs "))
            got = value(table, metric="cohen_kappa", reader=first, compared_with=second, finding=code)
        else:
            continue
        assert got == pytest.approx(entry["value"], abs=entry["abs_tol"]), entry["name"]
        checked += 1
    assert checked == 96 + 36


@pytest.mark.parametrize("pair", MCNEMAR_P)
def test_published_mcnemar_p(table: pd.DataFrame, pair: tuple[str, str]) -> None:
    first, second = (READERS[r] for r in pair)
    for finding, printed in zip(FINDINGS, MCNEMAR_P[pair], strict=True):
        code = translate(finding, "code")
        assert code
        at = {"metric": "mcnemar", "reader": first, "compared_with": second, "finding": code}
        assert f"{value(table, 'p_value', **at):.3f}" == f"{printed:.3f}", (pair, finding)


def test_what_the_paper_lacks_is_there(table: pd.DataFrame) -> None:
    perfect = table[(table["metric"] == "ppv") & (table["reader"] == "dnn") & (table["finding"] == "LBBB")].iloc[0]
    assert perfect["value"] == 1
    assert perfect["low"] < 0.95  # 30 of 30 is not certainty
    for metric in ("gwet_ac1", "positive_agreement", "negative_agreement"):
        rows = table[(table["metric"] == metric) & (table["finding"] == "AF")]
        assert rows["value"].notna().all()
        assert rows["low"].notna().all()
    tests = table[(table["metric"] == "mcnemar") & table["p_value"].notna()]
    assert (tests["p_adjusted"] >= tests["p_value"]).all()


def test_the_report_says_that_the_reference_is_not_independent(folder: Path) -> None:
    page = (folder / "report.en.html").read_text()
    assert "Not independent" in page
    assert "cardiologist1" in page
