"""Every example that a page shows is run, as somebody would who has only the page."""

import doctest
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import SHARED, study_frames
from docs.pages import LANGUAGES, ROOT, Block, blocks, shell_lines
from openpyxl import load_workbook
from outside_networks import exported, recording
from reports.study_fixture import toy_result
from toys import loopback_archive as server
from typer.testing import CliRunner

from ecg_eval import registry
from ecg_eval.cli.main import app
from ecg_eval.config.load import make_config
from ecg_eval.config.schema import Plug
from ecg_eval.datasets._ptb_xl.layout import stored_units, write_record
from ecg_eval.pipeline.plugins import load

# a worked plug-in page has a test of its own, which does more than run it
WORKED = {
    "docs/add-a-dataset.md": "tests/datasets/test_pages.py",
    "docs/add-a-panel.md": "tests/datasets/test_pages.py",
    "docs/add-a-section.md": "tests/reports/test_worked_page.py",
}


def test_every_block_says_what_it_is() -> None:
    assert [str(b) for b in blocks() if b.language not in LANGUAGES] == []


# ---- Python


def write_module(folder: Path, dotted: str, code: str) -> None:
    """Write a page's code where its dotted path says."""
    path = folder / Path(*dotted.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")


def python_blocks() -> list[Block]:
    return [b for b in blocks("python") if ">>>" not in b.text]


def the_readme(block: Block, folder: Path) -> None:
    readings, _, truth = study_frames()
    ours = readings[readings["reader_id"] != "gp3"].replace({"reader_id": {"gp1": "gp01", "gp2": "gp02"}})
    ours.to_csv(folder / "readings.csv", index=False)
    truth.to_csv(folder / "truth.csv")
    exec(block.text, {})
    assert "<svg" in (folder / "report.html").read_text(encoding="utf-8")


def a_toy_run(folder: Path, **changes: object) -> pd.DataFrame:
    """Return the evaluation of the toy study with changes, such as a plug-in that a page shows."""
    from ecg_eval.pipeline.study.run import run

    base: dict[str, object] = {
        "name": "toy",
        "data_root": str(folder),
        "dataset": "toy_study:ToyArchive",
        "findings": ["AF"],
        "split": {"train": [1, 2, 3, 4], "threshold": [5, 6], "test": [7, 8, 9, 10]},
        "models": [{"name": "toy_study:ToyModel", "id": "looks"}],
        "panels": ["toy_study:ToyPanel"],
        "metrics": ["sensitivity"],
        "report": {"sections": ["answer"]},
        "tracking": {"enabled": False},
        "intervals": {"resamples": 100},
        "out": str(folder / "run"),
    }
    run(make_config(base | changes))
    return pd.read_csv(folder / "run" / "evaluation.csv")


def the_metric(block: Block, folder: Path) -> None:
    write_module(folder, f"page_metric{block.number}", block.text)
    cls = re.findall(r"class (\w+)\(", block.text)[-1]
    rows = a_toy_run(folder, metrics=[f"page_metric{block.number}:{cls}"])
    assert len(rows)
    assert set(rows["metric"]) == {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls).lower()}


def the_model(block: Block, folder: Path) -> None:
    module = f"page_model_{Path(block.page).stem.replace('-', '_')}{block.number}"
    write_module(folder, module, block.text)
    cls = re.findall(r"class (\w+)\(", block.text)[-1]
    np.save(folder / "weights.npy", np.ones((12, 2), dtype="float32"))
    arguments = {"weights": "weights.npy"} if "weights: Path" in block.text else {}
    rows = a_toy_run(folder, models=[{"name": f"{module}:{cls}", "id": "page", **arguments}])
    assert "page" in set(rows["reader"])


def the_explanation(block: Block, folder: Path) -> None:
    pytest.importorskip("captum")
    exported(folder / "ours.pt2")
    names: dict[str, object] = {"recordings": [recording(), recording("bb"), recording("ccc")]}
    exec(block.text, names)
    table = names["explained"].table  # type: ignore[attr-defined]
    assert table.loc[table["what"] == "area", "value"].notna().all()


def the_reference(block: Block, folder: Path) -> None:
    write_module(folder, "page_reference", block.text)
    rows = a_toy_run(folder, reference={"name": "page_reference:Unanimous", "readers": ["sure", "third"]})
    assert rows["value"].notna().any()


def the_figure(block: Block, folder: Path) -> None:
    names: dict[str, object] = {"result": toy_result()}
    exec(block.text, names)
    assert len(names["figure"].frame)  # type: ignore[attr-defined]


