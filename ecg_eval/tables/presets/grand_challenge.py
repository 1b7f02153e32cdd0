"""Reader studies of grand-challenge.org: the answers as JSON or CSV.

Fields as its serializer gives them (comic/grand-challenge.org, app/grandchallenge/reader_studies/serializers.py:
answer, creator, display_set, question, total_edit_duration, is_ground_truth). Answers name their question by address;
its words come from a column ``question_text``, or from the reader study itself, saved as JSON beside the answers. The
study's own ground truth becomes the reader ``ground_truth``.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ecg_eval.tables.presets.choices import (
    Answered,
    dicts_in,
    last_part,
    long_table,
    looks_like,
    parsed,
    read_json,
    texts,
)

TRUTH = "ground_truth"


def is_one(path: Path) -> bool:
    """Whether a file looks like answers of a reader study."""
    fields = {"creator", "answer", "display_set"}
    return looks_like(path, columns=fields, is_json=lambda start: all(f'"{field}"' in start for field in fields))


def read(path: Path, read_table: Callable[[Path], pd.DataFrame], is_answer: Callable[[str], bool]) -> pd.DataFrame:
    """Return the answers in long form.

    Raises
    ------
    InputFileError
        For a file of another form.
    """
    if path.suffix.lower() == ".json":
        data = read_json(path)
        rows = dicts_in(path, data.get("results", data) if isinstance(data, dict) else data)
    else:
        table = read_table(path).astype(object)
        cells = table.where(table.notna(), "").to_dict(orient="records")
        rows = [{str(k): parsed(str(v)) if k == "answer" else v for k, v in row.items()} for row in cells]
    questions = _questions(path.parent)
    answers, images = [], 0
    for row in rows:
        key = last_part(row.get("question", ""))
        question, options = questions.get(key, (key, {}))
        if row.get("answer_image") or isinstance(row.get("answer"), dict):
            images += 1
            continue
        chosen = tuple(options.get(word, word) for word in texts(row.get("answer")))
        about = {"seconds": _seconds(row["total_edit_duration"])} if row.get("total_edit_duration") else {}
        is_truth = str(row.get("is_ground_truth", "")).lower() in ("true", "1")
        answers.append(
            Answered(
                record_id=last_part(row.get("display_set", "")),
                reader_id=TRUTH if is_truth else str(row.get("creator", "")),
                question=str(row.get("question_text") or question),
                chosen=chosen,
                about=about,
            )
        )
    return long_table(
        answers, is_answer, [f"{images} answers that are drawings or images are not read"] if images else ()
    )


def _questions(folder: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Return each question's words and choices by its key, from a reader study saved beside the answers."""
    questions: dict[str, tuple[str, dict[str, str]]] = {}
    for path in sorted(folder.glob("*.json")):
        data: object = read_json(path)
        listed = data.get("questions", []) if isinstance(data, dict) else []
        for question in listed if isinstance(listed, list) else ():
            if not isinstance(question, dict):
                continue
            words = str(question.get("question_text_safe") or question.get("question_text") or "")
            options = question.get("options")
            named = [o for o in options if isinstance(o, dict)] if isinstance(options, list) else []
            titles = {str(o.get("id")): str(o.get("title")) for o in named}
            questions[str(question.get("pk"))] = (words, titles)
    return questions


def _seconds(duration: object) -> str:
    """Return a duration as Django writes it (``[days ]h:mm:ss[.ffffff]``) in seconds; a number stays."""
    text = str(duration)
    if ":" not in text:
        return text
    days, _, clock = text.rpartition(" ")
    try:
        hours, minutes, seconds = (float(part) for part in clock.split(":"))
        return repr(86400 * float(days or 0) + 3600 * hours + 60 * minutes + seconds)
    except ValueError:
        return text
