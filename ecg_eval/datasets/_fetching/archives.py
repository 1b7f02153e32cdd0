"""Public archives that can be fetched: where each is, how large, and which files make a subset of it.

All are in PhysioNet's layout: files below one address, named with their SHA-256 in SHA256SUMS.txt. A subset always has
the archive's tables; which records it has is told by the archive's own table (PTB-XL: folds, ids) or, where there is
none that is common to archives, by the headers in the list of checksums (ids).
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from ecg_eval.datasets._fetching.checksums import safe_path
from ecg_eval.errors import ArgumentError, FetchError, UnknownNameError, suggestion

_PTB_XL_TABLE = "ptbxl_database.csv"
_PTB_XL_FILES = {100: "filename_lr", 500: "filename_hr"}
_PTB_XL_FOLDERS = {100: "records100/", 500: "records500/"}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which part of an archive is wanted; nothing said means all of it.

    Attributes
    ----------
    folds : tuple of int
        The archive's own folds.
    ids : tuple of str
        Record ids.
    first : int or None
        The first so many records of what the others leave.
    sampling_rate_hz : int or None
        One of the sets of recordings, where an archive has several.
    """

    folds: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    first: int | None = None
    sampling_rate_hz: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every record is wanted."""
        return not self.folds and not self.ids and self.first is None


@dataclass(frozen=True)
class Chosen:
    """Files of a subset.

    Attributes
    ----------
    paths : tuple of str
        Files that the archive lists.
    unlisted : tuple of str
        Files that its table names and its list of checksums does not.
    n_records : int
    """

    paths: tuple[str, ...]
    unlisted: tuple[str, ...]
    n_records: int


# (files listed, folder with the tables, what is wanted) -> its files
Choose = Callable[[Mapping[str, str], Path, Selection], Chosen]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A public archive.

    Attributes
    ----------
    name, version : str
        PhysioNet's own; the folder that it is fetched into has the name.
    access : str
        "open" or "credentialed".
    size_bytes : int or None
        Of the whole, for checking the disk before anything is fetched; None where we do not know.
    tables : tuple of str
        Files that are needed before a subset can be chosen.
    sampling_rates_hz : tuple of int
        Sets of recordings that can be asked for apart.
    has_folds : bool
    choose : callable
    bytes_of : tuple of (str, int)
        Ending of a path and the size of such files, where they are all alike.
    """

    name: str
    version: str
    access: Literal["open", "credentialed"] = "open"
    size_bytes: int | None = None
    tables: tuple[str, ...] = ()
    sampling_rates_hz: tuple[int, ...] = ()
    has_folds: bool = False
    choose: Choose
    bytes_of: tuple[tuple[str, int], ...] = ()

    @property
    def url(self) -> str:
        """Where PhysioNet keeps its files."""
        return f"https://physionet.org/files/{self.name}/{self.version}/"

    @property
    def mirror(self) -> str:
        """Where PhysioNet's public bucket at Amazon keeps the same files, reached without an account."""
        return f"https://physionet-open.s3.amazonaws.com/{self.name}/{self.version}/"

    def need_bytes(self, absent: tuple[str, ...], n_listed: int) -> int:
        """Return about how much room files need: by kind where known, else their share of the whole."""
        if not self.bytes_of:
            return int((self.size_bytes or 0) * len(absent) / max(n_listed, 1))
        return sum(next((n for ending, n in self.bytes_of if path.endswith(ending)), 0) for path in absent)

    def check(self, selection: Selection) -> None:
        """Refuse what this archive cannot be asked for.

        Raises
        ------
        ArgumentError
        """
        if selection.folds and not self.has_folds:
            raise ArgumentError(self.name, "folds", "left out: this archive has none", selection.folds)
        if selection.first is not None and selection.first < 1:
            raise ArgumentError(self.name, "first", "1 or more", selection.first)
        rate = selection.sampling_rate_hz
        if rate is not None and rate not in self.sampling_rates_hz:
            rates = " or ".join(map(str, self.sampling_rates_hz)) or "left out: this archive has one set of recordings"
            raise ArgumentError(self.name, "sampling_rate_hz", rates, rate)


def archive(name: str) -> Archive:
    """Return an archive by its name; ``ptb_xl``, the dataset's name, is ``ptb-xl`` too.

    Raises
    ------
    UnknownNameError
    """
    folded = name.casefold().replace("_", "-")
    if folded not in ARCHIVES:
        raise UnknownNameError("fetch", "archive", "one that can be fetched", name, suggestion(folded, ARCHIVES))
    return ARCHIVES[folded]


def _choose_ptb_xl(listed: Mapping[str, str], folder: Path, selection: Selection) -> Chosen:
    """Choose by ``ptbxl_database.csv``: ecg_id, strat_fold, and the stems of both sets of recordings."""
    rates = (selection.sampling_rate_hz,) if selection.sampling_rate_hz else tuple(_PTB_XL_FOLDERS)
    folders = tuple(_PTB_XL_FOLDERS.values())
    unwanted = tuple(prefix for rate, prefix in _PTB_XL_FOLDERS.items() if rate not in rates)
    if selection.is_whole:
        paths = tuple(path for path in listed if not path.startswith(unwanted))
        return Chosen(paths, (), len({PurePosixPath(p).stem.partition("_")[0] for p in paths if p.startswith(folders)}))
    tables = tuple(path for path in listed if not path.startswith(folders))
    rows = _table(folder / _PTB_XL_TABLE, ("ecg_id", "strat_fold", *_PTB_XL_FILES.values()))
    rows = _picked(rows, selection)
    stems = [safe_path(row[_PTB_XL_FILES[rate]], source=_PTB_XL_TABLE) for row in rows for rate in rates]
    files = [stem + suffix for stem in stems for suffix in (".hea", ".dat")]
    there = tuple(f for f in files if f in listed)
    return Chosen((*tables, *there), tuple(f for f in files if f not in listed), len(rows))