def the_question(block: Block, folder: Path) -> None:
    readings, readers, truth = study_frames()
    names: dict[str, object] = {"readings": readings, "truth": truth, "readers": readers, "print": lambda *told: None}
    exec(block.text, names)
    assert names["result"].frame["value"].notna().any()  # type: ignore[attr-defined]


def the_log(block: Block, folder: Path) -> None:
    exec(block.text, {"result": toy_result(), "print": lambda *told: None})
    assert (folder / "mlflow.db").is_file()


def elsewhere(block: Block, folder: Path) -> None:
    other = ROOT / WORKED[block.page]
    assert Path(block.page).name in other.read_text(encoding="utf-8")


WAYS: dict[tuple[str, int | None], Callable[[Block, Path], None]] = {
    ("README.md", None): the_readme,
    ("docs/add-a-metric.md", None): the_metric,
    ("docs/add-a-model.md", None): the_model,
    ("docs/add-a-reference.md", None): the_reference,
    ("docs/explanations.md", 0): the_explanation,
    ("docs/explanations.md", 1): the_model,
    ("docs/add-a-section.md", 1): the_figure,
    ("docs/statistics.md", None): lambda block, folder: exec(block.text, {}),
    ("docs/tracking.md", None): the_log,
    **{(page, 0): elsewhere for page in WORKED},
    **{(f"docs/questions/{page.name}", None): the_question for page in (ROOT / "docs" / "questions").glob("*.md")},
}


@pytest.fixture
def _beginner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder from which Python imports, with the toy study at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "toys"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.mark.usefixtures("_beginner")
@pytest.mark.parametrize("block", python_blocks(), ids=str)
def test_python(block: Block, tmp_path: Path) -> None:
    way = WAYS.get((block.page, block.number)) or WAYS.get((block.page, None))
    assert way, f"{block} is shown to users and run by nothing: give it a way in WAYS"
    way(block, tmp_path)


@pytest.mark.parametrize("page", sorted({b.page for b in blocks("python") if ">>>" in b.text}))
def test_sessions(page: str) -> None:
    outcome = doctest.testfile(str(ROOT / page), module_relative=False)
    assert outcome.attempted
    assert outcome.failed == 0


def test_a_dataset_of_the_page_looks_at_its_table_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [b for b in blocks("python") if b.page == "docs/add-a-dataset.md"]
    write_module(tmp_path, "page_archive", block.text)
    monkeypatch.syspath_prepend(str(tmp_path))
    n = 5_000
    ids = [f"{i:05d}" for i in range(n)]
    table = pd.DataFrame({"ecg": ids, "patient": ids, "age": 60, "sex": "F", "atrial_fibrillation": 1})
    table.to_csv(tmp_path / "ecgs.csv", index=False)
    for record in ids[:20]:
        write_record(tmp_path / record, stored_units(np.ones((20, 12))), 500)
    dataset = load("datasets", "page_archive:TwoClinics")(tmp_path)
    reads, looks = [], []
    real, is_file = pd.read_csv, Path.is_file
    monkeypatch.setattr(pd, "read_csv", lambda *a, **k: reads.append(a) or real(*a, **k))  # type: ignore[func-returns-value]
    monkeypatch.setattr(Path, "is_file", lambda p: looks.append(p) or is_file(p))  # type: ignore[func-returns-value]
    for record in ids[:20]:
        dataset.load(record)
    # the table once with what `problems` reads of it, and each record's files looked for once
    assert len(reads) <= 2
    assert len(looks) <= n + 100


# ---- YAML, TOML


def configuration(text: str) -> dict[str, object]:
    """Return the shortest configuration that holds what a page shows of one."""
    shown = yaml.safe_load(text)
    base = {"name": "page", "dataset": "simulated", "findings": ["AF"], "models": ["rules"]}
    return base | shown


def uncommented(block: Block) -> list[str]:
    """Return a block as it stands and, where it offers other words for a key in comments, one text for each."""
    offered = re.findall(r"^# (dataset: .*|panels: .*)$", block.text, flags=re.M)
    first = block.text if offered == [] else re.sub(r"^# .*\n?", "", block.text, flags=re.M)
    return [first, *offered]


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for text in uncommented(block):
        config = make_config(configuration(text))
        plugs = [
            ("datasets", config.dataset),
            *(("models", plug) for plug in config.models),
            *(("panels", plug) for plug in config.panels),
            *(("metrics", plug) for plug in config.metrics),
            ("references", config.reference),
            *(("sections", plug) for plug in config.report.sections),
        ]
        for kind, plug in plugs:
            check_plug(block, kind, plug, tmp_path)


