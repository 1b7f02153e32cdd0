"""Models taught on each of two simulated archives read both, over seeds; one that reads ids alone shows the table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from commands import status_of

from ecg_eval.domain.evaluation import MACRO
from ecg_eval.pipeline.matrix.matrix import _agreement, matrix_file, matrix_lines
from ecg_eval.reports.matrix_page import render_matrix

Write = Callable[..., Path]


def simulated(seed: int) -> dict[str, Any]:
    return {"name": "simulated", "n_records": 80, "seed": seed, "sampling_rate_hz": 100, "root": "."}


SETTINGS: dict[str, Any] = {
    "name": "two",
    "dataset": simulated(3),
    "findings": ["MI", "NORM"],
    "split": {"train": [1, 2, 3, 4, 5], "threshold": [6], "test": [7, 8, 9, 10]},
    "models": ["prevalence", {"name": "small_network", "epochs": 1}],
    "matrix": {"id": "north", "archives": [{"id": "south", "dataset": simulated(4)}], "seeds": 2},
    "intervals": {"resamples": 100},
    "report": {"languages": ["en", "fr"]},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture
def write(home: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(home)

    def written(**changes: Any) -> Path:
        (home / "c.yaml").write_text(yaml.safe_dump(SETTINGS | changes))
        return home / "c.yaml"

    return written


def test_a_model_from_outside_reads_all_archives_in_its_own_process(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    config = write(models=["toys.unfit:Sound"], matrix=SETTINGS["matrix"] | {"seeds": 1})
    outcome = matrix_file(config, out=home / "outside")
    table = pd.read_csv(outcome.table, float_precision="round_trip")
    whole = table[table["finding"] == MACRO]
    assert {(a, b) for a, b in zip(whole["taught_on"], whole["read_on"], strict=True)} == {
        (a, b) for a in ("north", "south") for b in ("north", "south")
    }
    assert whole["value"].notna().all()


def test_every_model_is_taught_and_read_on_every_archive_with_every_seed(write: Write, home: Path) -> None:
    outcome = matrix_file(write(), out=home / "m")
    table = pd.read_csv(outcome.table, float_precision="round_trip")
    whole = table[table["finding"] == MACRO]
    pairs = whole.groupby(["model", "taught_on", "read_on"])["seed"].apply(list)
    assert len(pairs) == 8
    assert {tuple(seeds) for seeds in pairs} == {(20260101, 20260102)}
    prevalence = whole[whole["model"] == "prevalence"]["value"]
    assert set(prevalence) == {0.5}, "one score for all ranks nobody"
    network = whole[whole["model"] == "small_network"].set_index(["taught_on", "read_on", "seed"])["value"]
    assert network.nunique() > 4, "another archive or seed is another number"
    again = matrix_file(write(), out=home / "again")
    assert again.table.read_bytes() == outcome.table.read_bytes()
    assert {(r.taught_on, r.read_on) for r in outcome.result.ranks} == {
        (a, b) for a in ("north", "south") for b in ("north", "south")
    }
    assert not outcome.result.shared
    said = "\n".join(matrix_lines(outcome))
    assert "small_network, taught on north, read on south: " in said
    assert "2 seeds: " in said
    english, french = (page.read_text() for page in outcome.pages)
    assert "taught on" in english.lower()
    assert "évalué sur south" in french
    assert "north\u00a0: ECG simulés à 12 dérivations (aucun patient)\u00a0; south" in french
    assert "Simulated 12-lead" not in french
    assert '<span class="tag">Simulated</span>' in english
    assert "matrix." not in render_matrix(outcome.result, language="fr").replace("matrix.csv", "")


@pytest.mark.slow
def test_the_diagonal_is_the_run_itself(write: Write, home: Path) -> None:
    """Taught, read and seeded alike, the matrix and `ecg-eval run` give the same number."""
    config = write(matrix=SETTINGS["matrix"] | {"seeds": 1})
    table = pd.read_csv(matrix_file(config, out=home / "one").table, float_precision="round_trip")
    there = (table["model"] == "small_network") & (table["taught_on"] == "north") & (table["read_on"] == "north")
    mine = table[there].set_index("finding")["value"]
    assert status_of("run", "c.yaml", "--out", "run", "-q", "--set", "tracking.enabled=false") == 0
    rows = pd.read_csv(home / "run" / "evaluation.csv", float_precision="round_trip")
    own_rows = rows[(rows["metric"] == "auroc") & (rows["reader"] == "small_network") & rows["subgroup"].isna()]
    theirs = own_rows.set_index("finding")["value"]
    assert dict(mine) == pytest.approx({finding: theirs[finding] for finding in mine.index})


def test_an_archive_beside_itself_and_a_finding_that_is_not_taught_are_named(write: Write, home: Path) -> None:
    models = ["prevalence", {"name": "small_network", "epochs": 1}]
    twice = {"id": "north", "archives": [{"id": "copy", "dataset": simulated(3)}]}
    result = matrix_file(write(matrix=twice, models=models, findings=["NORM", "SBRAD"]), out=home / "copy").result
    assert result.shared == (("north", "copy"),)
    assert ("small_network", "north", "cannot score SBRAD") in result.unsaid
    page = (home / "copy" / "matrix.fr.html").read_text()
    assert "en commun" in page
    assert page.count('<div class="note"') == 1
    assert "porte sur les autres seulement" in page


def test_the_agreement_of_seeds_is_kendalls() -> None:
    """By hand: of three pairs of models, seeds 1 and 2 order two alike (1/3), 1 and 3 all (1), 2 and 3 two (1/3)."""
    table = pd.DataFrame({1: [0.7, 0.8, 0.9], 2: [0.8, 0.7, 0.9], 3: [0.1, 0.2, 0.3]})
    assert _agreement(table) == pytest.approx((1 / 3 + 1 + 1 / 3) / 3)
    assert _agreement(table[[1]]) is None


def test_what_cannot_be_is_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(matrix={"seeds": 2})
    assert status_of("matrix", "c.yaml") == 2
    assert "matrix.archives" in capsys.readouterr().err
    write(matrix={"archives": [{"dataset": simulated(4)}]})
    assert status_of("matrix", "c.yaml") == 2
    assert "Add `id:` to each" in capsys.readouterr().err
