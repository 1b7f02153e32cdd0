"""The analysis plan, fixed before readings come in: what of a configuration decides the numbers, with date and hash.

There is no second way to write a plan down: the configuration is the plan, and the lock is a copy of the part that
decides what is estimated, on whom and how: choices, how answers are read, who the readers are where their list is
there, and any file that is named (the ECGs, the key of a schedule, the protocol). Paths, tracking and the looks of the
report may change; a change of the rest after the lock is a deviation, which is named and never undone.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ecg_eval.config.load import config_to_dict, load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.reading import readers_table
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.storage.atomic import digest_of_bytes, digest_of_file, write_atomically
from ecg_eval.tables.table_files import read_table

FORMAT = 1
PANELS, READERS, FILES = "panels", "readers", "files"
LATER = (PANELS, READERS, FILES)  # what locks have held since format 1 began, and need not hold
_PLACES = ("path", "files", "readers", "key")  # where a panel's files are
DECIDES = (
    *("findings", "exclusive", "groups", "split", "quality", "resample_hz", "models", "design", "adjust_for"),
    *("reference", "metrics", "primary", "family", "answers", "intervals", "subgroups", "reader_subgroups", "seed"),
    *("target_population", "prevalence"),
)


@dataclass(frozen=True)
class Lock:
    """A locked plan beside its configuration.

    Attributes
    ----------
    path : Path
        The file that holds it.
    locked_at : str
        Date and time, UTC, ISO 8601.
    sha256 : str
        Of the locked choices, written as JSON with sorted keys.
    is_new : bool
        Whether it was written just now.
    deviations : tuple of str
        Choices of the configuration that are not those that were locked, each with both values.
    not_there : tuple of str
        Lists of readers that were not there to be locked.
    """

    path: Path
    locked_at: str
    sha256: str
    is_new: bool = False
    deviations: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()

    @property
    def facts(self) -> PlanFacts:
        """Return what report and tracking say of it."""
        return PlanFacts(locked_at=self.locked_at, sha256=self.sha256, departures=self.deviations)


def lock_path(config: Path) -> Path:
    """Return where the lock of a configuration lies."""
    return config.with_suffix(".lock.json")


def lock_plan(config: Path, files: Sequence[Path] = ()) -> Lock:
    """Lock a configuration's choices, or compare them with those that were locked before.

    Parameters
    ----------
    config : Path
    files : sequence of Path
        Locked by their SHA-256, with the drafted protocol beside the configuration where there is one.

    Raises
    ------
    EcgEvalError
        When the configuration is wrong, names no primary estimate, or its lock was changed by hand.
    """
    run = load_config(config)
    if (lock := compared_with_lock(config, run)) is not None:
        return lock
    if not run.primary:
        remedy = "Name what the study is to show: primary: [{metric: sensitivity, reader: gp}]."
        raise ConfigError(str(config), "primary", "given before a plan is locked", [], remedy)
    for file in files:
        if not file.is_file():
            raise InputFileError(f"ecg-eval lock --file {file}", "file", "an existing one")
    protocols = [path for path in protocol_paths(config).values() if path.is_file()]
    choices = _choices(run)
    if digests := {_name(file, config): digest_of_file(file) for file in (*files, *protocols)}:
        choices[FILES] = digests
    held = {"format": FORMAT, "locked_at": datetime.now(UTC).isoformat(timespec="seconds"), "sha256": _digest(choices)}
    path = lock_path(config)
    write_atomically(path, json.dumps({**held, "plan": choices}, ensure_ascii=False, indent=1) + "\n")
    lacking = tuple(str(table) for table in _tables_of_readers(run) if not table.is_file())
    return Lock(path, str(held["locked_at"]), str(held["sha256"]), is_new=True, not_there=lacking)


def compared_with_lock(config: Path, run: RunConfig) -> Lock | None:
    """Return the lock beside a configuration and how a run departs from it; None where nothing is locked.

    Raises
    ------
    InputFileError
        When the lock is no lock, or its choices are not those of its hash.
    """
    path = lock_path(config)
    if not path.is_file():
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        choices, locked_at, sha256 = held["plan"], str(held["locked_at"]), held["sha256"]
        readable = held["format"] == FORMAT and isinstance(choices, dict)
    except (ValueError, KeyError, TypeError) as error:
        raise InputFileError(str(path), "locked plan", "a file that `ecg-eval lock` wrote", str(error)) from None
    if not readable or _digest(choices) != sha256:
        remedy = "It was changed after it was locked: restore it from where it was registered."
        raise InputFileError(str(path), "sha256", f"{_digest(choices)}, that of its choices", sha256, remedy)
    now = _choices(run)
    beside = {name: config.parent / name for name in choices.get(FILES, {})}
    now[FILES] = {name: digest_of_file(file) for name, file in beside.items() if file.is_file()}
    # what a lock does not hold was not locked: readers whose list was not there, and locks of before panels were
    comparable = {key: value for key, value in now.items() if key in choices or key not in LATER}
    return Lock(path, locked_at, sha256, deviations=tuple(_differences(choices, comparable)))


def lock_lines(lock: Lock) -> list[str]:
    """Say what is locked, and each departure from it."""
    where = f"locked on {lock.locked_at}, SHA-256 {lock.sha256}"
    if lock.is_new:
        lacking = [f"  - not locked, since it is not there yet: {table}" for table in lock.not_there]
        return [f"{lock.path}: {where}. Register that number with the protocol.", *lacking]
    if not lock.deviations:
        return [f"{lock.path}: {where}. The configuration is as it was locked."]
    return [
        f"{lock.path}: {where}. The configuration departs from it in {len(lock.deviations)} choice(s):",
        *(f"  - {line}" for line in lock.deviations),
    ]


def protocol_paths(config: Path) -> dict[str, Path]:
    """Return where the drafted protocol of a configuration stands, by language."""
    return {language: config.with_suffix(f".protocol.{language}.md") for language in ("en", "fr")}


def _choices(run: RunConfig) -> dict[str, object]:
    values = config_to_dict(run)
    choices = {key: values[key] for key in DECIDES if key in values}
    panels = {
        str(k): {name: value for name, value in plug.model_dump(mode="json").items() if name not in _PLACES}
        for k, plug in enumerate(run.panels)
    }
    choices |= {PANELS: panels} if panels else {}
    if readers := _readers(run):
        choices[READERS] = readers
    return choices


def _tables_of_readers(run: RunConfig) -> list[Path]:
    named = [plug.arguments.get("readers") for plug in run.panels]
    return [run.data_root / table for table in named if isinstance(table, str)]


def _readers(run: RunConfig) -> dict[str, str]:
    """Return the kind of every reader whom the panels' lists name; nothing of a list that is not there."""
    kinds: dict[str, str] = {}
    with speaking_as(run):
        for rows in (plug.arguments.get("readers") for plug in run.panels):
            if isinstance(rows, list):
                kinds |= _kinds(pd.DataFrame([dict(row) for row in rows]), "readers")
        for path in _tables_of_readers(run):
            if path.is_file():
                kinds |= _kinds(read_table(path).astype(object), str(path))
    return dict(sorted(kinds.items()))


def _kinds(table: pd.DataFrame, who: str) -> dict[str, str]:
    return {str(reader): str(kind) for reader, kind in readers_table(table, who=who)["kind"].items()}


def _name(file: Path, config: Path) -> str:
    """Return a file's name seen from the configuration, so that the two can be moved together."""
    return Path(os.path.relpath(file.resolve(), config.parent.resolve())).as_posix()


def _digest(choices: object) -> str:
    return digest_of_bytes(json.dumps(choices, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def _differences(locked: object, now: object, at: str = "") -> Iterator[str]:
    """Yield each place where two plans differ, with both values."""
    if isinstance(locked, dict) and isinstance(now, dict):
        for key in sorted({*locked, *now}):
            yield from _differences(locked.get(key), now.get(key), f"{at}.{key}" if at else key)
    elif locked != now:
        yield f"{at}: locked {_text(locked)}, now {_text(now)}"


def _text(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
