"""The statements of an ECG cart as readings: what it doubts, what it leaves out, where it gives up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.errors import InputFileError
from ecg_eval.panels.mimic_machine import REPORTS, MimicMachine
from ecg_eval.pipeline.plugins import load, make

NUMBERS = {"rr_interval": 800, "p_onset": 40, "p_end": 130, "qrs_onset": 200, "qrs_end": 290, "t_end": 600}
# lines as the carts of MIMIC-IV-ECG write them
STUDIES: dict[str, tuple[list[str], dict[str, int]]] = {
    "1": (["Sinus rhythm", "Normal ECG"], {}),
    "2": (["Atrial fibrillation with rapid ventricular response", "Possible LVH", "Abnormal ECG"], {"p_onset": 29999}),
    "3": (["Pacemaker rhythm - no further analysis"], {"rr_interval": 65535, "t_end": 29999, "qrs_end": 150}),
    "4": ([], {}),
    "5": (["Sinus rhythm", "The zebra stands still"], {}),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    rows = [
        {"subject_id": "9", "study_id": study, "cart_id": "1", "ecg_time": "t"}
        | dict.fromkeys(REPORTS, "")
        | {f"report_{i}": line for i, line in enumerate(lines)}
        | {"bandwidth": "0.005-150 Hz", "filtering": "60 Hz notch", "p_axis": 32767}
        | NUMBERS
        | numbers
        for study, (lines, numbers) in STUDIES.items()
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "machine_measurements.csv", index=False)
    return tmp_path


def request(*ids: str, findings: tuple[str, ...]) -> PanelRequest:
    records = pd.DataFrame(index=pd.Index(ids, dtype="string", name="record_id"))
    return PanelRequest(
        records=records, findings=findings, labels=None, model_readings=pd.DataFrame(), rng=np.random.default_rng(1)
    )


def test_reads(root: Path) -> None:
    panel = make("panels", "mimic_machine", {"root": "."}, root=root)
    assert load("panels", "mimic_machine") is MimicMachine
    assert panel.problems() == []
    made = panel.read(request(*STUDIES, "99", findings=("NORM", "AF", "LVH", "PACE", "WPW")))
    answers = made.readings.set_index(["record_id", "finding"])["reading"]
    assert answers["1"].to_dict() == {"NORM": "present", "AF": "absent", "LVH": "absent", "PACE": "absent"}
    assert answers["2"].to_dict() == {"NORM": "absent", "AF": "present", "LVH": "uncertain", "PACE": "absent"}
    # a paced rhythm is not analysed: what is not stated of it is not absent
    assert answers["3"].to_dict() == {"PACE": "present"}
    assert "4" not in answers.index.get_level_values("record_id")
    reader = made.readers.loc["ecg_cart"]
    assert reader["kind"] == "vendor"
    assert "zebra" in reader["description"]
    assert list(made.left_out["reason"]) == [
        "WPW: the machine has no statement of it",
        "2 recordings that the machine's table does not hold",
        "1 recordings whose analysis the machine gave up, so that only what it stated counts",
    ]
    assert list(panel.digests()) == ["machine_measurements.csv"]


def test_everything_understood_is_said_so(root: Path) -> None:
    made = MimicMachine(root, reader_id="cart").read(request("1", findings=("AF",)))
    assert made.readers.loc["cart", "description"].endswith("Every statement was understood.")


def test_measurements(root: Path) -> None:
    table = MimicMachine(root).measurements()
    assert table.loc["1"].to_dict() == {"rr_ms": 800, "pr_ms": 160, "qrs_ms": 90, "qt_ms": 400}
    assert np.isnan(table.loc["2", "pr_ms"])
    # not measurable, and an end before its onset
    assert table.loc["3", ["rr_ms", "qt_ms", "qrs_ms"]].isna().all()


def test_problems(root: Path) -> None:
    path = root / "machine_measurements.csv"
    path.write_text("study_id,report_0\n1,Sinus rhythm\n")
    assert "Missing: report_1" in str(MimicMachine(root).problems()[0])
    path.write_bytes(b"\xff\xfe\x00")
    assert "a CSV table" in str(MimicMachine(root).problems()[0])
    path.unlink()
    assert MimicMachine(root).digests() == {}
    with pytest.raises(InputFileError, match="mimic-iv-ecg"):
        MimicMachine(root).measurements()
