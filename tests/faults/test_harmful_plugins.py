"""A plug-in that hangs, dies, leaves, forks or eats memory costs its own answers only, and is named with the reason."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from faults.test_never_half import is_running, until

from ecg_eval.config.load import make_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.result import Figure
from ecg_eval.errors import ArgumentError, ConfigError, EcgEvalError, PluginError, ProblemsError, SignalError
from ecg_eval.pipeline.apart import processes
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.pipeline.study.run import run

TOYS = Path(__file__).parents[1] / "toys"
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere plug-ins are asked in the run's own process")
pytestmark = linux


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunConfig]:
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.chdir(tmp_path)

    def made(**changes: object) -> RunConfig:
        base: dict[str, object] = {
            "name": "toy",
            "dataset": "toy_study:ToyArchive",
            "findings": ["AF"],
            "split": {"threshold": [1, 2], "test": [5, 6, 7, 8, 9, 10]},
            "models": ["prevalence"],
            "panels": ["toy_study:ToyPanel"],
            "metrics": ["sensitivity"],
            "report": {"sections": ["answer"]},
            "tracking": {"enabled": False},
            "intervals": {"resamples": 100},
            "out": str(tmp_path / "run"),
        }
        return make_config(base | changes)

    return made


def test_every_harmful_model_is_named_and_the_others_are_read(config: Callable[..., RunConfig], tmp_path: Path) -> None:
    said = {
        "Hangs": "answers must be handed over within 3 s",
        "KillsItself": "answers must be handed over; got 'the end of its process by SIGKILL, as where memory is full'",
        "EndsItself": "answers must be handed over; got 'the end of its process with status 0'",
        "Leaves": "got 'SystemExit: 0'",
        "Interrupts": "got 'KeyboardInterrupt'",
        "ClosesAll": "got 'the end of its process with status 1'",
        "Grows": "got 'MemoryError'",
    }
    models = [{"name": f"harmful:{name}"} for name in (*said, "Forks", "LeavesFiles")]
    limits = {"model_s": 3, "memory_gb": 0.2}
    outcome = run(config(models=[*models, {"name": "toy_study:ToyModel", "id": "looks"}], limits=limits))
    assert outcome.failed.keys() == said.keys(), outcome.failed
    for name, words in said.items():
        assert outcome.failed[name].startswith(f"model {name}: ")
        assert words in outcome.failed[name], name
    readings = pd.read_parquet(outcome.folder / "readings.parquet")
    n = readings["reader_id"].value_counts().to_dict()
    assert n["Forks"] == n["LeavesFiles"] == n["looks"] == 24
    until(lambda: not is_running(int((tmp_path / "child").read_text())))
    assert not Path((tmp_path / "left").read_text()).exists()
    forking = (tmp_path / "forked").read_text().split()
    assert len(forking) > 2  # it was asked several times
    assert len(set(forking)) == 1  # by one process: none that it had made was asked again


def test_a_harmful_metric_costs_its_own_numbers_only(config: Callable[..., RunConfig]) -> None:
    metrics = ["sensitivity", {"name": "harmful:MetricHangs"}, {"name": "harmful:MetricDies"}]
    outcome = run(config(metrics=metrics, limits={"plugin_s": 3}))
    frame = Evaluation.from_csv(outcome.folder / "evaluation.csv").frame
    reasons = frame.groupby("metric")["reason"].first()
    assert "rows must be handed over within 3 s" in reasons["metric_hangs"]
    assert "the end of its process with status 3" in reasons["metric_dies"]
    assert frame.loc[frame["metric"] == "sensitivity", "value"].notna().any()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"panels": ["harmful:PanelDies"], "models": ["harmful:Leaves"]},
            r"readings must be about .*panel_dies: readings",
        ),
        (
            {"reference": "harmful:ReferenceDies"},
            r"reference_dies: truth must be known, as .* can be made without it\. reference reference_dies: truth",
        ),
        ({"models": ["harmful:DiesWhenMade"]}, r"models.harmful:DiesWhenMade: plug-in must be handed over"),
        ({"models": ["dies_when_imported:X"]}, r"models dies_when_imported:X: import must be handed over"),
    ],
)
def test_what_a_study_cannot_do_without_is_refused_in_words(
    config: Callable[..., RunConfig], tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    (tmp_path / "dies_when_imported.py").write_text("import os\nos._exit(0)\n")
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.raises(EcgEvalError, match=said):
            run(config(**changes))
    finally:
        sys.path.remove(str(tmp_path))


def test_a_panel_that_dies_costs_its_own_answers_only(config: Callable[..., RunConfig]) -> None:
    panels = ["toy_study:ToyPanel", "harmful:PanelDies"]
    changes: dict[str, object] = {
        "panels": panels,
        "groups": {"both": ["sure", "lost"], "lost": ["lost"]},
        "vote": ["cardiologist"],
        "report": {"sections": ["answer", "provenance_page"], "languages": ["en", "fr"]},
        "metrics": ["sensitivity", "cohen_kappa"],
    }
    outcome = run(config(**changes))
    why = "panel panel_dies: readings must be handed over; got 'the end of its process with status 0'"
    assert outcome.failed.keys() == {"panel panel_dies"}
    assert outcome.failed["panel panel_dies"].startswith(why)
    frame = Evaluation.from_csv(outcome.folder / "evaluation.csv").frame
    assert frame.loc[frame["metric"] == "sensitivity", "value"].notna().any()
    left_out = pd.read_csv(outcome.folder / "excluded.csv")
    assert left_out.loc[left_out["stage"] == "panel", "reason"].str.startswith(why).all()
    assert "The source of readings panel_dies failed" in (outcome.folder / "report.en.html").read_text()
    assert "La source de lectures panel_dies a échoué" in (outcome.folder / "report.fr.html").read_text()
    assert str(problems_of(config(panels=panels))[0]).startswith(why)
    with pytest.raises(ConfigError, match="lost"):  # where nothing failed, a name that nobody has is a mistake
        run(config(groups={"lost": ["lost"]}))


def test_without_its_reference_a_study_says_who_reads_alike(config: Callable[..., RunConfig]) -> None:
    outcome = run(config(reference="harmful:ReferenceDies", metrics=["sensitivity", "cohen_kappa"]))
    why = "reference reference_dies: truth must be handed over; got 'the end of its process with status 0'"
    assert outcome.failed["reference reference_dies"].startswith(why)
    frame = Evaluation.from_csv(outcome.folder / "evaluation.csv").frame
    assert frame.loc[frame["metric"] == "cohen_kappa", "value"].notna().any()
    assert frame.loc[frame["metric"] == "sensitivity", "value"].isna().all()
    assert "The reference reference_dies could not be formed" in (outcome.folder / "report.en.html").read_text()


def test_a_truth_of_readers_who_failed_is_unknown(config: Callable[..., RunConfig]) -> None:
    reference = {"name": "reader", "reader": "judge"}
    panels = ["toy_study:ToyPanel", "harmful:PanelDies"]
    outcome = run(config(panels=panels, reference=reference, metrics=["cohen_kappa"]))
    assert "reader must be one of the study's; got 'judge'" in outcome.failed["reference reader"]
    assert "panel_dies" in outcome.failed["reference reader"]


def test_errors_come_home_whole() -> None:
    def refuses(error: EcgEvalError) -> EcgEvalError:
        def call() -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            processes.apart(call, "model x", "answers")
        assert str(raised.value) == str(error)
        return raised.value

    assert refuses(SignalError("a", "b", "c", "d", "e")).value == "d"
    assert refuses(ArgumentError("a", "b", "c")).value is EcgEvalError._NOTHING
    assert repr(refuses(PluginError("a", "b", "c", np.zeros(2))).value) == "array([0., 0.])"
    many = refuses(ProblemsError("a", [SignalError("a", "b", "c")]))
    assert isinstance(many, ProblemsError)
    assert [str(p) for p in many.problems] == ["a: b must be c."]


def test_what_cannot_be_handed_over_is_said() -> None:
    with pytest.raises(PluginError, match="pickle"):
        processes.apart(lambda: lambda: 1, "model x", "answers")


def test_a_picture_is_drawn_where_it_was_made() -> None:
    def made(draw: Callable[[], str]) -> Figure:
        return processes.apart(
            lambda: Figure("caption", draw, pd.DataFrame({"x": [1]}), "words"), "section x", "blocks"
        )

    picture = made(lambda: f"<svg>{os.getpid()}</svg>")
    assert picture.svg != f"<svg>{os.getpid()}</svg>"
    assert (picture.caption, picture.alt, picture.draw()) == ("caption", "words", picture.svg)
    with pytest.raises(PluginError, match="ends the process"):
        made(lambda: sys.exit("ends the process"))


def test_teaching_on_many_threads_works_after_teaching_here() -> None:
    """A copy of a process with a pool of OpenMP would wait for threads that it does not have."""
    code = """
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from ecg_eval.pipeline.apart.processes import Allowed, apart
def taught():
    x = np.random.default_rng(1).normal(size=(2000, 5))
    return HistGradientBoostingClassifier(max_iter=5).fit(x, x[:, 0] > 0).n_iter_