def check_plug(block: Block, kind: str, plug: Plug, folder: Path) -> None:
    """Hold a plug-in and its arguments against what it takes; a page's own class is one that the page shows."""
    module, _, class_name = plug.name.partition(":")
    if class_name or plug.name not in registry.names(kind):
        classes = [b for b in python_blocks() if b.page == block.page and "class " in b.text]
        shown = {re.findall(r"class (\w+)\(", b.text)[-1]: b for b in classes}
        own = class_name or plug.name.title().replace("_", "")
        assert own in shown, f"{block}: no {kind} called {plug.name}"
        module = module if class_name else f"page_{plug.name}"
        write_module(folder, module, shown[own].text)
        name = f"{module}:{own}"
    else:
        name = plug.name
    rooted = kind == "datasets" and "root" in registry.parameters(load(kind, name))
    arguments = ({"root": "."} if rooted else {}) | plug.arguments
    assert registry.argument_problems(load(kind, name), arguments, where=str(block)) == []
    for imported in (module, module.split(".")[0]):
        sys.modules.pop(imported, None)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml(block: Block) -> None:
    ((group, entries),) = tomllib.loads(block.text)["project"]["entry-points"].items()
    assert group.removeprefix("ecg_eval.") in registry.KINDS
    for target in entries.values():
        assert re.fullmatch(r"[\w.]+:\w+", target)


# ---- the shell


def commands() -> list[str]:
    return sorted({line for _, line in shell_lines() if line.startswith("ecg-eval")})


@pytest.mark.parametrize("line", commands())
def test_a_command_is_there(line: str) -> None:
    """Its words are those of the command line: the command, and each option that is shown."""
    words = re.split(r"\s+", line)[1:]
    path = words[:2] if words[:1] in (["simulate"], ["plan"]) else [w for w in words[:1] if not w.startswith("-")]
    outcome = CliRunner().invoke(app, [*path, "--help"], terminal_width=200)
    assert outcome.exit_code == 0, f"{line}: {outcome.output}"
    for option in (w for w in words if w.startswith("--")):
        assert option in outcome.output, f"{line}: no option {option}"


