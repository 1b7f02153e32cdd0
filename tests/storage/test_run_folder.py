"""A run folder holds everything a report needs, whole or not at all, and knows what need not be done again."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.evaluation import Evaluation, Row
from ecg_eval.domain.facts.provenance import Provenance, ReferenceFacts
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.storage.atomic import digest_of_bytes, digest_of_file, write_atomically
from ecg_eval.storage.run_folder import STUDY_FILES, RunFolder

QUALITY = pd.DataFrame({"record_id": ["r002"], "kind": ["flat_lead"], "value": [0.0012345]})
LEFT_OUT = left_out_table([("r001", "", "signal", "truncated")])


@pytest.fixture
def written(tmp_path: Path, make_study: Callable[..., ReaderStudy]) -> tuple[RunFolder, ReaderStudy]:
    study = make_study()
    truth = study.reference.table
    study = make_study(
        reference=ReferenceStandard(
            table=truth, method="m", votes={"gp1": truth, "gp2": 1 - truth}, formed_by=("gp1", "gp2")
        )
    )
    folder = RunFolder(tmp_path / "run")
    folder.write_study(study, LEFT_OUT, QUALITY)
    folder.write_evaluation(Evaluation.from_rows([Row(metric="ppv", estimate=Estimate(value=0.5, method="m", n=2))]))
    folder.write_facts("provenance.json", Provenance(reference=ReferenceFacts(method="m", formed_by=("gp1", "gp2"))))
    return folder, study


def test_what_is_written_reads_back(written: tuple[RunFolder, ReaderStudy]) -> None:
    folder, study = written
    result = folder.read_result(name="x", heading="")
    pd.testing.assert_frame_equal(result.study.readings, study.readings)
    pd.testing.assert_frame_equal(result.study.readers, study.readers)
    assert result.study.findings == study.findings
    assert result.study.reference.formed_by == ("gp1", "gp2")
    for finding in study.findings:
        assert np.array_equal(result.study.truth(finding), study.truth(finding))
        judged = ("gp1",)
        assert np.array_equal(result.study.truth(finding, judged=judged), study.truth(finding, judged=judged))
    pd.testing.assert_frame_equal(result.left_out, LEFT_OUT)
    assert result.evaluation.frame["value"].tolist() == [0.5]


@pytest.mark.parametrize("name", [*STUDY_FILES, "evaluation.csv", "provenance.json"])
def test_a_missing_file_is_named(written: tuple[RunFolder, ReaderStudy], name: str) -> None:
    folder, _ = written
    (folder.path / name).unlink()
    with pytest.raises(RunFolderError, match=name):
        folder.read_result(name="x", heading="")


def test_broken_files_are_named(written: tuple[RunFolder, ReaderStudy]) -> None:
    folder, _ = written
    (folder.path / "readings.parquet").write_text("nothing")
    with pytest.raises(RunFolderError, match="Parquet"):
        folder.read_result(name="x", heading="")
    (folder.path / "provenance.json").write_text("{")
    with pytest.raises(RunFolderError, match="JSON"):
        folder.read_result(name="x", heading="")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"energy_kwh": 3}, "provenance.json: energy_kwh must be a key of this version"),
        ({"seed": "7"}, "provenance.json: seed must be a whole number or null; got '7'"),
        ({"answers": {"uncertain": "maybe", "refer": "present"}}, "answers.uncertain must be one of present, absent"),
    ],
)
def test_what_another_version_wrote_is_refused_with_what_mends_it(
    written: tuple[RunFolder, ReaderStudy], change: dict[str, object], said: str
) -> None:
    folder, _ = written
    path = folder.path / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    mends = re.escape(f"`ecg-eval run {folder.path}/run.yaml --out {folder.path}` makes it again.")
    with pytest.raises(RunFolderError, match=f"{said}.*{mends}"):
        folder.read_result(name="x", heading="")


TABLES = ("readings.parquet", "records.parquet", "reference.parquet", "excluded.csv", "evaluation.csv")


def rewrite(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    if path.suffix == ".csv":
        change(pd.read_csv(path, dtype="string", keep_default_na=False)).to_csv(path, index=False)
    else:
        change(pd.read_parquet(path)).to_parquet(path, index=False)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_a_column_of_this_version_is_refused(written: tuple[RunFolder, ReaderStudy], name: str) -> None:
    folder, _ = written
    rewrite(folder.path / name, lambda table: table.drop(columns=table.columns[0]))
    with pytest.raises(RunFolderError, match=rf"{name}: columns must be .*missing: \w+.*makes it again"):
        folder.read_result(name="x", heading="")


@pytest.mark.parametrize("name", ["readings.parquet", "excluded.csv", "evaluation.csv"])
def test_a_table_with_a_column_of_another_version_is_refused(written: tuple[RunFolder, ReaderStudy], name: str) -> None:
    folder, _ = written
    rewrite(folder.path / name, lambda table: table.assign(mood="good"))
    with pytest.raises(RunFolderError, match=rf"{name}: columns must be .*unknown: mood.*makes it again"):
        folder.read_result(name="x", heading="")


def test_an_answer_of_another_version_does_not_become_a_missing_one(written: tuple[RunFolder, ReaderStudy]) -> None:
    folder, _ = written
    words = {"present": "probably"}
    path = folder.path / "readings.parquet"
    rewrite(path, lambda table: table.assign(reading=table["reading"].astype("string").replace(words)))
    with pytest.raises(RunFolderError, match=r"answers must be words of this version; got \['reading'\]"):
        folder.read_result(name="x", heading="")


@pytest.mark.parametrize(("name", "text"), [("excluded.csv", "a,b\n1,2\n1,2,3,4\n"), ("evaluation.csv", "")])
def test_a_broken_table_is_refused(written: tuple[RunFolder, ReaderStudy], name: str, text: str) -> None:
    folder, _ = written
    (folder.path / name).write_text(text)
    with pytest.raises(RunFolderError, match=f"{name}: file must be a table.*makes it again"):
        folder.read_result(name="x", heading="")


def test_an_estimate_that_is_no_number_is_refused(written: tuple[RunFolder, ReaderStudy]) -> None:
    folder, _ = written
    rewrite(folder.path / "evaluation.csv", lambda table: table.assign(value="high"))
    with pytest.raises(RunFolderError, match=r"evaluation.csv: value must be numbers or blank.*makes it again"):
        folder.read_result(name="x", heading="")


def test_a_stage_stands_while_files_and_inputs_are_unchanged(written: tuple[RunFolder, ReaderStudy]) -> None:
    folder, _ = written
    assert not folder.stage_stands("study", inputs="a")
    folder.stage_done("study", inputs="a", files=STUDY_FILES)
    folder.stage_done("other", inputs="b", files=[])
    assert folder.stage_stands("study", inputs="a")
    assert not folder.stage_stands("study", inputs="changed")
    assert not folder.stage_stands("report", inputs="a")
    (folder.path / "excluded.csv").write_text("changed")
    assert not folder.stage_stands("study", inputs="a")
    (folder.path / "stages.json").write_text("{broken")
    assert not folder.stage_stands("other", inputs="b")
    folder.stage_done("other", inputs="b", files=[])
    assert folder.stage_stands("other", inputs="b")


def test_not_a_number_never_reaches_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        RunFolder(tmp_path).write_facts("x.json", {"value": float("nan")})


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("ecg_eval.storage.atomic.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_digests(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"abc")
    assert digest_of_file(tmp_path / "a") == digest_of_bytes("abc")
    assert digest_of_bytes("abc").startswith("ba7816bf")
