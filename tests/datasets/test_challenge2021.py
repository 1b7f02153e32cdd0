"""The Challenge's collections: real headers, SNOMED CT, and what has no translation is named."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets.challenge2021 import Challenge2021
from ecg_eval.domain.findings import label_sets, translate, without_translation
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load


def write(folder: Path, name: str, comments: str, *, first: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stored = np.full((20, 12), 5, dtype="<i2")
    lines = [f"{first or name} 12 500 20 05-May-2020 14:50:55"]
    lines += [f"{name}.mat 16+24 1000/mv 16 0 5 100 0 {lead}" for lead in STANDARD_LEADS]
    (folder / f"{name}.hea").write_text("\n".join(lines) + f"\n{comments}\n")
    (folder / f"{name}.mat").write_bytes(b"\0" * 24 + stored.tobytes())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "georgia/g1", "E00271", "#Age: 60\n#Sex: Female\n#Dx: 164889003,698247007", first="E00271.mat")
    write(tmp_path / "cpsc", "A0001", "#Age: NaN\n#Sex: M\n#Dx: 426783006")
    write(tmp_path / "ptb-xl", "HR00001", "# Age: 300\n# Sex: Unknown\n# Dx: 733534002,164889003")
    write(tmp_path / "mute", "JS20000", "#Age: 5")
    (tmp_path / "mute/JS00002.hea").write_bytes(b"\x00")
    return tmp_path


def test_is_found_by_its_name() -> None:
    assert load("datasets", "challenge2021") is Challenge2021


def test_records_in_any_arrangement_of_folders(root: Path) -> None:
    dataset = Challenge2021(root)
    assert dataset.problems() == []
    records = dataset.records()
    assert list(records.index) == ["A0001", "E00271", "JS00002", "JS20000", "HR00001"]
    assert list(records["site"]) == ["CPSC", "Georgia", "Chapman-Shaoxing", "Ningbo", "PTB-XL"]
    assert list(records["has_signal"]) == [True, True, False, True, True]
    np.testing.assert_array_equal(records["age_years"], [np.nan, 60, np.nan, 5, 90])
    assert list(records["sex"].fillna("?")) == ["M", "F", "?", "?", "?"]
    (root / "cpsc/A0001.mat").unlink()
    assert not Challenge2021(root).records().loc["A0001", "has_signal"]


def test_labels(root: Path) -> None:
    reference = Challenge2021(root).labels(["AF", "LBBB", "CD"])
    np.testing.assert_array_equal(reference.table["AF"], [0, 1, np.nan, np.nan, 1])
    np.testing.assert_array_equal(reference.table["CD"], [0, 0, np.nan, np.nan, 1])
    assert "698247007 (1)" in reference.method
    assert "left bundle branch block (164909002) as LBBB" in reference.method
    with pytest.raises(UnknownNameError, match="speak of; got 'NORM'"):
        Challenge2021(root).labels(["NORM"])


def test_loads(root: Path) -> None:
    recording = Challenge2021(root).load("E00271")
    assert recording.signal.shape == (20, 12)
    assert recording.age_years == 60
    with pytest.raises(SignalError):
        Challenge2021(root).load("JS00002")
    with pytest.raises(UnknownNameError, match="Did you mean 'A0001'"):
        Challenge2021(root).load("A001")


def test_problems(tmp_path: Path) -> None:
    assert "a folder with .hea files" in str(Challenge2021(tmp_path).problems()[0])
    assert "root must be a folder" in str(Challenge2021(tmp_path / "nowhere").problems()[0])


@pytest.mark.shared_data
def test_real_records(shared: Path) -> None:
    dataset = Challenge2021(shared / "data/cinc2021")
    records = dataset.records()
    assert len(records) == 147
    assert records["has_signal"].all()
    assert records["site"].value_counts()["Georgia"] == 21
    assert "unknown" not in set(records["site"])
    table = dataset.labels(["AF", "SBRAD", "SR"]).table
    said = {path.stem: path.read_text() for path in (shared / "data/cinc2021").rglob("*.hea")}
    for code, snomed in (("AF", "164889003"), ("SBRAD", "426177001"), ("SR", "426783006")):
        # "bradycardia" without the word sinus leaves sinus bradycardia open
        opened = [code == "SBRAD" and "426627000" in said[i] and snomed not in said[i] for i in table.index]
        expected = [np.nan if o else float(snomed in said[i]) for i, o in zip(table.index, opened, strict=True)]
        np.testing.assert_array_equal(table[code], expected)
    assert set(dataset.untranslated().index) <= set(without_translation("snomed_ct"))
    # Challenge record HR00001 is PTB-XL's first
    ptb = shared / "data/ptb-xl/records500/00000/00001_hr.dat"
    stored = np.fromfile(ptb, dtype="<i2").reshape(-1, 12)
    np.testing.assert_array_equal(dataset.load("HR00001").signal, (stored / 1000.0).astype(np.float32))


def test_some_collections_only(root: Path) -> None:
    dataset = Challenge2021(root, collections=["Georgia", "Ningbo"])
    assert list(dataset.records().index) == ["E00271", "JS20000"]
    assert "speak of" not in dataset.labels(["AF"]).method
    with pytest.raises(ArgumentError, match="Did you mean 'Georgia'"):
        Challenge2021(root, collections="georgia")
    nothing = Challenge2021(root, collections="INCART").problems()
    assert "a folder with .hea files of INCART" in str(nothing[0])


def test_the_digest_follows_what_the_headers_say(root: Path) -> None:
    before = Challenge2021(root).digests()
    assert before == Challenge2021(root).digests()
    write(root / "cpsc", "A0001", "#Age: NaN\n#Sex: M\n#Dx: 164889003")
    assert Challenge2021(root).digests() != before


# unscored codes that say as much as a scored one, or more (dx_mapping_unscored.csv), and scored ones below another
NARROWER = {
    "PVC": {"164884008", "11157007", "251180001", "251182009"},
    "PAC": {"251170000", "251173003"},
    "AF": {"314208002", "282825002", "426749004"},
    "PACE": {"251268003", "251266004"},
    "BRADY": {"426177001"},
    "BBB": {"164909002", "733534002", "59118001", "713427006", "713426002", "251120003"},
}
BROADER = {
    **{code: {"6374002"} for code in ("LBBB", "RBBB", "IRBBB")},
    **{"SBRAD": {"426627000"}, "AF": {"195080001"}, "AFL": {"195080001"}, "1AVB": {"233917008", "204384007"}},
}


@pytest.mark.shared_data
def test_the_scored_set_of_real_records(shared: Path) -> None:
    """Truth from the headers' codes alone, equal diagnoses joined as the Challenge's scoring matrix joins them."""
    folder = shared / "data/cinc2021"
    table = Challenge2021(folder).labels(label_sets()["challenge2021"]).table
    headers = {path.stem: path.read_text() for path in folder.rglob("*.hea")}
    dx = {i: re.findall(r"^# ?Dx: ?(.*)$", headers[i], re.MULTILINE)[0] for i in table.index}
    said = {i: {code.strip() for code in line.split(",")} for i, line in dx.items()}
    classes = pd.read_csv(folder / "weights.csv", index_col=0).columns
    for column in classes:
        codes = set(column.split("|"))
        ours = translate(min(codes), "snomed_ct")
        assert ours is not None
        present = np.array([bool(said[i] & (codes | NARROWER.get(ours, set()))) for i in table.index])
        assert ((table[ours] == 1) == present).all(), ours
        # absent everywhere else, but for records where a broader code alone leaves it open
        may_be_open = np.array([bool(said[i] & BROADER.get(ours, set())) for i in table.index])
        assert not (table[ours].isna() & ~may_be_open).any(), ours
    assert len(classes) == table.shape[1] == 26
