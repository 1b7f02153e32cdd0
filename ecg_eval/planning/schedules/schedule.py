"""A schedule: who reads what, in which session, order, period and arm, under blinded ids whose key is kept apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.planning.schedules.allot import allotted
from ecg_eval.planning.schedules.blinding import blinded_ids
from ecg_eval.planning.schedules.calendar import with_sessions
from ecg_eval.planning.schedules.feasible import settled
from ecg_eval.planning.schedules.people_and_ecgs import Ecgs, ecgs_of, readers_of
from ecg_eval.planning.schedules.settings import ScheduleSettings

SCHEDULE_COLUMNS = (
    *("blinded_id", "reader_id", "practice_id", "period", "session", "day", "date", "place", "position", "arm"),
)
KEY_COLUMNS = ("blinded_id", "record_id", "reader_id", "arm", "period", "position", "repeat_of")


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """Who reads what when.

    Attributes
    ----------
    table : DataFrame
        One row a reading, columns ``SCHEDULE_COLUMNS``: nothing in it says which ECG is read.
    key : DataFrame
        One row a reading, columns ``KEY_COLUMNS`` and those that were balanced: kept apart from those who read.
    readers : DataFrame
        A readers table.
    settings : ScheduleSettings
        Blocks and steps filled in.
    not_balanced : tuple of str
        Columns of the ECGs with too many values.
    """

    table: pd.DataFrame
    key: pd.DataFrame
    readers: pd.DataFrame
    settings: ScheduleSettings
    not_balanced: tuple[str, ...] = ()

    @property
    def balanced(self) -> list[str]:
        """Columns of the key that were balanced."""
        return [c for c in self.key.columns if c not in KEY_COLUMNS]


def make_schedule(
    cases: Path | pd.DataFrame, readers: Path | pd.DataFrame | int, settings: ScheduleSettings | None = None
) -> Schedule:
    """Allot, date and blind every reading of a study; the same tables and seed give the same schedule.

    Parameters
    ----------
    cases : Path or DataFrame
        As ``ecgs_of`` takes it.
    readers : Path, DataFrame or int
        As ``readers_of`` takes it.
    settings : ScheduleSettings, optional
        A crossover with four weeks of washout when not given.

    Raises
    ------
    EcgEvalError
        For tables that cannot be read, and for what no schedule can be, with the nearest plan that works.
    """
    asked = settings or ScheduleSettings()
    ecgs, people = ecgs_of(cases, asked.balance), readers_of(readers)
    asked = settled(asked, ecgs, people)
    rng = np.random.default_rng(asked.seed)
    rows = with_sessions(allotted(asked, ecgs, people, rng), ecgs.codes, asked, rng)
    return _named(rows, ecgs, people, asked, rng)


def _named(
    rows: pd.DataFrame, ecgs: Ecgs, readers: pd.DataFrame, settings: ScheduleSettings, rng: np.random.Generator
) -> Schedule:
    """Return rows of numbers as a schedule of names."""
    rows = rows.assign(
        blinded_id=blinded_ids(len(rows), rng),
        reader_id=readers.index.astype(str).to_numpy()[rows["reader"]],
        practice_id=readers["practice_id"].fillna("").astype(str).to_numpy()[rows["reader"]],
        record_id=np.array(ecgs.ids, dtype=object)[rows["ecg"]],
    )
    first = rows[~rows["is_repeat"]].set_index(["reader", "ecg", "arm"])["blinded_id"]
    again = rows["is_repeat"].to_numpy()
    rows["repeat_of"] = ""
    rows.loc[again, "repeat_of"] = first.loc[
        list(rows.loc[again, ["reader", "ecg", "arm"]].itertuples(index=False))
    ].to_numpy()
    key = rows[list(KEY_COLUMNS)].assign(**{str(c): ecgs.levels[c].to_numpy()[rows["ecg"]] for c in ecgs.levels})
    return Schedule(
        table=rows[list(SCHEDULE_COLUMNS)].reset_index(drop=True),
        # in the order of ids, so that nothing is learnt from a row's place
        key=key.sort_values("blinded_id").reset_index(drop=True),
        readers=readers,
        settings=settings,
        not_balanced=ecgs.not_balanced,
    )
