"""From what a caller has to the data of a mixed model: checks, missing readings, degenerate cases."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mixed.terms import MixedData, RandomTerm

Array = NDArray[np.float64]
Columns = Mapping[str, ArrayLike]


def prepare(
    who: str,
    outcome: ArrayLike,
    fixed: Columns,
    groups: Columns,
    trials: ArrayLike | None,
    slopes: Mapping[str, Columns],
) -> MixedData:
    """Check the arguments of `logistic_mixed_model`, leave out missing readings, number the levels."""
    y = np.asarray(outcome, float)
    if y.ndim != 1:
        raise ArgumentError(who, "outcome", "of shape (n_observations,)", y.shape)
    for what, given in (("fixed", fixed), ("groups", groups)):
        if not given:
            raise ArgumentError(who, what, "a mapping with at least one name", given)
    if not set(slopes) <= set(groups):
        raise ArgumentError(who, "slopes", f"of groupings among {', '.join(groups)}", sorted(slopes))
    keep = ~np.isnan(y)
    design = _columns(who, "fixed", fixed, keep)
    m = np.ones_like(y) if trials is None else _columns(who, "trials", {"trials": trials}, keep)[:, 0]
    if trials is None:
        m = m[keep]
    y = y[keep]
    if ((y < 0) | (y > m) | (m < 1) | (y % 1 != 0) | (m % 1 != 0)).any():
        raise ArgumentError(who, "outcome", "whole, between 0 and the trials, which are at least 1", "values outside")
    terms = tuple(_term(who, name, values, keep, slopes.get(name)) for name, values in groups.items())
    return MixedData(y, m, design, terms, tuple(fixed))


def _columns(who: str, what: str, given: Columns, keep: NDArray[np.bool_]) -> Array:
    """Stack named columns of the readings that are kept, shape (n_kept, n_columns)."""
    stacked = []
    for name, values in given.items():
        column = np.asarray(values, float)
        if column.shape != keep.shape:
            raise ArgumentError(who, f"{what}[{name!r}]", f"of shape {keep.shape}, as outcome", column.shape)
        if not np.isfinite(column[keep]).all():
            remedy = "Leave out a reading by an outcome of NaN."
            raise ArgumentError(who, f"{what}[{name!r}]", "finite", "NaN or infinity", remedy)
        stacked.append(column[keep])
    return np.column_stack(stacked)


def _term(who: str, name: str, values: ArrayLike, keep: NDArray[np.bool_], slopes: Columns | None) -> RandomTerm:
    """Make one grouping: its levels are numbered, its columns gathered."""
    labels = np.asarray(values)
    if labels.shape != keep.shape:
        raise ArgumentError(who, f"groups[{name!r}]", f"of shape {keep.shape}, as outcome", labels.shape)
    levels, codes = np.unique(labels[keep], return_inverse=True)
    if not slopes:
        return RandomTerm(name, tuple(map(str, levels)), codes.ravel(), np.ones((int(keep.sum()), 1)))
    columns = _columns(who, f"slopes[{name!r}]", slopes, keep)
    return RandomTerm(name, tuple(map(str, levels)), codes.ravel(), columns, tuple(slopes))


def why_not(data: MixedData) -> str | None:
    """Say why a model cannot be fitted to these data, or None."""
    if not len(data.successes):
        return "no reading entered"
    if not 0 < data.successes.sum() < data.trials.sum():
        return "only one outcome occurs"
    for term in data.terms:
        if len(term.levels) < 2:
            return f"{term.name} has a single level, so that its spread cannot be told"
    if np.linalg.matrix_rank(data.design) < data.design.shape[1]:
        return "the fixed columns are collinear among the readings that entered (an arm may be empty)"
    return None
