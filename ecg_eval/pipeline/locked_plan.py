"""The analysis plan, fixed before readings come in: what of a configuration decides the numbers, with date and hash.

There is no second way to write a plan down: the configuration is the plan, and the lock is a copy of the part that
decides what is estimated, on whom and how. Paths, tracking and the looks of the report may change; a change of the rest
after the lock is a deviation, which is named and never undone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecg_eval.config.load import config_to_dict, load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.storage.atomic import digest_of_bytes, write_atomically

FORMAT = 1
DECIDES = (
    *("findings", "exclusive", "groups", "split", "quality", "resample_hz", "models", "design", "adjust_for"),
    *("reference", "metrics", "primary", "family", "answers", "intervals", "subgroups", "reader_subgroups", "seed"),
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
    """

    path: Path
    locked_at: str
    sha256: str
    is_new: bool = False
    deviations: tuple[str, ...] = ()


def lock_path(config: Path) -> Path:
    """Return where the lock of a configuration lies."""
    return config.with_suffix(".lock.json")


def lock_plan(config: Path) -> Lock:
    """Lock a configuration's choices, or compare them with those that were locked before.

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
    choices = _choices(run)
    held = {"format": FORMAT, "locked_at": datetime.now(UTC).isoformat(timespec="seconds"), "sha256": _digest(choices)}
    path = lock_path(config)
    write_atomically(path, json.dumps({**held, "plan": choices}, ensure_ascii=False, indent=1) + "\n")
    return Lock(path, str(held["locked_at"]), str(held["sha256"]), is_new=True)


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
    return Lock(path, locked_at, sha256, deviations=tuple(_differences(choices, _choices(run))))


def lock_lines(lock: Lock) -> list[str]:
    """Say what is locked, and each departure from it."""
    where = f"locked on {lock.locked_at}, SHA-256 {lock.sha256}"
    if lock.is_new:
        return [f"{lock.path}: {where}. Register that number with the protocol."]
    if not lock.deviations:
        return [f"{lock.path}: {where}. The configuration is as it was locked."]
    return [
        f"{lock.path}: {where}. The configuration departs from it in {len(lock.deviations)} choice(s):",
        *(f"  - {line}" for line in lock.deviations),
    ]


def _choices(run: RunConfig) -> dict[str, Any]:
    values = config_to_dict(run)
    return {key: values[key] for key in DECIDES if key in values}


def _digest(choices: Any) -> str:
    return digest_of_bytes(json.dumps(choices, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def _differences(locked: Any, now: Any, at: str = "") -> Iterator[str]:
    """Yield each place where two plans differ, with both values."""
    if isinstance(locked, dict) and isinstance(now, dict):
        for key in sorted({*locked, *now}):
            yield from _differences(locked.get(key), now.get(key), f"{at}.{key}" if at else key)
    elif locked != now:
        yield f"{at}: locked {_text(locked)}, now {_text(now)}"


def _text(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
