"""Frames from Python become the tables of a study: checked, joined by their ids, and never changed themselves."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.findings import label_sets, vocabulary
from ecg_eval.domain.joins import join
from ecg_eval.domain.reading import AIDED, UNAIDED, CheckedReadings, checked_readings, readers_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import ArgumentError, EcgEvalError, ProblemsError, ReadingsError, UnknownNameError, suggestion
from ecg_eval.pipeline.plugins import make

WHO = "evaluate"
LeftOut = list[tuple[str, str, str, str]]

_WORDS = {"1": "present", "0": "absent", "true": "present", "false": "absent"}


def readings_of(readings: pd.DataFrame, arms: Mapping[str, str]) -> CheckedReadings:
    """Return a frame's readings, 1 and 0 (and booleans) read as present and absent, its arms by what they are.

    Raises
    ------
    ProblemsError, ReadingsError, ArgumentError
        For what is wrong with the frame, and for an arm that nobody says what it is.
    """
    table = readings.copy(deep=False)
    for column in ("reading", "ai_reading"):
        if column in table:
            table[column] = text_column(table[column], lambda word: _WORDS.get(word.lower(), word.lower()))
    if "arm" in table:
        table["arm"] = text_column(table["arm"], lambda word: str(arms.get(word, word)))
    unknown = _unknown_arms(table["arm"], arms) if "arm" in table else []
    try:
        made = checked_readings(table)
    except ProblemsError as error:
        raise ProblemsError(WHO, [*error.problems, *unknown]) from None
    if unknown:
        raise unknown[0] if len(unknown) == 1 else ProblemsError(WHO, unknown)
    for finding in made.table["finding"].unique():
        if finding in label_sets() and finding not in vocabulary():
            remedy = f"It names a set of {len(label_sets()[finding])} findings; give the answer to each of them."
            raise ReadingsError(WHO, "finding in readings", "one finding", str(finding), remedy)
    return made


def _unknown_arms(column: pd.Series, arms: Mapping[str, str]) -> list[EcgEvalError]:
    """Return the arms that nobody says what they are; those told apart by capitals alone are told elsewhere."""
    declared = (UNAIDED, AIDED, *arms.values())
    spelt = {folded(arm) for arm in declared}
    met = [str(arm) for arm in text_column(column).dropna().unique()]
    problems: list[EcgEvalError] = []
    for arm in met:
        if arm not in declared and folded(arm) not in spelt:
            near = suggestion(arm, declared)
            hint = f"{near} " if near.startswith("Did you mean") else ""
            remedy = f"{hint}Say what it is: arms={{{arm!r}: 'aided'}}, or {{{arm!r}: {arm!r}}} for an arm of its own."
            problems.append(ArgumentError(WHO, "arm", "unaided, aided, or named in `arms`", arm, remedy))
    return problems


def asked_for(findings: Sequence[str] | None, table: pd.DataFrame) -> tuple[tuple[str, ...], LeftOut]:
    """Return the findings to be evaluated, label sets as their members, and how many readings are of others.

    Raises
    ------
    UnknownNameError
        For a finding that no reading is about.
    """
    read = tuple(str(f) for f in table["finding"].unique())
    if findings is None:
        return read, []
    codes = tuple(dict.fromkeys(code for name in findings for code in label_sets().get(name, (name,))))
    unread = [code for code in findings if code not in label_sets() and code not in read]
    if unread or not set(codes) & set(read):
        got = unread or list(findings)
        raise UnknownNameError(WHO, "findings", "findings of the readings", got, suggestion(str(got[0]), read))
    other = table["finding"].value_counts()
    left = [("", "", "readings", f"{n} readings of {f}, which is not asked for") for f, n in other.items()]
    return codes, [row for row, f in zip(left, other.index, strict=True) if f not in codes]


def readers_of(readers: Mapping[str, str] | pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the readers who have readings.

    Raises
    ------
    ReadingsError
        For a reader of the readings whom nobody describes.
    """
    if isinstance(readers, Mapping):
        readers = pd.DataFrame({"reader_id": list(readers), "kind": list(readers.values())})
    who = readers_table(readers)
    have = set(table["reader_id"].unique())
    for reader in have - set(who.index):
        remedy = suggestion(reader, who.index)
        raise ReadingsError(WHO, "reader_id in readings", "one of the readers", reader, remedy)
    return who[who.index.isin(list(have))]


