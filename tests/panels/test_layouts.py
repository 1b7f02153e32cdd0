"""Layouts, words and numbers of readings files as studies keep them: headers, choices, grades, thresholds, order."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.domain.reading import no_readings
from ecg_eval.errors import EcgEvalError
from ecg_eval.panels.readings_file import ReadingsFile

IDS = ["1", "2"]
FINDINGS = ("AF", "RBBB", "LBBB")


def read(tmp_path: Path, text: str, readers: str = "a b c", **options: Any) -> PanelReadings:
    path = tmp_path / "readings.csv"
    path.write_text(text, encoding="utf-8")
    records = pd.DataFrame({"patient_id": IDS}, index=pd.Index(IDS, name="record_id", dtype="string"))
    request = PanelRequest(
        records=records, findings=FINDINGS, labels=None, model_readings=no_readings(), rng=np.random.default_rng(1)
    )
    who = [{"reader_id": reader, "kind": "gp"} for reader in readers.split()]
    return ReadingsFile(**({"path": path, "readers": who} | options)).read(request)


def said(found: PanelReadings, *columns: str) -> list[tuple[str, ...]]:
    table = found.readings[list(columns)].astype(str)
    return sorted(table.itertuples(index=False, name=None))


def reasons(found: PanelReadings) -> str:
    return "\n".join(found.left_out["reason"])


def test_a_column_a_reader_whose_cells_are_classes(tmp_path: Path) -> None:
    text = "record_id,truth,a,b\n1,AF,AF,LBBB\n2,RBBB,,AF|RBBB\n"
    found = read(tmp_path, text, headers="{reader}", cells="choice", separator="|", ignore=["truth"])
    assert said(found, "record_id", "reader_id", "finding", "reading") == [
        *(("1", "a", "AF", "present"), ("1", "a", "LBBB", "absent"), ("1", "a", "RBBB", "absent")),
        *(("1", "b", "AF", "absent"), ("1", "b", "LBBB", "present"), ("1", "b", "RBBB", "absent")),
        *(("2", "b", "AF", "present"), ("2", "b", "LBBB", "absent"), ("2", "b", "RBBB", "present")),
    ]
    assert "column truth of readings.csv is ignored as declared: 2 cells" in reasons(found)


def test_a_class_that_one_file_never_names_is_absent_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record_id,dx\n1,AF\n2,AF\n")
    (tmp_path / "b.csv").write_text("record_id,dx\n1,RBBB\n2,none\n")
    found = read(tmp_path, "", path=tmp_path, files={"a": "a.csv", "b": "b.csv"}, choice="dx", words={"none": "absent"})
    answers = said(found, "record_id", "reader_id", "finding", "reading")
    assert ("1", "a", "RBBB", "absent") in answers
    assert {("2", "b", "AF", "absent"), ("2", "b", "RBBB", "absent")} <= set(answers)


def test_doubt_answers_every_class(tmp_path: Path) -> None:
    found = read(tmp_path, "record_id,reader_id,dx\n1,a,AF\n2,a,?\n", choice="dx", words={"?": "uncertain"})
    assert ("2", "AF", "uncertain") in said(found, "record_id", "finding", "reading")


def test_rows_of_readers_and_columns_of_recordings_and_findings(tmp_path: Path) -> None:
    text = "Name,1 [AF],1 [RBBB],2 [AF],2 [RBBB]\na,1,0,0,\n"
    found = read(tmp_path, text, headers="{record} [{finding}]", reader_id="Name")
    assert said(found, "record_id", "finding", "reading") == [
        ("1", "AF", "present"),
        ("1", "RBBB", "absent"),
        ("2", "AF", "absent"),
    ]


def test_grades_are_scores_and_calls(tmp_path: Path) -> None:
    text = "record_id,reader_id,AF\n1,a,likely\n2,a,excluded\n1,b,certain\n2,b,possible\n"
    grades = ["excluded", "possible", "likely", "certain"]
    found = read(tmp_path, text, grades=grades, present_from="likely")
    assert said(found, "reader_id", "reading", "score") == [
        ("a", "absent", "0.0"),
        ("a", "present", "0.6666666666666666"),
        ("b", "absent", "0.3333333333333333"),
        ("b", "present", "1.0"),
    ]
    assert "present from likely" in found.readers.loc["a", "description"]
    alone = read(tmp_path, "record_id,reader_id,AF\n1,a,0\n2,a,4\n", grades=[0, 1, 2, 3, 4])
    assert said(alone, "reading", "score") == [("nan", "0.0"), ("nan", "1.0")]


def test_a_threshold_turns_scores_into_calls(tmp_path: Path) -> None:
    text = "record_id,reader_id,AF,RBBB\n1,a,0.5,0.2\n2,a,0.49,\n"
    found = read(tmp_path, text, cells="score", threshold=0.5)
    expected = [("AF", "absent"), ("AF", "present"), ("RBBB", "absent")]
    about = "calls made from its scores by a threshold that the study declared; threshold 0.5"
    assert found.readers.loc["a", "description"] == about
    assert said(found, "finding", "reading") == expected
    found = read(tmp_path, text, cells="score", threshold={"RBBB": 0.1})
    assert said(found, "finding", "reading") == [("AF", "nan"), ("AF", "nan"), ("RBBB", "present")]
    found = read(tmp_path, text.replace("0.49,", "0.1,0.3"), cells="score", threshold="highest")
    assert [a[1:] for a in said(found, "record_id", "finding", "reading")] == [
        *(("AF", "present"), ("RBBB", "absent"), ("AF", "absent"), ("RBBB", "present"))
    ]
    with pytest.raises(EcgEvalError, match="one a finding, or highest"):
        read(tmp_path, text, cells="score", threshold="best")
    with pytest.raises(EcgEvalError, match="of findings in the file"):
        read(tmp_path, text, cells="score", threshold={"LBBB": 0.1})


def test_times_become_positions_and_words_periods(tmp_path: Path) -> None:
    text = (
        "record_id,reader_id,finding,reading,period,when\n"
        "2,a,AF,1,first,2026-01-31 10:00\n2,a,RBBB,1,first,2026-01-31 10:05\n1,a,AF,1,first,2026-01-31 10:02\n"
        "1,a,RBBB,0,second,2026-02-20 09:00\n"
    )
    found = read(tmp_path, text, ordered_by="when", periods={"first": 1, "second": 2})
    assert said(found, "record_id", "finding", "period", "position") == [
        ("1", "AF", "1", "2"),
        ("1", "RBBB", "2", "1"),
        ("2", "AF", "1", "1"),
        ("2", "RBBB", "1", "1"),
    ]


def test_dates_are_not_guessed(tmp_path: Path) -> None:
    text = "record_id,reader_id,finding,reading,when\n1,a,AF,1,02/03/2026\n2,a,AF,1,01/04/2026\n"
    with pytest.raises(EcgEvalError, match="date_format"):
        read(tmp_path, text, ordered_by="when")
    found = read(tmp_path, text, ordered_by="when", date_format="%d/%m/%Y")
    assert said(found, "record_id", "position") == [("1", "1"), ("2", "2")]


def test_percent_is_a_fraction(tmp_path: Path) -> None:
    text = 'record_id,reader_id,finding,reading,confidence\n1,a,AF,1,85 %\n2,a,AF,1,"7,5%"\n'
    found = read(tmp_path, text)
    assert set(found.readings["confidence"]) == {0.85, 0.075}
    assert "2 cells of confidence in percent, read as fractions" in reasons(found)
    with pytest.raises(EcgEvalError, match="all in percent or all plain"):
        read(tmp_path, "record_id,reader_id,finding,reading,confidence\n1,a,AF,1,85 %\n2,a,AF,1,90\n")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"headers": "{recrd}"}, "Did you mean 'record'"),
        ({"headers": "x"}, "names in braces"),
        ({"headers": "{record}{finding}"}, "text between them"),
        ({"cells": "choice"}, "headers that name no finding"),
        ({"choice": "x", "listed": "y", "separator": ";"}, "left out beside"),
        ({"choice": "x"}, "must be there"),
        ({"grades": ["a", "a"]}, "each once"),
        ({"grades": ["a", "b"], "present_from": "c"}, "one of the grades"),
        ({"preset": "redcp"}, "Did you mean 'redcap'"),
        ({"threshold": 0.5}, "where there are scores"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: dict[str, Any], part: str) -> None:
    with pytest.raises(EcgEvalError, match=part):
        read(tmp_path, "record_id,reader_id,finding,reading\n1,a,AF,1\n", **options)


@pytest.mark.parametrize("word", ["STEMI", "Normal", "SVT", "MIN"])
def test_no_other_diagnosis_is_offered(tmp_path: Path, word: str) -> None:
    with pytest.raises(EcgEvalError) as caught:
        read(tmp_path, f"record_id,reader_id,finding,reading\n1,a,{word},1\n")
    offered = str(caught.value).partition("Did you mean ")[2].split(maxsplit=1)[:1]
    assert offered in ([], ["'ACUTE_MI'"])  # what one vendor means by STEMI
