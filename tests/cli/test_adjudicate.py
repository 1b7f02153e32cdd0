"""Disputed readings out to an adjudicator and back: blinded, in order, and with what the answers changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from commands import status_of
from openpyxl import load_workbook

from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, RunFolderError
from ecg_eval.pipeline.adjudication.disputes import Dispute, disputes_of
from ecg_eval.pipeline.adjudication.gallery import gallery_lines, write_gallery
from ecg_eval.pipeline.adjudication.settle import settle, settled_lines
from ecg_eval.pipeline.adjudication.sheet import free_paths, sheet_lines, write_frame, write_sheet
from ecg_eval.pipeline.study.check import check_file
from ecg_eval.pipeline.study.run import run
from ecg_eval.references.votes.adjudication import read_answers
from ecg_eval.storage.run_folder import RunFolder

TOYS = Path(__file__).parents[1] / "toys"
READINGS = """record_id,reader_id,finding,reading
{}
"""
SAID = {  # record -> what a, b and c say of AF; the toy archive's truth is 0 for t04 to t06, 1 for t14 to t16
    "t04": "present absent absent",
    "t05": "present present absent",
    "t06": "present present present",
    "t14": "absent present present",
    "t15": "present present present",
    "t16": "absent absent absent",
    "t24": "absent uncertain absent",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with three GPs, made once; tests take copies of it."""
    folder = tmp_path_factory.mktemp("made")
    rows = [f"{r},{who},AF,{word}" for r, said in SAID.items() for who, word in zip("abc", said.split(), strict=True)]
    (folder / "gps.csv").write_text(READINGS.format("\n".join(rows)))
    (folder / "readers.csv").write_text("reader_id,kind\n" + "\n".join(f"{r},gp" for r in "abc") + "\n")
    config = yaml.safe_load((TOYS / "toy.yaml").read_text()) | {
        "models": [],
        "panels": [{"name": "readings_file", "path": "gps.csv", "readers": "readers.csv"}],
        "metrics": ["sensitivity", "specificity"],
        "primary": [{"metric": "sensitivity"}],
        "report": {"languages": ["en", "fr"], "sections": ["answer", "study_flow"]},
        "out": str(folder / "r"),
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(config))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOYS))
        run(check_file(folder / "study.yaml", []))
    return folder / "r"


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(TOYS))
    return shutil.copytree(made, tmp_path / "r")


