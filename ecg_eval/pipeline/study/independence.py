"""Whether those who read are independent of what they read: what machines learnt from, beside the run's archive."""

from typing import Any

import pandas as pd

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.lineage import dependence
from ecg_eval.domain.reading import MACHINE_KINDS


def independence(dataset: Dataset, test: pd.DataFrame, readers: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return, by machine, what it learnt from and how that bears on the recordings read.

    Learning in this run, from its training split, is not counted: what it may learn from is guarded by the split.

    Parameters
    ----------
    dataset : Dataset
    test : DataFrame
        Records read, as ``Dataset.records`` gives them.
    readers : DataFrame
        As ``readers_table`` makes it.

    Returns
    -------
    dict
        Reader id to `trained_on` (text, None where not stated), `kind` and `archives` (``domain.lineage.Dependence``).
    """
    related = dataset.related()
    folds = sorted(int(f) for f in test["fold"].dropna().unique()) if "fold" in test else []
    found = {}
    for reader, row in readers[readers["kind"].isin(MACHINE_KINDS)].iterrows():
        said = None if pd.isna(row["trained_on"]) else str(row["trained_on"])
        depends = dependence(said, dataset=dataset.name, related=related, folds_read=folds)
        found[str(reader)] = {"trained_on": said, "kind": depends.kind, "archives": list(depends.archives)}
    return found
