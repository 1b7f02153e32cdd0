"""Chapman-Shaoxing-Ningbo in the layout of PhysioNet: no table, SNOMED CT in the headers, two hospitals by number."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_eval.datasets._wfdb_files.content_digest import HEADERS
from ecg_eval.datasets.challenge2021 import Challenge2021
from ecg_eval.datasets.chapman_shaoxing_ningbo import ChapmanShaoxingNingbo
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.plugins import load


@pytest.fixture
def root(tmp_path: Path, shared: Path) -> Path:
    """Return real records in the archive's own folders."""
    for path in sorted((shared / "data/cinc2021/training").glob("JS*")):
        folder = tmp_path / "WFDBRecords/01" / ("010" if path.stem < "JS10647" else "020")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    (tmp_path / "ConditionNames_SNOMED-CT.csv").write_text("Acronym Name,Full Name,Snomed_CT\n")
    return tmp_path


@pytest.mark.shared_data
def test_real_records_of_both_hospitals(root: Path, shared: Path) -> None:
    dataset = ChapmanShaoxingNingbo(root)
    assert dataset.problems() == []
    records = dataset.records()
    assert records["has_signal"].all()
    assert set(records["site"]) == {"Chapman-Shaoxing", "Ningbo"}
    assert records.loc["JS00001", ["age_years", "sex"]].tolist() == [85, "M"]
    # the header of JS00001: 164889003 is atrial fibrillation, 59118001 right bundle branch block
    table = dataset.labels(["AF", "RBBB", "SR"]).table
    assert table.loc["JS00001"].tolist() == [1, 1, 0]
    challenge = Challenge2021(shared / "data/cinc2021", collections=["Chapman-Shaoxing", "Ningbo"])
    assert list(challenge.records().index) == list(records.index)
    theirs = challenge.labels(["AF", "RBBB", "SR"])
    np.testing.assert_array_equal(theirs.table.to_numpy(), table.to_numpy())
    for record_id in records.index:
        recording = dataset.load(record_id)
        assert (recording.signal.shape, recording.leads) == ((5000, 12), STANDARD_LEADS)
        np.testing.assert_array_equal(recording.signal, challenge.load(record_id).signal)
    assert dataset.digests().keys() == {HEADERS, "ConditionNames_SNOMED-CT.csv"}


@pytest.mark.shared_data
def test_one_hospital(root: Path) -> None:
    ningbo = ChapmanShaoxingNingbo(root, collections="Ningbo").records()
    assert set(ningbo["site"]) == {"Ningbo"}
    with pytest.raises(ArgumentError, match="one of Chapman-Shaoxing, Ningbo; got 'Georgia'"):
        ChapmanShaoxingNingbo(root, collections=["Georgia"])


def test_is_found_by_its_name_and_says_how_to_get_it(tmp_path: Path) -> None:
    assert load("datasets", "chapman_shaoxing_ningbo") is ChapmanShaoxingNingbo
    assert "physionet.org/content/ecg-arrhythmia" in str(ChapmanShaoxingNingbo(tmp_path).problems()[0])
