"""Tables that come with an archive: what is missing from them, said all at once, and their digests."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import descendants, finding, translate, vocabulary
from ecg_eval.errors import EcgEvalError, InputFileError, UnknownNameError, suggestion


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
    known = set(spoken)
    answer = {}
    for code in findings:
        finding(code)
        spellings = tuple(s for s in spellings_below(code, scheme) if s in known)
        if not spellings:
            codes = {c for s in known if (c := translate(s, scheme)) is not None}
            rule = "one that this archive's labels speak of"
            raise UnknownNameError(who, "finding", rule, code, suggestion(code, codes))
        answer[code] = spellings
    return answer
