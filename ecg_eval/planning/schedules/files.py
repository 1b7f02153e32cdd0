"""A schedule as a folder: tables that people open, and the key that may be kept elsewhere."""

import hashlib
import json
from pathlib import Path

import pandas as pd

from ecg_eval.domain.columns import number_column
from ecg_eval.domain.reading import readers_table
from ecg_eval.errors import InputFileError, suggestion
from ecg_eval.planning.schedules.schedule import KEY_COLUMNS, SCHEDULE_COLUMNS, Schedule
from ecg_eval.planning.schedules.settings import WHO, ScheduleSettings
from ecg_eval.tables.table_files import read_table

TABLE, KEY, READERS, SETTINGS = "schedule.csv", "key.csv", "readers.csv", "schedule.json"
_NUMBERS = ("period", "session", "day", "place", "position")


def write_schedule(schedule: Schedule, folder: Path, *, key: Path | None = None) -> list[Path]:
    """Write a schedule's files; return them.

    Parameters
    ----------
    schedule : Schedule
    folder : Path
        A new or empty folder.
    key : Path, optional
        Where the key goes; ``key.csv`` in the folder when not given. Only its owner may read it.

    Raises
    ------
    InputFileError
        When something is there already.
    """
    place_of_key = key or folder / KEY
    for taken in (folder, place_of_key):
        if taken.exists() and (taken.is_file() or any(taken.iterdir())):
            raise InputFileError(WHO, str(taken), "new or empty", remedy="It may hold your edits: choose another.")
    folder.mkdir(parents=True, exist_ok=True)
    place_of_key.parent.mkdir(parents=True, exist_ok=True)
    _write(schedule.table, folder / TABLE)
    place_of_key.touch(mode=0o600)
    _write(schedule.key, place_of_key)
    _write(schedule.readers.reset_index().dropna(axis="columns", how="all").drop(columns="is_floor"), folder / READERS)
    stated = {"settings": schedule.settings.to_json(), "not_balanced": list(schedule.not_balanced)}
    (folder / SETTINGS).write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")
    return [folder / TABLE, place_of_key, folder / READERS, folder / SETTINGS]


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")


def read_schedule(folder: Path, *, key: Path | None = None) -> Schedule:
    """Read a schedule's folder, edited or not.

    Parameters
    ----------
    folder : Path
    key : Path, optional
        Where the key is kept; ``key.csv`` in the folder when not given.

    Raises
    ------
    InputFileError, ReadingsError, ProblemsError
        For a folder that holds no schedule, and for tables that are not as they were written.
    """
    settings_file = folder / SETTINGS
    if not settings_file.is_file():
        remedy = "Make one: ecg-eval plan schedule."
        raise InputFileError(WHO, str(folder), f"a folder of a schedule, with {SETTINGS}", remedy=remedy)
    try:
        stated = json.loads(settings_file.read_text(encoding="utf-8"))
        settings = ScheduleSettings.from_json(stated["settings"], who=str(settings_file))
        not_balanced = tuple(map(str, stated["not_balanced"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InputFileError):
            raise
        raise InputFileError(str(settings_file), "file", "as it was written", str(error)[:120]) from None
    place_of_key = key or folder / KEY
    if not place_of_key.is_file():
        raise InputFileError(WHO, str(place_of_key), "the key of the schedule", remedy="Name it with --key.")
    readers = read_table(folder / READERS).astype(object)
    return Schedule(
        table=_read(folder / TABLE, SCHEDULE_COLUMNS),
        key=_read(place_of_key, KEY_COLUMNS),
        readers=readers_table(readers, who=READERS),
        settings=settings,
        not_balanced=not_balanced,
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a key, to register with the protocol: the key can then be shown to be the one of then."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table as text, its numbers as whole numbers."""
    table = read_table(path).astype(object)
    table = table.where(table.notna(), "")
    lacking = [c for c in columns if c not in table.columns]
    if lacking:
        remedy = suggestion(lacking[0], [str(c) for c in table.columns])
        raise InputFileError(str(path), "columns", f"with {', '.join(columns)}", f"without {lacking}", remedy)
    for column in set(columns) & set(_NUMBERS):
        values, wrong = number_column(table[column])
        bad = wrong | (values != values.round())
        if bad.any():
            where = f"{column} (row {table.index[bad][0]})"
            raise InputFileError(str(path), where, "a whole number", str(table.loc[bad, column].iloc[0]))
        table[column] = values.astype("int64")
    return table.reset_index(drop=True)
