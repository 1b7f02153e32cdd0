"""A study of readings alone, declared in one file: its own findings, kinds and groups; a single choice; no signals."""

import html
import sys
from pathlib import Path

import pytest
import yaml

import ecg_eval
from ecg_eval.config.load import load_config
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.adjudication.gallery import gallery_lines, write_gallery
from ecg_eval.pipeline.papers.dossier import write_dossier
from ecg_eval.pipeline.papers.printing import print_reports, write_sheets
from ecg_eval.pipeline.study.check import examine_file
from ecg_eval.pipeline.study.run import rebuild_report, run

STUDY = """\
name: chest_pain
title: {en: Chest pain in the ambulance, fr: Douleur thoracique en ambulance}
dataset:
  name: study_table
  path: truth.csv
  record_id: ECG
  choice: Diagnosis
  findings: &words {STEMI: STEMI, Other MI: NSTEMI, No MI: NO_MI}
findings:
  - code: STEMI
    en: ST elevation infarction
    fr: infarctus avec sus-décalage
    broader: [ACUTE_MI]
    urgency: act_now
    exclusive: diagnosis
  - {code: NSTEMI, en: other infarction, fr: autre infarctus, broader: [ACUTE_MI], exclusive: diagnosis}
  - {code: NO_MI, en: no infarction, fr: "pas d'infarctus", exclusive: diagnosis}
kinds:
  paramedic: {en: paramedic, en_many: paramedics, fr: ambulancier, fr_many: ambulanciers}
groups:
  juniors: {readers: [p 1, p 2 (north)], fr: débutants}
  north: {where: {practice_id: [n]}, en: crews of the north}
panels:
  - name: readings_file
    path: readings.csv
    record_id: ECG
    headers: "{reader}"
    cells: choice
    separator: ";"
    findings: *words
    readers:
      - {reader_id: p 1, kind: paramedic, practice_id: n}
      - {reader_id: p 2 (north), kind: paramedic, practice_id: n}
      - {reader_id: p 3, kind: paramedic, practice_id: s}
      - {reader_id: dr x, kind: gp}
tracking: {enabled: false}
intervals: {resamples: 100}
report: {languages: [en, fr]}
"""
TRUTH = ["STEMI", "Other MI", "No MI"]


def made(folder: Path, study: str = STUDY) -> Path:
    rows = [(f"ECG {i} [{i % 2}]", TRUTH[i % 3]) for i in range(30)]
    (folder / "truth.csv").write_text("ECG,Diagnosis\n" + "".join(f"{e},{t}\n" for e, t in rows))
    said = "ECG,p 1,p 2 (north),p 3,dr x\n"
    for i, (ecg, truth) in enumerate(rows):
        double = f"{truth};No MI" if i == 0 else truth
        said += f"{ecg},{truth},{TRUTH[(i + i // 10) % 3]},{TRUTH[(i + i % 2) % 3] if i else ''},{double}\n"
    (folder / "readings.csv").write_text(said)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study")
    path = made(place)
    run(load_config(path, [f"out={place / 'run'}"]))
    return place / "run"


def test_check_finds_nothing_wrong_and_lists_empty_and_double_ticks(tmp_path: Path) -> None:
    found = examine_file(made(tmp_path))
    assert not found.problems
    odd = {(o.kind, o.reader, o.detail): o.count for o in found.odd}
    assert odd["not_exclusive", "dr x", "several"] == 1
    assert odd["pairs_missing", "p 3", ""] == 1


def test_groups_overlap_and_carry_their_names(folder: Path) -> None:
    frame = ecg_eval.open_run(folder).frame
    whole = (frame["metric"] == "sensitivity") & (frame["finding"] == "STEMI") & (frame["subgroup"] == "")
    own = frame[whole].set_index("reader")["value"]
    assert own["p 1"] == 1
    assert own["juniors (mean of 2)"] == pytest.approx((own["p 1"] + own["p 2 (north)"]) / 2)
    assert own["paramedic (mean of 3)"] == pytest.approx(own[["p 1", "p 2 (north)", "p 3"]].mean())
    # the crews of the north are the juniors: two names of one group are two rows
    assert own["north (mean of 2)"] == own["juniors (mean of 2)"]


def test_pages_speak_the_studys_words(folder: Path) -> None:
    english, french = (folder / f"report.{language}.html" for language in ("en", "fr"))
    assert "ST elevation infarction" in english.read_text()
    assert "crews of the north" in english.read_text()
    assert "paramedics" in english.read_text()
    page = french.read_text()
    assert "infarctus avec sus-décalage" in page
    assert "ambulanciers" in page
    assert "débutants" in page
    before = english.read_bytes()
    rebuild_report(folder)
    assert english.read_bytes() == before
    alone = ecg_eval.open_run(folder).report()  # without a summary and an appendix beside it, but with the same words
    assert "crews of the north" in alone
    assert "paramedics" in alone


