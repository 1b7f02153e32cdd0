"""The ECGs of a study from an archive: which may be drawn, and the files that say which were and how."""

import json
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of

import ecg_eval
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.errors import ArgumentError, InputFileError, UnknownNameError
from ecg_eval.pipeline.cases.plan_cases import plan_cases, write_cases
from ecg_eval.pipeline.simulate import simulate_cohort


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases") / "cohort"
    simulate_cohort(folder, n_records=120, seed=3, rates_hz=(100,))
    return folder


@pytest.fixture(scope="module")
def study(cohort: Path) -> Path:
    path = cohort.parent / "study.yaml"
    path.write_text(
        "name: planned\ndata_root: .\ndataset: {name: ptb_xl, root: cohort, sampling_rate_hz: 100}\n"
        "findings: [AF, LBBB]\nmodels: [rules]\nsplit: {train: [1, 2], threshold: [3], test: [4, 5, 6, 7, 8, 9, 10]}\n",
        encoding="utf-8",
    )
    return path


def test_a_folder_is_drawn_from_and_the_files_say_how(cohort: Path, tmp_path: Path) -> None:
    cases = ecg_eval.plan_cases(cohort, ["AF=5", "none=12"], by=["difficulty"], seed=4)
    assert not cases.plan.draw.is_short
    write_cases(cases, tmp_path / "cases.csv")
    written = pd.read_csv(tmp_path / "cases.csv", dtype={"record_id": str, "patient_id": str})
    assert list(written)[:4] == ["record_id", "patient_id", "sampling_stratum", "sampling_weight"]
    assert written["patient_id"].is_unique
    truth = PtbXl(cohort, sampling_rate_hz=100).labels(["AF"]).table["AF"]
    assert (written["AF"].to_numpy() == truth.loc[written["record_id"]].to_numpy()).all()
    assert set(written["difficulty"]) == {"easy", "middle", "hard"}
    how = json.loads((tmp_path / "cases.json").read_text(encoding="utf-8"))
    assert (how["seed"], how["archive"], how["wanted"][0]["asked"]) == (4, "ptb_xl", 5)
    assert sum(s["n_drawn"] for s in how["strata"]) == len(written)
    again = plan_cases(cohort, ["AF=5", "none=12"], by=["difficulty"], seed=4)
    pd.testing.assert_frame_equal(again.table, cases.table)
    with pytest.raises(InputFileError, match="a new file"):
        write_cases(cases, tmp_path / "cases.csv")


def test_what_models_learn_from_here_is_not_drawn(study: Path, cohort: Path) -> None:
    cases = plan_cases(study, ["AF=4", "none=8"])
    fold = PtbXl(cohort, sampling_rate_hz=100).records()["fold"]
    assert set(fold.loc[cases.table["record_id"]]) <= set(range(4, 11))
    assert cases.plan.left_out[0].reason == "other_fold"
    assert {"AF", "LBBB"} <= set(cases.table)


def test_what_an_ai_learnt_from_is_not_drawn_nor_its_patients(cohort: Path) -> None:
    records = PtbXl(cohort, sampling_rate_hz=100).records()
    seen = records["fold"].isin(range(1, 9))
    patients = set(records["patient_id"][seen])
    cases = plan_cases(cohort, ["none=6"], trained_on=["PTB-XL folds 1-8"])
    assert not set(cases.table["patient_id"]) & patients
    counts = {x.reason: x.n_ecgs for x in cases.plan.left_out}
    assert counts["learnt_stated"] == int(seen.sum())
    assert cases.plan.n_ecgs == int((~records["patient_id"].isin(patients)).sum())


def test_an_archive_that_an_ai_learnt_from_is_refused_unless_that_is_allowed(cohort: Path) -> None:
    for said in ("ptb_xl", "challenge2021"):  # the archive itself, and one that holds its ECGs
        with pytest.raises(ArgumentError, match=f"120 an AI that learnt from {said} may have seen it.*--allow-learnt"):
            plan_cases(cohort, ["AF=4"], trained_on=[said])
    cases = plan_cases(cohort, ["AF=4"], trained_on=["challenge2021"], allow_learnt=True)
    assert [(x.reason, x.n_ecgs) for x in cases.plan.learnt] == [("learnt_stated", 120)]
    assert plan_cases(cohort, ["AF=4"], trained_on=["georgia"]).plan.n_ecgs == cases.plan.n_ecgs
    with pytest.raises(UnknownNameError, match="Did you mean 'ptb_xl'"):
        plan_cases(cohort, ["AF=4"], trained_on=["ptbxll"])


