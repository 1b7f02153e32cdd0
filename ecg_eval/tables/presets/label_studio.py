"""Label Studio: the exports JSON (tasks with annotations), JSON-MIN and CSV (a row an annotation).

Formats: https://labelstud.io/guide/export (tried on Label Studio's own exports, tests/tables/presets). A cancelled
annotation is a task that was skipped, and answers nothing. A task's recording is its field ``record_id``, ``ecg_id`` or
``ecg``; without one the name of its picture, from which an upload's own prefix is taken.
"""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd

from ecg_eval.domain.columns import text_of
from ecg_eval.errors import InputFileError
from ecg_eval.tables.presets.choices import (
    Answered,
    dicts_in,
    last_part,
    long_table,
    looks_like,
    of_nothing,
    parsed,
    read_json,
    texts,
)

RECORD = ("record_id", "ecg_id", "ecg")
_READER = ("reader_id", "annotator", "completed_by")
_ALONG = {"arm": "arm", "period": "period"}
_NOT_ANSWERS = (
    *("id", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "inner_id"),
    *("ai_output", "session", "place"),  # that `ecg-eval plan materials` shows readers
)
_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
_PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".gif", ".pdf", ".html", ".webp")


def is_one(path: Path) -> bool:
    """Whether a file looks like an export of Label Studio."""

    def is_json(start: str) -> bool:
        return '"annotations"' in start or ('"annotation_id"' in start and '"annotator"' in start)

    return looks_like(path, columns={"annotation_id", "annotator", "lead_time"}, is_json=is_json)


def read(path: Path, read_table: Callable[[Path], pd.DataFrame], is_answer: Callable[[str], bool]) -> pd.DataFrame:
    """Return an export's answers in long form.

    Raises
    ------
    InputFileError
        For a file of another form, and for tasks that do not say which recording they are of.
    """
    notes: list[str] = []
    if path.suffix.lower() == ".json":
        items = dicts_in(path, read_json(path))
        full = bool(items) and "annotations" in items[0]
        answers = _of_tasks(path, items, notes) if full else _of_rows(path, items, notes)
    else:
        table = read_table(path).astype(object)
        rows = table.where(table.notna(), "").to_dict(orient="records")
        answers = _of_rows(path, [{str(k): parsed(str(v)) for k, v in row.items()} for row in rows], notes)
    return long_table(answers, is_answer, notes)


def _of_tasks(path: Path, tasks: list[dict[str, object]], notes: list[str]) -> list[Answered]:
    """Return the answers of the full export."""
    answers = []
    skipped, left = 0, dict[str, int]()
    for task in tasks:
        stored = task.get("data")
        data: dict[str, object] = stored if isinstance(stored, dict) else {}
        annotations = task.get("annotations")
        for annotation in annotations if isinstance(annotations, list) else ():
            if not isinstance(annotation, dict):
                raise InputFileError(str(path), "annotations", "objects", type(annotation).__name__)
            if annotation.get("was_cancelled"):
                skipped += 1
                continue
            reader = _reader(annotation.get("completed_by"))
            results = annotation.get("result")
            values = [r for r in results if isinstance(r, dict)] if isinstance(results, list) else []
            values_by_name = {
                str(r.get("from_name", "")): r["value"] for r in values if isinstance(r.get("value"), dict)
            }
            about = _about(data, annotation) | _confidence(
                {name: value.get("rating") for name, value in values_by_name.items()}
            )
            if not any("choices" in value for value in values_by_name.values()):
                answers.append(of_nothing(_record(path, data), reader, about))
            for name, value in values_by_name.items():
                if "choices" in value:
                    answers.append(_answered(path, data, reader, name, value["choices"], about))
                else:
                    left[name] = left.get(name, 0) + 1
    if skipped:
        notes.append(f"{skipped} annotations that were skipped answer nothing")
    notes += _not_read(left)
    return answers


def _not_read(left: dict[str, int]) -> list[str]:
    """Return which questions are no choices, with the number of their answers; the confidence is read."""
    return [
        f"question {name!r} is no choice and is not read: {n} answers"
        for name, n in left.items()
        if name.lower() != "confidence"
    ]


def _confidence(ratings: dict[str, object]) -> dict[str, str]:
    """Return the rating named confidence, where there is one."""
    given = next((value for name, value in ratings.items() if name.lower() == "confidence"), None)
    return {"confidence": str(given)} if isinstance(given, int | float | str) and given != "" else {}


def _of_rows(path: Path, rows: list[dict[str, object]], notes: list[str]) -> list[Answered]:
    """Return the answers of JSON-MIN and CSV."""
    answers = []
    left: dict[str, int] = {}
    for row in rows:
        record = next((k for k in RECORD if k in row), None)
        reader = _reader(next((row[k] for k in _READER if k in row), None))
        ratings = {name: _rating(value) for name, value in row.items()}
        about = _about(row, row) | _confidence(ratings)
        for name, value in row.items():
            if name in (record, *_READER, *_ALONG, *_NOT_ANSWERS) or _is_picture(value):
                continue
            is_choice = value == "" or isinstance(value, str) or (isinstance(value, dict) and "choices" in value)
            if is_choice and ratings[name] is None:
                answers.append(_answered(path, row, reader, name, value, about))
            else:
                left[name] = left.get(name, 0) + 1
    notes += _not_read(left)
    return answers


def _rating(value: object) -> object:
    """Return the number of a rating, which these exports write as a list of one."""
    first = value[0] if isinstance(value, list) and value else None
    return first.get("rating") if isinstance(first, dict) else None


def _is_picture(value: object) -> bool:
    return isinstance(value, str) and PurePosixPath(value.split("?", maxsplit=1)[0]).suffix.lower() in _PICTURES


def _answered(
    path: Path, data: dict[str, object], reader: str, question: str, answer: object, about: dict[str, str]
) -> Answered:
    return Answered(
        record_id=_record(path, data), reader_id=reader, question=question, chosen=texts(answer), about=about
    )


def _record(path: Path, data: dict[str, object]) -> str:
    """Return which recording a task is of."""
    for key in RECORD:
        if data.get(key) not in (None, ""):
            return text_of(data[key])
    for value in data.values():
        name = last_part(value) if isinstance(value, str) else ""
        if PurePosixPath(name).suffix.lower() in _PICTURES:
            return _UPLOAD.sub("", PurePosixPath(name).stem)
    rule = f"with a field {' or '.join(RECORD)}, or a picture"
    remedy = "Import tasks with their record_id into Label Studio."
    raise InputFileError(str(path), "tasks", rule, sorted(map(str, data))[:10], remedy)


def _reader(value: object) -> str:
    """Return who annotated: a number, an address, or an object with either."""
    if isinstance(value, dict):
        value = value.get("email") or value.get("username") or value.get("id")
    return "" if value is None else text_of(value)


def _about(data: dict[str, object], annotation: dict[str, object]) -> dict[str, str]:
    about = {ours: text_of(data[theirs]) for theirs, ours in _ALONG.items() if data.get(theirs) not in (None, "")}
    if annotation.get("lead_time") not in (None, ""):
        about["seconds"] = str(annotation["lead_time"])
    return about
