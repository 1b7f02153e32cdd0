"""One file of an archive: resumed, verified, tried again politely, and in its place only when it is the listed one.

A file grows as ``NAME.part`` beside its place and is renamed when its SHA-256 is right, so whatever interrupts, the
place holds the right file or what it held before. A part is continued by a Range request; where the server ignores it
or the part turns out to be of another file, the part is thrown away and the file begun again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import Literal
from urllib.parse import quote

import requests
import urllib3

from ecg_eval.datasets._fetching.checksums import PART_SUFFIX, sha256_of
from ecg_eval.datasets._fetching.disk import SPARE_BYTES, DiskError, NetworkError, writing
from ecg_eval.datasets._fetching.http import Client, RefusedRedirectError, retry_after_s
from ecg_eval.datasets._fetching.patience import Pace, Patience, StopAllError, StoppedError

_CHUNK_BYTES = 65_536
# a part that grew by this much shows that the connection carries: failures are counted anew
_PROGRESS_BYTES = 1_000_000
# whole files with a wrong digest before it is the server's copy that is wrong
_MAX_WRONG_DIGESTS = 2
_BUSY = (429, 503)
_PASSING = (408, 425, 429, 500, 502, 503, 504)

State = Literal["there", "fetched", "replaced", "missing"]


class _TryAgainError(Exception):
    """A failure that may pass."""


class _GiveUpError(Exception):
    """A failure that will not pass for this file."""

    server_failed = False


class _ServerRefusesError(_GiveUpError):
    """A refusal that other files are likely to meet too."""

    server_failed = True


@dataclass(frozen=True)
class Wanted:
    """A file to have.

    Attributes
    ----------
    path : str
        Below the folder.
    sha256 : str or None
        None for the list of checksums itself, which nothing vouches for: it is always fetched anew.
    examine : callable or None
        Looks at the whole file before it is put in its place; what it raises keeps it out.
    max_bytes : int or None
    """

    path: str
    sha256: str | None
    examine: Callable[[Path], object] | None = None
    max_bytes: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Attributes
    ----------
    path : str
    state : str
        "there" (was right already), "fetched", "replaced" (another file stood in its place), "missing".
    reason : str
        Why it is missing.
    n_bytes : int
        Bytes received for it now.
    server_failed : bool
        Whether the server or the way to it failed (not: the server lacks the file).
    """

    path: str
    state: State
    reason: str = ""
    n_bytes: int = 0
    server_failed: bool = False


