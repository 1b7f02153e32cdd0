"""With a key, nobody's name is in anything that a run leaves: no file of its folder, no page, no row of MLflow."""

import json
from pathlib import Path

import pandas as pd
import pytest

import ecg_eval
from ecg_eval.config.load import load_config
from ecg_eval.domain.people.personal import personal_in
from ecg_eval.domain.people.pseudonyms import Pseudonyms
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.study.check import examine_file
from ecg_eval.pipeline.study.run import rebuild_report, run

NAMES = ["Dr Anna Müller", "Jean Dupont", "Zoé O'Neil", "nobody.read@example.org"]
STUDY = """\
name: named
dataset: {{name: study_table, path: truth.csv}}
findings: [AF]
{pseudonyms}
groups: {{two: [Dr Anna Müller, Jean Dupont]}}
primary: [{{metric: sensitivity, reader: Jean Dupont, finding: AF}}]
panels:
  - name: readings_file
    path: .
    files: {{Dr Anna Müller: dr_anna_muller.csv, Jean Dupont: jean-dupont.csv, the_ai: ai.csv}}
    readers:
      - {{reader_id: Dr Anna Müller, kind: gp, description: works with Jean Dupont}}
      - {{reader_id: Jean Dupont, kind: gp}}
      - {{reader_id: Zoé O'Neil, kind: gp}}
      - {{reader_id: nobody.read@example.org, kind: gp}}
      - {{reader_id: the_ai, kind: model}}
tracking: {{uri: "{uri}"}}
intervals: {{resamples: 100}}
report: {{languages: [en, fr]}}
"""


def write(folder: Path, *, key: bool) -> Path:
    folder.mkdir(exist_ok=True)
    ids = [f"e{i}" for i in range(20)]
    whose = [f"Patient Nr {i // 2} Schmidt" for i in range(20)]
    pd.DataFrame({"record_id": ids, "patient_id": whose, "AF": [i % 2 for i in range(20)]}).to_csv(
        folder / "truth.csv", index=False
    )
    for n, file in enumerate(("dr_anna_muller.csv", "jean-dupont.csv", "ai.csv")):
        said = [int(i % 2 == 0) if i % (3 + n) == 0 else i % 2 for i in range(20)]
        table = pd.DataFrame({"record_id": ids, "finding": "AF", "reading": said, "comment": "ask Jean Dupont"})
        table.to_csv(folder / file, index=False)
    (folder / "secret.key").write_text("0123456789abcdef0123456789abcdef\n")
    asked = "pseudonyms: secret.key" if key else ""
    path = folder / "study.yaml"
    path.write_text(STUDY.format(pseudonyms=asked, uri=f"sqlite:///{folder / 'mlflow.db'}"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    made = []
    for key in (False, True):
        folder = tmp_path_factory.mktemp("named") / "study"
        path = write(folder, key=key)
        run(load_config(path, [f"out={folder / 'run'}"]))
        made.append(folder)
    return made[0], made[1]


def left(folder: Path) -> dict[str, bytes]:
    files = [*(folder / "run").rglob("*"), folder / "mlflow.db"]
    return {str(file): file.read_bytes() for file in files if file.is_file() and file.suffix != ".parquet"}


def tables(folder: Path) -> str:
    return "\n".join(pd.read_parquet(file).to_csv() for file in (folder / "run").glob("*.parquet"))


def test_no_name_is_left(folders: tuple[Path, Path]) -> None:
    named, hidden = folders
    assert any(b"Jean Dupont" in content for content in left(named).values())  # or this test could not fail
    words = [*NAMES, "Schmidt", "dr_anna_muller", "jean-dupont", "ask Jean"]
    rebuild_report(hidden / "run")
    for word in words:
        where = [file for file, content in left(hidden).items() if word.encode() in content]
        escaped = word.encode("unicode_escape")
        where += [file for file, content in left(hidden).items() if escaped in content and escaped != word.encode()]
        assert where == [], word
        assert word not in tables(hidden)


def test_the_numbers_are_the_same(folders: tuple[Path, Path]) -> None:
    before, after = (ecg_eval.open_run(folder / "run").frame for folder in folders)
    own = Pseudonyms(b"0123456789abcdef0123456789abcdef").reader
    before = before.assign(reader=before["reader"].replace({name: own(name) for name in NAMES}))
    key = ["metric", "reader", "arm", "compared_with", "finding", "subgroup"]
    both = before.merge(after, on=key[:3] + key[4:], how="inner")
    alone = both[(both["compared_with_x"] == "") & (both["compared_with_y"] == "")]
    assert len(alone) > 20
    pd.testing.assert_series_equal(alone["value_x"], alone["value_y"], check_names=False)
    assert after["pre_specified"].sum() == before["pre_specified"].sum() > 0
    assert "the_ai" in set(after["reader"])


def test_the_check_warns_of_names_and_never_repeats_them(folders: tuple[Path, Path]) -> None:
    found = examine_file(folders[0] / "study.yaml")
    warned = {odd.detail: odd.count for odd in found.odd if odd.kind == "personal"}
    assert warned["name_reader_ids"] == 2
    assert warned["text_comments"] == 1
    assert "name_record_ids" not in warned


def test_nothing_is_done_again_where_nothing_changed(folders: tuple[Path, Path]) -> None:
    folder = folders[1]
    again = run(load_config(folder / "study.yaml", [f"out={folder / 'run'}", "tracking.enabled=false"]))
    assert again.stages_done == []


@pytest.mark.parametrize(("content", "part"), [(None, "file of a secret key"), (b"short", "at least 16 bytes")])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: bytes | None, part: str) -> None:
    path = write(tmp_path / "x", key=True)
    (path.parent / "secret.key").unlink()
    if content is not None:
        (path.parent / "secret.key").write_bytes(content)
    assert part in "\n".join(map(str, examine_file(path).problems))
    with pytest.raises(EcgEvalError, match=part):
        run(load_config(path, [f"out={tmp_path / 'run'}"]))


@pytest.mark.parametrize("text", ["Dr Martin", "Mme Lefebvre", "Jean Dupont", "DUPONT Jean", "Anna-Maria Schmidt"])
def test_names_are_told(text: str) -> None:
    assert personal_in([text], names=True) == {"name": 1}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "dr_01",
            "gp (mean of 3)",
            "Dr 01 (ER)",
            "Reader One",
            "ECG 12 [a]",
            "A0001",
            "00001",
            "records100/00/00001_lr",
        )
    ],
)
def test_plain_ids_are_no_names(text: str) -> None:
    assert personal_in([text], names=True) == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to a.b@c.org", "mail"),
        ("née le 03/04/1961", "birth"),
        ("1961-04-03", "birth"),
        ("2 69 05 49 588 157 80", "national_id"),  # the example of INSEE's own page of the key
        ("943 476 5919", "national_id"),  # a number of the NHS that is kept for tests
        ("078-05-1120", "national_id"),
    ],
)
def test_identifiers_are_told(text: str, kind: str) -> None:
    assert kind in personal_in([text], names=False)


