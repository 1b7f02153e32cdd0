"""A REDCap project for a schedule: data dictionary, events, which form is in which event, and its rows to begin with.

A REDCap record is a reader; an event is a session, in which the form of a reading repeats, once an ECG. Codes of
choices are the answers themselves (``present, oui``), and fields are called ``dx_`` and the finding's code in small
letters, so that an export comes back without a mapping (``tables/presets/redcap.py``).
Formats: REDCap's own help, "Data Dictionary", "Upload/download events", "Repeating instruments" and "Data Import Tool".
"""

import re
from collections.abc import Mapping

import pandas as pd

from ecg_eval.planning.materials.questions import CONFIDENCE, Questions
from ecg_eval.planning.materials.sheets import in_order
from ecg_eval.tables.presets.redcap import DICTIONARY_COLUMNS, FINDING_FIELD

READER_FORM, READING_FORM = "reader", "ecg_reading"
_CHOICES, _HEADER, _REQUIRED = "Choices, Calculations, OR Slider Labels", "Section Header", "Required Field?"
_CHECK, _LEAST = "Text Validation Type OR Show Slider Number", "Text Validation Min"
_READ_ONLY = {"Field Annotation": "@READONLY"}  # filled in before anybody answers
_EVENT_COLUMNS = (
    *("event_name", "arm_num", "day_offset", "offset_min", "offset_max", "unique_event_name", "custom_event_label"),
)
_ARM = "arm_1"  # REDCap's word for a group of events; not an arm of the study


def field_of(code: str) -> str:
    """Return the field of a finding.

    Examples
    --------
    >>> field_of("1AVB"), field_of("ST-T")
    ('dx_1avb', 'dx_st_t')
    """
    return FINDING_FIELD + re.sub(r"[^a-z0-9]+", "_", code.lower())


def data_dictionary(questions: Questions) -> pd.DataFrame:
    """Return the data dictionary: a form about the reader, and the form of a reading."""
    words = questions.words
    choices = " | ".join(f"{answer}, {word}" for word, answer in questions.answers.items())
    scale = " | ".join(f"{i}, {i}" for i in range(CONFIDENCE[0], CONFIDENCE[1] + 1))
    rows = [
        _field("record_id", READER_FORM, "text", words("redcap.record_id")),
        _field("reader_id", READER_FORM, "text", words("redcap.reader_id"), {_REQUIRED: "y"}),
        _field("ecg_id", READING_FORM, "text", words("redcap.ecg_id"), {_REQUIRED: "y", **_READ_ONLY}),
        _field("place", READING_FORM, "text", words("column.place"), {_CHECK: "integer", **_READ_ONLY}),
        _field("ai_output", READING_FORM, "text", words("column.arm"), _READ_ONLY),
    ]
    for i, (code, name) in enumerate(questions.names.items()):
        header = words("redcap.findings") if i == 0 else ""
        rows.append(_field(field_of(code), READING_FORM, "radio", name, {_CHOICES: choices, _HEADER: header}))
    low, high = CONFIDENCE
    rows += [
        _field("confidence", READING_FORM, "radio", words("column.confidence", low=low, high=high), {_CHOICES: scale}),
        _field("seconds", READING_FORM, "text", words("column.seconds"), {_CHECK: "number", _LEAST: "0"}),
    ]
    if questions.management:
        options = " | ".join(f"{level}, {word}" for word, level in questions.management.items())
        rows.append(_field("management", READING_FORM, "radio", words("column.management"), {_CHOICES: options}))
    rows.append(_field("comment", READING_FORM, "notes", words("column.comment")))
    return pd.DataFrame(rows, columns=list(DICTIONARY_COLUMNS)).fillna("")


def _field(name: str, form: str, kind: str, label: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return one row of the dictionary; `more` are further columns."""
    named = {"Variable / Field Name": name, "Form Name": form, "Field Type": kind, "Field Label": label}
    return {**named, **(more or {})}


def _unique(event: str) -> str:
    """Return the unique name that REDCap makes of an event's name: small letters, of ASCII alone."""
    return f"{re.sub(r'[^a-z0-9]+', '_', event.lower())}_{_ARM}"


def _event(session: int, questions: Questions) -> str:
    return _unique(questions.words("redcap.event", session=session))


def _first_event(questions: Questions) -> str:
    return _unique(questions.words("redcap.enrolment"))


def events(table: pd.DataFrame, questions: Questions) -> pd.DataFrame:
    """Return the events: enrolment, and one a session, with their days."""
    words = questions.words
    days = table.groupby("session")["day"].min()
    rows = [{"event_name": words("redcap.enrolment"), "unique_event_name": _first_event(questions), "day_offset": "0"}]
    rows += [
        {
            "event_name": words("redcap.event", session=session),
            "unique_event_name": _event(int(session), questions),
            "day_offset": str(int(day)),
        }
        for session, day in zip(days.index.tolist(), days.tolist(), strict=True)
    ]
    made = pd.DataFrame(rows).assign(arm_num="1", offset_min="0", offset_max="0", custom_event_label="")
    return made[list(_EVENT_COLUMNS)]


def forms_of_events(table: pd.DataFrame, questions: Questions) -> pd.DataFrame:
    """Return which form is in which event."""
    sessions = sorted(table["session"].unique().tolist())
    rows = [
        ("1", _first_event(questions), READER_FORM),
        *(("1", _event(int(s), questions), READING_FORM) for s in sessions),
    ]
    return pd.DataFrame(rows, columns=["arm_num", "unique_event_name", "form"])


def repeating_forms(table: pd.DataFrame, questions: Questions) -> pd.DataFrame:
    """Return which form repeats in which event."""
    sessions = sorted(table["session"].unique().tolist())
    rows = [(_event(int(s), questions), READING_FORM, "[ecg_id]") for s in sessions]
    return pd.DataFrame(rows, columns=["event_name", "form_name", "custom_form_label"])


def rows_to_begin_with(table: pd.DataFrame, questions: Questions, shown_at: "pd.Series[str]") -> pd.DataFrame:
    """Return the rows that are imported before anybody answers: each reader, and each reading with its ECG's code.

    Parameters
    ----------
    table : DataFrame
        Of the schedule.
    questions : Questions
    shown_at : Series of str
        Blinded id -> what a reader with help is shown; blank for one without.
    """
    words = questions.words
    parts = []
    for reader, rows_of_reader in in_order(table).groupby("reader_id", sort=True):
        parts.append(
            pd.DataFrame([{"record_id": reader, "redcap_event_name": _first_event(questions), "reader_id": reader}])
        )
        shown = rows_of_reader["blinded_id"].map(shown_at)
        parts.append(
            pd.DataFrame(
                {
                    "record_id": reader,
                    "redcap_event_name": [_event(int(s), questions) for s in rows_of_reader["session"]],
                    "redcap_repeat_instrument": READING_FORM,
                    "redcap_repeat_instance": (rows_of_reader.groupby("session").cumcount() + 1).astype(str).to_numpy(),
                    "ecg_id": rows_of_reader["blinded_id"].to_numpy(),
                    "place": rows_of_reader["place"].astype(str).to_numpy(),
                    "ai_output": shown.where(shown != "", words("ai.without")).to_numpy(),
                }
            )
        )
    made = pd.concat(parts, ignore_index=True).fillna("")
    columns = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
    return made[[*columns, "reader_id", "ecg_id", "place", "ai_output"]]
