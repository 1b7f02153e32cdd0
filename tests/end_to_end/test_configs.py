"""Every configuration that is shipped loads, and lacks nothing but its archive."""

from pathlib import Path

import pytest

from ecg_eval.config.load import load_config
from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.plugins import load
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.registry import names

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
# what needs no archive, or whose files differ from study to study
WITHOUT_CONFIG = {"clinical_files", "array_files"}

# configurations that the shared data serve: their data root, and what else must be set
SHARED = {
    "challenge2021": ("cinc2021/training", []),
    "chapman_shaoxing_ningbo": ("cinc2021/training", ["dataset.collections=[Chapman-Shaoxing, Ningbo]"]),
    "code_test": ("code-test", []),
    "ludb": ("ludb", []),
    "mitdb": ("mitdb", []),
    "ptb_xl": ("ptb-xl", []),
    "ptb_xl_zscored": ("ptb-xl-zscored", []),
}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_a_configuration_says_what_it_shows_and_lacks_only_its_data(path: Path, tmp_path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    config = load_config(path, [f"data_root={tmp_path}"])
    assert config.name == path.stem
    problems = problems_of(config)
    assert all(isinstance(problem, InputFileError) for problem in problems), [str(p) for p in problems]
    assert bool(problems) == (config.dataset.name != "simulated")


def test_every_archive_has_a_configuration() -> None:
    served = {load_config(path, []).dataset.name for path in CONFIGS}
    assert set(names("datasets")) - served == WITHOUT_CONFIG


@pytest.mark.parametrize("name", names("datasets"))
def test_a_newcomer_finds_every_dataset_in_the_readme_of_data(name: str) -> None:
    text = (Path(__file__).parents[2] / "data/README.md").read_text(encoding="utf-8")
    table, _, get_and_cite = text.partition("## How to get them")
    cls = load("datasets", name)
    assert f"`{name}`" in table
    assert f"dataset: {{name: {name}," in get_and_cite
    if cls.access == "open":
        assert cls.url in get_and_cite
        assert cls.citation.partition(" ")[0] in get_and_cite.partition("## How to cite")[2]


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(SHARED))
def test_nothing_is_wrong_with_real_data(name: str, shared: Path) -> None:
    folder, more = SHARED[name]
    path = next(p for p in CONFIGS if p.stem == name)
    problems = problems_of(load_config(path, [f"data_root={shared / 'data' / folder}", *more]))
    assert [str(p) for p in problems] == []
