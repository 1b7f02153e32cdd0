"""What a run depends on is noticed when it changes: code and files of plug-ins, readings, signals, its folder."""

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.schema import RunConfig
from ecg_eval.datasets.simulated import write_cohort
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.errors import RunFolderError
from ecg_eval.pipeline.analysis import open_run
from ecg_eval.pipeline.archives.overlap import tracings_of_run
from ecg_eval.pipeline.comparison.side_by_side import compare_runs
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.plugin_digest import code_digests, content_of, plugin_digests
from ecg_eval.pipeline.study.run import rebuild_report, run, track_again

Maker = Callable[..., RunConfig]

NET = '''
import json
from pathlib import Path
import numpy as np
from ecg_eval.domain.contracts import Model
from net_parts import shifted

class Net(Model):
    """A net."""
    trained_on = ()
    needs = "anything"
    def __init__(self, weights: Path, more: dict = {}):
        self.seed = json.loads(Path(weights).read_text())["seed"]
    def scores(self, recordings, findings):
        return np.random.default_rng(shifted(self.seed)).random((len(recordings), len(findings)))
'''


def auroc(folder: Path) -> list[float]:
    found = Evaluation.from_csv(folder / "evaluation.csv").select(metric="auroc", reader="Net", finding="AF")
    return [float(v) for v in found["value"]]


def forget(*names: str) -> None:
    for name in names:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "net_parts.py").write_text("def shifted(seed):\n    return seed\n")
    (tmp_path / "w.json").write_text('{"seed": 1}')
    yield tmp_path
    forget("net", "net_parts")


def test_new_weights_and_new_code_are_noticed(toy_config: Maker, net: Path) -> None:
    config = toy_config(models=[{"name": "net:Net", "weights": "w.json"}], data_root=str(net))
    values = [auroc(run(config).folder)]
    assert run(config).stages_done == []
    for change in (
        lambda: (net / "w.json").write_text('{"seed": 2}'),
        lambda: (net / "net.py").write_text(NET.replace("shifted(self.seed)", "shifted(self.seed) + 10")),
        lambda: (net / "net_parts.py").write_text("def shifted(seed):\n    return seed + 100\n"),
    ):
        change()
        forget("net", "net_parts")
        outcome = run(config)
        assert outcome.stages_done[0] == "study"
        values.append(auroc(outcome.folder))
        assert run(config).stages_done == []
    assert len({v for part in values for v in part}) == 4


def test_a_metric_s_and_a_section_s_code_is_noticed(toy_config: Maker, tmp_path: Path) -> None:
    plugs = Path(__file__).parents[2] / "toys" / "toy_study.py"
    (tmp_path / "own_plugs.py").write_text(plugs.read_text())
    sys.path.insert(0, str(tmp_path))
    try:
        of_metric = toy_config(metrics=["own_plugs:ToyMetric"])
        of_section = toy_config(metrics=["own_plugs:ToyMetric"], report={"sections": ["own_plugs:ToySection"]})
        run(of_metric)
        (tmp_path / "own_plugs.py").write_text(plugs.read_text() + "\n# another word\n")
        assert run(of_metric).stages_done == ["evaluation", "report"]
        run(of_section)
        (tmp_path / "own_plugs.py").write_text(plugs.read_text() + "\n# yet another word\n")
        assert run(of_section).stages_done == ["evaluation", "report"]
    finally:
        sys.path.remove(str(tmp_path))
        forget("own_plugs")


