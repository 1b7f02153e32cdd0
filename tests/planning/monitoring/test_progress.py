"""How far a study is, worked out from who read what, on plans small enough to count by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.monitoring.progress import PLANNED_COLUMNS, READ_COLUMNS, Departure, Progress, progress_of
from ecg_eval.planning.monitoring.progress_words import progress_text

TODAY = date(2027, 3, 15)
Planned = tuple[str, str, str, int, int, str, int]
Read = tuple[str, str, str, int, float, float, int]


def progress(planned: list[Planned], read: list[Read]) -> Progress:
    return progress_of(
        pd.DataFrame(planned, columns=list(PLANNED_COLUMNS)),
        pd.DataFrame(read, columns=list(READ_COLUMNS)),
        today=TODAY,
    )


CROSSOVER: list[Planned] = [
    ("gp1", "a", "unaided", 1, 1, "2027-03-01", 1),
    ("gp1", "b", "aided", 1, 1, "2027-03-01", 2),
    ("gp1", "a", "aided", 2, 2, "2027-03-29", 1),
    ("gp1", "b", "unaided", 2, 2, "2027-03-29", 2),
    ("gp2", "a", "aided", 1, 1, "2027-03-02", 1),
]
nan = np.nan


def test_planned_and_read_are_counted_by_reader_and_session() -> None:
    made = progress(CROSSOVER, [("gp1", "a", "unaided", 1, nan, 40.0, 1), ("gp1", "b", "aided", 1, nan, 20.0, 0)])
    gp1, gp2 = made.readers
    assert (gp1.n_planned, gp1.n_read, gp1.n_left, gp1.n_overdue, gp1.n_unanswered) == (4, 2, 2, 0, 1)
    assert (gp1.seconds, gp1.fastest, gp1.slowest) == (30.0, 20.0, 40.0)
    # planned for 2 March, and it is the 15th
    assert (gp2.n_read, gp2.n_overdue, gp2.seconds) == (0, 1, None)
    assert [(s.reader, s.session, s.date, s.n_planned, s.n_read) for s in made.sessions] == [
        ("gp1", 1, "2027-03-01", 2, 2),
        ("gp1", 2, "2027-03-29", 2, 0),
        ("gp2", 1, "2027-03-02", 1, 0),
    ]
    assert made.departures == ()
    assert not made.is_complete


def test_departures_are_named_by_what_they_are() -> None:
    made = progress(
        CROSSOVER,
        [
            ("gp1", "a", "unaided", 1, nan, nan, 0),
            ("gp1", "a", "aided", 1, nan, nan, 0),  # once more: the planned one comes below
            ("gp1", "b", "aided", 2, nan, nan, 0),  # planned for the first
            ("gp1", "c", "aided", 1, nan, nan, 0),
            ("gp2", "a", "unaided", 1, nan, nan, 0),  # planned with help
            ("gp3", "a", "unaided", 1, nan, nan, 0),
            ("gp1", "a", "aided", 2, nan, nan, 0),
        ],
    )
    assert made.departures == (
        Departure(kind="other_arm", reader="gp2", count=1, records=("a",)),
        Departure(kind="not_planned", reader="gp1", count=1, records=("c",)),
        Departure(kind="not_planned", reader="gp3", count=1, records=("a",)),
        Departure(kind="again", reader="gp1", count=1, records=("a",)),
        Departure(kind="other_period", reader="gp1", count=1, records=("b",)),
    )
    assert made.readers[0].n_read == 3


def test_a_table_without_periods_is_not_said_to_be_in_the_wrong_one() -> None:
    made = progress(CROSSOVER, [("gp1", "a", "aided", 1, nan, nan, 0), ("gp1", "b", "unaided", 1, nan, nan, 0)])
    assert made.departures == ()


def test_a_reading_that_comes_after_a_later_one_is_out_of_order() -> None:
    planned: list[Planned] = [("gp1", r, "unaided", 1, 1, "", k) for k, r in enumerate("abcd", 1)]
    read: list[Read] = [("gp1", r, "unaided", 1, float(k), nan, 0) for k, r in enumerate("acbd", 1)]
    (late,) = progress(planned, read).departures
    assert (late.kind, late.count, late.records) == ("out_of_order", 1, ("b",))


def test_a_repeat_is_read_when_it_comes_a_second_time() -> None:
    planned: list[Planned] = [("gp1", "a", "unaided", p, 0, "", 0) for p in (1, 3)]
    once = progress(planned, [("gp1", "a", "unaided", 1, nan, nan, 0)])
    assert once.readers[0].n_read == 1
    assert once.sessions == ()
    thrice = progress(planned, [("gp1", "a", "unaided", p, nan, nan, 0) for p in (1, 3, 4)])
    assert thrice.is_complete
    assert [(d.kind, d.count) for d in thrice.departures] == [("again", 1)]


def test_an_open_arm_is_read_in_either() -> None:
    planned: list[Planned] = [("gp1", r, "", 1, 0, "", 0) for r in "ab"]
    made = progress(planned, [("gp1", "a", "aided", 1, nan, nan, 0), ("gp1", "b", "unaided", 1, nan, nan, 0)])
    assert made.is_complete
    assert made.departures == ()


def test_the_text_says_how_far_it_is_and_nothing_of_answers() -> None:
    made = progress(CROSSOVER, [("gp1", "a", "unaided", 1, nan, 40.0, 0), ("gp1", "c", "aided", 1, nan, 20.0, 0)])
    english, french = progress_text(made), progress_text(made, "fr", ["une remarque"])
    assert english.startswith("1 of 5 planned readings have come in (20 %).")
    assert "gp1: ECGs that were not planned for the reader: 1 [c]" in english
    assert "findings unanswered" not in english  # nobody left any
    assert "- une remarque" in french
    assert progress_text(progress([], [])).startswith("Nothing is planned")
    with pytest.raises(ArgumentError, match="en or fr"):
        progress_text(made, "de")
