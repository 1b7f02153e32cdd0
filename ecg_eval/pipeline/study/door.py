"""The door: what a plug-in hands over is checked once, here, before anything builds on it.

Everything that breaks a promise is a `PluginError` that names the plug-in, what was promised and what came. What a
user's data or files make a plug-in say (any other `EcgEvalError`) passes as it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import key_codes
from ecg_eval.domain.contracts import (
    Dataset,
    Metric,
    Model,
    Panel,
    PanelReadings,
    PanelRequest,
    Recordings,
    Reference,
)
from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.leads import canonical_lead
from ecg_eval.domain.own_words import own_kinds
from ecg_eval.domain.reading import KEY, READER_COLUMNS, READER_KINDS, READING_COLUMNS
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import LEFT_OUT_COLUMNS
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, EcgEvalError, PluginError, ReadingsError
from ecg_eval.pipeline.apart.processes import NO_LIMIT, Allowed, asked, calling
from ecg_eval.stats.estimate import Estimate


def records_of(dataset: Dataset) -> pd.DataFrame:
    """Return a dataset's records as `Dataset.records` promises them."""
    who = f"dataset {dataset.name}"
    with calling(who, "records"):
        records = dataset.records()
    _frame(who, "records", records)
    _ids(who, "records", records.index)
    for column in ("patient_id", "has_signal"):
        if column not in records:
            raise PluginError(who, "records", "a table with patient_id and has_signal", list(records.columns))
    _words(who, "patient_id of records", records["patient_id"], blank=False)
    if not pd.api.types.is_bool_dtype(records["has_signal"]) or records["has_signal"].isna().any():
        raise PluginError(who, "has_signal of records", "true or false", str(records["has_signal"].dtype))
    if "fold" in records:
        fold = records["fold"]
        if not pd.api.types.is_integer_dtype(fold) and not fold.isna().all():
            raise PluginError(who, "fold of records", "whole numbers (Int64)", str(fold.dtype))
    if "age_years" in records and not pd.api.types.is_numeric_dtype(records["age_years"]):
        raise PluginError(who, "age_years of records", "numbers", str(records["age_years"].dtype))
    if "sex" in records:
        _among(who, "sex of records", records["sex"].dropna(), ("F", "M"))
    return records


def labels_of(dataset: Dataset, findings: Sequence[str], records: pd.DataFrame) -> ReferenceStandard:
    """Return a dataset's labels: a row for every record, a column for every finding, 1, 0 or NaN."""
    who = f"dataset {dataset.name}"
    with calling(who, "labels"), _own_values(who, "labels"):
        labels = dataset.labels(findings)
    _truth(who, "labels", labels, records.index, findings)
    return labels


def recording_of(dataset: Dataset, record_id: str) -> Recording:
    """Return a recording with its own id, one signal a lead, float32, no infinite sample, each lead once."""
    who = f"dataset {dataset.name}"
    what = f"recording {record_id}"
    with calling(who, what):
        recording = dataset.load(record_id)
    if not isinstance(recording, Recording):
        raise PluginError(who, what, "a Recording", type(recording).__name__)
    if recording.record_id != record_id:
        raise PluginError(who, what, f"of record_id {record_id!r}", recording.record_id)
    if recording.signal.dtype != np.float32:
        raise PluginError(who, f"signal of {what}", "float32", str(recording.signal.dtype), "Use `.astype('float32')`.")
    if np.isinf(recording.signal).any():
        raise PluginError(who, f"signal of {what}", "finite, NaN where a sample is missing", "an infinite sample")
    names = [canonical_lead(lead) for lead in recording.leads]
    if len(set(names)) != len(names):
        raise PluginError(who, f"leads of {what}", "each there once", list(recording.leads))
    return recording


