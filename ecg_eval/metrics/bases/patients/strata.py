"""Strata of a study: practices of readers, sites of ECGs, and what is said of a comparison over them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.notes import READERS
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.estimate import Estimate

OF_READERS = ("practice_id", "training")
Labels = NDArray[np.object_]


def strata_of(study: ReaderStudy, by: str) -> tuple[Labels, bool]:
    """Return the stratum of each reader of the study, or of each record, and whether it is of readers.

    "" where unknown, and throughout for a column that nobody has.
    """
    table = study.readers if by in OF_READERS else study.records
    if by not in table:
        return np.full(len(table), "", dtype=object), by in OF_READERS
    return table[by].astype("string").fillna("").to_numpy(dtype=object), by in OF_READERS


def because_unknown(estimate: Estimate, labels: Labels, by: str) -> Estimate:
    """Return the estimate with the reason that nobody says what stratum is whose, where that is so."""
    if estimate.value is not None or (labels != "").any():
        return estimate
    return replace(estimate, reason=f"nothing is known of {by}, by which ECGs or readers were to be divided")


def label_of(by: str, value: str, *, of_readers: bool) -> str:
    """Return the label of a stratum's row, as the tables have it elsewhere."""
    return f"{READERS}: {by}={value}" if of_readers else f"{by}={value}"


def said_of(test: Estimate) -> str:
    """Return what a test of homogeneity says, for the method of the common number."""
    if test.value is None or test.p_value is None:
        return f"whether the strata differ cannot be told: {test.reason}"
    df = "" if test.df is None else f", df {test.df:g}"
    return f"do the strata differ: chi-squared {test.value:.2f}{df}, p {test.p_value:.3f}"
