"""Two runs on the same ECGs are compared as pairs: the differences are those of one study with both runs' readers."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of

import ecg_eval
from ecg_eval.config.load import load_config
from ecg_eval.pipeline.comparison.paired_runs import paired_runs
from ecg_eval.pipeline.comparison.side_by_side import compare_runs, comparison_text, differences_text
from ecg_eval.pipeline.study.run import run

N = 60
RNG = np.random.default_rng(3)
IDS = [f"e{i}" for i in range(N)]
TRUTH = RNG.random(N) < 0.4
GPS = {gp: np.where(RNG.random(N) < 0.8, TRUTH, ~TRUTH) for gp in ("gp1", "gp2")}
SCORES = {
    name: np.clip(0.4 * TRUTH + RNG.normal(0.3, sd, N), 0, 1).round(3) for name, sd in (("old", 0.4), ("new", 0.1))
}


def rows(name: str, ecgs: Sequence[int], who: Sequence[str] = tuple(GPS)) -> pd.DataFrame:
    """Return the readings of two GPs, the same in both runs, and of a model that has the same name in both."""
    said = zip(who, GPS.values(), strict=True)
    table = [(IDS[i], gp, "present" if present[i] else "absent", None) for gp, present in said for i in ecgs]
    table += [(IDS[i], "ai", "present" if SCORES[name][i] > 0.5 else "absent", SCORES[name][i]) for i in ecgs]
    return pd.DataFrame(table, columns=["record_id", "reader_id", "reading", "score"]).assign(finding="AF")


def made(
    folder: Path,
    name: str,
    ecgs: Sequence[int] = range(N),
    turned: Sequence[int] = (),
    who: tuple[str, ...] = tuple(GPS),
    **changes: str,
) -> Path:
    """Run a study of readings; some truths may be turned over."""
    folder.mkdir(exist_ok=True)
    rows(name, ecgs, who).to_csv(folder / f"{name}.csv", index=False)
    truth = [int(TRUTH[i] != (i in turned)) for i in ecgs]
    pd.DataFrame({"record_id": [IDS[i] for i in ecgs], "AF": truth}).to_csv(folder / f"{name}-truth.csv", index=False)
    kinds = {**dict.fromkeys(who, "gp"), "ai": "model"}
    readers = ", ".join(f"{{reader_id: {reader}, kind: {kind}}}" for reader, kind in kinds.items())
    (folder / f"{name}.yaml").write_text(
        f"name: {name}\nfindings: [AF]\ntracking: {{enabled: false}}\nreport: {{sections: [answer]}}\n"
        f"dataset: {{name: study_table, path: {name}-truth.csv}}\nintervals: {{resamples: 200}}\n"
        f"panels: [{{name: readings_file, path: {name}.csv, readers: [{readers}]}}]\n"
    )
    overrides = [f"out={folder / f'run_{name}'}", *(f"{key}={value}" for key, value in changes.items())]
    return run(load_config(folder / f"{name}.yaml", overrides)).folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("paired")
    return [made(folder, "old"), made(folder, "new", ecgs=range(10, N), turned=[20, 21])]


def test_differences_are_those_of_one_study_with_the_readers_of_both(runs: list[Path]) -> None:
    paired = paired_runs(runs)
    assert paired.remarks == [
        "Paired on the 50 ECGs of all runs (of 60 at most), findings: AF.",
        "The runs were made from other files, so that their ECGs are the same by their ids alone.",
        "Truths of the runs differ, and are left out: 2.",
        "The same answers in several runs, so that they count once: gp1, gp2.",
        "Other answers under the same name, so that they stand apart: ai.",
    ]
    both = [i for i in range(10, N) if i not in (20, 21)]
    models = [rows(n, both).query("reader_id == 'ai'").assign(reader_id=f"ai (run_{n})") for n in ("old", "new")]
    alone = ecg_eval.evaluate(
        pd.concat([rows("old", both).query("reader_id != 'ai'"), *models]),
        pd.DataFrame({"record_id": [IDS[i] for i in both], "AF": TRUTH[both].astype(int)}),
        readers={"gp1": "gp", "gp2": "gp", "ai (run_old)": "model", "ai (run_new)": "model"},
        metrics=["sensitivity_difference", "auroc_difference"],
    ).frame
    found = paired.differences().set_index("metric")
    assert set(zip(found["reader"], found["compared_with"], strict=True)) == {("ai (run_old)", "ai (run_new)")}
    for metric in ("sensitivity_difference", "auroc_difference"):
        wanted = alone[(alone["metric"] == metric) & (alone["reader"] == "ai (run_old)") & (alone["finding"] == "AF")]
        wanted = wanted[wanted["compared_with"] == "ai (run_new)"].iloc[0]
        assert [found.loc[metric, c] for c in ("value", "low", "high")] == pytest.approx(
            [wanted[c] for c in ("value", "low", "high")]
        )


def test_they_are_told_and_written(runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("compare", *map(str, runs), "--out", str(tmp_path / "both")) == 0
    said = capsys.readouterr().out
    assert differences_text(paired_runs(runs)) in said
    assert "  ai (run_old) - ai (run_new), unaided: -" in said
    assert re.search(r"adjusted p (<0\.001|0\.\d+) \(of 2\)", said)
    assert "p 0.000" not in said
    for name in ("comparison.csv", "comparison.en.html", "comparison.fr.html"):
        assert f"Written: {tmp_path / 'both' / name}" in said
    english, french = (
        (tmp_path / "both" / f"comparison.{language}.html").read_text(encoding="utf-8") for language in ("en", "fr")
    )
    for told in ("run_old + run_new", "ai (run_new)", "not read in every run", "truths of the runs differ: AF"):
        assert told in english
    assert "the runs were made from other files" in english
    for told in (
        "à partir d&#39;autres fichiers",
        "pas lu dans toutes les exécutions",
        "les vérités des exécutions diffèrent",
        "appariement",
    ):
        assert told in french
    assert "so that they count once" not in french


def test_differences_are_those_of_the_metrics_asked_for(runs: list[Path]) -> None:
    found = ecg_eval.paired_runs([str(run) for run in runs], metrics=["ppv", "cohen_kappa"])
    assert list(found.differences("AF")["metric"]) == ["ppv_difference"]


def test_people_of_one_run_stand_beside_the_model_of_another(tmp_path: Path, runs: list[Path]) -> None:
    other = made(tmp_path, "new", who=("gp8", "gp9"))
    found = paired_runs([runs[0], other]).differences("AF")
    pairs = set(zip(found["reader"], found["compared_with"], strict=True))
    assert ("ai (run_old)", "gp8") in pairs
    assert ("ai (run_old)", "gp1") not in pairs  # run_old says that itself
    assert not any("gp (mean of 4)" in pair for pair in pairs)  # of both runs


def test_a_number_without_an_interval_is_told_with_its_reason(runs: list[Path]) -> None:
    comparison = compare_runs(runs)
    comparison.table.loc[0, ["low", "high", "reason"]] = [None, None, "a floor"]
    comparison.table.loc[1, ["value", "reason"]] = [None, "no ECG shows it"]
    said = comparison_text(comparison)
    assert "(no interval: a floor)" in said
    assert "cannot be computed: no ECG shows it" in said


def test_what_cannot_be_paired_is_said(runs: list[Path], tmp_path: Path) -> None:
    other = made(tmp_path, "new", **{"answers.uncertain": "missing"})
    assert paired_runs([runs[0], other]).remarks == ["Not paired: the runs count uncertain and refer differently."]
    apart = made(tmp_path, "old", ecgs=range(9))
    assert paired_runs([runs[0]]).remarks == ["Not paired: there is one run."]
    asked = paired_runs(runs, metrics=["cohen_kappa"])
    assert asked.remarks == ["Not paired: no metric asked for has differences."]
    voted = made(tmp_path, "new", reference="{name: majority, kinds: [gp]}")
    (remark,) = paired_runs([runs[0], voted]).remarks
    assert remark == "Not paired: the truth of run_new is made of its readers' own answers (gp1, gp2)."
    paired = paired_runs([apart, runs[1]])
    assert paired.remarks == ["Not paired: no ECG was read in every run."]
    assert paired.differences().empty
    assert differences_text(paired) == "\nNot paired: no ECG was read in every run."
    assert paired.write(tmp_path / "nothing") == []
