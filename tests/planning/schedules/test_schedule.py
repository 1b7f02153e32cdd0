"""Every design gives a schedule that holds what was asked, and that is recognised from its readings as that design."""

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.design import design_of
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, ProblemsError, ReadingsError
from ecg_eval.planning.schedules.check import check_schedule
from ecg_eval.planning.schedules.constraint import KINDS
from ecg_eval.planning.schedules.schedule import Schedule, make_schedule
from ecg_eval.planning.schedules.settings import ScheduleSettings
from ecg_eval.planning.schedules.words import WORDS, balance_table, schedule_text
from ecg_eval.planning.wordings import LANGUAGES
from ecg_eval.stats.allotment.designs import DESIGNS, READ_TWICE

N = 60


def cases(n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "record_id": [f"e{i:03d}" for i in range(n)],
            "AF": [int(i % 3 == 0) for i in range(n)],
            "LBBB": [int(i % 10 == 1) for i in range(n)],
            "difficulty": rng.choice(["easy", "medium", "hard"], n),
            "age_years": rng.permutation(n) + 20,
        }
    )


def readers(n: int = 8) -> pd.DataFrame:
    return pd.DataFrame(
        {"reader_id": [f"gp{i}" for i in range(n)], "practice_id": [f"p{i // 2}" for i in range(n)], "kind": "gp"}
    )


def made(design: str = "crossover", **asked: object) -> Schedule:
    return make_schedule(cases(), readers(), ScheduleSettings(**{"design": design, "session_ecgs": 20} | asked))  # type: ignore[arg-type]


def broken(schedule: Schedule) -> dict[str, int]:
    return {c.kind: c.n_broken for c in check_schedule(schedule) if not c.holds}


def studied(schedule: Schedule) -> ReaderStudy:
    """Return the study that the schedule's readings make: everybody says that everything is there."""
    rows = schedule.table.merge(schedule.key[["blinded_id", "record_id"]], on="blinded_id")
    readings = rows[["record_id", "reader_id", "arm", "period", "position"]].assign(finding="AF", reading="present")
    readings["ai_reading"] = np.where(rows["arm"] == "aided", "present", None)
    ids = pd.Index(sorted(set(rows["record_id"])), dtype="string", name="record_id")
    return ReaderStudy(
        records=pd.DataFrame({"patient_id": ids}, index=ids),
        readers=schedule.readers,
        readings=readings_table(readings),
        reference=ReferenceStandard(table=pd.DataFrame({"AF": 1.0}, index=ids), method="made"),
        findings=("AF",),
    )


@pytest.mark.parametrize("repeats", [0, 6])
@pytest.mark.parametrize("design", DESIGNS)
def test_everything_asked_for_holds_and_the_design_is_recognised(design: str, repeats: int) -> None:
    schedule = made(design, repeats=repeats)
    assert broken(schedule) == {}
    design_read = design_of(studied(schedule))
    assert design_read.recognised == design
    assert design_read.breaches == ()


@pytest.mark.parametrize("n_readers", [5, 7])
@pytest.mark.parametrize("design", ["crossover", "half_and_half", "parallel", "split_plot"])
def test_odd_numbers_are_as_even_as_they_can_be(design: str, n_readers: int) -> None:
    schedule = make_schedule(cases(61), readers(n_readers), ScheduleSettings(design=design, session_ecgs=17))
    assert broken(schedule) == {}


def test_the_days_by_hand() -> None:
    # 60 ECGs a period, 20 a session, every 7 days: days 1, 8, 15; 28 days later 43, 50, 57; repeats 28 days later: 85
    schedule = made(session_every_days=7, repeats=4, start=date(2027, 1, 4))
    days = schedule.table.groupby("period")["day"].unique().map(sorted).to_dict()
    assert days == {1: [1, 8, 15], 2: [43, 50, 57], 3: [85]}
    assert schedule.table.loc[schedule.table["day"] == 43, "date"].unique().tolist() == ["2027-02-15"]


def test_a_wedge_waits_for_no_washout_but_for_its_periods() -> None:
    days = made("stepped_wedge", period_days=30).table.groupby("period")["day"].min().tolist()
    assert days == [1, 31, 61, 91, 121]


def test_a_session_of_minutes_holds_what_fits() -> None:
    schedule = made(session_minutes=30, seconds_per_ecg=90)
    assert schedule.table.groupby(["reader_id", "session"]).size().max() == 20


def test_the_schedule_says_nothing_of_the_ecgs() -> None:
    schedule = made(repeats=5)
    assert not {"record_id", "AF", "repeat_of"} & set(schedule.table.columns)
    assert schedule.table["blinded_id"].is_unique
    assert schedule.table["blinded_id"].str.fullmatch("[B-Z][B-Z2-9]{3,}").all()
    assert not schedule.table["blinded_id"].str.contains("[AEIOUY015]").any()


