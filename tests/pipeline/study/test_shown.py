"""What an AI of the study had shown its readers, where their own file does not say it."""

from pathlib import Path

import pytest

import ecg_eval
from ecg_eval.config.load import load_config
from ecg_eval.pipeline.study.check import examine_file
from ecg_eval.pipeline.study.run import run

STUDY = """\
name: shown
dataset: {name: study_table, path: truth.csv}
findings: [AF]
panels:
  - {name: readings_file, path: gps.csv, readers: [{reader_id: a, kind: gp}], shows: {aided: net}}
  - {name: readings_file, path: net.csv, readers: [{reader_id: net, kind: model}]}
metrics: [sensitivity]
tracking: {enabled: false}
intervals: {resamples: 100}
"""


def write(folder: Path, study: str = STUDY) -> Path:
    (folder / "truth.csv").write_text("record_id,AF\n1,1\n2,0\n3,1\n")
    rows = [
        f"{i},a,AF,{i % 2},{arm},{shown}" for arm in ("unaided", "aided") for i, shown in ((1, ""), (2, ""), (3, 0))
    ]
    head = "record_id,reader_id,finding,reading,arm,ai_reading"
    unaided = [row.rpartition(",")[0] + "," if "unaided" in row else row for row in rows]
    (folder / "gps.csv").write_text("\n".join([head, *unaided]) + "\n")
    (folder / "net.csv").write_text("record_id,reader_id,finding,reading\n1,net,AF,1\n2,net,AF,0\n3,net,AF,1\n")
    (folder / "study.yaml").write_text(study)
    return folder / "study.yaml"


def test_it_is_what_that_reader_said_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert not examine_file(path).problems
    run(load_config(path, [f"out={tmp_path / 'run'}"]))
    table = ecg_eval.open_run(tmp_path / "run").study.readings
    shown = table[table["reader_id"] == "a"].set_index(["arm", "record_id"])["ai_reading"].astype(object)
    assert shown["aided"].to_dict() == {"1": "present", "2": "absent", "3": "absent"}
    assert shown["unaided"].isna().all()


@pytest.mark.parametrize("name", ["ner", "nobody"])
def test_who_has_no_readings_showed_nothing(tmp_path: Path, name: str) -> None:
    found = examine_file(write(tmp_path, STUDY.replace("aided: net", f"aided: {name}")))
    assert "one who has readings" in "\n".join(map(str, found.problems))
