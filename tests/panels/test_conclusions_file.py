"""Conclusions in a file: what they say, what silence means, and what was not understood is named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.errors import ConfigError, InputFileError, ProblemsError
from ecg_eval.panels.conclusions_file import ConclusionsFile

IDS = ["e1", "e2", "e3", "e4", "e5"]
READERS = [{"reader_id": "gp1", "kind": "gp"}]
TEXT = (
    "record_id;reader_id;conclusion;service\n"
    "e1;gp1;Rythme sinusal, BBG complet;cardio\n"
    "e2;gp1;FA, Takotsubo;cardio\n"
    "e3;gp1;Pas de FA, séquelle de nécrose;cardio\n"
    "e4;gp1;;cardio\n"
    "e5;gp1;Suspicion de FA;cardio\n"
)


def read(
    tmp_path: Path, text: str = TEXT, findings: tuple[str, ...] = ("AF", "LBBB", "IMI"), **options: object
) -> PanelReadings:
    path = tmp_path / "conclusions.csv"
    path.write_text(text, encoding="utf-8")
    records = pd.DataFrame({"patient_id": IDS}, index=pd.Index(IDS, name="record_id", dtype="string"))
    request = PanelRequest(
        records=records,
        findings=findings,
        labels=None,
        model_readings=pd.DataFrame(),
        rng=np.random.default_rng(1),
        known_records=records.index,
    )
    panel = ConclusionsFile(**({"path": path, "readers": READERS, "language": "fr"} | options))  # type: ignore[arg-type]
    assert panel.problems() == []
    return panel.read(request)


def answers(found: PanelReadings) -> dict[tuple[str, str], str]:
    return found.readings.set_index(["record_id", "finding"])["reading"].to_dict()


def test_silence_is_absent_where_every_word_was_understood(tmp_path: Path) -> None:
    said = answers(read(tmp_path))
    assert said == {
        ("e1", "AF"): "absent",
        ("e1", "LBBB"): "present",
        ("e1", "IMI"): "absent",
        ("e2", "AF"): "present",  # Takotsubo was not understood: nothing follows from silence
        ("e3", "AF"): "absent",
        ("e3", "LBBB"): "absent",  # an infarct of some wall: whether inferior is open
        ("e5", "AF"): "uncertain",
        ("e5", "LBBB"): "absent",
        ("e5", "IMI"): "absent",
    }


def test_silence_is_missing_by_choice(tmp_path: Path) -> None:
    found = read(tmp_path, unmentioned="missing")
    said = {("e1", "LBBB"): "present", ("e2", "AF"): "present", ("e3", "AF"): "absent", ("e5", "AF"): "uncertain"}
    assert answers(found) == said
    assert "what a conclusion does not mention is missing" in set(found.left_out["reason"])


def test_what_was_not_understood_is_named(tmp_path: Path) -> None:
    left_out = read(tmp_path).left_out
    assert left_out.values.tolist() == [
        [
            "",
            "",
            "conclusions",
            "what a conclusion does not mention is absent where all of it was understood, else missing",
        ],
        ["", "", "conclusions", "column service is not read"],
        ["e2", "gp1", "conclusions", 'not understood: "takotsubo"'],
        ["e4", "gp1", "conclusions", "no conclusion"],
    ]


def test_a_finding_without_phrases_has_no_readings(tmp_path: Path) -> None:
    found = read(tmp_path, findings=("AF", "FQRS"))
    assert set(found.readings["finding"]) == {"AF"}
    assert "FQRS: no phrase in the tables of this language says it" in set(found.left_out["reason"])


def test_arms_and_own_columns(tmp_path: Path) -> None:
    text = "ecg,qui,texte,arm,seconds\ne1,gp1,FA,unaided,30\ne1,gp1,ECG normal,aided,12\n"
    found = read(tmp_path, text, record_id="ecg", reader_id="qui", conclusion="texte")
    af = found.readings[found.readings["finding"] == "AF"]
    assert af[["arm", "reading", "seconds"]].values.tolist() == [
        ["unaided", "present", 30.0],
        ["aided", "absent", 12.0],
    ]


def test_one_file_a_reader(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record_id,conclusion\ne1,VHF\n", encoding="utf-8")
    options = {"path": tmp_path, "files": {"gp1": "a.csv"}, "language": "de"}
    assert answers(read(tmp_path, **options))["e1", "AF"] == "present"


def test_two_conclusions_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="the same when given twice"):
        read(tmp_path, "record_id,reader_id,conclusion\ne1,gp1,FA\ne1,gp1,ECG normal\n")


def test_unknown_records_and_readers(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"conclusions.csv row 2.*record_id must be known"):
        read(tmp_path, "record_id,reader_id,conclusion\nx9,gp1,\n")


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="Did you mean 'conclusions'"):
        read(tmp_path, "record_id,reader_id,conclusions\ne1,gp1,FA\n")


@pytest.mark.parametrize(("key", "value"), [("language", "it"), ("unmentioned", "abscent")])
def test_unknown_words_in_the_configuration(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"conclusions_file.{key}"):
        read(tmp_path, **{key: value})
