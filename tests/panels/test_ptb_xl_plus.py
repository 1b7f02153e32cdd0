"""A vendor's statements as a reader: translated one by one, doubt kept, rows found by their id."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.domain.findings import descendants, translate, vocabulary
from ecg_eval.errors import InputFileError
from ecg_eval.panels.ptb_xl_plus import OPEN, SCHEME, PtbXlPlus, stated
from ecg_eval.pipeline.plugins import load, make

# not in ascending order, as the archive's own table
TABLE = """ecg_id,statements,statements_cat,statements_ext,statements_ext_snomed
1,"['NSR', 'NML']",x,x,x
21803,"['AFIB', 'COMMA', 'PO', 'LVH', 'IMI', 'AU']",x,x,x
7,"['UR', 'LVH2', 'MADE_UP']",x,x,x
5,"['AFIB', '$SOR', 'FLUT']",x,x,x
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "labels").mkdir()
    (tmp_path / "features").mkdir()
    (tmp_path / "labels/12sl_statements.csv").write_text(TABLE)
    features = (
        "QT_Int_Global,ecg_id,PR_Int_Global,QRS_Dur_Global,RR_Mean_Global\n400,1,160,90,1000\n380,21803,,88,700\n"
    )
    (tmp_path / "features/12sl_features.csv").write_text(features)
    return tmp_path


def request(*ids: str, findings: tuple[str, ...]) -> PanelRequest:
    records = pd.DataFrame(index=pd.Index(ids, dtype="string", name="record_id"))
    return PanelRequest(
        records=records, findings=findings, labels=None, model_readings=pd.DataFrame(), rng=np.random.default_rng(1)
    )


def test_every_translation_is_into_the_vocabulary() -> None:
    assert {code for codes in OPEN.values() for code in codes} <= set(vocabulary())
    assert not [acronym for acronym in OPEN if translate(acronym, SCHEME)]


def test_reads(root: Path) -> None:
    panel = make("panels", "ptb_xl_plus", {"root": "."}, root=root)
    assert load("panels", "ptb_xl_plus") is PtbXlPlus
    assert panel.problems() == []
    made = panel.read(request("1", "5", "7", "21803", "99", findings=("NORM", "AF", "LVH", "MI", "VCLVH")))
    answers = made.readings.set_index(["record_id", "finding"])["reading"]
    assert answers["1"].to_dict() == {"NORM": "present", "AF": "absent", "LVH": "absent", "MI": "absent"}
    assert answers["21803"].to_dict() == {"NORM": "absent", "AF": "present", "LVH": "uncertain", "MI": "present"}
    assert answers["7"].to_dict() == {"NORM": "absent", "AF": "uncertain", "LVH": "uncertain", "MI": "absent"}
    assert answers["5"]["AF"] == "uncertain"
    reader = made.readers.loc["ge_12sl"]
    assert reader["kind"] == "vendor"
    assert "left out: MADE_UP (1)" in reader["description"]
    reasons = list(made.left_out["reason"])
    assert reasons == [
        "VCLVH: the machine has no statement of it",
        "1 recordings that the machine's table does not hold",
    ]
    assert list(panel.digests()) == ["12sl_statements.csv"]


def test_doubt_reaches_the_statement_after_it_and_no_further() -> None:
    said, strange = stated(["CRO", "AMI", "LAE", "PO", "IMI", "IMI"])
    assert (said.present, said.uncertain, strange) == ({"LAE", "IMI"}, {"AMI"}, [])


def test_a_statement_of_two_findings_states_both() -> None:
    said, strange = stated(["NSR", "NSTT", "BIVH", "MBZI"])
    assert (said.present, strange) == ({"SR", "NSSTT", "NST", "NT", "BVH", "MOB1"}, [])


def test_an_acute_infarction_leaves_its_wall_open_unless_it_is_stated() -> None:
    walls = {code: descendants(code) for code in ("IMI", "AMI", "LVH")}
    said, _ = stated(["STEMI"])
    assert {code: said.answer(family, code) for code, family in walls.items()} == {
        **{"IMI": "uncertain", "AMI": "uncertain", "LVH": "absent"}
    }
    said, _ = stated(["STEMI", "IPMI"])
    assert {code: said.answer(family, code) for code, family in walls.items()} == {
        **{"IMI": "present", "AMI": "absent", "LVH": "absent"}
    }


def test_nothing_asked_that_the_machine_speaks_of(root: Path) -> None:
    made = PtbXlPlus(root).read(request("1", findings=("VCLVH",)))
    assert made.readings.empty
    assert made.readers.empty


def test_measurements_by_id(root: Path) -> None:
    table = PtbXlPlus(root).measurements()
    assert table.loc["1"].to_dict() == {"rr_ms": 1000, "pr_ms": 160, "qrs_ms": 90, "qt_ms": 400}
    assert np.isnan(table.loc["21803", "pr_ms"])
    (root / "features/12sl_features.csv").write_text("ecg_id,PR\n1,2\n")
    with pytest.raises(InputFileError, match="Missing: RR_Mean_Global, PR_Int_Global"):
        PtbXlPlus(root).measurements()


def test_problems(root: Path, tmp_path: Path) -> None:
    (root / "labels/12sl_statements.csv").rename(root / "labels/statements.csv")
    assert "Found: features/12sl_features.csv, labels/statements.csv" in str(PtbXlPlus(root).problems()[0])
    assert PtbXlPlus(root).digests() == {}
    (root / "labels/12sl_statements.csv").write_text("ecg_id,statement\n1,NSR\n")
    (problem,) = PtbXlPlus(root).problems()
    assert "got ['ecg_id', 'statement']. Missing: statements" in str(problem)
    with pytest.raises(InputFileError):
        PtbXlPlus(root).read(request("1", findings=("AF",)))
    (root / "labels/12sl_statements.csv").write_bytes(b"\xff\xfe\x00")
    assert "a CSV table" in str(PtbXlPlus(root).problems()[0])
    assert "a file of PTB-XL+" in str(PtbXlPlus(tmp_path / "nowhere").problems()[0])


@pytest.mark.parametrize("cell", ["NSR", "{'NSR': 1}", "__import__('os')", "['NSR'"])
def test_a_cell_that_is_no_list_is_refused_and_never_run(root: Path, cell: str) -> None:
    (root / "labels/12sl_statements.csv").write_text(f'ecg_id,statements\n1,"{cell}"\n')
    with pytest.raises(InputFileError, match="statements of ecg_id 1 must be a list of acronyms"):
        PtbXlPlus(root).read(request("1", findings=("AF",)))
