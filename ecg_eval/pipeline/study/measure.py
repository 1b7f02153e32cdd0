"""Our measurements beside those that an archive gives: how far apart they lie, and what could not be measured."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.measurements import AGREEMENT, MEASUREMENT_COLUMNS, QUANTITIES, WITHIN, Quantity
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.executors.looks import Each, Load, looked_at_here
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study.door import recording_of
from ecg_eval.signals.remembered import measured_numbers
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.method_comparison import bland_altman
from ecg_eval.stats.measurement.repeated_comparison import bland_altman_repeated


def measurements_table(
    dataset: Dataset,
    records: pd.DataFrame,
    reference: pd.DataFrame,
    progress: Progress,
    each: Each = looked_at_here,
) -> pd.DataFrame:
    """Return measured and reference values, one row a recording and quantity that the reference has.

    Columns ``MEASUREMENT_COLUMNS``; `measured` is NaN where it could not be measured, and `reason` says why.
    Recordings are measured as they were recorded, whatever rate models are given; `each` says by whom.
    """
    stated = reference.reindex(records.index).astype(float)
    patients = records["patient_id"].astype(str)
    quantities = [name for name in QUANTITIES if name in stated and stated[name].notna().any()]
    rows = []
    ids = [str(r) for r in records.index[records["has_signal"]]]
    looks = each(partial(recording_of, dataset), ids, look_at_intervals, lambda items: progress(items, "Measuring"))
    for record_id, (measured, reasons) in zip(ids, looks, strict=True):
        for name in quantities:
            value = measured.get(name, np.nan)
            reason = "" if np.isfinite(value) else reasons.get(name, reasons.get("recording", "not measurable"))
            rows.append((record_id, patients[record_id], name, value, stated[name][record_id], reason))
    return pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))


def look_at_intervals(load: Load, record_id: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the measurements of a recording, and why there are none."""
    try:
        recording = load(record_id)
        recording.require_millivolts(who="measurements")
    except EcgEvalError as error:
        return {}, {"recording": str(error)}
    numbers = measured_numbers(signal_mv=_twelve(recording), sampling_rate_hz=recording.sampling_rate_hz)
    values = {name: getattr(numbers, name) for name in QUANTITIES if hasattr(numbers, name)}
    return values | {"rate_per_min": numbers.rhythm["rate_per_min"]}, numbers.reasons


def _twelve(recording: Recording) -> np.ndarray:
    """Return the twelve leads in standard order, NaN where one is missing."""
    place = {lead: i for i, lead in enumerate(recording.leads)}
    nothing = np.full(len(recording.signal), np.nan, dtype=np.float32)
    columns = [recording.signal[:, place[lead]] if lead in place else nothing for lead in STANDARD_LEADS]
    return np.column_stack(columns)


def measurement_rows(table: pd.DataFrame, *, level: float) -> Iterator[Row]:
    """Yield the agreement of measured and reference values: measured minus reference, several ECGs a patient allowed.

    For each quantity bias, SD and limits of agreement (Bland-Altman) in its unit, and where the standards ask
    something, the share of recordings whose difference is within what they ask of the mean.
    """
    for name, rows in table.groupby("quantity", sort=False):
        quantity = QUANTITIES[str(name)]
        measured, reference = rows["measured"].to_numpy(float), rows["reference"].to_numpy(float)
        patients = rows["patient_id"].to_numpy(str)
        parts = _agreement(measured, reference, patients, level)
        for part, estimate in zip(AGREEMENT, parts, strict=True):
            yield Row(metric=quantity.metric(part), estimate=estimate)
        if quantity.mean_within is not None:
            estimate = _within(measured - reference, patients, quantity, level)
            yield Row(metric=quantity.metric(WITHIN), estimate=estimate)


def _agreement(measured: np.ndarray, reference: np.ndarray, patients: np.ndarray, level: float) -> tuple[Estimate, ...]:
    """Return bias, SD and the two limits; with components of variance where a patient has several recordings."""
    both = np.isfinite(measured) & np.isfinite(reference)
    if len(set(patients[both])) == both.sum():
        limits = bland_altman(first=measured, second=reference, level=level)
        return limits.bias, limits.standard_deviation, limits.lower_limit, limits.upper_limit
    repeated = bland_altman_repeated(first=measured, second=reference, patient=patients, level=level)
    return repeated.bias, repeated.total_sd, repeated.lower_limit, repeated.upper_limit


def _within(difference: np.ndarray, patients: np.ndarray, quantity: Quantity, level: float) -> Estimate:
    bound = quantity.mean_within or 0.0
    event = np.where(np.isfinite(difference), (np.abs(difference) <= bound).astype(float), np.nan)
    return clustered_proportion(event=event, cluster=patients, level=level)