def filled(folder: Path, answers: dict[str, str], name: str = "filled.csv") -> Path:
    """Return a sheet with answers by record."""
    path = folder.parent / name
    rows = [f"{record},AF,{answer}" for record, answer in answers.items()]
    path.write_text("record_id,finding,answer\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_readers_who_differ_and_readers_who_all_differ_from_the_truth_are_disputed(folder: Path) -> None:
    sheet = write_sheet(folder)
    frame = pd.read_csv(sheet.paths[0], dtype="string", float_precision="round_trip")
    # t04, t05 and t14 split one to two; t06 and t16 are read alike against the truth; t24's doubt is no vote
    assert list(frame["record_id"]) == ["t04", "t05", "t14", "t06", "t16"]
    assert (sheet.n_rows, sheet.n_split, sheet.n_records) == (5, 3, 5)
    assert frame["answer"].isna().all()
    assert set(frame["urgency"]) == {"urgent"}


def test_the_sheet_does_not_say_who_said_what_unless_it_is_asked_to(folder: Path) -> None:
    blinded = write_sheet(folder)
    assert not {"said_present", "said_absent", "split", "stands_now"} & set(blinded.paths[0].read_text().split(","))
    assert "does not say who" in "\n".join(sheet_lines(blinded))
    shown = write_sheet(folder, out=folder / "open.csv", blinded=False, limit=1)
    row = pd.read_csv(shown.paths[0], dtype="string", float_precision="round_trip").iloc[0]
    assert (row["said_present"], row["said_absent"], row["stands_now"]) == ("a", "b c", "absent")
    assert "4 more are left out" in "\n".join(sheet_lines(shown))


def test_the_workbook_has_a_list_of_answers_and_instructions_in_two_languages(folder: Path) -> None:
    book = load_workbook(write_sheet(folder).paths[1])
    page, about = book.worksheets
    assert [c.value for c in page[1]][-2:] == ["answer", "comment"]
    (picked,) = page.data_validations.dataValidation
    assert picked.formula1 == '"present,absent,uncertain"'
    assert str(picked.sqref) == "G2:G6"
    words = " ".join(str(row[0].value) for row in about.iter_rows())
    assert "Look at the ECG" in words
    assert "Regardez l'ECG" in words


def test_a_sheet_that_is_there_is_never_written_over(folder: Path) -> None:
    write_sheet(folder)
    with pytest.raises(InputFileError, match="may be filled in"):
        write_sheet(folder)
    for wrong in ({"limit": 0}, {"split": 0.7}):
        with pytest.raises(ArgumentError):
            write_sheet(folder, out=folder / "x.csv", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="none disputed"):
        write_sheet(folder, out=folder / "x.csv", split=0.5)


def test_answers_make_a_new_truth_and_say_what_they_changed(folder: Path) -> None:
    said = {"t04": "présent", "t06": "Yes", "t14": "present", "t16": "uncertain", "t05": "", "zz": "no"}
    settled = settle(folder, filled(folder, said))
    facts = settled.facts
    assert (facts.n_answered, facts.n_confirmed, facts.n_changed, facts.n_blank, facts.n_strange) == (4, 1, 3, 1, 1)
    assert [(c.before, c.after, c.n) for c in facts.changed] == [("absent", "present", 2), ("present", "unknown", 1)]
    changes = pd.read_csv(settled.tables[0], dtype={"record_id": "string"}, float_precision="round_trip")
    assert list(changes["record_id"]) == ["t04", "t06", "t16"]
    truth = pd.read_parquet(settled.folder / "reference.parquet").set_index("record_id")["AF"]
    assert truth["t04"] == truth["t06"] == 1
    assert pd.isna(truth["t16"])
    # a: before, of t14, t15 and t16 one; after, of t04, t06, t14 and t15 three
    (a,) = [m for m in facts.moved if (m.metric, m.reader) == ("sensitivity", "a")]
    assert (a.before.value, a.after.value) == (pytest.approx(1 / 3), pytest.approx(3 / 4))
    lines = "\n".join(settled_lines(settled))
    assert "3 changed a truth" in lines
    assert "1 answers are about records" in lines
    french = (settled.folder / "report.fr.html").read_text(encoding="utf-8")
    assert "4 lectures discutées ont été tranchées par un arbitre" in french
    assert "Les vérités qui ont changé" in (settled.folder / "adjudication.fr.html").read_text(encoding="utf-8")
    report = (settled.folder / "report.en.html").read_text(encoding="utf-8")
    assert "4 disputed readings were settled by an adjudicator; 3 truths changed" in report


def test_the_new_folder_is_a_run_like_any_other(folder: Path) -> None:
    settled = settle(folder, filled(folder, {"t04": "present"}))
    made = settled.folder / "evaluation.csv"
    before = made.read_text()
    outcome = run(check_file(settled.folder / "run.yaml", [f"out={json.dumps(str(settled.folder))}"]))
    assert outcome.stages_done == []
    again = run(check_file(settled.folder / "run.yaml", [f"out={json.dumps(str(folder.parent / 'again'))}"]))
    assert "evaluation" in again.stages_done
    assert (folder.parent / "again" / "evaluation.csv").read_text() == before


def test_what_cannot_be_taken_back_is_said(folder: Path) -> None:
    with pytest.raises(ArgumentError, match="another run"):
        settle(folder, filled(folder, {"zz": "present"}))
    wrong = folder.parent / "wrong.csv"
    wrong.write_text("record_id,finding,answer\nt04,AF,maybe\nt05,AF,present\nt05,AF,absent\n,AF,present\n")
    with pytest.raises(EcgEvalError) as caught:
        settle(folder, wrong)
    for part in ("maybe", "AF of record t05", "record_id (row 5)"):
        assert part in str(caught.value)
    wrong.write_text("record,finding\nt04,AF\n")
    with pytest.raises(EcgEvalError, match="at least record_id, finding, answer"):
        settle(folder, wrong)
    taken = folder.parent / "r-adjudicated"
    taken.mkdir()
    (taken / "mine.txt").write_text("")
    with pytest.raises(RunFolderError, match="new or empty"):
        settle(folder, filled(folder, {"t04": "present"}))


def test_the_command_writes_and_takes_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*words: object) -> str:
        assert status_of("adjudicate", *words) == 0
        return capsys.readouterr().out

    assert "5 disputed readings of 5 ECGs" in call(folder)
    assert json.loads(call(folder, "--out", folder / "two.csv", "--json"))["n_rows"] == 5
    sheet = filled(folder, {"t04": "present"})
    assert json.loads(call(folder, "--answers", sheet, "--json"))["changed"][0]["n"] == 1


