"""Plug-ins are found by their file's name, by entry point and by dotted path; what is wrong with one is said."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecg_eval import registry
from ecg_eval.errors import ConfigError, PluginError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make

TOY = '''"""Counts readings, for a test.

More words that a list does not show.
"""

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.stats.estimate import Estimate


class CountReadings(Metric):
    """Counts readings."""

    question = "How many readings are there?"
    source = "none"
    caveat = "counts nothing else"
    answers = "description"

    def __init__(self, *, at_least: int = 0) -> None:
        self.at_least = at_least

    def rows(self, study, *, level):
        n = len(study.readings)
        yield Row(metric=self.name, estimate=Estimate(value=n, method="count", n=n, level=level))


class NotAPlugin:
    pass
'''


@pytest.fixture
def toy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install an outside package with one metric and one broken one, as pip would leave it."""
    (tmp_path / "toy_metrics").mkdir()
    (tmp_path / "toy_metrics" / "__init__.py").write_text("")
    (tmp_path / "toy_metrics" / "count_readings.py").write_text(TOY)
    (tmp_path / "toy_metrics" / "unfinished.py").write_text(TOY.replace("def rows", "def columns"))
    info = tmp_path / "toy_metrics-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-metrics\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[ecg_eval.metrics]\ncount_readings = toy_metrics.count_readings:CountReadings\n"
        "lost = toy_metrics.nowhere:Lost\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._outside.cache_clear()
    yield tmp_path
    registry._outside.cache_clear()
    for name in [n for n in sys.modules if n.startswith("toy_metrics")]:
        del sys.modules[name]


def test_own_plugins_are_listed_with_words_and_without_importing() -> None:
    before = set(sys.modules)
    for kind in registry.KINDS:
        found = registry.describe(kind)
        assert found
        assert all(found.values()), f"a file of {kind} has no docstring"
    assert not {m for m in set(sys.modules) - before if m.startswith(("ecg_eval.", "torch", "mlflow"))}


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_own_plugin_loads_and_is_named_after_its_file(kind: str) -> None:
    for name in registry.names(kind):
        assert load(kind, name).name == name


def test_entry_point(toy_package: Path) -> None:
    assert registry.describe("metrics")["count_readings"] == "Counts readings, for a test. (from toy-metrics 1.2)"
    assert make("metrics", "count_readings", {"at_least": 2}).at_least == 2
    assert registry.describe("metrics")["lost"] == "from toy-metrics 1.2"
    with pytest.raises(PluginError, match="The import failed"):
        load("metrics", "lost")


def test_dotted_path(toy_package: Path) -> None:
    assert load("metrics", "toy_metrics.count_readings:CountReadings").name == "count_readings"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("toy_metrics.count_readings:CountReading", "Did you mean 'CountReadings'"),
        ("toy_metrics.count_readings:NotAPlugin", "a subclass of ecg_eval.domain.contracts.Metric"),
        ("toy_metrics.unfinished:CountReadings", r"Add \['rows'\]"),
        ("no_such_module:X", "The import failed"),
    ],
)
def test_broken_outside_plugins_are_refused(toy_package: Path, path: str, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        load("metrics", path)


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'cohen_kappa'"):
        load("metrics", "cohen_kapa")
    with pytest.raises(UnknownNameError, match="Did you mean 'metrics'"):
        registry.names("metrix")


def test_arguments_are_checked() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'pairs'"):
        make("metrics", "mcnemar", {"pair": "all"})
    with pytest.raises(ConfigError, match="Add `path:`"):
        make("panels", "readings_file", {"readers": []})


def test_paths_are_read_relative_to_the_root(tmp_path: Path) -> None:
    panel = make("panels", "readings_file", {"path": "a.csv", "readers": []}, root=tmp_path)
    assert panel.path == tmp_path / "a.csv"


def test_a_class_that_does_not_state_its_contract_is_refused() -> None:
    from ecg_eval.domain.contracts import Metric

    with pytest.raises(PluginError, match="caveat"):

        class Silent(Metric):
            question, source, answers = "?", "none", "description"

            def rows(self, study, *, level):  # type: ignore[no-untyped-def]
                return iter(())


def test_a_metric_says_what_it_answers_in_a_known_word() -> None:
    from ecg_eval.domain.contracts import Metric

    with pytest.raises(
        PluginError,
        match="one of reading, agreement, difference, aid, question, management, description; got 'accuracy'",
    ):

        class Old(Metric):
            question, source, caveat, answers = "?", "none", "none", "accuracy"  # type: ignore[assignment]

            def rows(self, study, *, level):  # type: ignore[no-untyped-def]
                return iter(())


def test_a_metric_made_from_another_does_not_bear_its_short_name() -> None:
    sensitivity = load("metrics", "sensitivity")
    assert sensitivity.short_name == "sens"

    class OfSevereCases(sensitivity):  # type: ignore[misc, valid-type]
        pass

    assert OfSevereCases.short_name == OfSevereCases.name == "of_severe_cases"


TOYS = {
    "datasets": "ToyArchive",
    "models": "ToyModel",
    "panels": "ToyPanel",
    "references": "ToyReference",
    "metrics": "ToyMetric",
    "sections": "ToySection",
}


@pytest.mark.parametrize("kind", TOYS)
def test_every_kind_by_entry_point(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "toy_study-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-study\nVersion: 0.1\n")
    name = registry_name(TOYS[kind])
    (info / "entry_points.txt").write_text(f"[ecg_eval.{kind}]\n{name} = toy_study:{TOYS[kind]}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "toys"))
    registry._outside.cache_clear()
    try:
        assert name in registry.names(kind)
        assert load(kind, name).__name__ == TOYS[kind]
        assert make(kind, name, {}).name == name
    finally:
        registry._outside.cache_clear()


def registry_name(cls: str) -> str:
    """Return a class's name as a configuration writes it."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls).lstrip("_")