def records_of(records: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    """Return the recordings, index record_id; without a frame, every recording that was read is of its own patient.

    Raises
    ------
    ReadingsError
        For columns that are missing, ids that are repeated, and readings of other recordings.
    """
    if records is None:
        ids = pd.Index(table["record_id"].unique().astype(object), dtype="string", name="record_id")
        return pd.DataFrame({"patient_id": ids.to_series().astype("string")}, index=ids)
    given = by_record(records, "records")
    if "patient_id" not in given:
        given = given.assign(patient_id=given.index.astype("string"))
    given = given.assign(patient_id=text_column(given["patient_id"]).astype("string"))
    match = join(table["record_id"].unique(), given.index)
    if match.unmatched:
        counts = f"among the records: {match.counts('the readings', 'records')}"
        rule = f"one of the records ({counts})"
        raise ReadingsError(WHO, "record_id in readings", rule, list(match.unmatched[:5]), match.remedy(given.index))
    return given


def by_record(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a copy of a frame with its record ids as index, each once, written as everywhere.

    Raises
    ------
    ReadingsError
    """
    given = frame.reset_index() if frame.index.name == "record_id" else frame.copy()
    if "record_id" not in given:
        raise ReadingsError(WHO, name, "a frame with record_id", [str(c) for c in given.columns])
    ids = text_column(given["record_id"]).astype("string")
    if ids.isna().any():
        raise ReadingsError(WHO, f"record_id in {name}", "filled in", f"{int(ids.isna().sum())} blank ones")
    if ids.duplicated().any():
        repeated = sorted(set(ids[ids.duplicated()]))[:5]
        raise ReadingsError(WHO, f"record_id in {name}", "given once each", repeated)
    return given.drop(columns="record_id").set_index(pd.Index(ids, name="record_id"))


def reference_of(
    reference: pd.DataFrame | str | Mapping[str, object] | None,
    *,
    records: pd.DataFrame,
    findings: tuple[str, ...],
    readings: pd.DataFrame,
    readers: pd.DataFrame,
    left_out: LeftOut,
) -> ReferenceStandard:
    """Return the truth: a frame's, or formed from the readings by a plug-in. What a frame has too much is noted.

    Raises
    ------
    EcgEvalError
    """
    if isinstance(reference, pd.DataFrame):
        truth = _truth(reference, records, findings, left_out)
        return ReferenceStandard(table=truth, method="Truth given as a frame.")
    if reference is None:
        reference = "none"
    arguments = {} if isinstance(reference, str) else {k: v for k, v in reference.items() if k != "name"}
    name = reference if isinstance(reference, str) else str(reference.get("name", ""))
    if name == "dataset_labels":
        remedy = "Give the truth as a frame, or name majority, reader or none."
        raise ArgumentError(WHO, "reference", "one that frames can give", name, remedy)
    how: Reference = make("references", name, arguments)
    return how.form(records=records, findings=findings, labels=None, readings=readings, readers=readers)


def _truth(
    reference: pd.DataFrame, records: pd.DataFrame, findings: tuple[str, ...], left_out: LeftOut
) -> pd.DataFrame:
    given = by_record(reference, "reference")
    given.columns = [str(column).strip() for column in given.columns]
    surplus = [column for column in given.columns if column not in findings]
    without = [finding for finding in findings if finding not in given.columns]
    for column in surplus:
        near = suggestion(column, without)
        if near.startswith("Did you mean"):
            raise UnknownNameError(WHO, "columns of reference", "findings of the readings", column, near)
    if len(surplus) == given.shape[1]:
        remedy = f"The readings are of {', '.join(findings[:10])}."
        raise UnknownNameError(WHO, "columns of reference", "findings of the readings", surplus[:10], remedy)
    match = join(records.index, given.index)
    if match.near or not match.n_both:
        rule = f"the same as in the readings ({match.counts('the recordings', 'reference')})"
        got = list(match.unmatched[:5])
        raise ReadingsError(WHO, "record_id in reference", rule, got, match.remedy(given.index))
    if surplus:
        left_out.append(("", "", "reference", f"columns that no reading is about: {', '.join(surplus)}"))
    unread = len(given) - match.n_both
    if unread:
        left_out.append(("", "", "reference", f"{unread} recordings of the truth that are not evaluated"))
    table = given.reindex(index=records.index, columns=list(findings))
    return pd.DataFrame({finding: _numbers(table[finding], finding) for finding in findings}, index=records.index)


def _numbers(column: pd.Series, finding: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return a column of truth as 1, 0 and NaN; words of answers are read as such."""
    meaning = {"present": "1", "absent": "0", "true": "1", "false": "0"}
    text = text_column(column, lambda word: meaning.get(word.lower(), word))
    numbers = numbers_of(text.astype("string")).to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = text.notna().to_numpy() & np.isnan(numbers)
    if wrong.any():
        record = column.index[wrong][0]
        raise ReadingsError(WHO, f"{finding} of record {record}", "1, 0 or blank (unknown)", str(text[wrong].iloc[0]))
    return numbers