def test_a_table_of_ones_own_divides_the_ecgs(cohort: Path, tmp_path: Path) -> None:
    records = PtbXl(cohort, sampling_rate_hz=100).records()
    table = pd.DataFrame({"record_id": records.index, "panel": np.where(records["sex"] == "F", "split", "agreed")})
    table.loc[len(table)] = ["nobody", "split"]
    table.to_csv(tmp_path / "mine.csv", index=False)
    cases = plan_cases(cohort, ["none/panel:split=9", "none/panel:agreed=3"], about=tmp_path / "mine.csv")
    assert cases.table["panel"].value_counts().to_dict() == {"split": 9, "agreed": 3}
    assert cases.plan.n_strangers == 1
    with pytest.raises(UnknownNameError, match="column must be one that the archive has"):
        plan_cases(cohort, ["none=9"], by=["pannel"])


def test_signals_are_looked_at_for_a_level_of_quality(cohort: Path) -> None:
    cases = plan_cases(cohort, ["none=10"], by=["quality"])
    assert cases.plan.looked_at_signals
    assert set(cases.table["quality"]) <= {"good", "flagged"}


def test_the_command_draws_what_there_is_and_says_what_is_short(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "cases.csv"
    words = ["plan", "cases", str(cohort), "--want", "AF=100", "--want", "none=5", "--out", str(out)]
    assert status_of(*words, "--language", "fr") == 1
    said = capsys.readouterr().out
    drawn = pd.read_csv(out)
    assert f"--want AF={int(drawn['AF'].sum())} --want none=5" in said
    assert "Le fichier contient la vérité" in said
    n = int(drawn["AF"].sum())
    assert f"Trop peu : AF, il en manque {100 - n} sur 100." in said
    (line,) = [line for line in said.splitlines() if "ecg-eval plan cases" in line]
    assert status_of(*shlex.split(line.partition("ecg-eval ")[2])) == 0  # as it is printed, it works
    assert int(pd.read_csv(tmp_path / "cases-nearest.csv")["AF"].sum()) == n


@pytest.mark.parametrize(
    ("asked", "english", "french"),
    [
        (["NOSUCH=5"], "must be a finding or a label set", "il faut une anomalie ou un jeu d'anomalies"),
        (["AFF=5"], "Did you mean 'AF'?", "Vouliez-vous dire 'AF' ?"),
        (["AF/sex:X=5"], "one that the archive has of sex; got 'X'. Known: F, M.", "niveau que l'archive contient"),
        (["AF=0"], "the number 1 or more; got 'AF=0'", "le nombre valant 1 ou plus"),
        (["AF=1", "--by", "sex"], "works: --want AF=2, or without --by.", "--want AF=2, ou sans --by."),
        (["AF=2", "--by", "sex", "--by", "site"], "or --by sex.", "ou --by sex."),
    ],
)
def test_a_draw_that_cannot_be_is_refused_in_both_languages(
    cohort: Path, capsys: pytest.CaptureFixture[str], asked: list[str], english: str, french: str
) -> None:
    for language, words in (("en", english), ("fr", french)):
        assert status_of("plan", "cases", cohort, "--want", *asked, "--language", language) == 2
        assert words in capsys.readouterr().err.replace("\u00a0", " ")


@pytest.mark.shared_data
def test_ptb_xl_is_drawn_from_before_its_signals_are_fetched(shared: Path) -> None:
    cases = plan_cases(shared / "data" / "ptb-xl", ["AF=30", "LBBB=20", "none=60"], by=["sex"], signals_later=True)
    assert not cases.plan.draw.is_short
    # the archive's share of AF, from the enriched draw
    weight = cases.table["sampling_weight"].to_numpy()
    assert weight.sum() == pytest.approx(cases.plan.n_ecgs, rel=0.2)