def test_what_a_plugin_is_made_of(net: Path) -> None:
    (net / "package").mkdir()
    (net / "package" / "__init__.py").write_text("from . import inner\n")
    (net / "package" / "inner.py").write_text("from .deeper import y\n")
    (net / "package" / "deeper.py").write_text(
        "y = 1\ndef later():\n    import no_such_module\n    from ..beyond import x\n"
    )
    (net / "broken.py").write_text("import net_parts\nimport half\n")
    (net / "half.py").write_text("def (\n")
    for name in ("package", "package.inner"):
        assert set(code_digests(name)) == {"code package", "code package.inner", "code package.deeper"}
    assert set(code_digests("broken")) == {"code broken", "code net_parts", "code half"}
    forget("package", "package.inner", "package.deeper")
    made_of = code_digests("net")
    assert set(made_of) == {"code net", "code net_parts", "package numpy"}
    assert made_of["package numpy"] == provenance.packages()["numpy"]
    assert code_digests("ecg_eval.models.rules") == {}
    plug = RunConfig.model_fields["reference"].default.__class__
    (net / "folder").mkdir()
    (net / "folder" / "part.bin").write_bytes(b"1")
    said = plug(name="net:Net", weights="w.json", more={"a": ["folder", "x" * 5000, "nul\0", 3]})
    files = [key for key in plugin_digests("models", said, root=net) if key.startswith("file ")]
    assert files == ["file w.json", "file folder/part.bin"]
    panel = plug(name="readings_file", path="w.json", readers="folder")
    assert list(plugin_digests("panels", panel, root=net)) == ["file w.json"]


def test_arguments_are_known_by_what_their_files_hold_wherever_they_lie(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "w.bin").write_bytes(b"1")
    asked = {"weights": "here/w.bin", "more": [{"depth": 3, "word": "here/none"}]}
    same = content_of(asked | {"weights": "there/w.bin"}, tmp_path)
    assert content_of(asked, tmp_path) == same
    assert content_of({"folder": "here"}, tmp_path) == content_of({"folder": "there"}, tmp_path)
    assert content_of(asked | {"more": [{"depth": 4, "word": "here/none"}]}, tmp_path) != same
    (tmp_path / "here" / "w.bin").write_bytes(b"2")
    assert content_of(asked, tmp_path) != same


def test_an_unreadable_file_of_a_plugin_is_a_state_of_its_own(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ecg_eval.pipeline.study.plugin_digest._digest_of", refused)
    plug = RunConfig.model_fields["reference"].default.__class__
    digests = plugin_digests("models", plug(name="net:Net", weights="w.json"), root=net)
    assert digests["file w.json"] == "not readable: Permission denied"


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    root = tmp_path / "cohort"
    root.mkdir()
    write_cohort(root, 24, 5, "enriched", (100,))
    for gp in "ab":
        (tmp_path / gp).mkdir()
        ids = pd.read_csv(root / "ptbxl_database.csv")["ecg_id"]
        rows = "".join(f"{i},AF,{n % 2}\n" for n, i in enumerate(ids))
        (tmp_path / gp / "readings.csv").write_text("record_id,finding,reading\n" + rows)
    return root


def of_cohort(toy_config: Maker, cohort: Path, **changes: object) -> RunConfig:
    panel = {
        "name": "readings_file",
        "files": {"gp01": "a/readings.csv", "gp02": "b/readings.csv"},
        "path": ".",
        "readers": [{"reader_id": "gp01", "kind": "gp"}, {"reader_id": "gp02", "kind": "gp"}],
    }
    base: dict[str, object] = {
        "data_root": str(cohort.parent),
        "dataset": {"name": "ptb_xl", "root": "cohort", "sampling_rate_hz": 100},
        "models": ["rules"],
        "panels": [panel],
        "split": {},
        "metrics": ["sensitivity", "specificity"],
    }
    return toy_config(**(base | changes))


def test_a_corrected_readings_file_of_a_repeated_name_is_noticed(toy_config: Maker, cohort: Path) -> None:
    config = of_cohort(toy_config, cohort, models=[])
    run(config)
    assert run(config).stages_done == []
    path = cohort.parent / "a" / "readings.csv"
    path.write_text(path.read_text().replace(",0\n", ",1\n"))
    outcome = run(config)
    assert outcome.stages_done[0] == "study"
    frame = Evaluation.from_csv(outcome.folder / "evaluation.csv").select(metric="specificity", finding="AF")
    values = dict(zip(frame["reader"], frame["value"], strict=True))
    assert values["gp01"] == 0
    assert values["gp02"] > 0


def replaced(cohort: Path, *, keep_time: bool) -> None:
    """Turn all signals back to front: headers, checksums and sizes stay, and, if asked, times."""
    for path in sorted(cohort.rglob("*.dat")):
        about = path.stat()
        np.fromfile(path, dtype="<i2").reshape(-1, 12)[::-1].tofile(path)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns if keep_time else about.st_mtime_ns + 1))


