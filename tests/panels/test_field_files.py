"""Files as the world writes them: small inputs that once went wrong (``tests/field``), and others of their kind."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.config.load import load_config
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.errors import EcgEvalError
from ecg_eval.panels.readings_file import ReadingsFile
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.pipeline.study.run import run

FIELD = Path(__file__).parents[1] / "field"
IDS = ["00001", "00002"]


def read(path: Path, reader: str = "a", ids: list[str] = IDS, **options: Any) -> PanelReadings:
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id", dtype="string"))
    request = PanelRequest(
        records=records,
        findings=("AF", "RBBB"),
        labels=None,
        model_readings=pd.DataFrame(),
        rng=np.random.default_rng(1),
    )
    readers = [{"reader_id": reader, "kind": "gp"}]
    return ReadingsFile(**({"path": path, "readers": readers} | options)).read(request)


def said(path: Path, **options: Any) -> str:
    with pytest.raises(EcgEvalError) as caught:
        read(path, **options)
    return str(caught.value)


def answers(found: PanelReadings) -> list[tuple[str, str, str]]:
    return list(found.readings[["record_id", "finding", "reading"]].astype(str).itertuples(index=False, name=None))


def written(tmp_path: Path, text: str, name: str = "readings.csv") -> Path:
    (tmp_path / name).write_bytes(text.encode("utf-8"))
    return tmp_path / name


def test_every_case_that_is_here_says_what_is_right() -> None:
    folders = [folder for folder in FIELD.iterdir() if folder.is_dir()]
    assert len(folders) >= 10
    assert all(json.loads((folder / "expected.json").read_text()) for folder in folders)


def test_08_na_is_missing() -> None:
    found = read(FIELD / "08_csv_NA" / "readings.csv")
    assert answers(found) == [("00001", "AF", "present"), ("00002", "RBBB", "absent")]
    assert found.left_out["reason"].tolist() == ["2 empty answers: missing, never absent"]
    scores = read(FIELD / "08_csv_NA" / "scores.csv", reader="m", cells="score").readings
    assert scores["score"].tolist() == [0.2, 0.9]


@pytest.mark.parametrize("word", ["NA", "#N/A", "NULL", ".", "nan", "n/a", "ND"])
def test_08_words_for_nothing(tmp_path: Path, word: str) -> None:
    path = written(tmp_path, f"record_id,reader_id,AF,RBBB,seconds\n00001,a,1,{word},{word}\n")
    if word == "ND":  # a study's own word is said
        assert "'ND'" in said(path)
        path = written(tmp_path, f"record_id,reader_id,AF,RBBB\n00001,a,1,{word}\n")
    found = read(path, words={"nd": "missing"})
    assert answers(found) == [("00001", "AF", "present")]


def test_08_na_is_a_name_where_names_stand(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,AF\n00001,NA,1\n")
    assert read(path, reader="NA").readings["reader_id"].tolist() == ["NA"]


def test_09_an_arm_spelt_twice_is_refused_or_declared() -> None:
    path = FIELD / "09_arm_spelled_twice" / "readings.csv"
    text = said(path)
    assert "Did you mean" in text
    assert "readings.csv rows 2, 5" in text
    assert "1 problem(s)" in text
    found = read(path, arms={"Unaided": "unaided", "Aided": "aided"})
    assert found.readings["arm"].value_counts().to_dict() == {"unaided": 2, "aided": 2}


def test_09_a_misspelt_arm_is_one_fault_and_no_contradiction(tmp_path: Path) -> None:
    rows = [f"{i:05d},a,{answer},{arm}" for i in range(1, 3) for answer, arm in ((1, "unaided"), (0, "aidded"))]
    text = said(written(tmp_path, "record_id,reader_id,AF,arm\n" + "\n".join(rows) + "\n"))
    assert "1 problem(s)" in text
    assert "rows 3, 5: arm must be unaided, aided" in text
    assert "given twice" not in text


def test_09_other_words_for_arms_are_declared(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,AF,arm\n00001,a,1,ai_v1\n00002,a,1,control\n")
    text = said(path)
    assert "['ai_v1', 'control']" in text
    assert "`arms: {ai_v1: aided}`" in text
    rows = "record_id,reader_id,AF,arm\n00001,a,1,unadied\n00002,a,1,unaided\n"
    misspelt = said(written(tmp_path, rows, "misspelt.csv"))
    assert "Did you mean 'unaided'?" in misspelt
    assert "`arms: {unadied: unaided}`" in misspelt  # not aided, which would turn the reading over
    found = read(path, arms={"ai_v1": "aided", "control": "unaided"})
    assert found.readings["arm"].tolist() == ["aided", "unaided"]
    third = read(path, arms={"ai_v1": "ai_v1", "control": "unaided"})
    assert third.readings["arm"].tolist() == ["ai_v1", "unaided"]


def test_10_columns_that_are_not_read_are_named() -> None:
    path = FIELD / "10_long_file_with_other_columns" / "long.csv"
    assert "['annotation_id', 'lead_time']" in said(path)
    found = read(path, untranslated="list")
    assert answers(found) == [("00001", "AF", "present")]
    assert found.left_out["reason"].tolist() == [
        "column annotation_id of long.csv is not read: 1 cells",
        "column lead_time of long.csv is not read: 1 cells",
    ]
    timed = read(path, untranslated="list", columns={"seconds": "lead_time"})
    assert timed.readings["seconds"].tolist() == [12.3]


def test_10_columns_by_any_name() -> None:
    path = FIELD / "10_long_file_with_other_columns" / "grand_challenge.csv"
    names = {"finding": "question_text", "reading": "answer", "seconds": "total_edit_duration"}
    where = {"record_id": "display_set", "reader_id": "creator", "columns": names}
    found = read(path, untranslated="list", **where)
    assert answers(found) == [("00001", "AF", "present")]
    assert found.readings["seconds"].tolist() == [12.5]
    with pytest.raises(EcgEvalError, match="Did you mean 'answer'"):
        read(path, untranslated="list", **(where | {"columns": names | {"reading": "answr"}}))


def test_11_decimal_commas_with_exponents() -> None:
    found = read(FIELD / "11_decimal_comma_exponent" / "scores.csv", reader="m", cells="score", decimal=",")
    assert found.readings["score"].tolist() == [0.0015, 0.97]


@pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_12_the_line_that_excel_writes_first(tmp_path: Path, line: str) -> None:
    assert answers(read(FIELD / "12_csv_sep_line" / "readings.csv")) == [("00001", "AF", "present")]
    path = written(tmp_path, f"{line}record_id;reader_id;finding;reading\n00001;a;AF;yes\n")
    assert "readings.csv row 3" in said(path)


def test_13_a_formula_without_a_value_is_refused_by_its_cell() -> None:
    text = said(FIELD / "13_xlsx_formula_without_value" / "readings.xlsx")
    assert "C2" in text
    assert "formula" in text


def test_14_a_mean_over_pairs_counts_the_pairs_that_have_a_value() -> None:
    folder = FIELD / "14_mean_over_pairs_some_undefined"
    readings = pd.read_csv(folder / "readings.csv", dtype=str)
    kinds = dict.fromkeys(readings["reader_id"].unique(), "gp")
    frame = ecg_eval.evaluate(readings, readers=kinds, metrics=["cohen_kappa"], resamples=100).frame
    pairs = frame[(frame["finding"] == "AF") & frame["reader"].isin(kinds) & frame["compared_with"].isin(kinds)]
    assert len(pairs) == 10
    assert pairs["value"].notna().sum() == 9
    expected = json.loads((folder / "expected.json").read_text())["value"]
    assert float(pairs["value"].mean()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("reference", ["none", {"name": "majority", "kinds": ["gp"]}])
def test_15_a_folder_without_a_table_of_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: object
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("r1.dat", "r1.hea", "cfg.yaml"):
        (tmp_path / name).write_bytes((FIELD / "15_no_table_of_labels" / name).read_bytes())
    (tmp_path / "r.csv").write_text("record_id,reader_id,AF\nr1,g1,1\nr1,g2,1\n")
    readers = [{"reader_id": r, "kind": "gp"} for r in ("g1", "g2")]
    panel = {"name": "readings_file", "path": "r.csv", "readers": readers}
    quick = {"reference": reference, "panels": [panel], "tracking": {"enabled": False}, "intervals": {"resamples": 100}}
    config = load_config(tmp_path / "cfg.yaml", [f"{key}={json.dumps(value)}" for key, value in quick.items()])
    assert [str(problem) for problem in problems_of(config)] == []
    outcome = run(config)
    assert (outcome.folder / "evaluation.csv").is_file()


def test_16_times_below_zero_are_listed_as_odd() -> None:
    path = FIELD / "16_seconds" / "readings.csv"
    readings = pd.read_csv(path, dtype={"record_id": str})
    found = ecg_eval.evaluate(readings, readers={"a": "gp"}, metrics=["cohen_kappa"], resamples=100)
    (odd,) = [o for o in found.oddities() if o.kind == "negative_times"]
    assert (odd.reader, odd.count, odd.records) == ("a", 1, ("00001",))
    assert "Reading times below zero" in found.report()
    unused = {o.detail: o.count for o in found.oddities() if o.kind == "not_evaluated"}
    assert unused == {"confidence": 2, "seconds": 2}
    assert "how sure the reader was: 2 answers" in found.report()


def test_16_times_as_a_clock_writes_them(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,finding,reading,seconds\n00001,a,AF,1,1:05\n00002,a,AF,1,1:00:02.5\n")
    found = read(path)
    assert found.readings["seconds"].tolist() == [65.0, 3602.5]
    assert found.left_out["reason"].tolist() == ["2 reading times written as a clock (m:ss, h:mm:ss), read as seconds"]
    path = written(tmp_path, "record_id,reader_id,AF,LBBB,seconds\n00001,a,1,0,1:05\n00002,a,1,0,0:59\n")
    wide = read(path)  # a time is that of a row, however many findings it holds
    assert wide.left_out["reason"].tolist()[0].startswith("2 reading times written as a clock")
    path = written(tmp_path, "record_id,reader_id,finding,reading,seconds\n00001,a,AF,1,1:5:\n")
    assert "seconds (row 2)" in said(path)


def test_20_what_was_right_stays_right() -> None:
    folder = WfdbFolder(FIELD / "20_pass_guards")
    named = {str(record): folder.load(str(record)) for record in folder.records().index}
    assert set(named) == {"E07835", "mu"}
    assert all(len(recording.leads) == 12 for recording in named.values())
    # 0.4 units a microvolt: the stored numbers of the first lead are 2.5 uV each
    stored = np.fromfile(FIELD / "20_pass_guards" / "mu.dat", dtype="<i2").reshape(-1, 12)[:, 0]
    assert named["mu"].signal[:, 0] == pytest.approx(stored / 0.4 / 1000, rel=1e-6)


@pytest.mark.parametrize("ending", [";;;\n", ";;;\n;;;\n\n", "\n\n", " ; ;;\r\n"])
def test_rows_that_hold_nothing_are_no_rows(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, f"record_id;reader_id;finding;reading\n00001;a;AF;1\n{ending}00002;a;AF;x\n")
    row = 3 + ending.count("\n")
    assert f"readings.csv row {row}:" in said(path)
    path = written(tmp_path, f"record_id;reader_id;finding;reading\n00001;a;AF;1\n{ending}")
    assert answers(read(path)) == [("00001", "AF", "present")]


def test_surplus_separators_at_the_end_hold_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id;reader_id;AF;;\n00001;a;1;;\n00002;a;0;;\n")
    assert len(read(path).readings) == 2
    path = written(tmp_path, "record_id;reader_id;AF\n00001;a;1;;\n00002;a;0\n")
    assert len(read(path).readings) == 2
    path = written(tmp_path, "record_id;reader_id;AF;\n00001;a;1;see me\n")
    assert "column 4 (row 2) must be named" in said(path)


def test_a_title_above_the_header_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Study of 2024,,\nrecord_id,reader_id,AF\n00001,a,1\n")
    assert "got 'Study of 2024'" in said(path)
    path = written(tmp_path, "Study of 2024\nrecord_id,reader_id,AF\n00001,a,1\n")
    assert "Study of 2024" in said(path)


def test_accents_in_either_unicode_form_are_one_name(tmp_path: Path) -> None:
    path = written(
        tmp_path, "record_id,m\u00e9decin,ACFA,BBD\n00001,Ren\u00e9,pr\u00e9sent,non\n00002,Rene\u0301,non,1\n"
    )
    names = {"ACFA": "AF", "BBD": "RBBB"}
    words = {"pre\u0301sent": "present", "non": "absent"}
    found = read(path, reader="Rene\u0301", reader_id="me\u0301decin", findings=names, words=words)
    assert found.readings["reader_id"].nunique() == len(found.readers) == 1
    assert len(found.readings) == 4


def test_ids_that_lost_their_zeros_are_refused_and_can_be_given_them_back(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,AF\n1,a,1\n2,a,0\n")
    text = said(path)
    assert "0 of the 2 ids of the file are among the 2 of the recordings" in text
    assert "record_id_digits: 5" in text
    assert answers(read(path, record_id_digits=5)) == [("00001", "AF", "present"), ("00002", "AF", "absent")]


def test_ids_with_a_decimal_point_are_refused_with_what_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,AF\n1.0,a,1\n")
    assert "'1.0' is perhaps '1'" in said(path, ids=["1", "2"])


def test_several_findings_in_one_cell(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,finding,reading\n00001,a,AF; RBBB,1\n00002,a,AF,0\n")
    found = read(path, separator=";")
    assert sorted(answers(found)) == [
        ("00001", "AF", "present"),
        ("00001", "RBBB", "present"),
        ("00002", "AF", "absent"),
    ]
    assert "'AF; RBBB'" in said(path)


def test_lists_of_what_is_present(tmp_path: Path) -> None:
    path = written(tmp_path, "record_id,reader_id,dx\n00001,a,AF|RBBB\n00002,a,none\n00003,a,\n")
    ids = [*IDS, "00003"]
    listed = {"listed": "dx", "separator": "|", "words": {"none": "absent"}, "ids": ids}
    assert sorted(answers(read(path, unmentioned="absent", **listed))) == [
        *((IDS[0], code, "present") for code in ("AF", "RBBB")),
        *((IDS[1], code, "absent") for code in ("AF", "RBBB")),
    ]
    assert len(read(path, **listed).readings) == 2
    assert "Did you mean 'dx'" in said(path, **(listed | {"listed": "dxx"}))
    path = written(tmp_path, "record_id,reader_id,dx,note\n00001,a,AF|RBB,x\n")
    assert "['note']" in said(path, **listed)
    listed["untranslated"] = "list"
    assert "column note of readings.csv is not read: 1 cells" in set(read(path, **listed).left_out["reason"])


@pytest.mark.parametrize(("pattern", "column"), [("LABEL[*]", "LABEL[{}]"), ("dx___*", "dx___{}")])
def test_patterns_for_columns_of_findings(tmp_path: Path, pattern: str, column: str) -> None:
    header = f"record_id,reader_id,{column.format(1)},{column.format('RBBB')},batch"
    path = written(tmp_path, f"{header}\n00001,a,1,0,7\n")
    options = {"finding_columns": pattern, "findings": {1: "AF"}}
    assert "['batch']" in said(path, **options)
    found = read(path, untranslated="list", **options)
    assert answers(found) == [("00001", "AF", "present"), ("00001", "RBBB", "absent")]
    assert "like zz{finding}" in said(path, finding_columns="zz*")


def test_a_column_called_as_one_of_ours_and_not_meant_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, "ecg,record_id,reader_id,finding,reading\n00001,99,a,AF,1\n")
    found = read(path, record_id="ecg", untranslated="list")
    assert answers(found) == [("00001", "AF", "present")]
    assert "column record_id (not read) of readings.csv is not read: 1 cells" in set(found.left_out["reason"])


def test_one_fault_is_one_line(tmp_path: Path) -> None:
    columns = [f"c{i}" for i in range(40)]
    cells = ",".join(["1"] * 40)
    rows = "".join(f"x{i},a,{cells}\n" for i in range(30))
    path = written(tmp_path, f"record_id,reader_id,{','.join(columns)}\n{rows}")
    text = said(path)
    assert "2 problem(s)" in text
    assert "and 25 more: record_id" in text
    assert "And 30 more words" in text


def test_many_wrong_words_are_one_line(tmp_path: Path) -> None:
    rows = "".join(f"00001,a,AF,w{i % 12}\n" for i in range(24))
    text = said(written(tmp_path, f"record_id,reader_id,finding,reading\n{rows}"))
    assert "1 problem(s)" in text
    assert "and 19 more: reading must be a known answer" in text
    assert "And 2 more words." in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"finding_columns": "dx"}, "one star"),
        ({"listed": "dx"}, "separator"),
        ({"decimal": ";"}, "one of ., ,"),
        ({"unmentioned": "absnt"}, "Did you mean 'absent'"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, Any], expected: str) -> None:
    assert expected in said(tmp_path / "r.csv", **options)


def test_columns_are_named_by_our_names(tmp_path: Path) -> None:
    panel = ReadingsFile(path=written(tmp_path, "a,b\n1,2\n"), readers=[], columns={"secnds": "a"})
    assert "Did you mean 'seconds'" in "".join(map(str, panel.problems()))


def test_files_of_several_readers_name_file_and_row(tmp_path: Path) -> None:
    written(tmp_path, "record_id,AF\n00001,1\n00001,0\n", "a.csv")
    written(tmp_path, "record_id,RBBB\n00001,1\n00002,maybe\n", "b.csv")
    readers = [{"reader_id": r, "kind": "gp"} for r in "ab"]
    text = said(tmp_path, files={"a": "a.csv", "b": "b.csv"}, readers=readers)
    assert "b.csv row 3: reading" in text
    assert "rows a.csv 2, a.csv 3" in text


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    values = [float(v) for v in rng.random(500)] + [1e-300, 0.1 + 0.2]
    ids = [f"{i}" for i in range(len(values))]
    rows = "".join(f"{i},m,AF,{v!r}\n" for i, v in zip(ids, values, strict=True))
    path = written(tmp_path, f"record_id,reader_id,finding,score\n{rows}")
    assert read(path, reader="m", ids=ids).readings["score"].tolist() == values