@pytest.mark.parametrize("line", sorted({line for _, line in shell_lines() if line.startswith("make ")}))
def test_a_target_is_there(line: str) -> None:
    outcome = subprocess.run(["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


# what a shell does with lines that call one program, in one process: each start of it would take seconds
SHELL = """
import shlex, sys
from commands import status_of
for line in sys.argv[1:]:
    program, *words = shlex.split(line)
    assert program == "ecg-eval", f"{line}: not ecg-eval"
    status = status_of(*words)
    assert status == 0, f"{line}: {status}"
"""


def fresh_shell(folder: Path, lines: list[str]) -> str:
    """Run lines as a newcomer does, in the order of the page, in a folder and a process where nothing was done yet."""
    paths = f"{ROOT}:{ROOT / 'tests'}"
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": paths, "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", SHELL, *lines]
    outcome = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, check=False, timeout=500)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def lines_of(page: str) -> list[str]:
    return [line for p, line in shell_lines() if p == page and line.startswith("ecg-eval")]


@pytest.mark.slow
def test_the_rehearsal(tmp_path: Path) -> None:
    lines = [
        line.replace("--records 1000", "--records 120 --sampling-rate 100") for line in lines_of("docs/rehearsal.md")
    ]
    assert len(lines) == 3
    lines[-1] += " --set intervals.resamples=100 --set metrics=[sensitivity] --set tracking.enabled=false"
    fresh_shell(tmp_path, lines)
    assert list(tmp_path.rglob("evaluation.csv"))


def test_the_tutorial_of_a_gp_study(tmp_path: Path) -> None:
    copytree(ROOT / "docs" / "tutorials" / "gp-study", tmp_path / "gp-study")
    lines = [x for p, x in shell_lines() if p == "docs/tutorials/gp-study.md" and "study" in x]
    commands = [line.split()[1] for line in lines if line.startswith("ecg-eval")]
    assert commands == ["import", "check", "run", "gallery", "report"]
    quick = " --set intervals.resamples=100 --set tracking.enabled=false"
    said = fresh_shell(tmp_path, [line + quick if line.startswith("ecg-eval run") else line for line in lines])
    assert "nothing wrong found" in said
    assert "With the help of ai" in said
    assert (tmp_path / "runs" / "study" / "report.fr.html").is_file()


def test_the_schedules_of_the_page(tmp_path: Path) -> None:
    tables = [b.text for b in blocks("csv") if b.page == "docs/planning.md"]
    heads = [text.splitlines()[0].split(",") for text in tables]
    cases = pd.DataFrame({c: [i % 3 for i in range(24)] for c in heads[0]}).assign(record_id=range(24))
    cases.to_csv(tmp_path / "cases.csv", index=False)
    readers = pd.DataFrame({c: ["gp", "gp", "gp", "gp"] for c in heads[1]}).assign(reader_id=list("abcd"))
    readers.to_csv(tmp_path / "readers.csv", index=False)
    lines = [x for x in lines_of("docs/planning.md") if re.match(r"ecg-eval plan (schedule|check) \w", x)]
    assert [line.split()[2] for line in lines] == ["schedule", "check", "schedule"]
    said = fresh_shell(tmp_path, lines)
    assert said.count("4 readers read 24 ECGs: crossover") == 2
    assert "6 lecteurs, 24 ECG : bras parallèles" in said


@pytest.mark.slow
def test_the_tutorial_of_a_plan(tmp_path: Path) -> None:
    page = "docs/tutorials/plan-a-study.md"
    (configuration_shown,) = [b for b in blocks("yaml") if b.page == page]
    (tmp_path / "study.yaml").write_text(configuration_shown.text, encoding="utf-8")
    lines = [x for b in blocks("sh") if b.page == page for x in b.text.splitlines()]
    said = fresh_shell(
        tmp_path, [x.replace("--studies 20", "--studies 2").replace("--out materials", "--no-pdf") for x in lines]
    )
    assert "This needs 96 ECGs (32 that count" in said
    assert "2 simulated studies (nobody read anything), each of 12 readers, 93 ECGs and 2352 readings" in said
    held = json.loads((tmp_path / "study.lock.json").read_text(encoding="utf-8"))["plan"]
    assert set(held["files"]) == {"cases.csv", "plan/key.csv", "study.protocol.en.md", "study.protocol.fr.md"}
    assert len(held["readers"]) == 12
    assert "0 of 2352 planned readings have come in" in said


@pytest.mark.slow
def test_the_materials_of_the_page(tmp_path: Path) -> None:
    archive = {"dataset": {"name": "simulated", "n_records": 4, "sampling_rate_hz": 100}, "models": ["rules"]}
    (tmp_path / "archive.yaml").write_text(yaml.safe_dump({"name": "archive", "findings": ["AF", "LBBB"], **archive}))
    truth = pd.DataFrame({"record_id": range(1, 5), "AF": [0, 1, 0, 1], "LBBB": [1, 1, 0, 0]})
    truth.to_csv(tmp_path / "truth.csv", index=False)
    ai = truth.melt("record_id", var_name="finding", value_name="reading").assign(reader_id="the_ai")
    ai.replace({"reading": {0: "absent", 1: "present"}}).to_csv(tmp_path / "ai.csv", index=False)
    page = lines_of("docs/planning.md")
    lines = [x for x in page if x.startswith("ecg-eval plan materials plan")]
    assert len(lines) == 2
    said = fresh_shell(tmp_path, ["ecg-eval plan schedule truth.csv 2 --out plan --session 4", *lines])
    assert "materials/booklets: 4 files" in said
    for path in (tmp_path / "materials" / "answers").glob("*.xlsx"):
        book = load_workbook(path)
        for row in book.worksheets[0].iter_rows(min_row=2, min_col=6, max_col=7):
            row[0].value, row[1].value = "oui", "non"
        book.save(path)
    back = [x for x in page if x.startswith(("ecg-eval import materials", "ecg-eval check study"))]
    assert "nothing wrong found" in fresh_shell(tmp_path, back)


def test_fetching(tmp_path: Path) -> None:
    (line,) = [x for x in lines_of("README.md") if x.startswith("ecg-eval fetch")]
    with server.Archive(server.ptb_xl_files()) as source:
        said = fresh_shell(tmp_path, [f"{line} --url {source.url}"])
    assert "ptb-xl 1.0.3" in said


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize("verb", ["check", "run"])
def test_real_recordings(verb: str, tmp_path: Path) -> None:
    lines = [x for x in lines_of("README.md") if x.split()[1] == verb]
    assert lines
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    fresh_shell(tmp_path, [x.replace("PATH/TO", str(SHARED / "data")) for x in lines])
