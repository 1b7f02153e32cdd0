"""Whom the numbers "in the population" are for: the draw's own population, or one that the configuration describes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ecg_eval.config.schema import TargetPopulation
from ecg_eval.domain.columns import text_column
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.reading import ABSENT, PRESENT
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError, ReadingsError, suggestion

WHERE = "target_population"


def standing_for(
    study: ReaderStudy, target: TargetPopulation | None, values_of: Callable[[pd.DataFrame, str], pd.Series]
) -> ReaderStudy:
    """Return the study whose records stand for a population; as it is where nobody says which.

    Parameters
    ----------
    study : ReaderStudy
    target : TargetPopulation or None
        Each of its strata gets its share; within one, records keep the ratios of their own sampling weights.
    values_of : callable
        Records and a column -> the value of each record, age in bands.

    Raises
    ------
    ReadingsError
        For weights that are no numbers, negative or infinite.
    ConfigError
        For a column or a value that no record has, and a share for which there is no record.
    """
    drawn = _sampling_weight(study.records)
    if target is None:
        return study if drawn is None else study.standing_for(drawn, None, "")
    values = _values(study, target, values_of)
    base = np.ones(len(values)) if drawn is None else drawn
    weight = np.full(len(values), np.nan)
    for value, share in target.shares.items():
        inside = (values == value).fillna(False).to_numpy(dtype=bool)
        total = float(np.nansum(base[inside]))
        if share > 0 and not total > 0:
            there = sorted(map(str, values.dropna().unique()))
            remedy = suggestion(value, there)
            raise ConfigError(f"{WHERE}.shares", "value", f"one that records have in {target.by!r}", value, remedy)
        if inside.any():
            weight[inside] = base[inside] * (share / total if total > 0 else 0.0)
    other = sorted(set(map(str, values.dropna().unique())) - set(target.shares))
    if other:
        remedy = "Give its share; 0 where the population has none."
        raise ConfigError(f"{WHERE}.shares", "shares", f"given for each value of {target.by!r}", other[0], remedy)
    return study.standing_for(weight, values, target.source)


def _values(
    study: ReaderStudy, target: TargetPopulation, values_of: Callable[[pd.DataFrame, str], pd.Series]
) -> pd.Series:
    """Return what each record has in the column, or for the finding, that the shares are of."""
    if target.by in study.findings:
        words = pd.Series(study.truth(target.by), index=study.records.index).map({1.0: PRESENT, 0.0: ABSENT})
        return words.astype("string")
    columns = ["age" if column == "age_years" else str(column) for column in study.records.columns]
    if target.by not in columns:
        rule = "a column of the records, age, or a finding of the study"
        raise ConfigError(WHERE, "by", rule, target.by, suggestion(target.by, [*columns, *study.findings]))
    return values_of(study.records, target.by)


def _sampling_weight(records: pd.DataFrame) -> Floats | None:
    """Return the sampling weights of the records, NaN where blank; None without that column."""
    if "sampling_weight" not in records:
        return None
    given = records["sampling_weight"]
    weight = numbers_of(text_column(given).astype("string")).to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = (np.isnan(weight) & given.notna().to_numpy()) | (weight < 0) | np.isinf(weight)
    if wrong.any():
        what = f"sampling_weight of record {records.index[wrong][0]}"
        rule = "how many ECGs of the population it stands for (0 or more), or blank"
        raise ReadingsError("records", what, rule, given[wrong].iloc[0])
    return np.asarray(weight)
