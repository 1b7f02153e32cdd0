"""The worked pages are run: the code that they show keeps its contract and gives what they say."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets._ptb_xl.layout import stored_units, write_record
from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.pipeline.plugins import load

DOCS = Path(__file__).parents[2] / "docs"


def module_from(page: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the page's Python block as a module that can be imported."""
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))


def test_the_dataset_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module_from("add-a-dataset.md", "page_two_clinics", tmp_path, monkeypatch)
    cls = load("datasets", "page_two_clinics:TwoClinics")
    assert cls.name == "two_clinics"
    root = tmp_path / "archive"
    assert cls(root).problems()
    root.mkdir()
    (root / "ecgs.csv").write_text("ecg,patient,age,sex,atrial_fibrillation\n01,p1,60,F,1\n02,p2,61,M,\n")
    write_record(root / "01", stored_units(np.ones((20, 12))), 500)
    dataset = cls(root)
    assert dataset.problems() == []
    assert list(dataset.records()["has_signal"]) == [True, False]
    assert dataset.load("01").patient_id == "p1"
    np.testing.assert_array_equal(dataset.labels(["AF"]).table["AF"], [1, np.nan])


def test_the_panel_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module_from("add-a-panel.md", "page_coin_tossers", tmp_path, monkeypatch)
    cls = load("panels", "page_coin_tossers:CoinTossers")
    assert cls.simulated
    ids = pd.Index([f"e{i}" for i in range(300)], name="record_id", dtype="string")
    asked = PanelRequest(
        records=pd.DataFrame({"patient_id": ids}, index=ids),
        findings=("AF", "LBBB"),
        labels=None,
        model_readings=pd.DataFrame(),
        rng=np.random.default_rng(1),
    )
    out = cls(n_readers=3, chance=0.3).read(asked)
    assert list(out.readers.index) == ["coin1", "coin2", "coin3"]
    assert len(out.readings) == 300 * 3 * 2
    assert (out.readings["reading"] == "present").mean() == pytest.approx(0.3, abs=0.04)


def test_the_archives_of_the_readme_have_their_files() -> None:
    page = (DOCS.parent / "data/README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| [^|]+ \| `(\w+)` \|", page, flags=re.MULTILINE):
        assert load("datasets", name).name == name
