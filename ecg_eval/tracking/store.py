"""Where runs are kept: an SQLite store is made whole or not at all, and written by one program at a time."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ecg_eval.errors import TrackingError

_SQLITE = "sqlite:///"
SILENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # two lines a run, amid what a caller prints as JSON
}


def sqlite_uri(path: Path) -> str:
    """Return the address of an SQLite store, absolute, so that it does not depend on the current folder."""
    return f"{_SQLITE}{path.resolve()}"


def sqlite_path(uri: str) -> Path | None:
    """Return the file of an SQLite store; None for another store.

    Examples
    --------
    >>> sqlite_path("sqlite:////data/mlflow.db").as_posix()
    '/data/mlflow.db'
    >>> sqlite_path("http://127.0.0.1:5000") is None
    True
    """
    return Path(uri.removeprefix(_SQLITE).split("?", maxsplit=1)[0]) if uri.startswith(_SQLITE) else None


def without_password(uri: str) -> str:
    """Return an address as it may be shown and stored.

    Examples
    --------
    >>> without_password("https://me:secret@host:5000/x")
    'https://me:***@host:5000/x'
    >>> without_password("sqlite:////data/mlflow.db")
    'sqlite:////data/mlflow.db'
    """
    password = password_of(uri)
    if password is None:
        return uri
    parts = urlsplit(uri)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}"))


def password_of(uri: str) -> str | None:
    """Return the password that an address holds; None where it holds none."""
    userinfo = urlsplit(uri).netloc.rpartition("@")[0]
    return userinfo.partition(":")[2] or None


@contextmanager
def alone_in(uri: str, *, limit_s: float) -> Iterator[None]:
    """Write to an SQLite store alone, made where it is not there yet; a server looks after itself.

    The store is made beside its place and moved there, so that a program that is killed, or a disk that is full, leaves
    none; who comes second waits for the first.

    Raises
    ------
    TrackingError
        When the file is no whole store, or others write to it for too long.
    OSError
    """
    path = sqlite_path(uri)
    if path is None:
        yield
        return
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.parent / f".{path.name}.lock", timeout=limit_s):
            _make_whole(path)
            yield
    except Timeout:
        raise TrackingError("tracking", "store", f"free within {limit_s:g} s", str(path)) from None


def _make_whole(path: Path) -> None:
    from mlflow.store.db import utils

    tables: Any = utils  # untyped
    for left in path.parent.glob(f".{path.name}.making-*"):  # of programs that were killed: nobody else is here
        left.unlink(missing_ok=True)
    if path.is_file() and path.stat().st_size:
        engine = tables.create_sqlalchemy_engine(sqlite_uri(path))
        try:
            if not tables._all_tables_exist(engine):
                remedy = f"Move it away with `{shlex.join(('mv', str(path), f'{path}.broken'))}`; a new one is made."
                raise TrackingError("tracking", str(path), "a whole MLflow store", remedy=remedy)
        finally:
            engine.dispose()
        return
    part = path.parent / f".{path.name}.making-{os.getpid()}"
    engine = tables.create_sqlalchemy_engine(sqlite_uri(part))
    try:
        tables._initialize_tables(engine)
        part.replace(path)
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)
