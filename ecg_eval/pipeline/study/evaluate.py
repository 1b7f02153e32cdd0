"""From a study to its evaluation: one draw of resamples, every metric, subgroups, and what was pre-specified."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.config.schema import Primary, ReaderSubgroups, Subgroups, TargetPopulation
from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, POOLED, Evaluation, Row, Rows
from ecg_eval.domain.notes import CUT, noted
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.apart.processes import NO_LIMIT, Allowed
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.door import rows_of
from ecg_eval.pipeline.study.families import Family, adjusted, marked
from ecg_eval.pipeline.study.population import standing_for
from ecg_eval.stats.resampling.draws import draw_counts

SMALL = "the subgroup has fewer than {minimum} records"
FEW = "the number rests on fewer than {minimum} records of the subgroup"


def evaluate_study(  # noqa: PLR0913 - a study, its questions, and what the configuration says of each
    study: ReaderStudy,
    metrics: Sequence[Metric],
    *,
    seed: int,
    level: float = 0.95,
    n_resamples: int = 1000,
    primary: Sequence[Primary] = (),
    subgroups: Subgroups | None = None,
    reader_subgroups: ReaderSubgroups | None = None,
    target_population: TargetPopulation | None = None,
    family: Family = "metric",
    rows_by: "RowsBy | None" = None,
    allowed: Allowed = NO_LIMIT,
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
    reader_subgroups : ReaderSubgroups, optional
        How readers are divided.
    target_population : TargetPopulation, optional
        Whom numbers "in the population" are for.
    family : str
        Which tests are adjusted together, see ``families.adjusted``.
    rows_by : callable, optional
        Who makes the rows of the metrics; this process by default.
    allowed : Allowed
        What a metric may take.
    progress : callable
    """
    asked = ask(
        study,
        seed=seed,
        level=level,
        n_resamples=n_resamples,
        subgroups=subgroups,
        reader_subgroups=reader_subgroups,
        target_population=target_population,
    )
    by_name = {metric.name: metric for metric in metrics}
    made = rows_by(asked, list(by_name.values())) if rows_by else (asked.rows(m, allowed) for m in by_name.values())
    rows = [row for _, part in zip(progress(list(by_name), "Evaluating"), made, strict=True) for row in part]
    frame = _counted(Evaluation.from_rows(rows).frame, study)
    frame = cut_named(frame, from_zero=[m.name for m in metrics if not m.signed and m.answers == "reading"])
    frame = _unless_small(frame, asked.sizes, subgroups.minimum_n if subgroups else 1)
    return Evaluation(adjusted(marked(frame, primary), study, family))


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A study as metrics are asked about it.

    Attributes
    ----------
    study : ReaderStudy
        With its resamples and subgroups.
    parts : list of (str, ReaderStudy)
        Each subgroup of the records: its label, and the study of its records.
    sizes : dict of str to int
        Label of a subgroup -> its records.
    level : float
        Of the intervals.
    """

    study: ReaderStudy
    parts: list[tuple[str, ReaderStudy]]
    sizes: dict[str, int]
    level: float

    def rows(self, metric: Metric, allowed: Allowed = NO_LIMIT) -> list[Row | Rows]:
        """Return the rows of a metric, of all records and of each subgroup."""
        rows = list(rows_of(metric, self.study, level=self.level, allowed=allowed))
        for label, part in self.parts if metric.by_subgroup else ():
            rows += [row.within(label) for row in rows_of(metric, part, level=self.level, allowed=allowed)]
        return rows


RowsBy = Callable[[Asked, Sequence[Metric]], Iterator[list[Row | Rows]]]


def ask(
    study: ReaderStudy,
    *,
    seed: int,
    level: float,
    n_resamples: int,
    subgroups: Subgroups | None,
    reader_subgroups: ReaderSubgroups | None,
    target_population: TargetPopulation | None,
) -> Asked:
    """Return a study as metrics are asked about it, the same wherever that is done; see `evaluate_study`."""
    rng = np.random.default_rng(seed)
    _ = study.arrays  # made before anything else is held: it takes the most
    drawn = draw_counts(cluster=study.patients, n_resamples=n_resamples, rng=rng)
    divided = _divided(study.records, subgroups)
    bands = subgroups.age_bands_years if subgroups else Subgroups().age_bands_years
    weighted = standing_for(study, target_population, partial(subgroup_values, age_bands_years=bands)).drawn(
        Resamples.of(drawn, study.patients),
        divided,
        subgroup_minimum_n=subgroups.minimum_n if subgroups else 0,
        reader_subgroups=_divided_readers(study.readers, reader_subgroups),
    )
    parts = [(label, weighted.subset(inside)) for label, inside in _parts(divided)]
    sizes = {label: len(part.records) for label, part in parts}
    sizes |= {label: int(min(inside.sum(), others.sum())) for label, inside, others in weighted.sides()}
    return Asked(study=weighted, parts=parts, sizes=sizes, level=level)


def cut_named(frame: pd.DataFrame, *, from_zero: Sequence[str]) -> pd.DataFrame:
    """Return the table with a note on every interval that ends where the range does although the value does not.

    An interval as wide above as below its value may reach beyond -1, 0 or 1, and its kernel cuts it there. A bootstrap
    percentile at an end is a value that resamples had, and no cut; neither is a bound of paired differences in seconds
    or steps of confidence, which have no such range.

    Parameters
    ----------
    frame : DataFrame
        Columns of an evaluation.
    from_zero : sequence of str
        Metrics whose range begins at 0; that of all others may reach below.
    """
    value, low, high = (frame[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in ("value", "low", "high"))
    least = np.where(frame["metric"].isin(list(from_zero)), 0.0, -1.0)
    cut = ((low == least) & (value > least)) | ((high == 1.0) & (value < 1.0))
    cut &= ~frame["method"].str.contains("percentile|Hodges-Lehmann").to_numpy(dtype=bool)
    if not cut.any():
        return frame
    return frame.assign(method=frame["method"].mask(cut, frame["method"].map(lambda text: noted(text, CUT))))


def _counted(frame: pd.DataFrame, study: ReaderStudy) -> pd.DataFrame:
    """Fill in of how many readers, people and records each number is, and which rows are of groups, where unsaid."""
    groups, readers = list(study.human_groups), list(study.readers.index)
    labels = set(groups) - set(readers)
    is_group = frame["is_group"] | frame["reader"].isin(labels) | frame["compared_with"].isin(labels)
    means = {MACRO, POOLED} - set(study.findings)
    combined = frame["combined"].mask((frame["combined"] == "") & frame["finding"].isin(means), frame["finding"])
    alone = ~is_group & (frame["reader"] != "")
    of_readers = {reader: study.people([reader]) for reader in readers}
    of_groups = {label: (len(study.human_groups[label]), study.people(study.human_groups[label])) for label in labels}
    sides = [frame[column].map(of_readers).astype("Int64") for column in ("reader", "compared_with")]
    n_readers = sum((side.notna().astype("Int64") for side in sides), start=pd.Series(0, frame.index, dtype="Int64"))
    n_people = sum((side.fillna(0) for side in sides), start=pd.Series(0, frame.index, dtype="Int64"))
    group = frame["reader"].where(is_group, "")
    for counted_as, place in ((n_readers, 0), (n_people, 1)):
        counts = group.map({label: counted[place] for label, counted in of_groups.items()}).astype("Int64")
        counted_as[~alone] = counts[~alone]
    return frame.assign(
        is_group=is_group.astype(bool),
        combined=combined,
        n_readers=frame["n_readers"].fillna(n_readers),
        n_people=frame["n_people"].fillna(n_people),
        n_records=frame["n_records"].fillna(frame["n"].mask(combined == POOLED)),
        n_positive=frame["n_positive"].mask(frame["n_positive"].isna() & (frame["n"] == 0), 0),
    )


def _divided(records: pd.DataFrame, subgroups: Subgroups | None) -> pd.DataFrame:
    """Return the subgroup of each record, one column for each way to divide them."""
    bands = subgroups.age_bands_years if subgroups else ()
    columns = {column: subgroup_values(records, column, bands) for column in (subgroups.by if subgroups else ())}
    return pd.DataFrame(columns, index=records.index)


def _divided_readers(readers: pd.DataFrame, subgroups: ReaderSubgroups | None) -> pd.DataFrame | None:
    """Return the part of each reader, one column for each way to divide them; None where none is asked for."""
    if subgroups is None or not subgroups.by:
        return None
    columns: dict[str, pd.Series] = {}
    for column in subgroups.by:
        if column in ("years_experience", "ecgs_per_year"):
            edges = [0.0, *getattr(subgroups, column)]
            names = [f"{low:g} to below {high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g} or more"]
            cut = pd.cut(readers[column].astype("float64"), [*edges, np.inf], right=False, labels=names)
            columns[column] = cut.astype("string")
        else:
            columns[column] = readers[column].astype("string")
    return pd.DataFrame(columns, index=readers.index)


def _parts(divided: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield every subgroup of records: its label, and which records are in it."""
    for column, values in divided.items():
        for value in sorted(values.dropna().unique()):
            yield f"{column}={value}", (values == value).fillna(False).to_numpy(dtype=bool)


