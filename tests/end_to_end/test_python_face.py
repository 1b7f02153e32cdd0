"""From Python in five lines: frames in, a tidy table, figures and a report out, the numbers of the command line."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.result import Table
from ecg_eval.errors import ArgumentError, EcgEvalError, ReadingsError
from ecg_eval.pipeline.plugins import make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def analysis() -> ecg_eval.Analysis:
    readings, readers, truth = study_frames()
    return ecg_eval.evaluate(readings, truth, readers=readers, resamples=100, title="Frames")


def test_frames_in_a_tidy_table_figures_and_a_report_out(analysis: ecg_eval.Analysis, tmp_path: Path) -> None:
    assert {"auroc", "sensitivity", "cohen_kappa", "aid_effect_accuracy"} <= set(analysis.frame["metric"])
    assert list(analysis.study.findings) == ["AF", "LBBB"]
    figures = analysis.figures()
    assert figures
    for number, figure in enumerate(figures.values()):
        assert "<svg" in figure._repr_html_()
        figure.save(tmp_path / f"{number}.svg")
        assert len(figure.frame)
    page = analysis.report(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == page
    assert "Frames" in page
    assert analysis.report(language="fr") != page


def test_kinds_may_be_a_mapping_and_words_may_be_numbers() -> None:
    readings, readers, truth = study_frames()
    readings["reading"] = readings["reading"].map({"present": 1, "absent": 0})
    kinds = dict(zip(readers["reader_id"], readers["kind"], strict=True))
    again = ecg_eval.evaluate(readings, truth.reset_index(), readers=kinds, metrics=["sensitivity"], resamples=100)
    assert len(again.frame) > 0


def test_the_gps_consensus_as_truth_and_no_truth() -> None:
    readings, readers, _ = study_frames()
    majority = {"name": "majority", "kinds": ["gp"]}
    found = ecg_eval.evaluate(readings, majority, readers=readers, metrics=["sensitivity"], resamples=100)
    assert found.study.reference.formed_by == ("gp1", "gp2", "gp3")
    alone = ecg_eval.evaluate(readings, readers=readers, metrics=["sensitivity", "cohen_kappa"], resamples=100)
    assert set(alone.frame["metric"]) == {"cohen_kappa"}
    one = {"name": "reader", "reader": "gp1"}
    judged = ecg_eval.evaluate(readings, one, readers=readers, metrics=["sensitivity"], resamples=100)
    assert "gp1" not in set(judged.frame["reader"])


def test_records_bring_patients_and_subgroups() -> None:
    readings, readers, truth = study_frames()
    records = pd.DataFrame({"record_id": truth.index, "patient_id": [i // 2 for i in range(len(truth))]})
    found = ecg_eval.evaluate(readings, truth, readers=readers, records=records, metrics=["sensitivity"], resamples=100)
    assert (found.frame["n_clusters"].dropna() <= 30).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readers": {"gp1": "gp"}}, "one of the readers"),
        ({"records": pd.DataFrame({"record_id": ["x"], "patient_id": ["y"]})}, "one of the records"),
        ({"records": pd.DataFrame({"record_id": ["x", "x"], "patient_id": ["y", "y"]})}, "given once each"),
        ({"records": pd.DataFrame({"id": ["x"]})}, "a frame with record_id"),
        ({"reference": "dataset_labels"}, "majority, reader or none"),
        ({"reference": "majorty"}, "Did you mean 'majority'"),
        ({"reference": pd.DataFrame({"record_id": ["r000"], "AFF": [1]})}, "Did you mean 'AF'"),
        ({"reference": pd.DataFrame({"record_id": ["r000", "r000"], "AF": [1, 1]})}, "given once each"),
        ({"metrics": ["sensitivty"]}, "Did you mean 'sensitivity'"),
    ],
)
def test_wrong_frames_are_told(change: dict[str, object], said: str) -> None:
    readings, readers, truth = study_frames()
    given: dict[str, object] = {"reference": truth, "readers": readers, "resamples": 100, "metrics": ["sensitivity"]}
    with pytest.raises((EcgEvalError, ReadingsError, ArgumentError)) as caught:
        ecg_eval.evaluate(readings, **(given | change))  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_import_costs_nothing_and_unknown_names_are_told() -> None:
    code = "import sys, ecg_eval; assert not {'numpy', 'pandas'} & set(sys.modules); print(dir(ecg_eval))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "evaluate" in done.stdout
    with pytest.raises(AttributeError, match="it offers evaluate"):
        _ = ecg_eval.evalute


def test_scripts_run_over_the_public_face(tmp_path: Path) -> None:
    readings, readers, truth = study_frames(n_records=20)
    readings.to_csv(tmp_path / "readings.csv", index=False)
    readers.to_csv(tmp_path / "readers.csv", index=False)
    truth.to_csv(tmp_path / "truth.csv")
    script = ROOT / "scripts" / "evaluate_against_gps.py"
    words = [sys.executable, str(script), "readings.csv", "readers.csv", "truth.csv"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    assert (tmp_path / "figure-1.svg").exists()


def test_a_family_of_tests_may_be_one_finding() -> None:
    readings, readers, truth = study_frames()
    asked = {"readers": readers, "metrics": ["sensitivity_difference"], "resamples": 60}
    sizes = {
        family: ecg_eval.evaluate(readings, truth, family=family, **asked).frame["family_size"].max()
        for family in ("metric", "finding")
    }
    assert sizes["finding"] < sizes["metric"]
    with pytest.raises(ArgumentError, match="Did you mean 'finding'"):
        ecg_eval.evaluate(readings, truth, family="findings", **asked)


def test_the_family_of_a_test_and_its_size_stand_beside_p(analysis: ecg_eval.Analysis) -> None:
    page = analysis.report()
    tested = analysis.frame[
        analysis.frame["p_adjusted"].notna() & (analysis.frame["metric"] == "aid_effect_sensitivity")
    ]
    assert f"(of {int(tested['family_size'].iloc[0])})" in page
    assert "each test within its family" in page


def test_arms_say_which_ai_helped() -> None:
    readings, readers, truth = study_frames()
    readings["arm"] = readings["arm"].map({"unaided": "alone", "aided": "KI"})
    arms = {"alone": "unaided", "KI": {"arm": "aided", "by": "network 7"}}
    found = ecg_eval.evaluate(readings, truth, readers=readers, arms=arms, resamples=60)
    assert found.result.provenance.aided_by == {"aided": "network 7"}
    assert "the help of network 7" in found.report()
    assert "l'aide de network 7" in html.unescape(found.report(language="fr"))
    for wrong, said in (({"arm": "aided", "ai": "x"}, "a mapping with"), ({"arm": "unaided", "by": "x"}, "with help")):
        with pytest.raises(ReadingsError, match=said):
            ecg_eval.evaluate(readings, truth, readers=readers, arms={"alone": "unaided", "KI": wrong})


def test_what_stands_beside_a_mean_over_readers_is_shown() -> None:
    readings, readers, truth = study_frames()
    gone = ~((readings["reader_id"] == "gp1") & (readings["record_id"] < "r010"))
    analysis = ecg_eval.evaluate(readings[gone].reset_index(drop=True), truth, readers=readers, resamples=60)
    for section in ("accuracy", "aid"):
        blocks = make("sections", section, {}).blocks(analysis.result, language="en")
        tables = [block for block in blocks if isinstance(block, Table)]
        beside = next(t.frame for t in tables if t.caption.startswith("What stands beside means over readers"))
        row = beside[beside["Measure"] == "Sensitivity"].iloc[0]
        lowest, mean = row["Lowest without one reader"], row["Mean"]
        assert ", without gp" in lowest
        numbers = [float(re.split("[ ,]", text)[0].replace("\u2212", "-")) for text in (lowest, mean)]
        assert numbers == sorted(numbers)
        assert " to " in row["On the ECGs that all of them read"]
