"""REDCap: data exports, raw or labelled, with the data dictionary where it stands beside them.

Format (REDCap's own help, "Data exports"): the first column is the record; ``redcap_event_name``,
``redcap_repeat_instrument`` and ``redcap_repeat_instance`` follow in longitudinal and repeating projects (Event Name,
Repeat Instrument, Repeat Instance in a labelled export); a checkbox is a column a choice, ``dx___af`` with 1 and 0 or
``Diagnosis (choice=AF)`` with Checked and Unchecked, and REDCap writes codes of choices in small letters; a form's
status is ``form_complete`` (0, 1, 2; Complete?). Boxes of a form that nobody finished are not "none": they are missing.

* The recording is the field ``ecg_id``, ``ecg`` or ``recording``, else REDCap's record. The reader is ``reader_id`` or
  ``reader``, else REDCap's record where that is not the recording.
* Fields of a record's own row (its first form) belong to each of its repeated rows.
* An event named unaided or aided is the arm; other events are words that ``arms:`` explains.
* A data dictionary (a CSV whose first column is "Variable / Field Name") in the same folder turns codes into labels.
* Of a project that `ecg-eval plan materials` wrote, fields are ``dx_`` and a finding, and codes of choices are answers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.reading import AIDED, ANSWERS, MANAGEMENT, UNAIDED
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import InputFileError
from ecg_eval.tables.presets.choices import NOTHING, Answered, long_table, of_nothing

_EVENT = ("redcap_event_name", "Event Name")
_INSTRUMENT = ("redcap_repeat_instrument", "Repeat Instrument")
_INSTANCE = ("redcap_repeat_instance", "Repeat Instance")
_RECORDING = ("ecg_id", "ecg", "recording", "recording_id")
_READER = ("reader_id", "reader")
_ALONG = {"arm": "arm", "period": "period", "confidence": "confidence", "seconds": "seconds", "comment": "comment"}
_CHECKBOX = re.compile(r"(.+?)___(.+)|(.+) \(choice=(.*)\)")
_NEGATIVE = re.compile(r"_\d+")  # a code below zero, as REDCap writes it
_STATUS = re.compile(r".+_complete|Complete\?(\..*)?")
_ARM = re.compile(r"_arm_\d+[a-z]?$| \(Arm \d+: .*\)$")
_FIELD, _CHOICES, _LABEL = "Variable / Field Name", "Choices, Calculations, OR Slider Labels", "Field Label"
_TYPE, _CHOOSING = "Field Type", ("radio", "dropdown", "yesno", "truefalse", "checkbox")
FINDING_FIELD = "dx_"  # before the code of a finding, which may begin with a digit
_CODED = {*ANSWERS, *MANAGEMENT}  # that codes of choices may be
_SHOWN = ("place", "ai_output")  # that readers are shown
# of a data dictionary, as REDCap takes one
DICTIONARY_COLUMNS = (
    _FIELD,
    "Form Name",
    "Section Header",
    _TYPE,
    _LABEL,
    _CHOICES,
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
_CHECKED = {"1": True, "checked": True, "0": False, "unchecked": False}


@dataclass(frozen=True)
class Field:
    """A field of the data dictionary: its label, its choices (code to label) and its type."""

    label: str
    choices: dict[str, str]
    kind: str


def is_one(path: Path) -> bool:
    """Whether a file looks like an export of REDCap."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open("rb") as file:
            header = file.readline().decode("utf-8", errors="replace")
    except OSError:
        return False
    marks = (*_EVENT, *_INSTRUMENT, "redcap_data_access_group", "Complete?", "(choice=")
    return any(mark in header for mark in marks) or (bool(re.search(r"\w___\w", header)) and "_complete" in header)


