"""A machine that learnt from what it reads is marked wherever its numbers are shown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toys.toy_study import ToyArchive, ToyModel

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.provenance import IndependenceFacts
from ecg_eval.pipeline.study.run import run
from ecg_eval.storage.run_folder import RunFolder
from ecg_eval.tracking.log_items import log_items

Maker = Callable[..., RunConfig]


class Copy(ToyArchive):
    """Recordings that are in PTB-XL too."""

    lineage = ("ptb_xl",)


class Taught(ToyModel):
    """Looks where it looked when it was taught."""

    def __init__(self, taught: str = "") -> None:
        self.trained_on = (taught,) if taught else ()


def readings(folder: Path, **readers: Any) -> dict[str, Any]:
    """Return a panel of machines that each call every recording of the toy archive present."""
    path = folder / "readings.csv"
    rows = [f"t{i:02d},{reader},AF,present" for reader in readers for i in range(40)]
    path.write_text("\n".join(["record_id,reader_id,finding,reading", *rows]))
    said = [{"reader_id": r, "kind": "vendor", "trained_on": t} for r, t in readers.items()]
    return {"name": "readings_file", "path": str(path), "readers": said}


def test_statements_are_marked_in_every_place(toy_config: Maker, tmp_path: Path) -> None:
    panel = readings(
        tmp_path,
        far="georgia",
        near=["Challenge 2021"],
        here="Toy Archive",
        other="toy_archive folds 1-4",
        same="toy_archive folds 4-5",
        silent=None,
    )
    models = [{"name": f"{__name__}:Taught", "id": "outside", "taught": "ptb_xl"}, {"name": f"{__name__}:Taught"}]
    dataset = {"name": f"{__name__}:Copy"}
    config = toy_config(dataset=dataset, models=models, panels=[panel], metrics=["sensitivity"])
    folder = RunFolder(run(config).folder)
    learnt = folder.read_provenance().independence
    assert {reader: facts.kind for reader, facts in learnt.items()} == {
        **{"outside": "relative", "Taught": "independent", "far": "independent", "near": "relative"},
        **{"here": "independent", "other": "independent", "same": "independent", "silent": "not_stated"},
    }
    near = IndependenceFacts(trained_on="Challenge 2021", kind="relative", archives=("challenge2021",))
    assert learnt["near"] == near
    result = folder.read_result(name=config.name, heading="")
    tags = {r.name: r.tags.get("independent_of_data") for r in log_items(result)}
    assert tags == {
        **{"outside": "false", "Taught": "true", "far": "true", "near": "false"},
        **{"here": "true", "other": "true", "same": "true", "silent": "not stated"},
    }
    page = (folder.path / "report.en.html").read_text()
    assert "outside (ptb_xl) and near (challenge2021) learnt from an archive that holds recordings of this one" in page
    assert "It is not stated what silent learnt from" in page
    assert "no: from ptb_xl, which holds recordings of this archive" in page


def test_folds_tell_what_was_seen(toy_config: Maker, tmp_path: Path) -> None:
    panel = readings(
        tmp_path, here="Toy Archive", other="toy_archive folds 1-4", same="toy_archive folds 4-5", none="nothing"
    )
    folder = run(toy_config(panels=[panel], metrics=["sensitivity"])).folder
    told = json.loads((folder / "study.json").read_text())["independence"]
    assert {reader: said["kind"] for reader, said in told.items()} == {
        **{"looks": "independent", "prevalence": "independent"},
        **{"here": "same_archive", "other": "other_folds", "same": "same_folds", "none": "independent"},
    }
    page = (folder / "report.en.html").read_text()
    assert "same (toy_archive) learnt from the folds that are read here" in page
    assert "no: from this archive (toy_archive), in other folds" in page


def test_nothing_is_said_where_all_learnt_in_the_run_alone(toy_config: Maker) -> None:
    page = (run(toy_config()).folder / "report.en.html").read_text()
    assert "learnt from before this study" not in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_both_languages_mark_it(toy_config: Maker, tmp_path: Path, language: str) -> None:
    panel = readings(tmp_path, here="toy_archive")
    report = {"sections": ["answer", "study_flow", "provenance_page"], "languages": [language]}
    folder = run(toy_config(panels=[panel], report=report)).folder
    page = (folder / f"report.{language}.html").read_text()
    marked = {"en": "Not independent of the data: here", "fr": "Non indépendant des données"}[language]
    assert page.count(marked) == 2


def test_thresholds_chosen_on_what_is_read_are_no_independence(toy_config: Maker, tmp_path: Path) -> None:
    panel = readings(tmp_path, tuned="georgia", free="georgia")
    panel["readers"][0]["thresholds_from"] = "toy_archive"
    dataset = {"name": f"{__name__}:Named"}
    config = toy_config(dataset=dataset, models=[], panels=[panel], metrics=["sensitivity", "specificity"])
    folder = RunFolder(run(config).folder)
    facts = folder.read_provenance().independence
    assert facts["tuned"].thresholds != "independent"
    assert facts["free"].thresholds == "independent"
    result = folder.read_result(name=config.name, heading="")
    runs = {r.name: r.tags for r in log_items(result)}
    assert runs["tuned"]["independent_of_data"] == "false"
    assert "thresholds were chosen" in runs["tuned"]["mlflow.note.content"]
    page = (folder.path / "report.en.html").read_text()
    assert "its thresholds chosen on" in page
    assert "Beside" not in page


class Named(ToyArchive):
    """The archive under the name by which readers state it."""

    name = "toy_archive"