def test_votes_of_others_and_machines_do_not_dispute(make_study: Callable[..., ReaderStudy]) -> None:
    study = make_study()
    said = {reader for d in disputes_of(study) for reader in (*d.present, *d.absent)}
    assert said == {"gp1", "gp2", "gp3"}
    assert disputes_of(study.subset(study.records.index == "nothing")) == []


def test_a_run_folder_is_needed(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError):
        write_sheet(tmp_path)
    assert not RunFolder(tmp_path / "gone").path.exists()


def test_answers_on_the_sheet_of_a_gallery_are_taken_back(folder: Path) -> None:
    written = write_gallery(folder, languages=["fr"])
    # two of three or all of them say otherwise; one of three is less than half
    assert (written.n_shown, written.n_ecgs, written.n_partings) == (3, 3, 3)
    assert [p.name for p in (*written.pages, *written.booklets)] == ["gallery.fr.html", "gallery.fr.pdf"]
    assert written.booklets[0].read_bytes().startswith(b"%PDF-")
    page = written.pages[0].read_text(encoding="utf-8")
    assert page.count('class="ecg-paper"') == 3
    assert "2 sur 3 médecins généralistes la signalent, la référence non." in page
    assert "adjudicate RUN --answers" in gallery_lines(written)[-1]
    sheet = pd.read_csv(written.sheets[0], dtype="string", float_precision="round_trip")
    assert {"said_present", "stands_now"} <= set(sheet)
    rows = dict(zip(sheet["record_id"], sheet["stands_now"], strict=True))
    assert rows == {"t05": "absent", "t06": "absent", "t16": "present"}
    answers = ["present" if record == "t05" else None for record in sheet["record_id"]]
    sheet.assign(answer=answers).to_csv(written.sheets[0], index=False)
    settled = settle(folder, written.sheets[0])
    assert (settled.facts.n_answered, settled.facts.n_changed, settled.facts.n_blank) == (1, 1, 2)
    with pytest.raises(InputFileError, match="may be filled in"):
        write_gallery(folder)


def test_a_blinded_gallery_shows_questions_alone_and_bad_asks_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status_of("gallery", folder, "--blinded", "--no-pdf", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["booklets"] == []
    assert [Path(p).name for p in said["pages"]] == ["gallery-blinded.en.html", "gallery-blinded.fr.html"]
    assert "said_present" not in Path(said["sheets"][0]).read_text()
    assert "does not name" not in Path(said["pages"][0]).read_text()
    for wrong, part in (
        ({"least_share": 0}, "above 0"),
        ({"at_most": 0}, "1 or more"),
        ({"languages": ["de"]}, "one of en, fr"),
        ({"findings": ["LBBB"]}, "one that the run has"),
        ({"findings": ["AFF"]}, "Did you mean 'AF'"),
    ):
        with pytest.raises(EcgEvalError, match=part):
            write_gallery(folder, **wrong)  # type: ignore[arg-type]


def test_an_id_that_a_spreadsheet_would_run_is_marked_and_taken_back(tmp_path: Path) -> None:
    dispute = Dispute(record_id="=1+1", finding="AF", urgency="urgent", present=("a",), absent=("b",), truth=1.0)
    paths = free_paths("test", tmp_path / "sheet.csv")
    write_frame(paths, [dispute], blinded=False)
    text = paths[0].read_text()
    assert "'=1+1" in text
    paths[0].write_text(text.replace("urgent,,", "urgent,absent,"))
    assert list(read_answers(paths[0]).table["record_id"]) == ["=1+1"]
