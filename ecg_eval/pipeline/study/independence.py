"""Whether those who read are independent of what they read: what machines learnt from, beside the run's archive."""

import pandas as pd

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.provenance import IndependenceFacts
from ecg_eval.domain.lineage import dependence, thresholds_dependence
from ecg_eval.domain.reading import MACHINE_KINDS


def independence(dataset: Dataset, test: pd.DataFrame, readers: pd.DataFrame) -> dict[str, IndependenceFacts]:
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
    dict of reader id to IndependenceFacts
    """
    related = dataset.related()
    folds = sorted(int(f) for f in test["fold"].dropna().unique()) if "fold" in test else []
    facts = {}
    for reader, row in readers[readers["kind"].isin(MACHINE_KINDS)].iterrows():
        trained_on = None if pd.isna(row["trained_on"]) else str(row["trained_on"])
        depends = dependence(trained_on, dataset=dataset.name, related=related, folds_read=folds)
        chosen_on = None if pd.isna(row["thresholds_from"]) else str(row["thresholds_from"])
        thresholds = thresholds_dependence(chosen_on, dataset=dataset.name, folds_read=folds)
        facts[str(reader)] = IndependenceFacts(
            trained_on=trained_on, kind=depends.kind, archives=depends.archives, thresholds=thresholds
        )
    return facts
