"""Booklets are true to scale and show the AI where the schedule says; projects have the form that programs take."""

import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import numpy as np
import pandas as pd
import pytest
import yaml
from drawing.test_ecg_paper import step_recording
from drawing.test_pdf import MM_PER_POINT, placed_points
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.errors import ArgumentError, InputFileError, SignalError
from ecg_eval.planning.materials.booklets import booklet_of, drawer
from ecg_eval.planning.materials.label_studio_project import labelling_configuration
from ecg_eval.planning.materials.questions import Questions, ShownOutput, management_question, shown_output
from ecg_eval.planning.materials.redcap_project import data_dictionary, events, rows_to_begin_with
from ecg_eval.planning.materials.sheets_to_read import PAGES, page_to_read
from ecg_eval.planning.schedules.schedule import make_schedule
from ecg_eval.planning.schedules.settings import ScheduleSettings

pypdf = pytest.importorskip("pypdf")

ASKED = Questions(findings=("AF", "LBBB", "1AVB"), language="en")
SHOWN = ShownOutput(source="net", calls={"e1": {"AF": "present", "LBBB": "uncertain"}, "e2": {"AF": "absent"}})


def session(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return a session of readings: blinded id, record, arm."""
    table = pd.DataFrame(rows, columns=["blinded_id", "record_id", "arm"])
    return table.assign(reader_id="gp1", session=2, day=8, date="", place=range(1, len(rows) + 1), period=1)


def booklet(tmp_path: Path, own: pd.DataFrame, rate_hz: float = 100) -> "pypdf.PdfReader":
    html = booklet_of(own, ASKED, SHOWN, drawer(lambda _: step_recording(rate_hz), ASKED.language))
    return pypdf.PdfReader(write_pdf(html, tmp_path / "booklet.pdf"))


def test_a_booklet_prints_25_mm_a_second_and_10_mm_a_millivolt(tmp_path: Path) -> None:
    pages = booklet(tmp_path, session(("K7MQ", "e1", "unaided")), rate_hz=500).pages
    assert [round(float(side) * MM_PER_POINT) for side in pages[1].mediabox[2:]] == [297, 210]
    writer = pypdf.PdfWriter()
    writer.add_page(pages[1])
    writer.write(tmp_path / "page.pdf")
    segments = placed_points(tmp_path / "page.pdf")
    wide_mm = np.abs(segments[:, 2] - segments[:, 0]) * MM_PER_POINT
    high_mm = np.abs(segments[:, 3] - segments[:, 1]) * MM_PER_POINT
    assert np.isclose(wide_mm, 50, atol=0.01).any()  # the control ruler
    # each of the four rows has a pulse of 1 mV, up and down: 10 mm, 28.35 points
    upright = np.isclose(high_mm, 10, atol=0.01) & (wide_mm < 0.01)
    assert upright.sum() >= 8
    assert np.isclose(np.abs(segments[upright, 3] - segments[upright, 1]), 10 / 25.4 * 72, atol=0.03).all()
    # the ECG's own step of 1 mV, from one sample to the next: 0.05 mm (1/500 s) wide, 10 mm high
    steps = np.isclose(high_mm, 10, atol=0.02) & np.isclose(wide_mm, 0.05, atol=0.011)
    assert steps.sum() >= 2
    # which lasts 0.2 s, so 5 mm: from the step up to the step down of the same lead
    x_mm = np.sort(segments[steps, 0]) * MM_PER_POINT
    assert np.isclose(np.diff(x_mm), 5, atol=0.07).any()


def test_the_ai_is_shown_where_the_schedule_says_and_nowhere_else(tmp_path: Path) -> None:
    own = session(("K7MQ", "e1", "unaided"), ("B2XP", "e1", "aided"), ("W88X", "e2", "aided"), ("TFWM", "e3", "aided"))
    cover, *pages = [page.extract_text() for page in booklet(tmp_path, own).pages]
    assert "Session 2" in cover
    assert "day 8" in cover
    assert "4 ECGs, to be read in this order" in cover
    assert [re.search(r"[A-Z0-9]{4}", text)[0] for text in pages] == ["K7MQ", "B2XP", "W88X", "TFWM"]  # type: ignore[index]
    assert "AI output" not in pages[0]
    assert "Without help" in pages[0]
    assert "AI output: present: Atrial fibrillation; uncertain:" in pages[1]
    assert "AI output: none of the findings asked about." in pages[2]
    assert "AI output: none for this ECG." in pages[3]
    assert not any(record in text for text in pages for record in ("e1", "e2", "e3"))


def test_an_ecg_that_cannot_be_drawn_is_said_to_be_so() -> None:
    def broken(_: str) -> None:
        raise SignalError("x", "signal", "there")

    html = booklet_of(session(("K7MQ", "e1", "aided")), ASKED, SHOWN, drawer(broken, "en"))  # type: ignore[arg-type]
    assert "This ECG cannot be drawn" in html


def test_what_an_ai_says_is_read_from_its_table(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "record_id": ["00017", "00017", "00042"],
            "reader_id": ["net", "net", "other"],
            "finding": ["AF", "MI", "AF"],
            "reading": ["present", "present", "absent"],
        }
    )
    rows.to_csv(tmp_path / "ai.csv", index=False)
    assert shown_output(tmp_path / "ai.csv", "net", ("AF",)).calls == {"00017": {"AF": "present"}}
    with pytest.raises(ArgumentError, match="one of net, other"):
        shown_output(tmp_path / "ai.csv", None, ("AF",))
    with pytest.raises(InputFileError, match="no such answer"):
        shown_output(tmp_path / "ai.csv", "net", ("LBBB",))
    rows.drop(columns="finding").to_csv(tmp_path / "wide.csv", index=False)
    with pytest.raises(InputFileError, match="without finding"):
        shown_output(tmp_path / "wide.csv", "net", ("AF",))
    (tmp_path / "run").mkdir()
    rows.to_parquet(tmp_path / "run" / "readings.parquet")
    assert shown_output(tmp_path / "run", "other", ("AF",)).calls == {"00042": {"AF": "absent"}}


def test_questions_that_cannot_be_asked() -> None:
    with pytest.raises(ArgumentError, match="en or fr"):
        Questions(findings=("AF",), language="de")
    with pytest.raises(ArgumentError, match="findings must be one or more"):
        Questions(findings=())
    with pytest.raises(ArgumentError, match="without commas"):
        Questions(findings=("AF",), management={"refer, soon": "refer"})


def test_a_redcap_dictionary_has_fields_that_redcap_takes() -> None:
    asked = Questions(
        findings=("AF", "1AVB"), language="fr", management={"surveiller": "follow_up", "adresser": "refer"}
    )
    table = data_dictionary(asked)
    names = table["Variable / Field Name"]
    assert names.str.fullmatch("[a-z][a-z0-9_]*").all()  # small letters, a letter first: REDCap's rule
    assert names.is_unique
    assert table.columns[0] == "Variable / Field Name"
    assert len(table.columns) == 18
    choices = table.set_index("Variable / Field Name")["Choices, Calculations, OR Slider Labels"]
    assert choices["dx_1avb"] == "present, oui | absent, non | uncertain, incertain"
    assert choices["management"] == "follow_up, surveiller | refer, adresser"


def test_redcap_events_are_sessions_and_rows_name_them() -> None:
    schedule = make_schedule(pd.DataFrame({"id": [f"e{i}" for i in range(6)]}), 2, ScheduleSettings(session_ecgs=3))
    asked = Questions(findings=("AF",), language="fr")
    named = events(schedule.table, asked)
    assert named["unique_event_name"].tolist() == [
        *("inclusion_arm_1", "session_1_arm_1", "session_2_arm_1", "session_3_arm_1", "session_4_arm_1")
    ]
    assert named["day_offset"].tolist() == ["0", "1", "2", "30", "31"]
    said = pd.Series("", index=schedule.table["blinded_id"])
    rows = rows_to_begin_with(schedule.table, asked, said)
    assert set(rows["redcap_event_name"]) == set(named["unique_event_name"])
    assert len(rows) == 2 + len(schedule.table)
    assert rows.groupby(["record_id", "redcap_event_name"])["redcap_repeat_instance"].max().iloc[-1] == "3"


def test_a_labelling_configuration_has_answers_as_aliases() -> None:
    asked = Questions(findings=("AF", "1AVB"), language="fr", management={"adresser": "refer"})
    root = fromstring(labelling_configuration(asked))
    questions = {
        c.attrib["name"]: [(x.attrib["value"], x.attrib.get("alias")) for x in c] for c in root.iter("Choices")
    }
    assert questions["1AVB"] == [("oui", "present"), ("non", "absent"), ("incertain", "uncertain")]
    assert questions["management"] == [("adresser", "refer")]
    assert all(c.attrib["toName"] == "ecg" for c in root.iter("Choices"))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("design", ["crossover", "sequential"])
def test_sheets_to_read_say_what_holds_for_the_design(design: str, language: str) -> None:
    settings = ScheduleSettings(design=design, session_ecgs=4, seconds_per_ecg=90)
    schedule = make_schedule(pd.DataFrame({"id": [f"e{i}" for i in range(8)]}), 2, settings)
    pages = [page_to_read(kind, schedule, Questions(findings=("AF",), language=language)) for kind in PAGES]
    assert all("{" not in page.split("</style>")[1] for page in pages)
    assert ("Atrial fibrillation" if language == "en" else "Fibrillation atriale") in pages[0]
    n_sessions = 4 if design == "crossover" else 2
    assert f"16 {'readings' if language == 'en' else 'lectures'}" in pages[1]
    assert f"{n_sessions} {'sessions' if language == 'en' else 'séances'}" in pages[1]
    assert "6 minutes" in pages[1]  # 4 ECGs of 90 s
    twice = "twice in a row" if language == "en" else "deux fois de suite"
    again = "under another code" if language == "en" else "sous un autre code"
    assert (twice in pages[0], again in pages[0]) == (design == "sequential", design == "crossover")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_reader_signs_stands_on_the_sheet_that_it_is_about(language: str, tmp_path: Path) -> None:
    settings = ScheduleSettings(design="crossover", session_ecgs=4, start="2027-01-04")
    schedule = make_schedule(pd.DataFrame({"id": [f"e{i}" for i in range(8)]}), 2, settings)
    page = page_to_read("information", schedule, Questions(findings=("AF",), language=language))
    assert len(pypdf.PdfReader(write_pdf(page, tmp_path / "information.pdf")).pages) == 1


def test_the_command_makes_a_folder_and_says_what_is_not_in_it(tmp_path: Path) -> None:
    run = CliRunner().invoke
    archive = {
        "name": "a",
        "dataset": {"name": "simulated", "n_records": 3, "sampling_rate_hz": 100},
        "findings": ["AF"],
        "models": ["rules"],
    }
    (tmp_path / "archive.yaml").write_text(yaml.safe_dump(archive))
    pd.DataFrame({"record_id": ["1", "2", "3"]}).to_csv(tmp_path / "cases.csv", index=False)
    plan, out = str(tmp_path / "plan"), tmp_path / "materials"
    run(app, ["plan", "schedule", str(tmp_path / "cases.csv"), "1", "--out", plan, "--session", "3"])
    command = ["plan", "materials", plan, str(tmp_path / "archive.yaml"), "--out", str(out), "--pictures"]
    made = run(app, command)
    assert made.exit_code == 0, made.output
    assert "materials/booklets: 2 files" in made.stdout
    assert "materials/label_studio/pictures: 6 files" in made.stdout
    assert "3 readings with help show no AI output: name a table of it with --ai" in made.stdout
    assert (out / "to_read" / "information.fr.pdf").read_bytes()[:4] == b"%PDF"
    assert isinstance(run(app, command).exception, InputFileError)  # nothing is written over
    (tmp_path / "cases.csv").write_text("record_id\n0001\n0002\n3\n")
    run(app, ["plan", "schedule", str(tmp_path / "cases.csv"), "1", "--out", str(tmp_path / "other")])
    strange = run(app, ["plan", "materials", str(tmp_path / "other"), command[3], "--out", str(tmp_path / "m2")])
    assert "2 of 3 are not" in str(strange.exception)
    assert "'0001' is perhaps '1'" in str(strange.exception)


def test_the_question_on_management_has_our_answers_or_words_with_what_they_mean() -> None:
    asked = ["ambulance", "nothing", "observe at home=follow_up"]
    words = {"nothing": "nothing", "observe at home": "follow_up", "call an ambulance": "ambulance"}
    assert management_question(asked, "en") == words
    with pytest.raises(ArgumentError, match="Did you mean 'refer'"):
        management_question(["refers"], "en")
    with pytest.raises(ArgumentError, match="WORD=ANSWER"):
        Questions(findings=("AF",), management={"soon": "later"})
