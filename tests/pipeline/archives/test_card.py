"""A card says what is stated and what is there; its Croissant form is what the reference implementation accepts."""

import hashlib
import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.domain.lineage import relatives
from ecg_eval.errors import ArgumentError, ProblemsError, UnknownNameError
from ecg_eval.pipeline.archives.card import card_text, make_card, write_card
from ecg_eval.pipeline.archives.croissant import croissant, croissant_text

TABLE = "age,sex,a note\n50,F,x\n60,M,\n70,M,y\n"
GOLD = "1dAVb,RBBB,LBBB,SB,AF,ST\n0,0,0,0,1,0\n0,1,0,0,0,0\n0,0,0,0,1,0\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an archive in CODE-test's layout, of three ECGs."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "attributes.csv").write_text(TABLE)
    (tmp_path / "annotations/gold_standard.csv").write_text(GOLD)
    return tmp_path


def checked(path: Path) -> Any:
    """Return a file as MLCommons' own library reads it; it raises on what breaks the specification."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        import mlcroissant

        logging.getLogger("absl").setLevel(logging.ERROR)  # recommended properties that are not known
        return mlcroissant.Dataset(str(path))


def test_the_page_counts_what_is_there(root: Path) -> None:
    page = card_text(make_card("code_test", root=root))
    for line in (
        "# CODE-test: an annotated 12-lead ECG dataset",
        "| records | 3 |",
        "| records with a signal | 0 |",
        "| age in years, median | 60 (quartiles 55 and 65; 50 to 70); unknown 0 |",
        "| women, men | 1, 2; unknown 0 |",
        "| AF | Atrial fibrillation | 2 | 1 | 0 |",
        f"| attributes.csv | `{hashlib.sha256(TABLE.encode()).hexdigest()}` |",
        "No other archive is known to hold its recordings.",
    ):
        assert line in page.splitlines()
    assert "Gold standard of Ribeiro et al." in page


def test_without_a_folder_it_is_what_is_stated() -> None:
    card = make_card("ptb_xl")
    page = card_text(card)
    assert "give their folder with `--root`" in page
    assert "| challenge2021 | PhysioNet/Computing in Cardiology Challenge 2021 |" in page
    assert card.related.keys() == relatives("ptb_xl")
    assert croissant(card)["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_a_configuration_names_dataset_and_findings(tmp_path: Path) -> None:
    lines = "name: x\ndataset: {name: simulated, n_records: 20}\nfindings: [AF]\nmodels: [prevalence]\n"
    (tmp_path / "x.yaml").write_text(lines)
    card = make_card(str(tmp_path / "x.yaml"))
    assert [row["code"] for row in card.findings] == ["AF"]
    assert card.counts["records"] == 20
    assert sum(card.counts["folds"].values()) == 20
    with pytest.raises(ArgumentError, match="root must be left out"):
        make_card(str(tmp_path / "x.yaml"), root=tmp_path)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'ptb_xl'"):
        make_card("ptb_lx")
    with pytest.raises(ProblemsError):
        make_card("code_test", root=tmp_path / "nowhere")
    with pytest.raises(ArgumentError, match="can be written"):
        write_card("x", tmp_path / "no/such/folder.md")


def test_croissant_is_valid_and_loads_tables_and_counts(root: Path) -> None:
    path = root / "card.json"
    path.write_text(croissant_text(make_card("code_test", root=root)))
    dataset = checked(path)
    assert dataset.metadata.name == "code_test"
    rows = {str(row["findings/code"]): row["findings/present"] for row in dataset.records("findings")}
    assert rows["AF"] == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        table = list(dataset.records("columns/attributes.csv"))
    assert [row["attributes.csv/age"] for row in table] == [50, 60, 70]
    assert table[0].keys() == {"attributes.csv/age", "attributes.csv/sex", "attributes.csv/a_note"}


def test_croissant_says_only_what_is_known(root: Path) -> None:
    said = croissant(make_card("code_test", root=root))
    files = {f["name"]: f for f in said["distribution"]}
    assert files["attributes.csv"]["sha256"] == hashlib.sha256(TABLE.encode()).hexdigest()
    assert files["attributes.csv"]["contentSize"] == f"{len(TABLE)} B"
    kinds = {f["name"]: f["dataType"] for f in said["recordSet"][0]["field"]}
    assert kinds == {"age": "sc:Integer", "sex": "sc:Text", "a note": "sc:Text"}
    assert said["version"] == "1.0.2"
    assert said["isAccessibleForFree"]
    assert said["rai:personalSensitiveInformation"] == ["age_years", "sex"]
    assert "distribution" not in croissant(make_card("code_test"))
    assert "version" not in croissant(make_card("ptb_xl")), "a range of versions is none"


def test_a_table_that_cannot_be_read_has_no_columns(root: Path) -> None:
    card = make_card("code_test", root=root)
    (root / "attributes.csv").write_bytes(b"\xff\xfe")
    sets = [s["@id"] for s in croissant(card)["recordSet"]]
    assert sets == ["columns/annotations/gold_standard.csv", "findings"]


def test_on_the_command_line(root: Path) -> None:
    out = root / "card.md"
    assert CliRunner().invoke(app, ["card", "code_test", "--root", str(root), "--out", str(out)]).exit_code == 0
    assert out.read_text() == card_text(make_card("code_test", root=root))
    printed = CliRunner().invoke(app, ["card", "ludb", "--format", "croissant"])
    assert json.loads(printed.output)["@type"] == "sc:Dataset"
    wrong = CliRunner().invoke(app, ["card", "ludb", "--format", "croisant"])
    assert isinstance(wrong.exception, ArgumentError)
    assert "Did you mean 'croissant'" in str(wrong.exception)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "folder", "n_files"),
    [("ptb_xl", "ptb-xl", 3), ("challenge2021", "cinc2021/training", 0), ("ludb", "ludb", 1)],
)
def test_cards_of_real_archives(shared: Path, tmp_path: Path, name: str, folder: str, n_files: int) -> None:
    card = make_card(name, root=shared / "data" / folder)
    path = tmp_path / "card.json"
    path.write_text(croissant_text(card))
    dataset = checked(path)
    assert len(dataset.metadata.distribution) == n_files
    if name == "ptb_xl":
        # Wagner et al., Sci Data 2020;7:154: 21,837 records of 18,885 patients, 52 % male
        assert (card.counts["records"], card.counts["patients"]) == (21837, 18885)
        assert round(card.counts["sex"]["M"] / 21837, 2) == 0.52
        said = json.loads(path.read_text())
        assert said["distribution"][0]["contentUrl"] == "https://physionet.org/files/ptb-xl/1.0.3/ptbxl_database.csv"
