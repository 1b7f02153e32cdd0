"""Whether a schedule holds what was asked of it, worked out from its tables alone: one edited by hand is checked too.

Each constraint counts the places where it was looked at and those where it does not hold, and names the worst.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.planning.schedules import check_balance
from ecg_eval.planning.schedules.constraint import Constraint
from ecg_eval.planning.schedules.schedule import KEY_COLUMNS, Schedule

Ints = NDArray[np.int64]
BOTH_WAYS = ("crossover", "crossed", "sequential")


def check_schedule(schedule: Schedule) -> tuple[Constraint, ...]:
    """Return every constraint of a schedule's design and settings, held or not, those that decide most first."""
    keyed_ids = set(schedule.key["blinded_id"])
    rows = schedule.table.merge(
        schedule.key[["blinded_id", "record_id", "repeat_of", *schedule.balanced]].drop_duplicates("blinded_id"),
        on="blinded_id",
        how="left",
    )
    rows = rows[rows["blinded_id"].isin(keyed_ids)].reset_index(drop=True)
    firsts = rows[rows["repeat_of"] == ""]
    return (*_identities(schedule), *_constraints(schedule, rows, firsts))


def _identities(schedule: Schedule) -> Iterator[Constraint]:
    """Yield whether ids are given once, and the key says the same of each reading as the schedule."""
    ids = schedule.table["blinded_id"]
    yield _counted("ids", int(ids.duplicated().sum()), len(ids), list(ids[ids.duplicated()]))
    shared = ["reader_id", "arm", "period", "position"]
    planned = schedule.table[["blinded_id", *shared]].astype(str)
    keyed = schedule.key[list(KEY_COLUMNS)].astype(str)
    both = planned.merge(keyed, on="blinded_id", how="outer", suffixes=("", "_key"), indicator=True)
    differs = both["_merge"] != "both"
    for column in shared:
        differs |= both[column] != both[f"{column}_key"]
    yield _counted("key", int(differs.sum()), len(both), list(both.loc[differs, "blinded_id"]))
    who = set(schedule.table["reader_id"]) ^ set(schedule.readers.index.astype(str))
    yield _counted("readers", len(who), len(schedule.readers), sorted(who))


def _constraints(schedule: Schedule, rows: pd.DataFrame, firsts: pd.DataFrame) -> Iterator[Constraint]:
    settings = schedule.settings
    yield _everything_read(schedule, firsts)
    yield from _arms(schedule, firsts)
    if settings.has_washout:
        yield _washout(rows, settings.washout_days)
    yield from _sessions(schedule, rows)
    if settings.study_days is not None:
        days = int(rows["day"].max()) if len(rows) else 0
        yield Constraint(kind="study_days", n_broken=int(days > settings.study_days), n=1, worst=str(days))
    if settings.repeats:
        counts = rows[rows["repeat_of"] != ""].groupby("reader_id").size().reindex(schedule.readers.index, fill_value=0)
        wrong = counts[counts != settings.repeats]
        yield _counted("repeats", len(wrong), len(counts), [f"{r}: {n}" for r, n in wrong.items()])
    yield from check_balance.balances(schedule, rows, firsts)


def _reads(schedule: Schedule, firsts: pd.DataFrame) -> tuple[dict[str, Ints], list[str], list[str]]:
    """Return how often each reader reads each ECG in each arm, (n_readers, n_ecgs), with their names."""
    readers = [str(r) for r in schedule.readers.index]
    ecgs = sorted(set(schedule.key["record_id"]))
    counts = {arm: np.zeros((len(readers), len(ecgs)), dtype=np.int64) for arm in (UNAIDED, AIDED)}
    place_of = pd.Index(ecgs)
    for arm, table in counts.items():
        of_arm = firsts[firsts["arm"] == arm]
        reader = pd.Index(readers).get_indexer(pd.Index(of_arm["reader_id"]))
        np.add.at(table, (reader[reader >= 0], place_of.get_indexer(pd.Index(of_arm["record_id"]))[reader >= 0]), 1)
    return counts, readers, ecgs


def _everything_read(schedule: Schedule, firsts: pd.DataFrame) -> Constraint:
    """Return whether everybody reads each ECG as often as the design says."""
    counts, readers, ecgs = _reads(schedule, firsts)
    aided, unaided = counts[AIDED], counts[UNAIDED]
    if schedule.settings.design in BOTH_WAYS:
        wrong = (aided != 1) | (unaided != 1)
    elif schedule.settings.design == "split_plot":
        wrong = (aided != unaided) | (aided > 1) | _outside_block(aided + unaided > 0)
    else:
        wrong = aided + unaided != 1
    named = [f"{readers[r]}, {ecgs[e]}" for r, e in np.argwhere(wrong)[:3]]
    return _counted("everything_read", int(wrong.sum()), wrong.size, named)


