"""Readings as people keep them: long and wide, many formats; what is wrong is told with file, row and remedy."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError
from ecg_eval.panels.readings_file import ReadingsFile
from ecg_eval.tables.table_files import read_table

IDS = [f"e{i:02d}" for i in range(1, 6)]
LONG = "record_id,reader_id,finding,reading\n" + "".join(f"{r},gp1,AF,{i % 2}\n" for i, r in enumerate(IDS))
READERS = [{"reader_id": "gp1", "kind": "gp"}]


def request(ids: list[str] = IDS, findings: tuple[str, ...] = ("AF", "LBBB")) -> PanelRequest:
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id", dtype="string"))
    nothing = pd.DataFrame()
    return PanelRequest(
        records=records,
        findings=findings,
        labels=None,
        model_readings=nothing,
        rng=np.random.default_rng(1),
        known_records=pd.Index(IDS),
    )


def read(tmp_path: Path, text: str, **options: object) -> PanelReadings:
    path = tmp_path / "readings.csv"
    path.write_text(text, encoding="utf-8")
    return ReadingsFile(**({"path": path, "readers": READERS} | options)).read(request())  # type: ignore[arg-type]


def said(tmp_path: Path, text: str, **options: object) -> str:
    with pytest.raises(EcgEvalError) as caught:
        read(tmp_path, text, **options)
    return str(caught.value)


def test_long_form(tmp_path: Path) -> None:
    found = read(tmp_path, LONG)
    assert found.readings["reading"].tolist() == ["absent", "present", "absent", "present", "absent"]
    assert found.left_out.empty


@pytest.mark.parametrize("ending", ["csv", "tsv", "semicolon", "parquet", "xlsx"])
def test_formats_say_the_same(tmp_path: Path, ending: str) -> None:
    frame = pd.read_csv(StringIO(LONG), dtype=str)
    path = tmp_path / f"r.{'csv' if ending == 'semicolon' else ending}"
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "xlsx":
        frame.astype({"reading": float}).to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, sep={"csv": ",", "tsv": "\t", "semicolon": ";"}[ending])
    found = ReadingsFile(path=path, readers=READERS).read(request())
    assert found.readings["reading"].tolist() == ["absent", "present", "absent", "present", "absent"]


def test_wide_form_with_a_reader_column(tmp_path: Path) -> None:
    text = "ecg;who;AF;LBBB\ne01;gp1;1;\ne02;gp1;0;1\n"
    found = read(tmp_path, text, record_id="ecg", reader_id="who")
    assert len(found.readings) == 3  # the blank cell is missing


def test_wide_form_with_one_file_a_reader_and_row_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",1dAVb,AF\n0,1,0\n1,0,1\n")
    ids = ["0", "1"]
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id", dtype="string"))
    wanted = PanelRequest(
        records=records, findings=("AF", "1AVB"), labels=None, model_readings=records, rng=np.random.default_rng(1)
    )
    panel = ReadingsFile(
        path=tmp_path, files={"gp1": "a.csv"}, readers=READERS, record_id="row_number", spelling="code"
    )
    table = panel.read(wanted).readings
    assert table[table["finding"] == "AF"]["reading"].tolist() == ["absent", "present"]
    assert panel.digests().keys() == {"a.csv"}


def test_own_words_and_own_names_of_findings(tmp_path: Path) -> None:
    text = "record_id,reader_id,finding,reading\ne01,gp1,ACFA,Oui\ne02,gp1,ACFA,doute\n"
    found = read(tmp_path, text, words={"oui": "present", "doute": "uncertain"}, findings={"ACFA": "AF"})
    assert found.readings["reading"].tolist() == ["present", "uncertain"]


def test_readers_file_and_silent_readers(tmp_path: Path) -> None:
    (tmp_path / "readers.csv").write_text("reader_id,kind,ecgs_per_year\ngp1,gp,28\ngp2,gp,10\n")
    found = read(tmp_path, LONG, readers=tmp_path / "readers.csv")
    assert list(found.readers.index) == ["gp1"]
    assert found.left_out["reader_id"].tolist() == ["gp2"]


def test_a_word_without_a_translation_is_refused_or_listed(tmp_path: Path) -> None:
    text = "record_id,reader_id,164889003,84114007,note to self\ne01,gp1,1,0,see me\ne02,gp1,0,1,\n"
    words = said(tmp_path, text, spelling="snomed_ct")
    assert "84114007" in words
    assert "note to self" in words
    found = read(tmp_path, text, spelling="snomed_ct", untranslated="list")
    assert found.readings["reading"].tolist() == ["present", "absent"]
    assert found.left_out["reason"].tolist() == [
        "2 readings of '84114007', which has no translation (snomed_ct)",
        "1 readings of 'note to self', which has no translation (snomed_ct)",
    ]
    with pytest.raises(ConfigError, match="Did you mean 'list'"):
        read(tmp_path, text, untranslated="lst")


def test_what_is_not_asked_for_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(LONG + "e01,gp1,WPW,1\n")
    found = ReadingsFile(path=path, readers=READERS).read(request(ids=IDS[:2]))
    assert len(found.readings) == 2
    assert found.left_out["reason"].tolist() == [
        "3 recordings read that are not in the test split",
        "1 readings of WPW, which is not asked for",
    ]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("e01,gp1,AF,yess", ["readings.csv row 2", "'yess'", "`words:`"]),
        ("e01,gp1,AFF,1", ["readings.csv row 2", "Did you mean 'AF'", "`findings:`"]),
        ("e0x,gp1,AF,1", ["readings.csv row 2", "record_id", "Did you mean 'e0"]),
        ("e01,gp2,AF,1", ["readings.csv row 2", "reader_id", "Did you mean 'gp1'"]),
        ("e01,gp1,AF,1\ne01,gp1,AF,0", ["the same when given twice"]),
        ("e01,gp1,AF,1,surplus", ["row 2", "of 4 cells"]),
    ],
)
def test_wrong_rows_are_named_with_a_remedy(tmp_path: Path, line: str, parts: list[str]) -> None:
    text = said(tmp_path, f"record_id,reader_id,finding,reading\n{line}\n")
    assert all(part in text for part in parts), text


def test_all_wrong_things_are_told_at_once(tmp_path: Path) -> None:
    text = said(tmp_path, "record_id,reader_id,finding,reading\nz,zz,ZZZ,zzz\n")
    assert "4 problem(s)" in text


def test_many_unknown_records_are_summed_up(tmp_path: Path) -> None:
    lines = "".join(f"x{i},gp1,AF,1\n" for i in range(30))
    text = said(tmp_path, f"record_id,reader_id,finding,reading\n{lines}")
    assert "0 of the 30 ids of the file are among the 5 of the recordings" in text
    assert "1 problem(s)" in text


def test_decimal_commas_need_to_be_declared(tmp_path: Path) -> None:
    text = "record_id;reader_id;finding;reading;score\ne01;gp1;AF;1;0,75\n"
    assert "decimal: ','" in said(tmp_path, text)
    assert read(tmp_path, text, decimal=",").readings["score"].tolist() == [0.75]


def test_another_encoding_is_named_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes("record_id,reader_id,finding,reading,comment\ne01,gp1,AF,1,évident\n".encode("cp1252"))
    with pytest.raises(InputFileError, match=r"line 2.*encoding: cp1252"):
        read_table(path)
    assert read_table(path, encoding="cp1252")["comment"].tolist() == ["évident"]
    with pytest.raises(InputFileError, match="one that Python knows"):
        read_table(path, encoding="no-such")


def test_excel_with_merged_cells_is_refused(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["record_id", "reader_id", "finding", "reading"])
    book.active.append(["e01", "gp1", "AF", 1])
    book.active.merge_cells("A2:A3")
    book.save(tmp_path / "m.xlsx")
    with pytest.raises(InputFileError, match=r"merged cells; got \['A2:A3'\]"):
        read_table(tmp_path / "m.xlsx")
    with pytest.raises(InputFileError, match="in the workbook"):
        read_table(tmp_path / "m.xlsx", sheet="Shet")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "an empty first line"),
        ("a.csv", b"a,a\n1,2\n", "named once each"),
        ("a.csv", b"a,b\n\x00,1\n", "text"),
        ("a.parquet", b"nothing", "Parquet"),
        ("a.xlsx", b"nothing", "Excel"),
        ("a.docx", b"", "one of .csv"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputFileError, match=said):
        read_table(tmp_path / name)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    from openpyxl import Workbook

    Workbook().save(tmp_path / "e.xlsx")
    with pytest.raises(InputFileError, match="empty sheet"):
        read_table(tmp_path / "e.xlsx")


def test_problems_are_found_without_reading(tmp_path: Path) -> None:
    panel = ReadingsFile(
        path=tmp_path / "reading.csv",
        readers=tmp_path / "nowhere" / "readers.csv",
        words={"oui": "presnt"},
        findings={"x": "AFF"},
    )
    (tmp_path / "readings.csv").write_text(LONG)
    text = "\n".join(str(p) for p in panel.problems())
    assert "Did you mean 'readings.csv'" in text
    assert "is not there either" in text
    assert "Did you mean 'present'" in text
    assert "Did you mean 'AF'" in text


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("reader_id,finding,reading\ngp1,AF,1\n", {}, "column of the record id"),
        ("record_id,finding,reading\ne01,AF,1\n", {}, "column of the reader id"),
        ("record_id,reader_id\ne01,gp1\n", {}, "one column a finding"),
    ],
)
def test_missing_columns(tmp_path: Path, text: str, options: dict[str, object], expected: str) -> None:
    assert expected in said(tmp_path, text, **options)


def test_unknown_spelling_scheme(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'snomed_ct'"):
        ReadingsFile(path=tmp_path, readers=READERS, spelling="snomed")


def test_unknown_spelling_of_a_scheme(tmp_path: Path) -> None:
    text = said(tmp_path, "record_id,reader_id,finding,reading\ne01,gp1,1dAV,1\n", spelling="code")
    assert "Did you mean '1dAVb'" in text


def test_ai_reading_uses_the_same_words(tmp_path: Path) -> None:
    found = read(tmp_path, "record_id,reader_id,finding,reading,arm,ai_reading\ne01,gp1,AF,1,aided,0\n")
    assert found.readings["ai_reading"].tolist() == ["absent"]


def test_problems_error_is_what_a_batch_of_wrong_rows_raises(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError):
        read(tmp_path, "record_id,reader_id,finding,reading\ne01,gp1,AF,maybe\n")


def test_contradictions_in_a_wide_file_name_the_file_s_rows(tmp_path: Path) -> None:
    text = said(tmp_path, "record_id,reader_id,AF,LBBB\ne01,gp1,1,0\ne02,gp1,1,0\ne02,gp1,1,1\n")
    assert "rows 3, 4" in text
    assert "LBBB" in text
    assert "1 problem(s)" in text


PROBABILITIES = "record_id,AFIB,XYZ\n" + "".join(f"{r},0.{i},0.5\n" for i, r in enumerate(IDS))
SCORES = {"files": {"net": "readings.csv"}, "readers": [{"reader_id": "net", "kind": "model"}], "cells": "score"}


def test_a_wide_file_of_probabilities_is_read_as_scores(tmp_path: Path) -> None:
    (tmp_path / "readings.csv").write_text(PROBABILITIES, encoding="utf-8")
    panel = ReadingsFile(path=tmp_path, spelling="scp", untranslated="list", **SCORES)  # type: ignore[arg-type]
    found = panel.read(request())
    assert found.readings["score"].tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    assert found.readings["reading"].isna().all()  # no threshold is made up
    assert found.left_out["reason"].tolist() == ["5 readings of 'XYZ', which has no translation (scp)"]


def test_cells_are_readings_or_scores(tmp_path: Path) -> None:
    assert "Did you mean 'score'" in said(tmp_path, LONG, cells="scores")
    text = PROBABILITIES.replace("0.2,0.5", "high,0.5").replace("AFIB,XYZ", "AF,LBBB")
    (tmp_path / "readings.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsError, match=r"score \(row 4\) must be a number"):
        ReadingsFile(path=tmp_path, **SCORES).read(request())  # type: ignore[arg-type]


def test_ids_written_otherwise_are_joined_where_that_is_declared(tmp_path: Path) -> None:
    text = "record_id,reader_id,finding,reading\nE01,gp1,AF,1\ne02,gp1,AF,0\nE 03,gp1,AF,1\n"
    words = said(tmp_path, text)
    assert "'E01' is perhaps 'e01'" in words
    assert "`record_ids: alike`" in words
    made = read(tmp_path, text, record_ids="alike")
    assert made.readings["record_id"].tolist() == ["e01", "e02", "e03"]
    assert made.left_out["reason"].tolist() == [
        "2 ids of readings.csv are taken for those of recordings that are written otherwise: E01 → e01, E 03 → e03"
    ]
    with pytest.raises(ConfigError, match="Did you mean 'alike'"):
        read(tmp_path, text, record_ids="alik")


def test_two_ids_of_one_reader_are_not_taken_for_one_recording(tmp_path: Path) -> None:
    text = "record_id,reader_id,finding,reading\nE01,gp1,AF,1\ne01,gp1,AF,1\n"
    words = said(tmp_path, text, record_ids="alike")
    assert "readings.csv rows 2, 3" in words
    assert "one recording each" in words


def test_slashed_dates_are_read_the_one_way_that_reads_them_all(tmp_path: Path) -> None:
    rows = [("e01", "13/03/2026 10:05"), ("e02", "02/03/2026 09:00"), ("e03", "01/04/2026 08:00")]
    text = "record_id,reader_id,AF,when\n" + "".join(f"{e},gp1,1,{day}\n" for e, day in rows)
    made = read(tmp_path, text, ordered_by="when")
    assert made.readings["position"].tolist() == [2, 1, 3]
    assert 'dates of when are read as "%d/%m/%Y %H:%M", the one way that reads them all' in list(
        made.left_out["reason"]
    )
    american = text.replace("13/03", "03/13").replace("02/03", "03/02").replace("01/04", "04/01")
    assert read(tmp_path, american, ordered_by="when").readings["position"].tolist() == [2, 1, 3]
    words = said(tmp_path, text.replace("13/03", "09/03"), ordered_by="when")
    assert "'09/03/2026 10:05'" in words
    assert '`date_format: "%d/%m/%Y %H:%M"` (2026-03-09)' in words
    assert '`date_format: "%m/%d/%Y %H:%M"` (2026-09-03)' in words
    mixed = said(tmp_path, text.replace("02/03", "03/14"), ordered_by="when")
    assert "numbers, or dates" in mixed


def test_a_confidence_and_a_time_beside_each_finding(tmp_path: Path) -> None:
    text = "record_id,reader_id,AF,AF_conf,time AF,LBBB,LBBB_conf\ne01,gp1,1,80 %,1:05,0,0.5\ne02,gp1,0,,50 s,1,1\n"
    made = read(tmp_path, text, beside={"confidence": "{finding}_conf", "seconds": "time {finding}"}).readings
    by = made.set_index(["record_id", "finding"])
    assert by["confidence"].dropna().to_dict() == {
        ("e01", "AF"): 0.8,
        ("e01", "LBBB"): 0.5,
        ("e02", "LBBB"): 1.0,
    }
    assert by["seconds"].dropna().to_dict() == {("e01", "AF"): 65.0, ("e02", "AF"): 50.0}
    with pytest.raises(EcgEvalError, match="a column of readings"):
        read(tmp_path, text, beside={"certitude": "{finding}_conf"})
    with pytest.raises(EcgEvalError, match="a column made like"):
        read(tmp_path, text, beside={"confidence": "{finding} sure"})
    with pytest.raises(EcgEvalError, match="name a finding"):
        read(tmp_path, text, beside={"confidence": "conf"})


def test_names_of_files_say_reader_arm_and_period(tmp_path: Path) -> None:
    for name in ("gp1 without AI 1", "gp1 with AI 2", "gp2 without AI 1", "notes", "gp2 with help 2"):
        (tmp_path / f"{name}.csv").write_text("record_id,AF\ne01,1\ne02,0\n")
    readers = [*READERS, {"reader_id": "gp2", "kind": "gp"}]
    arms = {"without AI": "unaided", "with AI": "aided"}
    panel = ReadingsFile(path=tmp_path, readers=readers, file_names="{reader} {arm} {period}", arms=arms)
    assert not panel.problems()
    made = panel.read(request())
    rows = made.readings[["reader_id", "arm", "period"]].drop_duplicates().astype(str).to_numpy().tolist()
    assert sorted(rows) == [["gp1", "aided", "2"], ["gp1", "unaided", "1"], ["gp2", "unaided", "1"]]
    assert "2 files are not called as `file_names` says: gp2 with help 2.csv, notes.csv" in list(
        made.left_out["reason"]
    )
    assert set(panel.digests()) == {f"{name}.csv" for name in ("gp1 without AI 1", "gp1 with AI 2", "gp2 without AI 1")}
    strange = ReadingsFile(path=tmp_path, readers=readers, file_names="{reader}_s{period}")
    assert "called like {reader}_s{period}" in str(strange.problems()[0])
    for pattern, part in (("{doctor}", "among reader"), ("x", "each once"), ("{reader}{reader}", "each once")):
        with pytest.raises(ConfigError, match=part):
            ReadingsFile(path=tmp_path, readers=readers, file_names=pattern)
    with pytest.raises(ConfigError, match="beside `files`"):
        ReadingsFile(path=tmp_path, readers=readers, file_names="{reader}", files={"gp1": "a.csv"})
    (tmp_path / "gp1 with AI 2.csv").write_text("record_id,AF,period\ne01,1,1\n")
    with pytest.raises(InputFileError, match="said once"):
        panel.read(request())
