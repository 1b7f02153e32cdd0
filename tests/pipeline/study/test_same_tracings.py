"""A tracing on both sides of a split stops a run; copies among those read are counted; archives are compared."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from toys.toy_study import ToyArchive
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import InputFileError, ProblemsError, RunFolderError
from ecg_eval.pipeline.archives.overlap import overlap, overlap_text
from ecg_eval.pipeline.comparison.side_by_side import compare_runs
from ecg_eval.pipeline.study.run import run
from ecg_eval.storage.atomic import digest_of_file

Maker = Callable[..., RunConfig]


class Copied(ToyArchive):
    """Some recordings are copies of others, under other ids and patients."""

    lineage = ("georgia",)

    def __init__(self, copies: Mapping[str, str]) -> None:
        super().__init__()
        self.copies = dict(copies)

    def load(self, record_id: str) -> Recording:
        return replace(super().load(self.copies.get(record_id, record_id)), record_id=record_id)


def copied(**copies: str) -> dict[str, Any]:
    return {"name": f"{__name__}:Copied", "copies": copies}


# folds are 1 to 10 in turn: t00 and t01 teach, t02 and t03 freeze thresholds, t04 to t09 are read
@pytest.mark.parametrize(
    ("copies", "sides"),
    [({"t04": "t00"}, "train, split.test"), ({"t03": "t00"}, "train, split.threshold")],
)
def test_a_tracing_on_both_sides_fails_the_run(toy_config: Maker, copies: dict[str, str], sides: str) -> None:
    with pytest.raises(ProblemsError, match=f"split.{sides}: 1 tracings must be on one side only"):
        run(toy_config(dataset=copied(**copies)))


def test_its_patient_may_be_left_out_of_training(toy_config: Maker) -> None:
    split = {"train": [1, 2], "threshold": [3, 4], "test": [5, 6, 7, 8, 9, 10], "same_tracing": "leave_out"}
    folder = run(toy_config(dataset=copied(t04="t00", t05="t02"), split=split)).folder
    left_out = pd.read_csv(folder / "excluded.csv", keep_default_na=False)
    said = left_out[left_out["reason"].str.startswith("a tracing of this patient")]
    assert said["record_id"].tolist() == ["t00", "t02"]
    assert said["reason"].iloc[0] == "a tracing of this patient, t00, is t04 of the test split"
    told = json.loads((folder / "study.json").read_text())
    assert told["models"]["looks"]["n_train"] == 7
    parts = pd.read_csv(folder / "signal_digests.csv")["part"].value_counts().to_dict()
    assert parts == {"train": 7, "threshold": 7, "test": 24}


def test_copies_among_those_read_are_counted_and_said(toy_config: Maker) -> None:
    folder = run(toy_config(dataset=copied(t05="t04"))).folder
    told = json.loads((folder / "provenance.json").read_text())["signals"]
    assert (told["records"], told["copies"], told["copies_of_another_patient"]) == (24, 1, 1)
    assert "the same tracing as record t04, of another patient" in (folder / "excluded.csv").read_text()
    page = (folder / "report.en.html").read_text()
    assert "Copies among the recordings read: 1, of them under another patient: 1." in page


def test_the_digest_of_what_was_read_changes_with_a_tracing_alone(toy_config: Maker, tmp_path: Path) -> None:
    folders = [
        run(toy_config(dataset=copied(**c), out=str(tmp_path / n))).folder
        for n, c in (("a", {}), ("b", {"t05": "t04"}))
    ]
    first, second = (json.loads((f / "provenance.json").read_text()) for f in folders)
    assert first["dataset"] == second["dataset"]
    assert first["signals"]["sha256"] != second["signals"]["sha256"]


def test_archives_are_compared_by_lineage_and_by_tracing(toy_config: Maker, tmp_path: Path) -> None:
    class_path = f"{__name__}:Copied"
    first = run(toy_config(dataset={"name": "toy_study:ToyArchive"}, out=str(tmp_path / "a"))).folder
    config = tmp_path / "b.yaml"
    config.write_text(
        f"name: b\ndataset: {{name: '{class_path}', copies: {{t05: t04}}}}\nfindings: [AF]\nmodels: [prevalence]\n"
    )
    answer = CliRunner().invoke(app, ["overlap", str(first), str(config), "--out", str(tmp_path / "pairs.csv")])
    assert answer.exit_code == 0, answer.output
    assert "toy_archive and copied are not known to share recordings." in answer.output
    assert "toy_archive: 39 of 40 tracings are also in the other." in answer.output
    assert "copied: 40 of 40 tracings are also in the other." in answer.output
    assert "t00 = t00, t01 = t01" in answer.output
    assert "and 30 more." in answer.output
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert pairs.loc[pairs["first"] == "t04", "second"].tolist() == ["t04", "t05"]
    assert len(pairs) == 40
    as_json = CliRunner().invoke(app, ["overlap", str(first), str(config), "--json"])
    assert len(json.loads(as_json.output)["shared"]) == 40


def sign(folder: Path) -> None:
    """Take the files of a run folder for those that the run left."""
    path = folder / "stages.json"
    stages = json.loads(path.read_text())
    for left in stages.values():
        left["files"] = {name: digest_of_file(folder / name) for name in left["files"]}
    path.write_text(json.dumps(stages))


def test_runs_on_archives_that_share_do_not_confirm_each_other(toy_config: Maker, tmp_path: Path) -> None:
    first = run(toy_config(out=str(tmp_path / "a"))).folder
    second = run(toy_config(dataset=copied(), out=str(tmp_path / "b"))).folder
    warnings = compare_runs([first, second]).warnings
    assert f"40 tracings of {first} are in {second} too: one does not confirm the other independently." in warnings
    said = json.loads((second / "provenance.json").read_text())
    said["dataset"]["lineage"] = ["toy_archive"]
    (second / "provenance.json").write_text(json.dumps(said))
    (second / "signal_digests.csv").write_text("record_id,part,sha256\n")
    sign(second)
    warnings = compare_runs([first, second]).warnings
    assert any("toy_archive and copied hold the same recordings" in w for w in warnings)


def test_what_cannot_be_compared_is_counted_or_an_error(toy_config: Maker, tmp_path: Path) -> None:
    config = tmp_path / "broken.yaml"
    keys = "name: b\ndataset: {name: 'toy_study:ToyArchive', broken: 3}\nfindings: [AF]\nmodels: [prevalence]\n"
    config.write_text(keys)
    folder = run(toy_config()).folder
    found = overlap(config, folder)
    assert found.first.unreadable == 3
    assert "toy_archive: 37 of 37 tracings are also in the other; 3 cannot be read and are not compared." in (
        overlap_text(found).splitlines()
    )
    config.write_text(f"name: b\ndataset: {{name: ludb, root: {tmp_path}}}\nfindings: [AF]\nmodels: [prevalence]\n")
    with pytest.raises(InputFileError, match=r"ludb\.csv"):
        overlap(config, folder)
    with pytest.raises(RunFolderError):
        overlap(tmp_path, folder)
    said = json.loads((folder / "provenance.json").read_text())
    said["dataset"]["lineage"] = "georgia"
    (folder / "provenance.json").write_text(json.dumps(said))
    sign(folder)
    with pytest.raises(RunFolderError, match=r"dataset.lineage must be a list; got 'georgia'"):
        overlap(folder, folder)


@pytest.mark.shared_data
def test_the_challenge_and_ptb_xl_on_real_data(shared: Path, tmp_path: Path) -> None:
    for name, root in (("ptb_xl", "ptb-xl"), ("challenge2021", "cinc2021/training")):
        keys = f"name: {name}\ndata_root: {shared / 'data' / root}\ndataset: {name}\n"
        text = f"{keys}findings: [AF]\nmodels: [prevalence]\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    places = [str(tmp_path / f"{name}.yaml") for name in ("challenge2021", "ptb_xl")]
    answer = CliRunner().invoke(app, ["overlap", *places])
    assert "challenge2021 and ptb_xl hold the same recordings" in answer.output
    assert "challenge2021: 10 of 147 tracings are also in the other." in answer.output
    assert "HR00001 = 1, HR00002 = 2" in answer.output


@pytest.mark.shared_data
def test_a_changed_archive_is_read_again(toy_config: Maker, shared: Path, tmp_path: Path) -> None:
    records = sorted((shared / "data/ludb/data").glob("*.hea"))[:6]
    root = tmp_path / "archive"
    root.mkdir()
    for header in records:
        for path in (header, header.with_suffix(".dat")):
            (root / path.name).write_bytes(path.read_bytes())
    (tmp_path / "labels.csv").write_text(
        "record_id,AF\n" + "".join(f"{h.stem},{i % 2}\n" for i, h in enumerate(records))
    )
    dataset = {"name": "wfdb_folder", "root": str(root), "labels": str(tmp_path / "labels.csv")}
    config = toy_config(dataset=dataset, split={}, models=["toy_study:ToyModel"], panels=[], metrics=["sensitivity"])
    assert run(config).stages_done == ["study", "evaluation", "report"]
    assert run(config).stages_done == []
    header = root / records[0].name
    header.write_text(header.read_text().replace("ECG", "EEG") + "# changed\n")
    assert run(config).stages_done[0] == "study"
