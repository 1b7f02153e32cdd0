"""Tables that come with an archive: what is missing from them, said all at once, and their digests."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import descendants, finding, translate, vocabulary
from ecg_eval.errors import EcgEvalError, InputFileError, UnknownNameError, suggestion

MAX_TABLE_BYTES = 1 << 30
MAX_COLUMNS = 10_000
_HEAD_BYTES = 1 << 20


def check_table(path: Path) -> None:
    """Refuse a CSV table that would cost memory without end, or whose columns would be shifted.

    pandas takes the first cells of rows that are longer than the header for an index, which moves every column.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it is too large, has too many columns, a header or first row without end, or a first row longer than its
        header.
    """
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ValueError(f"more than {MAX_TABLE_BYTES} bytes")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    text = StringIO(head.decode("utf-8", "replace"), newline="")
    try:
        rows = csv.reader(text)
        header, first = next(rows, []), next(rows, [])
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(head) == _HEAD_BYTES and not text.read(1):
        raise ValueError("the first two rows do not end")
    if len(header) > MAX_COLUMNS:
        raise ValueError(f"more than {MAX_COLUMNS} columns")
    if len(first) > len(header) and any(first[len(header) :]):
        raise ValueError(f"{len(first)} cells in the first row below a header of {len(header)}")


def table_problems(who: str, root: Path, tables: Mapping[str, Sequence[str]], *, get_it: str) -> list[EcgEvalError]:
    """Return what is missing: the folder, its tables, their columns.

    Parameters
    ----------
    who : str
        Name of the dataset.
    root : Path
    tables : mapping of str to sequence of str
        File below `root` to the columns that it must have.
    get_it : str
        What a user does to get the archive.
    """
    if not root.is_dir():
        return [InputFileError(who, "root", "a folder", str(root), get_it)]
    problems: list[EcgEvalError] = []
    for name, columns in tables.items():
        path = root / name
        if not path.is_file():
            problems.append(InputFileError(who, name, f"in {root}", remedy=get_it))
            continue
        try:
            check_table(path)
            present = list(pd.read_csv(path, nrows=0).columns)
        except (ValueError, OSError) as error:  # pandas' parser errors and wrong encodings are ValueErrors
            problems.append(InputFileError(who, str(path), "a CSV table", str(error)[:80], get_it))
            continue
        missing = [column for column in columns if column not in present]
        if missing:
            rule = f"with the columns {', '.join(columns)}"
            remedy = f"Missing: {', '.join(missing)}. {get_it}"
            problems.append(InputFileError(who, str(path), rule, present[:40], remedy))
    return problems


def file_digests(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 digest of each file that is there, by its name below `root`."""
    digests = {}
    for name in names:
        path = root / name
        if path.is_file():
            with path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def spellings_below(code: str, scheme: str) -> tuple[str, ...]:
    """Return every spelling, in a scheme, of a finding and of the findings that imply it."""
    family = descendants(code)
    return tuple(s for f in vocabulary().values() if f.code in family for s in f.spellings(scheme))


def askable(findings: Sequence[str], scheme: str, spoken: Iterable[str], *, who: str) -> dict[str, tuple[str, ...]]:
    """Return the archive's spellings of each finding, refusing a finding that the archive cannot speak of.

    Parameters
    ----------
    findings : sequence of str
        Codes of the vocabulary.
    scheme : str
        The archive's scheme ("scp", "snomed_ct", ...).
    spoken : iterable of str
        Every spelling that the archive uses.
    who : str
        Name of the dataset.

    Raises
    ------
    UnknownNameError
    """
    askable_codes = set(spoken)
    answer = {}
    for code in findings:
        finding(code)
        spellings = tuple(s for s in spellings_below(code, scheme) if s in askable_codes)
        if not spellings:
            codes = {c for s in askable_codes if (c := translate(s, scheme)) is not None}
            rule = "one that this archive's labels speak of"
            raise UnknownNameError(who, "finding", rule, code, suggestion(code, codes))
        answer[code] = spellings
    return answer
