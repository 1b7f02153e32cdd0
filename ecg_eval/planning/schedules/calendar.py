"""Sessions, days and the order within them: each session holds the same mix of ECGs and arms, in a random order."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.schedules.settings import WHO, ScheduleSettings, option, works
from ecg_eval.stats.allotment.balanced import balanced_parts, equal_sizes
from ecg_eval.stats.allotment.designs import READ_TWICE

Of = TypeVar("Of", bound=Hashable)


def first_days(n_sessions: Mapping[int, int], settings: ScheduleSettings) -> tuple[dict[int, int], int]:
    """Return the first day of each period (the study's is 1), and the study's last day.

    Parameters
    ----------
    n_sessions : mapping of int to int
        Period -> the most sessions that a reader has in it.
    settings : ScheduleSettings
    """
    starts: dict[int, int] = {}
    first, last_period = 1, max(n_sessions)
    last = 0
    for period in sorted(n_sessions):
        starts[period] = first
        last = first + (n_sessions[period] - 1) * settings.session_every_days
        is_again = settings.design in READ_TWICE or (settings.repeats and period + 1 == last_period)
        gap = settings.washout_days if is_again else 0
        first = max(last + max(gap, settings.session_every_days), first + settings.period_days)
    return starts, last


def with_sessions(
    rows: pd.DataFrame, levels: NDArray[np.int64], settings: ScheduleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Return readings with `session`, `day`, `place` (in the session) and `position` (in the period), in that order.

    Parameters
    ----------
    rows : DataFrame
        As ``allotted`` returns them.
    levels : ndarray of int (n_ecgs, n_columns)
    settings : ScheduleSettings
    rng : numpy Generator

    Raises
    ------
    ArgumentError
        When sessions and washouts take longer than the study may.
    """
    ecgs = _numbers_of_ecgs(rows)
    most: dict[int, int] = {}
    for (_, period), n_ecgs in ecgs.items():
        most[period] = max(most.get(period, 0), n_ecgs)
    _check_length(most, settings)
    starts, _ = first_days(_numbers_of_sessions(most, settings), settings)
    parts = []
    before: dict[int, int] = {}
    for (reader, period), n in _numbers_of_sessions(ecgs, settings).items():
        readings = rows[(rows["reader"] == reader) & (rows["period"] == period)]
        made = _in_sessions(readings, levels, n, rng)
        made["day"] = starts[period] + made["session"] * settings.session_every_days
        made["session"] += 1 + before.get(reader, 0)
        before[reader] = int(made["session"].max())
        parts.append(made)
    table = pd.concat(parts, ignore_index=True)
    start = None if settings.start is None else pd.Timestamp(settings.start)
    days = pd.to_timedelta(table["day"] - 1, unit="D")
    table["date"] = "" if start is None else (start + days).dt.strftime("%Y-%m-%d")
    return table


def _numbers_of_ecgs(rows: pd.DataFrame) -> dict[tuple[int, int], int]:
    """Return the number of ECGs by reader and period, in that order."""
    ecgs = rows[["reader", "period", "ecg"]].drop_duplicates()
    pairs, counts = np.unique(ecgs[["reader", "period"]].to_numpy(), axis=0, return_counts=True)
    return {(int(reader), int(period)): int(n) for (reader, period), n in zip(pairs, counts, strict=True)}


def _numbers_of_sessions(ecgs: Mapping[Of, int], settings: ScheduleSettings) -> dict[Of, int]:
    """Return how many sessions so many ECGs take, by the same keys."""
    return {of: -(-n // settings.ecgs_a_session) for of, n in ecgs.items()}


def _in_sessions(
    readings: pd.DataFrame, levels: NDArray[np.int64], n_sessions: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a reader's readings of a period in sessions from 0; what is read twice at once stays together."""
    ecg, first = np.unique(readings["ecg"].to_numpy(), return_index=True)
    arm = pd.factorize(readings["arm"].to_numpy()[first])[0]
    mix = np.column_stack([arm, levels[ecg]])
    session = balanced_parts(levels=mix, sizes=equal_sizes(len(ecg), n_sessions), rng=rng)
    order = np.lexsort((rng.permutation(len(ecg)), session))
    placed = pd.DataFrame({"ecg": ecg[order], "session": session[order], "position": np.arange(1, len(ecg) + 1)})
    placed["place"] = placed.groupby("session").cumcount() + 1
    made = readings.merge(placed, on="ecg")
    # without help first where both are read at once
    return made.sort_values(["position", "arm"], ascending=[True, False], kind="stable")


def _check_length(ecgs: Mapping[int, int], settings: ScheduleSettings) -> None:
    """Refuse a calendar that is longer than the study, with the longest washout or the shortest sessions that fit.

    Parameters
    ----------
    ecgs : mapping of int to int
        Period -> the most ECGs that a reader has in it.
    settings : ScheduleSettings
    """

    def days_of(changed: ScheduleSettings) -> int:
        return first_days(_numbers_of_sessions(ecgs, changed), changed)[1]

    days, at_most = days_of(settings), settings.study_days
    if at_most is None or days <= at_most:
        return
    changes: dict[str, Iterator[tuple[int, ScheduleSettings]]] = {}
    if settings.has_washout:
        shorter = range(settings.washout_days - 1, 0, -1)
        changes["washout_days"] = ((n, replace(settings, washout_days=n)) for n in shorter)
    most = max(ecgs.values())
    if settings.session_minutes is None:
        larger = range(settings.session_ecgs + 1, most + 1)
        changes["session_ecgs"] = ((n, replace(settings, session_ecgs=n)) for n in larger)
    else:
        longer = range(int(settings.session_minutes) + 1, ceil(most * settings.seconds_per_ecg / 60) + 1)
        changes["session_minutes"] = ((n, replace(settings, session_minutes=n)) for n in longer)
    near = [
        next((option(name, n) for n, changed in steps if days_of(changed) <= at_most), "")
        for name, steps in changes.items()
    ]
    what = f"sessions and a washout of {settings.washout_days} days" if settings.has_washout else "sessions"
    remedy = works(*near, option("study_days", days))
    raise ArgumentError(WHO, what, f"within the {at_most} days of the study", f"{days} days", remedy)
