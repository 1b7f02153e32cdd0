"""Learning, fatigue and carry-over: arithmetic by hand and by other programs, and what simulated readers were given."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import study
from scipy import stats

import ecg_eval
from ecg_eval.domain.evaluation import Row, single_rows
from ecg_eval.domain.people.reading_order import reading_order
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.people.over_time import NO_POSITIONS, ONE_ORDER, ONE_SITTING, SHORT_SITTINGS
from ecg_eval.metrics.over_time.carry_over import NO_CROSSOVER, ONE_SEQUENCE
from ecg_eval.pipeline.plugins import make
from ecg_eval.reports.sections.questions import Questions


def rows(name: str, of: ReaderStudy) -> list[Row]:
    return list(single_rows(make("metrics", name, {}).rows(of, level=0.95)))


def group(found: list[Row]) -> Row:
    (row,) = [r for r in found if r.is_group]
    return row


def tiring(*, n: int = 60, n_readers: int = 6, session: int | None = None, **changes: object) -> pd.DataFrame:
    """Return readings that are right before the middle of each of two sittings and half wrong after it."""
    rng = np.random.default_rng(2)
    parts = []
    for r in range(n_readers):
        for sitting in (1, 2):
            place = np.arange(n)
            wrong = (place >= n // 2) & (rng.random(n) < 0.5)
            record = rng.permutation(n) + (sitting - 1) * n
            table = {
                "record_id": record,
                "reader_id": f"gp{r}",
                "reading": np.where(wrong, 1, 0),
                "position": place + 1,
            }
            parts.append(pd.DataFrame(table | {"period": 1 if session else sitting, "session": sitting}))
    return pd.concat(parts).assign(finding="AF", **changes)


def evaluated(readings: pd.DataFrame, metric: str) -> pd.DataFrame:
    truth = pd.DataFrame({"record_id": readings["record_id"].unique(), "AF": 0.0})
    readers = dict.fromkeys(readings["reader_id"].unique(), "gp")
    return ecg_eval.evaluate(readings, truth, readers=readers, metrics=[metric], resamples=100).frame


@pytest.mark.parametrize("session", [None, 1])
def test_readers_who_tire(session: int | None) -> None:
    readings = tiring(session=session)
    readings = readings if session else readings.drop(columns="session")
    fatigue = evaluated(readings, "fatigue").set_index("reader")
    mean = fatigue.loc["gp (mean of 6)"]
    # a logistic curve through 0 wrong, then half wrong: a half at the end of its mean, beyond it where it is drawn on
    assert -0.9 < mean["value"] < -0.4
    assert mean["high"] < 0
    learning = evaluated(readings, "learning").set_index("reader")
    assert abs(learning.loc["gp (mean of 6)", "value"]) < 0.1
    assert "last sitting minus first" in learning.loc["gp0", "method"]


def test_places_in_sittings() -> None:
    order = reading_order(study("crossover"))
    place = order.place[0]
    assert np.nanmin(order.sitting) == 0
    assert (np.nanmin(place), np.nanmax(place)) == (0, 1)
    assert order.n_sittings["gp0"] == 2
    # both arms of a reader in one sitting share its places
    both = np.concatenate([order.before[i] for i in (0, 1)])
    assert sorted(both.tolist()) == list(range(240))


def test_why_nothing_can_be_told() -> None:
    made = tiring()
    once = made[made["period"] == 1].drop(columns="session")
    assert set(evaluated(once, "learning")["reason"]) >= {ONE_SITTING}
    blank = made.drop(columns=["position", "session"])
    assert NO_POSITIONS in set(evaluated(blank, "fatigue")["reason"])
    assert NO_POSITIONS in set(evaluated(blank, "learning")["reason"])
    short = made.assign(session=np.arange(len(made)))
    assert SHORT_SITTINGS in set(evaluated(short, "fatigue")["reason"])
    assert SHORT_SITTINGS in set(evaluated(short, "learning")["reason"])
    half = made.assign(position=made["position"].where(made["session"] == 1))
    assert ONE_SITTING in set(evaluated(half, "learning")["reason"])
    always = made.assign(reading=0)
    assert evaluated(always, "fatigue")["value"].isna().all()


def test_one_order_for_all_is_said() -> None:
    made = tiring().assign(record_id=lambda t: t["position"] + 100 * t["period"])
    assert ONE_ORDER in evaluated(made, "fatigue")["method"].iloc[-1]
    alone = evaluated(made[made["reader_id"] == "gp0"], "fatigue")
    assert ONE_ORDER not in alone["method"].iloc[0]


def carried(made: ReaderStudy, points: float) -> ReaderStudy:
    """Return the study with some unaided readings put right that were made after aided ones."""
    table = made.readings.astype({"reading": object})
    truth = made.reference.table
    record = truth.index.get_indexer(table["record_id"].astype(str))
    true = truth.to_numpy()[record, truth.columns.get_indexer(table["finding"].astype(str))]
    late = (table["arm"].astype(str) == "unaided") & (table["period"] == 2)
    rng = np.random.default_rng(3)
    put = late.to_numpy() & (rng.random(len(table)) < points)
    right = np.where(true == 1, "present", "absent")
    return replace(made, readings=readings_table(table.assign(reading=table["reading"].where(~put, right))))


def test_carry_over_is_the_difference_of_sums() -> None:
    made = study("crossover", seed=6)
    found = rows("carry_over", made)
    one = next(r for r in found if r.reader == "gp1")
    of_one = made.readings[made.readings["reader_id"] == "gp1"].drop_duplicates(["record_id", "arm"])
    mine = of_one.pivot_table(index="record_id", columns="arm", values="period", observed=True)
    mine = mine.reindex(made.records.index)
    first = (mine["aided"] < mine["unaided"]).to_numpy()
    sums = sum(
        np.concatenate([made.calls("gp1", arm, f) == made.truth(f) for f in made.findings]).astype(float)
        for arm in ("aided", "unaided")
    )
    sides = [sums[np.tile(side, 2)] for side in (first, ~first)]
    assert one.estimate.value == pytest.approx(sides[0].mean() - sides[1].mean())
    # scipy.stats.ttest_ind of the sums (Hills and Armitage's test); ours is Wilson's of each side, by patient
    theirs = stats.ttest_ind(*sides).confidence_interval()
    assert (one.estimate.low, one.estimate.high) == pytest.approx((theirs.low, theirs.high), abs=0.06)
    mean = group(found).estimate
    assert abs(mean.value) < 0.08
    assert mean.low < mean.value < mean.high
    strong = group(rows("carry_over", carried(made, 0.8))).estimate
    assert strong.value > 0.1
    assert strong.low > 0


def test_carry_over_between_readers_and_where_there_is_none_to_ask() -> None:
    made = study("crossover")
    table = made.readings
    number = table["reader_id"].astype(str).str[2:].astype(int)
    aided = table["arm"].astype(str) == "aided"
    by_reader = table.assign(period=np.where(aided == (number % 2 == 0), 1, 2).astype("int32"))
    (row,) = rows("carry_over", replace(made, readings=readings_table(by_reader)))
    assert "between readers" in row.estimate.method
    assert row.n_readers == 8
    assert row.estimate.low < 0 < row.estimate.high
    for period, reason in ((np.where(aided, 2, 1), ONE_SEQUENCE), (np.ones(len(table)), NO_CROSSOVER)):
        other = replace(made, readings=readings_table(table.assign(period=period.astype("int32"))))
        (row,) = rows("carry_over", other)
        assert row.estimate.reason == reason
    (row,) = rows("carry_over", study("parallel"))
    assert row.estimate.reason == NO_CROSSOVER
    one_arm = replace(made, readings=readings_table(table[~aided].astype({"reading": object})))
    assert not rows("carry_over", one_arm)


@pytest.mark.parametrize(("language", "said"), [("en", "right readings changed by"), ("fr", "ont varié de")])
def test_what_is_said_of_it_is_in_the_table(language: str, said: str) -> None:
    made = tiring()
    truth = pd.DataFrame({"record_id": made["record_id"].unique(), "AF": 0.0})
    readers = dict.fromkeys(made["reader_id"].unique(), "gp")
    result = ecg_eval.evaluate(made, truth, readers=readers, metrics=["fatigue", "learning"], resamples=100).result
    blocks = Questions().blocks(result, language=language)
    told = [block.text for block in blocks if said in getattr(block, "text", "")]
    assert len(told) == 2
    assert sum(hasattr(block, "svg") for block in blocks) == 4  # over time, and every reader
