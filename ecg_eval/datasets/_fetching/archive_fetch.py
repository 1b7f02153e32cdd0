"""A public archive, or a part of it, from its server into a folder: list, tables, choice, room, files, summary."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ecg_eval.datasets._fetching.archives import Archive, Chosen, Selection
from ecg_eval.datasets._fetching.checksums import LIST_NAME, PART_SUFFIX, checksum_list
from ecg_eval.datasets._fetching.disk import SPARE_BYTES
from ecg_eval.datasets._fetching.download import Link, Watch, download, only_one, unwatched
from ecg_eval.datasets._fetching.download_file import Outcome, Wanted
from ecg_eval.errors import ArgumentError, FetchError

# the longest list that we know, of 1.6 million files, has 190 MB
_MAX_LIST_BYTES = 500_000_000
_UNLISTED = "the archive's table names it, its list of checksums does not"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What is there and what is not.

    Attributes
    ----------
    archive, version, source : str
        `source` is the address.
    folder : Path
        The archive's own folder.
    n_records, n_files : int
        What was asked for.
    n_there, n_fetched : int
        Files that were right already; files that came now.
    replaced : tuple of str
        Files that came now in the place of a file with another content.
    missing : dict of str to str
        Path -> why.
    n_bytes : int
        Received now.
    seconds : float
    """

    archive: str
    version: str
    source: str
    folder: Path
    n_records: int
    n_files: int
    n_there: int
    n_fetched: int
    replaced: tuple[str, ...]
    missing: dict[str, str]
    n_bytes: int
    seconds: float

    @property
    def is_complete(self) -> bool:
        """Whether every file that was asked for is there and right."""
        return not self.missing


def archive_folder(archive: Archive, to: Path) -> Path:
    """Return the folder of an archive below `to`, or `to` itself where it already has the archive's name."""
    return to if to.name == archive.name else to / archive.name


def checked_base_url(url: str) -> str:
    """Return an address that files can be below, with its closing slash.

    Raises
    ------
    ArgumentError
        When it is not http(s), has no host, or holds a password, which would end up in shell histories and logs.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment:
        raise ArgumentError("fetch", "url", "an http or https address of a folder", url)
    if parts.username is not None or parts.password is not None:
        raise ArgumentError("fetch", "url", "without a user name and password", remedy="See docs/fetching.md.")
    return url if url.endswith("/") else url + "/"


def fetch_archive(
    archive: Archive, *, folder: Path, selection: Selection, link: Link, watch: Watch = unwatched
) -> Fetched:
    """Bring an archive, or a part of it, into a folder, and say what is there and what is not.

    Parameters
    ----------
    archive : Archive
    folder : Path
        Made where absent; nothing is written outside it.
    selection : Selection
    link : Link
    watch : callable
        Wraps the paths while they are done (a progress bar).

    Raises
    ------
    ArgumentError, UnknownNameError
        When the archive has no such part.
    FetchError
        When nothing can be fetched: no list of checksums, no table to choose by, no room, another fetch under way.
    """
    archive.check(selection)
    began = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FetchError("fetch", str(folder), "a folder that can be made", error.strerror) from None
    with only_one(folder):
        listed = _list(folder, link)
        outcomes: dict[str, Outcome] = {}
        if not selection.is_whole:
            outcomes |= _tables(archive, listed, folder, link)
        chosen = archive.choose(listed, folder, selection)
        rest = [path for path in dict.fromkeys(chosen.paths) if path not in outcomes]
        _check_room(archive, rest, len(listed), folder, link)
        outcomes |= _download(rest, listed, folder, link, watch, f"{archive.name} {archive.version}")
    return _summary(archive, link, folder, chosen, outcomes, time.monotonic() - began)


def _list(folder: Path, link: Link) -> dict[str, str]:
    """Fetch and examine the list of checksums; one that is refused does not take the place of an older one."""
    listed: dict[str, str] = {}

    def examine(part: Path) -> None:
        listed.update(checksum_list(part.read_bytes(), source=link.base_url))

    wanted = Wanted(LIST_NAME, None, examine, _MAX_LIST_BYTES)
    (outcome,) = download([wanted], folder=folder, link=link)
    if outcome.state == "missing":
        remedy = "Look at the address and the network, or try `--mirror`; what was fetched before is kept."
        raise FetchError(link.base_url, LIST_NAME, "fetched before all else", outcome.reason, remedy)
    return listed


def _tables(archive: Archive, listed: dict[str, str], folder: Path, link: Link) -> dict[str, Outcome]:
    outcomes = _download([t for t in archive.tables if t in listed], listed, folder, link, unwatched, "")
    for table in archive.tables:
        reason = outcomes[table].reason if table in outcomes else "the list of checksums does not have it"
        if reason:
            remedy = "Without it a part cannot be chosen; the whole archive can still be fetched."
            raise FetchError(link.base_url, table, "fetched before a part of the archive", reason, remedy)
    return outcomes


def _download(
    paths: Sequence[str], listed: dict[str, str], folder: Path, link: Link, watch: Watch, doing: str
) -> dict[str, Outcome]:
    wanted = [Wanted(path, listed[path]) for path in paths]
    return {o.path: o for o in download(wanted, folder=folder, link=link, watch=watch, doing=doing)}


def _check_room(archive: Archive, paths: Sequence[str], n_listed: int, folder: Path, link: Link) -> None:
    """Refuse to begin what the disk cannot hold; what is there already, or in part, needs no room."""
    absent = tuple(path for path in paths if not (folder / path).exists())
    in_parts = sum(p.stat().st_size for p in (folder / (a + PART_SUFFIX) for a in absent) if p.is_file())
    need = archive.need_bytes(absent, n_listed) - in_parts + SPARE_BYTES
    free = link.free(folder)
    if absent and need > free:
        rule = f"at least {need / 1e9:.2f} GB for what is not there yet"
        remedy = "Free some, or fetch a part (--folds, --first, --sampling-rate)."
        raise FetchError("fetch", f"the free room at {folder}", rule, f"{free / 1e9:.2f} GB", remedy)


def _summary(
    archive: Archive, link: Link, folder: Path, chosen: Chosen, outcomes: dict[str, Outcome], seconds: float
) -> Fetched:
    states = [o.state for o in outcomes.values()]
    missing = {o.path: o.reason for o in outcomes.values() if o.state == "missing"}
    return Fetched(
        archive=archive.name,
        version=archive.version,
        source=link.base_url,
        folder=folder,
        n_records=chosen.n_records,
        n_files=len(outcomes) + len(chosen.unlisted),
        n_there=states.count("there"),
        n_fetched=states.count("fetched") + states.count("replaced"),
        replaced=tuple(o.path for o in outcomes.values() if o.state == "replaced"),
        missing=missing | dict.fromkeys(chosen.unlisted, _UNLISTED),
        n_bytes=sum(o.n_bytes for o in outcomes.values()),
        seconds=seconds,
    )
