"""PTB-XL: its table read as it is meant, and a partial mirror that knows what it lacks."""

import ast
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets._ptb_xl.layout import COLUMNS, file_stem, stored_units, write_record
from ecg_eval.datasets._wfdb_files.content_digest import HEADERS
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.findings import descendants, expand_findings, finding, translate
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError, InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load

ROWS = [
    # ecg_id, patient, age, sex, device, codes, fold
    (1, 15709.0, 56.0, 1, "CS-12   E", "{'NORM': 100.0, 'LVOLT': 0.0, 'SR': 0.0}", 3),
    (2, 15709.0, 300.0, 0, "AT-6 C 5.0", "{'IMI': 35.0, 'AFIB': 0.0}", 3),
    (3, 7.0, np.nan, 0, "AT-6 C", "{'ASMI': 0.0, 'CLBBB': 100.0, 'PVC': 100.0}", 10),
    (4, 8.0, 90.0, 1, "AT-6 C", "{'IMI': 50.0, 'ASMI': 15.0, 'ABQRS': 20.0, 'SR': 0.0}", 9),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a mirror with four labelled rows and the 500 Hz recordings of the first and third."""
    rows = []
    for ecg_id, patient, age, sex, device, codes, fold in ROWS:
        row = dict.fromkeys(COLUMNS) | {"ecg_id": ecg_id, "patient_id": patient, "age": age, "sex": sex}
        row |= {"device": device, "scp_codes": codes, "strat_fold": fold, "site": 2.0}
        rows.append(row | {"filename_lr": file_stem(ecg_id, 100), "filename_hr": file_stem(ecg_id, 500)})
    pd.DataFrame(rows).to_csv(tmp_path / "ptbxl_database.csv", index=False)
    kinds = {"NORM": "d", "IMI": "d", "ASMI": "d", "CLBBB": "d", "LVOLT": "f", "PVC": "f", "ABQRS": "f"}
    kinds |= {"SR": "r", "AFIB": "r"}
    flags = {
        name: [1.0 if k == name[0] else np.nan for k in kinds.values()] for name in ("diagnostic", "form", "rhythm")
    }
    pd.DataFrame(flags, index=list(kinds)).to_csv(tmp_path / "scp_statements.csv")
    leads = np.random.default_rng(1).normal(0, 0.3, size=(50, 12))
    for ecg_id in (1, 3):
        path = tmp_path / file_stem(ecg_id, 500)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_record(path, stored_units(leads), 500)
    return tmp_path


def test_is_found_by_its_name() -> None:
    assert load("datasets", "ptb_xl") is PtbXl
    assert PtbXl.name == "ptb_xl"


def test_records_are_all_labelled_rows(root: Path) -> None:
    records = PtbXl(root).records()
    assert list(records.index) == ["1", "2", "3", "4"]
    assert records.index.name == "record_id"
    assert list(records["patient_id"]) == ["15709", "15709", "7", "8"]
    assert list(records["has_signal"]) == [True, False, True, False]
    assert list(records["sex"]) == ["F", "M", "M", "F"]
    assert list(records["fold"]) == [3, 3, 10, 9]
    # 300 stands for "90 or older", and so does 90 itself
    np.testing.assert_array_equal(records["age_years"], [56, 90, np.nan, 90])
    assert list(records["site"]) == ["2"] * 4
    assert records["device"].iloc[0] == "CS-12 E"


def test_records_are_a_copy(root: Path) -> None:
    dataset = PtbXl(root)
    dataset.records()["patient_id"] = "somebody else"
    assert dataset.records()["patient_id"].iloc[0] == "15709"


def test_loads_a_recording_that_carries_no_label(root: Path) -> None:
    recording = PtbXl(root).load("3")
    assert (recording.record_id, recording.patient_id) == ("3", "7")
    assert recording.leads == STANDARD_LEADS
    assert recording.signal.shape == (50, 12)
    assert recording.sampling_rate_hz == 500
    assert recording.units == "mV"
    assert recording.age_years is None
    assert recording.sex == "M"


def test_a_record_without_files_is_refused_and_an_unknown_one_too(root: Path) -> None:
    with pytest.raises(SignalError, match=r"00002_hr\.hea"):
        PtbXl(root).load("2")
    with pytest.raises(UnknownNameError, match="an ecg_id of the table; got '99'"):
        PtbXl(root).load("99")


def test_labels_by_likelihood(root: Path) -> None:
    dataset = PtbXl(root)
    reference = dataset.labels(["NORM", "AF", "IMI", "AMI", "MI", "LBBB", "CD", "LVOLT", "PVC", "SR", "ABQRS"])
    table, nan = reference.table, np.nan
    expected = {
        "NORM": [1, 0, 0, 0],
        "AF": [0, 1, 0, 0],  # a rhythm statement with 0 is stated, so present
        "IMI": [0, nan, 0, 1],  # 35 is an open question, 50 is not
        "AMI": [0, 0, nan, nan],  # 0 is unknown, never absent
        "MI": [0, nan, nan, 1],  # one present infarct is enough; else an unknown one keeps it open
        "LBBB": [0, 0, 1, 0],
        "CD": [0, 0, 1, 0],
        "LVOLT": [1, 0, 0, 0],
        "PVC": [0, 0, 1, 0],
        "SR": [1, 0, 0, 1],
        "ABQRS": [0, 0, 0, nan],  # a form statement with a likelihood of its own that is low
    }
    for code, values in expected.items():
        np.testing.assert_array_equal(table[code], values, err_msg=code)
    assert list(table.index) == ["1", "2", "3", "4"]
    assert "50 %" in reference.method
    assert reference.formed_by == ()


def test_the_threshold_is_the_user_s(root: Path) -> None:
    table = PtbXl(root, min_likelihood=30).labels(["IMI"]).table
    np.testing.assert_array_equal(table["IMI"], [0, 1, 0, 1])
    table = PtbXl(root, min_likelihood=100).labels(["IMI"]).table
    np.testing.assert_array_equal(table["IMI"], [0, np.nan, 0, np.nan])


def test_labels_by_any_statement(root: Path) -> None:
    reference = PtbXl(root, label_rule="any_stated").labels(["MI", "AMI"])
    np.testing.assert_array_equal(reference.table, [[0, 0], [1, 0], [1, 1], [1, 1]])
    assert "whatever the likelihood" in reference.method


def test_likelihoods_stay_likelihoods(root: Path) -> None:
    """What is not stated, stated without a likelihood, and stated with one are three things."""
    likely = PtbXl(root).likelihoods(["IMI", "AMI", "MI", "SR", "PVC"])
    nan = np.nan
    expected = {
        "IMI": [nan, 0.35, nan, 0.5],
        "AMI": [nan, nan, nan, 0.15],
        "MI": [nan, 0.35, nan, 0.5],
        "SR": [nan, nan, nan, nan],
        "PVC": [nan, nan, 1.0, nan],
    }
    for code, values in expected.items():
        np.testing.assert_array_equal(likely.table[code], values, err_msg=code)
    np.testing.assert_array_equal(likely.stated["AMI"], [False, False, True, True])
    np.testing.assert_array_equal(likely.stated["SR"], [True, False, False, True])
    # the rule that makes a reference of them changes nothing in them
    other = PtbXl(root, label_rule="any_stated").likelihoods(["IMI"])
    pd.testing.assert_frame_equal(other.table, likely.table[["IMI"]])


def test_a_statement_without_a_translation_is_named(root: Path) -> None:
    assert PtbXl(root).untranslated().empty
    assert "Everything stated has a translation" in PtbXl(root).labels(["AF"]).method
    table = pd.read_csv(root / "ptbxl_database.csv")
    table.loc[[0, 1], "scp_codes"] = "{'SR': 0.0, 'XYZ': 100.0}"
    table.to_csv(root / "ptbxl_database.csv", index=False)
    assert PtbXl(root).untranslated().to_dict() == {"XYZ": 2}
    for rule in ("likelihood", "any_stated"):
        assert "left out: XYZ (2)" in PtbXl(root, label_rule=rule).labels(["AF"]).method


def test_a_finding_that_is_not_spoken_of(root: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"must be in the vocabulary; got 'AFF'\. Did you mean 'AF'"):
        PtbXl(root).labels(["AFF"])
    with pytest.raises(UnknownNameError, match="this archive's labels speak of; got 'WPW'"):
        PtbXl(root).labels(["AF", "WPW"])


def test_nothing_is_wrong_with_a_partial_mirror(root: Path) -> None:
    assert PtbXl(root).problems() == []


def test_problems_are_told_at_once(root: Path) -> None:
    assert "root must be a folder" in str(PtbXl(root / "nowhere").problems()[0])
    assert "sampling_rate_hz: 500" in str(PtbXl(root, sampling_rate_hz=100).problems()[0])
    (root / "scp_statements.csv").unlink()
    table = pd.read_csv(root / "ptbxl_database.csv").drop(columns=["age", "strat_fold"])
    table.to_csv(root / "ptbxl_database.csv", index=False)
    problems = [str(p) for p in PtbXl(root).problems()]
    assert len(problems) == 2
    assert "Missing: age, strat_fold" in problems[0]
    assert "scp_statements.csv" in problems[1]
    (root / "ptbxl_database.csv").write_bytes(b"\xff\xfe\x00")
    assert "a CSV table" in str(PtbXl(root).problems()[0])
    (root / "ptbxl_database.csv").unlink()
    assert len(PtbXl(root).problems()) == 2
    with pytest.raises(InputFileError):
        PtbXl(root).records()
    with pytest.raises(InputFileError):
        PtbXl(root).labels(["AF"])


@pytest.mark.parametrize(
    "cell", ["__import__('os').system('true')", "[1, 2]", "{'NORM': 'sure'}", "{", "nan", "(" * 500]
)
def test_a_cell_that_is_no_dictionary_is_never_run(root: Path, cell: str) -> None:
    table = pd.read_csv(root / "ptbxl_database.csv")
    table.loc[1, "scp_codes"] = cell
    table.to_csv(root / "ptbxl_database.csv", index=False)
    with pytest.raises(InputFileError, match="scp_codes of 2 must be a dictionary"):
        PtbXl(root).labels(["AF"])


def test_digests_are_those_of_the_files(root: Path) -> None:
    digests = PtbXl(root).digests()
    assert len(digests.pop(HEADERS)) == 64
    assert digests.keys() == {"ptbxl_database.csv", "scp_statements.csv"}
    for name, digest in digests.items():
        assert digest == hashlib.sha256((root / name).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("sampling_rate_hz", 250, "100 or 500"),
        ("label_rule", "likelihod", "Did you mean 'likelihood'"),
        ("min_likelihood", 0, "0 means unknown in PTB-XL"),
        ("min_likelihood", 101, "percent"),
    ],
)
def test_refuses_arguments(root: Path, argument: str, value: object, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        PtbXl(root, **{argument: value})  # type: ignore[arg-type]


@pytest.mark.shared_data
def test_real_labels_follow_the_archive_s_own_hierarchy(shared: Path) -> None:
    """Our vocabulary's parents are the diagnostic classes of scp_statements.csv, and every statement has a code."""
    statements = pd.read_csv(shared / "data/ptb-xl/scp_statements.csv", index_col=0)
    for statement, row in statements.iterrows():
        code = translate(str(statement), "scp")
        assert code is not None, statement
        for superclass in ("NORM", "MI", "STTC", "CD", "HYP"):
            assert (code in descendants(superclass)) == (row["diagnostic_class"] == superclass), statement


@pytest.mark.shared_data
def test_real_archive_counts(shared: Path) -> None:
    dataset = PtbXl(shared / "data/ptb-xl")
    assert dataset.problems() == []
    records = dataset.records()
    assert len(records) == 21_837
    assert records["has_signal"].sum() == 500
    assert records.loc[records["has_signal"], "patient_id"].nunique() == 466
    assert set(records["fold"]) == set(range(1, 11))
    # the counts of "any statement" per superclass in Table 5 of Wagner et al., Sci Data 2020;7:154
    table = PtbXl(shared / "data/ptb-xl", label_rule="any_stated").labels(["NORM", "MI", "STTC", "CD", "HYP"]).table
    assert table.sum().to_dict() == {"NORM": 9528, "MI": 5486, "STTC": 5250, "CD": 4907, "HYP": 2655}
    assert dataset.untranslated().empty
    likely = dataset.likelihoods(["NORM"])
    assert likely.stated["NORM"].sum() == 9528
    assert likely.table["NORM"].min() > 0
    assert likely.table["NORM"].max() == 1
    strict = dataset.labels(expand_findings(["gp_core"])).table
    assert int(strict["AF"].sum()) == 1514
    assert not strict["AF"].isna().any()
    assert dataset.digests()["ptbxl_database.csv"].startswith("cd9bf4e6445c5e02")  # as SHA256SUMS.txt says


@pytest.mark.shared_data
def test_real_labels_agree_with_a_plain_reading_of_the_table(shared: Path) -> None:
    """The rule once more, row by row and without our vocabulary's tricks, for one finding of each kind."""
    dataset = PtbXl(shared / "data/ptb-xl")
    table = pd.read_csv(shared / "data/ptb-xl/ptbxl_database.csv").head(3000)
    reference = dataset.labels(["IMI", "AF"]).table.head(3000)
    words = [s for code in descendants("IMI") for s in finding(code).spellings("scp")]
    for row, cell in enumerate(table["scp_codes"]):
        said = {k: v for k, v in eval(cell).items() if k in words}
        expected = 0.0 if not said else 1.0 if max(said.values()) >= 50 else np.nan
        np.testing.assert_equal(reference["IMI"].iloc[row], expected)
        assert reference["AF"].iloc[row] == float("'AFIB'" in cell)


@pytest.mark.shared_data
def test_real_tasks_equal_the_benchmark_s_aggregation(shared: Path) -> None:
    """Any statement of a class makes it present, computed here from the archive's tables alone.

    As in Strodthoff et al., IEEE JBHI 2021;25:1519 (`utils.compute_label_aggregations` of their code).
    """
    root = shared / "data/ptb-xl"
    statements = pd.read_csv(root / "scp_statements.csv", index_col=0)
    said = [ast.literal_eval(cell).keys() for cell in pd.read_csv(root / "ptbxl_database.csv")["scp_codes"]]
    stated = {s: np.array([s in record for record in said]) for s in statements.index}
    dataset = PtbXl(root, label_rule="any_stated")
    for task in ("all", "diagnostic", "form", "rhythm"):
        flagged = statements.index if task == "all" else statements.index[statements[task] == 1]
        table = dataset.labels(expand_findings([f"ptb_xl_{task}"])).table
        for statement in flagged:
            np.testing.assert_array_equal(table[translate(statement, "scp")], stated[statement], err_msg=statement)
        assert table.shape[1] == len(flagged)
    for task, column in (("subclass", "diagnostic_subclass"), ("superclass", "diagnostic_class")):
        table = dataset.labels(expand_findings([f"ptb_xl_{task}"])).table
        theirs = {
            name: np.any([stated[s] for s in group], axis=0)
            for name, group in statements.groupby(column).groups.items()
        }
        assert Counter(map(tuple, table.to_numpy(dtype=bool).T)) == Counter(tuple(v) for v in theirs.values())
