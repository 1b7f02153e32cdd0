"""Questions with choices, as annotation programs keep them: per finding, or one question whose choices are findings."""

import json
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import pandas as pd

from ecg_eval.errors import InputFileError

_MAX_BYTES = 1 << 28
_START_BYTES = 1 << 16
# choices that say that none of the others is there
NOTHING = frozenset({"none", "none of these", "none of the above", "no finding", "aucun", "aucune", "aucun de ceux-ci"})
MANAGEMENT_QUESTION = "management"  # what would be done, said of the whole ECG
COLUMNS = (
    "record_id",
    "reader_id",
    "finding",
    "reading",
    "arm",
    "period",
    "confidence",
    "seconds",
    "management",
    "comment",
)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One question answered by one reader of one recording.

    Attributes
    ----------
    record_id, reader_id, question : str
    chosen : tuple of str
        What was chosen; empty where nothing was.
    about : dict of str to str
        Our columns known beside it (arm, seconds, ...).
    """

    record_id: str
    reader_id: str
    question: str
    chosen: tuple[str, ...]
    about: dict[str, str] = field(default_factory=dict)


def long_table(
    answers: Sequence[Answered], is_answer: Callable[[str], bool], notes: Iterable[str] = ()
) -> pd.DataFrame:
    """Return answered questions in long form.

    A question all of whose choices are words for answers is about the finding that it names. Of any other, the choices
    are findings: those chosen are present, those that somebody chose elsewhere absent, and a question left empty
    answers nothing. A reading that only says what would be done, or nothing at all, has a row a finding, without an
    answer.

    Parameters
    ----------
    answers : sequence of Answered
    is_answer : callable
        Whether a word is an answer.
    notes : iterable of str
        What of the file was not read.
    """
    choices: dict[str, dict[str, None]] = {}
    done = {_which(one): "; ".join(one.chosen) for one in answers if _is_of_whole(one)}
    of_whole = {_which(one): _with_management(one, done) for one in answers if _is_of_whole(one)}
    answers = [_with_management(one, done) for one in answers if not _is_of_whole(one)]
    for one in answers:
        choices.setdefault(one.question, {}).update(dict.fromkeys(one.chosen))
    rows: list[dict[str, str]] = []
    left_out = list(notes)
    for question, met in choices.items():
        of_question = [one for one in answers if one.question == question]
        if met and all(map(is_answer, met)):
            rows += [_row(one, question, "; ".join(one.chosen)) for one in of_question]
            continue
        named = [choice for choice in met if not is_answer(choice) and choice.casefold() not in NOTHING]
        left_out.append(
            f"question {question!r}: {len(named)} choices were chosen by anybody ({', '.join(named)}); one that nobody "
            "ever chose is not in the export, and has no reading"
        )
        for one in of_question:
            words = [choice for choice in one.chosen if is_answer(choice)]
            for choice in named:
                picked = "present" if choice in one.chosen else words[0] if words else "absent" if one.chosen else ""
                rows.append(_row(one, choice, picked))
    silent = {key: one for key, one in of_whole.items() if key not in {_which(one) for one in answers}}
    findings = dict.fromkeys(row["finding"] for row in rows)
    rows += [_row(one, finding, "") for one in silent.values() for finding in findings]
    if silent and not findings:
        left_out.append(f"{len(silent)} ECGs without an answer about any finding")
    table = pd.DataFrame(rows, columns=list(COLUMNS)).fillna("")
    table = table.drop(columns=[c for c in COLUMNS[4:] if not table[c].astype(bool).any()])
    table.index = pd.RangeIndex(2, len(table) + 2)
    table.attrs["notes"] = left_out
    return table


def of_nothing(record_id: str, reader_id: str, about: dict[str, str]) -> Answered:
    """Return that an ECG was looked at and no question answered."""
    return Answered(record_id=record_id, reader_id=reader_id, question=MANAGEMENT_QUESTION, chosen=(), about=about)


def _is_of_whole(one: Answered) -> bool:
    """Whether an answer is about the whole ECG, and no finding."""
    return one.question.casefold() == MANAGEMENT_QUESTION


def _which(one: Answered) -> tuple[str, ...]:
    """Return the reading that an answer belongs to."""
    return (one.record_id, one.reader_id, one.about.get("arm", ""), one.about.get("period", ""))


def _with_management(one: Answered, done: dict[tuple[str, ...], str]) -> Answered:
    """Return an answer with what its reader would do about the ECG, where that was said."""
    management = done.get(_which(one), "")
    return replace(one, about={**one.about, "management": management}) if management else one


def _row(one: Answered, finding: str, reading: str) -> dict[str, str]:
    return {"record_id": one.record_id, "reader_id": one.reader_id, "finding": finding, "reading": reading, **one.about}


def looks_like(path: Path, *, columns: Set[str], is_json: Callable[[str], bool]) -> bool:
    """Whether a file begins like an export: CSV with some columns, or JSON whose beginning is as `is_json` tells."""
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return False
    if path.suffix.lower() == ".json":
        return is_json(start)
    header = start.split("\n", maxsplit=1)[0].replace('"', "").strip().split(",")
    return path.suffix.lower() == ".csv" and columns <= set(header)


def read_json(path: Path) -> object:
    """Return what a JSON file holds.

    Raises
    ------
    InputFileError
        When it is too large, no text or no JSON.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise InputFileError(str(path), "file", f"at most {_MAX_BYTES} bytes", path.stat().st_size)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputFileError(str(path), "file", "JSON", str(error)[:120], "Export it again.") from None


def dicts_in(path: Path, data: object) -> list[dict[str, object]]:
    """Return a JSON list of objects.

    Raises
    ------
    InputFileError
        When it is something else.
    """
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise InputFileError(str(path), "file", "a JSON list of objects", type(data).__name__, "Is it another export?")
    return data


def last_part(address: object) -> str:
    """Return the last part of an address, without ending: ``.../display-sets/7f3a/`` is ``7f3a``."""
    return PurePosixPath(str(address).split("?", maxsplit=1)[0].rstrip("/")).name


def texts(value: object) -> tuple[str, ...]:
    """Return a value that is one text, several, or nothing, as texts."""
    if value is None or value == "":
        return ()
    if isinstance(value, list | tuple):
        return tuple(part for item in value for part in texts(item))
    if isinstance(value, bool):
        return ("1" if value else "0",)
    if isinstance(value, dict):
        return texts(value.get("choices", value.get("title")))
    return (str(value),)


def parsed(cell: str) -> object:
    """Return a cell of a table that may hold JSON: ``{"choices": ["AF", "LBBB"]}``, ``["AF"]``, ``true``."""
    text = cell.strip()
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return {"true": True, "false": False}.get(text.lower(), text)