def test_repeats_are_of_ecgs_read_without_help() -> None:
    schedule = made(repeats=6)
    again = schedule.key[schedule.key["repeat_of"] != ""]
    first = schedule.key.set_index("blinded_id").loc[again["repeat_of"]]
    assert (first["record_id"].to_numpy() == again["record_id"].to_numpy()).all()
    assert (first["reader_id"].to_numpy() == again["reader_id"].to_numpy()).all()
    assert set(again["arm"]) == set(first["arm"]) == {"unaided"}
    assert again.groupby("reader_id")["AF"].apply(lambda af: (af == "1").sum()).tolist() == [2] * 8  # a third of 6


def test_the_seed_decides() -> None:
    pd.testing.assert_frame_equal(made().table, made().table)
    assert not made().key.equals(made(seed=2).key)


def test_readers_may_be_a_number() -> None:
    schedule = make_schedule(cases(), 3, ScheduleSettings(design="crossover"))
    assert list(schedule.readers.index) == ["gp01", "gp02", "gp03"]


def test_columns_of_many_values_are_named_and_not_balanced() -> None:
    schedule = made()
    assert schedule.not_balanced == ("age_years",)
    assert schedule.balanced == ["AF", "LBBB", "difficulty"]


def test_the_balance_is_the_count_of_the_tables() -> None:
    schedule = made()
    table = balance_table(schedule).set_index(["reader_id", "period", "arm", "column", "value"])["ecgs"]
    assert table["gp0", 1, "aided", "", ""] == 30
    assert table["gp0", 1, "aided", "AF", "1"] == 10  # 20 of 60 have it
    assert table["gp0", 1, "aided", "LBBB", "1"] == 3


# ---- what cannot be, and the nearest plan that works


def test_a_washout_longer_than_the_study_is_told_what_fits() -> None:
    with pytest.raises(ArgumentError, match=r"got '33 days'.*--washout 15, or --study-days 33") as caught:
        made(study_days=20)
    assert "within the 20 days of the study" in str(caught.value)
    assert broken(made(study_days=20, washout_days=15)) == {}
    assert broken(made(study_days=33)) == {}


def test_sessions_that_do_not_fit_are_told_how_long_they_take() -> None:
    with pytest.raises(ArgumentError, match="works: --session 30, or --study-days 3"):
        made("parallel", study_days=2)
    assert broken(made("parallel", study_days=2, session_ecgs=30)) == {}
    in_minutes = {"study_days": 2, "session_minutes": 20.0}
    with pytest.raises(ArgumentError, match="works: --session-minutes 30, or --study-days 3"):
        made("parallel", **in_minutes)
    assert broken(made("parallel", **(in_minutes | {"session_minutes": 30.0}))) == {}


def test_more_repeats_than_ecgs_are_told_how_many_can_be() -> None:
    with pytest.raises(ArgumentError, match="works: --repeats 30"):
        made("half_and_half", repeats=31)
    assert broken(made("half_and_half", repeats=30)) == {}


def test_a_balance_that_cannot_be_is_told_what_can() -> None:
    table = cases().assign(rare=[1] + [0] * (N - 1))
    with pytest.raises(ArgumentError, match=r"got '1 with rare = 1'.*balance AF, or 1 more such ECG\."):
        make_schedule(table, readers(), ScheduleSettings(balance=("AF", "rare")))
    nearest = make_schedule(table, readers(), ScheduleSettings(balance=("AF",)))
    assert nearest.balanced == ["AF"]
    # nobody asked for it by name: it is as even as it can be
    assert broken(make_schedule(table, readers(), ScheduleSettings())) == {}


def test_a_column_of_measures_cannot_be_balanced() -> None:
    with pytest.raises(ArgumentError, match="of at most 10 values"):
        make_schedule(cases(), readers(), ScheduleSettings(balance=("age_years",)))
    with pytest.raises(ArgumentError, match="Did you mean 'difficulty'"):
        make_schedule(cases(), readers(), ScheduleSettings(balance=("dificulty",)))


@pytest.mark.parametrize(
    ("design", "n_readers", "n_cases", "nearest"),
    [
        ("crossover", 2, 1, "works: 2 ECGs"),
        ("parallel", 1, 10, "works: --design half_and_half"),
        ("split_plot", 3, 10, "works: --design crossover"),
        ("stepped_wedge", 2, 10, "works: --design crossover"),
    ],
)
def test_too_few_for_a_design(design: str, n_readers: int, n_cases: int, nearest: str) -> None:
    with pytest.raises(ArgumentError, match=nearest):
        make_schedule(cases(n_cases), readers(n_readers), ScheduleSettings(design=design))


def test_several_faults_are_named_together() -> None:
    asked = ScheduleSettings(design="split_plot", blocks=5)
    with pytest.raises(ProblemsError, match=r"(?s)works: --blocks 3, or 10 ECGs.*works: --blocks 3\."):
        make_schedule(cases(9), readers(7), asked)
    assert broken(make_schedule(cases(9), readers(7), dataclasses.replace(asked, blocks=3))) == {}
    with pytest.raises(ArgumentError, match="works: --steps 2, or 4 ECGs"):
        make_schedule(cases(3), readers(6), ScheduleSettings(design="stepped_wedge"))