def test_other_numbers_are_none() -> None:
    assert personal_in(["943 476 5918", "2 69 05 49 588 157 81", "123-45-678", "14.5"], names=False) == {}


def test_no_name_is_left_of_columns_and_files_that_are_called_as_people(tmp_path: Path) -> None:
    ids = [f"e{i}" for i in range(12)]
    said = {name: [f"c{(i + n) % 2}" for i in range(12)] for n, name in enumerate(NAMES[:2])}
    table = {"record_id": ids, "Gold": [f"c{i % 2}" for i in range(12)], **said, "asked Mr Snodgrass": "x"}
    (tmp_path / "files").mkdir()
    pd.DataFrame(table).to_csv(tmp_path / "files" / "all.csv", index=False)
    wide = pd.DataFrame({"record_id": ids, "c0": ["yes", "no"] * 6})
    for name in ("Zoe Third_s1", "Zoe Third_s2", "of Snodgrass"):
        wide.to_csv(tmp_path / "files" / f"{name}.csv", index=False)
    (tmp_path / "secret.key").write_text("0123456789abcdef0123456789abcdef\n")
    unread = [*NAMES[:2], "asked Mr Snodgrass"]
    study = {
        "name": "named",
        "data_root": "files",
        "dataset": {"name": "study_table", "path": "all.csv", "choice": "Gold", "ignore": unread},
        "findings": [{"code": code, "en": code, "fr": code} for code in ("c0", "c1")],
        "pseudonyms": "../secret.key",
        "tracking": {"uri": f"sqlite:///{tmp_path / 'run' / 'mlflow.db'}"},
        "report": {"languages": ["en", "fr"]},
        "panels": [
            {
                "name": "readings_file",
                "path": "all.csv",
                "headers": "{reader}",
                "cells": "choice",
                "ignore": ["Gold", unread[2]],
                "readers": [{"reader_id": name, "kind": "gp"} for name in NAMES[:2]],
            },
            {
                "name": "readings_file",
                "path": ".",
                "file_names": "{reader}_s{period}",
                "words": {"yes": "present", "no": "absent"},
                "readers": [{"reader_id": "Zoe Third", "kind": "gp"}],
            },
        ],
    }
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    (tmp_path / "run").mkdir()
    run(load_config(tmp_path / "study.yaml", [f"out={tmp_path / 'run'}"]))
    excluded = (tmp_path / "run" / "excluded.csv").read_text()
    assert "ignored as declared: 12 cells" in excluded
    assert "2 files are not called as `file_names` says: file-" in excluded
    for word in (*NAMES[:2], "Snodgrass", "Third"):
        files = (file for file in (tmp_path / "run").rglob("*") if file.is_file() and file.suffix != ".parquet")
        assert [str(file) for file in files if word.encode() in file.read_bytes()] == [], word
    tables_left = [pd.read_parquet(file).to_csv() for file in (tmp_path / "run").glob("*.parquet")]
    assert not any(word in table for table in tables_left for word in (*NAMES[:2], "Snodgrass", "Third"))
