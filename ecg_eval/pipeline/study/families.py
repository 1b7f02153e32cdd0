"""Which tests are adjusted together, and which numbers the analysis plan named.

A family is one question: one metric, within one subgroup, of one kind of sides (programs against groups of people, or
against people one by one, or with one another; people with one another), over all findings, or finding by finding
where the configuration says so. Comparisons with a floor answer no question, so that no family counts them. What the
plan named comes first: those tests are a family of their own over all metrics, and the gate to the other families of
their metric, whose adjusted p-values are never below it.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.config.schema import Primary
from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.multiplicity import gatekeeping

Mask = NDArray[np.bool_]
Family = Literal["metric", "finding"]

ADJUSTMENT = {
    "metric": "Holm, over all findings of one metric and question, primary tests first",
    "finding": "Holm, finding by finding for one metric and question, primary tests first",
}
PRIMARY = "primary"


def marked(frame: pd.DataFrame, primary: Sequence[Primary]) -> pd.DataFrame:
    """Return the table with what the plan named in `pre_specified`.

    Where the plan leaves the reader out, it means the groups of readers where the metric has any; where it leaves the
    finding out, the mean over findings where there is one.
    """
    named = np.zeros(len(frame), dtype=bool)
    for item in primary:
        named |= _named(frame, item)
    return frame.assign(pre_specified=named)


def _named(frame: pd.DataFrame, item: Primary) -> Mask:
    is_named = ((frame["metric"] == item.metric) & (frame["subgroup"] == "")).to_numpy(dtype=bool)
    for column in ("reader", "arm", "compared_with"):
        wanted = getattr(item, column)
        if wanted is not None:
            is_named &= (frame[column] == wanted).to_numpy(dtype=bool)
    if item.finding is not None:
        is_named &= (frame["finding"] == item.finding).to_numpy(dtype=bool)
    combined = (frame["combined"] == MACRO).to_numpy(dtype=bool)
    for wanted, preferred in ((item.reader, frame["is_group"].to_numpy(dtype=bool)), (item.finding, combined)):
        if wanted in (None, MACRO) and (is_named & preferred).any():
            is_named &= preferred
    return is_named


def adjusted(frame: pd.DataFrame, study: ReaderStudy, family: Family = "metric") -> pd.DataFrame:
    """Return the table with the family of every test, its size, and p adjusted within it.

    Parameters
    ----------
    frame : DataFrame
        Columns of an evaluation, `pre_specified` marked.
    study : ReaderStudy
    family : str
        "metric": all findings together; "finding": each by itself.
    """
    tested = frame["p_value"].notna().to_numpy(dtype=bool) & ~_with_floor(frame, study)
    names = np.full(len(frame), "", dtype=object)
    names[tested] = _questions(frame[tested], study, family)
    planned = tested & frame["pre_specified"].to_numpy(dtype=bool)
    names[planned] = PRIMARY
    p = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
    result, size = np.full(len(frame), np.nan), np.zeros(len(frame), dtype=np.int64)
    metric = frame["metric"].to_numpy(dtype=object)
    first = gatekeeping([p[planned]])[0]
    for name in dict.fromkeys(names[tested]):
        which = np.flatnonzero(names == name)
        size[which] = len(which)
        if name == PRIMARY:
            result[which] = first
            continue
        gate = first[metric[planned] == metric[which[0]]]
        result[which] = np.maximum(gatekeeping([p[which]])[0], gate.max(initial=0.0))
    none = ~tested
    return frame.assign(
        family=pd.array(names, dtype="string"),
        family_size=pd.arrays.IntegerArray(size, none),
        p_adjusted=pd.arrays.FloatingArray(np.where(none, 0.0, result), none),
    )


def _with_floor(frame: pd.DataFrame, study: ReaderStudy) -> Mask:
    floors = [reader for reader in study.readers.index if study.is_floor(reader)]
    return (frame["reader"].isin(floors) | frame["compared_with"].isin(floors)).to_numpy(dtype=bool)


def _questions(tests: pd.DataFrame, study: ReaderStudy, family: Family) -> NDArray[np.object_]:
    """Name the question of each test: "mcnemar: programs against readers one by one, all findings"."""
    machines = [reader for reader in study.readers.index if study.is_machine(reader)]
    group, alone = tests["is_group"].to_numpy(dtype=bool), (tests["compared_with"] == "").to_numpy(dtype=bool)
    first = tests["reader"].isin(machines).to_numpy(dtype=bool)
    second = tests["compared_with"].isin(machines).to_numpy(dtype=bool) & ~group
    sides = np.select(
        [alone & group, alone & first, alone, first & second, first & group, first | second, group],
        [
            *("means over readers", "programs", "readers one by one", "programs with one another"),
            *("programs against means over readers", "programs against readers one by one"),
            "groups of readers",
        ],
        "readers with one another",
    )
    names = tests["metric"].astype(object) + ": " + sides
    names = names + ", " + (tests["finding"].astype(object) if family == "finding" else "all findings")
    inside = tests["subgroup"].astype(object)
    return np.asarray(names.where(inside == "", names + ", " + inside), dtype=object)
