"""ISHNE Holter files that the tests write from its tables, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_clinical_files import LEADS, counts, write_ishne

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.errors import SignalError


def read(path: Path) -> ClinicalEcg:
    name, ecg = read_clinical(path)
    assert name == "ishne"
    return ecg


def test_what_is_written_is_read(tmp_path: Path) -> None:
    stored = counts()
    ecg = read(write_ishne(tmp_path / "x.ecg", stored))
    assert (ecg.leads, ecg.sampling_rate_hz, ecg.derived_leads) == (LEADS, 500, ())
    np.testing.assert_allclose(ecg.signal, stored * 0.0025, atol=1e-6)
    assert ecg.facts[:4] == ("H8", 61, "F", None)


def test_a_recorder_of_three_leads_one_of_them_off_for_a_while(tmp_path: Path) -> None:
    stored = counts()[:, [6, 10, 1]].copy()
    stored[100:200, 1] = -32768
    # some writers declare the samples of all leads together
    path = write_ishne(tmp_path / "x", stored, codes=(11, 15, 6), declared=stored.size, rate_hz=200)
    ecg = read(path)
    assert (ecg.leads, ecg.sampling_rate_hz) == (("II", "V1", "V5"), 200)
    off = np.isnan(ecg.signal)
    assert off.sum() == off[100:200, 2].sum() == 100


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"resolution_nv": 0}, "amplitude of lead I must be stated"),
        ({"codes": [5] * 12}, "named once each"),
        ({"declared": 90_000}, r"as many as its header says \(90000\)"),
        ({"checksum": False}, "checksum"),
        ({"rate_hz": 0}, "ISHNE Holter file that can be read"),
    ],
)
def test_what_cannot_be_known_is_refused(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_ishne(tmp_path / "x", counts(60), **changes))