def test_signals_replaced_under_the_same_header_and_size(toy_config: Maker, cohort: Path) -> None:
    config = of_cohort(toy_config, cohort)
    assert "size and time of their 72 files" in run(config).compared
    assert run(config).stages_done == []
    replaced(cohort, keep_time=False)
    assert run(config).stages_done[0] == "study"
    replaced(cohort, keep_time=True)
    assert run(config).stages_done == []
    full = of_cohort(toy_config, cohort, verify="full")
    assert run(full).stages_done[0] == "study"
    assert "all that is in their 72 files" in run(full).compared
    replaced(cohort, keep_time=True)
    assert run(full).stages_done[0] == "study"


def test_versions_of_packages_are_part_of_what_numbers_depend_on(
    toy_config: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(toy_config())
    monkeypatch.setattr(provenance, "packages", lambda: {"numpy": "99"})
    assert run(toy_config()).stages_done[0] == "study"


def test_the_same_inputs_give_the_same_bytes_and_the_same_evaluation(toy_config: Maker, tmp_path: Path) -> None:
    first, second = (run(toy_config(out=str(tmp_path / n))).folder for n in ("a", "b"))
    for name in ("evaluation.csv", "evaluation.json", "readings.parquet", "records.parquet", "excluded.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    told = [json.loads((folder / "provenance.json").read_text()) for folder in (first, second)]
    assert told[0]["evaluation_id"] == told[1]["evaluation_id"]
    assert told[0]["models"]["looks"]["read_s"] >= 0
    other = run(toy_config(out=str(tmp_path / "c"), seed=8)).folder
    assert json.loads((other / "provenance.json").read_text())["evaluation_id"] != told[0]["evaluation_id"]


READERS_OF_FOLDERS = [
    rebuild_report,
    track_again,
    open_run,
    tracings_of_run,
    lambda folder: compare_runs([folder, folder]),
]


@pytest.mark.parametrize("damage", ["cut", "gone", "bytes", "unfinished", "stages broken", "stages strange"])
def test_no_command_takes_a_damaged_folder(toy_config: Maker, damage: str) -> None:
    folder = run(toy_config()).folder
    stages = folder / "stages.json"
    match damage:
        case "cut":
            (folder / "evaluation.csv").write_bytes((folder / "evaluation.csv").read_bytes()[:200])
        case "gone":
            (folder / "readings.parquet").unlink()
        case "bytes":
            (folder / "provenance.json").write_bytes(b"\xff\xfe{")
        case "unfinished":
            stages.write_text(json.dumps({"study": json.loads(stages.read_text())["study"]}))
        case "stages broken":
            stages.write_text("{")
        case "stages strange":
            stages.write_text('{"study": [1]}')
    for command in READERS_OF_FOLDERS:
        with pytest.raises(RunFolderError, match=r"`ecg-eval run .*run\.yaml --out .*` makes it again") as raised:
            command(folder)
        if damage in ("cut", "gone", "bytes"):
            named = {"cut": "evaluation.csv", "gone": "readings.parquet", "bytes": "provenance.json"}[damage]
            assert f"damaged or gone: ['{named}']" in str(raised.value)
    assert run(toy_config()).stages_done
    if damage == "gone":
        for command in READERS_OF_FOLDERS:
            command(folder)


def test_a_damaged_report_is_made_again_by_report(toy_config: Maker) -> None:
    folder = run(toy_config()).folder
    (folder / "report.en.html").write_text("")
    with pytest.raises(RunFolderError, match=r"report\.en\.html"):
        track_again(folder)
    open_run(folder)
    rebuild_report(folder)
    track_again(folder)
