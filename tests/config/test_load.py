"""A configuration is read as a whole; everything wrong in it is told at once, with its path and the nearest key."""

import json
from pathlib import Path

import pytest
import yaml

from ecg_eval.config.load import config_to_yaml, json_schema, load_config, make_config, read_yaml
from ecg_eval.config.schema import DEFAULT_METRICS, RunConfig
from ecg_eval.errors import ConfigError, InputFileError, ProblemsError

GOOD = """
name: small
data_root: data
dataset: ptb_xl
findings: [AF]
models:
  - beat_boosting
  - {name: prevalence, id: floor}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(GOOD)
    return path


def test_a_bare_name_is_a_plugin(good: Path) -> None:
    config = load_config(good)
    assert [m.label for m in config.models] == ["beat_boosting", "floor"]
    assert config.dataset.arguments == {}
    assert tuple(m.name for m in config.metrics) == DEFAULT_METRICS


def test_data_root_is_relative_to_the_file_and_an_override_to_here(good: Path, tmp_path: Path) -> None:
    assert load_config(good).data_root == tmp_path / "data"
    assert load_config(good, ["data_root=x"]).data_root == Path.cwd() / "x"


def test_overrides(good: Path) -> None:
    changed = load_config(
        good, ["intervals.level=0.9", "models.0.depth=3", "dataset.sampling_rate_hz=100", "models.1.id=base"]
    )
    assert changed.intervals.level == 0.9
    assert changed.models[0].arguments == {"depth": 3}
    assert changed.dataset.arguments == {"sampling_rate_hz": 100}
    assert changed.models[1].label == "base"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("models", "a.b.c=value"),
        ("models.7.id=x", "a number from 0 to 1"),
        ("models.7=x", "a number from 0 to 1"),
        ("name.a.b=1", "intervals"),
        ("name.a=[", "valid YAML"),
    ],
)
def test_overrides_that_mean_nothing(good: Path, override: str, said: str) -> None:
    with pytest.raises((ConfigError, ProblemsError)) as caught:
        load_config(good, [override])
    assert said in str(caught.value) or "name" in str(caught.value)


def test_default_metrics_can_be_changed_one_by_one(good: Path) -> None:
    config = load_config(good, ["metrics=[default, {name: mcnemar, method: exact}]"])
    assert len(config.metrics) == len(DEFAULT_METRICS)
    assert next(m for m in config.metrics if m.name == "mcnemar").arguments == {"method": "exact"}


def test_all_problems_at_once_with_path_and_suggestion(good: Path) -> None:
    good.write_text(GOOD + "metricz: [a]\nintervals: {levle: 0.9, resamples: 3}\nsplit: {train: [1], test: [1]}\n")
    with pytest.raises(ProblemsError) as caught:
        load_config(good)
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "metricz: key must be a known key; got 'metricz'. Did you mean 'metrics'?" in text
    assert "intervals.levle: key must be a known key; got 'levle'. Did you mean 'level'?" in text
    assert "greater than or equal to 100; got 3" in text
    assert "folds [1] must not be in both train and test" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nname: y\n", "key given twice"),
        ("name: [x\n", "line"),
        ("- a\n- b\n", "a YAML mapping"),
        ("", "a YAML mapping"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(InputFileError, match=said):
        load_config(path)


def test_missing_file_suggests_the_one_beside_it(good: Path) -> None:
    with pytest.raises(InputFileError, match=r"Did you mean 'small.yaml'"):
        load_config(good.with_name("smal.yaml"))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes("title: été\n".encode("latin-1"))
    with pytest.raises(InputFileError, match="UTF-8"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"models": []}, "at least one reader"),
        ({"models": ["prevalence", "prevalence"]}, "add `id:`"),
        ({"tracking": {"experiment": "a/b"}}, "slash"),
        ({"findings": []}, "at least 1 item"),
        ({"name": "a b"}, "pattern"),
        ({"report": {"languages": ["de"]}}, "'en' or 'fr'"),
        ({"primary": [{"metrik": "x"}]}, "primary.0.metrik"),
    ],
)
def test_values_that_cannot_be(changes: dict[str, object], said: str) -> None:
    base: dict[str, object] = {"name": "x", "dataset": "ptb_xl", "findings": ["AF"], "models": ["prevalence"]}
    with pytest.raises(ProblemsError) as caught:
        make_config(base | changes)
    assert said in str(caught.value)


def test_a_margin_said_twice_is_the_same_margin(good: Path) -> None:
    metrics = ["default", {"name": "model_against_readers", "margin": 0.1}]
    text = good.read_text(encoding="utf-8")
    for margin, fits in ((0.1, True), (0.05, False)):
        changed = yaml.safe_load(text) | {
            "metrics": metrics,
            "primary": [{"metric": "model_against_readers", "margin": margin}],
        }
        good.write_text(yaml.safe_dump(changed), encoding="utf-8")
        if fits:
            assert load_config(good).primary[0].margin == margin
        else:
            with pytest.raises(ProblemsError, match="say the same twice"):
                load_config(good)


def test_a_margin_that_the_metric_leaves_to_its_default_is_for_the_check(good: Path) -> None:
    changed = yaml.safe_load(good.read_text(encoding="utf-8")) | {
        "metrics": ["default", "model_against_readers"],
        "primary": [{"metric": "model_against_readers", "margin": 0.05}],
    }
    good.write_text(yaml.safe_dump(changed), encoding="utf-8")
    assert load_config(good).primary[0].margin == 0.05


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"AF": 0.068}, "prevalence.AF"),
        ({"AF": {"value": 6.8, "source": "SAFE"}}, "prevalence.AF.value"),
        ({"AF": {"value": 0.068}}, "prevalence.AF.source"),
        ({"AF": {"value": 0.068, "source": ""}}, "prevalence.AF.source"),
    ],
)
def test_a_prevalence_has_a_share_and_a_source(stated: dict[str, object], said: str) -> None:
    base: dict[str, object] = {"name": "x", "dataset": "ptb_xl", "findings": ["AF"], "models": ["prevalence"]}
    with pytest.raises(ProblemsError, match=said):
        make_config(base | {"prevalence": stated})


def test_the_resolved_configuration_reads_back_to_the_same_run(good: Path, tmp_path: Path) -> None:
    config = load_config(good)
    again = tmp_path / "again.yaml"
    again.write_text(config_to_yaml(config))
    assert load_config(again) == config


def test_schema_says_what_every_field_means() -> None:
    schema = json.loads(json_schema())
    assert set(schema["properties"]) == set(RunConfig.model_fields)
    assert all("description" in p for p in schema["properties"].values())
    assert schema["additionalProperties"] is False


def test_shipped_configurations_are_valid() -> None:
    for path in sorted((Path(__file__).parents[2] / "configs").glob("*.yaml")):
        assert load_config(path).name