def subgroup_values(records: pd.DataFrame, column: str, age_bands_years: Sequence[int]) -> pd.Series:
    """Return the subgroup of each record: its value of a column, its age band ("40-64"), or both ("40-64, F").

    "age x sex" is the intersection of two ways to divide the records, unknown where either is.
    """
    if " x " in column:
        parts = [subgroup_values(records, part.strip(), age_bands_years) for part in column.split(" x ")]
        both = parts[0]
        for part in parts[1:]:
            both = both + ", " + part
        return both
    if column != "age":
        missing = pd.Series(pd.NA, index=records.index, dtype="string")
        return records[column].astype("string") if column in records else missing
    ages = records.get("age_years", pd.Series(np.nan, index=records.index)).astype("float64")
    edges = [0, *age_bands_years]
    names = [f"{low}-{high - 1}" for low, high in pairwise(edges)] + [f"{edges[-1]}+"]
    return pd.cut(ages, bins=[*edges, np.inf], right=False, labels=names).astype("string")


def _unless_small(frame: pd.DataFrame, sizes: Mapping[str, int], minimum: int) -> pd.DataFrame:
    """Return the table without numbers of subgroups that are too small, or that rest on too few of their records."""
    size = frame["subgroup"].map(dict(sizes)).astype("Int64")
    inside = (frame["subgroup"] != "").to_numpy(dtype=bool)
    small = inside & (size < minimum).fillna(False).to_numpy(dtype=bool)
    few = (
        size.notna().to_numpy(dtype=bool)
        & ~small
        & (frame["n"] < minimum).to_numpy(dtype=bool)
        & frame["value"].notna().to_numpy(dtype=bool)
    )
    if not (small | few).any():
        return frame
    for which, reason in ((small, SMALL), (few, FEW)):
        numbers = ["value", "low", "high", "standard_error", "df", "p_value"]
        frame.loc[which, numbers] = pd.NA
        frame.loc[which, "reason"] = reason.format(minimum=minimum)
    frame.loc[small, "n"] = size[small]
    return frame
