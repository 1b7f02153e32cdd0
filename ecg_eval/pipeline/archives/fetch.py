"""Public archives, fetched: from a name and words about a part of it to files and a summary."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ecg_eval.datasets._fetching.archive_fetch import Fetched, archive_folder, checked_base_url, fetch_archive
from ecg_eval.datasets._fetching.archives import ARCHIVES, Selection, archive
from ecg_eval.datasets._fetching.credentials import credentials_for
from ecg_eval.datasets._fetching.download import Link
from ecg_eval.datasets._fetching.patience import Patience
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.progress import Progress, silent

__all__ = ["Fetched", "Patience", "fetch", "fetchable", "fetched_text", "spread"]

MAX_THREADS = 16
_MAX_SPREAD = 1_000_000
_NAMED = 20


def fetchable() -> tuple[str, ...]:
    """Return the names of the archives that can be fetched."""
    return tuple(ARCHIVES)


def fetch(  # noqa: PLR0913 - each is one thing that a command line may say
    name: str,
    *,
    to: Path | str = "data",
    folds: Iterable[int] = (),
    ids: Iterable[str] = (),
    first: int | None = None,
    sampling_rate_hz: int | None = None,
    mirror: bool = False,
    url: str | None = None,
    threads: int = 4,
    progress: Progress = silent,
    ask: Callable[[str, bool], str] | None = None,
    environ: Mapping[str, str] = os.environ,
    patience: Patience | None = None,
) -> Fetched:
    """Fetch a public archive or a part of it; run again, it goes on where it was and ends with the right files.

    Parameters
    ----------
    name : str
        See `fetchable`.
    to : Path
        The archive gets a folder of its own below it (``data/ptb-xl``), unless `to` has that name already.
    folds : iterable of int, optional
        The archive's own folds.
    ids : iterable of str, optional
        Record ids.
    first : int, optional
        The first so many records of what the others leave.
    sampling_rate_hz : int, optional
        PTB-XL: 100 or 500; both when not given.
    mirror : bool
        From PhysioNet's public bucket at Amazon instead of its own server.
    url : str, optional
        From another address, which has the files and SHA256SUMS.txt below it.
    threads : int
        Files at once, 1 to 16.
    progress : callable
        Wraps the paths while they are done.
    ask : callable, optional
        (question, whether to hide the answer) -> answer, for credentials that the environment lacks.
    environ : mapping of str to str
        PHYSIONET_USERNAME and PHYSIONET_PASSWORD, for archives that are not open.
    patience : Patience, optional
        How failures are met.

    Raises
    ------
    ArgumentError, UnknownNameError
        When there is no such archive or part.
    FetchError
        When nothing can be fetched. A file that cannot is no error: it is in the summary's `missing`.
    """
    chosen = archive(name)
    if mirror and url is not None:
        raise ArgumentError("fetch", "url", "left out with the mirror", url)
    if not 1 <= threads <= MAX_THREADS:
        raise ArgumentError("fetch", "threads", f"1 to {MAX_THREADS}", threads, "The archives are a shared service.")
    selection = Selection(folds=tuple(folds), ids=tuple(map(str, ids)), first=first, sampling_rate_hz=sampling_rate_hz)
    chosen.check(selection)
    base_url = checked_base_url(url or (chosen.mirror if mirror else chosen.url))
    credentials = None if chosen.access == "open" else credentials_for(base_url, environ=environ, ask=ask)
    link = Link(base_url=base_url, credentials=credentials, threads=threads, patience=patience or Patience())
    folder = archive_folder(chosen, Path(to))
    return fetch_archive(chosen, folder=folder, selection=selection, link=link, watch=progress)


def spread(words: Sequence[str]) -> tuple[str, ...]:
    """Return the names that words such as ``1-3,7`` stand for, without repeats, in their order.

    Raises
    ------
    ArgumentError
        For an empty name, or a range that runs backwards or has more than a million members.

    Examples
    --------
    >>> spread(["1-3,7", "E00001"])
    ('1', '2', '3', '7', 'E00001')
    """
    names: dict[str, None] = {}
    for word in (part.strip() for text in words for part in text.split(",")):
        low, dash, high = word.partition("-")
        if dash and low.isdecimal() and high.isdecimal():
            if not 0 <= int(high) - int(low) < _MAX_SPREAD:
                raise ArgumentError("fetch", "a range", "from low to high, of at most a million", word)
            names |= dict.fromkeys(map(str, range(int(low), int(high) + 1)))
        elif word:
            names[word] = None
        else:
            raise ArgumentError("fetch", "a list", "names or ranges between commas, such as 1-8,10", " ".join(words))
    return tuple(names)


def fetched_text(fetched: Fetched) -> str:
    """Return the summary in words."""
    n_right = fetched.n_there + fetched.n_fetched
    lines = [
        f"{fetched.archive} {fetched.version} from {fetched.source}",
        f"Folder:   {fetched.folder}",
        f"Asked:    {fetched.n_records:,} records, {fetched.n_files:,} files",
        f"There:    {n_right:,} files with the right SHA-256 ({fetched.n_there:,} before, {fetched.n_fetched:,} now, "
        f"{fetched.n_bytes / 1e6:,.1f} MB in {fetched.seconds:,.0f} s)",
    ]
    if fetched.replaced:
        lines.append(f"Replaced: {len(fetched.replaced):,} that were not the archive's")
        lines += _some([f"  {path}" for path in fetched.replaced])
    if fetched.missing:
        lines.append(f"Missing:  {len(fetched.missing):,}; run the same line again to go on")
        lines += _some([f"  {path}: {reason}" for path, reason in fetched.missing.items()])
    return "\n".join(lines)


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _NAMED
    return [*lines[:_NAMED], *([f"  and {more:,} more; --json names all"] if more > 0 else [])]
