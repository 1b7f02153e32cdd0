"""Drafts of studies from files of many shapes: each is checked as it stands, and says what it guessed."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.drafting.draft import draft_studies
from ecg_eval.pipeline.drafting.words import answer_of, finding_of, kind_of
from ecg_eval.pipeline.study.check import examine_file

HERE = Path(__file__).parents[2]


def drafted(folder: Path, *files: Path) -> dict[str, Any]:
    """Return the one draft of some files, checked without a problem."""
    (draft,) = draft_studies(files or [folder], folder / "study.yaml")
    found = examine_file(draft.path)
    assert not found.problems, "\n".join([draft.text, *map(str, found.problems)])
    study: dict[str, Any] = yaml.safe_load(draft.text)
    return study


def test_a_french_sheet_of_gps_with_its_truth_and_who_they_are(tmp_path: Path) -> None:
    ecgs = [f"ECG {i:03d}" for i in range(1, 13)]
    truth = pd.DataFrame({"N° ECG": ecgs, "Fibrillation atriale": [i % 2 for i in range(12)], "BBG": [0] * 11 + [1]})
    truth.rename(columns={"N° ECG": "ECG"}).to_excel(tmp_path / "référence.xlsx", index=False)
    rows = [
        {
            "ECG": e,
            "Médecin": m,
            "Bras": b,
            "Fibrillation atriale": "oui" if i % 3 else "non",
            "BBG": "?",
            "Temps": "1:05",
        }
        for m in ("dr a", "dr b")
        for b in ("sans IA", "avec IA")
        for i, e in enumerate(ecgs)
    ]
    pd.DataFrame(rows).to_excel(tmp_path / "lectures.xlsx", index=False)
    who = pd.DataFrame(
        {"Médecin": ["dr a", "dr b"], "Fonction": ["Médecin généraliste", "Sage-femme"], "Expérience": [12, 3]}
    )
    who.to_csv(tmp_path / "lecteurs.csv", index=False, sep=";", encoding="cp1252")
    study = drafted(tmp_path)
    assert study["dataset"]["path"] == "référence.xlsx"
    (panel,) = study["panels"]
    assert panel["words"] == {"non": "absent", "oui": "present", "?": "uncertain"}
    assert panel["arms"] == {"sans IA": "unaided", "avec IA": "aided"}
    assert panel["columns"] == {"arm": "Bras", "seconds": "Temps"}
    assert [reader["kind"] for reader in panel["readers"]] == ["gp", "sage_femme"]
    assert panel["readers"][0]["years_experience"] == "12"
    assert list(study["kinds"]) == ["sage_femme"]
    assert "AF" in study["findings"]


def test_one_file_a_reader_and_no_truth(tmp_path: Path) -> None:
    for reader in ("a", "b"):
        (tmp_path / f"{reader}.csv").write_text("id;AF;LBBB\n1;1;0\n2;0;0\n3;1;1\n")
    study = drafted(tmp_path)
    assert study["panels"][0]["files"] == {"a": "a.csv", "b": "b.csv"}
    assert study["reference"] == "none"
    assert study["dataset"]["truth"] is False


def test_rows_of_readers_and_columns_of_recordings(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("ECG,class\n1 a,STEMI\n2 b,other\n3 c,STEMI\n4 d,other\n")
    (tmp_path / "answers.csv").write_text(
        "Name,1 a,2 b,3 c,4 d\ndr x,STEMI,other,other,\ndr y,STEMI,STEMI,other,STEMI\n"
    )
    study = drafted(tmp_path)
    assert study["panels"][0]["headers"] == "{record}"
    assert study["panels"][0]["cells"] == "choice"
    assert [reader["reader_id"] for reader in study["panels"][0]["readers"]] == ["dr x", "dr y"]


def test_truth_and_ai_among_the_readers(tmp_path: Path) -> None:
    rows = "".join(f"e{i},{'AB'[i % 2]},{'AB'[i % 2]},B,A\n" for i in range(8))
    (tmp_path / "all.csv").write_text("ecg,Gold standard,AI,dr x,dr y\n" + rows)
    study = drafted(tmp_path)
    assert study["dataset"]["choice"] == "Gold standard"
    assert study["panels"][0]["ignore"] == ["Gold standard"]
    kinds = {reader["reader_id"]: reader["kind"] for reader in study["panels"][0]["readers"]}
    assert kinds == {"AI": "model", "dr x": "reader", "dr y": "reader"}


@pytest.mark.parametrize(
    ("path", "preset"),
    [("label_studio/export.json", "label_studio"), ("redcap/raw.csv", "redcap"), ("challenge", "challenge")],
)
def test_exports_are_drafted_by_their_preset(tmp_path: Path, path: str, preset: str) -> None:
    study = drafted(tmp_path, HERE / "tables" / path)
    assert study["panels"][0]["preset"] == preset


def test_decimal_commas_and_long_files(tmp_path: Path) -> None:
    rows = "record_id;reader;finding;answer;certainty\n1;a;AF;oui;0,5\n2;a;AF;non;0,75\n"
    (tmp_path / "long.csv").write_text(rows)
    study = drafted(tmp_path)
    assert study["panels"][0]["decimal"] == ","
    assert study["panels"][0]["columns"] == {"reading": "answer", "confidence": "certainty"}


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "ecg,reader,class\n" + "".join(f"e{i},r{i % 2},{'Off' if i % 2 else '7'}\n" for i in range(8))
    )
    study = drafted(tmp_path)
    assert [finding["code"] for finding in study["findings"]] == ["7", "Off"]


def test_what_cannot_be_read_or_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record_id,reader_id,AF,batch of the day\n1,x,1,17\n2,x,0,18\n3,x,1,94\n")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    (draft,) = draft_studies([tmp_path], tmp_path / "study.yaml")
    assert any("broken.xlsx was not read" in note for note in draft.notes)
    assert "not used: column 'batch of the day' of a.csv" in draft.text
    assert not examine_file(draft.path).problems
    with pytest.raises(EcgEvalError, match="a new file"):
        draft_studies([tmp_path], tmp_path / "study.yaml")
    with pytest.raises(EcgEvalError, match="existing file"):
        draft_studies([tmp_path / "nowhere.csv"], tmp_path / "other.yaml")
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "text.csv").write_text("a,b\nhello there,you\ngood bye,me\n")
    with pytest.raises(EcgEvalError, match="tables of answers"):
        draft_studies([tmp_path / "only"], tmp_path / "other.yaml")
    (tmp_path / "only" / "text.csv").write_text("record_id,reader_id,finding,reading\n1,a,,1\n2,a,,0\n")
    with pytest.raises(EcgEvalError, match="about findings"):
        draft_studies([tmp_path / "only"], tmp_path / "other.yaml")
    with pytest.raises(EcgEvalError, match="at least one"):
        draft_studies([], tmp_path / "other.yaml")


def test_a_folder_beside_the_files_is_named_and_not_looked_into(tmp_path: Path) -> None:
    table = pd.DataFrame({"ECG": ["a", "b", "c"], "AF": [1, 0, 1], "LBBB": [0, 0, 1]})
    table.to_csv(tmp_path / "truth.csv", index=False)
    table.to_csv(tmp_path / "dr_a.csv", index=False)
    (tmp_path / "runs").mkdir()
    (draft,) = draft_studies([tmp_path], tmp_path / "study.yaml")
    assert any("runs" in note and "folder" in note for note in draft.notes)
    assert [panel["files"] for panel in yaml.safe_load(draft.text)["panels"]] == [{"dr_a": "dr_a.csv"}]


def test_kinds_that_nobody_knows_are_called_as_the_file_calls_them(tmp_path: Path) -> None:
    table = pd.DataFrame({"ECG": ["a", "b", "c"] * 2, "Reader": ["x"] * 3 + ["y"] * 3, "AF": [1, 0, 1] * 2})
    table.to_csv(tmp_path / "answers.csv", index=False)
    who = pd.DataFrame({"Reader": ["x", "y"], "profession": ["emergency physician", "GP"]})
    who.to_csv(tmp_path / "who.csv", index=False)
    kinds = drafted(tmp_path)["kinds"]
    assert kinds["emergency_physician"]["en_many"] == "emergency physicians"
    assert list(kinds) == ["emergency_physician"]


def test_words_are_guessed_only_where_they_are_known() -> None:
    assert [answer_of(word) for word in ("Oui", "NEIN", "?", "n/a", "à adresser", "perhaps later")] == [
        *("present", "absent", "uncertain", "missing", "refer", None)
    ]
    assert [finding_of(word) for word in ("lbbb", "Atrial fibrillation", "STEMI", "Normal")] == [
        "LBBB",
        "AF",
        None,
        None,
    ]
    assert [kind_of(word) for word in ("GPs", "Médecin généraliste", "midwife")] == ["gp", "gp", None]