def test_the_words_do_not_outlive_the_study(folder: Path) -> None:
    from ecg_eval.domain.findings import vocabulary
    from ecg_eval.domain.own_words import own_kinds

    ecg_eval.open_run(folder).report()
    assert "STEMI" not in vocabulary()
    assert own_kinds() == ()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("code: STEMI", "code: AF"), "one that the vocabulary lacks"),
        (("broader: [ACUTE_MI]\n", "broader: [ACUTE]\n"), "broader must be a finding"),
        (("broader: [ACUTE_MI]\n", "broader: [STEMI]\n"), "no circle"),
        (("kind: gp", "kind: gpp"), "Did you mean 'gp'"),
        (("kind: gp", "kind: midwife"), "kinds: {midwife"),
        (("[p 1, p 2 (north)]", "[p 1, p 2 (nort)]"), "Did you mean 'p 2 (north)'"),
        (("practice_id: [n]", "practice: [n]"), "Did you mean 'practice_id'"),
        (("practice_id: [n]", "practice_id: [w]"), "at least one reader"),
        (("juniors: {readers: [p 1, p 2 (north)], fr", "juniors: {fr"), "must list its readers"),
        (("choice: Diagnosis", "choice: Diagnose"), "Did you mean 'Diagnosis'"),
    ],
)
def test_what_cannot_be_is_told_before_the_run(tmp_path: Path, change: tuple[str, str], part: str) -> None:
    assert change[0] in STUDY
    found = examine_file(made(tmp_path, STUDY.replace(*change)))
    assert part in "\n".join(map(str, found.problems))


def test_readers_among_themselves_need_no_truth(tmp_path: Path) -> None:
    study = yaml.safe_load(STUDY)
    study["dataset"] = {"name": "study_table", "path": "truth.csv", "record_id": "ECG", "truth": False}
    path = made(tmp_path, yaml.safe_dump(study | {"reference": "none", "metrics": ["cohen_kappa"]}))
    assert not examine_file(path).problems
    study["dataset"]["truth"] = True
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    with pytest.raises(EcgEvalError, match="Diagnosis"):
        run(load_config(path, [f"out={tmp_path / 'run'}"]))


def test_pages_are_printed_and_each_reader_gets_a_sheet(folder: Path) -> None:
    pages = print_reports(folder)
    assert {p.name for p in pages} == {f"{page}.{la}.pdf" for page in ("report", "summary") for la in ("en", "fr")}
    assert all(page.read_bytes().startswith(b"%PDF-") for page in pages)
    sheets = write_sheets(folder)
    readers = ("p 1", "p 2 (north)", "p 3", "dr x")
    assert {s.name for s in sheets} == {
        f"{r}.{la}.{end}" for r in readers for la in ("en", "fr") for end in ("html", "pdf")
    }
    english, french = ((folder / f"sheets/p 3.{language}.html").read_text() for language in ("en", "fr"))
    assert "The tracing is not shown: " in english
    assert "which this dataset does not have" in english
    assert "Le tracé n'est pas montré" in html.unescape(french)
    assert "this dataset" not in french


def test_a_gallery_without_signals_says_so_and_shows_readings(folder: Path) -> None:
    written = write_gallery(folder, languages=["en"], least_share=0.2, booklet=False)
    assert list(written.not_drawn.values()) == [written.n_shown]
    assert any(line.startswith("No tracing of") for line in gallery_lines(written))
    page = html.unescape(written.pages[0].read_text(encoding="utf-8"))
    assert "No tracing can be shown, and readings stand alone: " in page
    assert page.count("The tracing is not shown: ") == 0, "said once, at the top"
    assert "p 2 (north)" in page
    assert "<svg" not in page


def test_a_dossier_for_reviewers_is_written_with_word_files_where_they_can_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_dossier(folder)
    names = {str(p.relative_to(folder / "dossier")) for p in (*written.pages, *written.files)}
    assert all(p.stat().st_size for p in (*written.pages, *written.files))
    assert not written.left_out
    for language in ("en", "fr"):
        ends = ("dossier.{}.html", "methods.{}.md", "checklists.{}.docx", "tables.{}.docx")
        ends += ("checklists/stard_ai.{}.csv", "tables/cross_table.{}.tex", "tables/cross_table.{}.csv")
        assert {end.format(language) for end in ends} <= names
    assert "references.bib" in names
    monkeypatch.setitem(sys.modules, "docx", None)
    without = write_dossier(folder)
    assert "python-docx" in without.left_out
    assert "ecg-eval[word]" in without.left_out
    assert not any(p.suffix == ".docx" for p in without.files)
