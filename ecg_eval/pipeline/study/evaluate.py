"""From a study to its evaluation: one draw of resamples, every metric, subgroups, and what was pre-specified."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.config.schema import Primary, Subgroups
from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Evaluation, Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.door import rows_of
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.multiplicity import adjust_p_values
from ecg_eval.stats.resampling.draws import draw_weights


def evaluate_study(
    study: ReaderStudy,
    metrics: Sequence[Metric],
    *,
    seed: int,
    level: float = 0.95,
    n_resamples: int = 1000,
    primary: Sequence[Primary] = (),
    subgroups: Subgroups | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Return all estimates of a study.

    Parameters
    ----------
    study : ReaderStudy
    metrics : sequence of Metric
    seed : int
        Of the one draw of resamples, by patient, that all metrics, findings and readers share.
    level : float
    n_resamples : int
    primary : sequence of Primary
        Estimates that the analysis plan named; all others are exploratory.
    subgroups : Subgroups, optional
    progress : callable
    """
    rng = np.random.default_rng(seed)
    drawn = draw_weights(cluster=study.patients, n_resamples=n_resamples, rng=rng)
    divided = _divided(study.records, subgroups)
    weighted = study.drawn(
        drawn.astype(np.float64), divided, subgroup_minimum_n=subgroups.minimum_n if subgroups else 0
    )
    parts = [(label, weighted.subset(inside)) for label, inside in _parts(divided)]
    sizes = {label: min(inside.sum(), others.sum()) for label, inside, others in weighted.sides()}
    rows: list[Row] = []
    by_name = {metric.name: metric for metric in metrics}
    for name in progress(list(by_name), "Evaluating"):
        metric = by_name[name]
        rows += [
            _unless_small(row, sizes.get(row.subgroup, len(study.records)), level, subgroups)
            for row in single_rows(rows_of(metric, weighted, level=level))
        ]
        if metric.by_subgroup:
            for label, part in parts:
                within = [row.within(label) for row in single_rows(rows_of(metric, part, level=level))]
                rows += [_unless_small(row, len(part.records), level, subgroups) for row in within]
    return Evaluation.from_rows(_marked(_adjusted(rows), primary))


def _divided(records: pd.DataFrame, subgroups: Subgroups | None) -> pd.DataFrame:
    """Return the subgroup of each record, one column for each way to divide them."""
    bands = subgroups.age_bands_years if subgroups else ()
    columns = {column: subgroup_values(records, column, bands) for column in (subgroups.by if subgroups else ())}
    return pd.DataFrame(columns, index=records.index)


def _parts(divided: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield every subgroup of records: its label, and which records are in it."""
    for column, values in divided.items():
        for value in sorted(values.dropna().unique()):
            yield f"{column}={value}", (values == value).fillna(False).to_numpy(dtype=bool)


def subgroup_values(records: pd.DataFrame, column: str, age_bands_years: Sequence[int]) -> pd.Series:
    """Return the subgroup of each record: its value of a column, or its age band ("40-64")."""
    if column != "age":
        missing = pd.Series(pd.NA, index=records.index, dtype="string")
        return records[column].astype("string") if column in records else missing
    ages = records.get("age_years", pd.Series(np.nan, index=records.index)).astype("float64")
    edges = [0, *age_bands_years]
    names = [f"{low}-{high - 1}" for low, high in pairwise(edges)] + [f"{edges[-1]}+"]
    return pd.cut(ages, bins=[*edges, np.inf], right=False, labels=names).astype("string")


def _unless_small(row: Row, n_records: int, level: float, subgroups: Subgroups | None) -> Row:
    """Return the row, without its number where the subgroup, or what it is compared with, is too small."""
    minimum = subgroups.minimum_n if subgroups else 1
    if n_records >= minimum or not row.subgroup:
        return row
    reason, method = f"the subgroup has fewer than {minimum} records", row.estimate.method
    return replace(row, estimate=Estimate.undefined(reason=reason, method=method, n=n_records, level=level))


def _adjusted(rows: list[Row]) -> list[Row]:
    """Adjust the p-values of each metric (and subgroup) as one family, by Holm."""
    families: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        if row.estimate.p_value is not None:
            families.setdefault((row.metric, row.subgroup), []).append(i)
    result = list(rows)
    for members in families.values():
        found = np.array([rows[i].estimate.p_value for i in members], dtype=float)
        adjusted = adjust_p_values(found, method="holm")
        for i, p in zip(members, adjusted, strict=True):
            result[i] = replace(rows[i], estimate=replace(rows[i].estimate, p_adjusted=float(p)))
    return result


def _marked(rows: list[Row], primary: Sequence[Primary]) -> list[Row]:
    """Mark the estimates that the analysis plan named."""

    def named(row: Row) -> bool:
        return any(
            row.metric == p.metric
            and p.reader in (None, row.reader)
            and p.finding in (None, row.finding)
            and not row.subgroup
            for p in primary
        )

    return [replace(row, estimate=replace(row.estimate, pre_specified=named(row))) for row in rows]