class FileFetcher:
    """Fetches files below one address into one folder, one after the other.

    Parameters
    ----------
    client : Client
    base_url : str
        Ends with a slash.
    folder : Path
        Nothing is written outside it.
    patience : Patience
    pace : Pace
    free : callable
        Folder -> free bytes of its disk.
    """

    def __init__(
        self,
        client: Client,
        *,
        base_url: str,
        folder: Path,
        patience: Patience,
        pace: Pace,
        free: Callable[[Path], int],
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._folder = folder
        self._patience = patience
        self._pace = pace
        self._free = free
        self._received = 0

    def fetch(self, wanted: Wanted) -> Outcome:
        """Return what came of one file; only what concerns all files is raised.

        Raises
        ------
        StopAllError, StoppedError
        """
        self._received = 0
        target = self._folder / wanted.path
        part = target.with_name(target.name + PART_SUFFIX)
        server_failed = False
        try:
            stood = target.is_file()
            if stood and wanted.sha256 is not None and sha256_of(target) == wanted.sha256:
                self._drop(part)
                return Outcome(wanted.path, "there")
            self._make_place(target, part)
            self._until_right(wanted, part)
            self._examine(wanted, part)
            with writing(part):
                part.replace(target)
            return Outcome(wanted.path, "replaced" if stood else "fetched", n_bytes=self._received)
        except _TryAgainError as error:
            self._drop_empty(part)
            reason, server_failed = f"{error} ({self._patience.tries} tries)", True
        except _GiveUpError as error:
            reason, server_failed = str(error), error.server_failed
        except OSError as error:
            reason = f"it cannot be read or written here: {error.strerror or error}"
        return Outcome(wanted.path, "missing", reason, self._received, server_failed)

    def _make_place(self, target: Path, part: Path) -> None:
        """Make the folder of a file, never through a link that leads out of the archive's folder."""
        if not target.parent.resolve().is_relative_to(self._folder.resolve()):
            raise _GiveUpError(f"a link leads out of {self._folder}")
        if target.is_dir():
            raise _GiveUpError("a folder stands in its place")
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        if part.is_symlink():
            self._drop(part)

    def _examine(self, wanted: Wanted, part: Path) -> None:
        if wanted.examine is not None:
            try:
                wanted.examine(part)
            except BaseException:
                self._drop(part)
                raise

    def _drop_empty(self, part: Path) -> None:
        """Leave a part for the next time only where there is something to go on from."""
        if part.exists() and not part.stat().st_size:
            self._drop(part)

    def _drop(self, part: Path) -> None:
        with writing(part):
            part.unlink(missing_ok=True)

    def _until_right(self, wanted: Wanted, part: Path) -> None:
        """Transfer until the part is the listed file, or the failures are too many."""
        url = self._base_url + quote(wanted.path)
        failures = wrong_digests = furthest = 0
        while True:
            if wanted.sha256 is None:
                self._drop(part)  # without a digest, nothing tells whether an old part is of the same file
            start = part.stat().st_size if part.exists() else 0
            try:
                if not (start and _is(wanted, part)):
                    self._transfer(url, part, start, wanted.max_bytes)
                if _is(wanted, part):
                    return
                self._drop(part)
                wrong_digests += start == 0
                if wrong_digests >= _MAX_WRONG_DIGESTS:
                    raise _GiveUpError("its SHA-256 is not the listed one: the server's copy is another file")
                raise _TryAgainError("its SHA-256 was not the listed one")
            except _TryAgainError:
                reached = part.stat().st_size if part.exists() else 0
                failures = 1 if reached >= furthest + _PROGRESS_BYTES else failures + 1
                furthest = max(furthest, reached)
                if failures >= self._patience.tries:
                    raise
                self._pace.sleep(self._patience.wait_s(failures))

    def _transfer(self, url: str, part: Path, start: int, max_bytes: int | None) -> None:
        """Append the rest of a file to its part, or write all of it."""
        self._pace.wait_turn()
        try:
            response = self._client.get(url, start=start)
            resumes = response.status_code == HTTPStatus.PARTIAL_CONTENT
            if response.status_code != HTTPStatus.OK and not (resumes and _starts_at(response.headers, start)):
                self._client.discard(response)
                if resumes or response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    self._drop(part)
                    raise _TryAgainError("the server did not continue where the part ends")
                raise self._refusal(response.status_code, response.headers)
            self._take(response, part, append=resumes, max_bytes=max_bytes)
        except RefusedRedirectError as error:
            raise _ServerRefusesError(str(error)) from None
        except (OSError, urllib3.exceptions.HTTPError) as error:
            self._client.close()
            if isinstance(error, DiskError):
                raise
            if self._pace.stop.is_set():
                raise StoppedError from None
            for cause in _causes(error):
                if isinstance(cause, SSLCertVerificationError):
                    why = f"the server's certificate cannot be trusted ({cause.verify_message})"
                    raise StopAllError(why) from None
                if isinstance(cause, urllib3.exceptions.IncompleteRead):
                    raise _TryAgainError(f"the body ended {cause.expected:,} bytes early") from None
            raise _TryAgainError(f"the connection failed: {str(error) or type(error).__name__}") from None

    def _take(self, response: requests.Response, part: Path, *, append: bool, max_bytes: int | None) -> None:
        """Write the body of an answer to the part."""
        length: int | None = response.raw.length_remaining
        if length is not None and length + SPARE_BYTES > self._free(self._folder):
            self._client.close()
            raise StopAllError(f"the disk is full: {part.name} needs {length:,} more bytes")
        with writing(part), part.open("ab" if append else "wb") as file:
            while chunk := _read(response):
                file.write(chunk)
                self._received += len(chunk)
                if max_bytes is not None and file.tell() > max_bytes:
                    self._client.close()
                    raise _GiveUpError(f"it is larger than {max_bytes:,} bytes")
                if self._pace.stop.is_set():
                    self._client.close()
                    raise StoppedError

    def _refusal(self, status: int, headers: Mapping[str, str]) -> Exception:
        """Say what an answer without the file means: to be tried again, to be given up, or the end for all."""
        if status in _PASSING:
            asked_s = retry_after_s(headers) if status in _BUSY else None
            if asked_s is not None and asked_s > self._patience.longest_asked_s:
                return StopAllError(f"the server asks to come back in {asked_s:,.0f} s")
            if asked_s is not None:
                self._pace.hold(asked_s)
            return _TryAgainError(f"the server answered {_words(status)}")
        if status == HTTPStatus.UNAUTHORIZED:
            return StopAllError("the server asks for a user name and password, or refuses the given ones (401)")
        if status in (404, 410):
            return _GiveUpError(f"the server does not have it ({status})")
        return _ServerRefusesError(f"the server answered {_words(status)}")


def _read(response: requests.Response) -> bytes:
    try:
        chunk: bytes = response.raw.read(_CHUNK_BYTES)
    except (OSError, urllib3.exceptions.HTTPError) as error:
        raise NetworkError(error) from error
    return chunk


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what libraries wrapped in it, from the outside in."""
    yield error
    for inner in (*error.args, getattr(error, "reason", None)):
        if isinstance(inner, BaseException):
            yield from _causes(inner)


def _is(wanted: Wanted, part: Path) -> bool:
    return wanted.sha256 is None or sha256_of(part) == wanted.sha256


def _starts_at(headers: Mapping[str, str], start: int) -> bool:
    return headers.get("Content-Range", "").replace(" ", "").startswith(f"bytes{start}-")


def _words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