def _table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            rows = [{c: row.get(c) or "" for c in columns} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FetchError(path.name, "the table", "CSV in UTF-8", str(error)[:80]) from None
    if missing:
        raise FetchError(path.name, "the table", f"with the columns {', '.join(columns)}", missing)
    return rows


def _picked(rows: list[dict[str, str]], selection: Selection) -> list[dict[str, str]]:
    """Return the rows of the folds and ids, in the table's order, and of those the first."""
    if selection.folds:
        there = {_number(row["strat_fold"]) for row in rows}
        unknown = [f for f in selection.folds if str(f) not in there]
        if unknown:
            folds_there = ", ".join(sorted(there, key=lambda fold: (len(fold), fold)))
            raise ArgumentError("ptb-xl", "folds", f"among {folds_there}", unknown)
        rows = [row for row in rows if _number(row["strat_fold"]) in {str(f) for f in selection.folds}]
    if selection.ids:
        wanted = {_number(record) for record in selection.ids}
        unknown_ids = sorted(wanted - {_number(row["ecg_id"]) for row in rows})
        if unknown_ids:
            within = " in these folds" if selection.folds else ""
            remedy = "Ids are 1, 2, ...; some were withdrawn between versions."
            raise UnknownNameError("ptb-xl", "ids", f"ecg_ids of the table{within}", unknown_ids[:10], remedy)
        rows = [row for row in rows if _number(row["ecg_id"]) in wanted]
    return rows[: selection.first]


def _number(cell: str) -> str:
    """Return a whole number as it is named: 7 for 7, 7.0 and 007."""
    whole = cell.strip().removesuffix(".0")
    return str(int(whole)) if whole.isdecimal() else whole


def _choose_by_headers(listed: Mapping[str, str], folder: Path, selection: Selection) -> Chosen:
    """Choose by WFDB headers: a record is a listed ``PATH/ID.hea``, its files every listed ``PATH/ID.*``."""
    records = [path.removesuffix(".hea") for path in listed if path.endswith(".hea")]
    of_record: dict[str, list[str]] = {stem: [] for stem in records}
    tables: list[str] = []
    for path in listed:
        stem = path[: len(path) - len(PurePosixPath(path).suffix)]
        of_record.get(stem, tables).append(path)
    if selection.ids:
        names = {PurePosixPath(stem).name for stem in records}
        unknown = [record for record in selection.ids if record not in names]
        if unknown:
            remedy = suggestion(unknown[0], names) if len(names) < 1000 else ""
            raise UnknownNameError("fetch", "ids", "records of the archive", unknown[:10], remedy)
        records = [stem for stem in records if PurePosixPath(stem).name in set(selection.ids)]
    records = records[: selection.first]
    return Chosen((*tables, *(path for stem in records for path in of_record[stem])), (), len(records))


def _by_headers(name: str, version: str, size_bytes: int | None = None) -> Archive:
    return Archive(name=name, version=version, size_bytes=size_bytes, choose=_choose_by_headers)


def _choose_ptb_xl_plus(listed: Mapping[str, str], folder: Path, selection: Selection) -> Chosen:
    """Choose by the ecg_id that a derived file's name begins with, ``00001_medians.dat``; tables always come."""
    numbered = {path: int(name[1]) for path in listed if (name := _NUMBERED.match(PurePosixPath(path).name))}
    record_numbers = sorted(set(numbered.values()))
    if selection.is_whole:
        return Chosen(tuple(listed), (), len(record_numbers))
    wanted = {_number(record) for record in selection.ids}
    unknown = sorted(wanted - {str(number) for number in record_numbers})
    if unknown:
        raise UnknownNameError("ptb-xl-plus", "ids", "ecg_ids of PTB-XL", unknown[:10], "Ids are 1, 2, ...")
    chosen = [number for number in record_numbers if not wanted or str(number) in wanted][: selection.first]
    mine = set(chosen)
    return Chosen(tuple(p for p in listed if p not in numbered or numbered[p] in mine), (), len(chosen))


_NUMBERED = re.compile(r"(\d{1,9})_", re.ASCII)


ARCHIVES = {
    entry.name: entry
    for entry in (
        Archive(
            name="ptb-xl",
            version="1.0.3",
            # 21,799 records: 12 leads x 2 bytes x 1,000 and x 5,000 samples, two headers each
            size_bytes=3_200_000_000,
            tables=(_PTB_XL_TABLE,),
            sampling_rates_hz=(100, 500),
            has_folds=True,
            choose=_choose_ptb_xl,
            # a header takes a block of the disk, whatever its length
            bytes_of=(("_lr.dat", 24_000), ("_hr.dat", 120_000), (".hea", 4_096), (".csv", 7_000_000)),
        ),
        _by_headers("ludb", "1.0.1"),
        _by_headers("mitdb", "1.0.0"),
        _by_headers("nstdb", "1.0.0"),
        _by_headers("qtdb", "1.0.0"),
        # records times samples, leads and 2 bytes, and a block of the disk for each header
        _by_headers("challenge-2021", "1.0.3", 13_800_000_000),
        _by_headers("challenge-2020", "1.0.2", 8_200_000_000),
        _by_headers("ecg-arrhythmia", "1.0.0", 5_600_000_000),
        _by_headers("mimic-iv-ecg", "1.0", 100_000_000_000),
        _by_headers("incartdb", "1.0.0", 850_000_000),
        _by_headers("ptbdb", "1.0.0", 1_900_000_000),
        Archive(name="ptb-xl-plus", version="1.0.1", choose=_choose_ptb_xl_plus),
    )
}
