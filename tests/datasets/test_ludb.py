"""LUDB: phrases translated one by one, and what is undefined stays unknown."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_eval.datasets._ptb_xl.layout import stored_units, write_record
from ecg_eval.datasets._tables.ludb_marks import LEADS
from ecg_eval.datasets._wfdb_files.content_digest import HEADERS
from ecg_eval.datasets.ludb import Ludb
from ecg_eval.errors import ArgumentError, InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load

HEAD = (
    "ID,Sex,Age,Rhythms,Electric axis of the heart,Conduction abnormalities,Extrasystolies,Hypertrophies,"
    "Cardiac pacing,Ischemia,Non-specific repolarization abnormalities,Other states\n"
)
ROWS = """1,"F
","51
",Sinus bradycardia,left,,,"Left ventricular hypertrophy
Left ventricular overload",,Stemi: septal,,
2,"M
",>89,Atrial fibrillation,,Iii degree av-block,"Ventricular extrasystole, type: couplet",,Unipolar ventricular pacing,Undefined ischemia/scar/supp.nstemi: apical,,Early repolarization syndrome
3,"M
","30
",Sinus rhythm,,,,,,Scar formation: inferior wall,Non-specific repolarization abnormalities: septal,
"""  # noqa: E501


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "ludb.csv").write_text(HEAD + ROWS)
    (tmp_path / "data").mkdir()
    write_record(tmp_path / "data/1", stored_units(np.random.default_rng(1).normal(size=(30, 12))), 500)
    return tmp_path


def test_is_found_by_its_name() -> None:
    assert load("datasets", "ludb") is Ludb


def test_records(root: Path) -> None:
    records = Ludb(root).records()
    assert list(records.index) == ["1", "2", "3"]
    assert list(records["sex"]) == ["F", "M", "M"]
    np.testing.assert_array_equal(records["age_years"], [51, 90, 30])
    assert list(records["has_signal"]) == [True, False, False]
    assert Ludb(root).problems() == []


def test_labels(root: Path) -> None:
    reference = Ludb(root).labels(
        ["SBRAD", "AF", "3AVB", "CD", "PVC", "LVH", "PACE", "MI", "AMI", "IMI", "STE", "ISC", "STTC"]
    )
    table, nan = reference.table, np.nan
    expected = {
        "SBRAD": [1, 0, 0], "AF": [0, 1, 0], "3AVB": [0, 1, 0], "CD": [0, 1, 0], "PVC": [0, 1, 0], "LVH": [1, 0, 0],
        "PACE": [0, 1, 0], "MI": [1, nan, 1], "AMI": [1, 0, 0], "IMI": [0, 0, 1], "STE": [1, 0, 0], "ISC": [0, nan, 0],
        "STTC": [0, nan, 1],
    }  # fmt: skip
    for code, values in expected.items():
        np.testing.assert_array_equal(table[code], values, err_msg=code)
    assert "Left ventricular overload (1)" in reference.method
    with pytest.raises(UnknownNameError, match="speak of; got 'NORM'"):
        Ludb(root).labels(["NORM"])


def test_loads(root: Path) -> None:
    assert Ludb(root).load("1").age_years == 51
    with pytest.raises(SignalError):
        Ludb(root).load("2")
    with pytest.raises(UnknownNameError, match="an ID of"):
        Ludb(root).load("201")


def test_problems(root: Path) -> None:
    (root / "ludb.csv").write_text("ID,Sex\n1,F\n")
    assert "Missing: Age" in str(Ludb(root).problems()[0])
    with pytest.raises(InputFileError):
        Ludb(root).records()
    assert Ludb(root / "nowhere").problems()


def test_without_signals(tmp_path: Path) -> None:
    (tmp_path / "ludb.csv").write_text(HEAD + ROWS)
    assert not Ludb(tmp_path).records()["has_signal"].any()


@pytest.mark.shared_data
def test_real_records(shared: Path) -> None:
    dataset = Ludb(shared / "data/ludb")
    assert dataset.problems() == []
    records = dataset.records()
    assert (len(records), int(records["has_signal"].sum())) == (200, 100)
    assert records["sex"].value_counts().to_dict() == {"M": 115, "F": 85}  # as its README says
    assert records["age_years"].notna().all()
    table = dataset.labels(["SR", "AF", "3AVB", "LBBB"]).table
    assert table.sum().to_dict() == {"SR": 143, "AF": 15, "3AVB": 5, "LBBB": 4}
    assert set(dataset.untranslated().index) == {
        *("Left ventricular overload", "Aberrant conduction"),
    }
    assert dataset.load("1").leads[:3] == ("I", "II", "III")
    assert dataset.digests().keys() == {HEADERS, "ludb.csv"}


def test_intervals_are_the_medians_of_the_cardiologists_marks(root: Path) -> None:
    """One lead marks PR 160, QRS 100 and QT 400 ms; eleven mark QT 420 ms and no P wave."""
    for lead in LEADS:
        first = lead == "ii"
        samples = [50, 60, 70] * first + [130, 150, 180, 250, 300, 330 if first else 340]
        symbols = ["(", "p", ")"] * first + ["(", "N", ")", "(", "t", ")"]
        wfdb.wrann("1", "x", np.array(samples), symbols, write_dir=str(root / "data"))
        (root / "data/1.x").rename(root / f"data/1.{lead}")  # wrann takes letters only
    found = Ludb(root).reference_measurements()
    assert found.index.tolist() == ["1"]
    assert found.loc["1"].to_dict() == pytest.approx({"pr_ms": 160, "qrs_ms": 100, "qt_ms": 420})


def test_marks_that_are_not_there_are_unknown(root: Path) -> None:
    found = Ludb(root).reference_measurements()
    assert found.index.tolist() == ["1"]
    assert found.isna().all(axis=None)


@pytest.mark.shared_data
@pytest.mark.slow
def test_real_marks_give_every_record_qrs_and_qt(shared: Path) -> None:
    """The cardiologists marked QRS and T in all of records 1 to 100, and a P wave in 85 (docs/measurements.md)."""
    found = Ludb(shared / "data/ludb").reference_measurements()
    assert found.notna().sum().to_dict() == {"pr_ms": 85, "qrs_ms": 100, "qt_ms": 100}
    assert found["qrs_ms"].between(50, 220).all()
    assert found["qt_ms"].between(250, 600).all()


@pytest.mark.shared_data
def test_the_stored_numbers_are_microvolts_of_one_heart(shared: Path) -> None:
    """The headers' gains make every lead span 1 mV; the numbers themselves keep the relations of the limb leads."""
    told = Ludb(shared / "data/ludb").load("1").signal
    assert np.ptp(told, axis=0) == pytest.approx(1.0, abs=0.01)
    recording = Ludb(shared / "data/ludb", scale="stored").load("1")
    one, two, three, avr = recording.signal[:, :4].T
    assert np.ptp(three - (two - one)) < 0.0025  # two stored units; the baselines differ by a constant
    assert np.ptp(avr + (one + two) / 2) < 0.0025
    assert "1,000 stored units" in recording.changes[0]


def test_an_unknown_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'stored'"):
        Ludb(tmp_path, scale="store")
