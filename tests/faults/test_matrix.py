"""The quick half of docs/faults.md: a few of its faults, tried; ``python scripts/faults.py`` tries all of them."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "faults.py"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied")


def import_from(path: Path) -> ModuleType:
    spec = spec_from_file_location("faults_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_few_of_each_quick_fault_are_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    monkeypatch.setenv("ECG_EVAL_CACHE", str(tmp_path / "cache"))  # which the bench sets, and must not stay
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    from faults_bench import Bench

    faults = import_from(SCRIPT)  # a folder of tests has the name too
    bench = Bench(tmp_path)
    for outcomes in (faults.killed_run(bench, 1), faults.damaged_folder(bench, 1)):
        for outcome in outcomes:
            assert outcome.survived, outcome.said