def scores_of(model: Model, label: str, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
    """Return a model's scores: shape (n_recordings, n_findings), in [0, 1] or NaN.

    Raises
    ------
    PluginError
        When what came is something else. What the model itself raises passes as it is: the caller finds the recording.
    """
    given = model.scores(recordings, findings)
    who = f"model {label}"
    expected = (len(recordings), len(findings))
    try:
        scores = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise PluginError(who, "scores", f"numbers of shape {expected}", type(given).__name__) from None
    if scores.shape != expected:
        rule = f"of shape (n_recordings, n_findings), here {expected}"
        raise PluginError(who, "scores", rule, scores.shape)
    outside = ~(np.isnan(scores) | ((scores >= 0) & (scores <= 1)))
    if outside.any():
        present = scores[~np.isnan(scores)]
        came = f"{present.min():g} to {present.max():g}"
        remedy = "Hand over probabilities, or another number that grows with suspicion, brought to this range."
        raise PluginError(who, "scores", "in [0, 1], NaN where it cannot answer", came, remedy)
    return scores


def card_of(model: Model, label: str) -> ModelCard:
    """Return a model's facts for the report."""
    who = f"model {label}"
    try:
        with calling(who, "card"):
            card = model.card()
    except ArgumentError as error:
        raise PluginError(who, f"{error.what} of the card", error.rule, error.value) from None
    if not isinstance(card, ModelCard):
        raise PluginError(who, "card", "a ModelCard", type(card).__name__)
    return card


def readings_of(panel: Panel, request: PanelRequest, allowed: Allowed = NO_LIMIT) -> PanelReadings:
    """Return a panel's readings: the tables of the contract, about the records and findings asked for."""
    who = f"panel {panel.name}"
    given = asked(lambda: panel.read(request), type(panel), who, "readings", allowed)
    if not isinstance(given, PanelReadings):
        raise PluginError(who, "readings", "PanelReadings", type(given).__name__)
    _columns(who, "readers", given.readers, tuple(READER_COLUMNS)[1:])
    _ids(who, "readers", given.readers.index)
    _among(who, "kind of readers", given.readers["kind"], (*READER_KINDS, *own_kinds()))
    _columns(who, "readings", given.readings, tuple(READING_COLUMNS))
    for column, dtype in READING_COLUMNS.items():
        came = given.readings[column].dtype
        if came != dtype:
            words = dtype.categories if isinstance(dtype, pd.CategoricalDtype) else ()
            rule = f"categories {', '.join(words)}" if len(words) else f"of type {dtype}"
            remedy = "Make the table with ecg_eval.domain.reading.readings_table."
            raise PluginError(who, f"{column} of readings", rule, str(came), remedy)
    _among(who, "record_id of readings", given.readings["record_id"], request.records.index)
    _among(who, "finding of readings", given.readings["finding"], request.findings)
    _among(who, "reader_id of readings", given.readings["reader_id"], given.readers.index)
    repeated = given.readings[pd.Series(key_codes(given.readings, KEY)).duplicated().to_numpy()]
    if len(repeated):
        rule = "given once a record, reader, finding, arm and period"
        raise PluginError(who, "readings", rule, repeated.iloc[0][KEY].to_dict())
    _columns(who, "left_out", given.left_out, LEFT_OUT_COLUMNS)
    return given


def truth_of(
    reference: Reference,
    *,
    records: pd.DataFrame,
    findings: Sequence[str],
    labels: ReferenceStandard | None,
    readings: pd.DataFrame,
    readers: pd.DataFrame,
    allowed: Allowed = NO_LIMIT,
) -> ReferenceStandard:
    """Return the reference standard: a row for every record, a column for every finding, 1, 0 or NaN."""
    who = f"reference {reference.name}"

    def form() -> ReferenceStandard:
        return reference.form(records=records, findings=findings, labels=labels, readings=readings, readers=readers)

    with _own_values(who, "truth"):
        truth = asked(form, type(reference), who, "truth", allowed)
    _truth(who, "truth", truth, records.index, findings)
    if list(truth.table.index) != list(records.index) or list(truth.table.columns) != list(findings):
        raise PluginError(who, "truth", "aligned with the records and findings", list(truth.table.index[:3]))
    if truth.is_reading_of:
        _among(who, "is_reading_of", pd.Series([truth.is_reading_of]), readers.index)
    return truth


def rows_of(metric: Metric, study: ReaderStudy, *, level: float, allowed: Allowed = NO_LIMIT) -> Iterator[Row | Rows]:
    """Yield a metric's rows; one that fails costs its own numbers and leaves one row with the reason."""
    who = f"metric {metric.name}"
    try:
        for part in asked(lambda: list(metric.rows(study, level=level)), type(metric), who, "rows", allowed):
            if not isinstance(part, Row | Rows):
                raise PluginError(who, "rows", "a Row or Rows each", type(part).__name__)
            named = sorted(set(np.atleast_1d(part.metric)) - {metric.name, *metric.also_yields})
            if named:
                rule = repr(metric.name) + "".join(f" or {other!r}" for other in metric.also_yields)
                raise PluginError(who, "metric of its rows", rule, str(named[0]), "State others in `also_yields`.")
            yield part
    except EcgEvalError as error:
        yield Row(metric=metric.name, estimate=Estimate.undefined(reason=str(error), method=metric.name, level=level))


@contextmanager
def _own_values(who: str, what: str) -> Iterator[None]:
    """Name the plug-in where the values of its truth are refused."""
    try:
        yield
    except ReadingsError as error:
        raise PluginError(who, f"{what}, {error.what},", error.rule, error.value, error.remedy) from None


def _truth(who: str, what: str, truth: object, records: pd.Index, findings: Sequence[str]) -> None:
    if not isinstance(truth, ReferenceStandard):
        raise PluginError(who, what, "a ReferenceStandard", type(truth).__name__)
    for table in (truth.table, *truth.votes.values()):
        _frame(who, what, table)
        _ids(who, what, table.index)
        missing = [f for f in findings if f not in table.columns]
        if missing:
            raise PluginError(
                who, f"columns of {what}", "one for every finding", list(table.columns), f"Add {missing}."
            )
        without = records.difference(table.index)
        if len(without):
            remedy = "Give NaN where nothing is known."
            raise PluginError(who, f"index of {what}", "every record_id", f"none for {list(without[:3])}", remedy)


def _frame(who: str, what: str, table: object) -> None:
    if not isinstance(table, pd.DataFrame):
        raise PluginError(who, what, "a DataFrame", type(table).__name__)


def _columns(who: str, what: str, table: object, columns: Sequence[str]) -> None:
    _frame(who, what, table)
    came = list(table.columns)  # type: ignore[attr-defined]
    if came != list(columns):
        raise PluginError(who, f"columns of {what}", ", ".join(columns), came)


def _ids(who: str, what: str, ids: pd.Index) -> None:
    _words(who, f"index of {what}", ids.to_series(), blank=False)
    if ids.has_duplicates:
        raise PluginError(who, f"index of {what}", "each id once", sorted(set(ids[ids.duplicated()]))[:3])


def _words(who: str, what: str, values: pd.Series, *, blank: bool) -> None:
    strange = [v for v in values if not isinstance(v, str) and not (blank and pd.isna(v))]
    if strange:
        raise PluginError(who, what, "text, none missing", strange[0], "Use `.astype('string')`.")


def _among(who: str, what: str, values: pd.Series, names: Sequence[str] | pd.Index) -> None:
    strange = values[~values.isin(list(names))]
    if len(strange):
        shown = ", ".join(map(str, list(names)[:5]))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise PluginError(who, what, f"among {shown}{more}", strange.iloc[0])
