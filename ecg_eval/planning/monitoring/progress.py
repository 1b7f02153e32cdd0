"""How far a study is: planned readings matched with those that came in, and departures from the plan.

Nothing here looks at an answer, so that those who run a study can look at it every day without learning what it will
find. A planned reading is read when its reader has left anything on that ECG in that arm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
PLANNED_COLUMNS = ("reader_id", "record_id", "arm", "period", "session", "date", "position")
READ_COLUMNS = ("reader_id", "record_id", "arm", "period", "position", "seconds", "n_unanswered")
EITHER = ""  # an arm that the plan leaves open
# departures, the most harmful first
DEPARTURES = ("other_arm", "not_planned", "again", "other_period", "out_of_order")
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One reader, or one session of a reader.

    Attributes
    ----------
    reader : str
    session : int or None
        None for all sessions.
    date : str
        Of the session, ISO 8601; empty where no day was set.
    n_planned, n_read : int
        Readings planned, and those of them that came in.
    n_overdue : int
        Planned for a day before today and not read.
    n_unanswered : int
        Findings of the readings that came in that were left without an answer.
    seconds, fastest, slowest : float or None
        Median, least and most time of a reading; None where no time is told.
    """

    reader: str
    session: int | None = None
    date: str = ""
    n_planned: int
    n_read: int
    n_overdue: int
    n_unanswered: int
    seconds: float | None = None
    fastest: float | None = None
    slowest: float | None = None

    @property
    def n_left(self) -> int:
        """Return how many planned readings have not come in."""
        return self.n_planned - self.n_read


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Readings of one reader that are not as planned.

    Attributes
    ----------
    kind : str
        One of ``DEPARTURES``.
    reader : str
    count : int
    records : tuple of str
        The first ECGs concerned.
    """

    kind: str
    reader: str
    count: int
    records: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a study is.

    Attributes
    ----------
    readers : tuple of Counted
    sessions : tuple of Counted
        Empty where no sessions were planned.
    departures : tuple of Departure
    """

    readers: tuple[Counted, ...]
    sessions: tuple[Counted, ...]
    departures: tuple[Departure, ...]

    @property
    def is_complete(self) -> bool:
        """Whether everything planned was read."""
        return all(not one.n_left for one in self.readers)


def progress_of(planned: pd.DataFrame, read: pd.DataFrame, *, today: date) -> Progress:
    """Return how far a study is.

    Parameters
    ----------
    planned : DataFrame
        One row a planned reading, columns ``PLANNED_COLUMNS``: `arm` is ``EITHER`` where the plan leaves it open,
        `session` 0 where there are none, `date` "" where no day was set. Two rows alike are a reading and its repeat.
    read : DataFrame
        One row a reading that came in, columns ``READ_COLUMNS``; `position` and `seconds` NaN where not told.
    today : date
    """
    matched = _matched(planned, read)
    of_reader = [_counted(str(reader), rows, today) for reader, rows in matched.groupby("reader_id", sort=False)]
    with_sessions = matched[matched["session"] > 0]
    sessions = [
        _counted(str(reader), rows, today, int(str(session)))
        for (reader, session), rows in with_sessions.groupby(["reader_id", "session"], sort=False)
    ]
    departures = [*_unplanned(planned, read, matched), *_misplaced(matched)]
    departures.sort(key=lambda d: DEPARTURES.index(d.kind))
    return Progress(readers=tuple(of_reader), sessions=tuple(sessions), departures=tuple(departures))


