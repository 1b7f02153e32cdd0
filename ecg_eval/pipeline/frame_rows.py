"""Rows of an evaluated table as estimates again."""

import pandas as pd

from ecg_eval.stats.estimate import Estimate


def estimate_of(row: pd.Series) -> Estimate:
    """Return what a row of an evaluation's table holds: its value and interval, or its reason."""
    value, low, high = (None if pd.isna(row[c]) else float(row[c]) for c in ("value", "low", "high"))
    n = 0 if pd.isna(row["n"]) else int(row["n"])
    if value is None:
        return Estimate.undefined(reason=str(row["reason"]), method=str(row["method"]), n=n)
    return Estimate(value=value, low=low, high=high, level=float(row["level"]), method=str(row["method"]), n=n)