def _outside_block(read: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what readers read and most readers who share ECGs with them do not, or do not read and those do."""
    shared = read.astype(np.int64) @ read.T.astype(np.int64)
    mates = shared > 0.5 * read.sum(axis=1)[:, None]  # of a reader: who reads more than half of the same ECGs
    usual = mates.astype(np.float64) @ read / np.maximum(mates.sum(axis=1), 1)[:, None] > 0.5
    return np.asarray(read != usual)


def _arms(schedule: Schedule, firsts: pd.DataFrame) -> Iterator[Constraint]:
    """Yield what a design says of the arms in which somebody reads."""
    design = schedule.settings.design
    n_arms = firsts.groupby("reader_id")["arm"].nunique()
    both = n_arms > 1
    if design == "parallel":
        yield _counted("one_arm", int(both.sum()), len(both), [str(r) for r in both.index[both]])
    if design == "sequential":
        wide = firsts.pivot_table(index=["reader_id", "record_id"], columns="arm", values=["session", "place"])
        moved = pd.DataFrame(
            {
                column: wide[column, AIDED] != wide[column, UNAIDED]
                for column in ("session", "place")
                if {(column, AIDED), (column, UNAIDED)} <= set(wide.columns)
            },
            index=wide.index,
        )
        apart = moved.any(axis=1).to_numpy(dtype=bool)
        yield _counted("at_once", int(apart.sum()), len(wide), [", ".join(map(str, w)) for w in wide.index[apart][:3]])
    if design == "stepped_wedge":
        yield from _wedge(firsts)


def _wedge(firsts: pd.DataFrame) -> Iterator[Constraint]:
    """Yield whether help comes by practice, whole and for good."""
    share = firsts.assign(aided=firsts["arm"] == AIDED).pivot_table(
        index=["practice_id", "reader_id"], columns="period", values="aided", aggfunc="mean"
    )
    values = share.to_numpy(dtype=float)
    mixed = (values > 0) & (values < 1)
    back = (np.nan_to_num(np.diff(values, axis=1)) < 0).any(axis=1)
    readers = share.index.get_level_values("reader_id")
    broken = np.asarray(back | mixed.any(axis=1), dtype=bool)
    yield _counted("help_stays", int(broken.sum()), len(broken), [str(r) for r in readers[broken]])
    spread = share.groupby(level="practice_id").nunique().gt(1).any(axis=1)
    yield _counted("practice_together", int(spread.sum()), len(spread), [str(p) for p in spread.index[spread]])


def _washout(rows: pd.DataFrame, washout_days: int) -> Constraint:
    """Return whether days enough lie between a reader's readings of an ECG, one after the other."""
    ordered = rows.sort_values(["reader_id", "record_id", "day", "period"], kind="stable")
    gap = ordered.groupby(["reader_id", "record_id"])["day"].diff().dropna()
    # sequential readings are of one sitting: only what is repeated later is looked at
    gap = gap[ordered.loc[gap.index, "period"] != ordered["period"].shift().loc[gap.index]]
    short = gap < washout_days
    worst = f"{int(gap.min())}" if len(gap) else ""
    return Constraint(kind="washout", n_broken=int(short.sum()), n=len(gap), worst=worst)


def _sessions(schedule: Schedule, rows: pd.DataFrame) -> Iterator[Constraint]:
    """Yield whether sessions are no longer than they may be, on one day each, one after the other."""
    sessions = rows.groupby(["reader_id", "session"])
    size = sessions["record_id"].nunique()
    long = size > schedule.settings.ecgs_a_session
    yield _counted(
        "session_length", int(long.sum()), len(size), [f"{r}, S{s}: {size[r, s]}" for r, s in size.index[long]]
    )
    about = sessions.agg(days=("day", "nunique"), dates=("date", "nunique"), periods=("period", "nunique"))
    about["day"] = sessions["day"].min()
    step = about.groupby(level="reader_id")["day"].diff()
    wrong = (about[["days", "dates", "periods"]] > 1).any(axis=1) | (step < schedule.settings.session_every_days)
    yield _counted("calendar", int(wrong.sum()), len(about), [f"{r}, S{s}" for r, s in about.index[wrong]])
    place = rows.drop_duplicates(["reader_id", "session", "place"]).sort_values(["reader_id", "session", "place"])
    astray = place.groupby(["reader_id", "session"])["place"].diff().fillna(place["place"]) != 1
    later = place.groupby(["reader_id", "period"])["position"].diff() < 0
    yield _counted("order", int((astray | later).sum()), len(place), list(place.loc[astray | later, "blinded_id"]))


def _counted(kind: str, n_broken: int, n: int, named: Sequence[str]) -> Constraint:
    """Return a constraint with the first places where it does not hold."""
    return Constraint(kind=kind, n_broken=n_broken, n=n, worst="; ".join(named[:3]))