def test_a_wedge_needs_the_practice_of_everybody() -> None:
    table = readers()
    table.loc[0, "practice_id"] = None
    with pytest.raises(ArgumentError, match="blank for gp0"):
        make_schedule(cases(), table, ScheduleSettings(design="stepped_wedge"))
    with pytest.raises(ArgumentError, match="works: --steps 4"):
        make_schedule(cases(), readers(), ScheduleSettings(design="stepped_wedge", steps=5))


def test_settings_and_tables_that_are_none() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'crossover'"):
        ScheduleSettings(design="cross-over")
    with pytest.raises(
        ArgumentError, match=r"--washout must be 0 or more; got -1\. The nearest plan that works: --washout 0"
    ):
        ScheduleSettings(washout_days=-1)
    with pytest.raises(
        ArgumentError,
        match=r"one ECG of 60 s; got 0\.5\. The nearest plan that works: --session-minutes 1\.",
    ):
        ScheduleSettings(session_minutes=0.5)
    with pytest.raises(ReadingsError, match="given once an ECG"):
        make_schedule(pd.DataFrame({"id": ["a", "a"]}), 2)
    with pytest.raises(ReadingsError, match="called record_id or ecg_id or id"):
        make_schedule(pd.DataFrame({"name": ["a", "b"]}), 2)
    with pytest.raises(ReadingsError, match="called reader_id or reader or id"):
        make_schedule(cases(), pd.DataFrame({"name": ["a"]}))


# ---- a schedule edited by hand


def edited(change: str, design: str = "crossover", **asked: object) -> dict[str, int]:
    schedule = made(design, **asked)
    table = schedule.table.copy()
    first = table.index[(table["reader_id"] == "gp0") & (table["period"] == 1)][0]
    if change == "id twice":
        table.loc[first, "blinded_id"] = table.loc[first + 1, "blinded_id"]
    elif change == "arm":
        table.loc[first, "arm"] = {"aided": "unaided", "unaided": "aided"}[table.loc[first, "arm"]]
    elif change == "lost":
        table = table.drop(index=first)
    elif change == "sooner":
        table.loc[(table["reader_id"] == "gp0") & (table["period"] == 2), "day"] -= 5
    elif change == "one session":
        table.loc[(table["reader_id"] == "gp0") & (table["session"] == 2), "session"] = 1
    elif change == "nobody":
        table = table[table["reader_id"] != "gp0"]
    return broken(dataclasses.replace(schedule, table=table))


def test_what_an_edit_breaks_is_counted() -> None:
    assert edited("id twice")["ids"] == 1
    swapped = edited("arm")
    assert (swapped["key"], swapped["everything_read"]) == (1, 1)
    lost = edited("lost")
    assert (lost["key"], lost["everything_read"], lost["order"]) == (1, 1, 1)
    assert edited("sooner") == {"washout": 60}
    assert {"session_length", "calendar"} <= set(edited("one session"))
    assert edited("nobody")["readers"] == 1


def test_what_breaks_a_design() -> None:
    assert edited("arm", "parallel")["one_arm"] == 1
    assert {"help_stays", "practice_together"} <= set(edited("arm", "stepped_wedge"))
    assert "everything_read" in edited("lost", "split_plot")
    schedule = made("sequential")
    moved = schedule.table.assign(session=np.where(schedule.table["arm"] == "aided", 99, schedule.table["session"]))
    assert broken(dataclasses.replace(schedule, table=moved))["at_once"] == 8 * N


def test_balances_are_relaxed_and_the_worst_is_named() -> None:
    schedule = made()
    key = schedule.key.copy()
    # as if every ECG that gp0 begins with help had the finding
    helped = (key["reader_id"] == "gp0") & (key["period"] == 1) & (key["arm"] == "aided")
    key.loc[helped, "AF"] = "1"
    found = next(c for c in check_schedule(dataclasses.replace(schedule, key=key)) if c.kind == "arms_balanced")
    assert not found.is_strict
    assert (found.n_broken, found.n) == (4, 8 * 2 * 2 * 7)
    assert found.worst == "gp0, P1, aided, AF = 0: 0 / 10.0"


# ---- words


def test_every_constraint_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        texts = WORDS.of(language).texts
        assert {key.removeprefix("constraint.") for key in texts if key.startswith("constraint.")} == set(KINDS)
        assert {key.removeprefix("design.") for key in texts if key.startswith("design.")} == set(DESIGNS)
        assert all(texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("design", DESIGNS)
def test_a_summary_says_the_numbers(design: str, language: str) -> None:
    schedule = made(design, repeats=1, start=date(2027, 1, 4))
    text = schedule_text(schedule, check_schedule(schedule), language)
    assert "{" not in text
    assert text.startswith(("8 readers read 60 ECGs", "8 lecteurs, 60 ECG"))
    assert f"{len(schedule.table)} {'readings' if language == 'en' else 'lectures'}" in text
    assert ("2027-01-04" if language == "en" else "04/01/2027") in text
    assert ("BROKEN" in text, "NON RESPECT" in text) == (False, False)
    assert ("period 2" in text or "période 2" in text) == (design in (*READ_TWICE, "stepped_wedge"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ArgumentError, match="en or fr"):
        schedule_text(made(), (), "de")