def _matched(planned: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """Return the planned readings, each with its row of `read` (-1 for none) and what is known of that reading."""
    row: Ints = np.full(len(planned), -1)
    open_ = (planned["arm"] == EITHER).to_numpy()
    for which, arm in ((~open_, ["arm"]), (open_, [])):
        for period in (["period"], []):  # what came in the period that was planned is that reading, and no other
            row = _paired(row, planned, read, which & (row < 0), ["reader_id", "record_id", *arm, *period])
    made = planned.assign(row=row)
    came = read.reset_index(drop=True).reindex(made["row"].replace(-1, len(read)).to_numpy())
    for column in ("period", "position", "seconds", "n_unanswered"):
        made[f"read_{column}"] = came[column].to_numpy(dtype=float)
    return made


def _paired(row: Ints, planned: pd.DataFrame, read: pd.DataFrame, which: Bools, keys: list[str]) -> Ints:
    """Return the rows of `read` with those of planned readings of the same keys, one each, in their order."""
    wanted = planned[keys].assign(at=np.arange(len(planned)))[which]
    there = read[keys].assign(row=np.arange(len(read)))[~np.isin(np.arange(len(read)), row)]
    both = [part.assign(turn=part.groupby(keys).cumcount()) for part in (wanted, there)]
    met = both[0].merge(both[1], on=[*keys, "turn"])
    made = row.copy()
    made[met["at"].to_numpy(dtype=int)] = met["row"].to_numpy(dtype=int)
    return made


def _counted(reader: str, rows: pd.DataFrame, today: date, session: int | None = None) -> Counted:
    is_read = (rows["row"] >= 0).to_numpy()
    late = ((rows["date"] != "") & (rows["date"] < today.isoformat())).to_numpy() & ~is_read
    seconds = rows["read_seconds"].dropna().to_numpy(dtype=float)
    times = [float(f(seconds)) for f in (np.median, np.min, np.max)] if len(seconds) else [None, None, None]
    days = sorted(set(rows["date"]) - {""})
    return Counted(
        reader=reader,
        session=session,
        date=days[0] if days and session is not None else "",
        n_planned=len(rows),
        n_read=int(is_read.sum()),
        n_overdue=int(late.sum()),
        n_unanswered=int(rows["read_n_unanswered"].sum()),
        seconds=times[0],
        fastest=times[1],
        slowest=times[2],
    )


def _unplanned(planned: pd.DataFrame, read: pd.DataFrame, matched: pd.DataFrame) -> Iterator[Departure]:
    """Yield readings that no planned one stands for."""
    left = read[~np.isin(np.arange(len(read)), matched["row"].to_numpy())]
    pairs = set(zip(planned["reader_id"], planned["record_id"], strict=True))
    done = set(zip(matched["reader_id"], matched["record_id"], matched["row"] >= 0, strict=True))
    kinds = []
    for reader, record in zip(left["reader_id"], left["record_id"], strict=True):
        if (reader, record) not in pairs:
            kinds.append("not_planned")
        else:  # where all that was planned of it is read, it is one more
            kinds.append("other_arm" if (reader, record, False) in done else "again")
    yield from _departures(left.assign(kind=kinds))


def _misplaced(matched: pd.DataFrame) -> Iterator[Departure]:
    """Yield planned readings that came in another period or order; nothing where readings tell neither."""
    done = matched[matched["row"] >= 0]
    if done.empty:
        return
    if (done["read_period"] != done["read_period"].iloc[0]).any():  # a table without periods says 1 of all
        apart = done[done["read_period"] != done["period"]]
        yield from _departures(apart.assign(kind="other_period"))
    placed = done[done["read_position"].notna() & (done["position"] > 0)]
    placed = placed.sort_values(["reader_id", "period", "read_position"], kind="stable")
    latest = placed.groupby(["reader_id", "period"])["position"].cummax()
    yield from _departures(placed[placed["position"] < latest].assign(kind="out_of_order"))


def _departures(rows: pd.DataFrame) -> Iterator[Departure]:
    for (kind, reader), part in rows.groupby(["kind", "reader_id"], sort=False, observed=True):
        named = tuple(str(r) for r in dict.fromkeys(part["record_id"]))[:_SHOWN]
        yield Departure(kind=str(kind), reader=str(reader), count=len(part), records=named)
