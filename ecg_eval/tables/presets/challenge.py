"""Output files of the PhysioNet/CinC Challenges 2020 and 2021: one a recording, with labels and scores.

Format: the evaluation code of the Challenge (physionetchallenges/evaluation-2021, evaluate_model.py): a line
``#RECORD``, a line of classes (SNOMED CT codes), a line of 1 and 0, a line of scores. The path is the folder; the
reader is ``challenge_model`` unless ``files:`` names one folder a reader.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.findings import translate
from ecg_eval.errors import InputFileError

READER = "challenge_model"
_YES, _NO = ("1", "true", "t"), ("0", "false", "f")
_MAX_BYTES = 1 << 20


def is_one(path: Path) -> bool:
    """Whether a folder holds such files, by its first one."""
    if not path.is_dir():
        return False
    first = next(iter(sorted(path.glob("*.csv"))), None)
    if first is None:
        return False
    with first.open("rb") as file:
        return file.read(1) == b"#"


def read(path: Path, _read_table: Callable[[Path], pd.DataFrame], _is_answer: Callable[[str], bool]) -> pd.DataFrame:
    """Return the labels and scores of a folder of outputs in long form.

    Raises
    ------
    InputFileError
        For a file that is not of this form, by its line.
    """
    if not path.is_dir():
        raise InputFileError(str(path), "path", "a folder of output files", remedy="Name the folder.")
    files = sorted(path.glob("*.csv"))
    rows: list[tuple[str, str, str, str]] = []
    unknown: dict[str, int] = {}
    for file in files:
        record, classes, labels, scores = _lines(file)
        for word, label, score in zip(classes, labels, scores, strict=True):
            # several codes may stand in one class, joined by a bar, where the Challenge scores them as one
            codes = dict.fromkeys(c for part in word.split("|") if (c := translate(part.strip(), "snomed_ct")))
            if len(codes) != 1:
                unknown[word] = unknown.get(word, 0) + 1
                continue
            reading = "present" if label.lower() in _YES else "absent" if label.lower() in _NO else ""
            rows.append((record, next(iter(codes)), reading, score))
    table = pd.DataFrame(rows, columns=["record_id", "finding", "reading", "score"])
    # two codes that count as one finding: present where either is, with the higher score
    table["score"] = numbers_of(table["score"].astype("string")).astype("float64")
    order = table["reading"].map({"present": 2, "absent": 1}).fillna(0)
    table = table.assign(order=order).sort_values(["order", "score"], ascending=False, kind="stable")
    highest = table.groupby(["record_id", "finding"], sort=False)["score"].transform("max")
    table = table.assign(score=highest).drop_duplicates(["record_id", "finding"]).drop(columns="order")
    table = table.sort_values(["record_id", "finding"], kind="stable").assign(reader_id=READER)
    table.index = pd.RangeIndex(2, len(table) + 2)
    table.attrs["notes"] = [f"class {word}, which has no finding here: {n} recordings" for word, n in unknown.items()]
    return table


def _lines(file: Path) -> tuple[str, list[str], list[str], list[str]]:
    if file.stat().st_size > _MAX_BYTES:
        raise InputFileError(str(file), "file", f"at most {_MAX_BYTES} bytes", file.stat().st_size)
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputFileError(str(file), "file", "text", str(error)[:80]) from None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 4 or not lines[0].startswith("#"):
        rule = "lines of #record, classes, labels and scores"
        raise InputFileError(str(file), "file", rule, lines[0][:40] if lines else "nothing")
    classes, labels, scores = ([cell.strip() for cell in next(csv.reader([line]))] for line in lines[1:4])
    if not len(classes) == len(labels) == len(scores):
        rule = f"one for each of {len(classes)} classes"
        raise InputFileError(str(file), "labels and scores", rule, (len(labels), len(scores)))
    return lines[0][1:].split(",", maxsplit=1)[0].strip(), classes, labels, scores
