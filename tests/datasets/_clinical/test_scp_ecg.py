"""SCP-ECG files that the tests write from EN 1064, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_clinical_files import LEADS, counts, write_scp

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.errors import SignalError


def read(path: Path) -> ClinicalEcg:
    name, ecg = read_clinical(path)
    assert name == "scp_ecg"
    return ecg


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_written_is_read(tmp_path: Path, packed: bool) -> None:
    stored = counts()
    ecg = read(write_scp(tmp_path / "x", stored, packed=packed))
    assert (ecg.leads, ecg.sampling_rate_hz, ecg.derived_leads) == (LEADS, 500, ())
    np.testing.assert_allclose(ecg.signal, stored * 0.0025, atol=1e-6)
    facts = ecg.facts
    assert (facts.patient_id, facts.age_years, facts.sex, facts.device) == ("H8", 61, "F", None)
    assert facts.statements == ("SINUS RHYTHM",)


@pytest.mark.shared_data
def test_a_real_record_there_and_back(shared: Path, tmp_path: Path) -> None:
    signal, leads, rate = read_record(shared / "data/ptb-xl/records500/00000/00001_hr")
    ecg = read(write_scp(tmp_path / "x.scp", np.round(signal / 0.0025).astype(np.int16)))
    assert (ecg.leads, ecg.sampling_rate_hz) == (leads, rate)
    assert np.abs(ecg.signal - signal).max() <= 0.00125 + 1e-6


def test_eight_leads_by_their_codes_and_a_rate_that_is_no_whole_number(tmp_path: Path) -> None:
    order = [11, 10, 9, 8, 7, 6, 1, 0]
    ecg = read(write_scp(tmp_path / "x", counts()[:, order], [LEADS[i] for i in order], rhythm=(5000, 3906, 0)))
    assert (ecg.leads, ecg.derived_leads) == (LEADS, LEADS[2:6])
    np.testing.assert_allclose(ecg.signal, counts() * 0.005, atol=1e-6)
    assert ecg.sampling_rate_hz == pytest.approx(1e6 / 3906)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"rhythm": (0, 2000, 0)}, "amplitude multiplier of lead I must be more than 0"),
        ({"rhythm": (2500, 0, 0)}, "SCP-ECG file that can be read"),
        ({"rhythm": (2500, 2000, 1)}, "bimodal"),
        ({"flags": 0x05}, "reference beat subtraction"),
        ({"definitions": [(1, 60, 1)] * 12}, "named once each"),
        ({"definitions": [(i + 1, i + 60, i) for i in range(12)]}, "recorded together"),
        ({"definitions": [(1, 2**32 - 1, i) for i in range(12)]}, "samples and beats"),
        ({"definitions": [(1, 61, i) for i in range(12)]}, "SCP-ECG file that can be read"),
        ({"definitions": [(1, 61 - i, i) for i in range(1, 13)]}, "of one length"),
    ],
)
def test_what_cannot_be_known_is_refused(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_scp(tmp_path / "x", counts(60), packed=False, **changes))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write_scp(tmp_path / "x", counts(60), packed=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:-60] + b"\x01" + whole[-59:])
    with pytest.raises(SignalError, match="checksums"):
        read(path)
    path.write_bytes(whole[:60])
    with pytest.raises(SignalError, match="where its pointers say"):
        read(path)