def read(path: Path, read_table: Callable[[Path], pd.DataFrame], is_answer: Callable[[str], bool]) -> pd.DataFrame:
    """Return an export's answers in long form.

    Raises
    ------
    InputFileError
        Where recording and reader cannot be told.
    """
    fields = _dictionary(path.parent, read_table)
    table = _of_repeats(_by_variables(read_table(path).astype(object), fields))
    names = [str(column) for column in table.columns]
    record = names[0]
    recording = next((_column(names, fields, word) for word in _RECORDING if _column(names, fields, word)), None)
    reader = next((_column(names, fields, word) for word in _READER if _column(names, fields, word)), None)
    if recording is None and reader is None:
        rule = f"with a field {' or '.join((*_RECORDING, *_READER))} beside REDCap's record"
        remedy = "Read it without `preset:`, naming `record_id:` and `reader_id:`."
        raise InputFileError(str(path), "export", rule, names[:12], remedy)
    meta = {
        record,
        recording,
        reader,
        *_EVENT,
        *_INSTRUMENT,
        *_INSTANCE,
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
    statuses = [name for name in names if _STATUS.fullmatch(name)]
    along = {column: ours for word, ours in _ALONG.items() if (column := _column(names, fields, word))}
    boxes = {name: _box(name, fields) for name in names if _CHECKBOX.fullmatch(name)}
    shown = {_column(names, fields, word) for word in _SHOWN}
    plain = [n for n in names if n not in (*meta, *statuses, *boxes, *shown) and n not in along]
    unread = [name for name in plain if not _chooses(name, table[name], fields, is_answer)]
    plain = [name for name in plain if name not in unread]
    answers: list[Answered] = []
    untouched, lists = 0, _Lists(boxes, is_answer)
    for _, row in table.iterrows():
        cells = {name: "" if pd.isna(row[name]) else str(row[name]).strip() for name in names}
        who = cells[reader] if reader else cells[record]
        which = cells[recording] if recording else cells[record]
        if not who or not which:  # a row of another form
            continue
        about = {ours: cells[column] for column, ours in along.items() if cells[column]}
        about |= _arm_of(cells, about)
        asked: dict[str, list[str]] = {}
        for name, (question, choice) in boxes.items():
            asked.setdefault(question, [])
            if _CHECKED.get(cells[name].lower(), False):
                asked[question].append(choice)
        unfinished = bool(statuses) and not any(
            cells[s].lower() in ("1", "2", "complete", "unverified") for s in statuses
        )
        for question, chosen in asked.items():
            if not chosen and unfinished:
                untouched += 1
                continue
            for choice, answer in lists.answers(question, chosen).items():
                ticks = (answer,) if answer else ()
                answers.append(Answered(record_id=which, reader_id=who, question=choice, chosen=ticks, about=about))
        for name in plain:
            if cells[name]:
                answer = _labelled(name, cells[name], fields)
                answers.append(
                    Answered(record_id=which, reader_id=who, question=_finding(name), chosen=(answer,), about=about)
                )
        if not any(cells[name] for name in plain) and set(about) - {"arm", "period"}:
            answers.append(of_nothing(which, who, about))
    notes = [f"{untouched} lists of boxes without a tick on forms that are not complete: missing"] if untouched else []
    notes += lists.notes()
    for name in unread:
        n = int((table[name].fillna("").astype(str).str.strip() != "").sum())
        notes.append(f"field {name} is no choice and is not read: {n} cells")
    return long_table(answers, is_answer, notes)


class _Lists:
    """What lists of boxes say, finding by finding; boxes that are no finding are told by their labels.

    A box labelled "none" says that the others are not there, and then a list without any tick answers nothing. A box
    labelled with an answer ("not readable") gives that answer to all that is not ticked. A box of a negative code
    without a label (REDCap writes -99 as ``dx____99``) may mean either: what is not ticked beside it is missing.
    """

    def __init__(self, boxes: Mapping[str, tuple[str, str]], is_answer: Callable[[str], bool]) -> None:
        self._choices: dict[str, list[str]] = {}
        for question, choice in boxes.values():
            self._choices.setdefault(question, []).append(choice)
        self._is_answer = is_answer
        self._unknown: dict[str, int] = {}
        self._with_none = self._empty = 0

    def answers(self, question: str, chosen: Sequence[str]) -> dict[str, str]:
        """Return the answer of each finding of a list; "" for none."""
        every = self._choices[question]
        none = [c for c in every if c.casefold() in NOTHING]
        unknown = [c for c in every if _NEGATIVE.fullmatch(c)]
        words = [c for c in every if c not in (*none, *unknown) and self._is_answer(c)]
        findings = [c for c in every if c not in (*none, *unknown, *words)]
        ticked = [c for c in chosen if c in findings]
        for choice in set(chosen) & set(unknown):
            self._unknown[f"{question}, {choice}"] = self._unknown.get(f"{question}, {choice}", 0) + 1
        self._with_none += bool(ticked) and bool(set(chosen) & set(none))
        is_empty = bool(none) and not chosen
        self._empty += is_empty
        otherwise = next((c for c in chosen if c in words), "" if is_empty or set(chosen) & set(unknown) else "absent")
        return {c: "present" if c in ticked else otherwise for c in findings}

    def notes(self) -> list[str]:
        """Return what was not read as it stands."""
        notes = [
            f"box {name.replace('_', '-')}: {n} ticks; without its label (the data dictionary beside the export) what "
            "is not ticked beside it is missing"
            for name, n in self._unknown.items()
        ]
        if self._with_none:
            notes.append(f"{self._with_none} lists have a finding ticked beside 'none': the finding is read")
        if self._empty:
            notes.append(f"{self._empty} lists that offer 'none' have no box ticked: missing")
        return notes


def _chooses(name: str, column: pd.Series, fields: Mapping[str, Field], is_answer: Callable[[str], bool]) -> bool:
    """Whether a field is a choice: by the dictionary, else by cells that are answers, or words and no numbers."""
    if name in fields:
        return fields[name].kind in _CHOOSING
    cells = {str(cell).strip() for cell in column.dropna()} - {""}
    return bool(cells) and (all(map(is_answer, cells)) or not any(cell[:1].isdigit() for cell in cells))


def _of_repeats(table: pd.DataFrame) -> pd.DataFrame:
    """Return the repeated rows with the fields of their record's own row; the own rows alone are no answers then."""
    instance = next((c for c in _INSTANCE if c in table.columns), None)
    table = table.where(table.notna(), "")
    if instance is None or not (table[instance] != "").any():
        return table
    record = str(table.columns[0])
    event = next((c for c in _EVENT if c in table.columns), None)
    unrepeated = table[table[instance] == ""]
    repeated = table[table[instance] != ""].copy()
    fixed = [c for c in table.columns if c not in (record, event, instance, *_INSTRUMENT)]
    for column in fixed:
        stated = unrepeated[unrepeated[column] != ""].drop_duplicates(record).set_index(record)[column]
        if len(stated) and not _STATUS.fullmatch(str(column)) and not _CHECKBOX.fullmatch(str(column)):
            repeated[column] = repeated[column].where(repeated[column] != "", repeated[record].map(stated).fillna(""))
    return repeated


def _dictionary(folder: Path, read_table: Callable[[Path], pd.DataFrame]) -> dict[str, Field]:
    """Return each field's label and choices (code to label) from a data dictionary in a folder."""
    fields: dict[str, Field] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open("rb") as file:
            if _FIELD.encode() not in file.readline():
                continue
        table = read_table(path).astype(object)
        for _, row in table.where(table.notna(), "").iterrows():
            pairs = [part.split(",", maxsplit=1) for part in str(row.get(_CHOICES, "")).split("|") if "," in part]
            choices = {code.strip(): label.strip() for code, label in pairs}
            kind = str(row.get(_TYPE, "")).strip().lower()
            fields[str(row[_FIELD]).strip()] = Field(str(row.get(_LABEL, "")).strip(), choices, kind)
    return fields


def _column(names: list[str], fields: Mapping[str, Field], word: str) -> str | None:
    """Return the column of a field by its name, or by its label in a labelled export."""
    label = fields[word].label if word in fields else word
    return next((n for n in names if n == word or folded(n) in (folded(word), folded(label))), None)


def _box(name: str, fields: Mapping[str, Field]) -> tuple[str, str]:
    """Return a checkbox column's question and choice."""
    match = _CHECKBOX.fullmatch(name)
    field, code, label, choice = match.groups() if match else ("", "", "", "")
    if label is not None:
        return label, _finding(choice)
    stated = fields[field].choices if field in fields else {}
    choices = {re.sub(r"[^a-z0-9_]", "_", key.lower()): meaning for key, meaning in stated.items()}
    codes = {re.sub(r"[^a-z0-9_]", "_", key.lower()): key for key in stated}
    by_code = _finding(codes.get(code, code))
    return field, by_code if by_code in vocabulary() else _finding(choices.get(code, code))


def _finding(word: str) -> str:
    """Return the code that a word spells but for capitals, which REDCap does not keep; the word itself otherwise."""
    bare = word.removeprefix(FINDING_FIELD)
    alike = [code for code in vocabulary() if folded(code) in (folded(word), folded(bare))]
    return alike[0] if len(alike) == 1 else bare


def _labelled(name: str, cell: str, fields: Mapping[str, Field]) -> str:
    """Return what a cell says: an answer where a choice's code is one, else the choice's label."""
    choices = fields[name].choices if name in fields else {}
    answers = {word: code for code, label in choices.items() if code in _CODED for word in (code, label)}
    return answers.get(cell) or _finding(choices.get(cell, cell))


def _by_variables(table: pd.DataFrame, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return a labelled export with the variables' names of fields whose choices have answers as their codes."""
    ours = {name: f.label for name, f in fields.items() if set(f.choices) & _CODED and name not in table.columns}
    names = {label: name for name, label in ours.items() if list(ours.values()).count(label) == 1}
    return table.rename(columns=names)


def _arm_of(cells: Mapping[str, str], about: Mapping[str, str]) -> dict[str, str]:
    """Return the arm that a row's event names."""
    event = next((cells[c] for c in _EVENT if cells.get(c)), "")
    if not event or "arm" in about:
        return {}
    word = _ARM.sub("", event).strip()
    arms = {folded(arm): arm for arm in (UNAIDED, AIDED)}
    return {"arm": arms.get(folded(word), word)}
