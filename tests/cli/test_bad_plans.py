"""Plans that cannot be: each is refused in one sentence that names the nearest plan that works, in both languages."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from commands import status_of

ENGLISH = re.compile(r"\b(the|of|and|with|must|got|or|more|nearest|works|within|which|than|is|are|be)\b")
READERS = {"reader_range": 0.3, "rereading_range": 0.02}
SIZE, SCHEDULE = ("plan", "size"), ("plan", "schedule", "cases.csv")


def given(**values: object) -> list[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no reader": ((*SCHEDULE, "0"), "1 reader"),
    "washout longer than the study": ((*SCHEDULE, "2", "--study-days", "20"), "--washout 19, or --study-days 29"),
    "sessions too short": ((*SCHEDULE, "2", "--session-minutes", "0.5"), "--session-minutes 1"),
    "sessions of nothing": ((*SCHEDULE, "2", "--session", "0"), "--session 1"),
    "too many sessions": (
        (*SCHEDULE, "2", "--session", "2", "--design", "half_and_half", "--study-days", "4"),
        "--session 3, or --study-days 6",
    ),
    "more readers a block than readers": (
        (*SCHEDULE, "5", "--design", "split_plot", "--blocks", "4"),
        "--blocks 2",
    ),
    "balance that cannot be": ((*SCHEDULE, "2", "--balance", "AF,rare"), "--balance AF, or 1 more such ECG"),
    "one value for each ECG": ((*SCHEDULE, "2", "--balance", "AF,each"), "--balance AF, or each cut into groups"),
    "more repeats than ECGs": ((*SCHEDULE, "2", "--repeats", "40"), "--repeats 12"),
    "margin wider than possible": ((*SIZE, "not_worse", *given(ai=0.82, margin=1.5)), "margin=0.05"),
    "margin that the AI misses": ((*SIZE, "not_worse", *given(ai=0.72)), "a wider margin, or an AI that is right"),
    "negative dropout": ((*SIZE, "above_goal", *given(expected=0.9, lost_ecgs=-0.1)), "lost_ecgs=0"),
    "all lost": ((*SIZE, "above_goal", *given(expected=0.9, lost_readers=1)), "lost_readers=0"),
    "part of a reader": ((*SIZE, "crossover", *given(readers=6.5, **READERS)), "readers=6"),
    "no reader to plan for": ((*SIZE, "crossover", *given(readers=0, **READERS)), "readers=2"),
    "no difference": ((*SIZE, "two_readers", *given(first=0.8)), "No size shows a difference of 0."),
    "goal not reached": ((*SIZE, "above_goal", *given(expected=0.7)), "What is not so cannot be shown."),
    "power of one": ((*SIZE, "auroc", *given(expected=0.7, power=1)), "power=0.8"),
    "AUROC of chance": ((*SIZE, "auroc", *given(expected=0.5)), ""),
    "kappa that cannot be": ((*SIZE, "agreement", *given(kappa=-0.6)), "kappa=safe_kappa"),
    "too much correlation": (
        (*SIZE, "two_readers", *given(first=0.99, correlation=0.9)),
        "It may lie from -0.05 to 0.201.",
    ),
    "misspelt value": ((*SIZE, "auroc", *given(expectd=0.7)), "expected"),
    "value that is no number": ((*SIZE, "auroc", *given(expected="high")), ""),
    "misspelt question": ((*SIZE, "crosover"), "crossover"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [f"e{i},{i % 2},{int(i == 0)},{i}" for i in range(12)]
    (tmp_path / "cases.csv").write_text("\n".join(["record_id,AF,rare,each", *rows]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", REFUSED)
def test_a_plan_that_cannot_be_is_refused_with_the_nearest(
    folder: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    words, nearest = REFUSED[case]
    assert status_of(*words) == 2
    english = capsys.readouterr().err
    assert nearest in english
    assert " must be " in english
    assert status_of(*words, "--language", "fr") == 2
    french = capsys.readouterr().err
    assert "il faut" in french or "il en faut" in french
    assert not ENGLISH.findall(re.sub(r"\b[a-z]+_[a-z_]+\b", "", french)), french
    assert english.count("\n") == french.count("\n") == 1
    # what is to be typed is the same in either language
    for option in re.findall(r"--[a-z-]+ \w+|\b\w+=[\d.]+", nearest):
        assert option in french


def test_a_schedule_that_begins_in_the_past_says_so_and_is_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today = date.today()
    for language, begins in (("en", "The first session (2020-01-01)"), ("fr", "La première séance (2020-01-01)")):
        words = ("--start", "2020-01-01", "--out", f"plan-{language}", "--language", language)
        assert status_of(*SCHEDULE, 2, *words) == 0
        said = capsys.readouterr()
        assert said.err.startswith(begins)
        assert f"--start {today}" in said.err
        assert (folder / f"plan-{language}" / "schedule.csv").is_file()
    assert "ne doit pas parvenir" in said.out
    assert status_of(*SCHEDULE, 2, "--start", today + timedelta(days=1), "--out", "plan-later") == 0
    assert capsys.readouterr().err == ""