taught()
print(apart(taught, "model x", "answers", Allowed(seconds=60)))
"""
    env = {**os.environ, "PYTHONPATH": str(TOYS.parents[1]), "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "5\n", done.stderr


def test_where_processes_cannot_be_copied_what_is_raised_is_caught_still(
    config: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin", modules={}))
    models = [{"name": "harmful:Leaves"}, {"name": "toy_study:ToyModel", "id": "looks"}]
    outcome = run(config(models=models))
    assert "SystemExit: 0" in outcome.failed["Leaves"]


def test_a_gpu_in_use_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    class Torch:
        class cuda:  # noqa: N801
            is_initialized = staticmethod(lambda: True)

    monkeypatch.setitem(sys.modules, "torch", Torch)  # type: ignore[arg-type]
    assert not processes.can_copy()


def test_a_section_that_dies_leaves_the_others(config: Callable[..., RunConfig], tmp_path: Path) -> None:
    (tmp_path / "dying_section.py").write_text(
        "import os\nfrom ecg_eval.domain.contracts import Section\n"
        "class Dying(Section):\n    title = {'en': 'Dying'}\n"
        "    def blocks(self, result, *, language):\n        os._exit(0)\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.warns(UserWarning, match="the end of its process with status 0"):
            outcome = run(config(report={"sections": ["answer", "dying_section:Dying"]}))
    finally:
        sys.path.remove(str(tmp_path))
    assert "Dying" in (outcome.folder / "report.en.html").read_text()


def test_a_model_from_outside_is_what_it_says_that_it_is(
    config: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make("models", "toy_study:ToyModel")
    assert (model.name, model.trained_on, model.needs) == ("toy_model", (), "a first lead")
    assert model.card() == load("models", "toy_study:ToyModel")().card()
    assert problems_of(config(models=["toy_study:ToyModel"])) == []


def test_a_copy_does_not_look_through_what_the_run_holds() -> None:
    """Else Python's search for garbage would copy all of a large run, page by page, within the plug-in's time."""
    frozen = processes.apart(gc.get_freeze_count, "model large", "answers")
    assert frozen > 10_000  # what this process holds
    assert gc.get_freeze_count() == 0  # only the copy
